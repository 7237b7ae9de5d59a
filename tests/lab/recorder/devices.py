"""Memory, processors, disks and network cards of a running guest; save and restore; ways to boot."""

from __future__ import annotations

import time
from pathlib import Path

from .guests import WORK, config, create, destroy_all, domid, wait_booted
from .notebook import Notebook, run


def hotplug(folder: Path) -> None:
    """Memory, virtual processors, disks, network cards."""
    book = Notebook(folder, "devices", "memory, vcpus, disks and network cards of a running PV guest")
    path = config("direct", maxvcpus="2")
    book.note("file", path=path, text=Path(path).read_text())
    create(path)
    wait_booted("direct")
    for size in ("120", "128m", "122880k", "256m", "1g", "8g", "4", "0", "-5", "much", "", "131072kb"):
        book.record(f"mem-set {size!r}", "xl", "mem-set", "direct", "--", size) if size.startswith(
            "-"
        ) else book.record(f"mem-set {size!r}", "xl", "mem-set", "direct", size)
        book.record("list", "xl", "list", "direct")
    book.record("mem-set back", "xl", "mem-set", "direct", "128")
    for size in ("200", "300m", "100", "8g", "much"):
        book.record(f"mem-max {size!r}", "xl", "mem-max", "direct", size)
    book.record("list -l after mem-set and mem-max", "xl", "list", "-l", "direct")
    book.record("xentop after mem-max", "xentop", "-b", "-i", "1")
    for count in ("2", "1", "3", "0", "64", "many", ""):
        book.record(f"vcpu-set {count!r}", "xl", "vcpu-set", "direct", count)
        book.record("vcpu-list", "xl", "vcpu-list", "direct")
    book.record("vcpu-set --ignore-host", "xl", "vcpu-set", "--ignore-host", "direct", "3")
    book.record("vcpu-set of more than the host has", "xl", "vcpu-set", "0", "4")
    book.record("list -l after vcpu-set", "xl", "list", "-l", "direct")

    data, number = f"file:{WORK}/data.img", domid("direct")
    attach = ("xl", "block-attach", "direct")
    book.record(
        "block-attach, the wiki's form with a domid", "xl", "block-attach", number, data, "/dev/xvdb", "w"
    )
    book.record("block-attach, positional", *attach, data, "xvdb", "w")
    book.record("block-list", "xl", "block-list", "direct")
    book.record("list -l after block-attach", "xl", "list", "-l", "direct")
    book.record("block-attach of a device that exists", *attach, f"file:{WORK}/data2.img,xvdb,w")
    book.record("block-attach, one argument", *attach, f"file:{WORK}/data2.img,xvdc,r")
    book.record(
        "block-attach, key=value", *attach, f"format=raw, vdev=xvdd, access=rw, target={WORK}/data3.img"
    )
    book.record("block-attach of the same file again, writable", *attach, f"file:{WORK}/data.img,xvde,w")
    book.record("block-attach of the same file again, read-only", *attach, f"file:{WORK}/data.img,xvdf,r")
    book.record("block-attach of a missing file", *attach, "file:/nonexistent.img,xvdg,w")
    book.record("block-attach of a missing device", *attach, "phy:/dev/nosuch,xvdg,w")
    book.record("block-attach w!", *attach, f"{data},xvdh,w!")
    book.record("block-attach with an unknown mode", *attach, f"{data},xvdh,q")
    book.record("block-attach with an unknown device name", *attach, f"{data},foo,w")
    book.record("block-attach without a device name", *attach, data)
    book.record("block-attach, unknown key", *attach, f"vdev=xvdh,target={WORK}/data.img,nosuch=1")
    book.record("block-attach dry run", "xl", "-N", *attach[1:], f"{data},xvdi,w")
    book.record("block-list with several", "xl", "block-list", "direct")
    book.record("list -l with several", "xl", "list", "-l", "direct")
    book.record("backends of disks", "xenstore-ls", f"/local/domain/0/backend/vbd/{number}")
    book.record("xentop with disks", "xentop", "-b", "-x", "-i", "1")
    book.record("block-detach by name", "xl", "block-detach", "direct", "xvdb")
    book.record("block-detach by number", "xl", "block-detach", "direct", "51744")
    book.record("block-detach of an unknown device", "xl", "block-detach", "direct", "xvdz")
    book.record("block-detach of nonsense", "xl", "block-detach", "direct", "foo")
    book.record("block-detach /dev/xvdd", "xl", "block-detach", "direct", "/dev/xvdd")
    book.record("block-detach again", "xl", "block-detach", "direct", "xvdb")
    book.record("block-list afterwards", "xl", "block-list", "direct")
    book.record("list -l afterwards", "xl", "list", "-l", "direct")

    attach = ("xl", "network-attach", "direct")
    book.record("network-attach with nothing", *attach)
    book.record("network-list", "xl", "network-list", "direct")
    book.record("network-attach bridge and mac", *attach, "bridge=xenbr0", "mac=00:16:3e:01:02:03")
    book.record("network-attach, one argument", *attach, "bridge=xenbr0,mac=00:16:3e:01:02:04")
    book.record("network-attach of a mac in use", *attach, "bridge=xenbr0", "mac=00:16:3e:01:02:03")
    book.record("network-attach to a missing bridge", *attach, "bridge=nosuchbr")
    book.record("network-attach with a bad mac", *attach, "mac=zz")
    book.record("network-attach, unknown key", *attach, "nosuch=1")
    book.record("network-attach, no key", *attach, "xenbr0")
    book.record("network-list with several", "xl", "network-list", "direct")
    book.record("list -l with several cards", "xl", "list", "-l", "direct")
    book.record("xentop with cards", "xentop", "-b", "-n", "-i", "1")
    book.record("network-detach by number", "xl", "network-detach", "direct", "1")
    book.record("network-detach by mac", "xl", "network-detach", "direct", "00:16:3e:01:02:03")
    book.record("network-detach of an unknown number", "xl", "network-detach", "direct", "9")
    book.record("network-detach of an unknown mac", "xl", "network-detach", "direct", "00:16:3e:09:09:09")
    book.record("network-detach of nonsense", "xl", "network-detach", "direct", "eth0")
    book.record("network-list afterwards", "xl", "network-list", "direct")
    book.record("sysrq", "xl", "sysrq", "direct", "h")
    book.record("trigger of a PV guest", "xl", "trigger", "direct", "power")
    book.record("vcpu-pin", "xl", "vcpu-pin", "direct", "0", "0")
    book.record("vcpu-list after vcpu-pin", "xl", "vcpu-list")
    book.record("sched-credit2", "xl", "sched-credit2", "-d", "direct")
    destroy_all()
    book.save()


def save_restore(folder: Path) -> None:
    """Save, restore, and what goes wrong with them."""
    book = Notebook(folder, "save-restore", "save and restore of a PV guest")
    path = config("direct")
    create(path)
    wait_booted("direct")
    save = str(WORK / "direct.save")
    book.record("save of an unknown domain", "xl", "save", "nosuch", save)
    book.record("save into a missing folder", "xl", "save", "direct", "/nonexistent/x.save")
    book.record("list after", "xl", "list")
    book.record("save", "xl", "save", "direct", save)
    book.record("list after save", "xl", "list")
    book.record("the file", "ls", "-l", save)
    book.note("its first bytes", head=repr(Path(save).read_bytes()[:160]))
    book.record("restore", "xl", "restore", save)
    book.record("list after restore", "xl", "list")
    book.record("list -l after restore", "xl", "list", "-l", "direct")
    book.record("restore while it runs", "xl", "restore", save)
    time.sleep(20)
    book.record("save -c", "xl", "save", "-c", "direct", save, timeout=300)
    book.record("list after save -c", "xl", "list")
    book.record("save -p", "xl", "save", "-p", "direct", save)
    book.record("list after save -p", "xl", "list")
    book.record("unpause after save -p", "xl", "unpause", "direct")
    book.record("list after unpause", "xl", "list")
    book.record("save a paused guest", "xl", "pause", "direct")
    book.record("save of a paused guest", "xl", "save", "direct", save, timeout=90)
    book.record("list", "xl", "list")
    destroy_all()
    book.record("restore -p", "xl", "restore", "-p", save)
    book.record("list after restore -p", "xl", "list")
    destroy_all()
    book.record("restore of a missing file", "xl", "restore", "/nonexistent.save")
    (WORK / "text.save").write_text("not a save file\n")
    book.record("restore of something else", "xl", "restore", str(WORK / "text.save"))
    (WORK / "empty.save").write_bytes(b"")
    book.record("restore of an empty file", "xl", "restore", str(WORK / "empty.save"))
    (WORK / "short.save").write_bytes(Path(save).read_bytes()[:200000])
    book.record("restore of a truncated file", "xl", "restore", str(WORK / "short.save"))
    book.record("list after", "xl", "list")
    destroy_all()
    (WORK / "direct.save").unlink()
    create(path)
    wait_booted("direct")
    run(["mkdir", "-p", "/tmp/full"])
    run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", "/tmp/full"])
    book.record("save onto a full file system", "xl", "save", "direct", "/tmp/full/x.save")
    book.record("list after", "xl", "list")
    run(["umount", "/tmp/full"])
    destroy_all()
    book.save()


def boot_methods(folder: Path) -> None:
    """pygrub and PVH guests: their lists and the store."""
    book = Notebook(folder, "boot-methods", "a PV guest through pygrub and a PVH guest through GRUB 2")
    for name in ("pygrub", "pvh"):
        path = config(name)
        book.note(f"file of {name}", path=path, text=Path(path).read_text())
        book.record(f"create: {name}", "xl", "create", path)
        wait_booted(name)
        for argv in (
            ["list"],
            ["list", "-v"],
            ["list", "-l", name],
            ["vcpu-list", name],
            ["block-list", name],
            ["network-list", name],
        ):
            book.record(f"{name}: {' '.join(argv)}", "xl", *argv)
        book.record(f"{name}: xentop", "xentop", "-b", "-i", "1")
        book.record(f"{name}: the store", "xenstore-ls", f"/local/domain/{domid(name)}")
        book.record(f"{name}: processes", "ps", "-eo", "args")
        wanted = ("/xl ", "qemu", "pygrub")
        book.entries[-1]["stdout"] = [
            line for line in book.entries[-1]["stdout"] if any(word in line for word in wanted)
        ]
    book.record("list of both", "xl", "list")
    book.record("list -l of all", "xl", "list", "-l")
    book.record("folder /var/log/xen", "ls", "-la", "/var/log/xen")
    book.record("log of the boot loader", "sh", "-c", "head -c 400 /var/log/xen/bootloader.*.log | cat -v")
    book.record("shutdown -w of both", "xl", "shutdown", "-a", "-w")
    book.record("list", "xl", "list")
    destroy_all()
    book.save()
