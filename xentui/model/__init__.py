"""What there is, as frozen data; no I/O.

What a list of domains does without is loaded when it is first named (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.model import (
        boot_menu as boot_menu,
        consoles as consoles,
        disk_image as disk_image,
    )
else:
    __getattr__ = modules_of(__name__)
