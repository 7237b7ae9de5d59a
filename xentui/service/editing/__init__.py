"""Configurations being edited: what is opened, what a change means, and the ways out.

:class:`Editing` is the part of the service front ends use; the rest are what it takes and gives.
"""

from __future__ import annotations

from xentui.service.editing.bulk import ALREADY, BulkItem, BulkOutcome, BulkResult
from xentui.service.editing.bulk_change import Change, ChangeKind, require_sound
from xentui.service.editing.check import CheckResult
from xentui.service.editing.drafts import Draft
from xentui.service.editing.drift import ThreeWay
from xentui.service.editing.editing import Editing
from xentui.service.editing.impact import Impact
from xentui.service.editing.live_apply import Outcome
from xentui.service.editing.live_impact import LiveChange
from xentui.service.editing.storing import SaveResult

__all__ = [
    "ALREADY",
    "BulkItem",
    "BulkOutcome",
    "BulkResult",
    "Change",
    "ChangeKind",
    "CheckResult",
    "Draft",
    "Editing",
    "Impact",
    "LiveChange",
    "Outcome",
    "SaveResult",
    "ThreeWay",
    "require_sound",
]
