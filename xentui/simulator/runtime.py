"""Configurations as the hypervisor reports them: what libxl adds to a configuration once its domain runs.

Seen with ``xl list -l`` of xl 4.17: defaults that ``xl create -n`` leaves out are filled in at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xentui.simulator import bootmenu, yajl
from xentui.simulator.files import HostFiles

_SCHEDULER = {"sched": "credit2", "weight": 256, "cap": 0}
#: Order of the keys of ``b_info`` in ``xl list -l``.
_BUILD_ORDER = (
    "max_vcpus",
    "avail_vcpus",
    "max_memkb",
    "target_memkb",
    "video_memkb",
    "shadow_memkb",
    "sched_params",
    "claim_mode",
)


def with_defaults(config: Mapping[str, Any], mac: Callable[[int], str], uuid: str) -> dict[str, Any]:
    """Return the configuration a new domain runs with: uuid and MAC addresses chosen, libxl's defaults filled in.

    ``mac`` gives the address of the n-th interface that names none.
    """
    whole = dict(config)
    given = config.get("c_info", {})
    create = {"type": given.get("type", "pv"), "name": given.get("name", ""), "domid": 0xFFFFFFFF}
    create["uuid"] = given.get("uuid") or uuid
    create.update({key: value for key, value in given.items() if key not in create})
    build = dict(config.get("b_info", {}))
    build.setdefault("max_vcpus", 1)
    build.setdefault("avail_vcpus", [0])
    build.setdefault("max_memkb", build.get("target_memkb", 32768))
    build.setdefault("target_memkb", build["max_memkb"])
    build.setdefault("video_memkb", 8192 if create["type"] == "hvm" else 0)
    build["sched_params"] = {**_SCHEDULER, **build.get("sched_params", {})}
    build["arch_x86"] = {"msr_relaxed": "False", **build.get("arch_x86", {})}
    ordered = {key: build.pop(key) for key in _BUILD_ORDER if key in build}
    whole["c_info"] = create
    whole["b_info"] = {**ordered, **build}
    if disks := config.get("disks"):
        whole["disks"] = [disk_with_defaults(disk) for disk in disks]
    if nics := config.get("nics"):
        usual = "vif_ioemu" if create["type"] == "hvm" else "vif"
        whole["nics"] = [
            nic_with_defaults({"nictype": usual, **nic}, number, mac(number))
            for number, nic in enumerate(nics)
        ]
    return whole


def disk_with_defaults(disk: Mapping[str, Any]) -> dict[str, Any]:
    """Return a disk as it is reported once attached."""
    return {**disk, "colo_restore_enable": "False"}


def nic_with_defaults(nic: Mapping[str, Any], devid: int, mac: str) -> dict[str, Any]:
    """Return an interface as it is reported once attached."""
    whole = {
        "devid": nic.get("devid", devid),
        "mac": nic.get("mac") or mac,
        "bridge": nic.get("bridge", "xenbr0"),
    }
    whole.update({key: value for key, value in nic.items() if key not in whole})
    whole.setdefault("nictype", "vif")
    return whole


def boot_method(config: Mapping[str, Any]) -> str:
    """Return how a domain starts: ``direct``, ``pygrub``, ``grub`` (GRUB 2 inside the guest), ``hvm`` (on its
    screen).
    """
    build = config.get("b_info", {})
    kind = config.get("c_info", {}).get("type", "pv")
    if kind == "hvm":
        # A system that speaks on its serial line has its boot loader do so too.
        return "grub" if build.get("type.hvm", {}).get("serial") == "pty" else "hvm"
    loader = str(build.get("bootloader") or build.get(f"type.{kind}", {}).get("bootloader") or "")
    if loader:
        # It takes the kernel out of the disk, and has no menu.
        return "direct" if loader.endswith("/xentui-domuloader") else "pygrub"
    return "grub" if "grub" in str(build.get("kernel", "")).rpartition("/")[2] else "direct"


def backend(kind: str, disk: Mapping[str, Any]) -> str:
    """Return what serves a disk of a guest of that kind: the kernel (``vbd``), or QEMU, as it does CD drives
    (``qdisk``).
    """
    return "qdisk" if kind == "hvm" and disk.get("is_cdrom") else "vbd"


def boot_menu(files: HostFiles, config: Mapping[str, Any]) -> bootmenu.SimulatedMenu | None:
    """Return the boot menu on a domain's first disk."""
    disks = [disk for disk in config.get("disks", []) if not disk.get("is_cdrom")]
    return bootmenu.parse(files.head(disk_path(disks[0]))) if disks else None


def disk_path(disk: Mapping[str, Any]) -> str:
    """Return the path of a disk on the host: libxl puts /dev/ before a bare volume name."""
    path = str(disk.get("pdev_path", ""))
    return path if not path or path.startswith("/") else f"/dev/{path}"


def entry(domid: int, config: Mapping[str, Any]) -> str:
    """Return a domain's element of the array that ``xl list -l`` prints."""
    return "    " + yajl.render({"domid": domid, "config": config}, 1)


_KEYS = ("c_info", "b_info", "disks", "nics", "pcidevs", "vfbs", "vkbs", "channels", "vtpms", "p9s")


def ordered(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with its keys in libxl's order (libxl_types.idl, domain_config): devices before
    actions.
    """
    first = {key: config[key] for key in _KEYS if key in config}
    return first | {key: value for key, value in config.items() if key not in first}
