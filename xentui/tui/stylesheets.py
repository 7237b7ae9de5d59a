"""Where the looks are: the files of styles/, in the order they build on each other."""

from __future__ import annotations

from pathlib import Path

import xentui
from xentui.errors import XentuiError

ORDER = ("tokens", "layout", "table", "panes", "console", "dialogs", "forms", "editor", "palette")
THEMES = "themes.toml"


def folder() -> Path:
    """The folder of the styles: in the package as installed, beside it in a checkout.

    Raises XentuiError where it is in neither place.
    """
    package = Path(xentui.__file__).parent
    installed, checkout = package / "styles", package.parent / "styles"
    if installed.is_dir():
        return installed
    # An unrelated folder of that name beside an installed package is not ours.
    if checkout.is_dir() and (package.parent / "pyproject.toml").is_file():
        return checkout
    raise XentuiError("the screen's styles are missing", subject=str(installed), hint="install xentui anew")


def paths() -> list[Path]:
    """Every style sheet, in the order it is read."""
    base = folder()
    return [base / f"{name}.tcss" for name in ORDER]
