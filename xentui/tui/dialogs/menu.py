"""All commands on a domain as a list, those not possible now with the reason."""

from __future__ import annotations

from collections.abc import Callable

from xentui.commands.command import Command, Group, Targets
from xentui.tui.dialogs.choose import Choice
from xentui.tui.keys import COMMANDS, explanation

_LEFT_OUT = (Group.LIST, Group.SCREEN)


def choices(key_of: Callable[[str], str], reason: Callable[[Command], str]) -> list[Choice]:
    """Return the commands, the possible ones first."""
    shown = [
        (key_of(command.id), command.label, command)
        for command in COMMANDS
        if command.targets is not Targets.NONE and command.group not in _LEFT_OUT
    ]
    keys = max((len(key) for key, _label, _command in shown), default=0)
    labels = max((len(label) for _key, label, _command in shown), default=0)
    made = [
        Choice(
            command.id,
            f"{key:>{keys}}  {label:<{labels}}",
            explanation(command),
            reason(command).rpartition(": ")[2],
        )
        for key, label, command in shown
    ]
    return sorted(made, key=lambda choice: bool(choice.reason))
