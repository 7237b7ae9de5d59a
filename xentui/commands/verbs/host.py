"""``info``, ``dmesg``, ``log``: the host itself."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group
from xentui.commands.context import Context
from xentui.commands.times import local_time
from xentui.errors import UsageError
from xentui.text import plain_lines

if TYPE_CHECKING:
    from xentui.store.history import AuditRecord

_RECORDS = 1_000_000
_YEARS = 1e10
"""Seconds no command has taken."""


async def _info(context: Context, args: argparse.Namespace) -> None:
    hypervisor = context.hypervisor
    if args.json:
        info = await hypervisor.inventory.host_info()
        context.json(
            {
                "host": hypervisor.host.name,
                "hostname": info.hostname,
                "xen_version": info.xen_version,
                "total_memory_mib": info.total_memory_mib,
                "free_memory_mib": info.free_memory_mib,
                "cpus": info.cpus,
                "virt_caps": list(info.capabilities),
                "store": hypervisor.host.store_root,
            }
        )
        return
    report = await hypervisor.session.toolstack.host_report()
    for line in plain_lines(report):
        context.out(line)
    context.out(f"{'xentui_host':<23}: {hypervisor.host.name}")
    context.out(f"{'xentui_store':<23}: {hypervisor.host.store_root}")


async def _dmesg(context: Context, _args: argparse.Namespace) -> None:
    messages = await context.hypervisor.session.toolstack.messages()
    for line in plain_lines(messages, limit=100_000):
        context.out(line)


async def _log(context: Context, args: argparse.Namespace) -> None:
    lines = 100 if args.lines is None else args.lines
    if lines < 0:
        raise UsageError("is not a number of records", subject=str(lines), hint="give 0 or more")
    records = await context.hypervisor.audit(min(lines, _RECORDS)) if lines else ()
    if args.json:
        context.json([record.data for record in records])
        return
    for record in records:
        context.out(_record_text(record))


def _record_text(record: AuditRecord) -> str:
    """Return one audit record as a line; any program can have written it, so a field may be anything."""
    data = record.data
    argv, seconds = data.get("argv"), data.get("seconds")
    words = shlex.join(map(str, argv)) if isinstance(argv, list) else str(argv or "-")
    took = f"  {seconds:.1f}s" if isinstance(seconds, int | float) and abs(seconds) < _YEARS else "  ?s"
    ending = record.open or f"exit {data.get('exit', '?')}{took}"
    return f"{local_time(record.time)}  {data.get('user') or '-'}  {data.get('domain') or '-'}  {ending}  {words}"


COMMANDS = (
    Command(
        id="host.info",
        verb="info",
        summary="Show the host: Xen version, memory, CPUs",
        group=Group.HOST,
        arguments=(flag("--json", help="machine-readable"),),
        run=_info,
    ),
    Command(
        id="host.dmesg",
        verb="dmesg",
        summary="Show the hypervisor's log messages (xl dmesg)",
        group=Group.HOST,
        run=_dmesg,
    ),
    Command(
        id="host.log",
        verb="log",
        summary="Show the audit log: who ran which command, when, and how it ended",
        group=Group.HOST,
        arguments=(
            Argument(("-n", "--lines"), "how many records (100)", ArgumentKind.NUMBER, metavar="N"),
            flag("--json", help="machine-readable"),
        ),
        run=_log,
    ),
)
