"""Kernels and CDs of a simulated host: as much of them as tells what they are."""

from __future__ import annotations

import struct

_PV, _PVH = 1, 18
_SECTOR = 2048


def kernel(release: str = "6.1.0-56-amd64") -> bytes:
    """Return a bzImage whose ELF image tells that it boots as PV and as PVH."""
    notes = b"".join(struct.pack("<III4sQ", 4, 8, kind, b"Xen\0", 0) for kind in (_PV, _PVH))
    image = b"\x7fELF\2\1\1".ljust(16, b"\0")
    image += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    image += struct.pack("<IIQQQQQQ", 4, 4, 120, 0, 0, len(notes), len(notes), 4) + notes
    setup = bytearray(1024)
    setup[0x1F1] = 1
    setup[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", setup, 0x206, 0x20F)
    struct.pack_into("<H", setup, 0x20E, 0x180)
    words = release.encode() + b" (debian-kernel@lists.debian.org)\0"
    setup[0x380 : 0x380 + len(words)] = words
    setup += bytes(512)
    struct.pack_into("<II", setup, 0x248, 512, len(image))
    return bytes(setup) + image


def cd() -> bytes:
    """Return the descriptors of a CD that boots a PC."""
    volume = b"\x01CD001\x01".ljust(_SECTOR, b"\0")
    boot = b"\x00CD001\x01EL TORITO SPECIFICATION".ljust(_SECTOR, b"\0")
    return bytes(16 * _SECTOR) + volume + boot + b"\xffCD001\x01".ljust(_SECTOR, b"\0")
