"""The app: wires the service, the feed, the jobs and the screens together."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any, ClassVar, TypeVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import ModalScreen, Screen
from textual.theme import Theme
from textual.widgets import Input, TextArea
from textual.worker import Worker

from xentui.cli.ground import HostGround
from xentui.console.hub import ConsoleHub
from xentui.errors import XentuiError
from xentui.hosts.base import Host
from xentui.model.domain import Domain
from xentui.service.boot import BootPlan
from xentui.service.events import Event
from xentui.service.hypervisor import Hypervisor
from xentui.settings import Settings
from xentui.tui import hangup, keymap, stylesheets, themes
from xentui.tui.consoles import Consoles
from xentui.tui.desk import Settle
from xentui.tui.dispatch import act
from xentui.tui.feed import Feed
from xentui.tui.jobs import Job, Jobs, JobState, announce, observe, warn
from xentui.tui.messages import JobChanged, Notice, PictureChanged
from xentui.tui.palette import PROVIDERS
from xentui.tui.picture import HostPicture
from xentui.tui.prompts import Prompts
from xentui.tui.screens.main import MainScreen
from xentui.tui.screens.views import VIEWS
from xentui.tui.signals import end_on_signals
from xentui.tui.widgets.console_view import ConsoleView
from xentui.tui.widgets.notice_line import NoticeLine

Answer = TypeVar("Answer")
_AUDIT = 300
_TICK = 1.0
_PATIENCE = 0.25
"""Seconds keys wait for what the action before them shows."""
READING = 3.0
"""The same where it reads from the host what it shows: what is typed ahead is for the editor."""


class XentuiApp(App[None], inherit_bindings=False):
    """The screen of one host; implements :class:`xentui.tui.desk.Desk`."""

    TITLE = "xentui"
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [*stylesheets.paths()]
    BINDINGS: ClassVar[list[BindingType]] = []
    COMMANDS = PROVIDERS
    # The palette is an action like any other; Textual's own binding would take Ctrl-P from guests.
    COMMAND_PALETTE_BINDING = "f24"
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        host: Host,
        settings: Settings,
        *,
        read_only: bool = False,
        dry_run: bool = False,
        notice: str = "",
    ) -> None:
        known = themes.themes()
        # Only from the terminal's own colours does Textual leave all out; from others it makes greys.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        for theme in known.values():
            self.register_theme(theme)
        wish = settings.theme if settings.theme in known else themes.DEFAULT
        self._begin_with(known[themes.NO_COLOUR if self.no_color else wish])
        self.hypervisor = Hypervisor(
            host, read_only=read_only, dry_run=dry_run, announce=self._announce, warn=warn
        )
        self.hypervisor.session.observe = observe
        self.picture = HostPicture()
        self.jobs = Jobs(self._job_moved)
        self.ground = HostGround(lambda: self.hypervisor)
        self.hub = ConsoleHub(host)
        self.feed = Feed(self.hypervisor, self.picture, self._picture_moved)
        self.consoles = Consoles(self)
        self.prompts = Prompts(self)
        self.filter_text = ""
        self._asked = asyncio.Event()
        self._shown = 0.0
        self.last_error: XentuiError | None = None
        self.last_bulk = ""
        self.tried: dict[str, str] = {}
        """Texts that were booted once and not stored, by uuid: the next edit begins with them."""
        self._going_to = ""
        """The uuid of a domain that was made and is not listed yet."""
        self._settings = settings
        self._first_notice = notice
        self._key_problems: list[str] = []
        leave, self._leave_problem = keymap.leave_key(settings.leave_key)
        modes = tuple(mode for mode, on in (("read-only", read_only), ("dry run", dry_run)) if on)
        self.main = MainScreen(host.name, modes=modes, leave_key=leave, leave_shown=keymap.shown(leave))

    def _begin_with(self, theme: Theme) -> None:
        """Take a first theme.  Textual starts with a dark one; a change to another reads all styles twice."""
        if theme.dark and not theme.ansi:
            self.set_reactive(XentuiApp.theme, theme.name)
            self.stylesheet.set_variables(self.get_css_variables())
        else:
            self.theme = theme.name

    # Life of the app

    def get_default_screen(self) -> Screen[Any]:
        """The main screen is the first."""
        return self.main

    def on_mount(self) -> None:
        """Take the user's keys."""
        if not self.is_headless:
            end_on_signals(self)
        keys, self._key_problems = keymap.checked(self._settings.keys)
        self.set_keymap(keys)

    def begin(self) -> None:
        """Follow the host: the main screen is drawn."""
        self._tell_first()
        self.run_worker(self.feed.run(), name="feed", exit_on_error=False)
        self.run_worker(self._read_audit(), name="audit", exit_on_error=False)
        self.set_interval(_TICK, self._tick)

    def _tell_first(self) -> None:
        problems = [*self._key_problems, *([self._leave_problem] if self._leave_problem else [])]
        if self._settings.theme and self._settings.theme not in themes.themes():
            problems.append(f"there is no theme {self._settings.theme!r}")
        if problems:
            error = XentuiError(
                "config.toml is not followed in all", details=problems, hint="correct it and start again"
            )
            self.tell(f"config.toml: {problems[0]}", error=error, severity="warning")
        elif self._first_notice:
            self.tell(self._first_notice)

    async def leave(self) -> None:
        """Quit, after asking where work or consoles would be cut off."""
        from xentui.tui.dialogs.confirm import ConfirmDialog  # noqa: PLC0415 - only on the way out

        lines = [f"still going on: {job.label}" for job in self.jobs.running]
        if lines and not await self.ask(ConfirmDialog("Leave xentui?", lines, "Leave")):
            return
        self.main.notice.tell("leaving …")
        await self.consoles.close_all()
        await self.jobs.close()
        self.exit()

    async def on_unmount(self) -> None:
        """Let go of the host."""
        await self.feed.close()
        await self.hub.close_all()
        await self.ground.close()
        await self.hypervisor.host.close()

    # What is told

    def _job_moved(self, job: Job) -> None:
        self.post_message(JobChanged(job))

    def _picture_moved(self, events: tuple[Event, ...] | None) -> None:
        self.post_message(PictureChanged(events))

    def _announce(self, command: str) -> None:
        if not announce(f"would run: {command}"):
            self.tell(f"would run: {command}")

    def tell(self, text: str, *, error: XentuiError | None = None, severity: str = "information") -> None:
        """Leave a notice; it stays until the next."""
        self.post_message(Notice(text, error, severity))

    @on(Notice)
    def _notice(self, event: Notice) -> None:
        if event.error is not None:
            self.last_error = event.error
        if not self.is_running:
            return
        more = f"({self.main.key_of('view.error')} tells more)" if event.error is not None else ""
        # A screen on top that has no line for notices leaves them to the one below.
        for screen in reversed(self.screen_stack):
            if isinstance(line := getattr(screen, "notice", None), NoticeLine):
                line.tell(event.text, event.severity, more)
                break

    @on(PictureChanged)
    def _picture_changed(self, event: PictureChanged) -> None:
        if not self.is_running:
            return
        # A poll that found nothing new is shown with the next sample of the load.
        if event.events is None or event.events or not self.main.up_to_date:
            self._show_picture()
        if event.events is not None:
            self.consoles.domains_changed()
            if self._going_to and self.main.table.go_to(self._going_to):
                self._going_to = ""

    @on(JobChanged)
    def _job_changed(self, event: JobChanged) -> None:
        job = event.job
        if not self.is_running:
            return
        self.main.notice.show_jobs([job for job in self.jobs.running if not job.quiet])
        if job.state is JobState.RUNNING:
            return
        self._going_to = job.shows or self._going_to
        self.feed.poke()
        self.ground.forget()
        self.run_worker(self._read_audit(), name="audit", exclusive=True, group="audit", exit_on_error=False)
        if not job.quiet:
            self._tell_end(job)

    def _tell_end(self, job: Job) -> None:
        if job.error is not None:
            self.tell(job.complaint, error=job.error, severity="error")
        elif job.state is JobState.CANCELLED:
            self.tell(f"{job.label}: cancelled", severity="warning")
        elif job.warnings:
            error = XentuiError(
                f"{job.title}: done, with warnings", subject=job.subject, details=job.warnings
            )
            self.tell(
                f"{job.subject}: {job.result}; warning: {job.warnings[0]}", error=error, severity="warning"
            )
        elif job.output:
            self._show_output(job)
        else:
            self.tell(f"{job.subject}: {job.result or 'done'}")

    def _show_output(self, job: Job) -> None:
        if len(job.output) == 1:
            self.tell(job.output[0])
            return
        from xentui.tui.dialogs.report import ReportDialog  # noqa: PLC0415 - only for what prints much

        self.push_screen(ReportDialog(job.label, job.output))

    @on(NoticeLine.Clicked)
    async def _notice_clicked(self) -> None:
        await self.act("view.error" if self.last_error is not None else "view.log", [])

    def _tick(self) -> None:
        if not self.is_running:
            return
        if not self.is_headless and hangup.gone(sys.stdin.fileno()):
            # Nobody is there to be asked anything.
            self.exit(return_code=hangup.GONE)
            return
        # Samples come once a second as well, while the host answers.
        if time.monotonic() - self._shown > 0.9 * _TICK:
            self._show_picture()
        self.main.show_tabs()

    def _show_picture(self) -> None:
        self._shown = time.monotonic()
        self.main.show_picture(self.picture)

    async def _read_audit(self) -> None:
        try:
            self.picture.take_audit(await self.hypervisor.audit(_AUDIT))
        except XentuiError:
            return  # the list says what is wrong with the host
        if self.is_running:
            self.main.show_details()

    # What actions ask for

    async def ask(self, dialog: ModalScreen[Answer]) -> Answer | None:
        """Show a dialog and wait for its answer."""
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()

        def take(result: Answer | None) -> None:
            if not answer.done():
                answer.set_result(result)

        self.push_screen(dialog, take)
        self._asked.set()
        return await answer

    async def act(self, name: str, domains: Sequence[Domain]) -> None:
        """Do an action to domains; returns when it goes on in the background, has ended, or asks something.

        So a key typed ahead is for what the action shows, not for the list.
        """
        doing = self.run_worker(act(self, name, domains), exit_on_error=False)
        await self.until_asked(doing, READING if name.startswith("config.") else _PATIENCE)

    async def until_asked(self, doing: Worker[None], patience: float = READING) -> None:
        """Wait until what is being done shows a dialog or screen, or has ended, or goes on in the background."""
        self._asked.clear()
        asking = asyncio.ensure_future(self._asked.wait())
        done = asyncio.ensure_future(doing.wait())
        await asyncio.wait([asking, done], timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        done.add_done_callback(lambda future: future.cancelled() or future.exception())

    async def on_event(self, event: events.Event) -> None:
        """Give keys that are commands to their bindings at once, in the order typed.

        Textual lets a key pass the focused widget first, and looks for its binding when it comes back: what was
        typed ahead of a prompt or dialog would go to the list.
        """
        if isinstance(event, events.Key) and not event.is_forwarded:
            focused = self.focused
            if isinstance(focused, ConsoleView) and not focused.looking:
                if event.key == focused.leave_key:
                    self.main.to_list()
                    return
            elif not isinstance(focused, (Input, TextArea)):
                await self._check_bindings(event.key, priority=True) or await self._check_bindings(event.key)
                return
        await super().on_event(event)

    def view(self, name: str, domains: Sequence[Domain]) -> None:
        """Do what concerns the screen only."""
        VIEWS[name](self, domains)

    async def open_console(self, domain: Domain, *, looking: bool = False) -> None:
        """Show the console of a domain."""
        await self.consoles.open(domain, looking=looking)

    async def boot_console(self, plan: BootPlan, settle: Settle | None = None) -> None:
        """Run a planned boot in a console tab."""
        await self.consoles.boot(plan, settle or self.hypervisor.lifecycle.settle)

    async def show(self, screen: Screen[Any]) -> None:
        """Show another screen on top; returns when keys go there."""
        await self.push_screen(screen)
        self._asked.set()

    def remember_bulk(self, bulk: str) -> None:
        """Keep the id of a change to many, for its undoing."""
        self.last_bulk = bulk

    def main_goes_to(self, uuid: str) -> None:
        """Let the list go to a domain as soon as it is listed."""
        self._going_to = uuid

    def go_to(self, uuid: str) -> None:
        """Go to a domain in the list, taking the filter back where it hides it."""
        if not self.main.table.go_to(uuid):
            self.filter_list("")
            self.main.table.go_to(uuid)
        self.main.to_list()

    def filter_list(self, text: str) -> None:
        """Filter the list, and say so as long as it is."""
        self.filter_text = text
        found = self.main.table.filter(text)
        shown, known = self.main.table.counts
        if found.problem:
            self.tell(f"filter: {found.problem}", severity="warning")
        elif text:
            self.tell(f"filter {text}: {shown} of {known} (Esc shows all)")
        else:
            self.tell("")

    def next_theme(self) -> None:
        """Take the next theme."""
        names = [
            theme.name for name, theme in themes.themes().items() if self.no_color or name != themes.NO_COLOUR
        ]
        here = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(here + 1) % len(names)]

    def shown_key(self, key: str) -> str:
        """A key as it is shown."""
        return keymap.shown(key)

    def get_system_commands(self, screen: Screen[Any]) -> Iterator[SystemCommand]:  # noqa: ARG002 - Textual's own
        """None of Textual's: the palette has xentui's actions."""
        yield from ()
