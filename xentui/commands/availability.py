"""Whether a command is possible on domains that are chosen in a list, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from xentui.commands.command import Command, Targets
from xentui.service.legality import reason_against
from xentui.text import first_few

if TYPE_CHECKING:
    from xentui.model.domain import Domain

READ_ONLY = "this session is read-only"


Target = TypeVar("Target")
"""A domain, or what stands for one: a row of a list."""


def targets(command: Command, current: Target | None, marked: Sequence[Target]) -> list[Target]:
    """Return the domains a command would be done to: the marked ones, or that under the cursor."""
    if command.targets is Targets.MANY and marked:
        return list(marked)
    return [current] if command.targets is not Targets.NONE and current is not None else []


def why_not(command: Command, domains: Sequence[Domain], *, read_only: bool = False) -> str:
    """Return why a command is not possible on these domains, as a sentence; "" when it is possible on one of them.

    ``domains`` are those it would be done to (:func:`targets`).
    """
    if command.mutates and not command.readable and read_only:
        return f"cannot {command.phrase}: {READ_ONLY}"
    if command.targets is not Targets.NONE and not domains:
        return f"cannot {command.phrase}: no domain is selected"
    action = command.action
    reasons = [reason_against(domain, action) for domain in domains if action is not None]
    if not reasons or not all(reasons):
        return ""
    if len(domains) == 1:
        return f"{domains[0].label}: cannot {command.phrase}: {reasons[0]}"
    return f"cannot {command.phrase} any of the {len(domains)} marked domains: {reasons[0]}"


def possible(command: Command, domains: Sequence[Domain]) -> list[Domain]:
    """Return those of ``domains`` the command is possible on now."""
    action = command.action
    return [domain for domain in domains if action is None or not reason_against(domain, action)]


_NAMED = 3
"""How many domains are named, of those a reason concerns."""


def left_out(command: Command, domains: Sequence[Domain]) -> list[str]:
    """Return, a line for each reason, on which of ``domains`` the command is not possible now, and why."""
    action = command.action
    by_reason: dict[str, list[str]] = {}
    for domain in domains:
        if action is not None and (reason := reason_against(domain, action)):
            by_reason.setdefault(reason, []).append(domain.label)
    return [f"left out: {first_few(labels, _NAMED)}: {reason}" for reason, labels in by_reason.items()]
