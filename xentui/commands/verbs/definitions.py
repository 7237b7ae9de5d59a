"""Managed domains: ``new``, ``delete``, ``clone``, ``template``, ``undelete``, ``rename``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xentui import commands
from xentui.commands import describe
from xentui.commands.arguments import FILE, Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import UsageError
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.domain import Domain


async def _new(context: Context, args: argparse.Namespace) -> None:
    file = await commands.files.given(context, args.file)
    made = await context.hypervisor.definitions.new(
        file, replace=args.replace, as_xm=args.xm, template=args.template
    )
    for warning in made.warnings:
        context.warn(warning)
    if context.hypervisor.session.dry_run:
        return
    done = f"redefined as version {made.version}" if made.redefined else "stored"
    context.note(f"{made.name}: {done} ({made.uuid})")


async def _delete(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    if args.with_disks:
        await _delete_with_disks(context, found, args)
        return
    context.asked()
    await context.hypervisor.definitions.delete(found)


async def _delete_with_disks(context: Context, found: Domain, args: argparse.Namespace) -> None:
    context.hypervisor.session.require_writable()
    disposing = context.hypervisor.disposing
    plan = await disposing.plan(found)
    for question in (plan, plan.again) if plan.images else (plan,):
        await commands.confirmation.confirmed(context, args, question, subject=found.label)
    context.asked()
    await disposing.dispose(plan)
    for line in plan.kept:
        context.note(f"kept: {line}")
    if not context.hypervisor.session.dry_run:
        for image in plan.images:
            context.note(f"removed: {image.path}")


async def _clone(context: Context, args: argparse.Namespace) -> None:
    hypervisor = context.hypervisor
    found = await hypervisor.inventory.find(args.domain)
    await cloned(context, found, args.name, paths=_paths(args.disk), share=args.share, without=args.no_disks)


async def cloned(
    context: Context,
    domain: Domain,
    name: str,
    *,
    paths: Mapping[str, str],
    share: Sequence[str] = (),
    without: bool = False,
) -> None:
    """Clone a domain, and tell of what is shared and what is to be changed."""
    hypervisor = context.hypervisor
    hypervisor.session.require_writable()
    plan = await hypervisor.cloning.plan(domain, name, paths=paths, share=share, without=without)
    with context.progress(f"clone {domain.label}") as progress:
        await hypervisor.cloning.clone(plan, progress=progress)
    if not hypervisor.session.dry_run:
        context.note(f"{plan.name}: cloned from {domain.label} ({plan.uuid})")
        for copy in plan.copies:
            context.note(copy.words)
    for line in plan.shares:
        context.note(line)
    for line in plan.notes:
        context.warn(line)


async def _template(context: Context, args: argparse.Namespace) -> None:
    hypervisor = context.hypervisor
    found = await hypervisor.inventory.find(args.domain)
    if args.off:
        if args.blank:
            raise UsageError("a domain asks for no blanks", subject="--off")
        await hypervisor.templates.unmark(found)
        done = "is a domain again"
    elif found.template and not args.blank:
        for word in (await hypervisor.templates.asked(found)).words:
            context.out(word)
        return
    else:
        await hypervisor.templates.mark(found, args.blank)
        done = "is a template"
    if not hypervisor.session.dry_run:
        context.note(f"{found.label}: {done}")


def _paths(words: Sequence[str]) -> dict[str, str]:
    """Return what ``--disk`` says: the path of a copy by the disk; raises UsageError."""
    found: dict[str, str] = {}
    for word in words:
        disk, equals, path = word.partition("=")
        if not (disk and equals and path):
            raise UsageError("is no DISK=PATH", subject=word, hint="--disk xvda=/srv/xen/web2.img")
        if found.setdefault(disk, path) != path:
            raise UsageError("is given twice", subject=disk)
    return found


async def _undelete(context: Context, args: argparse.Namespace) -> None:
    if args.domain is None:
        for entry in await context.hypervisor.definitions.trash():
            when = describe.date_and_time(entry.deleted)
            context.out(f"{when}  {entry.uuid}  {entry.name or '-'}  {entry.user or '-'}")
        return
    await context.hypervisor.definitions.undelete(args.domain)


async def _rename(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.definitions.rename(found, args.name)
    return f"is called {args.name} now"


COMMANDS = (
    Command(
        id="host.new",
        verb="new",
        label="New",
        says="store a file",
        summary="Store a configuration file as a managed domain, without booting it",
        group=Group.MANAGED,
        arguments=(
            Argument(("file",), FILE, ArgumentKind.FILE),
            flag("--replace", help="store it as a new version of the domain of that name"),
            flag("--xm", help="read it as an xm file even if xl accepts it"),
            flag("--template", help="store it as a template, for `make --template`"),
        ),
        mutates=True,
        run=_new,
    ),
    Command(
        id="domain.delete",
        verb="delete",
        label="Delete",
        summary="Delete a managed domain that is off; its file and disks are kept",
        group=Group.MANAGED,
        arguments=(
            domain(Action.DELETE),
            flag("--with-disks", help="remove its disks for good, after asking twice"),
        ),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        run=_delete,
        details=(
            "With --with-disks, these are kept all the same: disks that another domain has or an image of another "
            "is based on, media, read-only disks and devices."
        ),
    ),
    Command(
        id="domain.clone",
        verb="clone",
        label="Clone",
        summary="Make a new managed domain of one that is off, with copies of its disks",
        group=Group.MANAGED,
        arguments=(
            domain(Action.CLONE),
            Argument(("name",), "the name of the new domain"),
            Argument(
                ("--disk",),
                "where the copy of a disk is to be; else a path with the new name in it",
                metavar="DISK=PATH",
                many=True,
                optional=True,
            ),
            Argument(
                ("--share",),
                "disks (xvdb) that both domains are to have, uncopied",
                metavar="DISK",
                many=True,
                optional=True,
            ),
            flag("--no-disks", help="without the disks it writes to"),
        ),
        targets=Targets.ONE,
        mutates=True,
        run=_clone,
        details=(
            "It gets its own uuid and MAC addresses; CDs and read-only disks are shared. A job of the host does "
            "it: if it is cancelled or fails, nothing is left."
        ),
    ),
    Command(
        id="domain.template",
        verb="template",
        label="Template",
        says="make a template",
        summary="Make a template of a domain that is off: never started, others are made of it",
        group=Group.MANAGED,
        arguments=(
            domain(Action.TEMPLATE),
            Argument(
                ("blank",),
                "what is asked of each: a key (memory), or what becomes of a disk (xvda=copy, xvdb=20G, xvdc=shared); "
                "of a template without any: those it has",
                metavar="BLANK",
                many=True,
                optional=True,
            ),
            flag("--off", help="make a domain of it again"),
        ),
        targets=Targets.ONE,
        mutates=True,
        run=_template,
        details=(
            "Name, uuid and MAC addresses are always the new domain's own. By default a disk that it writes to is "
            "copied; a size makes a new, empty one; a shared one is read by all. `make NAME --template DOM` makes "
            "a domain of it."
        ),
    ),
    Command(
        id="host.undelete",
        verb="undelete",
        label="Undelete",
        summary="Restore a deleted domain: the last one of that name or uuid",
        group=Group.MANAGED,
        arguments=(
            Argument(
                ("domain",),
                "name or uuid; without it the deleted ones are listed",
                metavar="DOM",
                optional=True,
            ),
        ),
        mutates=True,
        run=_undelete,
    ),
    Command(
        id="domain.rename",
        verb="rename",
        label="Rename",
        summary="Rename a domain",
        group=Group.MANAGED,
        arguments=(domain(Action.RENAME), Argument(("name",), "the new name")),
        targets=Targets.ONE,
        mutates=True,
        act=_rename,
    ),
)
