"""Texts beside a configuration: versions, conflicts, and going with their domain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xentui.agent import AgentError
from xentui.agent.protocol.operations import dispatch
from xentui.agent.store import entry, layout

U = "12345678-0000-4000-8000-000000000001"


@pytest.fixture
def root(tmp_path: Path) -> str:
    made = str(tmp_path / "store")
    dispatch(made, "create", {"uuid": U, "name": "web1", "text": "name = 'web1'\n"})
    return made


def put(root: str, name: str, text: str, seen: int, **more: Any) -> int:
    number: int = dispatch(
        root, "put_attached", {"uuid": U, "name": name, "text": text, "expect_version": seen, **more}
    )
    return number


def read(root: str, name: str) -> Any:
    return dispatch(root, "read_attached", {"uuid": U, "name": name})


def test_each_text_has_versions_of_its_own(root: str) -> None:
    assert read(root, "watch") == {"name": "watch", "version": 0, "time": None, "user": "", "text": ""}
    assert put(root, "watch", "Oops\n", 0, user="admin") == 1
    assert put(root, "watch", "panic\n", 1) == 2
    assert put(root, "script.login", "send\n", 0) == 1
    told = dispatch(root, "list_attached", {"uuid": U})
    assert [(text["name"], text["version"], text["text"]) for text in told] == [
        ("script.login", 1, "send\n"),
        ("watch", 2, "panic\n"),
    ]
    folder = Path(layout.entry(root, U), "attached", "watch")
    assert Path(entry.version_path(str(folder), 1)).read_text() == "Oops\n"
    assert [record["user"] for record in entry.load(str(folder)).log.records] == ["admin", ""]  # type: ignore[union-attr]
    assert [record["event"] for record in dispatch(root, "history", {"uuid": U})] == ["created"]


@pytest.mark.parametrize("seen", [0, 2])
def test_another_version_than_the_one_seen_is_a_conflict(root: str, seen: int) -> None:
    put(root, "watch", "Oops\n", 0)
    with pytest.raises(AgentError, match="found version 1") as refused:
        put(root, "watch", "panic\n", seen)
    assert refused.value.code == "conflict"
    with pytest.raises(AgentError, match="found version 0"):
        put(root, "script.new", "send\n", 1)


def test_one_that_is_taken_away_is_not_listed_and_can_come_back(root: str) -> None:
    put(root, "watch", "Oops\n", 0)
    assert put(root, "watch", "", 1) == 2
    assert dispatch(root, "list_attached", {"uuid": U}) == []
    assert put(root, "watch", "Oops\n", 2) == 3


def test_they_go_with_their_domain_into_the_trash_and_back(root: str) -> None:
    put(root, "watch", "Oops\n", 0)
    dispatch(root, "delete", {"uuid": U})
    with pytest.raises(AgentError) as refused:
        read(root, "watch")
    assert refused.value.code == "missing"
    dispatch(root, "undelete", {"name_or_uuid": "web1"})
    assert read(root, "watch")["text"] == "Oops\n"


def test_what_an_admin_wrote_by_hand_is_a_version_too(root: str) -> None:
    put(root, "watch", "Oops\n", 0)
    Path(layout.entry(root, U), "attached", "watch", "config.cfg").write_text("by hand\n")
    assert read(root, "watch")["text"] == "by hand\n"
    assert put(root, "watch", "panic\n", 1) == 3
    folder = str(Path(layout.entry(root, U), "attached", "watch"))
    assert Path(entry.version_path(folder, 2)).read_text() == "by hand\n"


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "Watch", "script.", "script.-x", "script." + "x" * 65, "watch\n"]
)
def test_a_name_that_is_none_is_refused(root: str, name: str) -> None:
    with pytest.raises(AgentError, match="not the name of a text"):
        put(root, name, "x", 0)


def test_a_domain_has_a_hundred_at_most(root: str) -> None:
    for number in range(100):
        put(root, f"script.s{number}", "send\n", 0)
    with pytest.raises(AgentError, match="100 texts already"):
        put(root, "watch", "Oops\n", 0)
    assert len(dispatch(root, "list_attached", {"uuid": U})) == 100


def test_what_was_taken_away_does_not_count(root: str) -> None:
    """Of that the newest hundred keep their versions."""
    put(root, "watch", "Oops\n", 0)
    for number in range(250):
        put(root, f"script.s{number}", "send\n", 0)
        assert put(root, f"script.s{number}", "", 1) == 2
    put(root, "script.z", "send\n", 0)
    assert [text["name"] for text in dispatch(root, "list_attached", {"uuid": U})] == ["script.z", "watch"]
    kept = {path.name for path in Path(layout.entry(root, U), "attached").iterdir()}
    assert len(kept) <= 102
    assert "script.s0" not in kept and "script.s249" in kept
    assert put(root, "script.s249", "send\n", 2) == 3
    assert put(root, "script.s0", "send\n", 0) == 1


def test_one_that_comes_back_counts_again(root: str) -> None:
    put(root, "watch", "Oops\n", 0)
    put(root, "watch", "", 1)
    for number in range(100):
        put(root, f"script.s{number}", "send\n", 0)
    with pytest.raises(AgentError, match="100 texts already"):
        put(root, "watch", "Oops\n", 2)
    put(root, "script.s7", "", 1)
    assert put(root, "watch", "Oops\n", 2) == 3
    with pytest.raises(AgentError, match="100 texts already"):
        put(root, "script.s7", "send\n", 2)
    assert put(root, "script.s8", "other\n", 1) == 2


def test_a_damaged_one_is_said_to_be(root: str) -> None:
    put(root, "watch", "Oops\n", 0)
    folder = Path(layout.entry(root, U), "attached", "watch")
    (folder / "log.jsonl").write_text("nonsense\n")
    with pytest.raises(AgentError) as refused:
        read(root, "watch")
    assert refused.value.code == "damaged"
    assert dispatch(root, "list_attached", {"uuid": U}) == []
