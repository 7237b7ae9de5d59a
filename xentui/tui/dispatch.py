"""From the id of an action to what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache

from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.tui.actions import BY_ID, Scope, UserAction, possible, why_not
from xentui.tui.context import UiContext as Desk

Deed = Callable[[Desk, Sequence[Domain]], Awaitable[None]]


@cache
def deeds() -> Mapping[str, Deed]:
    """What each action does, by its id; read at first use, as the first screen needs no dialogs."""
    from xentui.tui.deeds import configurations, consoles, definitions, devices, lifecycle  # noqa: PLC0415

    return {
        **lifecycle.DEEDS,
        **definitions.DEEDS,
        **configurations.DEEDS,
        **devices.DEEDS,
        **consoles.DEEDS,
    }


def targets(action: UserAction, current: Domain | None, marked: Sequence[Domain]) -> list[Domain]:
    """The domains an action would be done to."""
    if action.scope is Scope.MANY and marked:
        return list(marked)
    return [current] if action.scope is not Scope.NONE and current is not None else []


async def act(desk: Desk, name: str, domains: Sequence[Domain]) -> None:
    """Do an action to ``domains``; what goes wrong becomes a notice."""
    action = BY_ID[name]
    if reason := why_not(action, domains, read_only=desk.hypervisor.session.read_only):
        desk.notify(reason, severity="warning")
        return
    deed = deeds().get(name)
    if deed is None:
        desk.view(name, domains)
        return
    fit = possible(action, domains)
    if left_out := len(domains) - len(fit):
        desk.notify(f"left out {left_out} of {len(domains)}: not possible in their state", severity="warning")
    try:
        await deed(desk, fit)
    except XentuiError as error:
        desk.notify_error(error)
