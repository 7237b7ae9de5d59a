"""Where the looks are: the files of styles/, in the order they build on each other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xentui
from xentui.errors import XentuiError

FIRST = ("tokens", "layout", "table", "panes")
"""What the list needs to be shown."""
COLOURLESS = "colourless"
"""What it needs besides where the terminal's own colours are all there is."""
LATER = ("console", "prompt", "dialogs", "forms", "editor", "palette")
THEMES = "themes.toml"


def folder() -> Path:
    """Return the folder of the styles: in the package as installed, beside it in a checkout.

    Raises XentuiError where it is in neither place.
    """
    package = Path(xentui.__file__).parent
    installed, checkout = package / "styles", package.parent / "styles"
    if installed.is_dir():
        return installed
    # An unrelated folder of that name beside an installed package is not ours.
    if checkout.is_dir() and (package.parent / "pyproject.toml").is_file():
        return checkout
    raise XentuiError("the screen's styles are missing", subject=str(installed), hint="reinstall xentui")


def first(*, colours: bool = True) -> list[Path]:
    """Return the style sheets of what is shown first, in the order they are read; ``colours`` is whether there are
    any.
    """
    return _paths(FIRST if colours else (*FIRST, COLOURLESS))


def later() -> list[Path]:
    """Return the style sheets of all else, in the order they are read: after the first ones."""
    return _paths(LATER)


def _paths(names: Iterable[str]) -> list[Path]:
    base = folder()
    return [base / f"{name}.tcss" for name in names]
