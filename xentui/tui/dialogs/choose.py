"""One of several things."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from rich.text import Text
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from xentui.frozen import dataclass
from xentui.text import plain
from xentui.tui.dialogs.base import Dialog


@dataclass(frozen=True, slots=True)
class Choice:
    """A thing to choose; ``reason`` says why it cannot be chosen now."""

    id: str
    label: str
    meta: str = ""
    reason: str = ""


class ChooseDialog(Dialog[str]):
    """A list to choose from; the answer is the id of a choice.

    Arguments: ``start`` is the id the cursor begins at; ``attempt`` is that of :class:`Dialog`.
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        start: str = "",
        attempt: Callable[[str], Awaitable[object]] | None = None,
    ) -> None:
        super().__init__(title, accept_label="Choose", attempt=attempt)
        self._choices = list(choices)
        self._start = start

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield OptionList(
            *(Option(_shown(choice), id=choice.id, disabled=bool(choice.reason)) for choice in self._choices),
            id="choices",
        )

    def on_mount(self) -> None:
        """Begin where asked to."""
        super().on_mount()
        listed = self.query_one("#choices", OptionList)
        ids = [choice.id for choice in self._choices]
        if self._start in ids:
            listed.highlighted = ids.index(self._start)
        self.set_focus(listed)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click chooses."""
        event.stop()
        if event.option.id is not None:
            self.finish(event.option.id)

    def accept(self) -> None:
        """The button chooses what is highlighted."""
        option = self.query_one("#choices", OptionList).highlighted_option
        if option is not None and option.id is not None and not option.disabled:
            self.finish(option.id)


def _shown(choice: Choice) -> Text:
    text = Text(plain(choice.label), no_wrap=True, overflow="ellipsis")
    if about := choice.reason or choice.meta:
        text.append(f"  {plain(about)}", "dim")
    return text
