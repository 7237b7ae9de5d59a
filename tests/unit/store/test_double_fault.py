"""The disk fails while a version is committed, and fails again while that is taken back."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.store.observing import call, observe
from xentui.agent import AgentError

WEB1 = "11111111-2222-3333-4444-000000000001"
NEW = {"uuid": WEB1, "name": "front", "text": "name = 'front'\nmemory = 256\n", "user": "root"}
HAND = "name = 'web1'\n# mine\n"


def stored(ground: Path) -> Path:
    root = ground / "run" / "store"
    root.parent.mkdir()
    call(root, "create", uuid=WEB1, name="web1", text="name = 'web1'\n")
    call(root, "put", uuid=WEB1, name="web1", text="name = 'web1'\nmemory = 64\n")
    return root


def break_the_log(root: Path, patch: pytest.MonkeyPatch, *, unlinks: bool) -> None:
    """Let every flush of the log fail, every cut of it, and with ``unlinks`` every removal in the entry too."""
    log = str(root / "domains" / WEB1 / "log.jsonl")

    def failing(real: Callable[..., Any], fails: Callable[[Any], bool]) -> Callable[..., Any]:
        def wrapper(what: Any, *arguments: Any, **options: Any) -> Any:
            if fails(what):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real(what, *arguments, **options)

        return wrapper

    def of_the_log(fd: Any) -> bool:
        return isinstance(fd, int) and os.readlink(f"/proc/self/fd/{fd}") == log

    patch.setattr(os, "fsync", failing(os.fsync, of_the_log))
    patch.setattr(os, "ftruncate", failing(os.ftruncate, of_the_log))
    if unlinks:
        patch.setattr(os, "unlink", failing(os.unlink, lambda path: WEB1 in str(path)))


@pytest.mark.parametrize(
    "kept", [True, False], ids=["the record is there", "the record is lost with the power"]
)
@pytest.mark.parametrize("unlinks", [False, True], ids=["", "and no removal"])
@pytest.mark.parametrize("hand_edited", [False, True], ids=["", "over a hand edit"])
def test_what_may_be_stored_is_said_to_and_is_whole(
    ground: Path, monkeypatch: pytest.MonkeyPatch, kept: bool, unlinks: bool, hand_edited: bool
) -> None:
    root = stored(ground)
    folder = root / "domains" / WEB1
    if hand_edited:
        (folder / "config.cfg").write_text(HAND)
    log = (folder / "log.jsonl").read_bytes()
    before = observe(root)
    with monkeypatch.context() as patch, pytest.raises(AgentError) as refused:
        break_the_log(root, patch, unlinks=unlinks)
        call(root, "put", **NEW)
    assert refused.value.code == "uncertain"
    assert "may be stored or not" in refused.value.message
    if not kept:
        (folder / "log.jsonl").write_bytes(log)
        assert observe(root) == before
    found = call(root, "read", uuid=WEB1)
    assert not found["damaged"]
    for record in call(root, "history", uuid=WEB1):
        assert call(root, "read_version", uuid=WEB1, version=record["version"])["text"], (
            "each version has its text"
        )
    if kept and not hand_edited:
        assert (found["version"], found["text"], found["hand_edited"]) == (3, NEW["text"], False)
        assert call(root, "find", name="front") == WEB1
    if kept and hand_edited:
        assert (found["version"], found["text"]) == (3, HAND), "the hand edit is a version, nothing more"
    made = call(root, "put", **{**NEW, "text": NEW["text"] + "vcpus = 2\n"})
    assert call(root, "read", uuid=WEB1)["text"].endswith("vcpus = 2\n")
    assert made["version"] == len(call(root, "history", uuid=WEB1))
    assert call(root, "find", name="front") == WEB1


@pytest.mark.parametrize("operation", ["delete", "undelete"])
def test_a_move_that_was_not_made_changes_nothing(
    ground: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    root = stored(ground)
    arguments: dict[str, str] = {"uuid": WEB1}
    log = root / "domains" / WEB1 / "log.jsonl"
    if operation == "undelete":
        call(root, "delete", uuid=WEB1)
        arguments = {"name_or_uuid": "web1"}
        log = root / "trash" / WEB1 / "log.jsonl"
    before = observe(root)

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(fd: int, *arguments: Any) -> Any:
            if os.readlink(f"/proc/self/fd/{fd}") == str(log):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real(fd, *arguments)

        return wrapper

    with monkeypatch.context() as patch, pytest.raises(AgentError) as refused:
        patch.setattr(os, "fsync", failing(os.fsync))
        patch.setattr(os, "ftruncate", failing(os.ftruncate))
        call(root, operation, **arguments)
    assert refused.value.code == "io"
    assert {**observe(root), "trash": []} == {**before, "trash": []}
    call(root, operation, **arguments)
