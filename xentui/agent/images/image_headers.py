"""What the first bytes of an image file tell: its format, and the files it is based on."""

from __future__ import annotations

import os
import struct
from typing import Iterator, NamedTuple, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio

_QCOW2 = b"QFI\xfb"
_HEAD = 104  # a qcow2 header, version 3 (docs/interop/qcow2.txt)
_NAME_LIMIT = 1023  # of a backing file, there
_FAR = 1 << 62
_CHAIN = 16
_MARKS = (
    (b"conectix", "vhd"),
    (b"KDMV", "vmdk"),
    (b"COWD", "vmdk"),
    (b"# Disk DescriptorFile", "vmdk"),
    (b"QED\0", "qed"),
)
_SECTOR = 512
_BACKING_FORMAT = 0xE2792ACA
_EXTENSIONS = 32
_FORMAT_LIMIT = 32


class ImageHead(NamedTuple):
    """What an image's own first and last bytes tell of it.

    ``content`` as :func:`content` says; ``size`` is what a guest would see, in bytes, None where it is not told;
    ``backing`` the file it is based on as it is written there, ``backing_format`` what that is said to be.
    """

    content: str
    size: Optional[int]
    backing: str = ""
    backing_format: str = ""


def look(fd: int, length: int) -> ImageHead:
    """Return what the image open as ``fd``, of ``length`` bytes, tells of itself; raises OSError where it cannot be
    read.
    """
    head, tail = os.pread(fd, _HEAD, 0), os.pread(fd, _SECTOR, max(0, length - _SECTOR))
    found = _content(head, tail)
    if found in ("qcow2", "qcow"):
        return _qcow(fd, head, found)
    if found == "vhd":
        return ImageHead(found, _number(">Q", head if len(head) > 56 else b"", 48))
    if found == "vhd-fixed":
        return ImageHead(found, max(0, length - _SECTOR))
    if found == "qed":
        return ImageHead(found, _number("<Q", head, 48))
    if found == "vmdk":
        sectors = _number("<Q", head, 12) if head[:4] == b"KDMV" else None
        return ImageHead(found, None if sectors is None else min(_FAR, sectors * _SECTOR))
    return ImageHead(found, length)


def _qcow(fd: int, head: bytes, found: str) -> ImageHead:
    size = _number(">Q", head, 24)
    name = _backing_in(fd, head)
    if not name or found == "qcow":
        return ImageHead(found, size, name or "")
    return ImageHead(found, size, name, _backing_format(fd, head))


def _backing_format(fd: int, head: bytes) -> str:
    """Return the format a qcow2 image says its backing file has; "" where it says none (docs/interop/qcow2.txt)."""
    version, length = _number(">I", head, 4), _number(">I", head, 100)
    at = 72 if version == 2 else length or 0
    for _ in range(_EXTENSIONS):
        extension = os.pread(fd, 8, at)
        if len(extension) < 8:
            return ""
        kind, size = struct.unpack(">II", extension)
        if kind == _BACKING_FORMAT and size <= _FORMAT_LIMIT:
            return os.pread(fd, size, at + 8).decode("ascii", "replace")
        if not kind or size > _FAR >> 40:
            return ""
        at += 8 + (size + 7) // 8 * 8
    return ""


def _number(kind: str, data: bytes, at: int) -> Optional[int]:
    """Return a number of a header, None where that is cut short, or no size could be so large."""
    if len(data) < at + struct.calcsize(kind):
        return None
    found = int(struct.unpack_from(kind, data, at)[0])
    return found if found <= _FAR else None


def content(path: str) -> str:
    """Return the format an image's own first bytes tell: ``qcow2``, ``qcow``, ``vhd``, ``vmdk``, ``qed``, "" for none.

    ``vhd-fixed`` are raw bytes with a mark behind them: a VHD of fixed size has it in its last 512 alone.
    """
    return _content(*_ends(path))


def _content(head: bytes, tail: bytes) -> str:
    if head[:4] == _QCOW2:
        return "qcow" if head[4:8] == b"\0\0\0\1" else "qcow2"
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return "vhd-fixed" if tail[:8] == b"conectix" else ""


def _ends(path: str) -> Tuple[bytes, bytes]:
    try:
        fd, status = fsio.open_regular(path)
    except (OSError, AgentError):
        return b"", b""
    try:
        return os.pread(fd, 32, 0), os.pread(fd, 8, max(0, status.st_size - 512))
    except OSError:
        return b"", b""
    finally:
        os.close(fd)


def backing_files(path: str) -> Iterator[str]:
    """Yield the files a qcow2 image takes from what it does not hold itself, one behind the other.

    The names are the image's own, written when it was made; they are to be compared, never to be read as disks.
    """
    seen = {path}
    for _ in range(_CHAIN):
        name = _backing_name(path)
        if not name:
            return
        path = os.path.join(os.path.dirname(path), name)
        if path in seen:
            return
        seen.add(path)
        yield path


def _backing_name(path: str) -> Optional[str]:
    try:
        fd, _status = fsio.open_regular(path)
    except (OSError, AgentError):
        return None
    try:
        return _backing_in(fd, os.pread(fd, _HEAD, 0))
    except OSError:
        return None
    finally:
        os.close(fd)


def _backing_in(fd: int, head: bytes) -> Optional[str]:
    if len(head) < 20 or head[:4] != _QCOW2:
        return None
    offset, size = struct.unpack_from(">QI", head, 8)
    if not offset or size > _NAME_LIMIT or offset > _FAR:
        return None
    name = os.pread(fd, size, offset).decode("utf-8", "surrogateescape")
    return None if "\0" in name else name
