"""All commands on a domain as a list, those not possible now with the reason."""

from __future__ import annotations

from collections.abc import Callable

from xentui.commands.command import Command, Group, Targets
from xentui.tui.dialogs.choose import Choice
from xentui.tui.keys import COMMANDS, explanation

_LEFT_OUT = (Group.LIST, Group.SCREEN)
_LABEL = 14


def choices(key_of: Callable[[str], str], reason: Callable[[Command], str]) -> list[Choice]:
    """The commands, the possible ones first."""
    made = [
        Choice(
            command.id,
            f"{key_of(command.id):>4}  {command.label.rstrip('…'):<{_LABEL}}",
            explanation(command),
            reason(command).rpartition(": ")[2],
        )
        for command in COMMANDS
        if command.targets is not Targets.NONE and command.group not in _LEFT_OUT
    ]
    return sorted(made, key=lambda choice: bool(choice.reason))
