"""Consoles as actions on the list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from xentui.model.domain import Domain
from xentui.tui.context import UiContext as Desk


async def _open(desk: Desk, domains: Sequence[Domain]) -> None:
    await desk.open_console(domains[0])


async def _look(desk: Desk, domains: Sequence[Domain]) -> None:
    await desk.open_console(domains[0], looking=True)


DEEDS: dict[str, Callable[[Desk, Sequence[Domain]], Awaitable[None]]] = {
    "console.open": _open,
    "console.look": _look,
}
