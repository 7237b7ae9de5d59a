"""``suspend``, ``resume``, ``save``, ``restore``: memory images."""

from __future__ import annotations

import argparse

from xentui.commands.arguments import Argument, Kind, Verb, domain, flag
from xentui.commands.context import Context
from xentui.service.legality import Action


async def _suspend(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    with context.progress(f"suspending {found.label}") as progress:
        await context.hypervisor.lifecycle.suspend(found, progress=progress)


async def _resume(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    with context.progress(f"resuming {found.label}") as progress:
        await context.hypervisor.lifecycle.resume(found, paused=args.paused, progress=progress)


async def _save(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    with context.progress(f"saving {found.label}") as progress:
        await context.hypervisor.lifecycle.save(found, args.file, progress=progress)


async def _restore(context: Context, args: argparse.Namespace) -> None:
    with context.progress(f"restoring {args.file}") as progress:
        await context.hypervisor.lifecycle.restore(
            args.file, paused=args.paused, force=args.force, progress=progress
        )


_PAUSED = flag("-p", "--paused", help="leave the domain paused")
_FORCE = flag("--force", help="though its disks have been written to since")

VERBS = (
    Verb(
        "suspend",
        "Save a managed domain's memory in the store and stop it",
        "Memory images",
        _suspend,
        (domain(Action.SUSPEND),),
        changes=True,
    ),
    Verb(
        "resume",
        "Continue a suspended domain",
        "Memory images",
        _resume,
        (domain(Action.RESUME), _PAUSED),
        changes=True,
    ),
    Verb(
        "save",
        "Save a domain's memory to a file and stop it",
        "Memory images",
        _save,
        (domain(Action.SAVE), Argument(("file",), "file to write on the host", Kind.PATH)),
        changes=True,
    ),
    Verb(
        "restore",
        "Continue the domain saved in a file",
        "Memory images",
        _restore,
        (Argument(("file",), "file `save` wrote, on the host", Kind.PATH), _PAUSED, _FORCE),
        changes=True,
    ),
)
