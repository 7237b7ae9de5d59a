"""All actions on a domain as a list, those not possible now with the reason."""

from __future__ import annotations

from collections.abc import Callable

from xentui.tui.actions import ACTIONS, Group, Scope, UserAction
from xentui.tui.dialogs.choose import Choice

_LEFT_OUT = (Group.LIST, Group.GENERAL)
_LABEL = 14


def choices(key_of: Callable[[str], str], reason: Callable[[UserAction], str]) -> list[Choice]:
    """The actions, the possible ones first."""
    made = [
        Choice(
            action.id,
            f"{key_of(action.id):>4}  {action.label.rstrip('…'):<{_LABEL}}",
            action.tooltip,
            reason(action).rpartition(": ")[2],
        )
        for action in ACTIONS
        if action.scope is not Scope.NONE and action.group not in _LEFT_OUT
    ]
    return sorted(made, key=lambda choice: bool(choice.reason))
