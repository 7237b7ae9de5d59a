"""The verbs about CD drives: cd-insert, cd-eject (xl_cdrom.c)."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.simulator import runtime
from xentui.simulator.call import Call, Exit
from xentui.simulator.files import exists, is_file
from xentui.simulator.xl import lookup
from xentui.simulator.xl.options import parse


def insert(call: Call, words: Sequence[str]) -> int:
    """``xl cd-insert DOM VDEV PATH``: what was in the drive comes out first."""
    given = parse(call, "cd-insert", words, "", 3)
    domain, vdev, path = given.arguments[:3]
    return _exchange(call, domain, vdev, path)


def eject(call: Call, words: Sequence[str]) -> int:
    """``xl cd-eject DOM VDEV``; an empty drive stays empty."""
    given = parse(call, "cd-eject", words, "", 2)
    domain, vdev = given.arguments[:2]
    return _exchange(call, domain, vdev, None)


def _exchange(call: Call, domain: str, vdev: str, path: str | None) -> int:
    number, guest = lookup.existing(call, domain)
    if path and not exists(call.real_path(path)):
        raise call.fail(f"Cannot stat file: {path}")
    if guest is None:
        lookup.no_type(call, number)
        raise Exit(1)
    if guest.kind != "hvm":
        place = "libxl_disk.c:838:libxl_cdrom_insert"
        lookup.libxl(call, place, "cdrom-insert requires an HVM domain")
        raise Exit(1)
    config = call.state.config(number)
    drives = [disk for disk in config.get("disks", []) if disk.get("is_cdrom")]
    # The name is compared as it is written: neither /dev/hdc nor 5632 will do.
    drive = next((disk for disk in drives if disk["vdev"] == vdev), None)
    if drive is None:
        place = "libxl_disk.c:866:libxl_cdrom_insert"
        lookup.libxl(call, place, f"Domain {number}:Virtual device not found")
        raise Exit(1)
    taken = not path or is_file(call.real_path(path))
    if path and drive["format"] == "empty" and "colo_restore_enable" in drive:
        # QEMU has not opened a drive that was empty from the start on, and ends over it.
        place = "libxl_qmp.c:1399:qmp_ev_fd_callback"
        lookup.libxl(call, place, f"Domain {number}:error on QMP socket: Connection reset by peer")
        place = "libxl_qmp.c:1438:qmp_ev_fd_callback"
        lookup.libxl(call, place, f"Domain {number}:Error happened with the QMP connection to QEMU")
        raise Exit(1)
    inside = path if path and taken else ""
    drive.update(pdev_path=inside, format="raw" if inside else "empty")
    drive.pop("colo_restore_enable", None)
    call.state.update(guest, listing=runtime.entry(number, config))
    if not taken:
        place = "libxl_qmp.c:1837:qmp_ev_parse_error_messages"
        text = f"Domain {number}:'file' driver requires '/dev/fdset/0' to be a regular file"
        lookup.libxl(call, place, text)
        raise Exit(1)
    return 0
