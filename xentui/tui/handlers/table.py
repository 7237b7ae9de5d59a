"""What is done for a key, by the command's id, where it is more than the command to one domain after another."""

from __future__ import annotations

from collections.abc import Mapping

from xentui.tui.confirmation import agreed_to
from xentui.tui.handlers import (
    configurations,
    console_texts,
    consoles,
    definitions,
    devices,
    guest_tools,
    lifecycle,
    migrating,
    templates,
    undo,
)
from xentui.tui.handlers.forms import Form
from xentui.tui.handlers.perform import perform
from xentui.tui.handlers.work import Handler

__all__ = ["FORMS", "HANDLERS", "agreed_to", "perform"]

HANDLERS: Mapping[str, Handler] = {
    **lifecycle.HANDLERS,
    **migrating.HANDLERS,
    **definitions.HANDLERS,
    **configurations.HANDLERS,
    **devices.HANDLERS,
    **guest_tools.HANDLERS,
    **templates.HANDLERS,
    **consoles.HANDLERS,
    **console_texts.HANDLERS,
    **undo.HANDLERS,
}
TELL_WHAT_THEY_LEAVE_OUT = frozenset({"config.bulk"})
"""Those that get all marked domains, also what they are not possible on, and tell of that in their own dialogs."""
FORMS: Mapping[str, Form] = {**lifecycle.FORMS, **definitions.FORMS, **devices.FORMS}
"""What asks for the arguments of a command, where the form made of its declaration would say too little."""
