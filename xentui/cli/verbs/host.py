"""``info``, ``dmesg``, ``log``: the host itself."""

from __future__ import annotations

import argparse
import shlex
import time
from datetime import datetime

from xentui.cli.context import Context
from xentui.cli.verb import Argument, Kind, Verb, flag
from xentui.text import plain_lines
from xentui.toolstack import xl


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
    done = await hypervisor.session.query(xl.INFO)
    for line in plain_lines(done.text):
        context.out(line)
    context.out(f"{'xentui_host':<23}: {hypervisor.host.name}")
    context.out(f"{'xentui_store':<23}: {hypervisor.host.store_root}")


async def _dmesg(context: Context, _args: argparse.Namespace) -> None:
    done = await context.hypervisor.session.query(xl.DMESG)
    for line in plain_lines(done.text, limit=100_000):
        context.out(line)


async def _log(context: Context, args: argparse.Namespace) -> None:
    records = [record.data for record in await context.hypervisor.audit(args.lines or 100)]
    if args.json:
        context.json(records)
        return
    for record in records:
        words = shlex.join(str(word) for word in record.get("argv", ()))
        context.out(
            f"{_local(str(record.get('time', '')))}  {record.get('user', '-')}  {record.get('domain') or '-'}  "
            f"exit {record.get('exit', '?')}  {record.get('seconds', 0):.1f}s  {words}"
        )


def _local(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text).timestamp()
    except ValueError:
        return text
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


VERBS = (
    Verb(
        "info",
        "Show the host: Xen's version, memory, CPUs",
        "Host",
        _info,
        (flag("--json", help="machine-readable"),),
    ),
    Verb("dmesg", "Show the hypervisor's messages", "Host", _dmesg),
    Verb(
        "log",
        "Show the audit log: who ran which command, when, and how it ended",
        "Host",
        _log,
        (
            Argument(("-n", "--lines"), "how many records (100)", Kind.NUMBER, metavar="N"),
            flag("--json", help="machine-readable"),
        ),
    ),
)
