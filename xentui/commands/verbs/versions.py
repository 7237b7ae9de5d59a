"""``diff``, ``undo``, ``drift`` and ``bulk-*``: what a configuration was, is, and is on each side."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import UsageError
from xentui.service.legality import Action, require_managed

if TYPE_CHECKING:
    from xentui.commands.context import Context


async def _diff(context: Context, args: argparse.Namespace) -> None:
    history = context.hypervisor.history
    found = await context.hypervisor.inventory.find(args.domain)
    if len(args.versions) > 2:
        raise UsageError("takes two versions at most", subject="diff")
    if any(number < 1 for number in args.versions):
        raise UsageError("is not a version", subject=str(min(args.versions)), hint="versions count from 1")
    old = args.versions[0] if args.versions else await history.version_before(found)
    new = args.versions[1] if len(args.versions) > 1 else 0
    if not old:
        context.note(f"{found.label}: no earlier version has another text")
        return
    for line in await history.diff(found, old, new):
        context.out(line)


async def _undo(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    before = await context.hypervisor.history.version_before(found)
    made = await context.hypervisor.history.undo(found)
    if made:
        context.note(f"{found.label}: version {before} is current again, as version {made}")


async def _drift(context: Context, args: argparse.Namespace) -> int | None:
    drift = context.hypervisor.editing.drift
    found = await context.hypervisor.inventory.find(args.domain)
    if args.take and args.write:
        raise UsageError("--take and --write exclude each other")
    taking = f"take over {'what runs' if args.take == 'running' else 'the file'}"
    require_managed(found, taking if args.take else "write the file" if args.write else "compare")
    if args.take:
        take = drift.take_running if args.take == "running" else drift.take_file
        version = await take(found)
        _print_change(context, found.label, f"taken over: version {version} is current")
    elif args.write:
        await commands.confirmation.agreed(context, args, Action.WRITE_FILE, [found])
        await drift.put_file(found)
        _print_change(context, found.label, f"written to {found.source}")
    else:
        await _show_sides(context, args)
    return None


async def _show_sides(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    sides = await context.hypervisor.editing.drift.sides(found)
    for item in sides.fields:
        context.out(f"running differs in {item.field}: {item.old or '-'} → {item.new or '-'}")
    for line in (*sides.stored_running, *sides.stored_file):
        context.out(line)
    for device in sides.unconnected:
        context.note(
            f"{found.label}: {device} is not connected: its script has failed; detach it, or attach it again"
        )
    if sides.running is None:
        context.note(f"{found.label}: it is not running")
    if found.source and sides.file is None:
        context.note(f"{found.label}: {found.source} cannot be read")
    if not (sides.stored_running or sides.stored_file or sides.unconnected):
        context.note(f"{found.label}: nothing differs")
    elif not (sides.stored_running or found.file_drift):
        context.note(f"{found.label}: that is no drift: it was added when the file was stored")


async def _bulk_change(context: Context, args: argparse.Namespace) -> int | None:
    """``bulk-set``, and ``bulk-remove``, which has no value."""
    value, bridge = getattr(args, "value", None), getattr(args, "bridge", False)
    wanted = commands.bulk.wanted(args.key, value, bridge=bridge)
    return await commands.bulk.change(context, wanted, args)


async def _bulk_undo(context: Context, args: argparse.Namespace) -> int | None:
    return await commands.bulk.undo(context, args.id)


def _print_change(context: Context, label: str, words: str) -> None:
    if not context.hypervisor.session.dry_run:
        context.note(f"{label}: {words}")


_MANY = Argument(("domain",), "names, domids or uuids", ArgumentKind.DOMAIN, Action.EDIT, "DOM", many=True)
_KEY = Argument(("key",), "a parameter such as on_crash", ArgumentKind.PARAMETER, metavar="KEY")
_REASON = Argument(("--reason",), "the reason shown in the history", metavar="TEXT")

COMMANDS = (
    Command(
        id="config.diff",
        verb="diff",
        summary="Show what changed between versions of a configuration",
        group=Group.MANAGED,
        arguments=(
            domain(Action.EDIT),
            Argument(
                ("versions",),
                "the older and the newer; by default the one before the present text, and that text",
                ArgumentKind.NUMBER,
                metavar="N",
                many=True,
                optional=True,
            ),
        ),
        targets=Targets.ONE,
        run=_diff,
    ),
    Command(
        id="config.undo",
        verb="undo",
        summary="Restore the previous version of a configuration",
        group=Group.MANAGED,
        arguments=(domain(Action.EDIT),),
        targets=Targets.ONE,
        mutates=True,
        run=_undo,
        details="It becomes a new version: a second undo reverses the first.",
    ),
    Command(
        id="config.drift",
        verb="drift",
        label="Compare",
        summary="Compare the stored configuration with running and file, or adopt one",
        group=Group.MANAGED,
        arguments=(
            domain(Action.EDIT),
            Argument(
                ("--take",),
                "store the running configuration, or that of the file",
                ArgumentKind.CHOICE,
                choices=("running", "file"),
            ),
            flag("--write", help="write the stored configuration to the file it was made from"),
        ),
        targets=Targets.ONE,
        mutates=True,
        readable=True,
        asks=True,
        run=_drift,
        details="When the running configuration is adopted, only what differs is edited in the stored text: comments "
        "are kept.",
    ),
    Command(
        id="config.bulk",
        verb="bulk-set",
        label="Change many",
        says="change",
        summary="Set a parameter in several configurations at once",
        group=Group.MANAGED,
        arguments=(
            _KEY,
            Argument(("value",), "as in a configuration: 512, restart, \"['a', 'b']\""),
            _MANY,
            flag("--bridge", help="KEY and VALUE are bridges: move all interfaces from one to the other"),
            _REASON,
        ),
        targets=Targets.MANY,
        mutates=True,
        run=_bulk_change,
        details="One new version each; --dry-run shows what would change.",
    ),
    Command(
        id="config.bulk-remove",
        verb="bulk-remove",
        summary="Remove a parameter from several configurations at once",
        group=Group.MANAGED,
        arguments=(_KEY, _MANY, _REASON),
        targets=Targets.MANY,
        mutates=True,
        run=_bulk_change,
    ),
    Command(
        id="config.bulk-undo",
        verb="bulk-undo",
        summary="Undo a bulk change in the configurations not changed since",
        group=Group.MANAGED,
        arguments=(Argument(("id",), "as bulk-set printed it; the history shows it too", metavar="ID"),),
        mutates=True,
        run=_bulk_undo,
    ),
)
