"""Configurations being edited: what is opened, what a change means, and the ways out.

:class:`Editing` is the part of the service front ends use; the rest are what it takes and gives.
"""

from __future__ import annotations

from xentui.service.editing.bulk_records import ALREADY, BulkItem, BulkOutcome, BulkResult, Change, ChangeKind
from xentui.service.editing.editing import Editing
from xentui.service.editing.records import (
    Checked,
    Difference,
    Draft,
    LiveChange,
    Meaning,
    Outcome,
    Sides,
    Stored,
)

__all__ = [
    "ALREADY",
    "BulkItem",
    "BulkOutcome",
    "BulkResult",
    "Change",
    "ChangeKind",
    "Checked",
    "Difference",
    "Draft",
    "Editing",
    "LiveChange",
    "Meaning",
    "Outcome",
    "Sides",
    "Stored",
]
