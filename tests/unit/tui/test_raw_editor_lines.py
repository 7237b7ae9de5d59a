"""The text of the raw editor, line by line."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len
from textual.document._document import Location

from xentui.config.linting.problems import Problem, Severity
from xentui.config.tokens import CLOSED, LexerState, begins_statement, tokens
from xentui.tui.editor.raw.lines import TAB, Layout, TextLines

_SIGNS = "ab[],='\"#;\t \n\r\x00\x1b\x0c\x85\u2028\u202eé日\u0301😀\u200b\ud800"
_TEXTS = st.text(_SIGNS, max_size=60)
_CONFIGURATIONS = st.lists(
    st.sampled_from(["disk = [", "'a',", "[ 1,", "]", "]]", "memory = 1", "# [", "", "'[", "vif += ['x',"])
)


@given(_TEXTS)
def test_a_text_comes_out_as_it_went_in(text: str) -> None:
    assert TextLines(text).text == text
    lines = TextLines(text)
    lines.replace_range((0, 0), (0, 0), "x")
    lines.replace_range((0, 0), (0, 1), "")
    assert lines.text == text


@pytest.mark.parametrize(
    ("text", "newline", "lines"),
    [
        ("a\nb\n", "\n", ["a", "b", ""]),
        ("a\r\nb\r\n", "\r\n", ["a", "b", ""]),
        ("a\r\nb", "\r\n", ["a", "b"]),
        ("a\r\nb\n", "\n", ["a\r", "b", ""]),
        ("a\rb\x0cc\x85d\u2028e", "\n", ["a\rb\x0cc\x85d\u2028e"]),
        ("", "\n", [""]),
    ],
)
def test_lines_end_where_the_file_says(text: str, newline: str, lines: list[str]) -> None:
    made = TextLines(text)
    assert (made.newline, made.lines) == (newline, lines)


def _offset(text: str, newline: str, place: Location) -> int:
    rows = text.split(newline)
    return sum(len(line) + len(newline) for line in rows[: place[0]]) + place[1]


def _place(lines: TextLines, number: int) -> Location:
    row = number % lines.line_count
    return row, number // 7 % (len(lines[row]) + 1)


def _states(lines: TextLines) -> list[LexerState]:
    state, found = CLOSED, []
    for line in lines.lines:
        found.append(CLOSED if begins_statement(line) else state)
        state = tokens(line, state)[1]
    return found


_EDITS = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 500), st.text("ab[]'\t\n日\x1b", max_size=8)), max_size=8
)


@given(st.one_of(_TEXTS, _CONFIGURATIONS.map("\n".join), _CONFIGURATIONS.map("\r\n".join)), _EDITS, st.data())
def test_edits_change_what_they_say_and_all_that_is_known_follows(
    text: str, edits: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    lines = TextLines(text)
    undo: list[tuple[Location, Location, str]] = []
    for first, second, fresh in edits:
        lines.state(data.draw(st.integers(0, lines.line_count - 1)))
        start, end = sorted((_place(lines, first), _place(lines, second)))
        before, newline = lines.text, lines.newline
        result = lines.replace_range(start, end, fresh)
        at, to = _offset(before, newline, start), _offset(before, newline, end)
        assert result.replaced_text == before[at:to]
        assert lines.text == before[:at] + fresh.replace("\n", newline) + before[to:]
        undo.append((start, result.end_location, result.replaced_text))
        assert lines.width == max(Layout(line).width for line in lines.lines)
        assert len(lines.problems) == lines.line_count
    assert [lines.state(row) for row in range(lines.line_count)] == _states(lines)
    for start, end, replaced in reversed(undo):
        lines.replace_range(start, end, replaced)
    assert lines.text == text
    assert [lines.state(row) for row in reversed(range(lines.line_count))] == _states(lines)[::-1]


@given(_TEXTS.map(lambda text: text.replace("\n", "")))
def test_columns_and_cells_agree(line: str) -> None:
    layout = Layout(line)
    assert len(layout.shown) == len(line)
    assert layout.width == layout.cell(len(line))
    for column in range(len(line)):
        cell = layout.cell(column)
        assert cell <= layout.cell(column + 1)
        if cell < layout.cell(column + 1):
            assert layout.column(cell) == column
        shown = layout.text(column, column + 1)
        assert shown.isprintable() or shown == "\u0301"
        assert cell_len(shown) == layout.cell(column + 1) - cell
    assert layout.column(layout.width + 5) == len(line)


def test_nothing_a_terminal_obeys_is_shown() -> None:
    assert Layout("a\x00\x1b[2J\r\x7f\x9b\u202e\ud800\u200b").shown == "a␀␛[2J␍␡����"
    assert Layout("a\tb").text(0, 3) == "a" + " " * (TAB - 1) + "b"
    assert Layout("e" + "\u0301" * 100).shown.count("\u0301") == 4, "no tower of marks"


def test_what_is_far_below_is_put_right_when_it_is_looked_at() -> None:
    lines = TextLines("disk = [\n" + "'a',\n" * 1000)
    assert lines.state(1000) == LexerState(1, "disk")
    lines.replace_range((0, 7), (0, 8), "")
    assert lines.take_touched() == (0, None)
    assert lines.take_touched() is None
    assert lines.state(1000) == CLOSED
    lines.replace_range((0, 7), (0, 7), "[")
    assert lines.state(500) == LexerState(1, "disk")


def test_only_lines_that_look_different_are_touched() -> None:
    lines = TextLines("name = 'a'\ndisk = [\n'a',\n'b'\n]\nmemory = 1\n")
    for row in range(lines.line_count):
        lines.state(row)
    lines.replace_range((2, 1), (2, 2), "c")
    assert lines.take_touched() == (2, 2)
    lines.replace_range((1, 7), (1, 8), "")
    assert lines.take_touched() == (1, 4), "up to where the next statement begins"
    lines.replace_range((0, 0), (0, 0), "\n")
    assert lines.take_touched() == (0, None)


def test_problems_move_with_their_lines() -> None:
    lines = TextLines("a\nb\nc\n")
    problem = Problem(Severity.ERROR, 3, 1, "c", "no")
    lines.problems[2] = (problem,)
    lines.replace_range((0, 0), (0, 0), "x\ny\n")
    assert lines.problems[4] == (problem,)
    lines.replace_range((3, 0), (4, 1), "")
    assert lines.problems[3] == (problem,), "what was marked on the lines that go stands where they were"
