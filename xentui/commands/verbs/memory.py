"""``suspend``, ``resume``, ``save``, ``restore``: memory images."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.domain import Domain


async def _suspend(context: Context, found: Domain, _args: argparse.Namespace) -> str:
    with context.progress(f"suspending {found.label}") as progress:
        await context.hypervisor.lifecycle.suspend(found, progress=progress)
    return "suspended"


async def _resume(context: Context, found: Domain, args: argparse.Namespace) -> str:
    with context.progress(f"resuming {found.label}") as progress:
        await context.hypervisor.lifecycle.resume(found, paused=args.paused, progress=progress)
    return "resumed"


async def _save(context: Context, found: Domain, args: argparse.Namespace) -> str:
    with context.progress(f"saving {found.label}") as progress:
        await context.hypervisor.lifecycle.save(found, args.file, progress=progress)
    return f"saved to {args.file}"


async def _restore(context: Context, args: argparse.Namespace) -> None:
    with context.progress(f"restoring {args.file}") as progress:
        await context.hypervisor.lifecycle.restore(
            args.file, paused=args.paused, force=args.force, progress=progress
        )


_PAUSED = flag("-p", "--paused", help="leave the domain paused")
_FORCE = flag("--force", help="even if its disks have been written to since")

COMMANDS = (
    Command(
        id="domain.suspend",
        verb="suspend",
        label="Suspend",
        summary="Save a managed domain's memory to the store and stop it",
        group=Group.MEMORY,
        arguments=(domain(Action.SUSPEND),),
        targets=Targets.MANY,
        mutates=True,
        act=_suspend,
        steady=True,
    ),
    Command(
        id="domain.resume",
        verb="resume",
        label="Resume",
        summary="Resume a suspended domain from its saved memory",
        group=Group.MEMORY,
        arguments=(domain(Action.RESUME), _PAUSED),
        targets=Targets.MANY,
        mutates=True,
        act=_resume,
        steady=True,
    ),
    Command(
        id="domain.save",
        verb="save",
        label="Save to file",
        summary="Save a domain's memory to a file and stop it",
        group=Group.MEMORY,
        arguments=(domain(Action.SAVE), Argument(("file",), "file to write on the host", ArgumentKind.PATH)),
        targets=Targets.ONE,
        mutates=True,
        act=_save,
        steady=True,
    ),
    Command(
        id="host.restore",
        verb="restore",
        label="Restore",
        summary="Restore a domain from a saved memory file",
        group=Group.MEMORY,
        arguments=(Argument(("file",), "file `save` wrote, on the host", ArgumentKind.PATH), _PAUSED, _FORCE),
        mutates=True,
        run=_restore,
        steady=True,
    ),
)
