"""Asking before what cannot be taken back, where there is somebody to ask."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.errors import NotAgreedError, UsageError
from xentui.service import danger, legality

UNASKED = "it cannot be undone, and there is no terminal to ask on"

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.domain import Domain
    from xentui.service.danger import Question


async def agreed(
    context: Context,
    args: argparse.Namespace,
    action: legality.Action,
    domains: Sequence[Domain],
    how: str = "",
) -> None:
    """Go on where nothing is lost for good, ``--yes`` is given, or the user agrees; ``how`` as for ``danger.of``.

    Raises UsageError where nobody can be asked (a script, a pipe), NotAgreedError where the answer is no.
    """
    if (found := danger.of(action, domains, how)) is not None:
        first = found.domains[0].label
        await confirmed(
            context,
            args,
            found,
            subject=first if len(found.domains) == 1 else "",
            unasked=f"cannot {legality.phrase(action)}: {UNASKED}",
            what=str(action),
        )
    context.asked()


async def confirmed(
    context: Context,
    args: argparse.Namespace,
    found: Question,
    *,
    subject: str = "",
    unasked: str = UNASKED,
    what: str = "",
) -> None:
    """Go on where ``--yes`` is given or the user agrees to what is done to ``subject``.

    Raises UsageError, which says what is ``unasked``, where nobody can be asked; NotAgreedError, which says ``what`` is
    not done, where the answer is no.
    """
    session = context.hypervisor.session
    if session.dry_run or session.read_only or context.yes or getattr(args, "yes", False):
        return
    if context.ask is None:
        raise UsageError(
            unasked,
            subject=subject,
            hint="add --yes to confirm it",
            details=danger.told(found, context.render),
        )
    if not await context.ask(found):
        raise NotAgreedError(subject=subject, what=what)


async def agreed_after_warning(
    context: Context, args: argparse.Namespace, question: str, *, subject: str
) -> None:
    """Go on where the user agrees to what was listed just now, by ``--yes`` or by the answer to ``question``.

    Raises UsageError where nobody can be asked, NotAgreedError where the answer is no.
    """
    if context.hypervisor.session.dry_run or context.yes or getattr(args, "yes", False):
        return
    if context.confirm is None:
        raise UsageError(
            "there is no terminal to ask on",
            subject=subject,
            hint="add --yes to agree to what is listed above",
        )
    if not await context.confirm(question):
        raise NotAgreedError(subject=subject)
