"""Live console sessions: guests' consoles and boot menus on a pseudo-terminal.

Most commands, and the first list of the screen, need none: the modules below are loaded when they are first named
(:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.console import (
        attach as attach,
        hub as hub,
        pattern_watch as pattern_watch,
        sharing as sharing,
        transcript as transcript,
    )
else:
    __getattr__ = modules_of(__name__)
