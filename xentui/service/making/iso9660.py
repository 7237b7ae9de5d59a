"""A small read-only disk: an ISO 9660 volume with a few files in its root, made without a tool of the host.

ECMA-119 with Joliet beside it: the names a guest sees are those that are given, in their own case.  Who reads neither
Joliet nor lower case (isofs of a Linux without CONFIG_JOLIET) makes the same of the plain names, which are the capitals
of them.  What is written follows from what is given alone, byte for byte.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping

from xentui.errors import UsageError

SECTOR = 2048
MOST = 4 << 20
"""Bytes all files of a volume may have."""
_FILES, _LABEL = 8, 16
_NAME = re.compile(r"[A-Za-z0-9_-]{1,24}(\.[A-Za-z0-9_-]{1,6})?")
_TABLES, _ROOTS, _DATA = 19, 23, 25
"""The sectors of the four path tables, the two root folders, and the first file; descriptors begin at 16."""
_WHEN = b"2000010100000000\0"
_DAY = bytes((100, 1, 1, 0, 0, 0, 0))
_NEVER = b"0" * 16 + b"\0"


def volume(label: str, files: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a disk labelled ``label`` with these files; raises UsageError for names or sizes it cannot
    have.
    """
    if not files or len(files) > _FILES or not all(map(_NAME.fullmatch, files)) or len(label) > _LABEL:
        raise UsageError("cannot be files on a small disk", subject=", ".join(files) or label)
    if sum(map(len, files.values())) > MOST:
        raise UsageError(f"has more than {MOST >> 20} MiB of files", subject=label, hint="make them smaller")
    at, extents, data = _DATA, {}, []
    for name in sorted(files):
        extents[name] = (at, len(files[name]))
        data.append(_padded(files[name]))
        at += len(data[-1]) // SECTOR
    plain = {_plain(name): extent for name, extent in extents.items()}
    joliet = {name.encode("utf-16-be"): extent for name, extent in extents.items()}
    tables = [_path_table(order, root) for root in (_ROOTS, _ROOTS + 1) for order in "<>"]
    parts = [
        bytes(16 * SECTOR),
        _descriptor(label, at, joliet=False),
        _descriptor(label, at, joliet=True),
        _padded(b"\xffCD001\x01"),
        *map(_padded, tables),
        _folder(_ROOTS, plain),
        _folder(_ROOTS + 1, joliet),
        *data,
    ]
    return b"".join(parts)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % SECTOR)


def _plain(name: str) -> bytes:
    """Return a name as every reader takes it: capitals, with a dot and a version (ECMA-119, 7.5)."""
    return f"{name.upper()}{'' if '.' in name else '.'};1".encode("ascii")


def _both(size: str, number: int) -> bytes:
    """Return a number in both orders of its bytes."""
    return struct.pack(f"<{size}", number) + struct.pack(f">{size}", number)


def _path_table(order: str, root: int) -> bytes:
    """Return the one folder there is (ECMA-119, 9.4)."""
    return struct.pack(f"{order}BBIHBB", 1, 0, root, 1, 0, 0)


def _record(name: bytes, at: int, length: int, *, folder: bool = False) -> bytes:
    """Return a file, or a folder, as a folder names it (ECMA-119, 9.1)."""
    body = b"".join((
        _both("I", at), _both("I", length), _DAY, bytes((2 if folder else 0, 0, 0)), _both("H", 1),
        bytes((len(name),)), name, b"" if len(name) % 2 else b"\0",
    ))  # fmt: skip
    return bytes((len(body) + 2, 0)) + body


def _folder(at: int, files: Mapping[bytes, tuple[int, int]]) -> bytes:
    """Return a root folder: itself, its parent, which is itself too, and the files by name."""
    own = [_record(name, at, SECTOR, folder=True) for name in (b"\0", b"\1")]
    return _padded(b"".join([*own, *(_record(name, *files[name]) for name in sorted(files))]))


def _descriptor(label: str, sectors: int, *, joliet: bool) -> bytes:
    """Return a volume descriptor (ECMA-119, 8.4), with ``joliet`` the supplementary one (8.5)."""

    def words(text: str, size: int) -> bytes:
        if not joliet:
            return text.encode("ascii").ljust(size)
        return (text.encode("utf-16-be") + b"\0 " * size)[: size - size % 2] + bytes(size % 2)

    def blank(sizes: Iterable[int]) -> bytes:
        return b"".join(words("", size) for size in sizes)

    table = _TABLES + 2 * joliet
    return _padded(b"".join((
        b"\2CD001\1\0" if joliet else b"\1CD001\1\0",
        words("", 32), words(label, 32), bytes(8), _both("I", sectors),
        (b"%/E" if joliet else b"").ljust(32, b"\0"),
        _both("H", 1), _both("H", 1), _both("H", SECTOR),
        _both("I", len(_path_table("<", 0))), struct.pack("<II", table, 0), struct.pack(">II", table + 1, 0),
        _record(b"\0", _ROOTS + joliet, SECTOR, folder=True),
        blank((128, 128, 128, 128, 37, 37, 37)),
        _WHEN, _WHEN, _NEVER, _WHEN, b"\1",
    )))  # fmt: skip
