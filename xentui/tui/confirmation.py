"""What is asked before something is done: whether it may be lost, and once before it is done to several domains."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.model.domain import Domain
from xentui.service import danger
from xentui.service.legality import Action
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog


async def willing(ui: UiContext, action: Action, what: str, domains: Sequence[Domain], how: str = "") -> bool:
    """Ask before something is lost for good, and once before anything is done to several domains."""
    found = danger.of(action, domains, how)
    if found is not None and not found.transient:
        return (
            await ui.ask(ConfirmDialog(found.question, danger.told(found, ui.word), what, careful=True))
            is True
        )
    return len(domains) == 1 or await agreed_to(ui, what, domains)


def expected(domains: Sequence[Domain]) -> str:
    """Return what has to be typed: the name, or for many how many they are."""
    return domains[0].label if len(domains) == 1 else str(len(domains))


async def agreed_to(ui: UiContext, what: str, domains: Sequence[Domain], *, label: str = "") -> bool:
    """Ask once before something is done to several domains, or to one of those on several hosts."""
    names = ", ".join(domain.label for domain in domains)
    whom = names if len(domains) == 1 else f"{len(domains)} domains"
    answer = await ui.ask(ConfirmDialog(f"{what} {whom}?", [names], label or what))
    return answer is True
