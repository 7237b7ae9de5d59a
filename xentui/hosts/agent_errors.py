"""Converts the agent's errors to xentui's."""

from __future__ import annotations

from xentui.errors import StoreCode, StoreError


def as_store_error(code: str, message: str, path: str) -> StoreError:
    """Return the typed error for an agent error, its code kept; the store adds what to do about it."""
    return StoreError(message, subject=path, code=StoreCode.of(code))
