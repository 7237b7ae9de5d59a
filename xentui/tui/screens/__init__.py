"""The screens.

The main screen is the first; those below are loaded when they are first opened (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.tui.screens import (
        boot_details as boot_details,
        boot_menu as boot_menu,
        console_logs as console_logs,
        drift as drift,
        fleet as fleet,
        history as history,
        host_check as host_check,
        images as images,
        storage as storage,
    )
else:
    __getattr__ = modules_of(__name__)
