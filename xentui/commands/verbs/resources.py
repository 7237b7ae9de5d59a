"""``mem-set``, ``mem-max``, ``vcpu-set``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.model import sizes
from xentui.model.sizes import memory_size, vcpu_count
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.domain import Domain


async def _mem_set(context: Context, args: argparse.Namespace) -> None:
    mib = _size(args)
    found = await context.hypervisor.inventory.find(args.domain)
    await context.hypervisor.resources.set_memory(found, mib, force=args.force)


async def _mem_max(context: Context, args: argparse.Namespace) -> None:
    mib = _size(args)
    await context.hypervisor.resources.set_maximum(await context.hypervisor.inventory.find(args.domain), mib)


def _size(args: argparse.Namespace) -> int:
    return memory_size(args.size)


async def _vcpu_set(context: Context, args: argparse.Namespace) -> None:
    vcpu_count(args.count)
    await _set_vcpus(context, await context.hypervisor.inventory.find(args.domain), args)


async def _set_vcpus(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.resources.set_vcpus(found, args.count)
    return f"{args.count} vCPUs"


_SIZE = Argument(("size",), f"MiB, or with a suffix: {sizes.EXAMPLES}")

COMMANDS = (
    Command(
        id="domain.memory",
        label="Memory",
        says="set the memory",
        summary="Set memory and maximum memory",
        group=Group.RESOURCES,
        arguments=(domain(Action.MEM_SET),),
        targets=Targets.ONE,
        mutates=True,
    ),
    Command(
        id="domain.mem-set",
        verb="mem-set",
        summary="Set a domain's memory",
        group=Group.RESOURCES,
        arguments=(
            domain(Action.MEM_SET),
            _SIZE,
            flag("--force", help="even if it is too little for the guest to run well"),
        ),
        targets=Targets.ONE,
        mutates=True,
        run=_mem_set,
    ),
    Command(
        id="domain.mem-max",
        verb="mem-max",
        summary="Set a domain's maximum memory",
        group=Group.RESOURCES,
        arguments=(domain(Action.MEM_MAX), _SIZE),
        targets=Targets.ONE,
        mutates=True,
        run=_mem_max,
    ),
    Command(
        id="domain.vcpus",
        verb="vcpu-set",
        label="vCPUs",
        says="set the vCPUs",
        summary="Set the number of a domain's vCPUs",
        group=Group.RESOURCES,
        arguments=(
            domain(Action.VCPU_SET),
            Argument(("count",), "number of vCPUs", ArgumentKind.NUMBER, metavar="N"),
        ),
        targets=Targets.ONE,
        mutates=True,
        run=_vcpu_set,
        act=_set_vcpus,
    ),
)
