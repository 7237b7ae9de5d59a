"""What ``ganeti`` does, behind its declarations."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from xentui.commands.confirmation import agreed_after_warning
from xentui.commands.context import Context
from xentui.service.ganeti import Cluster, Order
from xentui.toolstack.ganeti.commands import SHUTDOWN_TIMEOUT
from xentui.toolstack.ganeti.parse import GanetiJob, Instance

_HEAD = ("Name", "Node", "Secondary", "Status", "Mem", "VCPUs", "Disks")
_JOB_HEAD = ("Job", "Status", "What")


async def show_list(context: Context, args: argparse.Namespace) -> None:
    """List every instance with its node and status."""
    found = await _cluster(context).instances()
    if args.json:
        context.json([as_json(each) for each in found])
        return
    rows = [
        (
            each.name, each.node, ",".join(each.secondaries) or "-", each.status.value,
            str(each.memory_mib or each.maxmem_mib), str(each.vcpus or each.most_vcpus), each.disk_template,
        )
        for each in found
    ]  # fmt: skip
    for line in table(_HEAD, rows):
        context.out(line)
    for each in found:
        if each.status.sentence:
            context.warn(f"{each.name}: {each.status.sentence}")


async def show(context: Context, args: argparse.Namespace) -> None:
    """Show all Ganeti says of an instance, and the command that opens its console."""
    cluster = _cluster(context)
    instance = await cluster.find(args.instance)
    for line in await cluster.info(instance.name):
        context.out(line)
    if instance.status.runs:
        context.out(f"- Console: {await cluster.console_command(instance.name)}")


async def start(context: Context, args: argparse.Namespace) -> None:
    """Have Ganeti start an instance."""
    cluster = _cluster(context)
    await _hand_over(context, args, cluster, cluster.start(await cluster.find(args.instance)))


async def stop(context: Context, args: argparse.Namespace) -> None:
    """Have Ganeti shut an instance down."""
    cluster = _cluster(context)
    seconds = SHUTDOWN_TIMEOUT if args.timeout is None else args.timeout
    await _hand_over(context, args, cluster, cluster.stop(await cluster.find(args.instance), seconds))


async def migrate(context: Context, args: argparse.Namespace) -> None:
    """Have Ganeti move an instance while it runs."""
    cluster = _cluster(context)
    order = cluster.migrate(await cluster.find(args.instance), args.node or "")
    await _hand_over(context, args, cluster, order)


async def failover(context: Context, args: argparse.Namespace) -> None:
    """Have Ganeti start an instance on another node."""
    cluster = _cluster(context)
    order = cluster.failover(await cluster.find(args.instance), args.node or "")
    await _hand_over(context, args, cluster, order)


async def jobs(context: Context, args: argparse.Namespace) -> None:
    """List Ganeti's jobs."""
    found = await _cluster(context).jobs()
    shown = [each for each in found if args.all or not each.ended] if not args.json else found
    if args.json:
        context.json([{"id": each.number, "status": each.status, "summary": each.summary} for each in shown])
        return
    for line in table(_JOB_HEAD, [_job_row(each) for each in shown]):
        context.out(line)
    if not args.all and len(shown) < len(found):
        context.note(f"{len(found) - len(shown)} have ended: --all lists them, too")


async def job(context: Context, args: argparse.Namespace) -> None:
    """Show a job, or follow what it says to its end."""
    cluster = _cluster(context)
    if not args.follow:
        for line in await cluster.job_info(args.job):
            context.out(line)
        return
    async with cluster.following(args.job) as lines:
        async for line in lines:
            context.out(line)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligned columns; no cell is empty, so that a row can be split at blanks."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        yield "  ".join(f"{cell or '-':<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def as_json(each: Instance) -> dict[str, Any]:
    """Return the documented form of an instance (docs/fleet.md)."""
    return {
        "name": each.name,
        "uuid": each.uuid,
        "node": each.node,
        "secondaries": list(each.secondaries),
        "status": each.status.value,
        "runs": each.status.runs,
        "memory_mib": each.memory_mib,
        "maxmem_mib": each.maxmem_mib,
        "vcpus": each.vcpus or each.most_vcpus,
        "hypervisor": each.hypervisor,
        "os": each.os,
        "disk_template": each.disk_template,
        "macs": list(each.macs),
        "tags": list(each.tags),
    }


def _job_row(job: GanetiJob) -> tuple[str, ...]:
    return (str(job.number), job.status, job.summary)


def _cluster(context: Context) -> Cluster:
    return Cluster(context.hypervisor.session)


async def _hand_over(context: Context, args: argparse.Namespace, cluster: Cluster, order: Order) -> None:
    """Tell what is about to be done, ask, and have it done."""
    context.hypervisor.session.require_writable()
    for line in order.lines:
        context.note(line)
    await agreed_after_warning(context, args, order.question, subject=order.instance.name)
    for line in await cluster.hand_over(order):
        context.note(line)
