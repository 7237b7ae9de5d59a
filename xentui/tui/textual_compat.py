"""What xentui needs of Textual that Textual does not promise to keep: all of it stands here.

Each name has its reason.  pyproject.toml holds Textual to the releases this file was tested with; after an update run
the tests of the screen and look through this file first.
"""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.screen import Screen


async def run_binding(app: App[Any], key: str, *, priority: bool = False) -> bool:
    """Run what a key is bound to, from the focused widget up (with ``priority`` from the app down); tell if it is.

    Textual does it only when a key comes back from the focused widget, which is too late for what is typed ahead.
    """
    return await app._check_bindings(key, priority=priority)


def is_bound(screen: Screen[Any], key: str) -> bool:
    """Tell whether anybody from the focused widget up to the screen on top knows a key.

    ``Screen.active_bindings`` would ask every ``check_action`` as well, at every key.
    """
    return any(key in bindings.key_to_bindings for _, bindings in screen._modal_binding_chain)
