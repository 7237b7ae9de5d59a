"""The FILE of a command: of the host, of this machine, or standard input."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xentui.errors import UsageError
from xentui.service.config_source import Text, decoded

if TYPE_CHECKING:
    from xentui.commands.context import Context

STDIN = "-"


async def given(context: Context, word: str) -> str | Text:
    """The configuration a word names, as the service takes it; ``-`` is read.  Raises as :func:`standard_input`."""
    if word != STDIN:
        return word
    label = "standard input"
    return Text(decoded(await standard_input(context), label), label)


async def standard_input(context: Context) -> bytes:
    """What standard input has, as much as a configuration may be and a byte; raises UsageError where there is none."""
    if context.standard_input is None:
        raise UsageError(
            "there is no standard input to read here",
            subject=STDIN,
            hint="name a file: local:PATH is one here",
        )
    return await asyncio.to_thread(context.standard_input)
