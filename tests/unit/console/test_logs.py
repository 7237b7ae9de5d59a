"""What is kept of consoles, read: lines with their times, sessions, the logs of one domain, growth, export."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from xentui.console import log_follow, logs
from xentui.console.asciicast import asciicast, write_asciicast
from xentui.console.log_follow import LogFollower
from xentui.console.log_names import log_paths, transcript_path
from xentui.console.log_times import LogTimes
from xentui.console.logs import ConsoleLog, LogEnd, cleaned, read_log
from xentui.console.transcript import Transcript
from xentui.errors import HostError, NotAllowedError

UUID = "12345678-9abc-def0-1234-56789abcdef0"


class Clock:
    """The wall clock of the log, in whole seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        monkeypatch.setattr("xentui.console.transcript.time.time_ns", lambda: int(self.now * 10**9))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def untimed(data: bytes) -> ConsoleLog:
    return ConsoleLog(Path("x.log"), data, LogTimes([]), 0.0)


def booted(path: Path, clock: Clock) -> Transcript:
    """A log of two sessions, the second of which looks like three."""
    log = Transcript(path)
    log.mark("attached to web1 (domid 3)")
    log.write(b"[    0.0] Linux ver")
    clock.now += 1
    log.write(b"sion 6.1\r\nlogin: ")
    log.mark("left web1")
    clock.now += 100
    log.mark("booting web1")
    log.write(b"--- attached to web1 (domid 9) at 2026-01-02 03:04:05 ---\n")
    clock.now += 1
    log.write(b"\x1b[1mKernel panic\x1b[0m - not syncing\n")
    log.close()
    return log


def test_lines_have_the_time_of_their_first_byte(tmp_path: Path, clock: Clock) -> None:
    log = read_log(booted(tmp_path / "x.log", clock).path)
    told = [(line.text, line.time) for line in log.lines()]
    assert told[1:3] == [("[    0.0] Linux version 6.1", 1_000_000), ("login:", 1_000_001)]
    assert told[-1] == ("Kernel panic - not syncing", 1_000_102)
    assert "".join(log.data[line.start : line.end].decode() for line in log.lines()) == log.data.decode()


def test_a_guest_cannot_fake_a_session_where_there_is_an_index(tmp_path: Path, clock: Clock) -> None:
    path = booted(tmp_path / "x.log", clock).path
    first, second = read_log(path).sessions()
    assert (first.words, first.time, first.ended) == ("attached to web1 (domid 3)", 1_000_000, 1_000_001)
    assert (second.words, second.time, second.ended) == ("booting web1", 1_000_101, 1_000_102)
    path.with_name("x.log.times").unlink()
    assert [each.words for each in read_log(path).sessions()] == [
        "attached to web1 (domid 3)",
        "booting web1",
        "attached to web1 (domid 9)",
    ]


def test_older_files_come_first_and_a_line_may_lie_in_both(tmp_path: Path, clock: Clock) -> None:
    log = Transcript(tmp_path / "x.log", limit=10, keep=3)
    for word in (b"one\ntwo\nth", b"ree\nfour\n", b"five\n"):
        log.write(word)
        clock.now += 1
    log.close()
    read = read_log(log.path)
    assert [(line.text, line.time) for line in read.lines()] == [
        ("one", 1_000_000),
        ("two", 1_000_000),
        ("three", 1_000_000),
        ("four", 1_000_001),
        ("five", 1_000_002),
    ]


def test_since_and_before_are_whole_lines(tmp_path: Path, clock: Clock) -> None:
    log = read_log(booted(tmp_path / "x.log", clock).path)
    assert log.line_at(log.since(1_000_001)).text == "[    0.0] Linux version 6.1"
    assert log.line_at(log.since(1_000_102)).text == "Kernel panic - not syncing"
    assert log.since(2_000_000) == log.size
    assert log.line_at(log.before(1_000_101)).text.startswith("--- booting web1")
    assert log.before(1) == 0
    assert (untimed(b"a\n").since(0), untimed(b"a\n").before(9)) == (2, 0)


@given(st.lists(st.sampled_from([b"a", b"bb", b""]), max_size=8), st.integers(0, 9), st.booleans())
def test_the_last_lines_are_those(words: list[bytes], count: int, whole: bool) -> None:
    data = b"\n".join(words) + (b"\n" if whole and words else b"")
    log = untimed(data)
    lines = list(log.lines())
    start = log.last_lines(count, 0, log.size)
    assert list(log.lines(start)) == (lines[-count:] if count else [])


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        (b"\x1b[0;32m  OK  \x1b[0m] Reached\r\n", b"  OK  ] Reached\n"),
        (b"\x1b]0;title\x07text\x1bPdcs\x1b\\more\x1b(B\n", b"textmore\n"),
        (b"10%\r20%\r\n", b"10% 20%\n"),
        (b"a\x00\x07\x7fb\tc\x1b", b"ab\tc"),
        (b"\x1b]never ended\nnext\n", b"\nnext\n"),
        (b"\x1b\x1b[0m[31mred\n", b"red\n"),
    ],
)
def test_what_steers_a_terminal_is_left_out(raw: bytes, seen: bytes) -> None:
    assert cleaned(raw) == seen


@given(st.lists(st.sampled_from([b"\x1b", b"[", b"]", b"0m", b"\n", b"\r", b"\x07", b"x", b"P", b"\\"])))
def test_cleaning_keeps_every_line(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert cleaned(data).count(b"\n") == data.count(b"\n")
    assert not set(cleaned(data)) - {*range(32, 127), 9, 10}


def test_the_logs_of_a_domain_are_those_of_its_uuid_and_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert log_paths("sim", "web1", UUID) == []
    for number, (name, uuid) in enumerate(
        [("web1", "0" * 8), ("old-name", UUID), ("web1", UUID), ("web1-2", "0" * 8), ("web", "1" * 8)]
    ):
        path = transcript_path("sim", name, uuid)
        log = Transcript(path)
        log.write(b"x")
        log.close()
        os.utime(path, (number, number))
    assert [path.name for path in log_paths("sim", "web1", UUID)] == [
        "web1-00000000.log",
        "old-name-12345678.log",
        "web1-12345678.log",
    ]
    assert [path.name for path in log_paths("sim", UUID)] == ["old-name-12345678.log", "web1-12345678.log"]
    assert [path.name for path in log_paths("sim", "web")] == ["web-11111111.log"]
    assert log_paths("other", "web1", UUID) == []


def test_a_link_or_a_pipe_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"secret")
    (tmp_path / "x.log").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "y.log")
    for name in ("x.log", "y.log", "missing.log"):
        with pytest.raises(OSError, match=r"is not a file|symbolic|No such"):
            read_log(tmp_path / name)


def test_what_is_added_is_told_line_by_line_through_a_rotation(tmp_path: Path, clock: Clock) -> None:
    log = Transcript(tmp_path / "x.log", limit=20, keep=3)
    log.write(b"before\n")
    follower = LogFollower(log.path, read_log(log.path).end)
    clock.now += 1
    log.write(b"one\ntw")
    assert [(line.text, line.time) for line in follower.take()] == [("one", 1_000_001)]
    assert follower.take() == []
    clock.now += 1
    log.write(b"o\nthree is long\nfour\n")
    assert [(line.text, line.time) for line in follower.take()] == [
        ("two", 1_000_002),
        ("three is long", 1_000_002),
        ("four", 1_000_002),
    ]
    os.truncate(log.path, 0)
    log.write(b"anew\n")
    assert [line.text for line in follower.take()] == ["anew"]


def test_what_comes_between_reading_and_following_is_told_with_its_times(
    tmp_path: Path, clock: Clock
) -> None:
    log = Transcript(tmp_path / "x.log", limit=20, keep=3)
    log.write(b"before\n")
    end = read_log(log.path).end
    clock.now += 1
    log.write(b"one\ntwo\n")
    log.write(b"three, moved on\n")
    follower = LogFollower(log.path, end)
    assert [(line.text, line.time) for line in follower.take()] == [
        ("one", 1_000_001),
        ("two", 1_000_001),
        ("three, moved on", 1_000_001),
    ]


@pytest.mark.parametrize("followed", [False, True])
def test_what_is_written_while_its_times_are_read_keeps_its_own(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, followed: bool
) -> None:
    log = Transcript(tmp_path / "x.log")
    log.write(b"before\n")
    end = read_log(log.path).end if followed else LogEnd()
    clock.now += 1
    module: Any = log_follow if followed else logs

    def late(path: Path, start: int = 0) -> bytes:
        monkeypatch.undo()
        log.write(b"late\n")
        return logs.read_index(path, start)

    monkeypatch.setattr(module, "read_index", late)
    if followed:
        log.write(b"one\n")
        follower = LogFollower(log.path, end)
        assert [line.text for line in follower.take()] == ["one"]
    else:
        follower = LogFollower(log.path, read_log(log.path).end)
    assert [(line.text, line.time is None) for line in follower.take()] == [("late", False)]


def test_a_log_that_begins_later_is_followed_from_its_beginning(tmp_path: Path) -> None:
    follower = LogFollower(tmp_path / "x.log", LogEnd())
    assert follower.take() == []
    log = Transcript(tmp_path / "x.log")
    log.write(b"one\n")
    assert [line.text for line in follower.take()] == ["one"]


def test_a_session_becomes_an_asciicast(tmp_path: Path, clock: Clock) -> None:
    log = Transcript(tmp_path / "x.log")
    log.mark("booting web1")
    clock.now += 1.5
    log.write(b"\x1b]52;c;c2VjcmV0\x07\x1b[1mtwo\x1b[0m \xc3")
    clock.now -= 60  # the clock of the machine is set back
    log.write(b"\xa4\r\n")
    read = read_log(log.path)
    header, *events = map(json.loads, asciicast(read, read.sessions()[0], "web1"))
    assert {key: header[key] for key in ("version", "width", "height", "timestamp")} == {
        "version": 2,
        "width": 80,
        "height": 24,
        "timestamp": 1_000_000,
    }
    assert [(at, kind) for at, kind, _ in events] == [(0.0, "o"), (1.5, "o"), (1.5, "o")]
    assert "".join(text for _, _, text in events[1:]) == "\x1b[1mtwo\x1b[0m ä\r\n"


def test_without_times_there_is_nothing_to_replay() -> None:
    log = untimed(b"one\n")
    with pytest.raises(NotAllowedError, match="not known when"):
        list(asciicast(log, log.sessions()[0], "web1"))


def test_an_export_replaces_nothing(tmp_path: Path) -> None:
    path = write_asciicast(str(tmp_path / "a.cast"), "{}\n")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("{}\n", 0o600)
    with pytest.raises(HostError, match="exists"):
        write_asciicast(str(path), "other")
