"""Guests' consoles in the screen: what one shows, and what is typed into it.

The list is shown without (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.tui.consoles import (
        pane as pane,
    )
else:
    __getattr__ = modules_of(__name__)
