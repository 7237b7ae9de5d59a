"""For which machine the system on a disk was made, by what lies on it: EFI loaders, kernels, a boot sector."""

from __future__ import annotations

import os
import re
import struct

from xentui.bootmenu.disk import FileSystem, GuestDisk
from xentui.bootmenu.limits import BootMenuError, OverlongError
from xentui.bootmenu.superblock import READABLE
from xentui.domuloader.disk_view import opened
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_LOADER = re.compile(r"boot[a-z0-9]+\.efi", re.I)
_KERNEL = re.compile(r"(?:vmlinu[xz]|Image|kernel)[-.].+")
_FOLDERS = ("/EFI/BOOT", "/efi/boot", "/EFI/boot", "/boot/efi/EFI/BOOT")
_NAMES = 20
_ELF_MACHINES = {
    3: "i386",
    0x3E: "x86_64",
    0xB7: "aarch64",
    0x15: "ppc64",
    0x16: "s390x",
    0xF3: "riscv64",
    0x28: "arm",
}
_PE_MACHINES = {
    0x14C: "i386",
    0x8664: "x86_64",
    0xAA64: "aarch64",
    0x1C2: "arm",
    0x5064: "riscv64",
    0x6264: "loongarch64",
}


def machine(disk: GuestDisk, image: str) -> dict[str, Any]:
    """Return the names of EFI's loaders and of kernels, what the first kernel is, and whether the disk has a boot
    sector.
    """
    made: dict[str, Any] = {"sector": _sector(image), "efi": [], "kernels": [], "kernel": ""}
    try:
        for place in disk.places:
            if place.system.kind in READABLE:
                _look(disk, place, made)
    except (BootMenuError, OverlongError) as error:
        made["why"] = str(error)
    return made


def _look(disk: GuestDisk, place: FileSystem, made: dict[str, Any]) -> None:
    for folder in _FOLDERS if place.system.kind == "vfat" else _FOLDERS[-1:]:
        names = [name for name in disk.names(place.device, folder) or () if _LOADER.fullmatch(name)]
        made["efi"] = sorted({*made["efi"], *(name.lower() for name in names)})[:_NAMES]
        if names:
            break
    for folder in ("/boot", "/"):
        for name in disk.names(place.device, folder) or ():
            if not _KERNEL.fullmatch(name) or len(made["kernels"]) >= _NAMES:
                continue
            made["kernels"].append(name)
            made["kernel"] = made["kernel"] or kernel_machine(
                disk.head(place, f"{folder.rstrip('/')}/{name}")
            )


def _sector(image: str) -> bool:
    """Return whether a BIOS would start something of it: code in its first sector, and the mark."""
    fd = opened(image)
    try:
        first = os.pread(fd, 512, 0)
    finally:
        os.close(fd)
    return first[510:] == b"\x55\xaa" and any(first[:440])


def kernel_machine(head: bytes) -> str:
    """Return the machine a kernel is for, by its first bytes; "" where they do not tell.

    Documentation/arch/x86/boot.rst and Documentation/arch/arm64/booting.rst of Linux; PE and ELF.
    """
    if head[0x202:0x206] == b"HdrS":
        return "x86_64"
    if head[0x38:0x3C] == b"ARM\x64":
        return "aarch64"
    if head[:4] == b"\x7fELF" and len(head) >= 20:
        return _ELF_MACHINES.get(struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)[0], "")
    if head[:2] == b"MZ" and len(head) > 0x40:
        at = int(struct.unpack_from("<I", head, 0x3C)[0])
        if head[at : at + 4] == b"PE\0\0" and len(head) >= at + 6:
            return _PE_MACHINES.get(struct.unpack_from("<H", head, at + 4)[0], "")
    return ""
