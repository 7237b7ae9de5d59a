"""The line on top: which host, how it is, how many domains."""

from __future__ import annotations

from rich.text import Text

from xentui.text import plain
from xentui.tui.host_state import HostState
from xentui.tui.host_words import host_parts
from xentui.tui.widgets.styled_line import StyledLine, part


class HostBar(StyledLine):
    """Shows as much as fits, the most telling first."""

    COMPONENT_CLASSES = {"host-bar--name", "host-bar--muted", "host-bar--alarm", "host-bar--marks"}

    def __init__(self, host: str, *, modes: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._host = host
        self._modes = modes
        self._parts: list[str] = []
        self._stale = ""
        self._problems = ""
        self._marks = ""

    def count_marks(self, shown: int, hidden: int) -> None:
        """Tell how many domains are marked, and how many of them the filter holds back."""
        marks = f"{shown + hidden} marked" if shown + hidden else ""
        if hidden:
            marks += f", {hidden} of them hidden"
        if marks != self._marks:
            self._marks = marks
            self.redraw()

    @property
    def modes(self) -> tuple[str, ...]:
        """What is said of the session."""
        return self._modes

    def drop_mode(self, mode: str) -> bool:
        """Say something of the session no longer; False where it was not said."""
        if mode not in self._modes:
            return False
        self._modes = tuple(other for other in self._modes if other != mode)
        self.redraw()
        return True

    def show(self, state: HostState, stale: str) -> None:
        """Show what is known of the host; ``stale`` says why that is not the present."""
        self._parts, self._stale = host_parts(state), stale
        problems = state.snapshot.odd if state.snapshot is not None else ()
        self._problems = plain("; ".join(problems), 400)
        self.redraw()

    def show_several(self, parts: list[str]) -> None:
        """Show what there is to say of several hosts; of each its own row says how it is."""
        if parts != self._parts:
            self._parts = parts
            self.redraw()

    def line(self) -> Text:
        """Name, modes, and as many parts as fit; what could not be read goes before all of them but the counts."""
        name, alarm = part(self, "host-bar--name"), part(self, "host-bar--alarm")
        width = self.size.width or 80
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(" xentui ", name)
        text.append(plain(self._host, 60))
        for mode in self._modes:
            text.append(f" [{mode}]", alarm)
        if self._marks:
            text.append(f" · {self._marks}", part(self, "host-bar--marks"))
        if self._stale:
            text.append(f" · {plain(self._stale, 200)}", alarm)
            return text
        if self._problems:
            text.append(f" · {self._parts[0]}")
            text.append(f" · {self._problems}", alarm)
            return text
        for words in self._parts:
            if text.cell_len + len(words) + 3 > width:
                break
            text.append(f" · {words}")
        return text
