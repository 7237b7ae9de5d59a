"""A script that runs on a guest's console: its steps, how far it is, and what the guest prints meanwhile."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from xentui.expect.script import Script, ScriptStep
from xentui.model.domain import Domain
from xentui.text import plain
from xentui.tui.bindings import bound
from xentui.tui.context import UiContext
from xentui.tui.jobs import Job, JobState
from xentui.tui.screens.overlay import ScreenAbove
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.notice_line import NoticeLine

_LINES = 8
"""Lines of the guest's output in sight."""
_KEPT = 4000
_HINTS = (Hint("x", "Stop"), Hint("c", "Console"), Hint("Esc", "Back (it continues)"))
_OVER = (Hint("c", "Console"), Hint("Esc", "Back"))


class ScriptScreen(ScreenAbove):
    """Shows a run; leaving it leaves the run alone."""

    BINDINGS = [
        bound(
            "escape,q",
            "back",
            "Back",
            "Back to the list; the script continues",
            id="script.back",
            show=True,
        ),
        bound("x", "stop", "Stop", "Stop the script before its next step", id="script.stop", show=True),
        bound("c", "console", "Console", "Go to the console it runs on", id="script.console", show=True),
    ]

    def __init__(self, context: UiContext, domain: Domain, script: Script) -> None:
        super().__init__()
        self.context = context
        self.notice = NoticeLine()
        self.job: Job | None = None
        self._domain = domain
        self._script = script
        self._at: ScriptStep | None = None
        self._text = ""
        self._ended = ""
        self._title = Static(classes="log-title")
        self._output = Static(id="script-output")
        self._hints = KeyHints(_HINTS)

    def compose(self) -> ComposeResult:
        """Title, steps, what the guest prints, keys."""
        yield self._title
        yield OptionList(*map(Option, self._rows()), id="script-steps")
        yield self._output
        yield self.notice
        yield self._hints

    def on_mount(self) -> None:
        """Say how far it is."""
        self._draw()

    def step(self, step: ScriptStep) -> None:
        """A step begins."""
        self._at = step
        self._draw()

    def text(self, text: str) -> None:
        """The guest has printed this."""
        self._text = (self._text + text)[-_KEPT:]
        if self.is_attached:
            shown = [plain(line, 300) for line in self._text.split("\n")[-_LINES:]]
            self._output.update(Text("\n".join(shown), no_wrap=True, overflow="ellipsis"), layout=False)

    def over(self, words: str) -> None:
        """It has ended."""
        self._ended = words
        self._draw()

    def action_stop(self) -> None:
        """Stop it."""
        if self.job is not None and self.job.state is JobState.RUNNING:
            self.context.jobs.cancel(self.job)

    def action_console(self) -> None:
        """Go to its console."""
        self.context.close(self)
        self.context.background(partial(self.context.open_console, self._domain))

    @property
    def _here(self) -> int:
        """The number of the step it is at, -1 before the first."""
        return next((at for at, step in enumerate(self._script.steps) if step is self._at), -1)

    def _rows(self) -> list[Text]:
        """Return the steps as lines, those that are done marked, and that it is at."""
        here, done = self._here, self._ended == "done"
        now = "✓" if done else "✗" if self._ended else "→"
        rows = []
        for at, step in enumerate(self._script.steps):
            mark = now if at == here else "✓" if at < here else " "
            row = f"{mark} {step.line:4}  {plain(step.shown, 200)}"
            rows.append(Text(row, no_wrap=True, overflow="ellipsis"))
        return rows

    def _draw(self) -> None:
        if not self.is_attached:
            return
        state = self._ended or "runs"
        self._title.update(Text(f"Script {self._script.source} on {self._domain.label}: {plain(state, 200)}"))
        listed = self.query_one(OptionList)
        for at, row in enumerate(self._rows()):
            if listed.get_option_at_index(at).prompt != row:
                listed.replace_option_prompt_at_index(at, row)
        if self._here >= 0:
            listed.highlighted = self._here
        self._hints.show_hints(_OVER if self._ended else _HINTS)
