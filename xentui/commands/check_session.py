"""``check`` on the command line: the report, and what mends a line of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xentui.commands.confirmation import agreed_after_warning
from xentui.commands.context import Context
from xentui.commands.suggestions import as_script
from xentui.errors import Render, Suggest, UsageError, worded
from xentui.service import host_check
from xentui.service.host_check import Report, mending
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.service.host_check.report_line import Line

_WORD, _TITLE = 7, 14
"""Columns of the longest word for a state, and of the longest title."""
_INDENT = 2 + _WORD + 2 + _TITLE + 2


async def check(context: Context, args: argparse.Namespace) -> int:
    """Check the host, and print the report, or mend a line of it; the exit status tells the worst line."""
    report = await host_check.look(context.hypervisor)
    if args.mend is not None:
        await _mend(context, args, report)
        return 0
    if args.json:
        context.json(as_json(report))
    else:
        for line in as_text(report, context.render, whole=not args.brief):
            context.out(line)
    return report.worst.exit_status


async def _mend(context: Context, args: argparse.Namespace, report: Report) -> None:
    line = report.line(args.mend)
    if line is None:
        known = ", ".join(each.id for each in report.lines)
        raise UsageError("is not a check", subject=args.mend, hint=f"there are {known}")
    session = context.hypervisor.session
    session.require_writable()
    if line.mend is not None and not session.dry_run:
        for told in mending.mend_lines(line.mend):
            context.note(told)
    if line.mend is not None:
        await agreed_after_warning(context, args, f"{line.mend.what}?", subject=line.id)
    for copy in await mending.carry_out_mend(session, line):
        context.note(f"the previous content is in {copy}")


def as_text(report: Report, render: Render, *, whole: bool = True) -> Iterator[str]:
    """Yield a report in lines: sign, what was checked and what was found; with ``whole`` why and what mends it."""
    for line in report.lines:
        yield f"{line.state.sign} {line.state.value:<{_WORD}}  {line.title:<{_TITLE}}  {line.found}"
        if whole:
            yield from (f"{'':{_INDENT}}{told}" for told in advice(line, render))
    if whole and report.steps:
        yield ""
        name = report.distribution or "this system"
        yield f"To make {plain(name, 100)} a Xen host:"
        yield from (f"  {number}. {step}" for number, step in enumerate(report.steps, 1))


def advice(line: Line, render: Render) -> Iterator[str]:
    """Yield why a line matters, and what mends it."""
    if line.why:
        yield f"why:  {line.why}"
    if line.command and not line.steps:
        yield f"mend: {worded(line.command, render)}"
    if line.mend is not None:
        yield f"      {render(Suggest('host.check', '--mend', line.id))} does it, and asks first"


def as_json(report: Report) -> dict[str, Any]:
    """Return the documented form of a report (docs/host-check.md)."""
    return {
        "host": report.host,
        "control_domain": report.control,
        "distribution": report.distribution,
        "worst": report.worst.value,
        "steps": list(report.steps),
        "checks": [
            {
                "id": line.id,
                "title": line.title,
                "state": line.state.value,
                "found": line.found,
                "why": line.why,
                "command": worded(line.command, as_script),
                "can_mend": line.mend is not None,
            }
            for line in report.lines
        ],
    }
