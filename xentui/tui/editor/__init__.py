"""Editing configurations: a form and the raw text of the same document.

The form is loaded when it is first opened (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.tui.editor import (
        screen as screen,
    )
else:
    __getattr__ = modules_of(__name__)
