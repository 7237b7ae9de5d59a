"""One change to many configurations: shown, done, undone."""

from __future__ import annotations

import argparse

from xentui.commands.context import Context
from xentui.config import Severity
from xentui.errors import ExitStatus, Suggest
from xentui.service.editing import ALREADY, BulkItem, BulkResult, Change


def wanted(key: str, value: str | None, *, bridge: bool = False) -> Change:
    """Return the change that gives ``key`` a value, removes it (None), or moves interfaces from bridge to bridge."""
    if value is None:
        return Change.remove(key)
    return Change.bridge(key, value) if bridge else Change.set(key, value)


async def change(context: Context, wish: Change, args: argparse.Namespace) -> int | None:
    """Show what a change does to each named domain, and do it; a dry run shows only."""
    hypervisor = context.hypervisor
    hypervisor.session.require_writable()
    domains = [await hypervisor.inventory.find(word) for word in args.domain]
    items = await hypervisor.editing.bulk.preview(domains, wish)
    for item in items:
        _show_item(context, item)
    result = await hypervisor.editing.bulk.apply(items, reason=args.reason or wish.words)
    return _show_result(context, result)


async def undo(context: Context, bulk_id: str) -> int | None:
    """Undo a change to many where nothing was stored since."""
    return _show_result(context, await context.hypervisor.editing.bulk.undo(bulk_id), undone=True)


def _show_item(context: Context, item: BulkItem) -> None:
    for line in item.diff if not item.left_out else ():
        context.out(line)
    for problem in item.problems:
        if problem.severity is Severity.WARNING and not item.left_out:
            context.note(f"{item.name}: warning: {problem.message}")


def _show_result(context: Context, result: BulkResult, *, undone: bool = False) -> int | None:
    """Return each outcome in a line; a failure of one is the exit status of all."""
    status: int | None = None
    done = [outcome for outcome in result.outcomes if outcome.done]
    for outcome in result.outcomes:
        if outcome.error is not None:
            status = ExitStatus.FAILED
            context.report_error(outcome.error)
        elif outcome.left_out:
            status = status if outcome.left_out == ALREADY else ExitStatus.FAILED
            context.note(f"{outcome.name}: left out: {outcome.left_out}")
        elif not context.hypervisor.session.dry_run:
            context.note(f"{outcome.name}: version {outcome.version}")
    if done and not undone and not context.hypervisor.session.dry_run:
        context.advise((Suggest("config.bulk-undo", result.bulk_id), " undoes it"))
    return status
