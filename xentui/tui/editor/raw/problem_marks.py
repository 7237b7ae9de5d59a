"""The problems of a text, which stand with its lines and move with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xentui.config.linting.problems import Problem
from xentui.tui.editor.raw.lines import TextLines
from xentui.tui.textual_compat.text_area import Location

_PROBLEMS_A_LINE = 20


def mark(lines: TextLines, problems: Sequence[Problem]) -> Iterator[int]:
    """Have the lines bear these problems, whose lines count from 1; tells the rows, from 0, where others were."""
    found: dict[int, list[Problem]] = {}
    count = lines.line_count
    for problem in problems:
        row = problem.line - 1
        if 0 <= row < count and len(here := found.setdefault(row, [])) < _PROBLEMS_A_LINE:
            here.append(problem)
    marked = lines.problems
    for row, before in enumerate(marked):
        now = tuple(found.get(row, ()))
        if now != before:
            marked[row] = now
            yield row


def at(lines: TextLines, place: Location) -> Problem | None:
    """Return the problem at a place, else the first of its line."""
    row, column = place
    problems = lines.problems[row]
    return next((one for one in problems if one.column == column + 1), problems[0] if problems else None)


def following(lines: TextLines, here: Location, step: int) -> tuple[Location, Problem] | None:
    """Return the problem after a place (``step`` 1) or before it (-1), and where it is; after the last comes the
    first.
    """
    places = sorted(
        (row, max(0, min(problem.column - 1, len(lines[row]))), number)
        for row, problems in enumerate(lines.problems)
        for number, problem in enumerate(problems)
    )
    if not places:
        return None
    if step > 0:
        found = next((place for place in places if place[:2] > here), places[0])
    else:
        found = next((place for place in reversed(places) if place[:2] < here), places[-1])
    row, column, number = found
    return (row, column), lines.problems[row][number]
