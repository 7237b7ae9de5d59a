"""Dialogs: one a file, each with a typed result; None is "left without an answer".

Those below are opened by what is there before the list is shown, and are loaded then (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.tui.dialogs import (
        leave as leave,
        modal as modal,
        palette as palette,
        report as report,
        secrets as secrets,
    )
else:
    __getattr__ = modules_of(__name__)
