"""How the host stands: a line a check, below it why that matters and what mends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from xentui.errors import XentuiError, worded
from xentui.service import host_check
from xentui.service.host_check import Report
from xentui.service.host_check.mending import carry_out_mend, mend_lines
from xentui.service.host_check.report_line import CheckState, Line
from xentui.service.hypervisor import Hypervisor
from xentui.text import plain
from xentui.tui.bindings import bound
from xentui.tui.context import UiContext
from xentui.tui.dialogs.review import ReviewDialog
from xentui.tui.jobs import Job
from xentui.tui.screens import xend
from xentui.tui.screens.list_screen import ListScreen
from xentui.tui.widgets.key_hints import Hint
from xentui.tui.widgets.styled_line import part

_WORD, _TITLE = 7, 14
"""Columns of the longest word for a state, and of the longest title."""
_COUNTED = ((CheckState.FAULT, "fault"), (CheckState.WARNING, "warning"), (CheckState.UNKNOWN, "unknown"))


class HostCheckScreen(ListScreen[Line]):
    """The check of a host, and the mends that xentui can do by itself.

    ``first_run``: it is this machine, which is not a Xen host yet, and what leaving it leads to is a simulated one.
    """

    BINDINGS = [
        bound("enter", "choose", "Mend", "Repair this line, after asking", id="check.choose"),
        bound("escape,q,ctrl+k", "back", "Back", "Back to the list", id="check.back", show=True),
        bound("m", "mend", "Mend", "Repair this line, after asking", id="check.mend", show=True),
        bound("x", "xend", "xend", "Change which hosts xend accepts", id="check.xend", show=True),
        bound("f5", "again", "Refresh", "Check again", id="check.again", show=True),
    ]
    COMPONENT_CLASSES = {f"host-check--{state.name.lower()}" for state in CheckState}

    def __init__(self, context: UiContext, hypervisor: Hypervisor, *, first_run: bool = False) -> None:
        super().__init__(context, about_id="check-about")
        self._hypervisor = hypervisor
        self._first_run = first_run
        self._report: Report | None = None

    def compose(self) -> ComposeResult:
        """Title, lines, what is to be said of the one under the cursor, keys."""
        yield self.title_line
        yield OptionList(id="checks")
        yield self.about
        yield self.notice
        yield self.hints

    def on_mount(self) -> None:
        """Check."""
        self.set_focus(self.listed)
        self.show_about()
        self.action_again()

    @property
    def _has_xend(self) -> bool:
        return self._report is not None and self._report.line("relocation") is not None

    def action_xend(self) -> None:
        """Show what xend is set to, to be changed."""
        if not self._has_xend:
            self.context.notify("there is no xend on this host", severity="warning")
            return
        self.context.background(self._xend)

    async def _xend(self) -> None:
        try:
            await xend.change(self.context, self._hypervisor)
        except XentuiError as error:
            self.context.notify_error(error)
        if self.is_attached:
            self.action_again()

    def action_again(self) -> None:
        """Check again."""
        self.title_line.update(Text(f"{self._head} …"))
        self.run_worker(self._look(), exclusive=True)

    @property
    def _head(self) -> str:
        name = self._hypervisor.host.name
        return (
            "This machine is not a Xen host yet"
            if self._first_run
            else f"Check of the host {plain(name, 40)}"
        )

    async def _look(self) -> None:
        try:
            report = await host_check.look(self._hypervisor)
        except XentuiError as error:
            self.title_line.update(Text(self._head))
            self.listed.clear_options()
            self.listed.add_option(Option(Text(error.headline), disabled=True))
            self.context.notify_error(error)
            return
        self._report = report
        counts = [
            f"{count} {word}{'s' if count > 1 and state is not CheckState.UNKNOWN else ''}"
            for state, word in _COUNTED
            if (count := sum(line.state is state for line in report.lines))
        ]
        self.title_line.update(Text(f"{self._head}: {', '.join(counts) or 'all is well'}"))
        worst = next((n for n, line in enumerate(report.lines) if line.state is report.worst), 0)
        self.show_rows(report.lines, identity=lambda line: line.id, first=worst)

    def row_text(self, row: Line) -> Text:
        """Return state, title, and what was found."""
        text = Text(no_wrap=True, overflow="ellipsis")
        style = part(self, f"host-check--{row.state.name.lower()}")
        text.append(f"{row.state.sign} {row.state.value:<{_WORD}}", style)
        text.append(f"  {row.title:<{_TITLE}}  {row.found}")
        return text

    @on(OptionList.OptionSelected)
    def _entered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_mend()

    def show_about(self) -> None:
        """Show the box, and the keys that the current line has."""
        super().show_about()
        line = self.current
        mendable = line is not None and line.mend is not None
        back = "Try the simulator" if self._first_run else "Back"
        hints = [Hint("m", "Mend")] if mendable else []
        hints += [Hint("x", "xend")] if self._has_xend else []
        self.hints.show_hints([*hints, Hint("F5", "Refresh", 1), Hint("Esc", back)])

    def about_lines(self, line: Line) -> Iterator[str]:
        """Yield what was found, why it matters, and what repairs it."""
        yield line.found
        if line.why:
            yield f"why:  {line.why}"
        if line.steps:
            name = self._report.distribution if self._report else ""
            yield f"To make {plain(name or 'this system', 60)} a Xen host:"
            yield from (f"  {number}. {step}" for number, step in enumerate(line.steps, 1))
        elif line.command:
            yield f"mend: {worded(line.command, self.context.word)}"

    def action_mend(self) -> None:
        """Show what mends the line, and do it if the user agrees."""
        line = self.current
        if line is None:
            return
        if line.mend is None:
            why = "nothing is wrong there" if not line.command else "do this by hand: xentui cannot"
            self.context.notify(f"{line.title}: {why}", severity="warning")
            return
        if self._hypervisor.session.read_only:
            self.context.notify("cannot mend: this session is read-only", severity="warning")
            return
        self.context.background(partial(self._mend, line))

    async def _mend(self, line: Line) -> None:
        if line.mend is None:
            return
        what = line.mend.what
        question = f"{what[:1].upper()}{what[1:]}?"
        if not await self.context.ask(ReviewDialog(question, mend_lines(line.mend), "Mend")):
            return

        async def work(job: Job) -> str:
            kept = await carry_out_mend(self._hypervisor.session, line)
            job.output += [f"the previous content is in {copy}" for copy in kept]
            return "; ".join(["done", *(f"the old file is {copy}" for copy in kept)])

        job = self.context.jobs.start("mend", line.title, work, cancellable=False)
        if job.task is not None:
            await asyncio.wait([job.task])
        if self.is_attached:
            self.action_again()
