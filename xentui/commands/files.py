"""The FILE of a command: of the host, of this machine, or standard input."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xentui.errors import UsageError, XentuiError
from xentui.service.config_source import FILE_LIMIT, HOST, LOCAL, HostFile, Text, decoded

if TYPE_CHECKING:
    from xentui.commands.context import Context

STDIN = "-"


async def given(context: Context, word: str) -> str | Text:
    """Return the configuration a word names, as the service takes it; ``-`` is read.  Raises as
    :func:`standard_input`.
    """
    if word != STDIN:
        return word
    label = "standard input"
    return Text(decoded(await standard_input(context), label), label)


def of_host(word: str) -> bool:
    """Return whether a word that names a file of this machine by itself names one of the host."""
    return word.startswith(HOST)


async def own_file(context: Context, word: str, what: str = "file") -> bytes:
    """Return a file of this machine, behind ``host:`` one of the host, or standard input.

    ``what`` is what messages call it.  At most a byte more than a configuration may have; raises XentuiError where it
    cannot be read.
    """
    if word == STDIN:
        return await standard_input(context)
    if of_host(word):
        file = HostFile(context.hypervisor.host, word.removeprefix(HOST), what=what)
        return (await file.read()).text.encode("utf-8")
    path = word.removeprefix(LOCAL)
    try:
        with open(path, "rb") as opened:  # noqa: PTH123, ASYNC230 - small, and pathlib is read for nothing else here
            return opened.read(FILE_LIMIT + 1)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        hint = f"this is a file of this machine; the host's is {HOST}{path}" if missing else ""
        words = (error.strerror or str(error)).lower()
        raise XentuiError(f"cannot be read: {words}", subject=path, hint=hint) from error


async def standard_input(context: Context) -> bytes:
    """Return what standard input has, as much as a configuration may be and a byte; raises UsageError where there is
    none.
    """
    if context.standard_input is None:
        raise UsageError(
            "there is no standard input to read here",
            subject=STDIN,
            hint="name a file: local:PATH is one here",
        )
    return await asyncio.to_thread(context.standard_input)
