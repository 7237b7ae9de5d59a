"""The screens.

The main screen is the first; those below are loaded when they are first opened (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.tui.screens import (
        boot_details as boot_details,
    )
    from xentui.tui.screens import (
        boot_menu as boot_menu,
    )
    from xentui.tui.screens import (
        console_logs as console_logs,
    )
    from xentui.tui.screens import (
        drift as drift,
    )
    from xentui.tui.screens import (
        fleet as fleet,
    )
    from xentui.tui.screens import (
        history as history,
    )
    from xentui.tui.screens import (
        host_check as host_check,
    )
    from xentui.tui.screens import (
        images as images,
    )
    from xentui.tui.screens import (
        storage as storage,
    )
else:
    __getattr__ = modules_of(__name__)
