"""``convert`` and ``import``: old files of xm and xend."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from xentui import commands, config as language, service
from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group
from xentui.commands.context import Context
from xentui.errors import ExitStatus, XentuiError
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.config.convert import Conversion
    from xentui.service.importing import Imported


async def _convert(context: Context, args: argparse.Namespace) -> int | None:
    source, name, places = "standard input", args.name or "", service.config_source
    if args.file != commands.files.STDIN:
        source = args.file.removeprefix(places.LOCAL)
        name = name or language.convert.name_of(source.removeprefix(places.HOST))
    made = language.convert.convert(
        await commands.files.own_file(context, args.file, "configuration file"),
        source=source,
        name=name,
        as_xm=args.xm,
    )
    if args.json:
        context.json(_as_json(made, source))
    else:
        context.text(made.text)
        for change in made.changes:
            context.note(change.sentence(source))
    for problem in made.problems:
        where = f"{source}, converted" + (f":{problem.line}" if problem.line else "")
        hint = f" ({problem.hint})" if problem.hint else ""
        if not args.json:
            context.note(f"{problem.severity}: {where}: {problem.message}{hint}")
    return ExitStatus.FAILED if made.failed else None


def _reads_host(args: argparse.Namespace) -> bool:
    return commands.files.of_host(args.file)


def _as_json(made: Conversion, source: str) -> dict[str, object]:
    return {
        "source": source,
        "text": made.text,
        "changes": [
            {
                "line": item.line or None,
                "before": item.before,
                "after": item.after,
                "reason": item.reason,
                "error": item.error,
            }
            for item in made.changes
        ],
        "problems": [
            {
                "severity": str(item.severity),
                "line": item.line or None,
                "column": item.column or None,
                "key": item.key,
                "message": item.message,
                "hint": item.hint,
            }
            for item in made.problems
        ],
    }


async def _import(context: Context, args: argparse.Namespace) -> int | None:
    failed = stored = already = 0
    dry_run = context.hypervisor.session.dry_run
    files = [await commands.files.given(context, word) for word in args.file]
    async for outcome in context.hypervisor.importing.run(files, replace=args.replace, as_xm=args.xm):
        failed += outcome.error is not None
        stored += outcome.defined is not None
        already += outcome.already
        for line in _outcome_lines(outcome, context.report, dry_run=dry_run):
            context.note(line)
    if not dry_run:
        there = f", {already} already there" if already else ""
        context.note(f"{stored} imported{there}{f', {failed} failed' if failed else ''}")
    return ExitStatus.FAILED if failed or not (stored or already) else None


def _outcome_lines(
    outcome: Imported, report: Callable[[XentuiError], list[str]], *, dry_run: bool
) -> list[str]:
    """Return the lines about one outcome."""
    source = plain(outcome.source)
    if outcome.error is not None:
        head = f"{plain(outcome.name)} of {source}" if outcome.name else source
        return [f"{head}: not imported", *(f"  {line}" for line in report(outcome.error))]
    if outcome.already:
        return [f"{plain(outcome.name)} of {source}: already there"]
    if outcome.defined is None:
        return [f"{source}: skipped ({outcome.skipped})"]
    made = outcome.defined
    done = f"redefined as version {made.version}" if made.redefined else "imported"
    head = f"{made.name}: {'would be ' if dry_run else ''}{done} from {source} ({made.uuid})"
    return [head, *(f"  {warning}" for warning in made.warnings)]


COMMANDS = (
    Command(
        id="config.convert",
        verb="convert",
        summary="Convert an xm or xend configuration to xl's format",
        group=Group.MANAGED,
        arguments=(
            Argument(
                ("file",),
                "configuration file on this machine; host:PATH on the host, - for standard input",
                ArgumentKind.OWN_FILE,
            ),
            Argument(("--name",), "name for a domain that has none", metavar="NAME"),
            flag("--xm", help="read it as an xm file even if xl accepts it"),
            flag("--json", help="text, changes and problems, machine-readable"),
        ),
        hostless=True,
        needs_host=_reads_host,
        run=_convert,
        details="The new text goes to standard output, the list of changes to standard error. No host is needed for a "
        "file of this machine, and nothing of the file is ever run.",
    ),
    Command(
        id="host.import",
        verb="import",
        summary="Import xm, xend and xl configurations as managed domains",
        group=Group.MANAGED,
        arguments=(
            Argument(
                ("file",),
                "files or folders on the host; local:PATH on this machine, - for standard input",
                ArgumentKind.FILE,
                many=True,
            ),
            flag("--replace", help="store them as new versions of the domains of those names"),
            flag("--xm", help="read them as xm files even if xl accepts them"),
        ),
        mutates=True,
        run=_import,
        details=(
            "Takes files of xm and xl, folders of them, xend's own store (/var/lib/xend/domains) and what `xm "
            "list -l` printed. Uuids are kept; each change is listed; a domain that cannot be imported does not "
            "prevent the others."
        ),
    ),
)
