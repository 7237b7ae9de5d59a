"""Lines of the editor's screen: title, help; problem and keys, which fit what they say to the room there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.widgets import Static

from xentui.config import Problem, Severity
from xentui.text import plain
from xentui.tui.dialogs.report import problem_line
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.line_in_form import NEXT_FIELD

if TYPE_CHECKING:
    from xentui.service.editing import Draft

_INDENT = 3
_FIELD = 3
"""The rank of what is said of a field."""
_LOW = 20
"""Rows of the terminal below which a problem has only two."""
_SECTIONS_HELP = (
    "Enter opens the section. In a field Tab completes what you typed, else goes to the "
    "next field; Ctrl-Space lists the choices, Esc comes back here. F1 shows all keys."
)
_TEXT_HELP = (
    "The text as xl reads it; lines you do not edit stay byte for byte.\n"
    "Tab completes, Ctrl-F finds, F8 goes to the next problem, Ctrl-L lists all."
)
_BESIDE = "Beside"
_WAY = "Boot method"
_NEW_DISK = "New disk"
_KEYS = (
    Hint("F2", "Store", 1),
    Hint("F3", _NEW_DISK, 9),
    Hint("F4", "Boot once", 5),
    Hint("F5", "File", 7),
    Hint("F8", "Problem", 4),
    Hint("Ctrl-L", "Problems", 8),
    Hint("F9", "{other}", 2),
    Hint("Ctrl-Z", "Undo", 6),
    Hint("F1", "Keys", 3),
    Hint("F7", _BESIDE, 10),
    Hint("Ctrl-O", "Jump", 11),
    Hint("F6", _WAY, 12),
    Hint("Esc", "Back", 0),
)


class TitleLine(Static):
    """What is edited."""

    def __init__(self) -> None:
        super().__init__(id="editor-title")

    def show(self, draft: Draft, origin: str, *, changed: bool) -> None:
        """Show whose text it is, the file it is from ("" for none), and whether it was ``changed``."""
        kind = "new domain" if not draft.uuid else "managed" if draft.version is not None else "transient"
        version = f" · version {draft.version}" if draft.version is not None else ""
        source = f" · from {origin}" if origin else ""
        text = f" {draft.name or 'new'} · {kind}{version}{' · changed' if changed else ''}{source}"
        self.update(Text(plain(text, 500), no_wrap=True, overflow="ellipsis"))


class HelpLines(Static):
    """What there is to know about where one is."""

    def __init__(self) -> None:
        super().__init__(id="editor-help")

    def show(self, text: str) -> None:
        """Show the help on a field."""
        self.update(Text("\n".join(plain(line, 500) for line in text.split("\n"))))

    def show_sections(self) -> None:
        """Show what to do at the sections of the form."""
        self.show(_SECTIONS_HELP)

    def show_text(self) -> None:
        """Show what to do in the raw text."""
        self.show(_TEXT_HELP)


class ProblemLine(Static):
    """One problem on up to three rows; a list has it whole."""

    def __init__(self) -> None:
        super().__init__(id="editor-problem")
        self._problem: Problem | None = None
        self._of = 0

    def show(self, problem: Problem | None, of: int) -> None:
        """Show a problem, one ``of`` so many."""
        self._problem, self._of = problem, of
        self._draw()

    def on_resize(self, _event: events.Resize) -> None:
        """Wrap it anew."""
        self._draw()

    def _draw(self) -> None:
        self.update(self._text() if self._problem is not None and self.size.width else "")

    def _text(self) -> Text:
        assert self._problem is not None  # noqa: S101 - the caller has looked
        sign = "✗" if self._problem.severity is Severity.ERROR else "!"
        more = f" ({self._of}, F8 next, Ctrl-L all)" if self._of > 1 else ""
        width, rows = max(20, self.size.width - _INDENT - 1), 2 if self.app.size.height < _LOW else 3
        body, console = problem_line(self._problem), self.app.console
        lines = list(Text(f"{body}{more}").wrap(console, width))
        if len(lines) > rows:
            more = more or " (Ctrl-L all)"
            lines = list(Text(body).wrap(console, width))[:rows]
            lines[-1].append("…" * width)
            lines[-1].truncate(width - len(more) - 1)
            lines[-1].append(f"…{more}")
        for line in lines:
            line.rstrip()
        return Text(f" {sign} ", no_wrap=True).append(Text("\n" + " " * _INDENT).join(lines))


class KeysLine(KeyHints):
    """What the keys of the editor do, those that matter most where there is little room."""

    def __init__(self) -> None:
        super().__init__(id="editor-keys")
        self._keys: list[Hint] = []

    def show(self, other: str) -> None:
        """Show the keys; ``other`` is what F9 goes to: what is of the form only is not shown in the text."""
        shown = [hint for hint in _KEYS if hint.label not in (_BESIDE, _WAY, _NEW_DISK) or other != "form"]
        self._keys = [hint._replace(label=hint.label.format(other=other.capitalize())) for hint in shown]
        self.show_field(())

    def show_field(self, keys: Sequence[Hint]) -> None:
        """Show what Tab does in the field one is in, where it does more than go on."""
        own = [hint._replace(rank=_FIELD + hint.rank) for hint in keys if hint.label != NEXT_FIELD]
        self.show_hints([*own, *self._keys])
