"""Whole machines (HVM), without PV drivers and with them: their life, their CD drives, save and restore."""

from __future__ import annotations

from pathlib import Path

from .guests import WORK, config, create, domid, wait_booted, wait_gone
from .notebook import Notebook, run

_CD = str(WORK / "data.img")
#: The NMI comes last: it ends a guest that has no system yet.
_EVENTS = ("reset", "init", "power", "sleep", "s3resume", "nmi")


def without_drivers(folder: Path) -> None:
    """A machine that finds no system on its disk."""
    book = Notebook(folder, "hvm", "an HVM guest without PV drivers: its life, and its CD drive")
    disks = f"['file:{WORK}/data3.img,hda,w', 'file:{WORK}/data2.img,hdc:cdrom,r']"
    path = config("bare", "hvm", disk=disks, maxvcpus="1")
    book.note("file", path=path, text=Path(path).read_text())
    book.record("dry run", "xl", "create", "-n", path)
    book.record("create", "xl", "create", path)
    book.record("list", "xl", "list")
    _looked_at(book, "bare")
    for verb in ("shutdown", "reboot"):
        book.record(f"{verb} without drivers", "xl", verb, "bare")
    book.record("sysrq without drivers", "xl", "sysrq", "bare", "h")
    _media(book, "bare")
    for step in ("pause", "unpause"):
        book.record(step, "xl", step, "bare")
        book.record(f"list after {step}", "xl", "list", "bare")
    _saved(book, "bare")
    book.record("rename", "xl", "rename", "bare", "renamed")
    book.record("rename back", "xl", "rename", "renamed", "bare")
    for name in ("nmi", "init", "nosuch"):
        book.record(f"trigger {name}", "xl", "trigger", "bare", name)
    for told in (
        "sendkey ctrl-alt-f2",
        "sendkey nosuch",
        "chardev-send-break serial0",
        "chardev-send-break serial9",
    ):
        book.record(f"the monitor: {told}", "xl", "qemu-monitor-command", "bare", told)
    for argv in (["shutdown", "-F"], ["reboot", "-F"]):
        book.record(f"{' '.join(argv)} without drivers", "xl", *argv, "bare")
    book.record("destroy", "xl", "destroy", "bare")
    refused = config("hvm-missing-disk", "hvm", disk="['file:/nonexistent.img,hda,w']")
    book.note("file: a missing disk", path=refused, text=Path(refused).read_text())
    book.record("create with a missing disk", "xl", "create", refused)
    book.save()


def triggered(folder: Path) -> None:
    """A guest of each type is sent each event: Linux, GRUB at its menu, and a machine that finds no system."""
    book = Notebook(folder, "trigger", "every event of xl trigger, sent to a guest of each type")
    kept = {"on_reboot": '"preserve"'}  # a guest that an NMI ends stays to be seen
    paths = {
        "direct": config("direct", **kept),
        "pvh": config("pvh", **kept),
        "bare": config("bare", "hvm", disk=f"['file:{WORK}/data3.img,hda,w']", vif="[]", **kept),
    }
    for name, path in paths.items():
        book.note("file", path=path, text=Path(path).read_text())
        create(path)
        if name == "direct":
            wait_booted(name)
        else:
            run(["sleep", "20"])
        for event in _EVENTS[:-1]:
            book.record(f"{name}: {event}", "xl", "trigger", name, event)
            run(["sleep", "3"])
            book.record(f"{name}: list after {event}", "xl", "list", name)
        book.record(f"{name}: nmi of a missing vcpu", "xl", "trigger", name, "nmi", "9")
        book.record(f"{name}: nonsense", "xl", "trigger", name, "nosuch")
        book.record(f"{name}: pause", "xl", "pause", name)
        for event in _EVENTS[:-1]:
            book.record(f"{name}: {event} while paused", "xl", "trigger", name, event)
        book.record(f"{name}: list of the paused", "xl", "list", name)
        book.record(f"{name}: unpause", "xl", "unpause", name)
        book.record(f"{name}: nmi", "xl", "trigger", name, "nmi", "0")
        run(["sleep", "1"])
        book.record(f"{name}: list after nmi", "xl", "list", name)
        run(["xl", "destroy", name])
    book.save()


def with_drivers(folder: Path) -> None:
    """A machine that boots Linux; emulated, it does so about every other time."""
    book = Notebook(
        folder, "hvm-drivers", "an HVM guest with PV drivers: its life, its devices and its memory"
    )
    path = config("hvm")
    book.note("file", path=path, text=Path(path).read_text())
    book.record("create", "xl", "create", path)
    wait_booted("hvm")
    book.record("list", "xl", "list")
    _looked_at(book, "hvm")
    _devices(book)
    _resources(book)
    _saved(book, "hvm")
    book.record("shutdown -w", "xl", "shutdown", "-w", "hvm")
    wait_gone("hvm")
    book.record("list at the end", "xl", "list")
    book.save()


def _looked_at(book: Notebook, name: str) -> None:
    """What lists and the store say of it."""
    for argv in (
        ["list", "-v", name],
        ["list", "-l", name],
        ["vcpu-list", name],
        ["block-list", name],
        ["network-list", name],
    ):
        book.record(f"{' '.join(argv)}", "xl", *argv)
    book.record(f"xentop: {name}", "xentop", "-b", "-i", "1")
    book.record(f"the store: {name}", "xenstore-ls", f"/local/domain/{domid(name)}")


def _media(book: Notebook, name: str) -> None:
    """Media of the CD drive."""
    insert, eject = ("xl", "cd-insert", name), ("xl", "cd-eject", name)
    book.record("cd-eject", *eject, "hdc")
    book.record("list -l after cd-eject", "xl", "list", "-l", name)
    book.record("cd-eject of an empty drive", *eject, "hdc")
    book.record("cd-insert", *insert, "hdc", _CD)
    book.record("list -l after cd-insert", "xl", "list", "-l", name)
    book.record("cd-insert over a medium", *insert, "hdc", str(WORK / "data2.img"))
    book.record("cd-insert of a missing file", *insert, "hdc", "/nonexistent.iso")
    book.record("cd-insert with a prefix", *insert, "hdc", f"file:{_CD}")
    book.record("cd-insert of nothing", *insert, "hdc", "")
    book.record("cd-insert into a disk", *insert, "hda", _CD)
    book.record("cd-insert into a missing drive", *insert, "hdd", _CD)
    book.record("cd-insert into nonsense", *insert, "foo", _CD)
    _, out, _, _ = run(["losetup", "-f", "--show", "-r", str(WORK / "data3.img")])
    device = out.decode().strip()
    book.record("cd-insert of a block device", *insert, "hdc", device)
    book.record("list -l after a failed cd-insert", "xl", "list", "-l", name)
    run(["losetup", "-d", device])
    book.record("cd-insert again", *insert, "hdc", _CD)
    book.record("cd-insert by the whole name", *insert, "/dev/hdc", _CD)
    book.record("cd-insert by number", *insert, "5632", _CD)
    book.record("cd-insert of an unknown domain", "xl", "cd-insert", "nosuch", "hdc", _CD)
    book.record("cd-insert of domain 0", "xl", "cd-insert", "0", "hdc", _CD)
    book.record("cd-eject of domain 0", "xl", "cd-eject", "0", "hdc")
    book.record("cd-insert of an unknown domid", "xl", "cd-insert", "99", "hdc", _CD)


def _devices(book: Notebook) -> None:
    """Disks and cards that come and go."""
    attach = ("xl", "block-attach", "hvm")
    book.record("block-attach", *attach, f"file:{WORK}/data2.img,xvdb,w")
    book.record("block-attach of an emulated name", *attach, f"file:{WORK}/data3.img,hdb,w")
    book.record("block-list after attaching", "xl", "block-list", "hvm")
    book.record("block-detach", "xl", "block-detach", "hvm", "xvdb")
    book.record("network-attach", "xl", "network-attach", "hvm", "mac=00:16:3e:01:02:03", "bridge=xenbr0")
    book.record("network-list after attaching", "xl", "network-list", "hvm")
    book.record("network-detach", "xl", "network-detach", "hvm", "00:16:3e:01:02:03")
    book.record("list -l after the devices", "xl", "list", "-l", "hvm")


def _resources(book: Notebook) -> None:
    """Memory and processors."""
    for size in ("140", "160", "152", "200"):
        book.record(f"mem-set {size}", "xl", "mem-set", "hvm", size)
        run(["sleep", "3"])
        book.record(f"list after mem-set {size}", "xl", "list", "hvm")
        book.record(f"list -l after mem-set {size}", "xl", "list", "-l", "hvm")
    book.record("mem-max 200", "xl", "mem-max", "hvm", "200")
    book.record("mem-set 180", "xl", "mem-set", "hvm", "180")
    book.record("mem-set back", "xl", "mem-set", "hvm", "160")
    book.record("vcpu-set 2", "xl", "vcpu-set", "hvm", "2")
    book.record("vcpu-list after vcpu-set 2", "xl", "vcpu-list", "hvm")
    book.record("vcpu-set 3", "xl", "vcpu-set", "hvm", "3")
    book.record("vcpu-set back", "xl", "vcpu-set", "hvm", "1")


def _saved(book: Notebook, name: str) -> None:
    """Save and restore."""
    save = str(WORK / f"{name}.save")
    book.record(f"save: {name}", "xl", "save", name, save, timeout=300)
    book.record(f"list after save: {name}", "xl", "list")
    book.record(f"restore: {name}", "xl", "restore", save, timeout=300)
    book.record(f"list after restore: {name}", "xl", "list")
    book.record(f"list -l after restore: {name}", "xl", "list", "-l", name)
