"""Damage to one entry, or to the store as a whole: said, contained, and mended from the versions."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.store.kinds import WEB1, WEB2
from tests.unit.store.observing import call
from xentui.agent import AgentError

TEXTS = [f"name = 'web1'\nmemory = {memory}\n" for memory in (64, 128, 256)]


@pytest.fixture
def root(ground: Path) -> Path:
    """A store of two domains, one with three versions."""
    place = ground / "store"
    call(place, "create", uuid=WEB1, name="web1", text=TEXTS[0])
    for text in TEXTS[1:]:
        call(place, "put", uuid=WEB1, name="web1", text=text)
    call(place, "create", uuid=WEB2, name="other", text="name = 'other'\n")
    return place


def _no_config(folder: Path) -> None:
    (folder / "config.cfg").unlink()


def _config_not_text(folder: Path) -> None:
    (folder / "config.cfg").write_bytes(b"name = '\xff'\n")


def _config_a_folder(folder: Path) -> None:
    (folder / "config.cfg").unlink()
    (folder / "config.cfg").mkdir()


def _config_a_pipe(folder: Path) -> None:
    (folder / "config.cfg").unlink()
    os.mkfifo(folder / "config.cfg")


def _config_huge(folder: Path) -> None:
    with (folder / "config.cfg").open("wb") as file:
        file.truncate(1 << 40)


def _no_log(folder: Path) -> None:
    (folder / "log.jsonl").unlink()


def _log_rubbish(folder: Path) -> None:
    (folder / "log.jsonl").write_bytes(b'\0\xff rubbish\n{"event": 7}\n[[[\n' + b"[" * 100_000 + b"\n")


def _log_a_folder(folder: Path) -> None:
    (folder / "log.jsonl").unlink()
    (folder / "log.jsonl").mkdir()


DAMAGE = [
    (_no_config, "config.cfg: is missing"),
    (_config_not_text, "config.cfg: is not UTF-8 text"),
    (_config_a_folder, "config.cfg: is not a regular file"),
    (_config_a_pipe, "config.cfg: is not a regular file"),
    (_config_huge, "config.cfg: is longer than"),
    (_no_log, "log.jsonl: is missing"),
    (_log_rubbish, "log.jsonl: log.jsonl holds no readable record"),
    (_log_a_folder, "log.jsonl: is not a regular file"),
]


@pytest.mark.parametrize(("damage", "reason"), DAMAGE)
def test_a_damaged_entry_says_so_and_hides_no_other(
    root: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(root / "domains" / WEB1)
    damaged, whole = call(root, "list")["entries"]
    assert damaged["uuid"] == WEB1
    assert damaged["damaged"].startswith(reason)
    assert damaged["text"] is None
    assert (whole["name"], whole["damaged"], whole["text"]) == ("other", "", "name = 'other'\n")
    for operation in ("read", "put"):
        with pytest.raises(AgentError) as refused:
            arguments = {"name": "web1", "text": "x"} if operation == "put" else {}
            call(root, operation, uuid=WEB1, **arguments)
        assert refused.value.code == "damaged"
    call(root, "put", uuid=WEB2, name="other", text="name = 'other'\n# still works\n")


@pytest.mark.parametrize(("damage", "reason"), DAMAGE)
def test_a_damaged_entry_is_mended_from_its_versions(
    root: Path, damage: Callable[[Path], None], reason: str
) -> None:
    folder = root / "domains" / WEB1
    damage(folder)
    versions = [item["version"] for item in call(root, "history", uuid=WEB1)]
    assert versions == [1, 2, 3]
    assert call(root, "read_version", uuid=WEB1, version=2)["text"] == TEXTS[1]
    if damage is _config_a_folder:
        (folder / "config.cfg").rmdir()  # a file cannot be renamed over a folder
    call(root, "restore", uuid=WEB1, version=2)
    mended = call(root, "read", uuid=WEB1)
    assert (mended["name"], mended["text"], mended["damaged"]) == ("web1", TEXTS[1], "")
    assert mended["version"] >= 4
    history = [item["version"] for item in call(root, "history", uuid=WEB1)]
    assert history == list(range(1, mended["version"] + 1))
    for number, text in enumerate(TEXTS, 1):
        assert call(root, "read_version", uuid=WEB1, version=number)["text"] == text
    assert call(root, "find", name="web1") == WEB1
    for number, text in enumerate(TEXTS, 1):
        assert (folder / "versions" / f"{number:04d}.cfg").read_text() == text
    call(root, "put", uuid=WEB1, name="web1", text=TEXTS[0], expect_version=mended["version"])


@pytest.mark.parametrize(("damage", "reason"), DAMAGE)
def test_a_damaged_entry_can_be_deleted_and_brought_back(
    root: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(root / "domains" / WEB1)
    call(root, "delete", uuid=WEB1)
    assert [item["uuid"] for item in call(root, "list")["entries"]] == [WEB2]
    assert [item["uuid"] for item in call(root, "list_trash")] == [WEB1]
    call(root, "undelete", name_or_uuid=WEB1)
    (damaged, _other) = call(root, "list")["entries"]
    assert damaged["damaged"].startswith(reason)


def test_a_failed_restore_of_a_damaged_entry_leaves_it_its_name(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _log_rubbish(root / "domains" / WEB1)
    with monkeypatch.context() as patch, pytest.raises(AgentError):
        patch.setattr("xentui.agent.files.fsio.append", _refused)
        call(root, "restore", uuid=WEB1, version=1)
    assert call(root, "find", name="web1") == WEB1
    call(root, "restore", uuid=WEB1, version=1)
    assert call(root, "read", uuid=WEB1)["name"] == "web1"


def _refused(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_text_that_is_not_utf8_is_kept_as_a_version_when_another_replaces_it(root: Path) -> None:
    folder = root / "domains" / WEB1
    _config_not_text(folder)
    call(root, "restore", uuid=WEB1, version=1)
    assert (folder / "versions" / "0004.cfg").read_bytes() == b"name = '\xff'\n"
    events = [item["event"] for item in call(root, "history", uuid=WEB1)]
    assert events == ["created", "changed", "changed", "edited by hand", "restored"]
    with pytest.raises(AgentError) as refused:
        call(root, "read_version", uuid=WEB1, version=4)
    assert refused.value.code == "damaged"


def test_a_version_that_is_not_what_was_recorded_is_not_restored(root: Path) -> None:
    (root / "domains" / WEB1 / "versions" / "0001.cfg").write_text("name = 'evil'\n")
    for operation in ("restore", "read_version"):
        with pytest.raises(AgentError) as refused:
            call(root, operation, uuid=WEB1, version=1)
        assert refused.value.code == "damaged"
    assert call(root, "read", uuid=WEB1)["version"] == 3


def test_unreadable_lines_of_a_log_are_skipped(root: Path) -> None:
    log = root / "domains" / WEB1 / "log.jsonl"
    first, second, third = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + b"\0" * 50 + b"\n" + third + second[:20])
    assert [item["version"] for item in call(root, "history", uuid=WEB1)] == [1, 3]
    call(root, "put", uuid=WEB1, name="web1", text=TEXTS[0])
    assert [item["version"] for item in call(root, "history", uuid=WEB1)] == [1, 3, 4]


def test_what_else_lies_in_the_folder_of_domains_is_shown_as_damaged(root: Path) -> None:
    domains = root / "domains"
    (domains / "notes.txt").write_text("mine")
    (domains / "web1-backup").mkdir()
    (domains / "empty").symlink_to("/nonexistent")
    (domains / WEB1.replace("1111", "ffff", 1)).mkdir()
    reasons = {item["uuid"]: item["damaged"] for item in call(root, "list")["entries"]}
    assert reasons.pop(WEB1) == reasons.pop(WEB2) == ""
    assert reasons == {
        "notes.txt": "is not a folder",
        "web1-backup": "the folder's name is not a UUID",
        WEB1.replace("1111", "ffff", 1): "log.jsonl: is missing",
    }


def test_odd_files_in_place_of_marks_do_no_harm(root: Path) -> None:
    folder = root / "domains" / WEB1
    for content in (b"", b"[1]", b"\xff", b"[" * 100_000):
        (folder / "running.json").write_bytes(content)
        assert call(root, "list")["entries"][0]["running"] is None
    for name in ("config.cfg.new", "running.json"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()
    assert call(root, "list")["entries"][0]["running"] is None
    call(root, "put", uuid=WEB1, name="web1", text=TEXTS[0])
    assert call(root, "read", uuid=WEB1)["version"] == 4


def test_lost_name_links_are_made_again(root: Path) -> None:
    for link in (root / "names").iterdir():
        link.unlink()
    (root / "names").rmdir()
    assert call(root, "find", name="web1") == WEB1
    with pytest.raises(AgentError) as refused:
        call(root, "create", uuid=WEB1.replace("1111", "ffff", 1), name="web1", text=TEXTS[0])
    assert refused.value.code == "exists"
    assert {path.name for path in (root / "names").iterdir()} == {"web1", "other"}


def test_links_of_names_are_not_followed_out_of_the_store(root: Path, ground: Path) -> None:
    (root / "names" / "evil").symlink_to(ground / "elsewhere" / WEB1)
    (root / "names" / "file").write_text("x")
    (root / "names" / "loop").symlink_to("loop")
    assert [call(root, "find", name=name) for name in ("evil", "file", "loop")] == [None, None, None]


def test_a_store_others_may_write_to_is_not_trusted(root: Path) -> None:
    root.chmod(0o777)
    asked: dict[str, dict[str, str]] = {"list": {}, "find": {"name": "web1"}, "delete": {"uuid": WEB1}}
    for operation, arguments in asked.items():
        with pytest.raises(AgentError) as refused:
            call(root, operation, **arguments)
        assert refused.value.code == "permission"
        assert "0777" in refused.value.message
    root.chmod(0o755)
    assert len(call(root, "list")["entries"]) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_store_of_somebody_else_is_not_trusted(root: Path) -> None:
    os.chown(root, 12345, -1)
    with pytest.raises(AgentError) as refused:
        call(root, "list")
    assert refused.value.code == "permission"


def test_a_file_where_the_store_should_be(ground: Path) -> None:
    (ground / "store").write_text("x")
    for operation in ("list", "list_trash"):
        with pytest.raises(AgentError) as refused:
            call(ground / "store", operation)
        assert refused.value.code == "invalid"


def test_the_first_write_makes_the_store(ground: Path) -> None:
    root = ground / "var" / "lib" / "xentui"
    call(root, "audit_append", record={"verb": "x"})
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert call(root, "list")["entries"] == []


def test_a_store_held_by_another_process_for_too_long(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xentui.agent.store.layout.LOCK_PATIENCE", 0.05)
    with (root / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AgentError) as refused:
            call(root, "put", uuid=WEB1, name="web1", text=TEXTS[0])
        assert len(call(root, "list")["entries"]) == 2, "readers need no lock"
    assert refused.value.code == "busy"
    call(root, "put", uuid=WEB1, name="web1", text=TEXTS[0])


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create", {"uuid": "../../etc", "name": "x", "text": ""}),
        ("create", {"uuid": WEB1 + "\n", "name": "x", "text": ""}),
        ("create", {"uuid": WEB1, "name": "", "text": ""}),
        ("create", {"uuid": WEB1, "name": "a\nb", "text": ""}),
        ("create", {"uuid": WEB1, "name": "x" * 300, "text": ""}),
        ("create", {"uuid": WEB1, "name": "x", "text": "\0"}),
        ("create", {"uuid": WEB1, "name": "x", "text": "\ud800"}),
        ("create", {"uuid": WEB1, "name": "x", "text": "#" * ((1 << 20) + 1)}),
        ("create", {"uuid": WEB1, "name": "x", "text": b"bytes"}),
        ("create", {"uuid": WEB1, "name": "x", "text": "", "source": {"path": "/x"}}),
        ("put", {"uuid": WEB1, "name": "x", "text": "", "expect_version": "1"}),
        ("delete", {"uuid": "/"}),
        ("read_version", {"uuid": WEB1, "version": -1}),
        ("undelete", {"name_or_uuid": "\0"}),
        ("audit_append", {"record": []}),
        ("nonsense", {}),
    ],
)
def test_arguments_are_checked_before_anything_happens(
    ground: Path, operation: str, arguments: dict[str, object]
) -> None:
    root = ground / "store"
    with pytest.raises(AgentError) as refused:
        call(root, operation, **arguments)
    assert refused.value.code == "invalid"
    assert call(root, "list")["entries"] == []


def test_what_users_write_stays_one_line_of_the_log(root: Path) -> None:
    call(root, "put", uuid=WEB1, name="web1", text=TEXTS[0], user="a\nb\x1b[31m", reason="x" * 5000)
    last = call(root, "history", uuid=WEB1)[-1]
    assert last["user"] == "a b [31m"
    assert len(last["reason"]) == 500
    assert len((root / "domains" / WEB1 / "log.jsonl").read_text().splitlines()) == 4
