"""What is sent to a guest's console and waited for there, without anybody attached."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from xentui.commands.context import Context
from xentui.commands.files import STDIN, own_file
from xentui.commands.secrets import gathered
from xentui.console.hub import ConsoleHub
from xentui.console.live import LiveConsole
from xentui.console.script_runner import End, Listeners, RunOutcome, ScriptRun
from xentui.errors import GuestRefusedError, NotAllowedError, NotSeenError, Suggest, UsageError, XentuiError
from xentui.expect import script as scripts
from xentui.service import lookup
from xentui.service.config_source import HOST, LOCAL, decoded
from xentui.service.legality import Action, require
from xentui.toolstack.targets import target

if TYPE_CHECKING:
    from xentui.expect.script import Script, ScriptStep
    from xentui.model.domain import Domain

_LOOK: Final = 1.0
"""Seconds between two looks where a domain is whose console has ended."""
_LINE: Final = 1 << 16
"""Characters of a line that are kept until it ends: a guest may never end one."""
_HISTORY: Final = 1000


async def run(context: Context, args: argparse.Namespace) -> None:
    """Do what the arguments of ``console`` say.

    Raises ScriptError before anything is sent, NotSeenError, GuestRefusedError, and XentuiError for all else that ends
    it early.
    """
    found = await context.hypervisor.inventory.find(args.domain)
    script = await _script(context, args, found)
    outcome = await run_script(context, found, script, quiet=args.wait is not None)
    if args.wait is not None:
        context.out(outcome.line)


async def run_script(
    context: Context,
    found: Domain,
    script: Script,
    *,
    quiet: bool = False,
    begun: Callable[[ScriptRun], None] = lambda _run: None,
    heard: Listeners | None = None,
) -> RunOutcome:
    """Run a script on a domain's console.

    What the guest prints goes to standard output, unless ``quiet``, and the steps to the person, or both to who has
    ``heard``; ``begun`` is given the run, which it can stop.  Raises as
    :func:`run`.
    """
    session = context.hypervisor.session
    if script.types:
        session.require_writable()
    require(found, Action.CONSOLE)
    if session.dry_run:
        for step in script.steps:
            session.say(f"# console {found.label}: {step.shown}")
        return RunOutcome(End.DONE, None)
    secrets = await gathered(context, script.secrets)
    opened = (
        await session.begin(["xentui-console", "run", script.source], found.label) if script.types else None
    )
    outcome = None
    try:
        async with _console(context, found) as (console, fresh):
            if script.types and console.watching:
                raise NotAllowedError(
                    "cannot type into the guest: this console is only watched",
                    subject=found.label,
                    hint="take it over first",
                )
            told = _RunReport(context, quiet=quiet)
            run = ScriptRun(console, script, secrets, heard or told.listeners(script), fresh=fresh)
            begun(run)
            outcome = await run.run()
            told.end()
    finally:
        if opened is not None:
            ended = None if outcome is None else 0 if outcome.end is End.DONE else 1
            await asyncio.shield(session.finish(opened, exit_code=ended, done=False))
    _judge(found, script, outcome)
    return outcome


def _judge(found: Domain, script: Script, outcome: RunOutcome) -> None:
    """Raise what tells of a script that did not come to its end."""
    if outcome.end is End.DONE:
        return
    step = outcome.step
    where = f"{script.source}:{step.line}: " if step is not None and script.written else ""
    what = f"`{step.shown}`: " if step is not None else ""
    details = [f"last line: {outcome.line}"] if outcome.line and outcome.end is not End.FAILED else []
    message = f"{where}{what}{outcome.why}"
    kinds = {End.TIMED_OUT: NotSeenError, End.FAILED: GuestRefusedError}
    hint = (Suggest("console.open", found.label), " shows it") if outcome.end is End.TIMED_OUT else ""
    raise kinds.get(outcome.end, XentuiError)(message, subject=found.label, details=details, hint=hint)


async def _script(context: Context, args: argparse.Namespace, found: Domain) -> Script:
    given = [name for name in ("wait", "send", "expect", "run", "script") if getattr(args, name) is not None]
    if len(given) > 1 and given != ["send", "expect"]:
        words = " and ".join(f"--{name}" for name in given)
        raise UsageError(f"{words} do not go together", subject="console", hint="--send and --expect do")
    if args.run is None and args.script is None:
        timeout = scripts.TIMEOUT if args.timeout is None else float(args.timeout)
        expect = args.expect if args.wait is None else args.wait
        return scripts.given(send=args.send, expect=expect, timeout=timeout, source=f"--{given[-1]}")
    if args.timeout is not None:
        raise UsageError(
            "a script has its own timeouts", subject="--timeout", hint="write `timeout 90` in it"
        )
    if args.script is not None:
        return scripts.parsed(await context.hypervisor.console_texts.script(found, args.script), args.script)
    source = "standard input" if args.run == STDIN else args.run.removeprefix(LOCAL).removeprefix(HOST)
    return scripts.parsed(decoded(await own_file(context, args.run), source), source)


@asynccontextmanager
async def _console(context: Context, found: Domain) -> AsyncIterator[tuple[LiveConsole, bool]]:
    """The console of a domain, which follows it through reboots; left at the end where it was opened for this.

    Whether it was opened just now comes with it.
    """
    if context.live_console is not None:
        yield await context.live_console(found)
        return
    session = context.hypervisor.session
    hub = ConsoleHub(
        session.host, session.toolstack, history=_HISTORY, read_only=session.read_only, answers=False
    )
    argv = session.toolstack.console(target(found))
    assert found.domid is not None  # noqa: S101 - a console is possible on what runs only
    following: asyncio.Task[None] | None = None
    try:
        console = await hub.open(uuid=found.uuid, name=found.label, domid=found.domid, argv=argv)
        following = asyncio.create_task(_follow(context, hub, console))
        yield console, True
    finally:
        if following is not None:
            following.cancel()
            await asyncio.wait([following])
        await hub.close_all()


async def _follow(context: Context, hub: ConsoleHub, console: LiveConsole) -> None:
    """Have the hub know where the domain is while its console has ended."""
    while True:
        await asyncio.sleep(_LOOK)
        if not console.ended:
            continue
        try:
            snapshot = await context.hypervisor.inventory.poll()
        except XentuiError:
            continue  # a host that does not answer now may do so at the next look
        hub.domains_changed(*lookup.names_and_domids(snapshot))


class _RunReport:
    """Tells of a run as it goes on."""

    def __init__(self, context: Context, *, quiet: bool) -> None:
        self._context = context
        self._quiet = quiet
        self._line = ""

    def listeners(self, script: Script) -> Listeners:
        """Return what is told of a run."""
        if self._quiet:
            return Listeners()
        return Listeners(partial(self._step, script), self._text)

    def end(self) -> None:
        """Tell the line that has no end."""
        if self._line:
            self._context.out(self._line)

    def _step(self, script: Script, step: ScriptStep) -> None:
        if script.written:
            self._context.note(f"{script.source}:{step.line}: {step.shown}")

    def _text(self, text: str) -> None:
        *whole, self._line = (self._line + text).split("\n")
        for line in whole:
            self._context.out(line)
        if len(self._line) > _LINE:
            self.end()
            self._line = ""
