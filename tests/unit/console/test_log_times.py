"""When a console's output came: never a wrong time, whatever becomes of the index beside the log."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from xentui.agent.files import safe_folder
from xentui.console import log_times as module
from xentui.console.log_times import SUFFIX, LogTimes, believed, index_limit
from xentui.console.transcript import Transcript


class Clock:
    """The wall clock of the log, in whole seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000
        monkeypatch.setattr("xentui.console.transcript.time.time_ns", lambda: self.now * 10**9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def index_of(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def times_of(path: Path) -> LogTimes:
    """What is believed of a log's times."""
    index = index_of(path)
    return believed(index.read_bytes() if index.exists() else b"", path.read_bytes(), path.stat())


def told(path: Path) -> list[tuple[bytes, int]]:
    """Each piece of a log that has a time, with it."""
    data = path.read_bytes()
    return [(data[piece.start : piece.end], int(piece.time)) for piece in times_of(path).pieces]


def test_each_piece_has_its_moment(tmp_path: Path, clock: Clock) -> None:
    log = Transcript(tmp_path / "x.log")
    for word in (b"one\n", b"two ", b"three\n"):
        log.write(word)
        clock.now += 1
    assert told(log.path) == [(b"one\n", 1_000_000), (b"two ", 1_000_001), (b"three\n", 1_000_002)]
    times = times_of(log.path)
    assert times.at(4, 14) == 1_000_001
    assert times.at(8, 9) == 1_000_002
    assert times.at(14, 20) is None


def test_it_is_for_the_owner_only(tmp_path: Path) -> None:
    log = Transcript(tmp_path / "x.log")
    log.write(b"one")
    assert stat.S_IMODE(index_of(log.path).stat().st_mode) == 0o600


def test_it_goes_on_with_the_next_session_and_moves_with_its_log(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "x.log"
    for word in (b"aaaa", b"bb", b"bbcc", b"cc", b"d"):
        log = Transcript(path, limit=4, keep=2)
        log.write(word)
        log.close()
        clock.now += 1
    assert told(tmp_path / "x.log.2") == [(b"bb", 1_000_001), (b"bb", 1_000_002)]
    assert told(tmp_path / "x.log.1") == [(b"cc", 1_000_002), (b"cc", 1_000_003)]
    assert told(path) == [(b"d", 1_000_004)]
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "x.log",
        "x.log.1",
        f"x.log.1{SUFFIX}",
        "x.log.2",
        f"x.log.2{SUFFIX}",
        f"x.log{SUFFIX}",
    ]


def test_our_own_lines_are_told_from_what_a_guest_writes(tmp_path: Path) -> None:
    log = Transcript(tmp_path / "x.log")
    log.write(b"--- attached to web1 ---\nlogin: ")
    log.note("--- left web1 ---")
    assert [piece.note for piece in times_of(log.path).pieces] == [False, True, True]


def test_two_programs_on_one_log_tell_each_their_own(tmp_path: Path, clock: Clock) -> None:
    one, other = Transcript(tmp_path / "x.log"), Transcript(tmp_path / "x.log")
    for number in range(4):
        (one, other)[number % 2].write(b"%d" % number)
        clock.now += 1
    assert told(one.path) == [(b"%d" % number, 1_000_000 + number) for number in range(4)]


def test_a_log_without_an_index_has_no_times(tmp_path: Path) -> None:
    log = Transcript(tmp_path / "x.log")
    log.write(b"one")
    index_of(log.path).unlink()
    assert told(log.path) == []


def test_the_index_of_another_log_says_nothing(tmp_path: Path) -> None:
    one, other = Transcript(tmp_path / "one.log"), Transcript(tmp_path / "other.log")
    one.write(b"the same\n")
    other.write(b"the same\n")
    shutil.copyfile(index_of(one.path), index_of(other.path))
    assert told(other.path) == []


def test_a_copy_of_both_says_nothing(tmp_path: Path) -> None:
    log = Transcript(tmp_path / "x.log")
    log.write(b"one")
    for path in (log.path, index_of(log.path)):
        shutil.copyfile(path, tmp_path / path.name.replace("x", "copy"))
    assert told(tmp_path / "copy.log") == []


def test_a_log_that_was_edited_has_no_times_there(tmp_path: Path, clock: Clock) -> None:
    log = Transcript(tmp_path / "x.log")
    log.write(b"one\n")
    log.write(b"two\n")
    with log.path.open("r+b") as file:
        file.write(b"ONE")
    assert told(log.path) == [(b"two\n", clock.now)]


def test_a_log_that_was_emptied_begins_anew(tmp_path: Path, clock: Clock) -> None:
    log = Transcript(tmp_path / "x.log")
    log.write(b"same\n" * 2)
    os.truncate(log.path, 0)
    clock.now += 5
    log.write(b"same\n")
    log.close()
    assert told(log.path) == [(b"same\n", clock.now)]
    log.path.unlink()
    log = Transcript(log.path)  # the old index lies there still, and the file system may give the inode again
    clock.now += 5
    log.write(b"same\n")
    assert told(log.path) == [(b"same\n", clock.now)]


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_record_cut_off_by_a_crash_costs_its_own_piece_only(tmp_path: Path, clock: Clock, cut: int) -> None:
    log = Transcript(tmp_path / "x.log")
    log.write(b"one\n")
    log.write(b"two\n")
    log.close()
    index = index_of(log.path)
    os.truncate(index, index.stat().st_size - cut)
    assert told(log.path) == [(b"one\n", clock.now)]
    clock.now += 1
    log = Transcript(log.path)
    log.write(b"three\n")
    assert told(log.path) == [(b"one\n", clock.now - 1), (b"three\n", clock.now)]


@pytest.mark.parametrize("after", ["nothing", "the index"])
def test_a_rotation_cut_short_tells_no_wrong_time(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    path = tmp_path / "x.log"
    log = Transcript(path, limit=4, keep=2)
    log.write(b"same")
    log.close()
    move = safe_folder.Folder.move

    def killed(folder: safe_folder.Folder, name: str, to: str) -> None:
        if (tmp_path / name).exists() and (after == "nothing" or name == "x.log"):
            raise KeyboardInterrupt
        move(folder, name, to)

    with monkeypatch.context() as killing:
        killing.setattr(safe_folder.Folder, "move", killed)
        victim = Transcript(path, limit=4, keep=2)
        with pytest.raises(KeyboardInterrupt):
            victim.write(b"same")
        victim.close()
    log = Transcript(path, limit=4, keep=2)
    for clock.now in (2_000_000, 3_000_000):
        log.write(b"same")
    log.close()
    assert told(path) == [(b"same", 3_000_000)]
    assert told(tmp_path / "x.log.1") == [(b"same", 2_000_000)]
    # What was moved already is not where its log is by now: no times, where they could be another's.
    assert told(tmp_path / "x.log.2") == ([(b"same", 1_000_000)] if after == "nothing" else [])


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_whatever_becomes_of_an_index_no_time_is_wrong(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = Transcript(folder / "x.log")
    for word in (b"a\n", b"a\n", b"bb\n", b"a\n"):
        log.write(word)
    log.close()
    index = index_of(log.path).read_bytes()
    right = set(times_of(log.path).pieces)
    damaged = bytearray(index)
    for _ in range(data.draw(st.integers(1, 4))):
        how = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        at = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        if how == "flip" and damaged:
            damaged[at] ^= data.draw(st.integers(1, 255))
        elif how == "cut":
            del damaged[at : at + data.draw(st.integers(1, 30))]
        else:
            damaged[at:at] = data.draw(st.binary(max_size=30))
    found = believed(bytes(damaged), log.path.read_bytes(), log.path.stat())
    assert set(found.pieces) <= right


@settings(deadline=None, max_examples=50)
@given(index=st.binary(max_size=300), log=st.binary(max_size=100))
def test_any_bytes_are_an_index(tmp_path_factory: pytest.TempPathFactory, index: bytes, log: bytes) -> None:
    assert believed(index, log, tmp_path_factory.getbasetemp().stat()).pieces == []


def test_a_guest_that_drips_makes_no_index_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GRANTED", 10)
    log = Transcript(tmp_path / "x.log")
    for _ in range(2000):
        log.write(b".")
    log.close()
    assert index_of(log.path).stat().st_size <= index_limit(2000)
    assert len(times_of(log.path).pieces) > 2000 // 64
    index_of(log.path).write_bytes(index_of(log.path).read_bytes() * 100)
    assert times_of(log.path).pieces == []


def test_a_disk_that_takes_no_index_costs_nothing_of_the_log(tmp_path: Path) -> None:
    index_of(tmp_path / "x.log").symlink_to(tmp_path / "elsewhere")
    log = Transcript(tmp_path / "x.log")
    log.write(b"one")
    assert (log.path.read_bytes(), log.problem) == (b"one", "")
    assert not (tmp_path / "elsewhere").exists()
