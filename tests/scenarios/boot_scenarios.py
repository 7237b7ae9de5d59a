"""Boots of which an emulated host needs minutes: from what pygrub cannot read, and twenty that are watched."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenarios.world import World

_FIRST = "Linux version"
_BOOTS = """\
set timeout=2
menuentry 'Tiny Linux' --id tiny {
  linux /boot/vmlinuz root=/dev/xvda ro console=hvc0 from=%(kind)s
  initrd /boot/initrd
}
menuentry 'Tiny Linux (rescue)' --id rescue {
  linux /boot/vmlinuz root=/dev/xvda ro console=hvc0 single rescue=%(kind)s
  initrd /boot/initrd
}
"""


def boots_from_file_systems_pygrub_cannot_read(world: World) -> None:
    """xfs and btrfs: an entry is chosen by title, with arguments behind it; the disk is not written."""
    with tempfile.TemporaryDirectory() as folder:
        kernel, initrd = Path(folder, "vmlinuz"), Path(folder, "initrd")
        world.fetch("/srv/guests/vmlinuz", kernel)
        world.fetch("/srv/guests/guest-initrd.gz", initrd)
        for kind in ("xfs", "btrfs"):
            made = _file_system(Path(folder), kind, kernel, initrd)
            world.put(made, f"/srv/guests/{made.name}")
            made.unlink()
    for kind in ("xfs", "btrfs"):
        name, disk = f"on-{kind}", f"/srv/guests/on-{kind}.img"
        before = world.digest(disk)
        path = world.guest(name, disk=f"['file:{disk},xvda,w']")
        world.write(path, _by_pygrub(world.read(path)))
        world.run("new", path)
        told = json.loads(world.run("boot-entries", name, "--json"))
        assert [entry["title"] for entry in told["entries"]] == ["Tiny Linux", "Tiny Linux (rescue)"]
        assert (told["source"]["filesystem"], told["stale"]) == (kind, False)
        assert kind in " ".join(told["pygrub"]["notes"])

        child = world.spawn("start", name, "--entry", "Tiny Linux (rescue)", "--add-args", "seen=1", "-c")
        child.expect(f"guest up: .*single rescue={kind} seen=1")
        world.leave(child)
        assert "one-off" in world.run("list", name)
        world.run("destroy", "--yes", name)
        assert world.digest(disk) == before
        world.run("delete", name)


def _by_pygrub(text: str) -> str:
    """The configuration with pygrub in the place of a kernel of the host."""
    kept = [line for line in text.splitlines() if line.split(" = ")[0] not in ("kernel", "ramdisk", "extra")]
    return "\n".join([*kept, 'bootloader = "pygrub"', ""])


def _file_system(folder: Path, kind: str, kernel: Path, initrd: Path) -> Path:
    """An image that boots; skips where this machine does not make such."""
    root, image = folder / kind, folder / f"on-{kind}.img"
    (root / "boot/grub").mkdir(parents=True)
    for file, name in ((kernel, "vmlinuz"), (initrd, "initrd")):
        (root / "boot" / name).hardlink_to(file)
    (root / "boot/grub/grub.cfg").write_text(_BOOTS % {"kind": kind}, encoding="utf-8")
    from benchmarks import boot_menu_damage

    try:
        subprocess.run(getattr(boot_menu_damage, kind)(root, image), check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip(f"needs mkfs.{kind}")
    return image


def watched_from_its_first_line(world: World) -> None:
    """Started with its console again and again, booted by its kernel, and by an entry: the log has the first line."""
    world.copy_image("/srv/guests/guest-menulst.img", "/srv/guests/chi.img")
    world.run("new", world.guest("phi"))
    path = world.guest("chi", disk="['file:/srv/guests/chi.img,xvda,w']")
    world.write(path, _by_pygrub(world.read(path)))
    world.run("new", path)
    for name, words in (("phi", ()), ("chi", ("--entry", "Tiny Linux (rescue)"))):
        for _ in range(world.starts // 2):
            child = world.spawn("start", name, *words, "-c")
            child.expect(["Linux version", "Command line", "guest up: "])
            child.expect(["Memory", "Calibrating", "guest up: "])
            world.leave(child)
            world.run("destroy", "--yes", name)
        sessions = json.loads(world.run("console-log", name, "--sessions", "--json"))
        assert len(sessions) == world.starts // 2
        found = json.loads(world.run("console-log", name, "--text", _FIRST, "--json"))["lines"]
        times = [line["time"] for line in found if line["match"]]
        for session in sessions:
            within = [time for time in times if session["began"] <= time <= session["ended"]]
            assert len(within) == 1, (session, times)
        world.run("delete", name)


BOOT_SCENARIOS: tuple[Callable[[World], None], ...] = (
    boots_from_file_systems_pygrub_cannot_read,
    watched_from_its_first_line,
)
