"""``boot-entry``: which entry of its boot menu a domain boots."""

from __future__ import annotations

import argparse

from xentui.commands.context import Context
from xentui.errors import UsageError
from xentui.model.boot_menu import WantedEntry
from xentui.service import boot_menu
from xentui.service.editing import default_entry
from xentui.service.legality import Action, require


async def choose(context: Context, args: argparse.Namespace) -> None:
    """Store the entry that is named, or that the boot loader chooses; tells the new version."""
    hypervisor = context.hypervisor
    hypervisor.session.require_writable()
    if not args.entry.strip():
        raise UsageError(
            "is neither a title nor a number", subject="entry", hint="`none` lets its loader choose"
        )
    found = await hypervisor.inventory.find(args.domain)
    require(found, Action.EDIT)
    wanted = None if args.entry == "none" else WantedEntry(args.entry)
    menu = await boot_menu.of_stored(hypervisor.host, found) if wanted else None
    done = await default_entry.store(hypervisor.editing, hypervisor.host, found, menu, wanted)
    for warning in done.warnings:
        context.warn(warning)
    context.note(f"{found.label}: version {done.version}; it takes effect at the next start")
