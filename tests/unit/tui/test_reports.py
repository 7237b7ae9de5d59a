"""What the terminal says of itself is for the way to it, never for the list or a guest."""

from __future__ import annotations

import pytest
from textual import events

from xentui.tui.input.key_parser import KeyParser
from xentui.tui.input.reports import Answered, ModeReport


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


def test_answers_are_no_keys() -> None:
    told = [*KeyParser().feed("a\x1b[0nb\x1b[0n\x1b[3nc")]
    assert [message.key for message in told if isinstance(message, events.Key)] == ["a", "b", "c"]
    assert sum(isinstance(message, Answered) for message in told) == 3


def test_shift_f3_stays_a_key() -> None:
    """DSR 6 would be answered with what it sends."""
    (key,) = KeyParser().feed("\x1b[1;2R")
    assert isinstance(key, events.Key)
    assert key.key == "shift+f3"


@pytest.mark.parametrize("cut", range(1, 20))
def test_an_answer_within_a_paste_is_no_part_of_it(cut: int) -> None:
    parser = KeyParser()
    text = "\x1b[200~one\x1b[0ntwo\x1b[201~"
    told = [*parser.feed(text[:cut]), *parser.feed(text[cut:])]
    assert [message.text for message in told if isinstance(message, events.Paste)] == ["onetwo"]
    assert sum(isinstance(message, Answered) for message in told) == 1


@pytest.mark.parametrize("cut", [2, 3])
def test_an_answer_that_comes_in_two_parts_is_waited_for(cut: int) -> None:
    now = 0.0
    parser = KeyParser(clock=lambda: now)
    parser.expects = lambda: True
    told = [*parser.feed("\x1b[0n"[:cut])]
    now += 0.3
    told += [*parser.tick(), *parser.feed("\x1b[0n"[cut:])]
    assert [type(message) for message in told] == [Answered]


def test_and_where_none_is_expected_these_are_keys() -> None:
    now = 0.0
    parser = KeyParser(clock=lambda: now)
    told = [*parser.feed("\x1b[")]
    now += 0.05
    told += parser.tick()
    assert [message.key for message in told if isinstance(message, events.Key)] == ["alt+left_square_bracket"]
