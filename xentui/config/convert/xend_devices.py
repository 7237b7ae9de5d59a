"""Devices of a domain of xend as specifications of a configuration file."""

from __future__ import annotations

import re

from xentui.config.convert.xend_values import Lines
from xentui.config.sxp import Sxp

DEVICES = ("vbd", "tap", "tap2", "vif", "vfb", "pci", "vkbd", "console")
"""The kinds that are taken over, or that xl adds by itself (a keyboard with each frame buffer, the console)."""
_VIF_KEYS = ("mac", "bridge", "ip", "script", "type", "model", "vifname", "backend", "rate")
_VFB_KEYS = ("vnc", "sdl", "vnclisten", "vncdisplay", "vncunused", "vncpasswd", "opengl", "keymap")
_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]{1,4})")


def device_lines(domain: Sxp, kind: str, lines: Lines) -> list[str]:
    """The specifications of all devices of a kind (``disk``, ``vif``, ``vfb``, ``pci``), the boot disk first."""
    found = []
    for device in domain.children("device"):
        inner = next((item for item in device.items if isinstance(item, Sxp)), None)
        if inner is not None:
            found.append(inner)
    if kind == "disk":
        disks = [device for device in found if device.head in ("vbd", "tap", "tap2")]
        # libxl runs the boot loader on the first disk; xend marked it.
        disks.sort(key=lambda device: device.value("bootable") != "1")
        return [spec for device in disks if (spec := _disk(device, lines))]
    devices = [device for device in found if device.head == kind]
    if kind == "pci":
        return [spec for device in devices for spec in _pci(device)]
    return [_pairs(device, _VIF_KEYS if kind == "vif" else _VFB_KEYS) for device in devices]


def _disk(device: Sxp, lines: Lines) -> str:
    target, name, mode = device.value("uname"), device.value("dev"), device.value("mode") or "w"
    if not name or "," in target + name:
        lines.left_out(device, "it has no device name, or a comma in its path")
        return ""
    name = name.removesuffix(":disk")
    spec = f"{target},{name},{mode}"
    backend = device.value("backend")
    return f"{spec},{backend}" if backend not in ("", "0") else spec


def _pairs(device: Sxp, keys: tuple[str, ...]) -> str:
    words = []
    for key in keys:
        value = device.value(key)
        if value in ("", "None") or "," in value:
            continue
        if key == "backend" and value == "0":
            continue
        words.append(f"{key}={value}")
    if device.value("type") in ("vnc", "sdl") and device.head == "vfb":
        words.insert(0, f"{device.value('type')}=1")
    return ",".join(words)


def _pci(device: Sxp) -> list[str]:
    specs = []
    for item in device.children("dev"):
        numbers = [_HEX.fullmatch(item.value(key)) for key in ("domain", "bus", "slot", "func")]
        if all(numbers):
            domain, bus, slot, function = (int(match.group(1), 16) for match in numbers if match)
            specs.append(f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}")
    return specs
