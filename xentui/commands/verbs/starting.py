"""``start`` and ``create``; a guest's boot menu and console with them."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from xentui import commands, model
from xentui.commands.arguments import FILE, Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import UsageError
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.boot_menu import WantedEntry
    from xentui.model.domain import Domain
    from xentui.service.boot_plan import BootPlan, Watch


async def _start(context: Context, args: argparse.Namespace) -> int | None:
    found = await context.hypervisor.inventory.find(args.domain)
    await commands.confirmation.agreed(context, args, Action.START, [found])
    if args.console and _wanted(args) is None:
        plan = await context.hypervisor.lifecycle.plan_start(found, paused=args.paused)
        return await _boot_on_terminal(context, plan)
    async with watched_start(context, args) as watch:
        await _start_domain(context, found, args, watch)
    return None


async def _start_domain(
    context: Context, found: Domain, args: argparse.Namespace, watch: Watch | None = None
) -> str:
    plan = await context.hypervisor.lifecycle.start(
        found, paused=args.paused, wanted=_wanted(args), watch=watch
    )
    _print_warnings(context, plan)
    return f"started: {plan.chosen.title}" if plan.chosen else "started"


def _wanted(args: argparse.Namespace) -> WantedEntry | None:
    """Return the entry of the boot menu that is asked for."""
    if args.entry is None and args.boot_args is None and args.add_args is None:
        return None
    if args.entry is not None and not args.entry.strip():
        raise UsageError("is neither a title nor a number", subject="--entry", hint="0 is the first entry")
    return model.boot_menu.WantedEntry(args.entry or "", args.boot_args, args.add_args or "")


@contextlib.asynccontextmanager
async def watched_start(context: Context, args: argparse.Namespace) -> AsyncIterator[Watch | None]:
    """What watches a guest that shows no menu from its first instruction, where that is asked for."""
    if not args.console or context.hypervisor.session.dry_run:
        yield None
    elif context.open_console:
        yield context.open_console
    else:
        watched = commands.console_session.WatchedStart(context)
        try:
            yield watched.begin
        except BaseException:
            watched.close()
            raise
        watched.attach()


async def _boot_on_terminal(context: Context, plan: BootPlan) -> int | None:
    if context.boot_console:
        await context.boot_console(plan)
        return None
    _print_warnings(context, plan)
    return await commands.console_session.boot(context, plan)


def _watched(args: argparse.Namespace) -> bool:
    return bool(args.console)


def _print_warnings(context: Context, plan: BootPlan) -> None:
    for warning in plan.warnings:
        context.warn(warning)


async def _create(context: Context, args: argparse.Namespace) -> int | None:
    lifecycle = context.hypervisor.lifecycle
    words = args.words
    for word in words:
        if "=" not in word:
            raise UsageError(
                "is not of the form KEY=VALUE", subject=word, hint="write for example memory=256"
            )
    wanted = _wanted(args)
    file = await commands.files.given(context, args.file)
    if args.console and wanted is None:
        plan = await lifecycle.plan_create(file, words=words, paused=args.paused, as_xm=args.xm)
        return await _boot_on_terminal(context, plan)
    async with watched_start(context, args) as watch:
        plan = await lifecycle.create(
            file, words=words, paused=args.paused, as_xm=args.xm, wanted=wanted, watch=watch
        )
        _print_warnings(context, plan)
        if not context.hypervisor.session.dry_run:
            context.note(f"{plan.name}: created")
    return None


CONSOLE_FLAG = flag("-c", "--console", help="attach to the boot menu and the console at once")
PAUSED_FLAG = flag("-p", "--paused", help="leave the domain paused")


_ENTRY = (
    Argument(("--entry",), "boot this entry of its boot menu, just this once", metavar="TITLE|N"),
    Argument(("--boot-args",), "the kernel's arguments, in place of the entry's", metavar="ARGS"),
    Argument(
        ("--add-args",), "more arguments after the entry's: single, init=/bin/sh, rd.break", metavar="ARGS"
    ),
)


COMMANDS = (
    Command(
        id="domain.start",
        verb="start",
        label="Start",
        summary="Boot the stored configuration of a managed domain",
        group=Group.LIFE,
        arguments=(domain(Action.START), CONSOLE_FLAG, PAUSED_FLAG, *_ENTRY),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        run=_start,
        takes_terminal=_watched,
        act=_start_domain,
    ),
    Command(
        id="domain.boot",
        label="Boot",
        summary="Start with boot menu and console",
        group=Group.LIFE,
        arguments=(domain(Action.START),),
        targets=Targets.ONE,
        mutates=True,
    ),
    Command(
        id="host.create",
        verb="create",
        label="Create",
        summary="Boot a configuration file without storing it",
        group=Group.LIFE,
        arguments=(
            Argument(("file",), FILE, ArgumentKind.FILE),
            Argument(
                ("words",), "settings over those of the file", metavar="KEY=VALUE", many=True, optional=True
            ),
            CONSOLE_FLAG,
            PAUSED_FLAG,
            *_ENTRY,
            flag("--xm", help="read it as an xm file even if xl accepts it"),
        ),
        mutates=True,
        run=_create,
        takes_terminal=_watched,
    ),
)
