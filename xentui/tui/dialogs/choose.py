"""One of several things."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from xentui.frozen import dataclass
from xentui.text import plain
from xentui.tui.dialogs.base import Dialog

_LABEL = 40
"""Cells that labels take at most, where there is more to be said."""
_ROOM, _AROUND = 62, 18
"""Cells of a row besides the blanks between its columns, at most; those of a narrow screen that are none of it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A thing to choose; ``reason`` says why it cannot be chosen now."""

    id: str
    label: str
    meta: str = ""
    reason: str = ""


class ChooseDialog(Dialog[str]):
    """A list to choose from; the answer is the id of a choice.

    Arguments: ``start`` is the id the cursor begins at; ``attempt`` is that of :class:`Dialog`; ``short`` cuts what is
    said of a choice to its line, for long lists, except why one cannot be chosen.
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        start: str = "",
        attempt: Callable[[str], Awaitable[object]] | None = None,
        short: bool = False,
    ) -> None:
        super().__init__(title, accept_label="Choose", attempt=attempt)
        self._short = short
        self._choices = list(choices)
        self._start = start

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield OptionList(
            *(
                Option(self._row(choice, self._widest), id=choice.id, disabled=bool(choice.reason))
                for choice in self._choices
            ),
            id="choices",
        )

    @property
    def _widest(self) -> int:
        """The cells of the longest label there is something to be said about."""
        about = [choice for choice in self._choices if choice.reason or choice.meta]
        return min(_LABEL, max((cell_len(plain(choice.label)) for choice in about), default=0))

    def _row(self, choice: Choice, widest: int) -> Text | Table:
        """Return a choice: what is said about it stands in a column of its own, and goes on there where it is long."""
        about, cut = choice.reason or choice.meta, self._short and not choice.reason
        label = Text(plain(choice.label), no_wrap=True, overflow="ellipsis")
        if not about:
            return label
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=widest, no_wrap=True)
        # Of a width of its own: a list measures its lines before it knows whether it has a scroll bar.
        room = max(20, min(_ROOM, self.app.size.width - _AROUND) - widest)
        row.add_column(width=room, overflow="ellipsis" if cut else "fold", no_wrap=cut)
        row.add_row(label, Text(plain(about), "dim"))
        return row

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
