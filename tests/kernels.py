"""Kernels as files, as small as they can be: an ELF image with Xen's notes, packed as a bzImage packs it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import subprocess
from collections.abc import Callable, Sequence

PV, PVH = 1, 18
FAR = 1 << 20
"""Where the notes lie: not in the first piece that is unpacked."""


def _by(*argv: str) -> Callable[[bytes], bytes]:
    return lambda data: subprocess.run(argv, input=data, capture_output=True, check=True).stdout


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "xz": lambda data: lzma.compress(data, format=lzma.FORMAT_XZ),
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "bzip2": bz2.compress,
    "zstd": _by("zstd", "-cq"),
    "lz4": _by("lz4", "-lcq"),
}


def elf(notes: Sequence[int] = (PV, PVH), *, wide: bool = True) -> bytes:
    """An ELF image with one segment of notes, Xen's among others'."""
    data = struct.pack("<III4sI", 4, 4, 1, b"GNU\0", 0)
    for note in notes:
        data += struct.pack("<III4sQ", 4, 8, note, b"Xen\0", 0)
    kind = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    if wide:
        head = kind + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        head += struct.pack("<IIQQQQQQ", 4, 4, FAR, 0, 0, len(data), len(data), 4)
    else:
        head = kind + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, 0, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        head += struct.pack("<IIIIIIII", 4, FAR, 0, 0, len(data), len(data), 4, 4)
    return head.ljust(FAR, b"\x90") + data + bytes(4096)


def bzimage(image: bytes, packing: str = "xz", release: bytes = b"6.1.0-18-amd64 (debian)") -> bytes:
    """A bzImage with an ELF image in it."""
    payload = PACKERS[packing](image) + struct.pack("<I", len(image))
    head = bytearray(4096)
    head[0x1F1] = 3
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x206, 0x20F)
    struct.pack_into("<H", head, 0x20E, 0x400)
    head[0x600 : 0x600 + len(release)] = release
    struct.pack_into("<II", head, 0x248, 2048, len(payload))
    return bytes(head) + payload + b"not of it" * 100
