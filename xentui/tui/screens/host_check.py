"""How the host stands: a line a check, below it why that matters and what mends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from xentui.errors import XentuiError, worded
from xentui.service import host_check
from xentui.service.host_check import Report
from xentui.service.host_check.line import CheckState, Line
from xentui.service.host_check.mending import described, mended
from xentui.service.hypervisor import Hypervisor
from xentui.text import plain
from xentui.tui.bindings import bound
from xentui.tui.context import UiContext
from xentui.tui.dialogs.review import ReviewDialog
from xentui.tui.jobs import Job
from xentui.tui.screens import xend
from xentui.tui.screens.above import ScreenAbove
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.notice_line import NoticeLine
from xentui.tui.widgets.styled_line import part

_WORD, _TITLE = 7, 14
"""Columns of the longest word for a state, and of the longest title."""
_COUNTED = ((CheckState.FAULT, "fault"), (CheckState.WARNING, "warning"), (CheckState.UNKNOWN, "unknown"))


class HostCheckScreen(ScreenAbove):
    """The check of a host, and the mends that xentui can do by itself.

    ``first_run``: it is this machine, which is not a Xen host yet, and what leaving it leads to is a simulated one.
    """

    BINDINGS = [
        bound("escape,q,ctrl+k", "back", "Back", "Back to the list", id="check.back", show=True),
        bound("m", "mend", "Mend", "Repair this line, after asking", id="check.mend", show=True),
        bound("x", "xend", "xend", "Change which hosts xend accepts", id="check.xend", show=True),
        bound("f5", "again", "Refresh", "Check again", id="check.again", show=True),
    ]
    COMPONENT_CLASSES = {f"host-check--{state.name.lower()}" for state in CheckState}

    def __init__(self, context: UiContext, hypervisor: Hypervisor, *, first_run: bool = False) -> None:
        super().__init__()
        self.context = context
        self.notice = NoticeLine()
        self._hypervisor = hypervisor
        self._first_run = first_run
        self._report: Report | None = None
        self._title = Static(classes="log-title")
        self._about = Static(id="check-about")
        self._hints = KeyHints()

    def compose(self) -> ComposeResult:
        """Title, lines, what is to be said of the one under the cursor, keys."""
        yield self._title
        yield OptionList(id="checks")
        yield self._about
        yield self.notice
        yield self._hints

    def on_mount(self) -> None:
        """Check."""
        self.set_focus(self._list)
        self._show_line()
        self.action_again()

    @property
    def _list(self) -> OptionList:
        return self.query_one("#checks", OptionList)

    @property
    def _line(self) -> Line | None:
        """The line under the cursor."""
        place = self._list.highlighted
        if self._report is None or place is None or place >= len(self._report.lines):
            return None
        return self._report.lines[place]

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
        self._title.update(Text(f"{self._head} …"))
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
            self._title.update(Text(self._head))
            self._list.clear_options()
            self._list.add_option(Option(Text(error.headline), disabled=True))
            self.context.notify_error(error)
            return
        before = self._line
        self._report = report
        counts = [
            f"{count} {word}{'s' if count > 1 and state is not CheckState.UNKNOWN else ''}"
            for state, word in _COUNTED
            if (count := sum(line.state is state for line in report.lines))
        ]
        self._title.update(Text(f"{self._head}: {', '.join(counts) or 'all is well'}"))
        listed = self._list
        listed.clear_options()
        listed.add_options([Option(self._row(line)) for line in report.lines])
        ids = [line.id for line in report.lines]
        worst = next((n for n, line in enumerate(report.lines) if line.state is report.worst), 0)
        listed.highlighted = ids.index(before.id) if before is not None and before.id in ids else worst
        self._show_line()

    def _row(self, line: Line) -> Text:
        row = Text(no_wrap=True, overflow="ellipsis")
        style = part(self, f"host-check--{line.state.name.lower()}")
        row.append(f"{line.state.sign} {line.state.value:<{_WORD}}", style)
        row.append(f"  {line.title:<{_TITLE}}  {line.found}")
        return row

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._show_line()

    @on(OptionList.OptionSelected)
    def _entered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_mend()

    def _show_line(self) -> None:
        line = self._line
        self._about.update(Text("\n".join(self._told(line)) if line else "", overflow="fold"))
        mendable = line is not None and line.mend is not None
        back = "Try the simulator" if self._first_run else "Back"
        hints = [Hint("m", "Mend …")] if mendable else []
        hints += [Hint("x", "xend …")] if self._has_xend else []
        self._hints.show_hints([*hints, Hint("F5", "Refresh", 1), Hint("Esc", back)])

    def _told(self, line: Line) -> Iterator[str]:
        """Yield all there is to say of a line."""
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
        line = self._line
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
        if not await self.context.ask(ReviewDialog(question, described(line.mend), "Mend")):
            return

        async def work(job: Job) -> str:
            kept = await mended(self._hypervisor.session, line)
            job.output += [f"the previous content is in {copy}" for copy in kept]
            return "; ".join(["done", *(f"the old file is {copy}" for copy in kept)])

        job = self.context.jobs.start("mend", line.title, work, cancellable=False)
        if job.task is not None:
            await asyncio.wait([job.task])
        if self.is_attached:
            self.action_again()
