"""The line on which one types what to find in the raw text."""

from __future__ import annotations

from textual import on

from xentui.tui.context import UiContext
from xentui.tui.editor.raw.editor import RawEditor
from xentui.tui.widgets.prompt_line import PromptLine


class FindLine(PromptLine):
    """Finds in ``raw`` what is typed, and gives it the keys again."""

    def __init__(self, context: UiContext, raw: RawEditor) -> None:
        super().__init__()
        self._ui, self._raw = context, raw

    def begin(self) -> None:
        """Ask what to find."""
        self.ask("find", "find ")

    @on(PromptLine.Entered)
    def _find(self, event: PromptLine.Entered) -> None:
        event.stop()
        self.screen.set_focus(self._raw)
        found = self._raw.search(event.text)
        self._ui.notify(f"{event.text}: {found} found" if found else f"{event.text}: not found")

    @on(PromptLine.Left)
    def _find_left(self, event: PromptLine.Left) -> None:
        event.stop()
        self.screen.set_focus(self._raw)

    @on(PromptLine.Changed)
    def _find_typed(self, event: PromptLine.Changed) -> None:
        event.stop()
