"""What the console tests share: small commands on pseudo-terminals, and waiting for what they show."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from xentui.console.session import ConsoleSession
from xentui.terminal import Emulator

PATIENCE = 60.0
"""Seconds something may take on a busy machine."""

RAW = "import os, sys, time, tty; tty.setraw(0); print('ready', end='\\r\\n', flush=True)\n"
"""How a program like xenconsole begins: it takes each byte as it comes."""

XENCONSOLE = (
    RAW
    + """
while (data := os.read(0, 60)) not in (b"", b"\\x1d", b"die"):
    print(repr(data), end="\\r\\n", flush=True)
"""
)
"""xenconsole as far as its escape goes; what it was typed it shows, and ends at ``die``."""


def python(program: str) -> list[str]:
    """The argv of a Python program."""
    return [sys.executable, "-c", program]


async def until(what: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until ``what`` holds."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.01)


def shown(emulator: Emulator) -> str:
    """Scrollback and screen."""
    return "\n".join([*emulator.history_text(), *emulator.text()])


class Recorder:
    """A listener that notes what it is told."""

    def __init__(self) -> None:
        self.outputs: list[float] = []
        self.ended: list[ConsoleSession] = []

    def on_output(self, session: ConsoleSession) -> None:
        assert not self.ended, "output comes before the end"
        asyncio.get_running_loop()
        self.outputs.append(time.monotonic())

    def on_ended(self, session: ConsoleSession) -> None:
        asyncio.get_running_loop()
        self.ended.append(session)


@contextlib.asynccontextmanager
async def session_of(argv: list[str], **arguments: Any) -> AsyncIterator[ConsoleSession]:
    """A session that has been started; it is closed at the end."""
    session = ConsoleSession(argv, **arguments)
    await session.start()
    try:
        yield session
    finally:
        await session.close()
