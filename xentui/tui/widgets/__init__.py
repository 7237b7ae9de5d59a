"""The parts of the screen.

The list is shown without the prompt and the events (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.tui.widgets import (
        event_pane as event_pane,
        prompt_line as prompt_line,
    )
else:
    __getattr__ = modules_of(__name__)
