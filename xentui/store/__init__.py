"""Managed domains: stored configurations on a host; their past is in :mod:`xentui.store.history`."""

from __future__ import annotations

from xentui.store.managed import ManagedStore
from xentui.store.records import AutostartLink, Source, SourceState, StoredDomain, Surroundings, Withheld

__all__ = [
    "AutostartLink",
    "ManagedStore",
    "Source",
    "SourceState",
    "StoredDomain",
    "Surroundings",
    "Withheld",
]
