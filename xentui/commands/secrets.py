"""Secrets that a script sends: from the environment, else asked for; never from a file, an argument or the store."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from xentui.errors import UsageError

if TYPE_CHECKING:
    from xentui.commands.context import Context

PREFIX = "XENTUI_SECRET_"
"""Begins the variables secrets are taken from: a script gets at no others."""
_LONGEST = 1000
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


async def gathered(context: Context, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of these names, each with its question.

    Raises UsageError for one that is not in the environment where nobody can be asked, or that cannot be typed.
    """
    found = {}
    for name, question in wanted.items():
        value = os.environ.get(PREFIX + name)
        if value is None and context.ask_secret is not None:
            value = await context.ask_secret(question)
        if value is None:
            raise UsageError(
                "is asked for by the script, and nobody is there to tell it",
                subject=name,
                hint=f"set {PREFIX}{name} in the environment, or run it on a terminal",
            )
        found[name] = usable(name, value)
    return found


def usable(name: str, value: str) -> str:
    """Return a secret as it was given; raises UsageError for one that cannot be typed as a line."""
    if not value or len(value) > _LONGEST or _CONTROL.search(value):
        why = (
            "is empty" if not value else "is too long" if len(value) > _LONGEST else "has control characters"
        )
        raise UsageError(f"the secret {why}", subject=name, hint="nothing was sent")
    return value
