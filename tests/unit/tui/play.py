"""A screen test shown on the terminal of whoever runs it: ``make play TEST=…``.

The test runs as ever, without a terminal of its own; what it looks at is copied to this one, step by step.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from textual._compositor import CompositorUpdate
from textual.app import App

_SECONDS = float(os.environ.get("XENTUI_PLAY") or 0)
"""How long each step is shown; 0 where nobody watches."""
_TERMINAL = "/dev/tty"


async def show(app: App[Any], step: str) -> None:
    """Show what the app shows now, and below it which step of the test has led there."""
    if not _SECONDS or not app.is_running:
        return
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, CompositorUpdate)
    frame = update.render_segments(app.console).replace("\n", "\r\n")
    said = f"\x1b[m\x1b[{app.size.height + 1};1H\x1b[7m {step} \x1b[m"
    _write(f"\x1b[?25l\x1b[H\x1b[2J{frame}{said}\x1b[?25h")
    await asyncio.sleep(_SECONDS)


def _write(text: str) -> None:
    with open(_TERMINAL, "w", encoding="utf-8") as terminal:
        terminal.write(text)
