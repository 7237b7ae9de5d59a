"""Asking before what cannot be taken back, where there is somebody to ask."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.errors import NotAllowedError, UsageError
from xentui.service import danger, legality

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.domain import Domain


async def agreed(
    context: Context,
    args: argparse.Namespace,
    action: legality.Action,
    domains: Sequence[Domain],
    how: str = "",
) -> None:
    """Go on where nothing is lost for good, ``--yes`` is given, or the user agrees; ``how`` as for ``danger.of``.

    Raises UsageError where nobody can be asked (a script, a pipe), NotAllowedError where the answer is no.
    """
    await _settled(context, args, danger.of(action, domains, how), action)
    context.asked()


async def _settled(
    context: Context, args: argparse.Namespace, found: danger.Danger | None, action: legality.Action
) -> None:
    session = context.hypervisor.session
    if found is None or session.dry_run or session.read_only or context.yes or getattr(args, "yes", False):
        return
    if context.ask is None:
        raise UsageError(
            f"cannot {legality.phrase(action)}: it cannot be undone, and there is no terminal to ask on",
            subject=found.domains[0].label if len(found.domains) == 1 else "",
            hint="add --yes to confirm it",
            details=found.losses,
        )
    if not await context.ask(found):
        raise NotAllowedError(f"not confirmed: nothing was done ({action})", subject=found.domains[0].label)
