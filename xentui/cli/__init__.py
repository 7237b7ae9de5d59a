"""The command line, from words to an exit status on a terminal.

A command for one host starts without what is below (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.cli import (
        hostless as hostless,
        several as several,
    )
else:
    __getattr__ = modules_of(__name__)
