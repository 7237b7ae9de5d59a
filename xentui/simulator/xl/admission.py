"""Whether the host can take a new domain: what libxl refuses, and what it says then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.simulator import host, runtime
from xentui.simulator.call import Call, Exit
from xentui.simulator.files import exists, is_file
from xentui.simulator.xl import lookup

#: What libxl says when it tears down what was never whole; also for a domain that does not exist.
NOT_THERE = (
    ("libxl_domain.c:1183:libxl__destroy_domid", "Non-existant domain"),
    ("libxl_domain.c:1137:domain_destroy_callback", "Unable to destroy guest"),
    ("libxl_domain.c:1064:domain_destroy_cb", "Destruction of domain failed"),
)
#: A Debian kernel unpacked, in pages: with less memory there is no room for it.
_KERNEL_PAGES = 0x3A00


def check(call: Call, config: Mapping[str, Any], *, restored: bool = False) -> None:
    """Raises Exit 3, after libxl's words, where a domain cannot be made.

    One that is restored brings its kernel along: libxl runs no boot loader then, and reads no file for it.
    As on a real host the domid is used up even where the domain fails.
    """
    number = _named(call, config)
    booted = () if restored else (_boot_menu, _kernel)
    for test in (_disks, *booted, _memory, _shared, _bridges):
        test(call, config, number)


def check_incoming(call: Call, config: Mapping[str, Any]) -> None:
    """As :func:`check`, of a domain that another host sends: memory and bridges are found out as it comes."""
    number = _named(call, config)
    for test in (_disks, _shared):
        test(call, config, number)


def _named(call: Call, config: Mapping[str, Any]) -> int:
    """Return the domid it gets; raises Exit 3 where its name is taken."""
    name = str(config.get("c_info", {}).get("name", ""))
    number = int(call.state.get("next_domid", 1))
    if call.state.named(name) is not None:
        place = "libxl_domain.c:81:libxl__domain_rename"
        lookup.libxl(call, place, f'Domain {number}:Domain with name "{name}" already exists.')
        place = "libxl_create.c:1296:initiate_domain_create"
        raise _given_up(call, number, place, "cannot make domain: -6")
    return number


def _disks(call: Call, config: Mapping[str, Any], number: int) -> None:
    for order, disk in enumerate(config.get("disks", [])):
        if missing(call, disk):
            place = "libxl_create.c:1318:initiate_domain_create"
            raise _given_up(call, number, place, f"Unable to set disk defaults for disk {order}")


def _kernel(call: Call, config: Mapping[str, Any], number: int) -> None:
    build = config.get("b_info", {})
    if runtime.boot_method(config) == "pygrub":
        return
    for key, line in (("kernel", 646), ("ramdisk", 659)):
        path = build.get(key)
        if path and not is_file(call.real_path(path)):
            _panic(
                call,
                f"xg_dom_core.c:205: failed to open file '{path}': No such file or directory: Internal error",
            )
            place, text = (
                f"libxl_dom.c:{line}:libxl__build_pv",
                f"xc_dom_{key}_file failed: No such file or directory",
            )
            raise _not_built(call, number, place, text)
    head = call.files.head(str(build.get("kernel", "")), 512)
    if head.count(b"\n") >= 3 and b"\0" not in head:
        _panic(call, "xg_dom_core.c:689: xc_dom_find_loader: no loader found: Invalid kernel")
        raise _not_built(call, number, "libxl_dom.c:571:libxl__build_dom", "xc_dom_parse_image failed")


def _memory(call: Call, config: Mapping[str, Any], number: int) -> None:
    build = config.get("b_info", {})
    wanted = int(build.get("target_memkb", build.get("max_memkb", 0)))
    if wanted > host.free_kb(call.state):
        _panic(
            call,
            "xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low memory for domain: Out of memory",
        )
        text = "xc_dom_boot_mem_init failed: Cannot allocate memory"
        raise _not_built(call, number, "libxl_dom.c:586:libxl__build_dom", text)
    pages = wanted // 4
    if runtime.boot_method(config) in ("direct", "pygrub") and pages - 0x1000 < _KERNEL_PAGES:
        _panic(
            call,
            "xg_dom_core.c:536: xc_dom_chk_alloc_pages: segment kernel too large "
            f"({_KERNEL_PAGES:#x} > {pages:#x} - 0x1000 pages): Out of memory",
        )
        text = "xc_dom_build_image failed: No such file or directory"
        raise _not_built(call, number, "libxl_dom.c:594:libxl__build_dom", text)


def _bridges(call: Call, config: Mapping[str, Any], number: int) -> None:
    for nic in config.get("nics", []):
        bridge = nic.get("bridge", "xenbr0")
        if bridge in host.hardware(call.state).bridges or nic.get("script"):
            continue
        no_bridge(call, bridge, "online")
        place = "libxl_create.c:1921:domcreate_attach_devices"
        lookup.libxl(call, place, f"Domain {number}:unable to add vif devices")
        no_bridge(call, bridge, "offline")
        raise _torn_down(call, number)


def no_bridge(call: Call, bridge: str, action: str) -> None:
    """What vif-bridge says of a bridge that does not exist; ``action`` is online or offline."""
    place = "libxl_exec.c:117:libxl_report_child_exitstatus"
    lookup.libxl(call, place, f"/etc/xen/scripts/vif-bridge {action} [4711] exited with error status 1")
    place = "libxl_device.c:1337:device_hotplug_child_death_cb"
    lookup.libxl(call, place, f"script: Could not find bridge device {bridge}")


def missing(call: Call, disk: Mapping[str, Any]) -> bool:
    """Return whether a disk's file or volume is not there; libxl says so."""
    path = runtime.disk_path(disk)
    if not path or exists(call.real_path(path)):
        return False
    lookup.libxl(
        call,
        "libxl_device.c:455:libxl__device_disk_set_backend",
        f"Disk vdev={disk['vdev']} failed to stat: {path}: No such file or directory",
    )
    return True


def _shared(call: Call, config: Mapping[str, Any], number: int) -> None:
    for disk in config.get("disks", []):
        if in_use(call, disk, number):
            place = "libxl_create.c:1921:domcreate_attach_devices"
            lookup.libxl(call, place, f"Domain {number}:unable to add disk devices")
            raise _torn_down(call, number)


def in_use(call: Call, disk: Mapping[str, Any], number: int) -> bool:
    """Return whether another domain has a volume in a way that forbids sharing it; the block script says so.

    The script of Xen 4.17 checks block devices only: two domains may well write to the same file.
    """
    path = runtime.disk_path(disk)
    holder = _writer(call, path, number) if path.startswith("/dev/") else None
    if holder is None or not (disk.get("readwrite") or holder[1]):
        return False
    place = "libxl_exec.c:117:libxl_report_child_exitstatus"
    lookup.libxl(call, place, "/etc/xen/scripts/block add [4711] exited with error status 1")
    words = ("", "") if disk.get("readwrite") else (" read-write", " read-only")
    lookup.libxl(
        call,
        "libxl_device.c:1337:device_hotplug_child_death_cb",
        f"script: Device {path} is mounted{words[0]} in a guest domain,\nand so cannot be mounted{words[1]} now.",
    )
    return True


def _writer(call: Call, path: str, number: int) -> tuple[int, bool] | None:
    """Another domain that has the file open: its domid, and whether it writes to it."""
    quoted = path.rpartition("/")[2]
    for guest in call.state.guests():
        if guest.domid in (0, number) or quoted not in call.state.listing(guest.domid):
            continue
        for disk in call.state.config(guest.domid).get("disks", []):
            if runtime.disk_path(disk) == path:
                return guest.domid, bool(disk.get("readwrite"))
    return None


def _boot_menu(call: Call, config: Mapping[str, Any], number: int) -> None:
    if runtime.boot_method(config) != "pygrub" or runtime.boot_menu(call.files, config) is not None:
        return
    lookup.libxl(
        call,
        "libxl_bootloader.c:767:bootloader_finished",
        f"Domain {number}:bootloader failed - consult logfile /var/log/xen/bootloader.{number}.log",
    )
    lookup.libxl(
        call,
        "libxl_exec.c:117:libxl_report_child_exitstatus",
        "bootloader [4711] exited with error status 1",
    )
    call.files.write(
        f"/var/log/xen/bootloader.{number}.log",
        b"Traceback (most recent call last):\nRuntimeError: Unable to find partition containing kernel\n",
    )
    raise _given_up(
        call, number, "libxl_create.c:1640:domcreate_rebuild_done", "cannot (re-)build domain: -3"
    )


def _panic(call: Call, text: str) -> None:
    call.err(f"xc: error: panic: {text}\n")


def _not_built(call: Call, number: int, place: str, text: str) -> Exit:
    lookup.libxl(call, place, text)
    place = "libxl_create.c:1640:domcreate_rebuild_done"
    return _given_up(call, number, place, "cannot (re-)build domain: -3")


def _given_up(call: Call, number: int, place: str, text: str) -> Exit:
    lookup.libxl(call, place, f"Domain {number}:{text}")
    return _torn_down(call, number)


def _torn_down(call: Call, number: int) -> Exit:
    for place, text in NOT_THERE:
        lookup.libxl(call, place, f"Domain {number}:{text}")
    call.state.put("next_domid", number + 1)
    return Exit(3)
