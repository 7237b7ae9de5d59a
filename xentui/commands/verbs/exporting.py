"""``export``: managed domains to the host's libvirt, or to files."""

from __future__ import annotations

import argparse

from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group
from xentui.commands.context import Context
from xentui.errors import ExitStatus, UsageError
from xentui.settings import TOOLSTACKS

_XL, _LIBVIRT = TOOLSTACKS


async def _export(context: Context, args: argparse.Namespace) -> int | None:
    if bool(args.domains) == args.all:
        raise UsageError("name the domains or give --all, not both")
    if args.to is None:
        raise UsageError("name the destination: --to libvirt, or --to xl --folder FOLDER")
    if (args.to == _XL) != bool(args.folder):
        raise UsageError("--folder says where the files go, and --to xl needs it: --folder /srv/export")
    return await (_to_files(context, args) if args.to == _XL else _to_libvirt(context, args))


async def _to_libvirt(context: Context, args: argparse.Namespace) -> int:
    exporting = context.hypervisor.exporting
    plan = await exporting.plan_libvirt(args.domains)
    for export in plan:
        if export.against:
            context.note(f"{export.name}: stays where it is: {export.against}")
            continue
        context.out(f"{export.name}: {'to libvirt' if args.write else 'would go to libvirt'} ({export.uuid})")
        for note in export.notes:
            context.out(f"  {note}")
        if args.write:
            await exporting.to_libvirt(export)
    if not args.write and any(not export.against for export in plan):
        context.note("nothing is done yet: --write does it; xentui's own entries go to the trash then")
    return ExitStatus.FAILED if any(export.against for export in plan) else ExitStatus.DONE


async def _to_files(context: Context, args: argparse.Namespace) -> None:
    exporting = context.hypervisor.exporting
    for path, text in await exporting.plan_files(args.domains, args.folder):
        context.out(path if args.write else f"{path}: {len(text.splitlines())} lines")
        if args.write:
            await exporting.to_file(path, text)
    if not args.write:
        context.note("nothing is written yet: --write does it")


COMMANDS = (
    Command(
        id="config.export",
        verb="export",
        summary="Hand managed domains over to the host's libvirt, or write them to files",
        details="It shows what it would do; --write does it. See docs/libvirt.md.",
        group=Group.MANAGED,
        arguments=(
            Argument(
                ("domains",), "names or uuids", ArgumentKind.DOMAIN, metavar="DOM", many=True, optional=True
            ),
            flag("--all", help="every managed domain"),
            Argument(("--to",), "libvirt, or xl for files", ArgumentKind.CHOICE, choices=(_LIBVIRT, _XL)),
            Argument(("--folder",), "a folder of the host, for --to xl", ArgumentKind.PATH, metavar="FOLDER"),
            flag("--write", help="do it"),
        ),
        mutates=True,
        run=_export,
    ),
)
