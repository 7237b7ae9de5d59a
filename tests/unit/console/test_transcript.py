"""A console's log: whole, private, bounded, and never in the console's way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from xentui.console import transcript as module
from xentui.console.log_names import safe_name, transcript_path
from xentui.console.transcript import Transcript


def files(path: Path, keep: int) -> list[bytes]:
    """What the log and its older files hold, oldest first."""
    older = [path.with_name(f"{path.name}.{number}") for number in range(keep, 0, -1)]
    return [file.read_bytes() for file in (*older, path) if file.exists()]


def test_what_was_written_is_there_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "consoles" / "xen1" / "web1-00000000.log"
    log = Transcript(path)
    log.write(b"\x1b[31mred\xff")
    log.close()
    assert path.read_bytes() == b"\x1b[31mred\xff"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}


def test_a_file_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "open" / "web1.log"
    path.parent.mkdir(mode=0o755)
    path.write_bytes(b"before\n")
    path.chmod(0o644)
    log = Transcript(path)
    log.write(b"after")
    assert path.read_bytes() == b"before\nafter"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@settings(deadline=None, max_examples=50)
@given(
    pieces=st.lists(st.binary(max_size=20), max_size=15),
    limit=st.integers(1, 30),
    again=st.integers(0, 15),
)
def test_rotation_loses_and_reorders_nothing(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], limit: int, again: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    log = Transcript(path, limit=limit, keep=310)
    for number, piece in enumerate(pieces):
        if number == again:
            log.close()
        log.write(piece)
    log.close()
    found = files(path, 310)
    assert b"".join(found) == b"".join(pieces)
    assert all(len(file) <= limit for file in found)


def test_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    log = Transcript(path, limit=4, keep=2)
    log.write(b"aaaabbbbccccdd")
    assert files(path, 9) == [b"bbbb", b"cccc", b"dd"]


def test_without_older_files_it_starts_anew(tmp_path: Path) -> None:
    log = Transcript(tmp_path / "x.log", limit=4, keep=0)
    log.write(b"aaaabb")
    assert files(log.path, 9) == [b"bb"]


def test_two_programs_on_one_log_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    one, other = Transcript(path, limit=8, keep=50), Transcript(path, limit=8, keep=50)
    for number in range(20):
        one.write(b"%02d" % number)
        other.write(b"%02d" % (50 + number))
    found = b"".join(files(path, 50))
    written = sorted(found[at : at + 2] for at in range(0, len(found), 2))
    assert written == sorted(b"%02d" % number for number in (*range(20), *range(50, 70)))


def test_a_note_has_a_line_of_its_own(tmp_path: Path) -> None:
    log = Transcript(tmp_path / "x.log")
    log.note("--- attached to web1 ---")
    log.write(b"login: ")
    log.note("--- \x1b[2J\nleft ---")
    log.write(b"more\n")
    log.close()
    log = Transcript(log.path)
    log.note("--- again ---")
    assert log.path.read_text().splitlines() == [
        "--- attached to web1 ---",
        "login: ",
        r"--- \u001b[2J\u000aleft ---",
        "more",
        "--- again ---",
    ]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_said_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY", 0.0)
    log = Transcript(tmp_path / "x.log")
    log.write(b"one\n")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, log._file)
    os.close(full)
    log.write(b"two\n")
    assert "No space left" in log.problem
    log.write(b"three\n")
    assert log.problem == ""
    lines = log.path.read_text().splitlines()
    assert lines[0] == "one"
    assert "4 bytes are missing here" in lines[2]
    assert lines[3] == "three"


def test_a_failing_disk_is_not_tried_for_every_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY", 3600.0)
    (tmp_path / "file").write_text("")
    log = Transcript(tmp_path / "file" / "x.log")
    log.write(b"one")
    assert "cannot be written" in log.problem
    os.unlink(tmp_path / "file")
    log.write(b"two")
    log.note("three")
    assert log.problem
    assert not log.path.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "x.log").symlink_to(tmp_path / "elsewhere")
    log = Transcript(tmp_path / "x.log")
    log.write(b"one")
    assert log.problem
    assert not (tmp_path / "elsewhere").exists()


def test_a_pipe_in_its_place_blocks_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.log")
    log = Transcript(tmp_path / "x.log")
    log.write(b"one")
    assert "not a regular file" in log.problem


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("web1", "web1"),
        ("ssh://root@xen1:22", "ssh%3A%2F%2Froot%40xen1%3A22"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("", "%"),
        ("a/../b", "a%2F..%2Fb"),
        ("bücher", "b%C3%BCcher"),
        ("nul\0", "nul%00"),
    ],
)
def test_names_are_made_safe(text: str, safe: str) -> None:
    assert safe_name(text) == safe


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_two_names_share_a_file(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)
    assert len(safe_name(one)) <= 100
    assert "/" not in safe_name(one)
    assert not safe_name(one).startswith(".")


def test_long_names_that_begin_alike_differ() -> None:
    assert safe_name("x" * 300) != safe_name("x" * 301)


def test_a_domain_has_one_file_and_shares_it_with_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = transcript_path("sim", "web1", "12345678-9abc-def0-1234-56789abcdef0")
    assert path == tmp_path / "xentui/consoles/sim/web1-12345678.log"
    others = {
        transcript_path("sim", "web1", "02345678-9abc-def0-1234-56789abcdef0"),
        transcript_path("sim", "web2", "12345678-9abc-def0-1234-56789abcdef0"),
        transcript_path("local", "web1", "12345678-9abc-def0-1234-56789abcdef0"),
    }
    assert len(others | {path}) == 4
