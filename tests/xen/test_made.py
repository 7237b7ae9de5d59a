"""Guests made from nothing on a real Xen: of an archive, by xen-create-image, by an installer that fills the disk."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.xen.conftest import LabHost
from tests.xen.test_scenarios import LabWorld

GUESTS = "/srv/guests"
PASSWORD = "sesam"  # noqa: S105 - nobody's


@pytest.fixture
def world(clean_host: LabHost) -> Iterator[LabWorld]:
    """A host without guests; what is made is removed."""
    made = LabWorld(clean_host)
    try:
        yield made
    finally:
        made.close()
        clean_host.clean()
        left = " ".join(f"{GUESTS}/{name}" for name in ("domains", "made*", "media.img", "*-cidata.iso"))
        clean_host.run(f"rm -rf /srv/small.tar {left} /etc/xen/mu.cfg /etc/xen/beta.toml")


def log_in(world: LabWorld, child: pexpect.spawn[str], name: str, password: str) -> None:
    """Log in as root where a guest that boots, or waits, asks for it."""
    asks = f"{name} login: "
    deadline = time.monotonic() + world.patience
    while child.expect([asks, pexpect.TIMEOUT], timeout=world.patience / 4) == 1:
        assert time.monotonic() < deadline, f"no login: {child.before!r}"
        child.send("\r")
    child.send("root\r")
    child.expect("Password: ")
    child.send(f"{password}\r")
    child.expect(world.prompt)


def test_a_system_of_an_archive_boots_by_its_own_menu(world: LabWorld, tmp_path: Path) -> None:
    """`make --archive`: unpacked, set up and booted by pygrub: its root, its name, its login, its network's name."""
    world.small_system("/srv/small.tar")
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    made = f"{GUESTS}/made.img"
    words = ["--archive", "/srv/small.tar", "--system", "linux", "--disk", made, "--size", "1G"]
    words += ["--memory", "128M", "--hostname", "alpha", "--password-file", str(secret)]
    world.run("make", "alpha", *words, "--start", "--yes")
    assert world.domain("alpha")["state"] in ("running", "blocked")
    child = world.spawn("console", "alpha")
    child.expect("Ctrl-]")
    log_in(world, child, "alpha", PASSWORD)
    world.type_command(child, "grep ' / ' /proc/mounts", "/dev/xvda / ext4 rw")
    world.type_command(child, "cat /etc/hostname /etc/fstab", r"alpha\r\nUUID=.* / ext4 ")
    world.type_command(child, "cat /proc/cmdline", r"root=UUID=\S+ ro console=hvc0 net.ifnames=0")
    world.leave(child)
    world.run("shutdown", "-w", "alpha")
    world.wait_state("alpha", "off")
    world.run("delete", "alpha", "--with-disks", "--yes")
    assert world.lab.run(["ls", made], check=False).returncode


@pytest.mark.long
def test_xen_create_image_makes_a_guest_of_an_archive(world: LabWorld) -> None:
    """The tool of Debian 12 itself: its steps, the root password shown once, the guest taken over and booted."""
    world.small_system("/srv/small.tar", "hvc0")
    words = ["--dhcp", "--noswap", "--size=128M", "--memory=128M", "--dist=bookworm", "--fs=ext4"]
    words += [f"--dir={GUESTS}", "--install-method=tar", "--install-source=/srv/small.tar"]
    child = world.spawn("create-image", "mu", *words)
    child.expect(r"root password of mu: (\w{23})\r\n", timeout=300)
    assert isinstance(child.match, re.Match)
    password = child.match[1]
    child.expect(pexpect.EOF, timeout=120)
    child.close()
    assert child.exitstatus == 0
    stored = world.domain("mu")
    assert (stored["managed"], stored["state"], stored["domid"]) == (True, "off", None)
    assert password not in world.read("/var/log/xen-tools/mu.log")
    assert not world.lab.run("losetup -l -n").stdout.strip(), "a loop device is left"
    world.run("start", "mu")
    child = world.spawn("console", "mu")
    child.expect("Ctrl-]")
    log_in(world, child, "mu", password)
    world.type_command(child, "grep ' / ' /proc/mounts", "/dev/xvda1 / ext4 ")
    world.leave(child)
    world.run("destroy", "--yes", "mu")
    world.wait_state("mu", "off")
    world.run("delete", "mu", "--with-disks", "--yes")
    assert world.lab.run(["ls", f"{GUESTS}/domains/mu/disk.img"], check=False).returncode


@pytest.mark.long
def test_a_guest_of_a_cloud_image_reads_what_it_is_told(world: LabWorld) -> None:
    """The seed is on the second disk of the running guest."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ada@desk"
    words = [
        "--cloud",
        f"{GUESTS}/guest-grubcfg.img",
        "--system",
        "debian",
        "--type",
        "pv",
        "--memory",
        "128M",
    ]
    words += [
        "--disk",
        f"{GUESTS}/made3.img",
        "--user",
        "ada",
        "--ssh-key",
        key,
        "--hostname",
        "gamma.example.org",
    ]
    world.run("make", "gamma", *words, "--start", "--yes")
    child = world.spawn("console", "gamma")
    child.expect("Ctrl-]")
    world.wake(child)
    world.type_command(child, "strings /dev/xvdb | grep -e '-hostname'", "local-hostname.{1,6}gamma")
    world.leave(child)
    world.run("destroy", "--yes", "gamma")
    world.wait_state("gamma", "off")
    world.run("delete", "gamma", "--yes")


_INSTALL = (
    "printf 'o\\nn\\np\\n1\\n\\n\\na\\n1\\nw\\n' | fdisk /dev/xvda >/dev/null; mdev -s; mke2fs /dev/xvda1 >/dev/null;"
    " mkdir -p /m /n; mount -t ext4 /dev/xvda1 /m && mount -t ext4 -o ro /dev/xvdb /n && cp -a /n/. /m/ &&"
    " echo by the installer >/m/MARK && umount /m /n && echo inst$((40+2))alled"
)
"""What the small installer does: a partition, a file system, a copy of the system with its kernel."""


@pytest.mark.long
def test_an_installer_fills_an_empty_disk_and_the_guest_comes_up_from_it(world: LabWorld) -> None:
    """`make` with a kernel and its initrd: the two configurations, from an empty disk to its own boot menu."""
    world.copy_image(f"{GUESTS}/guest-menulst.img", f"{GUESTS}/media.img")
    answers = f"""name = "beta"
system = "linux"
type = "pv"
memory = "128M"
[source]
kind = "kernel"
kernel = "{GUESTS}/vmlinuz"
ramdisk = "{GUESTS}/guest-initrd.gz"
[[disk]]
path = "{GUESTS}/made2.img"
size = "80M"
[[disk]]
path = "{GUESTS}/media.img"
"""
    world.write("/etc/xen/beta.toml", answers)
    world.run("make", "--from", "host:/etc/xen/beta.toml", "--start", "--yes")
    installer = world.domain("beta")["domid"]
    child = world.spawn("console", "beta")
    child.expect("Ctrl-]")
    world.wake(child)
    world.type_command(child, _INSTALL, "inst42alled")
    child.send("reboot\r")
    child.expect(pexpect.EOF)
    child.close()

    def comes_up() -> bool:
        now = world.domain("beta")
        return now["domid"] not in (installer, None) and now["state"] in ("running", "blocked")

    world.wait("beta from its own disk", comes_up, patience=2 * world.patience)
    child = world.spawn("console", "beta")
    child.expect("Ctrl-]")
    world.wake(child)
    world.type_command(child, "cat /proc/cmdline", "entry=normal")
    world.type_command(child, "mount -t ext4 /dev/xvda1 /mnt && cat /mnt/MARK", "by the installer\r")
    world.leave(child)
    assert world.shown("beta")["install"] is None
    world.run("destroy", "--yes", "beta")
    world.wait_state("beta", "off")
    world.run("delete", "beta", "--yes")
