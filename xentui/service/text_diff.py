"""Where two texts differ, line by line."""

from __future__ import annotations

import difflib

from xentui.config.secrets import masked
from xentui.text import lines, printable


def unified(old: str, new: str, old_name: str, new_name: str) -> tuple[str, ...]:
    """Return lines of a unified diff, fit for a screen; passwords are not shown."""
    told = difflib.unified_diff(lines(old), lines(new), old_name, new_name, lineterm="")
    return tuple(printable(masked(line)) for line in told)


def is_change(line: str) -> bool:
    """Return whether a line of a unified diff adds or removes something."""
    return line[:1] in ("+", "-") and not line.startswith(("+++", "---"))
