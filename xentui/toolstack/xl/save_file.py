"""What a file that ``xl save`` has written holds, by its head (:mod:`xentui.agent.memory.save_head`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.agent.memory import save_head
from xentui.model.answers import SavedImage
from xentui.model.libxl import from_libxl
from xentui.toolstack.xl.details import true_name

HEAD_LIMIT = 1 << 20
"""Bytes of a file that are enough for any configuration."""
HEAD_USUAL = 16 << 10
"""Bytes that are enough for most: what comes behind them is a guest's memory, and long on a slow line."""


def is_image(head: bytes) -> bool:
    """Return whether a file begins as ``xl save`` begins one."""
    return head.startswith(save_head.MAGIC)


def head_length(head: bytes) -> int:
    """Return how many bytes of the file the configuration reaches to, as its first bytes say; 0 where they say
    nothing.
    """
    found = save_head.parse(head)
    return save_head.FIXED + found.config if found is not None else 0


def saved_config(head: bytes) -> Mapping[str, Any] | None:
    """Return the configuration of a saved domain as libxl's JSON object; None where ``head`` has none to be read."""
    found = save_head.parse(head)
    end = head_length(head)
    if found is None or not found.json or found.config > found.optional or end > len(head):
        return None
    return save_head.configuration(head[save_head.FIXED : end])


def saved_image(config: Mapping[str, Any] | None) -> SavedImage:
    """Return what the JSON object at the head of a memory image says; ``config`` is None where none was read."""
    return SavedImage() if config is None else SavedImage(true_name(config), from_libxl(config))
