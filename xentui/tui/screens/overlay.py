"""What the screens above the list share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.text import Text
from textual.screen import Screen
from textual.widgets import OptionList, Static

from xentui.commands.availability import READ_ONLY
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.text import plain
from xentui.tui.bindings import bound
from xentui.tui.context import UiContext
from xentui.tui.faults import FaultReporting
from xentui.tui.jobs import on_host
from xentui.tui.screens.help import HelpScreen, sections
from xentui.tui.widgets.notice_line import NoticeLine

Made = TypeVar("Made")


class ScreenAbove(FaultReporting, Screen[None]):
    """A screen above the list, which is left once: Enter or Esc typed twice takes away nothing else."""

    BINDINGS = [bound("question_mark,f1", "help", "Help", "Show the keys", id="above.help")]

    context: UiContext

    def action_help(self) -> None:
        """Show the keys of this screen."""
        self.app.push_screen(HelpScreen(sections(self, self.context.shown_key), ""))

    def action_choose(self) -> None:
        """Do what Enter does to the current row; the list itself is asked first, and does the same."""
        if isinstance(self.focused, OptionList):
            self.focused.action_select()

    def action_back(self) -> None:
        """Back to what is below."""
        self.context.close(self)


class DomainScreen(ScreenAbove):
    """A screen about what is stored of ``domain``."""

    def __init__(self, context: UiContext, domain: Domain) -> None:
        super().__init__()
        self.context = context
        self.domain = domain
        self.notice = NoticeLine()

    def heading(self, form: str) -> Static:
        """Return the first line: ``form`` with the domain for ``{}``, and its host where there are several."""
        return Static(
            Text(plain(form.format(on_host(self.domain.label, self.context.label)), 200)), classes="log-title"
        )

    async def load(self) -> None:
        """Read anew what is shown."""
        raise NotImplementedError

    def refuses(self, what: str) -> bool:
        """Tell that a read-only session changes nothing, before anything is asked; whether it is one."""
        if self.context.hypervisor.session.read_only:
            self.context.notify(f"cannot {what}: {READ_ONLY}", severity="warning")
        return self.context.hypervisor.session.read_only

    async def change(self, work: Awaitable[Made], done: Callable[[Made], str]) -> None:
        """Change the domain by ``work``, say what was ``done``, of what it has returned, and show what is so now."""
        try:
            made = await work
        except XentuiError as error:
            self.context.notify_error(error)
            return
        self.context.notify(f"{self.domain.label}: {done(made)}")
        self.context.refresh_host()
        await self.load()
