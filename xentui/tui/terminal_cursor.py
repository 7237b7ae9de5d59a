"""Where the terminal's own cursor stands."""

from __future__ import annotations

from typing import Any

from textual.app import App

from xentui.tui.output.grid import Cursor
from xentui.tui.screens.main import MainScreen


def cursor_to_show(app: App[Any], main: MainScreen) -> Cursor | None:
    """Return the place of the terminal's cursor, or None for anywhere.

    It is visible where the guest on the screen has its own, and invisible where something is typed: screen readers and
    input methods follow it.
    """
    focused = app.focused if app.is_running else None
    if focused is None or focused is main.table:
        return None
    if main.complete and focused is main.console.view:
        place, visible = main.console.view.cursor_place, True
    else:
        place, visible = app.cursor_position, False
    return None if place is None else Cursor(place.y, place.x, visible)
