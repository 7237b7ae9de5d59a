"""Saved domains as xl lays them out, with what the simulator needs to bring the domain back in place of its memory.

A header of xl with the configuration as JSON, then libxl's stream of records (type and length first, padded to eight
bytes) up to one of type 0: so whoever reads such a file can tell a whole one from one that was cut short.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from xentui.agent.memory.save_head import MAGIC

_ORDER, _FLAGS, _CARRIED = 0x01020304, 3, 0x7FFFFFF0
_STREAM = struct.pack("<8s2I", b"LibxlFmt", 2, 0)
_END = struct.pack("<2I", 0, 0)
_LIMIT = 1 << 22


def head(config: Mapping[str, Any]) -> bytes:
    """Return what a saved domain begins with: its libxl configuration."""
    data = json.dumps(config).encode() + b"\0"
    optional = struct.pack("<I", len(data)) + data
    return MAGIC + struct.pack("<4I", _ORDER, _FLAGS, 0, len(optional)) + optional + _STREAM


def tail(carried: Mapping[str, Any]) -> bytes:
    """Return what it ends with: what it carries along (memory, boot entry)."""
    data = json.dumps(carried).encode()
    return struct.pack("<2I", _CARRIED, len(data)) + data + b"\0" * (-len(data) % 8) + _END


def pack(config: Mapping[str, Any], carried: Mapping[str, Any]) -> bytes:
    """Return a whole saved domain."""
    return head(config) + tail(carried)


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the configuration and what is carried along; None for a file that is not a whole saved domain."""
    if not data.startswith(MAGIC) or len(data) > _LIMIT:
        return None
    try:
        (length,) = struct.unpack_from("<I", data, 44)
        (size,) = struct.unpack_from("<I", data, 48)
        config = json.loads(data[52 : 52 + size].rstrip(b"\0"))
        stream = data[48 + length :]
        kind, size = struct.unpack_from("<2I", stream, len(_STREAM))
        start = len(_STREAM) + 8
        carried = json.loads(stream[start : start + size])
        whole = stream.startswith(_STREAM) and kind == _CARRIED and data.endswith(_END)
    except (ValueError, struct.error, RecursionError):
        return None
    if not whole or not isinstance(config, dict) or not isinstance(carried, dict):
        return None
    return config, carried
