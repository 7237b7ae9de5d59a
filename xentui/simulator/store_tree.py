"""What xenstore holds about the domains, as paths and values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xentui.simulator import runtime
from xentui.simulator.guest import Guest, Phase
from xentui.simulator.state import State

Tree = dict[str, str]


def whole(state: State) -> Tree:
    """Every path with its value ("" for a folder), parents before their children."""
    tree: Tree = {"/": "", "/tool": "", "/tool/xenstored": "", "/local": "", "/local/domain": ""}
    guests = state.guests()
    for guest in guests:
        if guest.phase == Phase.DYING:
            continue
        if guest.domid == 0:
            _put(tree, "/local/domain/0", domain0(guest))
            continue
        config = state.config(guest.domid)
        _put(tree, f"/local/domain/{guest.domid}", _domain(guest, config))
        _put(tree, f"/vm/{guest.uuid}", _vm(guest))
        _put(tree, f"/libxl/{guest.domid}", {"type": guest.kind, "dm-version": "qemu_xen"})
        for path, values in _backends(guest, config):
            _put(tree, path, values)
            kind, device = path.split("/")[5], path.rpartition("/")[2]
            mirror = {"frontend": values["frontend"], "backend": path, "backend-id": "0"}
            _put(tree, f"/libxl/{guest.domid}/device/{kind}/{device}", mirror)
    return tree


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
    values = {
        "vm": f"/vm/{guest.uuid}",
        "name": guest.name,
    }
    for number in range(guest.max_vcpus):
        values[f"cpu/{number}/availability"] = "online" if number < guest.vcpus else "offline"
    values |= {
        "memory/static-max": str(guest.max_kb),
        "memory/target": str(guest.target_kb),
        "memory/videoram": "0",
    }
    for disk in config.get("disks", []):
        values |= _frontend(guest, "vbd", number_of(disk))
    for nic in config.get("nics", []):
        values |= _frontend(guest, "vif", int(nic["devid"])) | {f"device/vif/{nic['devid']}/mac": nic["mac"]}
    values |= {
        "control/shutdown": "",
        "control/feature-poweroff": "1",
        "control/feature-reboot": "1",
        "control/feature-suspend": "1",
        "control/sysrq": "",
        "data": "",
        "domid": str(guest.domid),
        "console/backend": f"/local/domain/0/backend/console/{guest.domid}/0",
        "console/backend-id": "0",
        "console/limit": "1048576",
        "console/type": "xenconsoled",
        "console/output": "pty",
        "console/tty": f"/dev/pts/{guest.domid}",
        "console/port": "2",
        "console/ring-ref": str(4096 + guest.domid),
    }
    return values


def number_of(disk: dict[str, Any]) -> int:
    """A disk's device number; 0 for a name without one."""
    from xentui import config as language  # noqa: PLC0415
    from xentui.errors import ConfigError  # noqa: PLC0415

    try:
        return language.vdev_number(str(disk["vdev"]))
    except ConfigError:
        return 0


def _frontend(guest: Guest, kind: str, device: int) -> Tree:
    path = f"device/{kind}/{device}"
    return {
        f"{path}/backend": f"/local/domain/0/backend/{kind}/{guest.domid}/{device}",
        f"{path}/backend-id": "0",
        f"{path}/state": "4" if guest.phase == Phase.RUNNING else "1",
    }


def _vm(guest: Guest) -> Tree:
    return {"name": guest.name, "uuid": guest.uuid, "start_time": f"{guest.born:.2f}"}


def _backends(guest: Guest, config: dict[str, Any]) -> Iterator[tuple[str, Tree]]:
    state = "4" if guest.phase == Phase.RUNNING else "2"
    for disk in config.get("disks", []):
        device = number_of(disk)
        yield (
            f"/local/domain/0/backend/vbd/{guest.domid}/{device}",
            {
                "frontend": f"/local/domain/{guest.domid}/device/vbd/{device}",
                "params": runtime.disk_path(disk),
                "frontend-id": str(guest.domid),
                "online": "1",
                "removable": "1" if disk.get("removable") else "0",
                "bootable": "1",
                "state": state,
                "dev": str(disk["vdev"]),
                "type": "phy",
                "mode": "w" if disk.get("readwrite") else "r",
                "device-type": "cdrom" if disk.get("is_cdrom") else "disk",
            },
        )
    for nic in config.get("nics", []):
        yield (
            f"/local/domain/0/backend/vif/{guest.domid}/{nic['devid']}",
            {
                "frontend": f"/local/domain/{guest.domid}/device/vif/{nic['devid']}",
                "frontend-id": str(guest.domid),
                "online": "1",
                "state": state,
                "script": str(nic.get("script", "/etc/xen/scripts/vif-bridge")),
                "mac": str(nic["mac"]),
                "bridge": str(nic.get("bridge", "xenbr0")),
                "handle": str(nic["devid"]),
                "type": str(nic.get("nictype", "vif")),
                "hotplug-status": "connected",
            },
        )


def _put(tree: Tree, base: str, values: Tree) -> None:
    for name, value in {"": "", **values}.items():
        path = f"{base}/{name}".rstrip("/")
        parts = path.split("/")
        for length in range(2, len(parts)):
            tree.setdefault("/".join(parts[:length]), "")
        tree[path] = value if name else tree.get(path, "")
