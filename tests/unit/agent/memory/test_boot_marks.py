"""The memory images of a domain: each save has its own, and none is lost or taken for another's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent import steps
from xentui import agent
from xentui.agent.files import open_files

WEB1 = "11111111-2222-3333-4444-000000000001"
WEB2 = "11111111-2222-3333-4444-000000000002"
TEXT = "name = 'web1'\n"


@pytest.fixture
def root(ground: Path) -> Path:
    """A store with one domain."""
    agent.dispatch(str(ground / "store"), "create", {"uuid": WEB1, "name": "web1", "text": TEXT})
    return ground / "store"


def call(root: Path, operation: str, **arguments: Any) -> Any:
    return steps.dispatch(str(root), operation, arguments)


def refusal(root: Path, operation: str, **arguments: Any) -> str:
    with pytest.raises(agent.AgentError) as refused:
        call(root, operation, **arguments)
    assert refused.value.message
    return refused.value.code


def begun(root: Path, memory: bytes = b"memory") -> Path:
    """The image of a save, written as far as this."""
    part = Path(call(root, "checkpoint_begin", uuid=WEB1))
    part.write_bytes(memory)
    return part


def age(path: Path) -> None:
    """Let a file be one that nobody has written to for long."""
    os.utime(path, (1_000_000, 1_000_000))


def unfinished(root: Path) -> str:
    """The path that stands for every unfinished image."""
    return str(root / "domains" / WEB1 / "checkpoint.part")


def images(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "domains" / WEB1).glob("checkpoint*")}


def test_while_xl_holds_the_image_nothing_else_is_done_to_the_domain(root: Path) -> None:
    """However long xl has written nothing: a guest may take minutes over its suspend."""
    part = begun(root)
    age(part)
    with part.open("ab") as file, subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=file) as xl:
        file.close()
        assert refusal(root, "checkpoint_begin", uuid=WEB1) == "busy"
        assert refusal(root, "boot_begin", uuid=WEB1) == "busy"
        assert refusal(root, "write_oneoff", uuid=WEB1, text=TEXT) == "busy"
        assert refusal(root, "remove_file", path=unfinished(root)) == "busy"
        assert refusal(root, "delete", uuid=WEB1) == "busy"
        xl.communicate(b", whole")
    call(root, "checkpoint_commit", uuid=WEB1, part=str(part))
    assert images(root) == {"checkpoint.chk": b"memory, whole"}


def test_before_xl_opens_the_image_and_after_it_has_closed_it_a_save_is_under_way_too(root: Path) -> None:
    part = begun(root)
    assert refusal(root, "checkpoint_begin", uuid=WEB1) == "busy"
    assert refusal(root, "boot_begin", uuid=WEB1) == "busy"
    assert images(root) == {part.name: b"memory"}
    call(root, "checkpoint_commit", uuid=WEB1, part=str(part))
    assert refusal(root, "checkpoint_begin", uuid=WEB1) == "busy"
    assert images(root) == {"checkpoint.chk": b"memory"}


def test_what_a_crash_has_left_is_replaced(root: Path) -> None:
    left = begun(root, b"half")
    older = Path(unfinished(root))
    older.write_bytes(b"quarter")
    age(left)
    age(older)
    part = Path(call(root, "checkpoint_begin", uuid=WEB1))
    assert images(root) == {part.name: b""}
    assert part != left


def test_a_save_ends_its_own_image_and_no_others(root: Path) -> None:
    """One that was held up until another had taken its place can neither commit nor drop the other's."""
    held_up = begun(root, b"half")
    age(held_up)
    part = begun(root, b"whole")
    assert refusal(root, "checkpoint_commit", uuid=WEB1, part=str(held_up)) == "missing"
    call(root, "checkpoint_abort", uuid=WEB1, part=str(held_up))
    assert images(root) == {part.name: b"whole"}
    held_up.write_bytes(b"half")  # its xl opens the file only now
    call(root, "checkpoint_commit", uuid=WEB1, part=str(part))
    assert refusal(root, "checkpoint_commit", uuid=WEB1, part=str(held_up)) == "busy"
    assert images(root)["checkpoint.chk"] == b"whole"


def test_only_the_path_of_a_save_of_that_domain_ends_one(root: Path) -> None:
    call(root, "create", uuid=WEB2, name="web2", text="name = 'web2'\n")
    part = begun(root)
    for path in (
        str(root / "domains" / WEB2 / part.name),
        str(part.with_name("config.cfg")),
        unfinished(root),
        part.name,
    ):
        assert refusal(root, "checkpoint_commit", uuid=WEB1, part=path) == "invalid"
        assert refusal(root, "checkpoint_abort", uuid=WEB1, part=path) == "invalid"
    assert images(root) == {part.name: b"memory"}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [("boot_begin", {}), ("write_oneoff", {"text": TEXT})],
    ids=["stored", "one-off"],
)
def test_an_image_cannot_be_committed_once_the_domain_is_booted(
    root: Path, operation: str, arguments: dict[str, str]
) -> None:
    """It is kept until somebody drops it, but it is none to resume from: the disks have moved on."""
    part = begun(root)
    age(part)
    call(root, operation, uuid=WEB1, **arguments)
    assert refusal(root, "checkpoint_commit", uuid=WEB1, part=str(part)) == "missing"
    assert images(root) == {"checkpoint.part": b"memory"}
    (found,) = call(root, "list")["entries"]
    assert (found["saving"], found["suspended"]) == (True, False)
    call(root, "remove_file", path=unfinished(root))
    assert images(root) == {}


def test_an_image_that_xl_restores_from_is_not_removed(root: Path) -> None:
    call(root, "checkpoint_commit", uuid=WEB1, part=str(begun(root)))
    image = Path(call(root, "resume_begin", uuid=WEB1))
    with image.open("rb"):
        assert refusal(root, "remove_file", path=str(image)) == "busy"
    call(root, "remove_file", path=str(image))
    assert images(root) == {}


def test_without_proc_no_file_counts_as_held(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = begun(root)
    real = os.listdir
    with part.open("rb"):
        assert open_files.is_open(str(part))
        monkeypatch.setattr(os, "listdir", lambda path: [] if str(path).startswith("/proc") else real(path))
        assert not open_files.is_open(str(part))
