"""Devices of a domain of xend as specifications of a configuration file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xentui.config.convert.xend_pci import interrupt, pci_devices, ports
from xentui.config.convert.xend_source import XendSource
from xentui.config.convert.xend_values import Lines
from xentui.config.devices.disk import parse_disk
from xentui.config.devices.vif import parse_rate
from xentui.config.sxp import Sxp
from xentui.errors import ConfigError

_DISKS = ("vbd", "tap", "tap2")
_BY_ITSELF = ("vkbd", "console")
"""What xl adds by itself: a keyboard with each frame buffer, the console."""
_VIF_KEYS = ("mac", "bridge", "ip", "script", "type", "model", "vifname", "backend", "rate")
_RAW = ("file:", "phy:", "tap:aio:", "tap2:aio:")
"""Prefixes that ``format=raw`` may stand for where the path has a comma or a ``=`` in it."""
_NO_LIMIT = 0xFFFF_FFFF
_USUAL_INTERVAL = 50_000


def devices(source: XendSource, lines: Lines) -> None:
    """Disks, the boot disk first, and interfaces."""
    source.open(*source.domain.children("device"))
    for device in _of(source, *_BY_ITSELF):
        source.text((device, "backend"), fits="0".__eq__)
    disks = _of(source, *_DISKS)
    disks.sort(key=lambda device: device.value("bootable") != "1")
    specs = [spec for device in disks if (spec := _disk(source, device))]
    lines.items("disk", [*specs, *_drive(source, specs)])
    lines.items("vif", [_interface(source, device) for device in _of(source, "vif")])


def _drive(source: XendSource, specs: Sequence[str]) -> list[str]:
    """Return the CD drive of Xen 3.0's HVM guests, an image beside the disks: ``(image (hvm (cdrom IMAGE)))``."""
    images = [
        inner for entry in source.domain.children("image") for inner in entry.lists if inner.head == "hvm"
    ]
    image = source.text(*((inner, "cdrom") for inner in images))
    if not image:
        return []
    spec = drive(image)
    taken = any(parse_disk(one).vdev == DRIVE for one in specs)
    for entry in (entry for inner in images for entry in inner.children("cdrom")):
        if taken:
            source.leave(entry, f"another disk is {DRIVE}: give the image a drive of its own", error=True)
        else:
            source.made(entry, spec, "xl has no CD drive beside the disks (xl-disk-configuration(5))")
    return [] if taken else [spec]


DRIVE = "hdc"
"""Where Xen 3.0's QEMU had its CD drive."""


def drive(image: str) -> str:
    """Return the disk that is a CD drive with an image in it."""
    if re.search("[,=]", image):
        return f"format=raw,vdev={DRIVE},access=r,devtype=cdrom,target={image}"
    return f"{'phy' if image.startswith('/dev/') else 'file'}:{image},{DRIVE}:cdrom,r"


def host_devices(source: XendSource, lines: Lines) -> None:
    """PCI devices, ports and interrupts."""
    lines.items("pci", [spec for device in _of(source, "pci") for spec in pci_devices(source, device)])
    lines.items("ioports", [spec for device in _of(source, "ioports") if (spec := ports(source, device))])
    lines.items("irqs", [spec for device in _of(source, "irq") if (spec := interrupt(source, device))])


def _of(source: XendSource, *heads: str) -> list[Sxp]:
    """Return the devices of some kinds, each to be told entry by entry."""
    found = []
    for device in source.domain.children("device"):
        for inner in device.lists[:1]:
            if inner.head in heads:
                source.open(device, inner)
                found.append(inner)
    return found


def _disk(source: XendSource, device: Sxp) -> str:
    # libxl runs the boot loader on the first disk; xend marked it.
    source.text((device, "bootable"))
    target, name, mode, backend = (source.text((device, key)) for key in ("uname", "dev", "mode", "backend"))
    mode = mode or "w"
    if not name or "," in name + mode + backend:
        source.leave(device, "it has no device name, or a comma where none is allowed")
        return ""
    name = name.removesuffix(":disk")
    owner = "" if backend == "0" else backend
    if not re.search("[,=]", target):
        return ",".join([target, name, mode, *([owner] if owner else [])])
    prefix = next((prefix for prefix in _RAW if target.startswith(prefix)), "")
    path = target.removeprefix(prefix)
    bare, _, kind = name.partition(":")
    words = ["format=raw", f"vdev={bare}", f"access={'r' if mode == 'r' else 'w'}"]
    words += ["devtype=cdrom"] if kind == "cdrom" else []
    words += [f"backend={owner}"] if owner else []
    spec = ",".join([*words, f"target={path}"])
    if not prefix or not _says(spec, path):
        source.leave(device, "xl cannot read a path with a comma or an = in it for this kind of disk")
        return ""
    for entry in device.children("uname"):
        source.made(
            entry, spec, "a path with a comma or an = in it must be xl's target= (xl-disk-configuration(5))"
        )
    for entry in device.children("mode") if mode not in ("r", "w") else ():
        source.made(
            entry, "access=w", "xl has no 'w!': two guests that write to one disk need a cluster file system"
        )
    return spec


def _says(spec: str, path: str) -> bool:
    try:
        return parse_disk(spec).target == path
    except ConfigError:
        return False


def _interface(source: XendSource, device: Sxp) -> str:
    words = []
    for key in _VIF_KEYS:
        if key == "rate":
            value = _rate(source, device)
        else:
            value = source.text(
                (device, key),
                fits=lambda text: "," not in text,
                why="a value in xl's vif cannot contain a comma",
            )
        if value and (key, value) != ("backend", "0"):
            words.append(f"{key}={value}")
    return ",".join(words)


def _rate(source: XendSource, device: Sxp) -> str:
    """Return the rate, also as xend kept it for a running domain: bytes an interval, and its microseconds
    (netif.py).
    """
    value = source.text((device, "rate"))
    if not value:
        return ""
    entry = next(iter(device.children("rate")[-1:]))
    size, comma, interval = value.partition(",")
    if not comma:
        if not _rated(value):
            source.leave(entry, "it is not a rate; xend then set no limit, and xl refuses it")
            return ""
        return value
    spelling = ""
    if all(word.isascii() and word.isdigit() and len(word) <= 10 for word in (size, interval)):
        if int(size) == _NO_LIMIT or not int(size) or not int(interval):
            source.leave(entry, "it is not a limit, and xl has no limit without a rate")
            return ""
        spelling = _spelled(int(size), int(interval))
    if not spelling:
        source.leave(entry, "xl cannot express exactly this rate: write rate=")
        return ""
    source.made(entry, f"rate={spelling}", "xend stored bytes per interval, in microseconds (netif.py)")
    return spelling


def _spelled(size: int, interval: int) -> str:
    """Return a rate of so many bytes an interval in xl's words, "" where none says just that."""
    speed = -(-size * 1_000_000 // interval)
    rate = f"{speed}B/s"
    for unit, factor in (("Gb", 10**9), ("Mb", 10**6), ("Kb", 10**3)):
        if speed * 8 % factor == 0:
            rate = f"{speed * 8 // factor}{unit}/s"
            break
    if interval != _USUAL_INTERVAL:
        rate += f"@{interval // 1000}ms" if interval % 1000 == 0 else f"@{interval}us"
    return rate if _rated(rate) == (size, interval) else ""


def _rated(rate: str) -> tuple[int, int] | None:
    try:
        return parse_rate(rate)
    except ConfigError:
        return None
