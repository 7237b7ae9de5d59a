"""What the terminal says of itself is for the way to it, never for the list or a guest."""

from __future__ import annotations

import pytest
from textual import events

from xentui.tui.input.key_parser import KeyParser
from xentui.tui.input.reports import ModeReport


@pytest.mark.parametrize(("state", "known"), [(0, False), (1, True), (2, True), (3, False), (4, False)])
def test_whether_there_are_margins(state: int, known: bool) -> None:
    (report,) = KeyParser().feed(f"\x1b[?69;{state}$y")
    assert isinstance(report, ModeReport)
    assert report.mode == 69
    assert report.known == known


def test_a_report_cut_in_two_between_keys() -> None:
    parser = KeyParser()
    told = [*parser.feed("a\x1b[?6"), *parser.feed("9;2$yb")]
    keys = [message.key for message in told if isinstance(message, events.Key)]
    assert keys == ["a", "b"]
    assert sum(isinstance(message, ModeReport) for message in told) == 1
