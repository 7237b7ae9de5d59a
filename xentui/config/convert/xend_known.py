"""What xend wrote of the moment or filled in by itself, and what to say of all else that xl has nothing for.

docs/configuration.md names these lists: whatever is in none of them is told entry by entry.
"""

from __future__ import annotations

from xentui.config.convert.key_rules import instead_of
from xentui.config.refusal import printable
from xentui.config.schema import schema
from xentui.config.sxp import Sxp

RUN_TIME = frozenset(
    (
        "domid", "status", "state", "running", "blocked", "paused", "shutdown", "crashed", "dying", "power_state",
        "shutdown_reason", "store_mfn", "console_mfn", "start_time", "up_time", "cpu_time", "online_vcpus",
        "VCPUs_live", "VCPUs_at_startup", "ssidref", "resident_on", "tools_version", "is_a_template",
        "is_control_domain", "memory_static_min",
    )
)  # fmt: skip
"""Of a domain: its state, its times, its counters."""
DEVICE_RUN_TIME = frozenset(
    (
        "uuid", "devid", "handle", "state", "sub_state", "online", "frontend", "frontend-id", "backend-id",
        "ring-ref", "tx-ring-ref", "rx-ring-ref", "event-channel", "port", "location", "hotplug-status", "VDI",
        "driver", "key",
    )
)  # fmt: skip
"""Of a device: its numbers and identities within xend, and how it is connected."""
IMAGE_RUN_TIME = frozenset(("notes",))
"""Of the image: what the kernel said of itself."""
FILLED_IN: dict[str, tuple[str, ...]] = {
    "superpages": ("0",),
    "memory_sharing": ("0",),
    "s3_integrity": ("1",),
    "target": ("0",),
    "auto_power_on": ("False", "0"),
    "actmem": ("0",),
    "extid": ("0",),
    "monitor": ("0",),
    "isa": ("0",),
    "guest_os_type": ("default",),
    "parallel": ("none",),
    "HVM_boot_policy": ("BIOS order",),
    "image_type": ("linux", "hvm"),
    "pool_name": ("Pool-0",),
    "suppress_spurious_page_faults": ("False", "0"),
    "change_home_server": ("False", "0"),
    "videoram": ("4",),
}
"""What xend wrote where nobody had set it, and xl does the same without it."""
BY_XM = ("xauthority",)
"""What xm took from its own environment, of use to an SDL window only."""
_VT100 = ("protocol", "vt100")
_NOTES = {
    "loader": "xl finds the firmware of an HVM guest by itself; another one is firmware_override",
    "kernel": "with xend this was the firmware of an HVM guest, which xl finds by itself",
    "ramdisk": "it is used with a kernel only, and an HVM guest boots from firmware",
    "bootloader": "libxl runs no boot loader for an HVM guest",
    "bootloader_args": "libxl runs no boot loader for an HVM guest",
    "PV_bootloader": "libxl runs no boot loader for an HVM guest",
    "PV_bootloader_args": "libxl runs no boot loader for an HVM guest",
    "PV_kernel": "an HVM guest boots from its disks",
    "PV_ramdisk": "an HVM guest boots from its disks",
    "PV_args": "an HVM guest boots from its disks",
    "target": "it is for a stub domain, which xl makes by itself",
    "security_label": "xl has seclabel, with the labels of XSM",
    "security": "xl has seclabel, with the labels of XSM",
    "memory_dynamic_min": "xl gives a guest one amount of memory, not a range",
    "protocol": "the guest chooses the protocol itself",
    "accel": "xl has no netfront accelerators",
    "display": "it is used with an SDL window only",
    "vncconsole": "xl opens a viewer with `xl create -V` or `xl vncviewer` only",
    "cpuid_check": "xl does not read it; it has cpuid",
}
_IMAGE, _DEVICE = ("image", "platform"), "device"


def is_known(path: tuple[str, ...], entry: Sxp) -> bool:
    """Return whether an entry is in one of the lists; ``path`` are the names of the lists it is in."""
    name, value = entry.head, entry.items[1] if len(entry.items) == 2 else ""
    place = path[0] if path else ""
    if name in BY_XM:
        return True
    if place == _DEVICE:
        return len(path) > 1 and (name in DEVICE_RUN_TIME or (name, value) == _VT100)
    if place in _IMAGE and name in IMAGE_RUN_TIME:
        return True
    if not place and name in RUN_TIME:
        return True
    if name == "device_model" and isinstance(value, str):
        return value.rpartition("/")[2] == "qemu-dm"
    return value in FILLED_IN.get(name, ())


def reason_for(path: tuple[str, ...], entry: Sxp, kind: str) -> str:
    """Return why an entry is not in the file of a guest of a ``kind``."""
    name = entry.head
    known = schema().get(name)
    if path == (_DEVICE,):
        reason = f"xl has no {printable(name)} device like xend's"
    elif name == "device_model":
        stub = any("stubdom" in word for word in entry.items if isinstance(word, str))
        other = "device_model_stubdomain_override = 1" if stub else "device_model_override"
        reason = f"xl finds the device model by itself; for another one it has {other}"
    elif name in _NOTES:
        reason = _NOTES[name]
    elif known is None or (path and path[0] == _DEVICE):
        reason = "xl has no replacement for it"
    elif known.toolstack == "xm":
        reason = instead_of(name)
    elif kind == "pv" and path and path[0] in _IMAGE:
        reason = "it is for HVM guests only, with xend too"
    else:
        reason = "xl does not accept it in this form"
    return reason
