"""What errors say to do next, as the command line words it."""

from __future__ import annotations

from xentui.commands.suggestions import as_command_line
from xentui.errors import XentuiError, worded


def hint(error: XentuiError) -> str:
    """The hint of an error as one text."""
    return worded(error.hint, as_command_line())
