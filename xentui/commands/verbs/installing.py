"""``install``: an installer is booted, and at its end what is stored."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui import commands, service
from xentui.commands.arguments import FILE, Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.commands.verbs.starting import CONSOLE_FLAG, PAUSED_FLAG, watched_start
from xentui.errors import UsageError
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.domain import Domain

_ONE_WAY = (
    "a configuration file, --kernel and --cdrom, --resume and --discard are ways of their own: give one"
)


async def _install(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    named = any(value is not None for value in (args.kernel, args.ramdisk, args.extra, args.cdrom))
    if sum((args.file is not None, named, args.resume, args.discard)) > 1:
        raise UsageError(_ONE_WAY)
    if args.keep_disks and not args.discard:
        raise UsageError("--keep-disks goes with --discard")
    if args.discard:
        await _discard(context, found, args)
        return
    context.asked()
    await _boot(context, found, args)


async def _boot(context: Context, found: Domain, args: argparse.Namespace) -> None:
    installing = context.hypervisor.installing
    async with watched_start(context, args) as watch:
        if args.resume:
            plan = await installing.resume(found, paused=args.paused, watch=watch)
        else:
            boot = (
                service.installing.InstallBoot(
                    args.kernel or "", args.ramdisk or "", args.extra, args.cdrom or ""
                )
                if args.file is None
                else service.config_source.named(
                    context.hypervisor.host, await commands.files.given(context, args.file)
                )
            )
            plan = await installing.begin(found, boot, paused=args.paused, watch=watch)
        for warning in plan.warnings:
            context.warn(warning)
        if not context.hypervisor.session.dry_run:
            context.note(f"{plan.name}: installing; when the installer ends, the stored configuration boots")
    if args.wait:
        await installing.follow(plan)


async def _discard(context: Context, found: Domain, args: argparse.Namespace) -> None:
    installing = context.hypervisor.installing
    lost = await installing.what_is_lost(found, keep_disks=args.keep_disks)
    if lost.images:
        await commands.confirmation.confirmed(
            context,
            args,
            lost,
            subject=lost.name,
            unasked=f"cannot discard it: {commands.confirmation.UNASKED}",
        )
    context.asked()
    done = await installing.discard(found, keep_disks=args.keep_disks)
    if not context.hypervisor.session.dry_run:
        for image in done.images:
            context.note(f"{image.path}: removed")
        context.note(f"{done.name}: its install is discarded; the domain stays stored")


COMMANDS = (
    Command(
        id="domain.install",
        verb="install",
        summary="Boot a domain's installer; then the host boots the stored configuration",
        group=Group.LIFE,
        arguments=(
            domain(Action.INSTALL),
            Argument(("file",), FILE, ArgumentKind.FILE, optional=True),
            Argument(("--kernel",), "boot this kernel of the host", ArgumentKind.PATH, metavar="PATH"),
            Argument(("--ramdisk",), "with this ramdisk", ArgumentKind.PATH, metavar="PATH"),
            Argument(
                ("--extra",),
                "with these arguments (default: those by which it uses the console)",
                metavar="ARGS",
            ),
            Argument(("--cdrom",), "put this image into its CD drive", ArgumentKind.PATH, metavar="ISO"),
            flag("--resume", help="boot the installer of an install that was broken off once more"),
            flag("--discard", help="discard an install that was broken off, with the disks made for it"),
            flag("--keep-disks", help="but keep these disks"),
            flag("-w", "--wait", help="wait until it runs from its stored configuration"),
            CONSOLE_FLAG,
            PAUSED_FLAG,
        ),
        targets=Targets.ONE,
        mutates=True,
        asks=True,
        run=_install,
        takes_terminal=lambda args: bool(args.console),
        details=(
            "Its installer boots from a file, or from the stored configuration with another kernel or a CD, just "
            "this once. When it reboots or powers off, the host boots the domain from the configuration that is "
            "stored then, even if no xentui runs any more. After a crash, a destroy, a shutdown from outside or a "
            "power failure of the host, nothing is booted; `show` says why, `--resume` continues."
        ),
    ),
)
