"""The verbs about disks: block-attach, block-list, block-detach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xentui import config as language
from xentui.errors import ConfigError
from xentui.simulator import runtime, store_tree, yajl
from xentui.simulator.call import Call, Exit
from xentui.simulator.xl import admission, lookup
from xentui.simulator.xl.options import parse


def attach(call: Call, words: Sequence[str], *, dry: bool = False) -> int:
    """``xl block-attach DOM SPEC …``: the words are joined with commas (xl_block.c)."""
    given = parse(call, "block-attach", words, "", 2)
    number, guest = lookup.existing(call, given.arguments[0], code="")
    disk = _parse(call, ",".join(given.arguments[1:]))
    if dry:
        call.out("disk: " + yajl.render(disk) + "\n")
        return 0
    if guest is None:
        lookup.no_type(call, number)
        raise _failed(call)
    if vbd(call, str(disk["vdev"])) is None:
        lookup.libxl(
            call,
            "libxl_disk.c:264:libxl__device_from_disk",
            f"Invalid or unsupported virtual disk identifier {disk['vdev']}",
        )
        raise _failed(call)
    config = call.state.config(number)
    disks = config.setdefault("disks", [])
    if any(present["vdev"] == disk["vdev"] for present in disks):
        lookup.libxl(call, "libxl_device.c:151:libxl__device_exists", "device already exists in xenstore")
        raise _failed(call)
    if admission.missing(call, disk):
        raise _failed(call)
    refused = admission.in_use(call, disk, number)
    disks.append(runtime.disk_with_defaults(disk))
    call.state.update(guest, listing=runtime.entry(number, runtime.ordered(config)))
    if refused:
        # What its script has refused stays in xenstore and in the configuration, unconnected.
        device = vbd(call, str(disk["vdev"])) or 0
        store_tree.unconnect(call.state, number, device)
        lookup.libxl(
            call,
            "libxl_device.c:1481:device_addrm_aocomplete",
            f"Domain {number}:Unable to add vbd with id {device}",
        )
        call.err("libxl_device_disk_add failed.\n")
        return 1
    return 0


def _failed(call: Call) -> Exit:
    lookup.libxl(call, "libxl_device.c:1486:device_addrm_aocomplete", "unable to add device")
    call.err("libxl_device_disk_add failed.\n")
    return Exit(1)


def _parse(call: Call, spec: str) -> dict[str, Any]:
    try:
        disk = language.parse_disk(spec, source="command line")
    except ConfigError as error:
        for line in getattr(error, "words", ()) or (error.message,):
            call.err(f"{line}\n")
        raise Exit(1) from None
    entry: dict[str, Any] = {"pdev_path": disk.target, "vdev": disk.vdev}
    if disk.backendtype:
        entry["backend"] = {"tap": "tap", "qdisk": "qdisk"}.get(disk.backendtype, disk.backendtype)
    entry["format"] = disk.format
    if disk.script:
        entry["script"] = disk.script
    if disk.cdrom:
        entry |= {"removable": 1, "is_cdrom": 1}
    elif disk.access != "r":
        entry["readwrite"] = 1
    return entry


def vbd(call: Call, vdev: str) -> int | None:  # noqa: ARG001 - the same shape as its neighbours
    """Return the device number of a guest's disk; None for a name libxl does not know."""
    try:
        return language.vdev_number(vdev)
    except ConfigError:
        return None


def listing(call: Call, words: Sequence[str]) -> int:
    """``xl block-list DOM …``."""
    given = parse(call, "block-list", words, "", 1)
    call.out(
        f"{'Vdev':<5} {'BE':<3} {'handle':<6} {'state':<5} {'evt-ch':<6} {'ring-ref':<8} {'BE-path':<30}\n"
    )
    for word in given.arguments:
        try:
            number, guest = lookup.existing(call, word, code="")
        except Exit:
            # xl goes on to the next domain, and succeeds
            continue
        if guest is None:
            continue
        disks = call.state.config(number).get("disks", [])
        if guest.kind == "hvm":
            # In the order of xenstore's names; those of the other kinds were attached in theirs.
            disks = sorted(disks, key=lambda disk: str(vbd(call, str(disk["vdev"]))))
        for order, disk in enumerate(disks):
            device = vbd(call, str(disk["vdev"])) or 0
            kind, state, event, ring = runtime.backend(guest.kind, disk), 4, 9 + order, 8 + order
            if kind == "qdisk" or not guest.executes_pv_drivers:
                # A kernel has no PV driver for a CD drive.
                state, event, ring = 1, -1, -1
            elif not store_tree.connected(call.state, number, device):
                state = 3
            path = f"/local/domain/0/backend/{kind}/{number}/{device}"
            call.out(f"{device:<5d} {0:<3d} {number:<6d} {state:<5d} {event:<6d} {ring:<8d} {path:<30}\n")
    return 0


def detach(call: Call, words: Sequence[str]) -> int:
    """``xl block-detach [-f] DOM VDEV|NUMBER``."""
    given = parse(call, "block-detach", words, "f", 2, {"force": "f"})
    number, guest = lookup.existing(call, given.arguments[0])
    word = given.arguments[1]
    device = int(word) if word.isdecimal() else vbd(call, word)
    device = -1 if device is None else device
    config = call.state.config(number) if guest is not None else {}
    disks = config.get("disks", [])
    left = [disk for disk in disks if vbd(call, str(disk["vdev"])) != device]
    if guest is None or len(left) == len(disks):
        lookup.libxl(
            call,
            "libxl_disk.c:516:libxl__disk_from_xenstore",
            f"disk /libxl/{number}/device/vbd/{device} does not exist (no backend path",
        )
        raise call.fail(f"Error: Device {word} not connected.")
    config["disks"] = left
    if not left:
        del config["disks"]
    store_tree.unconnect(call.state, number, device, gone=True)
    call.state.update(guest, listing=runtime.entry(number, config))
    return 0
