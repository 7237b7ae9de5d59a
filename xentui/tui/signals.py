"""Signals that ask xentui to end: the terminal is given back first."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from textual.app import App

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
