"""``diff``, ``undo``, ``drift`` and ``bulk-*``: what a configuration was, is, and is on each side."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from xentui.commands.agreement import agreed
from xentui.commands.arguments import Argument, Kind, Verb, domain, flag
from xentui.commands.context import Context
from xentui.config import Severity
from xentui.errors import ExitStatus, UsageError
from xentui.service.editing import ALREADY, BulkItem, BulkResult, Change
from xentui.service.legality import Action, require_managed


async def _diff(context: Context, args: argparse.Namespace) -> None:
    editing = context.hypervisor.editing
    found = await context.hypervisor.inventory.find(args.domain)
    if len(args.versions) > 2:
        raise UsageError("takes two versions at most", subject="diff")
    if any(number < 1 for number in args.versions):
        raise UsageError("is no version", subject=str(min(args.versions)), hint="versions count from 1")
    old = args.versions[0] if args.versions else await editing.version_before(found)
    new = args.versions[1] if len(args.versions) > 1 else 0
    if not old:
        context.note(f"{found.label}: no earlier version has another text")
        return
    for line in await editing.diff_versions(found, old, new):
        context.out(line)


async def _undo(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    before = await context.hypervisor.editing.version_before(found)
    made = await context.hypervisor.editing.undo(found)
    if made:
        context.note(f"{found.label}: version {before} is current again, as version {made}")


async def _drift(context: Context, args: argparse.Namespace) -> int | None:
    editing = context.hypervisor.editing
    found = await context.hypervisor.inventory.find(args.domain)
    if args.take and args.write:
        raise UsageError("--take and --write exclude each other")
    taking = f"take over {'what runs' if args.take == 'running' else 'the file'}"
    require_managed(found, taking if args.take else "write the file" if args.write else "compare")
    if args.take:
        take = editing.take_running if args.take == "running" else editing.take_file
        version = await take(found)
        _told(context, found.label, f"taken over: version {version} is current")
    elif args.write:
        await agreed(context, args, Action.WRITE_FILE, [found])
        await editing.put_file(found)
        _told(context, found.label, f"written to {found.source}")
    else:
        await _show_sides(context, args)
    return None


async def _show_sides(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    sides = await context.hypervisor.editing.sides(found)
    for item in sides.fields:
        context.out(f"running differs in {item.field}: {item.old or '-'} → {item.new or '-'}")
    for line in (*sides.stored_running, *sides.stored_file):
        context.out(line)
    for device in sides.unconnected:
        context.note(
            f"{found.label}: {device} is not connected: its script has failed; detach it, or attach it anew"
        )
    if sides.running is None:
        context.note(f"{found.label}: it is not running")
    if found.source and sides.file is None:
        context.note(f"{found.label}: {found.source} cannot be read")
    if not (sides.stored_running or sides.stored_file or sides.unconnected):
        context.note(f"{found.label}: nothing differs")
    elif not (sides.stored_running or found.file_drift):
        context.note(f"{found.label}: that is no drift: it was added when the file was stored")


async def _bulk_set(context: Context, args: argparse.Namespace) -> int | None:
    change = Change.bridge(args.key, args.value) if args.bridge else Change.set(args.key, args.value)
    return await _bulk(context, change, args.domain, args.reason)


async def _bulk_remove(context: Context, args: argparse.Namespace) -> int | None:
    return await _bulk(context, Change.remove(args.key), args.domain, args.reason)


async def _bulk(context: Context, change: Change, words: Sequence[str], reason: str | None) -> int | None:
    """Show what the change does to each domain, and do it; a dry run shows only."""
    hypervisor = context.hypervisor
    hypervisor.session.require_writable()
    domains = [await hypervisor.inventory.find(word) for word in words]
    items = await hypervisor.editing.bulk_preview(domains, change)
    for item in items:
        _show_item(context, item)
    result = await hypervisor.editing.bulk_apply(items, reason=reason or change.words)
    return _show_result(context, result)


async def _bulk_undo(context: Context, args: argparse.Namespace) -> int | None:
    result = await context.hypervisor.editing.bulk_undo(args.id)
    return _show_result(context, result, undone=True)


def _show_item(context: Context, item: BulkItem) -> None:
    for line in item.diff if not item.left_out else ():
        context.out(line)
    for problem in item.problems:
        if problem.severity is Severity.WARNING and not item.left_out:
            context.note(f"{item.name}: warning: {problem.message}")


def _show_result(context: Context, result: BulkResult, *, undone: bool = False) -> int | None:
    """Each outcome in a line; a failure of one is the exit status of all."""
    status: int | None = None
    done = [outcome for outcome in result.outcomes if outcome.done]
    for outcome in result.outcomes:
        if outcome.error is not None:
            status = ExitStatus.FAILED
            for line in outcome.error.report():
                context.note(line)
        elif outcome.left_out:
            status = status if outcome.left_out == ALREADY else ExitStatus.FAILED
            context.note(f"{outcome.name}: left out: {outcome.left_out}")
        elif not context.hypervisor.session.dry_run:
            context.note(f"{outcome.name}: version {outcome.version}")
    if done and not undone and not context.hypervisor.session.dry_run:
        context.note(f"`xentui bulk-undo {result.bulk_id}` undoes it")
    return status


def _told(context: Context, label: str, words: str) -> None:
    if not context.hypervisor.session.dry_run:
        context.note(f"{label}: {words}")


_GROUP = "Managed domains"
_MANY = Argument(("domain",), "names, domids or uuids", Kind.DOMAIN, Action.EDIT, "DOM", many=True)
_KEY = Argument(("key",), "a parameter such as on_crash", Kind.PARAMETER, metavar="KEY")
_REASON = Argument(("--reason",), "what the history says of it", metavar="TEXT")

VERBS = (
    Verb(
        "diff",
        "Show what changed between versions of a configuration",
        _GROUP,
        _diff,
        (
            domain(Action.EDIT),
            Argument(
                ("versions",),
                "the older and the newer; by default the one before the present text, and that text",
                Kind.NUMBER,
                metavar="N",
                many=True,
                optional=True,
            ),
        ),
    ),
    Verb(
        "undo",
        "Make the version before the present one current again",
        _GROUP,
        _undo,
        (domain(Action.EDIT),),
        "It becomes a new version, so that undoing twice is as before.",
        changes=True,
    ),
    Verb(
        "drift",
        "Show where stored, running and file differ, or settle it",
        _GROUP,
        _drift,
        (
            domain(Action.EDIT),
            Argument(
                ("--take",),
                "store what runs, or what the file says",
                Kind.CHOICE,
                choices=("running", "file"),
            ),
            flag("--write", help="write the stored configuration to the file it was made from"),
        ),
        "Of what runs only what differs is edited in the stored text: comments stay.",
        changes=True,
    ),
    Verb(
        "bulk-set",
        "Give a parameter a value in many configurations at once",
        _GROUP,
        _bulk_set,
        (
            _KEY,
            Argument(("value",), "as in a configuration: 512, restart, \"['a', 'b']\""),
            _MANY,
            flag("--bridge", help="KEY and VALUE are bridges: move all interfaces from one to the other"),
            _REASON,
        ),
        "One new version each; --dry-run shows what would change.",
        changes=True,
    ),
    Verb(
        "bulk-remove",
        "Take a parameter out of many configurations at once",
        _GROUP,
        _bulk_remove,
        (_KEY, _MANY, _REASON),
        changes=True,
    ),
    Verb(
        "bulk-undo",
        "Undo a bulk change where nothing was stored since",
        _GROUP,
        _bulk_undo,
        (Argument(("id",), "as bulk-set told it; it stands in the history too", metavar="ID"),),
        changes=True,
    ),
)
