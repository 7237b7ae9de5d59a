"""How a terminal in the background says that something has happened: its bell, or a notification of its desktop."""

from __future__ import annotations

import time
from typing import Any, Final

from textual.app import App

from xentui.settings import ALERTS
from xentui.text import plain
from xentui.tui.textual_compat.app import driver_of

_LEAST: Final = 5.0
"""Seconds between two: a host that loses all its guests rings once."""
_LENGTH: Final = 200
_last: dict[int, float] = {}


def sequence(way: str, text: str) -> str:
    """Return what a terminal is sent: OSC 9 of iTerm2, kitty, WezTerm and Windows Terminal, OSC 777 of urxvt, foot and
    VTE.

    ``text`` may hold names that guests have chosen: no character of it ends the sequence, or a part of it.
    """
    told = plain(text, _LENGTH)
    match way:
        case "osc9":
            # A number and a semicolon in front would be another request of ConEmu's.
            return f"\x1b]9;xentui {told}\x07"
        case "osc777":
            return f"\x1b]777;notify;xentui;{told.replace(';', ',')}\x07"
    return ""


def give(app: App[Any], way: str, text: str) -> None:
    """Alert the user, where that is wanted and was not done just before."""
    now = time.monotonic()
    if way not in ALERTS or now - _last.get(id(app), -_LEAST) < _LEAST:
        return
    _last[id(app)] = now
    if way == "bell":
        app.bell()
    elif (driver := driver_of(app)) is not None:
        driver.write(sequence(way, text))
