"""What stands at the head of the files ``xl save`` writes: the domain's configuration (tools/xl/xl.h, xl_vmcontrol.c).

::

    32 bytes  magic
    4 x u32   byte order (0x01020304), mandatory flags, optional flags, length of the optional data
    u32       length of the configuration, the first of the optional data
    …         libxl's JSON, where the first mandatory flag is set; a NUL
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from xentui.agent.images import MAGIC
from xentui.model.answers import SavedImage
from xentui.model.libxl import from_libxl
from xentui.toolstack.xl.details import true_name

HEAD_LIMIT = 1 << 20
"""Bytes of a file that are enough for any configuration."""
HEAD_USUAL = 16 << 10
"""Bytes that are enough for most: what comes behind them is a guest's memory, and long on a slow line."""
_FIXED = 52
_ORDERS = {b"\x04\x03\x02\x01": "<", b"\x01\x02\x03\x04": ">"}
_JSON = 1


def is_image(head: bytes) -> bool:
    """Whether a file begins as ``xl save`` begins one."""
    return head.startswith(MAGIC)


def head_length(head: bytes) -> int:
    """How many bytes of the file the configuration reaches to, as its first bytes say; 0 where they say nothing."""
    order = _ORDERS.get(head[32:36])
    if not head.startswith(MAGIC) or order is None or len(head) < _FIXED:
        return 0
    return _FIXED + int(struct.unpack_from(f"{order}I", head, 48)[0])


def saved_config(head: bytes) -> Mapping[str, Any] | None:
    """The configuration of a saved domain as libxl's JSON object; None where ``head`` has none to be read."""
    order = _ORDERS.get(head[32:36])
    if not head.startswith(MAGIC) or order is None or len(head) < _FIXED:
        return None
    mandatory, _optional, size, length = struct.unpack_from(f"{order}4I", head, 36)
    if not mandatory & _JSON or length > size or _FIXED + length > len(head):
        return None
    try:
        config = json.loads(head[_FIXED : _FIXED + length].rstrip(b"\0"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return config if isinstance(config, dict) else None


def saved_image(config: Mapping[str, Any] | None) -> SavedImage:
    """What the JSON object at the head of a memory image says; ``config`` is None where none was read."""
    return SavedImage() if config is None else SavedImage(true_name(config), from_libxl(config))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object with no key twice: libxl takes the first one, Python the last."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made
