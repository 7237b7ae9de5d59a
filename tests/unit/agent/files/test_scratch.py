"""Passing files: the owner's only, removed, and swept where their maker was killed."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from xentui.agent import AgentError, dispatch
from xentui.agent.files import scratch


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The host's folder for passing files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def write(text: str = "memory = 1\n") -> Path:
    return Path(dispatch("/nowhere", "write_scratch", {"text": text}))


def test_a_file_is_its_owners_only_and_goes_again() -> None:
    path = write("name = 'ü'\n")
    assert path.read_text() == "name = 'ü'\n"
    assert path.stat().st_mode & 0o777 == 0o600
    dispatch("/nowhere", "remove_scratch", {"path": str(path)})
    assert not path.exists()
    dispatch("/nowhere", "remove_scratch", {"path": str(path)})


def test_no_other_file_is_removed(folder: Path) -> None:
    other = folder / "else.cfg"
    other.touch()
    outside = folder / "sub" / f"{scratch.PREFIX}x.cfg"
    outside.parent.mkdir()
    outside.touch()
    for path in (other, outside, folder / "sub" / ".." / f"{scratch.PREFIX}x"):
        with pytest.raises(AgentError) as caught:
            dispatch("/nowhere", "remove_scratch", {"path": str(path)})
        assert caught.value.code == "permission"
    link = folder / f"{scratch.PREFIX}link.cfg"
    link.symlink_to(other)
    dispatch("/nowhere", "remove_scratch", {"path": str(link)})
    assert other.exists()


def test_what_a_killed_process_left_is_swept_after_an_hour(folder: Path) -> None:
    old, young, foreign = write(), write(), folder / "xentui.cfg"
    foreign.touch()
    long_ago = time.time() - scratch.STALE - 1
    for path in (old, foreign):
        os.utime(path, (long_ago, long_ago))
    write()
    assert (old.exists(), young.exists(), foreign.exists()) == (False, True, True)


def test_text_that_cannot_be_written_leaves_no_file(folder: Path) -> None:
    with pytest.raises(AgentError):
        dispatch("/nowhere", "write_scratch", {"text": "\udcff"})
    assert not list(folder.iterdir())
