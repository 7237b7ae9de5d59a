"""Asking on the terminal before what cannot be taken back."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from typing import TYPE_CHECKING

from xentui.service import danger
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.errors import Render
    from xentui.service.danger import Question


async def ask_on_terminal(found: Question, render: Render) -> bool:
    """Ask on standard error, and take a line of standard input for the answer; only ``y`` and ``yes`` agree.

    Where something is to be typed, nothing else does.  ``render`` words the commands of its hint.
    """
    for line in danger.told(found, render):
        sys.stderr.write(f"{printable(line)}\n")
    keep = " (--keep makes it managed first)" if getattr(found, "transient", ()) else ""
    if found.typed:
        return await _answer(f"{found.question}{keep} [type {found.typed}]") == found.typed
    return await confirm_on_terminal(f"{found.question}{keep}")


async def confirm_on_terminal(question: str) -> bool:
    """Ask on standard error; only ``y`` and ``yes`` agree."""
    return (await _answer(f"{question} [y/N]")).lower() in ("y", "yes")


async def _answer(question: str) -> str:
    """Return what is typed for an answer, without the blanks around it."""
    sys.stderr.write(f"{printable(question)} ")
    sys.stderr.flush()
    return (await _line(sys.stdin.fileno())).strip()


async def ask_secret_on_terminal(question: str) -> str | None:
    """Ask on standard error for a line that is not echoed; None where none is given (the end of input)."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    quiet = termios.tcgetattr(descriptor)
    quiet[3] &= ~termios.ECHO
    sys.stderr.write(f"{printable(question)}: ")
    sys.stderr.flush()
    try:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, quiet)
        answer = await _line(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        sys.stderr.write("\n")
    return answer.rstrip("\r\n") if answer else None


async def _line(descriptor: int) -> str:
    """Return a line that is typed; the event loop, and so Ctrl-C, goes on meanwhile."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, 4096).decode("utf-8", "replace")
