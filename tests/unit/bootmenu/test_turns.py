"""Disks read in turn by a child: what holds or ends one reader is the end of that reader only."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from xentui.bootmenu import turns
from xentui.bootmenu.limits import MEMORY

PATIENCE = 3.0
"""Seconds; what does answer does so at once."""


def silent(_number: int) -> dict[str, Any]:
    while True:
        time.sleep(60)


def unwilling(number: int) -> dict[str, Any]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return silent(number)


def greedy(_number: int) -> dict[str, Any]:
    return {"size": len(bytes(2 * MEMORY))}


def killed(_number: int) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def broken(_number: int) -> dict[str, Any]:
    os.write(1, b'{"menu": ')
    raise ValueError("half of it")


def told(*odd: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
    """What is said of three disks, with odd readers of the first ones."""

    def read(number: int) -> dict[str, Any]:
        return odd[number](number) if number < len(odd) else {"number": number}

    return [json.loads(line) for line in turns.answers(3, read, PATIENCE)]


def test_each_is_answered_in_its_turn() -> None:
    assert told() == [{"number": 0}, {"number": 1}, {"number": 2}]


@pytest.mark.parametrize("odd", [silent, unwilling])
def test_the_others_are_read_where_one_does_not_answer(odd: Callable[[int], dict[str, Any]]) -> None:
    first, *rest = told(odd)
    assert first == {
        "error": "it does not answer: nothing was read of it in 3 s",
        "places": [],
        "hurried": True,
        "stamp": "",
    }
    assert rest == [{"number": 1}, {"number": 2}]


def test_where_two_do_not_answer_no_more_are_looked_at() -> None:
    assert told(silent, silent)[2]["error"] == "it was not looked at: other disks of this host do not answer"


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (greedy, "its reader has ended: MemoryError: "),
        (killed, "its reader has ended: it was killed"),
        (broken, "its reader has ended: ValueError: half of it"),
    ],
)
def test_the_others_are_read_where_a_reader_ends(odd: Callable[[int], dict[str, Any]], words: str) -> None:
    first, *rest = told(odd)
    assert first["error"] == words and rest == [{"number": 1}, {"number": 2}]


def test_no_reader_is_left_where_nobody_reads_on() -> None:
    answers = turns.answers(
        3, lambda number: {"pid": os.getpid()} if not number else silent(number), PATIENCE
    )
    pid = json.loads(next(answers))["pid"]
    answers.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
