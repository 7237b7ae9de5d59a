"""The command line, from words to an exit status on a terminal.

Nothing of it is loaded for the screen (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.cli import (
        hostless as hostless,
        run as run,
        several_hosts as several_hosts,
    )
else:
    __getattr__ = modules_of(__name__)
