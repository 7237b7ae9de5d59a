"""Managed domains: ``new``, ``delete``, ``undelete``, ``rename``, ``autostart``, ``history``, ``config`` …"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence

from xentui.commands import agreement, describe
from xentui.commands.arguments import FILE, Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.commands.context import Context
from xentui.commands.files import given
from xentui.errors import UsageError
from xentui.model.domain import Domain
from xentui.service.legality import Action


async def _new(context: Context, args: argparse.Namespace) -> None:
    file = await given(context, args.file)
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
        await agreement.confirmed(context, args, question, subject=found.label)
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
    """What ``--disk`` says: the path of a copy by the disk; raises UsageError."""
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
            context.out(f"{_time(entry.deleted)}  {entry.uuid}  {entry.name or '-'}  {entry.user or '-'}")
        return
    await context.hypervisor.definitions.undelete(args.domain)


async def _rename(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.definitions.rename(found, args.name)
    return f"is called {args.name} now"


async def _autostart(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    if args.delay is not None:
        raise UsageError(_NO_DELAY, subject="--delay", hint=_INSTEAD_OF_DELAY)
    if args.order is not None and args.switch != "on":
        raise UsageError(
            "--order goes with `on`", subject="autostart", hint="xentui autostart DOM on --order N"
        )
    if args.switch is None:
        context.out(describe.autostart(found))
        return
    order = None if args.order in (None, "none") else _order(args.order)
    await context.hypervisor.definitions.autostart(
        found, on=args.switch == "on", order=order, keep_order=args.order is None
    )


_NO_DELAY = "xendomains has no delay for one domain: it starts the next as soon as `xl create` has returned"
_INSTEAD_OF_DELAY = (
    "give what must be up first a lower --order, and let the guests that need it wait for it themselves"
)


def _order(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise UsageError(
            "is not a position in the order", subject=word, hint="write --order N, from 0 to 99, or none"
        )
    return int(word)


async def _history(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    versions = await context.hypervisor.history.versions(found)
    if args.json:
        context.json(
            [
                {
                    "version": item.version or None,
                    "event": item.event,
                    "time": item.time,
                    "user": item.user,
                    "reason": item.reason,
                    "name": item.name,
                    "sha256": item.sha256 or None,
                }
                for item in versions
            ]
        )
        return
    for item in versions:
        number = str(item.version) if item.version else "-"
        context.out(
            f"{number:>4}  {_time(item.time)}  {item.event:<9}  {item.user or '-'}  {item.reason}".rstrip()
        )


async def _config(context: Context, args: argparse.Namespace) -> int | None:
    if sum((args.running, args.diff, args.xml, args.version is not None)) > 1:
        raise UsageError("--running, --diff, --xml and --version exclude each other")
    hypervisor = context.hypervisor
    found = await hypervisor.inventory.find(args.domain)
    if args.diff:
        for line in await hypervisor.editing.drift.diff(found):
            context.out(line)
        return None
    if args.xml:
        context.text(await hypervisor.history.own_text(found))
        return None
    if args.running or (not found.managed and args.version is None):
        text = hypervisor.editing.drift.running_text(found)
    else:
        text = await hypervisor.history.text(found, args.version)
    context.text(text)
    return None


async def _restore_version(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    made = await context.hypervisor.history.restore(found, args.version)
    if made:
        context.note(f"{found.label}: version {args.version} is current again, as version {made}")


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


_VERSION = Argument(("version",), "version number, as listed by `history`", ArgumentKind.NUMBER, metavar="N")

COMMANDS = (
    Command(
        id="host.new",
        verb="new",
        label="New",
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
        details="Disks that another domain has, too, or an image of another is based on, media, read-only disks and "
        "devices are kept with --with-disks.",
    ),
    Command(
        id="domain.clone",
        verb="clone",
        label="Clone…",
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
        details="It gets its own uuid and MAC addresses; CDs and read-only disks are shared. "
        "A job of the host does it: cancelled or failed, it leaves nothing.",
    ),
    Command(
        id="domain.template",
        verb="template",
        label="Template…",
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
        details="Name, uuid and MAC addresses are always the new domain's own. A disk it writes to is copied where "
        "nothing else is said; a size is that of a new empty one, a shared one is read by all. "
        "`make NAME --template DOM` makes a domain of it.",
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
    Command(
        id="domain.autostart",
        verb="autostart",
        label="Autostart",
        summary="Start a managed domain when the host boots, or stop doing so",
        group=Group.MANAGED,
        arguments=(
            domain(Action.AUTOSTART),
            Argument(
                ("switch",),
                "on or off; without it, say which",
                ArgumentKind.CHOICE,
                choices=("on", "off"),
                optional=True,
            ),
            Argument(
                ("--order",),
                "position 0 to 99 (lowest starts first), or none (after all others)",
                metavar="N",
            ),
            Argument(("--delay",), "not supported by xendomains (explains why)", metavar="S"),
        ),
        targets=Targets.MANY,
        mutates=True,
        run=_autostart,
        details="A link in /etc/xen/auto leads to the stored configuration; xendomains starts the links by name.",
    ),
    Command(
        id="domain.autostart-order",
        label="Order",
        summary="Set a domain's position in the autostart order",
        group=Group.MANAGED,
        arguments=(domain(Action.AUTOSTART),),
        targets=Targets.ONE,
        mutates=True,
    ),
    Command(
        id="config.history",
        verb="history",
        label="History",
        says="show the history",
        summary="List the versions of a configuration: time, user and reason",
        group=Group.MANAGED,
        arguments=(domain(Action.EDIT), flag("--json", help="machine-readable")),
        targets=Targets.ONE,
        run=_history,
    ),
    Command(
        id="config.show",
        verb="config",
        summary="Print the stored configuration of a domain",
        group=Group.MANAGED,
        arguments=(
            domain(),
            flag("--running", help="print what the hypervisor reports instead"),
            flag("--diff", help="show the differences between stored, running and file"),
            flag("--xml", help="print what libvirt keeps, on a host that it drives"),
            Argument(("--version",), "an older version", ArgumentKind.NUMBER, metavar="N"),
        ),
        targets=Targets.ONE,
        run=_config,
    ),
    Command(
        id="config.restore-version",
        verb="restore-version",
        summary="Restore an older version of a configuration",
        group=Group.MANAGED,
        arguments=(domain(Action.EDIT), _VERSION),
        targets=Targets.ONE,
        mutates=True,
        run=_restore_version,
    ),
)
