"""Files ``xl save`` writes, read without trust: whose memory it is, and whether it is whole.

Checked against xl 4.17 (docs/specs/libxl-migration-stream.pandoc, libxc-migration-stream.pandoc): a header of xl with
the configuration as JSON (:mod:`xentui.agent.memory.save_head`), a stream of libxl, and in that one of libxc with the
memory.  Each stream is a list of records, type and length first, that ends in one of type 0.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, Dict

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.memory import save_head
from xentui.agent.protocol.arguments import is_uuid

_CONFIG_LIMIT = 4 << 20
#: Bytes of the number before the configuration.
_LENGTH = 4
_LIBXL = b"LibxlFmt"
_LIBXC = b"\xff" * 8 + b"XENF"
#: The record of libxl's stream behind which that of libxc lies.
_LIBXC_CONTEXT = 1
_END = 0
_RECORDS = 1 << 26


def identity(path: str) -> Dict[str, str]:
    """``name`` and ``uuid`` of the domain a file holds; empty where it does not tell."""
    found = {"name": "", "uuid": ""}
    try:
        fd, _status = fsio.open_regular(path)
        with os.fdopen(fd, "rb") as file:
            config = save_head.configuration(_config(file))
        given = (config or {}).get("c_info", {})
        for key in found:
            if isinstance(given.get(key), str):
                found[key] = given[key]
    except (OSError, AgentError, ValueError, AttributeError, RecursionError, struct.error):
        return {"name": "", "uuid": ""}
    # As xl list spells it: libxl reads any case, and digits with dashes or without.
    digits = found["uuid"].replace("-", "").lower()
    found["uuid"] = (
        "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])) if digits else ""
    )
    return found if is_uuid(found["uuid"]) else {**found, "uuid": ""}


def whole(path: str) -> bool:
    """Return whether a file is a saved domain from its header to the end of both its streams."""
    try:
        fd, status = fsio.open_regular(path)
        with os.fdopen(fd, "rb") as file:
            _config(file)
            _libxl(file, status.st_size)
            return file.tell() <= status.st_size
    except (OSError, AgentError, ValueError, struct.error):
        return False


def _config(file: BinaryIO) -> bytes:
    head = save_head.parse(_exactly(file, save_head.FIXED))
    if head is None or not head.little or head.optional > _CONFIG_LIMIT:
        raise ValueError("no file of xl save")
    data = _exactly(file, head.optional - _LENGTH) if head.optional >= _LENGTH else b""
    if not head.json or head.config > len(data):
        raise ValueError("no configuration in JSON")
    return data[: head.config]


def _libxl(file: BinaryIO, size: int) -> None:
    ident, _version, _options = struct.unpack("<8s2I", _exactly(file, 16))
    if ident != _LIBXL:
        raise ValueError("no stream of libxl")
    for _number in range(_RECORDS):
        kind = _record(file, size)
        if kind == _END:
            return
        if kind == _LIBXC_CONTEXT:
            _libxc(file, size)
    raise ValueError("too many records")


def _libxc(file: BinaryIO, size: int) -> None:
    if _exactly(file, 24)[:12] != _LIBXC:
        raise ValueError("no stream of libxc")
    _exactly(file, 16)
    for _number in range(_RECORDS):
        if _record(file, size) == _END:
            return
    raise ValueError("too many records")


def _record(file: BinaryIO, size: int) -> int:
    """Pass over a record, padded to eight bytes; returns its type."""
    kind, length = struct.unpack("<2I", _exactly(file, 8))
    if file.seek((length + 7) // 8 * 8, os.SEEK_CUR) > size:
        raise ValueError("cut short")
    return int(kind)


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise ValueError("cut short")
    return data
