"""``history``, ``config`` and ``restore-version``: what is stored of a managed domain, and was."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui.commands import describe
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import UsageError
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context


async def _history(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    versions = await context.hypervisor.history.versions(found)
    if args.json:
        context.json(
            [
                {
                    "version": item.version or None,
                    "event": item.event,
                    "time": item.time,
                    "user": item.user,
                    "reason": item.reason,
                    "name": item.name,
                    "sha256": item.sha256 or None,
                }
                for item in versions
            ]
        )
        return
    for item in versions:
        number = str(item.version) if item.version else "-"
        when = describe.date_and_time(item.time)
        context.out(f"{number:>4}  {when}  {item.event:<9}  {item.user or '-'}  {item.reason}".rstrip())


async def _config(context: Context, args: argparse.Namespace) -> int | None:
    if sum((args.running, args.diff, args.xml, args.version is not None)) > 1:
        raise UsageError("--running, --diff, --xml and --version exclude each other")
    hypervisor = context.hypervisor
    found = await hypervisor.inventory.find(args.domain)
    if args.diff:
        for line in await hypervisor.editing.drift.diff(found):
            context.out(line)
        return None
    if args.xml:
        context.text(await hypervisor.history.own_text(found))
        return None
    if args.running or (not found.managed and args.version is None):
        text = hypervisor.editing.drift.running_text(found)
    else:
        text = await hypervisor.history.text(found, args.version)
    context.text(text)
    return None


async def _restore_version(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    made = await context.hypervisor.history.restore(found, args.version)
    if made:
        context.note(f"{found.label}: version {args.version} is current again, as version {made}")


_VERSION = Argument(("version",), "version number, as listed by `history`", ArgumentKind.NUMBER, metavar="N")


COMMANDS = (
    Command(
        id="config.history",
        verb="history",
        label="History",
        says="show the history",
        summary="List the versions of a configuration: time, user and reason",
        group=Group.MANAGED,
        arguments=(domain(Action.EDIT), flag("--json", help="machine-readable")),
        targets=Targets.ONE,
        run=_history,
    ),
    Command(
        id="config.show",
        verb="config",
        summary="Print the stored configuration of a domain",
        group=Group.MANAGED,
        arguments=(
            domain(),
            flag("--running", help="print what the hypervisor reports instead"),
            flag("--diff", help="show the differences between stored, running and file"),
            flag("--xml", help="print what libvirt keeps, on a host that it drives"),
            Argument(("--version",), "an older version", ArgumentKind.NUMBER, metavar="N"),
        ),
        targets=Targets.ONE,
        run=_config,
    ),
    Command(
        id="config.restore-version",
        verb="restore-version",
        summary="Restore an older version of a configuration",
        group=Group.MANAGED,
        arguments=(domain(Action.EDIT), _VERSION),
        targets=Targets.ONE,
        mutates=True,
        run=_restore_version,
    ),
)
