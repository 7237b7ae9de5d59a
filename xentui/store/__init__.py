"""Managed domains: stored configurations on a host, with their history."""

from __future__ import annotations

from xentui.store.managed import ManagedStore
from xentui.store.records import (
    AuditRecord,
    AutostartLink,
    DeletedDomain,
    Source,
    SourceState,
    StoredDomain,
    Version,
    VersionText,
)

__all__ = [
    "AuditRecord",
    "AutostartLink",
    "DeletedDomain",
    "ManagedStore",
    "Source",
    "SourceState",
    "StoredDomain",
    "Version",
    "VersionText",
]
