"""``start``, ``create``, ``shutdown``, ``reboot``, ``destroy``, ``clear``, ``pause``, ``unpause``, ``trigger``."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from xentui.commands.agreement import agreed
from xentui.commands.arguments import FILE, Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.commands.console_session import WatchedStart, boot
from xentui.commands.context import Context
from xentui.commands.files import given
from xentui.errors import ExitStatus, NoSuchDomainError, NotAllowedError, Suggest, UsageError, XentuiError
from xentui.model.boot_menu import WantedEntry
from xentui.model.domain import Domain
from xentui.model.keys import SYSRQ, GuestKey
from xentui.model.trigger import Trigger
from xentui.service import lookup
from xentui.service.legality import Action, against_key, against_trigger, possible, require

if TYPE_CHECKING:
    from xentui.service.boot import BootPlan, Watch

Act = Callable[[Domain], Awaitable[Domain]]
Wait = Callable[[Domain], Awaitable[None]]


async def _start(context: Context, args: argparse.Namespace) -> int | None:
    found = await context.hypervisor.inventory.find(args.domain)
    await agreed(context, args, Action.START, [found])
    if args.console and _wanted(args) is None:
        plan = await context.hypervisor.lifecycle.plan_start(found, paused=args.paused)
        return await _boot_on_terminal(context, plan)
    async with watched_start(context, args) as watch:
        await _started(context, found, args, watch)
    return None


async def _started(
    context: Context, found: Domain, args: argparse.Namespace, watch: Watch | None = None
) -> str:
    plan = await context.hypervisor.lifecycle.start(
        found, paused=args.paused, wanted=_wanted(args), watch=watch
    )
    _tell_warnings(context, plan)
    return f"started: {plan.chosen.title}" if plan.chosen else "started"


def _wanted(args: argparse.Namespace) -> WantedEntry | None:
    """The entry of the boot menu that is asked for."""
    if args.entry is None and args.boot_args is None and args.add_args is None:
        return None
    return WantedEntry(args.entry or "", args.boot_args, args.add_args or "")


@contextlib.asynccontextmanager
async def watched_start(context: Context, args: argparse.Namespace) -> AsyncIterator[Watch | None]:
    """What watches a guest that shows no menu from its first instruction, where that is asked for."""
    if not args.console or context.hypervisor.session.dry_run:
        yield None
    elif context.open_console:
        yield context.open_console
    else:
        watched = WatchedStart(context)
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
    _tell_warnings(context, plan)
    return await boot(context, plan)


def _watched(args: argparse.Namespace) -> bool:
    return bool(args.console)


def _tell_warnings(context: Context, plan: BootPlan) -> None:
    for warning in plan.warnings:
        context.warn(warning)


async def _create(context: Context, args: argparse.Namespace) -> int | None:
    lifecycle = context.hypervisor.lifecycle
    words = args.words
    for word in words:
        if "=" not in word:
            raise UsageError("is no KEY=VALUE", subject=word, hint="write for example memory=256")
    wanted = _wanted(args)
    file = await given(context, args.file)
    if args.console and wanted is None:
        plan = await lifecycle.plan_create(file, words=words, paused=args.paused, as_xm=args.xm)
        return await _boot_on_terminal(context, plan)
    async with watched_start(context, args) as watch:
        plan = await lifecycle.create(
            file, words=words, paused=args.paused, as_xm=args.xm, wanted=wanted, watch=watch
        )
        _tell_warnings(context, plan)
        if not context.hypervisor.session.dry_run:
            context.note(f"{plan.name}: created")
    return None


async def _shutdown(context: Context, args: argparse.Namespace) -> int | None:
    lifecycle = context.hypervisor.lifecycle

    async def act(found: Domain) -> Domain:
        return await lifecycle.shutdown(found, acpi_fallback=args.fallback)

    return await _each(context, args, Action.SHUTDOWN, act, lifecycle.wait_gone)


async def _reboot(context: Context, args: argparse.Namespace) -> int | None:
    lifecycle = context.hypervisor.lifecycle

    async def act(found: Domain) -> Domain:
        return await lifecycle.reboot(found, acpi_fallback=args.fallback)

    return await _each(context, args, Action.REBOOT, act, lifecycle.wait_rebooted)


_WHICH = {
    Action.SHUTDOWN: (Suggest("domain.shutdown", "DOM"), ", or ", Suggest("domain.shutdown", "--all")),
    Action.REBOOT: (Suggest("domain.reboot", "DOM"), ", or ", Suggest("domain.reboot", "--all")),
}


async def _each(
    context: Context, args: argparse.Namespace, action: Action, act: Act, wait: Wait
) -> int | None:
    """Do ``act`` to the named domains, or all it is possible on; then wait for all of them where asked to."""
    if args.all == bool(args.domain):
        raise UsageError("give domains, or --all", hint=_WHICH[action])
    inventory = context.hypervisor.inventory
    complete = True
    if args.all:
        guests = [item for item in (await inventory.poll()).domains if not item.is_control]
        chosen = [item for item in guests if action in possible(item)]
        for left_out in guests:
            if left_out.state.alive and left_out not in chosen:
                complete = False
                _tell_why_not(context, left_out, action)
    else:
        chosen = [await inventory.find(word) for word in args.domain]
    keep = action is Action.SHUTDOWN and args.keep
    if not keep:
        await agreed(context, args, action, chosen)

    async def one(found: Domain) -> Domain:
        if keep:
            await _keep(context, found, action)
        return await act(found)

    failures: list[XentuiError] = []
    begun: list[Domain] = []
    for found in chosen:
        try:
            begun.append(await one(found))
        except XentuiError as error:
            if len(chosen) == 1 and complete:
                raise
            failures.append(error)
    if args.wait:
        failures += await _waited(begun, wait)
    for failure in failures:
        context.tell_error(failure)
    return ExitStatus.FAILED if failures or not complete else None


async def _waited(begun: Sequence[Domain], wait: Wait) -> list[XentuiError]:
    """Wait for each; returns what went wrong."""
    failures: list[XentuiError] = []
    for found in begun:
        try:
            await wait(found)
        except XentuiError as error:
            failures.append(error)
    return failures


def _tell_why_not(context: Context, found: Domain, action: Action) -> None:
    try:
        require(found, action)
    except NotAllowedError as reason:
        context.tell_error(reason)


async def _destroy(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    if args.keep:
        await _keep(context, found, Action.DESTROY)
        found = await context.hypervisor.inventory.current(found) or found
    await agreed(context, args, Action.DESTROY, [found])
    await context.hypervisor.lifecycle.destroy(found)


async def _keep(context: Context, found: Domain, action: Action) -> None:
    """Make a transient domain managed before it ends; nothing is asked then."""
    context.asked()
    if not found.managed:
        require(found, action)
        stored = await context.hypervisor.editing.keep(found)
        context.note(f"{found.label}: stored as version {stored.version}")


async def _clear(context: Context, args: argparse.Namespace) -> None:
    found = await _with_copies(context, args.domain)
    await agreed(context, args, Action.CLEAR, [found])
    for copy in await context.hypervisor.lifecycle.clear(found):
        if not context.hypervisor.session.dry_run:
            context.note(f"{copy.label}: gone")


async def _with_copies(context: Context, word: str) -> Domain:
    """The domain a word names; of one that is gone, a copy that is left of it."""
    snapshot = await context.hypervisor.inventory.poll()
    try:
        return lookup.find(snapshot, word)
    except NoSuchDomainError:
        left = next((item for item in snapshot.domains if item.copy_of == word), None)
        if left is None:
            raise
        return left


async def _pause(context: Context, found: Domain, _args: argparse.Namespace) -> str:
    await context.hypervisor.lifecycle.pause(found)
    return "paused"


async def _unpause(context: Context, found: Domain, _args: argparse.Namespace) -> str:
    await context.hypervisor.lifecycle.unpause(found)
    return "runs on"


async def _trigger(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.lifecycle.trigger(found, Trigger(args.event))
    return f"{args.event} sent"


async def _sysrq(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.lifecycle.sysrq(found, args.letter)
    return f"sysrq {args.letter} sent ({SYSRQ[args.letter].meaning})"


async def _send_key(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.lifecycle.send_key(found, GuestKey(args.key))
    return f"{args.key} sent"


def _has_no(found: Domain, key: str) -> str:
    return against_key(found, GuestKey(key))


def _takes_none(found: Domain, event: str) -> str:
    return against_trigger(found, Trigger(event))


CONSOLE_FLAG = flag("-c", "--console", help="attach to the boot menu and the console at once")
_KEEP = flag("--keep", help="make a transient domain managed first, so its configuration is kept")
_ENTRY = (
    Argument(("--entry",), "boot this entry of its boot menu, just this once", metavar="TITLE|N"),
    Argument(("--boot-args",), "the kernel's arguments, in place of the entry's", metavar="ARGS"),
    Argument(
        ("--add-args",), "more arguments behind the entry's: single, init=/bin/sh, rd.break", metavar="ARGS"
    ),
)
PAUSED_FLAG = flag("-p", "--paused", help="leave the domain paused")


def _stopping(action: Action, *more: Argument) -> tuple[Argument, ...]:
    """The arguments of what asks guests to stop."""
    return (
        Argument(
            ("domain",), "name, domid or uuid", ArgumentKind.DOMAIN, action, "DOM", many=True, optional=True
        ),
        flag("-a", "--all", help="every guest; those in another state are reported"),
        flag("-w", "--wait", help="wait until the guest has done it"),
        flag("-F", "--fallback", help="send an ACPI power event to an HVM guest without PV drivers"),
        *more,
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
        act=_started,
    ),
    Command(
        id="domain.boot",
        label="Boot…",
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
    Command(
        id="domain.shutdown",
        verb="shutdown",
        label="Shutdown",
        summary="Ask guests to power off",
        group=Group.LIFE,
        arguments=_stopping(Action.SHUTDOWN, _KEEP),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        run=_shutdown,
    ),
    Command(
        id="domain.reboot",
        verb="reboot",
        label="Reboot",
        summary="Ask guests to reboot",
        group=Group.LIFE,
        arguments=_stopping(Action.REBOOT),
        targets=Targets.MANY,
        mutates=True,
        run=_reboot,
    ),
    Command(
        id="domain.destroy",
        verb="destroy",
        label="Destroy",
        summary="Power a domain off at once; discard the saved memory of a suspended one",
        group=Group.LIFE,
        arguments=(domain(Action.DESTROY), _KEEP),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        run=_destroy,
    ),
    Command(
        id="domain.clear",
        verb="clear",
        label="Clear copies",
        summary="Remove the stopped copies of a domain that xl has kept",
        group=Group.LIFE,
        arguments=(domain(Action.CLEAR),),
        targets=Targets.ONE,
        mutates=True,
        asks=True,
        run=_clear,
        details='With on_crash = "rename-restart" xl keeps what has crashed, and its memory, under another name.',
    ),
    Command(
        id="domain.pause",
        verb="pause",
        label="Pause",
        summary="Pause a domain: its CPUs stop, its memory stays",
        group=Group.LIFE,
        arguments=(domain(Action.PAUSE),),
        targets=Targets.MANY,
        mutates=True,
        act=_pause,
    ),
    Command(
        id="domain.unpause",
        verb="unpause",
        label="Unpause",
        summary="Continue a paused domain",
        group=Group.LIFE,
        arguments=(domain(Action.UNPAUSE),),
        targets=Targets.MANY,
        mutates=True,
        act=_unpause,
    ),
    Command(
        id="domain.trigger",
        verb="trigger",
        label="Trigger",
        summary="Send a guest a trigger: NMI, power or sleep button, wake-up",
        group=Group.LIFE,
        arguments=(
            domain(Action.TRIGGER),
            Argument(
                ("event",), "what is sent", ArgumentKind.CHOICE, choices=tuple(Trigger), against=_takes_none
            ),
        ),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        danger="event",
        act=_trigger,
        details="`nmi` is sent to any guest; the buttons `power` and `sleep`, and `s3resume`, which wakes one that "
        "sleeps, to an HVM guest. Xen sends no guest `reset` or `init`, though xl knows the words: `reboot` asks the "
        "guest, `destroy` and `start` do not.",
    ),
    Command(
        id="domain.sysrq",
        verb="sysrq",
        summary="Send a Linux guest a magic SysRq",
        group=Group.LIFE,
        arguments=(
            domain(Action.SYSRQ),
            Argument(("letter",), "what to do", ArgumentKind.CHOICE, choices=tuple(SYSRQ), metavar="LETTER"),
        ),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        danger="letter",
        act=_sysrq,
        details="h lists what the guest knows; s t w l p m d q z show or write, k f e i u b o c g end something and "
        "ask, 0 to 9 set what its console shows. xl leaves the letter where the guest's Xen driver finds it: a guest "
        "without that driver takes no notice, and nobody is told. What the guest answers, and that its kernel.sysrq "
        "forbids a letter, is on its console.",
    ),
    Command(
        id="domain.send-key",
        verb="send-key",
        summary="Press keys of an HVM guest's keyboard, or break its serial line",
        group=Group.LIFE,
        arguments=(
            domain(Action.SEND_KEY),
            Argument(
                ("key",),
                "which keys",
                ArgumentKind.CHOICE,
                choices=tuple(GuestKey),
                metavar="KEY",
                against=_has_no,
            ),
        ),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        danger="key",
        act=_send_key,
        details="ctrl-alt-delete, ctrl-alt-backspace, ctrl-alt-f1, -f2, -f3, -f7 are pressed by QEMU. `break` breaks "
        "the first serial line, after which Linux takes a letter for a sysrq. PV and PVH guests have neither: `reboot` "
        "is their Ctrl-Alt-Del, and on hvc0 Ctrl-O and a letter are a sysrq.",
    ),
)
