"""``--entry=DEVICE:KERNEL[,RAMDISK]``: what to boot from where."""

from __future__ import annotations

import re

from xentui.domuloader.tuples import NamedTuple

_DEVICE = re.compile(r"(?:/dev/)?((?:xvd|sd|hd)[a-z]{1,2}|d[0-9]{1,5}p?)([0-9]{0,3})\Z")
_LONGEST = 1024


class KernelEntry(NamedTuple):
    """``partition`` counts from 1, 0 is a disk without partitions; ``device`` is "" where any may have the kernel."""

    device: str
    partition: int
    kernel: str
    ramdisk: str


class EntryError(ValueError):
    """No entry; the argument says why."""


def parse_entry(text: str) -> KernelEntry:
    """Read the value of ``--entry``; raises EntryError.

    ``DEVICE`` is the guest's own name, ``xvda1`` or ``/dev/xvda1``; without it every partition is looked at.
    """
    device, colon, files = text.partition(":")
    if not colon:
        device, files = "", text
    kernel, _, ramdisk = files.partition(",")
    if not kernel:
        raise EntryError("--entry names no kernel: write --entry=xvda1:/boot/vmlinuz,/boot/initrd")
    for path in (kernel, ramdisk):
        if len(path) > _LONGEST or not path.isprintable():
            raise EntryError("--entry names a path that cannot be a kernel's")
    kernel, ramdisk = _absolute(kernel), _absolute(ramdisk) if ramdisk else ""
    if not device:
        return KernelEntry("", 0, kernel, ramdisk)
    match = _DEVICE.match(device)
    if match is None:
        raise EntryError(f"--entry does not name a disk of a guest: {device[:40]!r} is none, xvda1 is one")
    return KernelEntry(match.group(1), int(match.group(2) or 0), kernel, ramdisk)


def _absolute(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
