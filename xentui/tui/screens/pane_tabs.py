"""The tabs of the main screen: the list, the details, and each open console."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING

from xentui.tui.widgets.tab_strip import Tab

if TYPE_CHECKING:
    from xentui.console.hub import LiveConsole
    from xentui.console.shown import ShownConsole


def list_tabs(*, in_list: bool, in_details: bool) -> list[Tab]:
    """Return the two tabs there always are, and which of them has the keys."""
    return [Tab(1, "Domains", current=in_list), Tab(2, "Details", current=in_details)]


def console_tabs(
    consoles: Sequence[LiveConsole],
    shown: ShownConsole | None,
    together: Container[LiveConsole],
    named: Callable[[ShownConsole], str],
) -> list[Tab]:
    """Return a tab for each console, numbered from 3 on; ``together`` are those that one types into at once."""
    return [
        Tab(number, named(live), live is shown, live.activity, live.ended, live.rang, live in together)
        for number, live in enumerate(consoles, start=3)
    ]
