"""The colours the user can choose from, read from styles/themes.toml."""

from __future__ import annotations

import tomllib
from typing import Any

from textual.theme import BUILTIN_THEMES, Theme

from xentui.tui import stylesheets

DEFAULT = "dark"
NO_COLOUR = "plain"
"""The theme under NO_COLOR: only the terminal's own colours, which are then left out."""


def themes() -> dict[str, Theme]:
    """Return every theme by the name ``theme = …`` in config.toml knows it by."""
    with (stylesheets.folder() / stylesheets.THEMES).open("rb") as file:
        table = tomllib.load(file)
    return {name: _theme(name, values) for name, values in table.items()}


def _theme(name: str, values: dict[str, Any]) -> Theme:
    if values.get("ansi"):
        # Textual's own style sheets name variables that only its own theme of this kind has.
        values["variables"] = {**BUILTIN_THEMES["ansi-dark"].variables, **values["variables"]}
    return Theme(name=f"xentui-{name}", **values)
