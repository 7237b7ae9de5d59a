"""Disks read in turn by a child: what holds or ends one reader is the end of that reader only."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from xentui.bootmenu import disk_batch
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

    return [json.loads(line) for line in disk_batch.answers(3, read, PATIENCE)]


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


def test_one_that_is_only_slow_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[int] = []

    def clock(process: int) -> float:
        asked.append(process)
        if len(asked) == 3:
            (tmp_path / "go").touch()
        return float(len(asked))

    def slow(number: int) -> dict[str, Any]:
        while not (tmp_path / "go").exists():
            time.sleep(0.01)
        return {"number": number}

    monkeypatch.setattr(disk_batch, "clock", clock)
    assert [json.loads(line) for line in disk_batch.answers(1, slow, 0.1)] == [{"number": 0}]


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


@pytest.mark.parametrize("pair", [os.pipe, lambda: [end.detach() for end in socket.socketpair()]])
def test_a_reader_ends_where_the_line_is_cut(pair: Callable[[], list[int]], tmp_path: Path) -> None:
    """sshd gives a command the one or the other; a client that is ended here says no more to the host than that."""
    reading, writing = pair()
    note = tmp_path / "pid"
    program = (
        "import os, time\n"
        "from xentui.bootmenu import disk_batch\n"
        "def read(number):\n"
        f"    open({str(note)!r}, 'w').write(f'{{os.getpid()}}\\n')\n"
        "    time.sleep(600)\n"
        "list(disk_batch.answers(1, read, 500))\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    wait_until(lambda: note.exists() and note.read_text().endswith("\n"), "it reads")
    os.close(reading)
    assert b"BrokenPipeError" in child.communicate(timeout=60)[1]
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_no_reader_is_left_where_nobody_waits_for_it() -> None:
    answers = disk_batch.answers(
        3, lambda number: {"pid": os.getpid()} if not number else silent(number), PATIENCE
    )
    pid = json.loads(next(answers))["pid"]
    answers.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
