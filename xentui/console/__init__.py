"""Live console sessions: guests' consoles and boot menus on a pseudo-terminal.

Most commands, and the first list of the screen, need none: the modules below are loaded when they are first named
(:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.console import (
        attach as attach,
    )
    from xentui.console import (
        hub as hub,
    )
    from xentui.console import (
        sharing as sharing,
    )
    from xentui.console import (
        transcript as transcript,
    )
    from xentui.console import (
        watching as watching,
    )
else:
    __getattr__ = modules_of(__name__)
