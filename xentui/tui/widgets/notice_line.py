"""One line for what has happened last and what is going on."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message

from xentui.text import plain
from xentui.tui.jobs import Job
from xentui.tui.widgets.styled_line import StyledLine, part

_BAR = 10
_BESIDE = 7
"""Columns beside a step: a blank, and how many other jobs there are."""
_LEAST = 12
"""Columns in which a notice says something."""
WORDS = {"error": "error", "warning": "warning", "information": "note"}
"""What a notice is, by its severity; what only says how things stand (``standing``) is none of them."""


class NoticeLine(StyledLine):
    """The last notice stays until the next, or is withdrawn; running jobs stand at the right with their progress.

    A click opens what there is to read about it.
    """

    COMPONENT_CLASSES = {
        "notice-line--information",
        "notice-line--warning",
        "notice-line--error",
        "notice-line--standing",
        "notice-line--word",
        "notice-line--job",
        "notice-line--legend",
    }

    class Clicked(Message):
        """The user wants to read more."""

    def __init__(self) -> None:
        super().__init__()
        self._notice = ""
        self._severity = "information"
        self._more = ""
        self._deep = False
        self._known_as = ""
        self._legend = ""
        self._jobs: Sequence[Job] = ()

    def show_text(
        self,
        text: str,
        severity: str = "information",
        more: str = "",
        *,
        deep: bool = False,
        name: str = "",
    ) -> None:
        """Show a notice.

        ``more`` says where the rest is, of one that is cut or ``deep``: that has more to read; ``name`` is what it is
        known by to :meth:`shows` and :meth:`withdraw` (its text by default).
        """
        self._notice, self._severity, self._more = plain(text, 1000), severity, more
        self._deep, self._known_as = deep, name or text
        self.redraw()

    def add(self, more: str) -> None:
        """Have something told behind the notice that is shown, which is cut where both have no room."""
        self._more = " ".join(filter(None, (self._more if self._deep else "", more)))
        self._deep = True
        self.redraw()

    def explain(self, legend: str) -> None:
        """Show what letters and signs mean while there is no notice."""
        if legend != self._legend:
            self._legend = legend
            self.redraw()

    def withdraw(self, text: str) -> None:
        """Take a notice back, if it is the one that is shown."""
        if self.shows(text):
            self.show_text("")

    @property
    def severity(self) -> str:
        """How bad the notice is that is shown; "" where there is none."""
        return self._severity if self._notice else ""

    def shows(self, text: str) -> bool:
        """Return whether ``text`` is the notice that is shown, by its name."""
        return self._known_as == text

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        """Show how far running jobs are."""
        self._jobs = jobs
        self.redraw()

    def on_click(self, _event: events.Click) -> None:
        """Open more."""
        self.post_message(self.Clicked())

    def line(self) -> Text:
        """Return the notice at the left, the jobs at the right."""
        right = self._progress()
        room = max(0, (self.size.width or 80) - right.cell_len - 1)
        left = Text(no_wrap=True)
        if room < _LEAST:
            return Text.assemble(" ", right, no_wrap=True)
        if self._notice:
            look = part(self, f"notice-line--{self._severity}")
            if word := WORDS.get(self._severity, ""):
                left.append(f" {word} ", look + part(self, "notice-line--word"))
            left.append(" " + self._notice, look)
            if self._more and (self._deep or left.cell_len > room):
                left.truncate(max(0, room - len(self._more) - 1), overflow="ellipsis")
                left.append(f" {self._more}", look)
        else:
            left.append(f" {self._legend}", part(self, "notice-line--legend"))
        left.truncate(room, overflow="ellipsis", pad=True)
        return Text.assemble(left, " ", right, no_wrap=True)

    def _progress(self) -> Text:
        style = part(self, "notice-line--job")
        if not self._jobs:
            return Text()
        job = self._jobs[-1]
        text = Text(style=style, no_wrap=True)
        if job.step:
            # What it is done to, and how far that is, come first and fit; the rest is what may be cut.
            words = f"{job.step}, {job.pace}" if job.pace else f"{job.step} …"
            percent = f" {job.percent}%" if job.percent else ""
            text.append(plain(words, (self.size.width or 80) - len(percent) - _BESIDE) + percent)
        else:
            text.append(plain(job.label, 40))
            text.append(self._bar(job))
        if len(self._jobs) > 1:
            text.append(f" (+{len(self._jobs) - 1})")
        return text

    @staticmethod
    def _bar(job: Job) -> str:
        if job.percent is None:
            return " …"
        filled = job.percent * _BAR // 100
        return f" {'█' * filled}{'░' * (_BAR - filled)} {job.percent}%" + (f" {job.pace}" if job.pace else "")
