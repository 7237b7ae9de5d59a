"""How xentui is told to end from outside: by a signal, or because the user's terminal has gone."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from typing import Any

from textual.app import App

GONE = 129
"""The exit status where the terminal has gone, as of a process that SIGHUP ended."""
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 10
"""Seconds the way out may take, on a terminal that may be gone."""


def end_on_signals(app: App[Any]) -> None:
    """Let the app leave as by a key when it is told to end; a second signal ends it at once."""
    loop = asyncio.get_running_loop()

    def end(number: int) -> None:
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
        signal.alarm(_PATIENCE)
        app.exit(return_code=128 + number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, end, number)


def terminal_gone(descriptor: int) -> bool:
    """Tell whether the other side of a terminal is closed, or the descriptor itself.

    Textual reads on and on from one that has gone, so it has to be asked.
    """
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))


def has_shell() -> bool:
    """Return whether somebody with job control has started this process, and could bring it back when it is stopped.

    Its parent is of the same session and of another group then (credentials(7)); without one it would stop for good.
    """
    parent = os.getppid()
    try:
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except OSError:
        return False
