"""The raw view of a configuration: its text, coloured, with its problems, completed and searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import TextArea

from xentui.config.linting.problems import Problem
from xentui.config.tokens import tokens
from xentui.tui.editor.raw import keys, problem_marks
from xentui.tui.editor.raw.brackets import partner
from xentui.tui.editor.raw.completion import Completer
from xentui.tui.editor.raw.lines import TAB, TextLines, UndoSteps, Unwrapped
from xentui.tui.editor.raw.painting import COMPONENTS, Sight, Span, TextPainter
from xentui.tui.editor.raw.search import TextSearch
from xentui.tui.textual_compat.text_area import Edit, EditResult, Location, Selection, TextAreaParts
from xentui.tui.widgets.completions import Completions

_ROUNDED = 16
"""The width that can be scrolled through grows by so many cells, lest every key lays the screen out anew."""


class RawEditor(TextAreaParts, TextArea, inherit_bindings=False):
    """A text area for one configuration.

    ``completions`` is the widget that shows candidates, somewhere on the screen.  Lines and columns that come in or
    go out count from 1, columns in characters.
    """

    BINDINGS = keys.BINDINGS
    COMPONENT_CLASSES = set(COMPONENTS)

    # Only the lines that change are painted anew.
    selection: Reactive[Selection] = reactive(Selection(), init=False, always_update=True, repaint=False)

    class Edited(Message):
        """The text has changed by the user's hand."""

        def __init__(self, editor: RawEditor) -> None:
            super().__init__()
            self.editor = editor

        @property
        def text(self) -> str:
            """The text as it is now."""
            return self.editor.text

    class PlaceChanged(Message):
        """The cursor has moved."""

        def __init__(self, line: int, column: int) -> None:
            super().__init__()
            self.line = line
            self.column = column

    class FindWanted(Message):
        """The user wants to look for text: ask for it, then call :meth:`RawEditor.search`."""

    def __init__(
        self,
        text: str = "",
        *,
        completions: Completions | None = None,
        read_only: bool = False,
        id: str | None = None,
    ) -> None:
        self._painter = TextPainter(self._look)
        self._search = TextSearch()
        self._partner: tuple[Location, Location] | None = None
        self._painted_partner: tuple[Location, Location] | None = None
        self._completer = Completer(self, completions)
        self._quiet = False
        # Textual would measure the text first.
        super().__init__(soft_wrap=False, show_line_numbers=True, read_only=read_only, id=id)
        self.take_text(text)
        self.cursor_blink = False
        self.indent_width = TAB

    # The text

    @property
    def lines(self) -> TextLines:
        """The lines, and what is known of each."""
        assert isinstance(self.document, TextLines)  # noqa: S101 - take_text makes no other
        return self.document

    def update_text(self, text: str) -> None:
        """Make the text another one by an edit that can be undone; only the lines that differ are touched.

        This is for what others have changed, and tells no :class:`Edited`.
        """
        fresh = TextLines(text)
        old, new = self.lines.lines, fresh.lines
        if fresh.newline != self.lines.newline:
            self.load_text(text)
            return
        head = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
        if head is None:
            if len(old) == len(new):
                return
            head = min(len(old), len(new)) - 1
        tail = 0
        while tail < min(len(old), len(new)) - head - 1 and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        last = len(old) - tail - 1
        with self._quietly():
            self.edit(
                Edit(
                    self.lines.newline.join(new[head : len(new) - tail]),
                    (head, 0),
                    (last, len(old[last])),
                    True,
                )
            )

    def edit(self, edit: Edit) -> EditResult:
        """Do an edit."""
        result = super().edit(edit)
        self._edited()
        return result

    def edits_moved(self) -> None:
        """Edits were undone or made again."""
        self._edited()

    def _edited(self) -> None:
        if not self._quiet:
            self.post_message(self.Edited(self))
            self._completer.edited()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def on_paste(self, event: events.Paste) -> None:
        """Terminals send pasted line ends as CR."""
        event.stop()
        event.prevent_default()
        if not self.read_only:
            self._insert(event.text.replace("\r\n", "\n").replace("\r", "\n"))
            self.focus()

    def _insert(self, text: str) -> None:
        """Put a text in the place of what is selected."""
        self.replace(text, *self.selection, maintain_selection_offset=False)

    # What Textual does with the whole text at every key, and this does not

    def take_text(self, text: str) -> None:
        """Make a text the document."""
        document = TextLines(text)
        view = Unwrapped(document)
        self.document, self.wrapped_document, self.navigator = document, view, UndoSteps(view)
        self._partner = None
        self.move_cursor((0, 0))
        self.fit_text()
        self.refresh()

    def text_edited(self) -> None:
        """Paint what an edit has touched."""
        touched = self.lines.take_touched()
        if touched is not None:
            first, last = touched
            self._paint_lines(first, self.lines.line_count + self.size.height if last is None else last)

    def fit_text(self) -> None:
        """Fit what can be scrolled to the text."""
        room = self.scrollable_content_region.width
        width = self.lines.width + self.gutter_width + 1
        width = room if width <= room else -(-width // _ROUNDED) * _ROUNDED
        size = Size(width, self.lines.line_count)
        if size != self.virtual_size:
            self.virtual_size = size
            self.refresh_scrollbars()

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """Return the other bracket of a list, if it is not far away."""
        found = partner(self.lines, bracket, search_from)
        self._partner = (search_from, found) if found is not None else None
        return found

    # The cursor

    def watch_selection(self, previous_selection: Selection, selection: Selection) -> None:
        """Paint the lines that look otherwise; Textual has moved the cursor."""
        before, self._painted_partner = self._painted_partner, self._partner
        if not self.is_mounted:
            return
        rows = [place[0] for pair in (before, self._partner) if pair is not None for place in pair]
        for one in (previous_selection, selection):
            first, last = sorted((one.start[0], one.end[0]))
            self._paint_lines(first, last)
        for row in rows:
            self._paint_lines(row, row)
        if previous_selection.end != selection.end:
            self.post_message(self.PlaceChanged(selection.end[0] + 1, selection.end[1] + 1))
            self._completer.moved()

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor at a place; beyond the text it is put at its end."""
        row = max(0, min(line - 1, self.lines.line_count - 1))
        self.move_cursor((row, max(0, min(column - 1, len(self.lines[row])))), center=True)

    def action_text_start(self) -> None:
        """Go to the first line."""
        self.move_cursor((0, 0))

    def action_text_end(self) -> None:
        """Go to the last line."""
        self.move_cursor(self.lines.end)

    # Problems

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Mark what the linter has found; until the next call they move with their lines."""
        for row in problem_marks.mark(self.lines, problems):
            self._paint_lines(row, row)

    @property
    def problem_here(self) -> Problem | None:
        """The problem the cursor is at, else the first of its line."""
        return problem_marks.at(self.lines, self.cursor_location)

    def next_problem(self, step: int = 1) -> Problem | None:
        """Go to the next problem, or the one before; after the last comes the first."""
        found = problem_marks.following(self.lines, self.cursor_location, step)
        if found is None:
            return None
        (row, column), problem = found
        self.go_to(row + 1, column + 1)
        return problem

    def action_problem(self, step: int) -> None:
        """Go to the next problem, or the one before."""
        if self.next_problem(step) is None:
            self.app.bell()

    # Search

    def search(self, text: str) -> int:
        """Mark every place where a text stands and go to the first from the cursor on; returns how many there are.

        Upper case counts where ``text`` has some.  No text: mark nothing any more.
        """
        self._search.begin(text)
        self.refresh()
        count = self._search.count(self.lines)
        if count:
            self._go_to_match(1, inclusive=True)
        return count

    def search_next(self, step: int = 1) -> bool:
        """Go to the next place, or the one before; returns whether there is one."""
        return self._go_to_match(step, inclusive=False)

    def _go_to_match(self, step: int, *, inclusive: bool) -> bool:
        found = self._search.following(self.lines, self.selection, step, inclusive=inclusive)
        if found is None:
            return False
        self.selection = found
        self.scroll_cursor_visible(center=not self._in_sight(found.start[0]))
        self.record_cursor_width()
        self.history.checkpoint()
        return True

    def action_find(self) -> None:
        """Have the text asked for."""
        self.post_message(self.FindWanted())

    def action_find_next(self, step: int) -> None:
        """Go on looking."""
        if not self._search.begun:
            self.post_message(self.FindWanted())
        elif not self.search_next(step):
            self.app.bell()

    # Completion

    def on_key(self, event: events.Key) -> None:
        """Enter takes the candidate that is written already; all else is typed."""
        if event.key in ("enter", "up", "down") and self._completer.taken:
            event.stop()
            event.prevent_default()
            if event.key == "enter":
                self._completer.finish()
            else:
                self._completer.step(1 if event.key == "down" else -1)

    def action_complete(self, step: int) -> None:
        """Complete the word at the cursor, or indent."""
        if self.read_only:
            raise SkipAction
        if not self._completer.step(step):
            self._insert(" " * (TAB - self.get_column_width(*self.cursor_location) % TAB))

    def action_complete_back(self) -> None:
        """Take the candidate before."""
        if not self._completer.offering:
            raise SkipAction
        self._completer.step(-1)

    def action_candidates(self) -> None:
        """Show what may stand at the cursor, even if nothing is typed yet."""
        if self.read_only or not self._completer.begin(anything=True):
            self.app.bell()

    def action_leave_candidates(self) -> None:
        """Show no candidates any more, and put back what was typed."""
        if not self._completer.offering:
            raise SkipAction
        self._completer.cancel()

    def on_blur(self, _event: events.Blur) -> None:
        """Nothing is offered to who is elsewhere."""
        self._completer.finish()

    # Painting

    def notify_style_update(self) -> None:
        """Styles have changed."""
        self._painter.forget()
        super().notify_style_update()

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True) if name else self.rich_style

    def _paint_lines(self, first: int, last: int) -> None:
        """Have lines painted anew, those of them that are in sight."""
        top, height = self.scroll_offset.y, self.size.height
        begin, end = max(first, top), min(last, top + height - 1)
        if begin <= end:
            self.refresh(Region(0, begin - top, self.size.width, end - begin + 1))

    def _in_sight(self, row: int) -> bool:
        return self.scroll_offset.y <= row < self.scroll_offset.y + self.scrollable_content_region.height

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint lines, without Textual's themes of the text area: the styles are those of the style sheets."""
        return ScrollView.render_lines(self, crop)

    def render_line(self, y: int) -> Strip:
        """Paint one line of the widget."""
        left, top = self.scroll_offset
        row, width = top + y, self.size.width
        lines = self.lines
        if row >= lines.line_count:
            return self._painter.blank(width)
        layout = lines.layout(row)
        found, _ = tokens(lines[row], lines.state(row))
        matches = self._search.spans(lines[row], layout.column(left), layout.column(left + width))
        spans = [*matches, *self._spans(row)]
        current = self.has_focus and row == self.cursor_location[0]
        sight = Sight(row + 1, found, lines.problems[row], spans, current)
        return self._painter.strip(layout, sight, left, width, self.gutter_width)

    def _spans(self, row: int) -> list[Span]:
        """Return what else lies over the words of a line."""
        spans: list[Span] = []
        start, end = sorted(self.selection)
        if start != end and start[0] <= row <= end[0]:
            first = start[1] if row == start[0] else 0
            spans.append((first, end[1] if row == end[0] else len(self.lines[row]) + 1, "selection"))
        if self._partner is not None and self.selection.is_empty:
            spans.extend((place[1], place[1] + 1, "partner") for place in self._partner if place[0] == row)
        at_row, column = self.selection.end
        if at_row == row and self.draws_cursor:
            spans.append((column, column + 1, "cursor"))
        return spans
