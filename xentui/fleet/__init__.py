"""Many hosts at once: each followed by itself, so that one that hangs, refuses or is slow never delays another.

What was seen of several is read where there are several (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.fleet import (
        cache as cache,
    )
else:
    __getattr__ = modules_of(__name__)
