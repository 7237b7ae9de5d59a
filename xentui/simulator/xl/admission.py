"""Whether the host can take a new domain: what libxl refuses, and what it says then."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xentui.simulator import host, runtime
from xentui.simulator.call import Call, Exit
from xentui.simulator.xl import lookup


def check(call: Call, config: Mapping[str, Any]) -> None:
    """Raises Exit 3, after libxl's words, where a domain cannot be made.

    As on a real host the domid is used up even where the domain fails, except for a name already taken.
    """
    name = str(config.get("c_info", {}).get("name", ""))
    holder = call.state.named(name)
    if holder is not None:
        lookup.libxl(
            call,
            "libxl_create.c:998:initiate_domain_create",
            f'Domain {holder.domid}:Domain with name "{name}" already exists.',
        )
        raise Exit(3)
    number = int(call.state.get("next_domid", 1))
    for test in (_memory, _kernel, _disks, _boot_menu):
        test(call, config, number)


def _memory(call: Call, config: Mapping[str, Any], number: int) -> None:  # noqa: ARG001 - one shape for all
    build = config.get("b_info", {})
    wanted = int(build.get("target_memkb", build.get("max_memkb", 0)))
    if wanted > host.free_kb(call.state):
        raise call.fail("failed to free memory for the domain", 3)


def _kernel(call: Call, config: Mapping[str, Any], number: int) -> None:
    build = config.get("b_info", {})
    if runtime.boot_method(config) == "pygrub":
        return
    for key in ("kernel", "ramdisk"):
        path = build.get(key)
        if path and not Path(call.real_path(path)).is_file():
            call.err(
                f"xc: error: panic: xg_dom_core.c:165: failed to open file '{path}': "
                "No such file or directory: Internal error\n"
            )
            lookup.libxl(
                call,
                "libxl_dom.c:380:libxl__build_dom",
                f"xc_dom_{key}_file failed: No such file or directory",
            )
            _give_up(
                call, number, "libxl_create.c:1639:domcreate_rebuild_done", "cannot (re-)build domain: -3"
            )


def _disks(call: Call, config: Mapping[str, Any], number: int) -> None:
    for disk in config.get("disks", []):
        problem = unusable(call, disk, number)
        if problem:
            _give_up(call, number, "libxl_create.c:1677:domcreate_launch_dm", "unable to add disk devices")


def unusable(call: Call, disk: Mapping[str, Any], number: int) -> bool:
    """Say why a disk cannot be attached to a domain; whether there is a reason."""
    path = runtime.disk_path(disk)
    if not path:
        return False
    try:
        mode = Path(call.real_path(path)).stat().st_mode
    except OSError:
        lookup.libxl(
            call,
            "libxl_device.c:401:libxl__device_disk_set_backend",
            f"Disk vdev={disk['vdev']} failed to stat: {path}: No such file or directory",
        )
        return True
    if stat.S_ISDIR(mode):
        lookup.libxl(
            call,
            "libxl_device.c:353:disk_try_backend",
            f"Disk vdev={disk['vdev']}, backend phy unsuitable as phys path not a block device",
        )
        return True
    holder = _writer(call, path, number)
    if holder is None or not (disk.get("readwrite") or holder[1]):
        return False
    lookup.libxl(
        call,
        "libxl_exec.c:117:libxl_report_child_exitstatus",
        "/etc/xen/scripts/block add [4711] exited with error status 1",
    )
    lookup.libxl(
        call,
        "libxl_device.c:1296:device_hotplug_child_death_cb",
        f"script: File {path} is loopback-mounted through /dev/loop{holder[0]},\n"
        "which is mounted in a guest domain,\nand so cannot be mounted now.",
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
        "libxl_bootloader.c:648:bootloader_finished",
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
    _give_up(call, number, "libxl_create.c:1250:domcreate_bootloader_done", "cannot (re-)build domain: -3")


def _give_up(call: Call, number: int, place: str, text: str) -> None:
    lookup.libxl(call, place, f"Domain {number}:{text}")
    call.state.put("next_domid", number + 1)
    raise Exit(3)
