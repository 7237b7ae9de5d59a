"""What the keys do beyond running a command: each asks what it has to, then hands the work to a job.

The list is shown before anything is done, and so without them (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.tui.handlers import (
        table as table,
        views as views,
    )
else:
    __getattr__ = modules_of(__name__)
