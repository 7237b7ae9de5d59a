"""An archive for an initrd: cpio's ``newc``, as the kernel reads it (Documentation/driver-api/early-userspace/
buffer-format.rst)."""

from __future__ import annotations

from collections.abc import Mapping

_FILE = 0o100600
_LAST = "TRAILER!!!"
_BLOCK = 512


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return the bytes of an archive with these files, root's only; what follows it begins at a multiple of 512."""
    made = b"".join(
        _member(name, files[name], number, _FILE) for number, name in enumerate(sorted(files), start=1)
    )
    return _padded(made + _member(_LAST, b"", 0, 0), _BLOCK)


def _member(name: str, data: bytes, number: int, mode: int) -> bytes:
    written = name.encode("ascii") + b"\0"
    # inode, mode, owner, group, links, time, size, four of devices, length of the name, no checksum
    values = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(written), 0)
    head = b"070701" + b"".join(b"%08X" % value for value in values)
    return _padded(head + written, 4) + _padded(data, 4)


def _padded(data: bytes, to: int) -> bytes:
    return data + bytes(-len(data) % to)
