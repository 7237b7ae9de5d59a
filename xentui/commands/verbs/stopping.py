"""``shutdown``, ``reboot``, ``destroy``, ``clear``; ``pause`` and ``unpause``, which stop only its CPUs."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import ExitStatus, NoSuchDomainError, NotAllowedError, Suggest, UsageError, XentuiError
from xentui.model.domain import Domain
from xentui.service import lookup
from xentui.service.legality import Action, possible, require

if TYPE_CHECKING:
    from xentui.commands.context import Context


Act = Callable[[Domain], Awaitable[Domain]]
Wait = Callable[[Domain], Awaitable[None]]


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
                _print_why_not(context, left_out, action)
    else:
        chosen = [await inventory.find(word) for word in args.domain]
    keep = action is Action.SHUTDOWN and args.keep
    if not keep:
        await commands.confirmation.agreed(context, args, action, chosen)

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
        context.report_error(failure)
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


def _print_why_not(context: Context, found: Domain, action: Action) -> None:
    try:
        require(found, action)
    except NotAllowedError as reason:
        context.report_error(reason)


async def _destroy(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    if args.keep:
        await _keep(context, found, Action.DESTROY)
        found = await context.hypervisor.inventory.current(found) or found
    await commands.confirmation.agreed(context, args, Action.DESTROY, [found])
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
    await commands.confirmation.agreed(context, args, Action.CLEAR, [found])
    for copy in await context.hypervisor.lifecycle.clear(found):
        if not context.hypervisor.session.dry_run:
            context.note(f"{copy.label}: gone")


async def _with_copies(context: Context, word: str) -> Domain:
    """Return the domain a word names; of one that is gone, a copy that is left of it."""
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


_KEEP = flag("--keep", help="make a transient domain managed first, so its configuration is kept")


def _stopping(action: Action, *more: Argument) -> tuple[Argument, ...]:
    """Return the arguments of what asks guests to stop."""
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
        asks=True,
        act=_unpause,
    ),
)
