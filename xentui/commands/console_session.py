"""Consoles on the user's terminal, and boots watched there."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from typing import TYPE_CHECKING

from xentui import console
from xentui.errors import NotAllowedError, Suggest, XentuiError
from xentui.hosts.base import Completed
from xentui.model.domain import BUILDING, Domain
from xentui.service.legality import Action, require
from xentui.toolstack.targets import target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xentui.commands.context import Context
    from xentui.console.attach import BegunConsole
    from xentui.console.exit_result import ExitResult
    from xentui.console.pty_session import PtySession
    from xentui.console.transcript import Transcript
    from xentui.model.consoles import WhichConsole
    from xentui.service.boot_plan import BootPlan
    from xentui.service.session import Opened

_LEAVE_HINT = "Ctrl-] leaves the console"
_MAKING = 0.5
"""Seconds between two looks at a domain that is being made."""
_FAREWELL = 15.0
"""Seconds a host has to note a boot whose terminal has gone away."""


async def made(context: Context, found: Domain) -> Domain:
    """Return the domain once it has a console: while xl makes it there is none, for a second or more."""
    if found.booting == BUILDING:
        context.note(f"{found.label}: xl is making it; its console opens as soon as there is one")
    while found.booting == BUILDING:
        await asyncio.sleep(_MAKING)
        found = await context.hypervisor.inventory.find(found.uuid)
    return found


async def attach(context: Context, found: Domain, which: WhichConsole | None = None) -> None:
    """Attach the terminal to a domain's console until the user leaves or it ends."""
    require(found, Action.CONSOLE)
    toolstack = context.hypervisor.session.toolstack
    looking = (
        "; this session is read-only: nothing is typed into it"
        if context.hypervisor.session.read_only
        else ""
    )
    context.note(f"{found.label}: {_LEAVE_HINT}{looking}")
    argv = toolstack.console(target(found), which)
    sharing = _Sharing(context, found.label, target(found).domid, found.uuid)
    with _logged(context, found.label, found.uuid, f"attached to {found.label} (domid {found.domid})") as log:
        done = context.attach(sharing.pty_argv(argv), False, log, sharing)
    sharing.report_end(done)
    _print_end(context, found, argv, done)


async def watch(context: Context, found: Domain) -> None:
    """Show on the terminal what the holder of a domain's console shares, until the user leaves or that ends."""
    require(found, Action.CONSOLE)
    sharing = console.sharing.ConsoleSharing(context.hypervisor.host)
    shown = console.sharing.SharedConsole(found.label, target(found).domid, found.uuid)
    if await sharing.holder(shown) is None:
        who = await context.hypervisor.session.toolstack.console_owner(target(found))
        raise NotAllowedError(
            f"its console is held by {who}, who does not share it" if who else "nobody holds its console",
            subject=found.label,
            hint="" if who else (Suggest("console.open", found.label), " attaches to it"),
        )
    context.note(f"{found.label}: watching; {_LEAVE_HINT}")
    done = context.attach(sharing.watching_argv(shown), False, None, None)
    if why := sharing.why_over(done):
        raise NotAllowedError(why, subject=found.label)
    context.note(f"{found.label} is no longer watched")


class _Sharing:
    """Shares the console of a domain while it is on the terminal, and lets go of it for who asks for it.

    Of one that is being booted the domid is -1.
    """

    def __init__(self, context: Context, name: str, domid: int, uuid: str) -> None:
        self._context = context
        self._sharing = console.sharing.ConsoleSharing(context.hypervisor.host)
        self._console = console.sharing.SharedConsole(name, domid, uuid)
        self._taken_by = ""

    def pty_argv(self, argv: Sequence[str], *, boot: bool = False) -> list[str]:
        """As :meth:`xentui.console.sharing.ConsoleSharing.pty_argv`."""
        return self._sharing.pty_argv(argv, self._console, boot=boot)

    @contextlib.contextmanager
    def __call__(self, session: PtySession) -> Iterator[None]:
        """Share a session."""

        def taken(who: str) -> None:
            self._taken_by = self._taken_by or who or "somebody"
            session.leave()

        share = self._sharing.share(session, self._console, taken)
        if share is None:
            yield
            return
        share.open()
        try:
            yield
        finally:
            self._sharing.end(share, left=session.left, taken_by=self._taken_by)

    def report_end(self, done: ExitResult) -> None:
        """Say who has taken it, if anybody has: when the terminal is the user's again."""
        if who := self._taken_by or done.taken_by:
            self._context.note(f"{self._console.name}: its console was taken over by {who}")


def _print_end(context: Context, found: Domain, argv: Sequence[str], done: ExitResult) -> None:
    """Say how a console was left, or raise why it could not be had."""
    if done.left:
        context.note(f"left the console of {found.label}; it keeps running")
    elif done.exit_code == 0:
        context.note(f"the console of {found.label} has ended")
    else:
        words = "\n".join(done.last_lines).encode("utf-8", "replace")
        toolstack = context.hypervisor.session.toolstack
        raise toolstack.explain(Completed(tuple(argv), done.exit_code, b"", words), found.label)


class WatchedStart:
    """The console of a guest, begun before its first instruction, and on the terminal when it runs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._begun: tuple[Domain, list[str], BegunConsole] | None = None
        self._sharing: _Sharing | None = None
        self._ending = contextlib.ExitStack()

    async def begin(self, found: Domain) -> None:
        """Attach to the console of a guest that has not run yet; what goes wrong is told."""
        context = self._context
        argv = list(context.hypervisor.session.toolstack.console(target(found)))
        words = f"attached to {found.label} (domid {found.domid}) before its start"
        try:
            log = self._ending.enter_context(_logged(context, found.label, found.uuid, words))
            self._sharing = _Sharing(context, found.label, target(found).domid, found.uuid)
            run = self._sharing.pty_argv(argv)
            begun = await asyncio.to_thread(context.begin_console, run, log, self._sharing)
            self._begun = found, argv, begun
        except XentuiError as error:
            context.report_error(error)

    def attach(self) -> None:
        """Give it the terminal until the user leaves or it ends."""
        if self._begun is None:
            self._ending.close()
            return
        found, argv, begun = self._begun
        self._context.note(f"{found.label}: {_LEAVE_HINT}")
        with self._ending:
            done = begun.attach(read_only=self._context.hypervisor.session.read_only)
        if self._sharing is not None:
            self._sharing.report_end(done)
        _print_end(self._context, found, argv, done)

    def close(self) -> None:
        """Leave it where the terminal was not attached."""
        with self._ending:
            if self._begun is not None:
                self._begun[2].close()


@contextlib.contextmanager
def _logged(context: Context, name: str, uuid: str, begun: str) -> Iterator[Transcript]:
    """The log of a console while it is on the terminal, as the screen keeps it."""
    log = console.transcript.transcript_of(context.hypervisor.host.name, name, uuid)
    log.mark(begun)
    try:
        yield log
    finally:
        log.mark(f"left {name}")
        log.close()


async def boot(context: Context, plan: BootPlan) -> int | None:
    """Run a planned boot on the user's terminal: boot menu and console in one session."""
    session = context.hypervisor.session
    if session.dry_run:
        session.say(shlex.join(plan.argv))
        return None
    context.note(f"{plan.name}: {_LEAVE_HINT}")
    opened = await session.begin(plan.argv, plan.name)
    sharing = _Sharing(context, plan.name, -1, plan.run_uuid)
    try:
        with _logged(context, plan.name, plan.uuid, f"booting {plan.name}") as log:
            done = context.attach(sharing.pty_argv(plan.argv, boot=True), True, log, sharing)
    except SystemExit as ending:
        await _note_cut_off(context, plan, opened, ending)
        raise
    await session.finish(opened, exit_code=done.exit_code)
    await context.hypervisor.lifecycle.record_result(plan, done.exit_code, done.last_lines)
    sharing.report_end(done)
    if done.left:
        context.note(f"left the console of {plan.name}; it keeps running")
    return None


async def _note_cut_off(context: Context, plan: BootPlan, opened: Opened, ending: SystemExit) -> None:
    """Record a boot whose terminal was taken away by a signal; xl lives on, so its domain counts as booted."""

    async def note() -> None:
        code = ending.code if isinstance(ending.code, int) else 1
        with contextlib.suppress(XentuiError, TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await context.hypervisor.session.finish(opened, exit_code=code)
                await context.hypervisor.lifecycle.record_result(plan, 0)

    # The signal has asked the loop to cancel this task too: the note is still made to its end.
    noting = asyncio.ensure_future(note())
    while not noting.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([noting])
