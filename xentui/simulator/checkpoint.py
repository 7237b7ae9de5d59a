"""Saved domains: xl's magic, then what the simulator needs to bring the domain back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: The first 32 bytes of every file ``xl save`` writes (xl.h, savefileheader_magic).
MAGIC = b"Xen saved domain, xl format\n \0 \r"
_LIMIT = 1 << 22


def pack(config: Mapping[str, Any], carried: Mapping[str, Any]) -> bytes:
    """A saved domain: its libxl configuration and what it carries along (CPU seconds, memory, boot entry)."""
    return MAGIC + json.dumps({"config": config, "carried": carried}).encode() + b"\n"


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The configuration and what is carried along; None for a file that is no saved domain."""
    if not data.startswith(MAGIC) or len(data) > _LIMIT:
        return None
    try:
        saved = json.loads(data[len(MAGIC) :].split(b"\n", 1)[0])
        config, carried = saved["config"], saved["carried"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(config, dict) or not isinstance(carried, dict):
        return None
    return config, carried
