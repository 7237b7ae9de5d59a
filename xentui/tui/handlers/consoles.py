"""Consoles as actions on the list."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.model.domain import Domain
from xentui.tui.context import UiContext
from xentui.tui.handlers.work import Handler


async def _open(ui: UiContext, domains: Sequence[Domain]) -> None:
    await ui.open_console(domains[0])


async def _look(ui: UiContext, domains: Sequence[Domain]) -> None:
    await ui.open_console(domains[0], looking=True)


HANDLERS: dict[str, Handler] = {
    "console.open": _open,
    "console.look": _look,
}
