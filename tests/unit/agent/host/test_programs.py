"""Programs below the store: whole, owner-only, and written once."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from xentui import agent


def put(root: Path, data: bytes = b"#!/bin/sh\n", name: str = "xentui-domuloader") -> Path:
    return Path(agent.dispatch(str(root), "put_program", {"name": name, "data": data}))


def test_it_is_there_whole_and_owner_only(tmp_path: Path) -> None:
    root = tmp_path / "store"
    path = put(root)
    assert path == root / "bin/xentui-domuloader"
    assert path.read_bytes() == b"#!/bin/sh\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list((root / "staging").iterdir()) == []


def test_the_same_is_not_written_again_and_another_replaces_it(tmp_path: Path) -> None:
    path = put(tmp_path / "store")
    first = path.stat().st_ino
    assert put(tmp_path / "store").stat().st_ino == first
    put(tmp_path / "store", b"new")
    assert (path.read_bytes(), path.stat().st_ino != first) == (b"new", True)


def test_what_somebody_made_of_it_is_put_right(tmp_path: Path) -> None:
    path = put(tmp_path / "store")
    path.chmod(0o755)
    put(tmp_path / "store")
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    path.unlink()
    path.symlink_to("/bin/sh")
    put(tmp_path / "store")
    assert not path.is_symlink()


@pytest.mark.parametrize("name", ["../x", ".x", "x/y", "X"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(agent.AgentError):
        put(tmp_path / "store", name=name)
    assert not (tmp_path / "store").exists() or not (tmp_path / "store/bin").exists()


def test_a_program_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(agent.AgentError):
        put(tmp_path / "store", b"x" * (2 << 20))
    assert os.listdir(tmp_path) == []
