"""What the first bytes of an image file tell: its format, and the files it is based on."""

from __future__ import annotations

import os
import struct
from typing import Iterator, Optional, Tuple

from xentui.agent import fsio
from xentui.agent.errors import AgentError

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


def content(path: str) -> str:
    """The format an image's own first bytes tell: ``qcow2``, ``qcow``, ``vhd``, ``vmdk``, ``qed``, "" for none.

    ``vhd-fixed`` are raw bytes with a mark behind them: a VHD of fixed size has it in its last 512 alone.
    """
    head, tail = _ends(path)
    if head[:4] == _QCOW2:
        return "qcow" if head[4:8] == b"\0\0\0\1" else "qcow2"
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return "vhd-fixed" if tail == b"conectix" else ""


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
    """The files a qcow2 image takes from what it does not hold itself, one behind the other.

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
        head = os.pread(fd, _HEAD, 0)
        if len(head) < 20 or head[:4] != _QCOW2:
            return None
        offset, size = struct.unpack_from(">QI", head, 8)
        if not offset or size > _NAME_LIMIT or offset > _FAR:
            return None
        name = os.pread(fd, size, offset).decode("utf-8", "surrogateescape")
        return None if "\0" in name else name
    except OSError:
        return None
    finally:
        os.close(fd)
