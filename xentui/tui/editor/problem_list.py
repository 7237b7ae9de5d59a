"""The problems of a configuration, one a line: where, how bad, what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from xentui.config.linting.problems import Problem
from xentui.text import plain

MOST: Final = 500
"""Problems that are listed; a text with more is not mended one by one."""


class ProblemList(OptionList):
    """Lists problems; Enter or a click tells the place of one."""

    COMPONENT_CLASSES = {"problem-list--error", "problem-list--warning", "problem-list--place"}

    class Wanted(Message):
        """The user wants to see the place of a problem."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._problems: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is listed, and what there was no room for."""
        return self._problems

    def show(self, problems: Sequence[Problem]) -> None:
        """List problems; with none of them the list takes no room."""
        shown = tuple(problems)
        self.display = bool(shown)
        if shown == self._problems:
            return
        self._problems = shown
        kept = self.highlighted
        options = [Option(self._line(problem)) for problem in shown[:MOST]]
        if len(shown) > MOST:
            options.append(Option(f"… {len(shown) - MOST} more", disabled=True))
        self.set_options(options)
        if kept is not None and shown:
            self.highlighted = min(kept, len(shown[:MOST]) - 1)

    def on_mount(self) -> None:
        """Nothing is listed yet."""
        self.display = bool(self._problems)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tell which problem it is."""
        event.stop()
        if event.option_index < len(self._problems):
            self.post_message(self.Wanted(self._problems[event.option_index]))

    def notify_style_update(self) -> None:
        """The colours are in the lines: make them anew."""
        super().notify_style_update()
        if self.is_mounted and self._problems:
            shown, self._problems = self._problems, ()
            self.call_next(self.show, shown)

    def _line(self, problem: Problem) -> Table:
        style = self.get_component_rich_style
        muted = style("problem-list--place", partial=True)
        text = Text(plain(problem.message, 1000))
        if problem.hint:
            text.append(f"  {plain(problem.hint, 1000)}", muted)
        place = f"{problem.line}:{problem.column}" if problem.line else "–"
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_column(min_width=6, justify="right", no_wrap=True)
        line.add_column(min_width=7, no_wrap=True)
        line.add_column()
        severity = Text(problem.severity, style(f"problem-list--{problem.severity}", partial=True))
        line.add_row(Text(place, muted), severity, text)
        return line
