"""``mem-set``, ``mem-max``, ``vcpu-set``."""

from __future__ import annotations

import argparse

from xentui.commands.arguments import Argument, Kind, Verb, domain, flag
from xentui.commands.context import Context
from xentui.errors import UsageError
from xentui.service.legality import Action
from xentui.service.resources import memory_size


async def _mem_set(context: Context, args: argparse.Namespace) -> None:
    mib = memory_size(args.size)
    found = await context.hypervisor.inventory.find(args.domain)
    await context.hypervisor.resources.set_memory(found, mib, force=args.force)


async def _mem_max(context: Context, args: argparse.Namespace) -> None:
    mib = memory_size(args.size)
    await context.hypervisor.resources.set_maximum(await context.hypervisor.inventory.find(args.domain), mib)


async def _vcpu_set(context: Context, args: argparse.Namespace) -> None:
    if not 1 <= args.count <= 4096:
        raise UsageError("is no possible number of vCPUs", subject=str(args.count), hint="give 1 to 4096")
    await context.hypervisor.resources.set_vcpus(
        await context.hypervisor.inventory.find(args.domain), args.count
    )


_SIZE = Argument(("size",), "MiB, or with a suffix: 512m, 2g")

VERBS = (
    Verb(
        "mem-set",
        "Set a domain's memory",
        "Resources",
        _mem_set,
        (domain(Action.MEM_SET), _SIZE, flag("--force", help="also less than it will hardly live on")),
        changes=True,
    ),
    Verb(
        "mem-max",
        "Set a domain's maximum memory",
        "Resources",
        _mem_max,
        (domain(Action.MEM_MAX), _SIZE),
        changes=True,
    ),
    Verb(
        "vcpu-set",
        "Set how many vCPUs a domain has",
        "Resources",
        _vcpu_set,
        (domain(Action.VCPU_SET), Argument(("count",), "number of vCPUs", Kind.NUMBER, metavar="N")),
        changes=True,
    ),
)
