"""The shell on a terminal: prompt, completion, history, and Ctrl-C for the running verb."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session, get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.history import History
from prompt_toolkit.output import Output
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.output.plain_text import PlainTextOutput
from prompt_toolkit.utils import is_dumb_terminal

from xentui.cli.run import INTERRUPTED
from xentui.commands.completion_source import HostCompletionSource, HostsCompletionSource
from xentui.commands.context import Context
from xentui.hosts.base import Host
from xentui.settings import state_folder
from xentui.shell.builtins import vocabulary
from xentui.shell.completer import ShellCompleter
from xentui.shell.history import LineHistory
from xentui.shell.hosts import close_all, several_of, shell_contexts
from xentui.shell.interpreter import Interpreter
from xentui.text import lines, plain

if TYPE_CHECKING:
    from xentui.commands.several_hosts import SeveralHosts

HISTORY = "shell-history"
"""The history's file in the state folder."""
_LONGEST_NAME = 40


def run_interactive(hosts: Sequence[Host], *, read_only: bool, dry_run: bool, yes: bool = False) -> int:
    """Prompt until the user leaves; 130 after SIGTERM, else 0."""

    async def work() -> None:
        try:
            contexts = shell_contexts(hosts, read_only=read_only, dry_run=dry_run, yes=yes)
            history = LineHistory(state_folder() / HISTORY)
            await Shell(contexts[0], history, _output(), several_of(contexts)).loop()
        finally:
            await close_all(hosts)

    # A dumb terminal shows escape sequences as they are.
    dumb = create_app_session(output=PlainTextOutput(sys.stdout)) if is_dumb_terminal() else nullcontext()
    try:
        with dumb:
            asyncio.run(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    return 0


class Shell:
    """The dialogue with a user.

    Arguments: ``context`` is what verbs work with; ``history`` remembers lines; ``output`` is where prompts go,
    by default standard output; ``several`` the hosts it is for, where that is more than one.
    """

    def __init__(
        self,
        context: Context,
        history: History,
        output: Output | None = None,
        several: SeveralHosts | None = None,
    ) -> None:
        self._context = context
        self._name = context.hypervisor.host.name
        self.interpreter = Interpreter(context, several)
        self._source: HostCompletionSource | HostsCompletionSource
        if several is None:
            self._source = HostCompletionSource(lambda: context.hypervisor)
        else:
            hypervisors = [each.hypervisor for each in several.contexts]
            self._name = ",".join(hypervisor.host.name for hypervisor in hypervisors)
            self._source = HostsCompletionSource(hypervisors)
        self._verb: asyncio.Future[int] | None = None
        self._prompt: PromptSession[str] = PromptSession(
            self.prompt_text,
            history=history,
            output=output,
            completer=ShellCompleter(vocabulary(), self._source),
            complete_while_typing=False,
            auto_suggest=AutoSuggestFromHistory(),
            enable_history_search=True,
            enable_suspend=True,
            bottom_toolbar=self.toolbar_text,
        )

    def prompt_text(self) -> str:
        """Return the host, and what this session must not do."""
        session = self._context.hypervisor.session
        limits = " (read-only)" if session.read_only else " (dry-run)" if session.dry_run else ""
        return f"{_short(self._name)}{limits}> "

    def toolbar_text(self) -> str:
        """Return one line: the host, its domains as last seen, and how the last verb ended."""
        snapshot = self._source.snapshot
        guests = [domain for domain in snapshot.domains if not domain.is_control] if snapshot else []
        up = sum(domain.state.alive for domain in guests)
        seen = f"{up} of {len(guests)} domains up" if snapshot else "domains not known"
        line = f"{_short(self._name)}: {seen}, last exit {self.interpreter.last}"
        return line[: get_app().output.get_size().columns - 1]

    async def loop(self) -> None:
        """Take lines until ``exit`` or Ctrl-D; raises CancelledError after SIGTERM."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in one
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        self._context.note("`help` lists the commands, Tab completes, `exit` or Ctrl-D leaves")
        try:
            while not self.interpreter.over:
                await self._dialogue()
        finally:
            await self._source.close()
            loop.remove_signal_handler(signal.SIGINT)
            loop.remove_signal_handler(signal.SIGTERM)

    async def _dialogue(self) -> None:
        """One prompt and what is answered to it."""
        looking = asyncio.ensure_future(self._look())
        try:
            text = await self._prompt.prompt_async(handle_sigint=False, set_exception_handler=False)
        except KeyboardInterrupt:
            return
        except EOFError:
            self.interpreter.over = True
            return
        finally:
            looking.cancel()
        # A pasted text may have several lines.
        for line in lines(text):
            await self._take(line)
            if self.interpreter.over or self.interpreter.last == INTERRUPTED:
                break

    async def _take(self, line: str) -> None:
        """Run one line; Ctrl-C cancels it and nothing else."""
        self._verb = asyncio.ensure_future(self.interpreter.run(line))
        try:
            await self._verb
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            self._context.note("interrupted; `list` shows where things stand")
        finally:
            self._verb = None
            self._source.forget()
            sys.stdout.flush()

    async def _look(self) -> None:
        """Renew what the toolbar and completion know while the user types; a shell nobody uses asks nothing."""
        await self._source.refresh()
        self._prompt.app.invalidate()

    def _interrupt(self) -> None:
        if self._verb is not None:
            self._verb.cancel()


def _short(name: str) -> str:
    name = plain(name)
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _output() -> Output | None:
    """Standard error for prompts where standard output is no terminal; None is prompt_toolkit's own choice."""
    return None if sys.stdout.isatty() else create_output(always_prefer_tty=True)
