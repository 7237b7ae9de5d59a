"""A script that runs on a guest's console: its steps, how far it is, and what the guest prints meanwhile."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from xentui.expect.script import Script, ScriptStep
from xentui.model.domain import Domain
from xentui.text import plain
from xentui.tui.bindings import bound
from xentui.tui.context import UiContext
from xentui.tui.faults import FaultsTold
from xentui.tui.jobs import Job, JobState
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.notice_line import NoticeLine

_LINES = 8
"""Lines of the guest's output in sight."""
_KEPT = 4000
_HINTS = (Hint("x", "Stop"), Hint("c", "Its console"), Hint("Esc", "Back (it goes on)"))
_OVER = (Hint("c", "Its console"), Hint("Esc", "Back"))


class ScriptScreen(FaultsTold, Screen[None]):
    """Shows a run; leaving it leaves the run alone."""

    BINDINGS = [
        bound(
            "escape,q",
            "app.pop_screen",
            "Back",
            "Back to the list; the script goes on",
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
        yield OptionList(id="script-steps")
        yield self._output
        yield self.notice
        yield self._hints

    def on_mount(self) -> None:
        """Show all steps."""
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
        self.app.pop_screen()
        self.context.background(partial(self.context.open_console, self._domain))

    def _draw(self) -> None:
        if not self.is_attached:
            return
        state = self._ended or "runs"
        self._title.update(Text(f"Script {self._script.source} on {self._domain.label}: {plain(state, 200)}"))
        listed = self.query_one("#script-steps", OptionList)
        steps = self._script.steps
        here = next((at for at, step in enumerate(steps) if step is self._at), -1)
        marks = [
            "✓" if at < here or (at == here and self._ended == "done") else " " for at in range(len(steps))
        ]
        if here >= 0 and self._ended != "done":
            marks[here] = "✗" if self._ended else "→"
        listed.clear_options()
        listed.add_options(
            [
                Option(
                    Text(f"{mark} {step.line:4}  {plain(step.shown, 200)}", no_wrap=True, overflow="ellipsis")
                )
                for mark, step in zip(marks, steps, strict=True)
            ]
        )
        if here >= 0:
            listed.highlighted = here
        self._hints.show_hints(_OVER if self._ended else _HINTS)
