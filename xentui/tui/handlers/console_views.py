"""The actions that concern where consoles are shown: full screen, side by side, together, in the size of the guest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from xentui.model.domain import Domain
from xentui.tui.handlers.view_context import HostView, View, ViewContext
from xentui.tui.host_context import HostContext
from xentui.tui.keys import BY_ID


def _full(context: ViewContext, host: HostContext, domains: Sequence[Domain]) -> None:
    context.background(partial(host.consoles.full_screen, domains[0]))


def _close(context: ViewContext, host: HostContext, domains: Sequence[Domain]) -> None:
    context.background(partial(host.consoles.close, domains[0]))


def _fit(context: ViewContext, host: HostContext, domains: Sequence[Domain]) -> None:
    live = host.console_of(domains[0])
    if live is None:
        context.notify(f"{domains[0].label} has no console open", severity="warning")
        return
    context.main.consoles.show(live)
    # A pane that has just come into sight has its size after the next layout.
    context.main.console.call_after_refresh(context.main.console.action_fit)


def _beside(context: ViewContext, host: HostContext, domains: Sequence[Domain]) -> None:
    context.background(partial(host.consoles.beside, domains[0]))


def _together(context: ViewContext, _domains: Sequence[Domain]) -> None:
    rows = context.main.targets.rows(BY_ID["console.together"])
    chosen = [context.hosts[row.host].console_of(row.domain) for row in rows]
    lives = [live for live in chosen if live is not None]
    context.background(partial(context.consoles.together, lives, context.opened()))


CONSOLE_VIEWS: Mapping[str, View] = {"console.together": _together}
CONSOLE_HOST_VIEWS: Mapping[str, HostView] = {
    "console.fit": _fit,
    "console.beside": _beside,
    "console.full": _full,
    "console.close": _close,
}
