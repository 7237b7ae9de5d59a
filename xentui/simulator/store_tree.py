"""What xenstore holds about the domains, as paths and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from xentui import config as language
from xentui.errors import ConfigError
from xentui.simulator import deterministic_random, loading, runtime
from xentui.simulator.files import HostFiles
from xentui.simulator.guest import Guest, GuestPhase
from xentui.simulator.state import State

Tree = dict[str, str]
_UNCONNECTED = "unconnected"


def whole(state: State, files: HostFiles) -> Tree:
    """Return every path with its value ("" for a folder), parents before their children."""
    tree: Tree = {"/": "", "/tool": "", "/tool/xenstored": "", "/local": "", "/local/domain": ""}
    guests = state.guests()
    for guest in guests:
        if guest.phase == GuestPhase.DYING:
            continue
        if guest.domid == 0:
            _put(tree, "/local/domain/0", domain0(guest))
            continue
        config = state.config(guest.domid)
        _put(tree, f"/local/domain/{guest.domid}", _domain(guest, config))
        _put(tree, f"/vm/{vm_uuid(guest)}", _vm(guest, config, files))
        _put(tree, f"/libxl/{guest.domid}", {"type": guest.kind, "dm-version": "qemu_xen"})
        for path, values in _backends(guest, config, state):
            _put(tree, path, values)
            # To the guest a disk is a vbd, whatever serves it.
            kind, device = path.split("/")[5].replace("qdisk", "vbd"), path.rpartition("/")[2]
            _put(
                tree,
                f"/libxl/{guest.domid}/device/{kind}/{device}",
                _own_copy(values, path),
            )
    return tree


def _own_copy(values: Tree, path: str) -> Tree:
    """libxl's copy of a backend, made when the device was: what the scripts report later is not in it."""
    copy = {**values, "backend": path, "state": "1"}
    if "hotplug-status" in copy:
        copy["hotplug-status"] = ""
    if "/vbd/" in path:
        copy.pop("hotplug-status", None)
    return copy


def domain0(guest: Guest) -> Tree:
    """Domain-0's own part."""
    return {
        "control/feature-poweroff": "1",
        "control/feature-reboot": "1",
        "control/feature-suspend": "1",
        "domid": "0",
        "memory/static-max": str(guest.max_kb),
        "memory/target": str(guest.target_kb),
        "name": guest.name,
    }


def _domain(guest: Guest, config: dict[str, Any]) -> Tree:
    values = dict.fromkeys(
        ("attr", "control/shutdown", "control/sysrq", "data", "drivers", "error", "feature"), ""
    )
    for word in (
        "feature-poweroff",
        "feature-reboot",
        "feature-suspend",
        "platform-feature-xs_reset_watches",
    ):
        values[f"control/{word}"] = "1"
    values["control/platform-feature-multiprocessor-suspend"] = "1"
    for number in range(guest.max_vcpus):
        values[f"cpu/{number}/availability"] = "online" if number < guest.vcpus else "offline"
    values |= {
        "console/backend": f"/local/domain/0/backend/console/{guest.domid}/0",
        "console/backend-id": "0",
        "console/limit": "1048576",
        "console/output": "pty",
        "console/port": "2",
        "console/ring-ref": str(513026 + guest.domid),
        "console/type": "xenconsoled",
        "device/suspend/event-channel": "",
        "domid": str(guest.domid),
        "memory/static-max": str(guest.max_kb),
        "memory/target": str(guest.target_kb),
        "memory/videoram": "0",
        "name": guest.name,
        "store/port": "1",
        "store/ring-ref": str(513025 + guest.domid),
        "vm": f"/vm/{vm_uuid(guest)}",
    }
    for node, tty in terminals(guest, config).items():
        values[f"{node}/tty"] = tty
    for number, channel in enumerate(config.get("channels", []), start=1):
        values |= _frontend(guest, "console", number, {"name": str(channel.get("name", "")), "type": "ioemu"})
    for order, disk in enumerate(config.get("disks", [])):
        values |= _vbd(guest, number_of(disk), disk, order)
    for nic in config.get("nics", []):
        values |= _vif(guest, int(nic["devid"]), nic)
    return values


def terminals(guest: Guest, config: Mapping[str, Any]) -> dict[str, str]:
    """Return the nodes of a domain's consoles, below its own, with the pseudo-terminals they are shown on."""
    said = config.get("b_info", {}).get(f"type.{guest.kind}", {})
    ports = said.get("serial_list") or [said.get("serial")]
    nodes = ["console", *(f"serial/{number}" for number, port in enumerate(ports) if port == "pty")]
    nodes += [
        f"device/console/{number}"
        for number, channel in enumerate(config.get("channels", []), start=1)
        if "connection.pty" in channel
    ]
    return {node: f"/dev/pts/{guest.domid + 100 * index}" for index, node in enumerate(nodes)}


def number_of(disk: dict[str, Any]) -> int:
    """Return a disk's device number; 0 for a name without one."""
    try:
        return language.vdev_number(str(disk["vdev"]))
    except ConfigError:
        return 0


def _frontend(guest: Guest, kind: str, device: int, values: Tree, *, backend: str = "") -> Tree:
    whole = {
        "backend": f"/local/domain/0/backend/{backend or kind}/{guest.domid}/{device}",
        "backend-id": "0",
        "state": _connected(guest),
        **values,
    }
    return {f"device/{kind}/{device}/{name}": value for name, value in whole.items()}


def _vbd(guest: Guest, device: int, disk: dict[str, Any], order: int) -> Tree:
    backend = runtime.backend(guest.kind, disk)
    if backend == "qdisk":
        # No driver of the guest's has taken it.
        values = {"device-type": "cdrom", "state": "1", "trusted": "1", "virtual-device": str(device)}
        return _frontend(guest, "vbd", device, values, backend=backend)
    return _frontend(
        guest,
        "vbd",
        device,
        {
            "device-type": "cdrom" if disk.get("is_cdrom") else "disk",
            "event-channel": str(9 + order),
            "feature-persistent": "1",
            "protocol": "x86_64-abi",
            "ring-ref": str(8 + order),
            "trusted": "1",
            "virtual-device": str(device),
        },
    )


def _vif(guest: Guest, device: int, nic: dict[str, Any]) -> Tree:
    ring = 522 + 2 * device
    values = {
        "event-channel-rx": str(11 + 2 * device),
        "event-channel-tx": str(10 + 2 * device),
        "handle": str(device),
        "mac": str(nic["mac"]),
        "mtu": str(nic.get("mtu", 1500)),
        "multi-queue-num-queues": "1",
        "rx-ring-ref": str(ring + 1),
        "tx-ring-ref": str(ring),
        "trusted": "1",
        "xdp-headroom": "0",
    }
    for word in ("gso-tcpv4", "gso-tcpv6", "ipv6-csum-offload", "rx-notify", "sg"):
        values[f"feature-{word}"] = "1"
    return _frontend(guest, "vif", device, {**values, "request-rx-copy": "1"})


def _connected(guest: Guest) -> str:
    """xenbus' state: 4 connected, 1 initialising."""
    return "4" if guest.phase in (GuestPhase.RUNNING, GuestPhase.DOWN) else "1"


def _vm(guest: Guest, config: dict[str, Any], files: HostFiles) -> Tree:
    build = config.get("b_info", {})
    values = {f"image/{key}": str(build[key]) for key in ("cmdline", "kernel", "ramdisk") if build.get(key)}
    if guest.kind == "pv" and (line := loading.command_line(files, config, guest.boot, guest.entry)):
        values["image/cmdline"] = line
    if guest.kind != "hvm":
        values["image/ostype"] = "linux"
    if (own := vm_uuid(guest)) != guest.uuid:
        return {**values, "uuid": own}
    return {**values, "name": guest.name, "start_time": f"{guest.born:.2f}", "uuid": guest.uuid}


def vm_uuid(guest: Guest) -> str:
    """Return a domain's uuid in xenstore: its own, and another of a copy that xl has set aside
    (libxl_domain_preserve).
    """
    if guest.watched or guest.phase != GuestPhase.DOWN or not re.search(r"-\d{8}T\d{4}Z$", guest.name):
        return guest.uuid
    return deterministic_random.uuid(guest.seed, guest.domid, 11)


def unconnect(state: State, domid: int, device: int, *, gone: bool = False) -> None:
    """Remember that a disk's script has refused it, or (``gone``) forget it."""
    kept = [item for item in state.get(_UNCONNECTED, []) if item != [domid, device]]
    state.put(_UNCONNECTED, kept if gone else [*kept, [domid, device]])


def connected(state: State, domid: int, device: int) -> bool:
    """Return whether the script of a disk has connected it."""
    return [domid, device] not in state.get(_UNCONNECTED, [])


def _backends(guest: Guest, config: dict[str, Any], host: State) -> Iterator[tuple[str, Tree]]:
    state = _connected(guest)
    domid = guest.domid
    yield (
        f"/local/domain/0/backend/console/{domid}/0",
        {
            "frontend": f"/local/domain/{domid}/console",
            "frontend-id": str(domid),
            "online": "1",
            "protocol": "vt100",
            "state": "1",
        },
    )
    for disk in config.get("disks", []):
        device = number_of(disk)
        if runtime.backend(guest.kind, disk) == "qdisk":
            yield _drive(guest, device, disk)
            continue
        whole = connected(host, domid, device)
        plugged: Tree = {"hotplug-status": "connected"} if whole else {}
        yield (
            f"/local/domain/0/backend/vbd/{domid}/{device}",
            {
                **plugged,
                "bootable": "1",
                "dev": str(disk["vdev"]),
                "device-type": "cdrom" if disk.get("is_cdrom") else "disk",
                "discard-enable": "1",
                "frontend": f"/local/domain/{domid}/device/vbd/{device}",
                "frontend-id": str(domid),
                "mode": "w" if disk.get("readwrite") else "r",
                "online": "1",
                "params": runtime.disk_path(disk),
                "removable": "1" if disk.get("removable") else "0",
                "script": str(disk.get("script", "/etc/xen/scripts/block")),
                "specification": "xen",
                "state": state if whole else "2",
                "type": "phy",
            },
        )
    for nic in config.get("nics", []):
        yield (
            f"/local/domain/0/backend/vif/{domid}/{nic['devid']}",
            {
                "bridge": str(nic.get("bridge", "xenbr0")),
                "frontend": f"/local/domain/{domid}/device/vif/{nic['devid']}",
                "frontend-id": str(domid),
                "handle": str(nic["devid"]),
                "hotplug-status": "connected",
                "mac": str(nic["mac"]),
                "online": "1",
                "script": str(nic.get("script", "/etc/xen/scripts/vif-bridge")),
                "state": state,
                "type": str(nic.get("nictype", "vif")),
            },
        )


def _drive(guest: Guest, device: int, disk: dict[str, Any]) -> tuple[str, Tree]:
    """Return a CD drive of QEMU's; one that was empty from the start on it has not opened."""
    inside = runtime.disk_path(disk)
    # libxl leaves the word out of what it has exchanged.
    untouched = "colo_restore_enable" in disk
    values = {
        "bootable": "1",
        "dev": str(disk["vdev"]),
        "device-type": "cdrom",
        "discard-enable": "0",
        "frontend": f"/local/domain/{guest.domid}/device/vbd/{device}",
        "frontend-id": str(guest.domid),
        "hotplug-status": "connected",
        "mode": "r",
        "online": "1",
        "params": f"aio:{inside}" if inside or untouched else "",
        "removable": "1",
        "specification": "xen",
        "state": "1" if untouched and not inside else "2",
        "type": "qdisk",
    }
    return f"/local/domain/0/backend/qdisk/{guest.domid}/{device}", values


def _put(tree: Tree, base: str, values: Tree) -> None:
    for name, value in {"": "", **values}.items():
        path = f"{base}/{name}".rstrip("/")
        parts = path.split("/")
        for length in range(2, len(parts)):
            tree.setdefault("/".join(parts[:length]), "")
        tree[path] = value if name else tree.get(path, "")
