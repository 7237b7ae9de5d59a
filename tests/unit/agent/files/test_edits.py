"""A file of the host's set-up is changed whole or not at all, and the old one is kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from xentui.agent.errors import AgentError
from xentui.agent.files.edits import edit_file


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "grub"
    path.write_bytes(b"old\n")
    path.chmod(0o640)
    return path


def edit(path: Path, old: bytes = b"old\n", keep: str = ".kept") -> str:
    return edit_file(path=str(path), data=b"new\n", sha256=digest(old), keep=keep)


def refused(path: Path, code: str, old: bytes = b"old\n", keep: str = ".kept") -> None:
    before = sorted(os.listdir(path.parent))
    with pytest.raises((AgentError, OSError)) as caught:
        edit(path, old, keep)
    assert getattr(caught.value, "code", "missing") == code
    assert sorted(os.listdir(path.parent)) == before


def test_the_old_file_is_kept_and_both_have_its_mode(file: Path) -> None:
    copy = Path(edit(file))
    assert copy == file.with_name("grub.kept")
    assert (file.read_bytes(), copy.read_bytes()) == (b"new\n", b"old\n")
    assert [path.stat().st_mode & 0o7777 for path in (file, copy)] == [0o640, 0o640]


def test_a_file_that_has_changed_since_is_left_alone(file: Path) -> None:
    refused(file, "conflict", old=b"older\n")
    assert file.read_bytes() == b"old\n"


def test_a_copy_that_is_there_is_not_written_over(file: Path) -> None:
    edit(file)
    assert edit(file, old=b"new\n") == f"{file}.kept-2"
    assert file.with_name("grub.kept").read_bytes() == b"old\n"
    assert file.with_name("grub.kept-2").read_bytes() == b"new\n"


def test_copies_do_not_come_without_end(file: Path) -> None:
    edit(file)
    for number in range(2, 100):
        file.with_name(f"grub.kept-{number}").write_text("")
    refused(file, "exists", old=b"new\n")
    assert file.with_name("grub.kept").read_bytes() == b"old\n"


def test_a_link_is_never_followed(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file)
    with pytest.raises((AgentError, OSError)):
        edit(link)
    assert (file.read_bytes(), link.is_symlink()) == (b"old\n", True)


def test_a_folder_others_may_write_to_is_refused(file: Path) -> None:
    file.parent.chmod(0o777)
    refused(file, "untrusted")


def test_a_file_everybody_may_write_to_is_not_taken_over(file: Path) -> None:
    file.chmod(0o666)
    with pytest.raises(AgentError) as caught:
        edit(file)
    assert caught.value.code == "untrusted"
    assert file.read_bytes() == b"old\n"


@pytest.mark.parametrize("keep", ["", "/../x"])
def test_the_ending_of_the_copy_is_one(file: Path, keep: str) -> None:
    refused(file, "invalid", keep=keep)


def test_a_file_that_is_missing_is_told(file: Path) -> None:
    refused(file.with_name("none"), "missing")


def test_a_new_file_is_everybodys_to_read_and_never_replaces_one(file: Path) -> None:
    new = file.with_name("exports")
    asked = {"path": str(new), "data": b"new\n", "sha256": "", "keep": ".kept"}
    assert edit_file(**asked) == ""  # type: ignore[arg-type]
    assert new.read_bytes() == b"new\n" and new.stat().st_mode & 0o777 == 0o644
    with pytest.raises(AgentError) as refused_again:
        edit_file(**{**asked, "data": b"other\n"})  # type: ignore[arg-type]
    assert refused_again.value.code == "exists" and new.read_bytes() == b"new\n"
