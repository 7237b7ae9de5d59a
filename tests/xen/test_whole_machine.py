"""The wiki's HVM guest, converted, on a real Xen: its CD drive, and its boot from the first sector of its disk.

The last of the folder, and with more than one try: QEMU's emulation of AMD's virtualization loses an interrupt or a
register now and then among the many exits of a BIOS that reads a disk word by word.  The machine then runs wild, or the
whole host stands still; a snapshot brings the host back in seconds.  What it boots is small for the same reason.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pexpect
import pytest

from tests.unit.config.convert.wiki import HVM, moved
from tests.xen.conftest import LabHost, lab
from tests.xen.test_scenarios import LabWorld

GUESTS = "/srv/guests"
NAME = "wiki-hvm"
CD = f"{GUESTS}/wiki-cd.img"
TRIES = 3
BOOT_SECONDS = 150.0
MENU_ENTRY = "s/set default=0/set default=1/"
"""The second entry of the menu on the disk: a kernel of its own, of 144 KiB."""


@contextmanager
def machine(host: LabHost) -> Iterator[LabWorld]:
    """The host with the machine stored."""
    host.clean()
    world = LabWorld(host)
    world.copy_image(f"{GUESTS}/guest-bios.img", f"{GUESTS}/wiki-hvm.img")
    host.run(["sed", "-i", MENU_ENTRY, f"{GUESTS}/wiki-hvm.img"])
    for image in (CD, f"{GUESTS}/wiki-dev.img"):
        world.copy_image(f"{GUESTS}/data.img", image)
    device = host.run(["losetup", "-f", "--show", "-r", f"{GUESTS}/wiki-dev.img"]).stdout.strip()
    places = {"/srv/images/winxp.img": f"{GUESTS}/wiki-hvm.img", "/dev/cdrom": device}
    world.write(f"/etc/xen/{NAME}", moved(HVM, places))
    try:
        world.run("new", f"/etc/xen/{NAME}")
        yield world
    finally:
        world.close()


def test_the_media_of_a_drive_are_exchanged_while_it_runs(lab_host: LabHost) -> None:
    """The device model does it: the guest itself does not run a step, and cannot run wild.

    Its menu, which GRUB shows when it does run, is read before.
    """
    with machine(lab_host) as world:
        menu = world.asked("boot-entries", NAME)
        assert (menu["loader"], menu["default"], menu["timeout"], menu["pygrub"]) == (
            "grub2",
            "Memory test",
            3,
            None,
        )
        assert [entry["title"] for entry in menu["entries"]] == ["Tiny Linux", "Memory test"]
        world.run("start", "--paused", NAME)
        before = in_drive(world)
        assert "is a block device" in world.run("cd-insert", NAME, "hdc", before, status=1)
        assert in_drive(world) == before
        world.run("cd-eject", NAME)
        assert in_drive(world) == ""
        world.run("cd-insert", NAME, "hdc", CD)
        shown = look(world)
        assert in_drive(world) == CD
        assert (shown["version"], shown["drift"]) == (3, ["file"])
        assert world.xl("list", "-l", NAME).count(CD) == 1
        assert f"{CD},raw,hdc:cdrom,r" in world.read(f"/var/lib/xentui/domains/{shown['uuid']}/config.cfg")
        world.run("destroy", "--yes", NAME)
        world.run("cd-eject", NAME)
        world.run("start", "--paused", NAME)
        assert "was empty when the domain started" in world.run("cd-insert", NAME, "hdc", CD, status=1)
        world.run("destroy", "--yes", NAME)


@pytest.mark.long
def test_it_boots_from_the_first_sector_of_its_disk(lab_host: LabHost) -> None:
    """GRUB and the kernel it loads speak on the serial line, which is the console of such a machine."""
    failures = []
    for attempt in range(TRIES):
        try:
            if attempt:
                fresh(lab_host)
            with machine(lab_host) as world:
                booted(world)
            return
        except (pexpect.TIMEOUT, pexpect.EOF, AssertionError, subprocess.TimeoutExpired) as error:
            failures.append(f"{type(error).__name__}: {error}")
    pytest.fail("\n".join(failures))


def booted(world: LabWorld) -> None:
    """Start it, and watch it until its kernel has told where it runs."""
    child = world.spawn("start", "-c", NAME)
    try:
        for words in ("GNU GRUB", "Memory test", "Memtest86", "Xen HVM domU"):
            child.expect_exact(words, timeout=BOOT_SECONDS)
        child.send("\x1d")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert world.domain(NAME)["state"] in ("running", "blocked")
    world.run("destroy", "--yes", NAME)


def fresh(host: LabHost) -> None:
    """Bring the host back to its snapshot."""
    host.disconnect()
    lab("down")
    lab("up")


def in_drive(world: LabWorld) -> str:
    """What is in the running domain's CD drive, "" where that is empty."""
    found: str = next(disk["target"] for disk in look(world)["disks"] if disk["cdrom"]) or ""
    return found


def look(world: LabWorld) -> dict[str, Any]:
    """What xentui shows of the machine."""
    return world.shown(NAME)
