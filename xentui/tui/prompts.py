"""The ``:`` line, the filter and the search: what is typed on the prompt line, and what becomes of it."""

from __future__ import annotations

import argparse
import asyncio
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from xentui import service
from xentui.commands import frontends, registry, selection
from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command, Group, Targets
from xentui.commands.completion import Candidate, Vocabulary, candidates
from xentui.commands.context import Context
from xentui.commands.help import text
from xentui.commands.per_host import AT
from xentui.commands.registry import verbs
from xentui.commands.run import find_verb, parse_verb, run_command
from xentui.commands.words import begun, quoted
from xentui.errors import NotAgreedError, UsageError, XentuiError
from xentui.model.domain import Domain
from xentui.text import plain
from xentui.tui.confirmation import agreed_to
from xentui.tui.context import MainContext, UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog, TypedDialog
from xentui.tui.dialogs.report import ReportDialog
from xentui.tui.domain_list import filters
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.jobs import Job
from xentui.tui.screens.main import MainScreen
from xentui.tui.typed_hosts import by_host, names_elsewhere
from xentui.tui.typed_job import run_each
from xentui.tui.widgets.completions import CompletionResult

if TYPE_CHECKING:
    from xentui.service.danger import Question

HOST = Command(
    id="view.host",
    verb="host",
    summary="Change to another host: local, sim, ssh://[user@]host, or a name of config.toml",
    group=Group.SCREEN,
    arguments=(Argument(("name",), "the host", ArgumentKind.HOST, metavar="HOST", optional=True),),
    front_end=True,
)
COMMAND, FILTER, SEARCH = "command", "filter", "search"
_VIEWS = {"bg": "view.background", "check": "view.check", "make": "view.make", "fleet": "view.fleet"}
"""What is typed for a view of the screen."""


class Confirmation:
    """Asks whether what a verb has ``told`` may be done: what it has told since it asked last, if anything."""

    def __init__(self, ui: UiContext, told: Sequence[str]) -> None:
        self._ui, self._told = ui, told
        self._from = 0

    async def __call__(self, question: str, about: Sequence[str] = ()) -> bool:
        """Ask; ``about`` stands before what was told."""
        news = self._told[self._from :] or self._told
        self._from = len(self._told)
        lines = [*about, *([""] if about and news else []), *news]
        return await self._ui.ask(ConfirmDialog(question, lines, "Yes", careful=True)) is True


class Prompts:
    """Asks on the prompt line and does what was typed."""

    def __init__(self, context: MainContext, main: MainScreen) -> None:
        self._context = context
        self._main = main
        self._entering: asyncio.Future[None] | None = None
        self._whence: Callable[[], None] | None = None

    def ask_command(self, begun: str = "", whence: Callable[[], None] | None = None) -> None:
        """Ask for a command as on the command line; what names no domain is for the chosen ones.

        ``whence`` leads back to the view where the line was begun; Esc does that, and Enter on an empty line.
        """
        self._whence = whence
        domains = self._main.chosen
        one = plain(domains[0].label) if domains else ""
        about = f"the {len(domains)} marked domains" if len(domains) > 1 else one
        hint = f"command for {about}, or for DOM" if about else "command"
        self._main.prompt.ask(COMMAND, ":", begun, self._complete_command, hint=hint, replaces=False)

    async def begin(self, command: Command) -> None:
        """Begin a command on the line, or run it where it only shows something and needs nothing more."""
        needed = [each for each in command.positionals if not each.optional]
        chosen = command.targets is not Targets.NONE and self._main.chosen
        if command.mutates or len(needed) > bool(chosen):
            self.ask_command(f"{command.verb} ")
        else:
            await self.entered(COMMAND, command.verb)

    def ask_filter(self) -> None:
        """Ask for filter words; the list follows as they are typed."""
        self._main.prompt.ask(FILTER, "/", self._main.table.filter_text, self._complete_filter)

    def ask_search(self) -> None:
        """Ask what to search a console for."""
        self._main.prompt.ask(SEARCH, "search ", hint="text, /EXPRESSION (grep -E), or @10m, @13:05")

    def changed(self, kind: str, text: str) -> None:
        """The line is being typed."""
        if kind == FILTER:
            self._context.filter_list(text)

    def left(self, kind: str, *, elsewhere: bool = False) -> None:
        """The line was left without Enter; ``elsewhere``: by going to another part of the screen."""
        whence, self._whence = self._whence, None
        if kind == FILTER:
            self._context.filter_list("")
        self._back(kind)
        if kind == COMMAND and whence is not None and not elsewhere:
            whence()

    def entering(self) -> asyncio.Future[None]:
        """Enter is on its way to the line; what is returned ends when all is done."""
        self._entering = asyncio.get_running_loop().create_future()
        return self._entering

    async def entered(self, kind: str, text: str) -> None:
        """Do what was typed."""
        entering, self._entering = self._entering, None
        try:
            if kind == COMMAND and not text:
                self.left(kind)
            else:
                await self._do(kind, text)
        finally:
            if entering is not None:
                entering.set_result(None)

    async def _do(self, kind: str, text: str) -> None:
        self._back(kind)
        if kind == FILTER:
            self._context.filter_list(text)
            self._main.table.stay()
        elif kind == SEARCH:
            await self._main.console.search.find(text)
        elif text:
            self._whence = None
            self._context.clear_notice()
            try:
                await self._run(text)
            except XentuiError as error:
                self._context.notify_error(error)

    def _back(self, kind: str) -> None:
        if kind == SEARCH:
            self._main.set_focus(self._main.console.view)
        else:
            self._main.to_list()

    async def _run(self, line: str) -> None:
        """Run a verb as a job; those that need a terminal open a console tab."""
        try:
            words = shlex.split(line)
        except ValueError:
            raise UsageError("a quotation mark is missing", subject=line) from None
        if words[0] == "xentui" and len(words) > 1:
            words = words[1:]
        if words[0] in ("q", "quit", "exit"):
            await self._context.act("view.quit", [])
            return
        if words[0] == "host":
            await self._change_host(words[1:])
            return
        if own := _VIEWS.get(" ".join(words)):
            await self._context.act(own, [])
            return
        if words[0] == "help" and len(words) == 1:
            await self._context.act("view.help", [])
            return
        if words[0] == "help" or any(word in ("-h", "--help") for word in words):
            self._explain(" ".join(words[1:]) if words[0] == "help" else registry.split(words)[0])
            return
        name, words = registry.split(words)
        verb = find_verb(name)
        hosts = self._context.hosts
        rows = self._main.table.chosen
        named = by_host(verb, words, self._domains) if len(hosts) > 1 else {}
        # What names no domain is for those that are chosen, on the host of each.
        labels = list(named or dict.fromkeys(row.host for row in rows)) or [self._context.here.label]
        if verb.mutates and not named and len(labels) > 1:
            await self._ask_for_all(verb, words, line, rows)
            return
        for label in labels:
            await self._run_on(hosts[label], verb, named.get(label, words), line)

    async def _ask_for_all(
        self, verb: Command, words: Sequence[str], line: str, rows: Sequence[DomainRow]
    ) -> None:
        """Ask once before what is marked on several hosts is acted on, and run the verb on each; returns when asked."""
        asked = asyncio.Event()

        async def ask_and_run() -> None:
            what = verb.label or verb.verb
            names = ", ".join(f"{row.domain.label}@{row.host}" for row in rows)
            asked.set()
            if not await self._context.ask(ConfirmDialog(f"{what} {len(rows)} domains?", [names], what)):
                return
            try:
                for label in dict.fromkeys(row.host for row in rows):
                    marked = [row.domain for row in rows if row.host == label]
                    await self._run_on(self._context.hosts[label], verb, words, line, agreed=marked)
            except XentuiError as error:
                self._context.notify_error(error)

        self._context.background(ask_and_run)
        # A key typed behind the line is for the question, not for the list.
        await asked.wait()

    async def _run_on(
        self,
        ui: UiContext,
        verb: Command,
        words: Sequence[str],
        line: str,
        *,
        agreed: Sequence[Domain] = (),
    ) -> None:
        """Run a verb on a host; for the domains that were ``agreed`` to, else for those marked, or the current one."""
        current = self._main.table.current
        here = current.domain if current is not None and current.host == ui.label else None
        marked = list(agreed) or [row.domain for row in self._main.table.marked_shown if row.host == ui.label]
        found = selection.lines(verb, words, here, marked, self._domains[ui.label])
        each = [parse_verb(verb, words) for words in found]
        # One line may take all of them.
        many = len(found) > 1 or (verb.mutates and len(marked) > 1 and found != [list(words)])
        several = (marked or ([here] if here else [])) if many and not agreed else []
        await self._do_verb(ui, verb, each, line, found, several)

    async def _change_host(self, words: Sequence[str]) -> None:
        if len(words) > 1:
            raise UsageError("takes one host", subject="host", hint="for example :host xen2")
        if not words:
            await self._context.act("view.host", [])
            return

        async def change() -> None:
            try:
                await self._context.change_host(words[0])
            except XentuiError as error:
                self._context.notify_error(error)

        self._context.background(change)

    def _explain(self, name: str) -> None:
        """Show what `xentui help NAME` prints."""
        self._main.app.push_screen(ReportDialog(f"help {name}", text(name, {}).rstrip().splitlines()))

    @property
    def _domains(self) -> Mapping[str, Sequence[Domain]]:
        """All that are listed, by their hosts."""
        snapshots = {label: host.host_state.snapshot for label, host in self._context.hosts.items()}
        return {label: known.domains if known is not None else () for label, known in snapshots.items()}

    async def _do_verb(  # noqa: PLR0917 - what is typed, and what it is about
        self,
        ui: UiContext,
        verb: Command,
        each: Sequence[argparse.Namespace],
        line: str,
        words: Sequence[Sequence[str]],
        several: Sequence[Domain],
    ) -> None:
        args = each[0]
        if hasattr(args, "host"):
            raise UsageError(
                "the screen stays with its host", hint=f"`:host {args.host}` changes to that one"
            )
        read_only, dry_run = getattr(args, "read_only", False), getattr(args, "dry_run", False)
        if verb.takes_terminal(args) and not (read_only or dry_run):
            await self._on_console(ui, verb, args)
            return

        asked = asyncio.Event()

        async def ask(found: Question) -> bool:
            asked.set()
            return await self._agreed(ui, found)

        async def work(job: Job) -> str:
            hypervisor = ui.hypervisor.stricter(
                read_only=read_only, dry_run=dry_run, announce=job.output.append
            )
            confirm = Confirmation(ui, job.output)
            context = Context(
                hypervisor,
                job.output.append,
                job.output.append,
                ask=ask,
                confirm=confirm,
                beside=ui.beside,
                ask_secret=ui.ask_secret,
                show_secret=ui.show_secret,
                live_console=ui.live_console,
                asked=asked.set,
                render=ui.word,
                progress=lambda title: (
                    ui.jobs.step(job, title) if verb.stepwise else nullcontext(ui.jobs.progress(job))
                ),
            )
            try:
                if several:
                    asked.set()
                    if not await agreed_to(ui, verb.label or verb.verb, several):
                        raise NotAgreedError
                return await run_each(verb, each, context, job)
            finally:
                asked.set()

        shown = line if len(each) > 1 else shlex.join([*verb.verb.split(), *words[0]])
        ui.jobs.start(shown, f"for {len(each)} domains" if len(each) > 1 else "", work)
        if verb.asks or several:
            # A key typed behind the line is for the question, not for the list.
            await asked.wait()

    async def _agreed(self, ui: UiContext, found: Question) -> bool:
        """Ask before a verb loses something for good."""
        lines = service.danger.told(found, ui.word)
        if found.typed:
            dialog = TypedDialog(found.question, lines, found.typed, "Agree")
            return await ui.ask(dialog) is True
        if getattr(found, "transient", ()):
            lines.append("With --keep it is made managed first.")
        return await ui.ask(ConfirmDialog(found.question, lines, "Yes", careful=True)) is True

    async def _on_console(self, ui: UiContext, command: Command, args: argparse.Namespace) -> None:
        """Run a command that would take the terminal; it opens a console tab."""
        context = Context(
            ui.hypervisor,
            ui.notify,
            ui.notify,
            ask=partial(self._agreed, ui),
            render=ui.word,
            open_console=ui.open_console,
            boot_console=ui.boot_console,
        )
        await run_command(command, args, context)

    async def _complete_command(self, before: str) -> CompletionResult:
        cursor = begun(before)
        words = [*cursor.before, cursor.word]
        here, domains = self._context.here, self._domains
        found = await candidates(vocabulary(), words, here.completion_source)
        its = {domain.name for domain in domains[here.label]}
        if len(domains) > 1 and (AT in cursor.word or any(item.text in its for item in found)):
            found += map(Candidate, names_elsewhere(cursor.word, domains, here.label))
        # Whoever is chosen in the list comes first.
        first = [selection.identifier(domain, domains[here.label]) for domain in self._main.chosen]
        found.sort(key=lambda item: item.text not in first)

        def write(item: Candidate) -> str:
            return quoted(item.text, cursor.quote, final=item.final)

        return CompletionResult(before, cursor.start, found, write, spaced=True)

    async def _complete_filter(self, before: str) -> CompletionResult:
        fit = [text for text in filters.completions(before) if text != before]
        return CompletionResult(before, 0, [Candidate(text, final=False) for text in fit])


def vocabulary() -> Vocabulary:
    """Return all that may begin a line."""
    return Vocabulary({**verbs(), frontends.HELP.verb: frontends.HELP, HOST.verb: HOST})
