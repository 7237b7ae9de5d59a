"""The line that takes the notice's place to be typed on: a verb, a filter, what to search for."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label

from xentui.tui.bindings import bound
from xentui.tui.widgets.completing_input import CompletingInput
from xentui.tui.widgets.completions import Complete, Completions
from xentui.tui.widgets.key_hints import Hint

_HISTORY = 200


class PromptLine(Vertical):
    """Asks for one line.  ``up`` and ``down`` bring back earlier ones of the same kind, or go through candidates."""

    BINDINGS = [
        bound("escape", "leave", "Leave", "Undo the completion, or leave the line", id="prompt.leave"),
        bound("up", "recall(-1)", "Earlier", "The previous line typed, or candidate", id="prompt.up"),
        bound("down", "recall(1)", "Later", "The next line typed, or candidate", id="prompt.down"),
    ]

    class Changed(Message):
        """The line has changed; ``kind`` is what it is for."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind = kind
            self.text = text

    class Entered(Changed):
        """Enter."""

    class Left(Message):
        """The line was left without Enter; ``elsewhere``: by a click on something else."""

        def __init__(self, kind: str, *, elsewhere: bool = False) -> None:
            super().__init__()
            self.kind = kind
            self.elsewhere = elsewhere

    ENTER = {"command": "Run", "filter": "Keep the filter", "search": "Find"}
    """What Enter does, by what the line is for."""

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What the keys do while one types."""
        enter = Hint("Enter", self.ENTER.get(self._kind, "Accept"))
        if self.line.offering:
            return enter, Hint("Tab ↑ ↓", "Choose"), Hint("Esc", "Undo the completion")
        return (
            enter,
            *((Hint("Tab", "Complete"),) if self.line.keys else ()),
            *((Hint("↑ ↓", "Earlier lines"),) if self._lines.get(self._kind) else ()),
            Hint("Esc", "Cancel"),
        )

    def __init__(self) -> None:
        super().__init__()
        # Not there until it is asked for: a row that came and went would have the list scroll.
        self.display = False
        self._kind = ""
        self._lines: dict[str, list[str]] = {}
        self._recalled = 0
        self._offered = Completions()
        self._sign = Label("", id="prompt-sign", markup=False)
        self.line = CompletingInput("", None, self._offered, id="prompt-input")

    def compose(self) -> ComposeResult:
        """Candidates above, the line below."""
        yield self._offered
        yield Horizontal(self._sign, self.line, id="prompt-row")

    def ask(
        self,
        kind: str,
        sign: str,
        value: str = "",
        complete: Complete | None = None,
        *,
        hint: str = "",
        replaces: bool = True,
    ) -> None:
        """Show the line: ``sign`` stands before it, ``value`` on it, ``hint`` in it while it is empty.

        What is typed takes the place of the value, or goes on behind it.  The next key is already for it.
        """
        self._kind = kind
        self._recalled = len(self._lines.get(kind, ()))
        self._sign.update(sign)
        self.display = True
        self.line.placeholder = hint
        self.line.begin(value, complete)
        if not replaces:
            self.line.cursor_position = len(value)
        self.screen.set_focus(self.line)

    def close(self) -> None:
        """Hide the line."""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is typed as it is typed."""
        event.stop()
        if self.display:
            self.post_message(self.Changed(self._kind, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        text = event.value.strip()
        kept = self._lines.setdefault(self._kind, [])
        if text and (not kept or kept[-1] != text):
            kept.append(text)
            del kept[:-_HISTORY]
        self.close()
        self.post_message(self.Entered(self._kind, text))

    def on_completing_input_left(self, event: CompletingInput.Left) -> None:
        """Tab with nothing to complete stays here."""
        event.stop()

    def action_leave(self) -> None:
        """Esc: first what was completed is taken back, then the line is left."""
        if not self.line.take_offer_back():
            self._leave()

    def _leave(self, *, elsewhere: bool = False) -> None:
        self.close()
        self.post_message(self.Left(self._kind, elsewhere=elsewhere))

    def action_recall(self, step: int) -> None:
        """Bring an earlier line back; where candidates are shown, go to the next of them."""
        if self.line.offering:
            self.line.action_complete(step)
            return
        kept = self._lines.get(self._kind, [])
        self._recalled = max(0, min(self._recalled + step, len(kept)))
        self.line.value = kept[self._recalled] if self._recalled < len(kept) else ""
        self.line.cursor_position = len(self.line.value)

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        """Who goes elsewhere (a click) has left the line."""
        if self.display and self.screen.focused is not None and self not in self.screen.focused.ancestors:
            self._leave(elsewhere=True)
