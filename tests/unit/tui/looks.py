"""Snapshots of the screen: an SVG for the looks, and a text beside it whose differences can be read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import textual
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.app import App

ROOT = Path(__file__).parents[3] / "snapshots"
MADE_WITH = re.compile(r"Textual ([\d.]+)")
ACCEPT = "python -m pytest --accept-snapshots"
_TERMINAL = re.compile(r"terminal-\d+-")


def rows(app: App[Any]) -> list[str]:
    """What the screen shows, as plain text; the one place that looks into Textual's compositor."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return ["".join(strip.text for strip in line).rstrip() for line in update.strips]


def laid_out(app: App[Any]) -> bool:
    """Whether all screens have taken the size of the app, and the one on top is laid out in it."""
    return app.screen._compositor.size == app.size and all(s.size == app.size for s in app.screen_stack)


@contextmanager
def drawn_once(app: App[Any]) -> Iterator[None]:
    """Draw the screen once for all that look at it meanwhile; nothing may change until they have."""
    drawing = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    with patch.object(app.screen._compositor, "render_update", lambda **_: drawing):
        yield


def cells(app: App[Any], row: int) -> list[tuple[str, Style]]:
    """What a row of the screen shows, a sign and its style a cell, as it goes to the terminal."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return [
        (sign, segment.style or Style.null())
        for strip in update.strips[row]
        for segment in strip
        for sign in segment.text
    ]


def style_of(app: App[Any], row: int, text: str) -> Style:
    """The style in which a text of a row is shown."""
    found = cells(app, row)
    place = "".join(sign for sign, _ in found).index(text)
    return found[place][1]


class Look:
    """Compares what an app shows with the snapshots of one test module.

    All differences of a test are told together.  ``hide`` are strings that differ from run to run, and as long
    ones that stand for them.
    """

    def __init__(self, module: str, *, accept: bool, hide: Sequence[tuple[str, str]] = ()) -> None:
        self._module = module
        self._accept = accept
        self._hide = hide
        self.problems: list[str] = []

    def __call__(self, app: App[Any], name: str) -> None:
        """Compare the screen with the snapshots of that name."""
        with drawn_once(app):
            self._compare(f"{name}.txt", "\n".join(rows(app)) + "\n")
            if self._accept or textual.__version__ == made_with():
                drawing = app.export_screenshot(title="xentui")
                self._compare(f"{name}.svg", _TERMINAL.sub("terminal-", drawing))

    def _compare(self, file: str, now: str) -> None:
        for changing, shown in self._hide:
            now = now.replace(changing, shown)
        path = ROOT / self._module / file
        kept = path.read_text(encoding="utf-8") if path.exists() else None
        if now == kept:
            return
        if self._accept:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(now, encoding="utf-8")
            return
        shown = f"{self._module}/{file}"
        if kept is None:
            self.problems.append(f"there is no snapshot {shown} yet; look at it, then accept it: {ACCEPT}")
        elif file.endswith(".svg"):
            self.problems.append(f"{shown} is drawn differently; if it is meant to be: {ACCEPT}")
        else:
            lines = difflib.unified_diff(kept.splitlines(), now.splitlines(), "kept", "now", "", "", 1, "")
            self.problems.append(
                f"{shown} reads differently; if it is meant to: {ACCEPT}\n" + "\n".join(lines)
            )


@cache
def made_with() -> str:
    """The version of Textual the SVG snapshots were made with; another one draws the same a little differently."""
    found = MADE_WITH.search((ROOT / "README.md").read_text(encoding="utf-8"))
    return found[1] if found else ""
