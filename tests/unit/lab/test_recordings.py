"""The recordings are complete and can be read back exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import recordings
from tests.lab.recorder.notebook import Notebook, verbatim

COMMANDS = sorted(path.stem for path in recordings.FOLDER.glob("*.json"))
SESSIONS = sorted(path.stem for path in (recordings.FOLDER / "console").glob("*.bin"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_heading_an_argv_and_an_exit_status(name: str) -> None:
    assert recordings.entries(name)
    for recorded in recordings.load(name):
        assert recorded.what
        assert recorded.argv[0]
        assert -15 <= recorded.exit_code <= 255


@pytest.mark.parametrize("name", SESSIONS)
def test_the_pieces_of_a_console_session_are_its_bytes(name: str) -> None:
    pieces = recordings.console(name)
    assert (
        b"".join(piece.data for piece in pieces)
        == (recordings.FOLDER / "console" / f"{name}.bin").read_bytes()
    )
    assert [piece.seconds for piece in pieces] == sorted(piece.seconds for piece in pieces)


def test_the_guests_of_every_boot_method_are_in_the_list() -> None:
    for name in ("pygrub", "pvh"):
        assert f"\n{name} " in recordings.answer("boot-methods", f"{name}: list").stdout


def test_an_unknown_heading_is_an_error() -> None:
    with pytest.raises(LookupError, match="no such heading"):
        recordings.answer("host", "no such heading")


def test_an_answer_is_read_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Notebook(tmp_path, "sample", "a sample")
    book.record(
        "both outputs", "sh", "-c", r"printf 'a\r\n\033[1mb\302\273\n'; printf '1%%\r2%%\r' >&2; exit 7"
    )
    book.record("silence", "true")
    monkeypatch.setattr(recordings, "FOLDER", tmp_path)
    both, silence = recordings.load("sample")
    assert (both.exit_code, both.stdout, both.stderr) == (7, "a\r\n\x1b[1mb»\n", "1%\r2%\r")
    assert (silence.exit_code, silence.stdout, silence.stderr) == (0, "", "")


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert verbatim(b"\xff\n\x0bx") == ["\\xff\n", "\x0bx"]
