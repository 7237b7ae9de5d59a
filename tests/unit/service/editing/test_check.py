"""What is wrong with a text: ours to say, and the host's."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import recordings
from tests.unit.service.conftest import Faulty
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.service.hypervisor import Hypervisor

REFUSED = [
    entry
    for entry in json.loads((Path(recordings.__file__).parent / "create-refused.json").read_text())["entries"]
    if entry.get("argv", [])[:3] == ["xl", "create", "-n"] and entry["exit"] and len(entry["argv"]) == 4
]
GOOD = 'name = "web"\nmemory = 128\nkernel = "/srv/guests/vmlinuz"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The host's folder for passing files."""
    made = tmp_path / "passing"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def answer(code: int, *words: str) -> object:
    """What the host's xl says of any file."""

    def answering(argv: Sequence[str]) -> Completed | None:
        if argv[:3] != ("xl", "create", "-n") and list(argv[:3]) != ["xl", "create", "-n"]:
            return None
        said = "\n".join(word.replace("{path}", argv[3]) for word in words)
        return Completed(tuple(argv), code, b"", said.encode())

    return answering


async def test_a_good_text_has_no_problem(hypervisor: Hypervisor, folder: Path) -> None:
    assert (await hypervisor.editing.check(GOOD)).problems == ()
    assert not list(folder.iterdir()), "nothing is left on the host"


async def test_a_text_that_does_not_parse_has_its_one_error_with_its_place(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    checked = await hypervisor.editing.check(GOOD + "vcpus = two\n")
    assert [(item.line, item.column) for item in checked.errors] == [(4, 9)]
    assert not [argv for argv in host.ran if "create" in argv], "the host is not asked about that"


async def test_warnings_are_told_apart_from_errors(hypervisor: Hypervisor) -> None:
    checked = await hypervisor.editing.check(GOOD + "vcpu = 2\nmaxvcpus = 1\nvcpus = 2\n")
    assert [item.key for item in checked.warnings] == ["vcpu"]
    assert [item.key for item in checked.errors] == ["maxvcpus"]


async def test_what_only_the_host_refuses_is_an_error_at_its_line(
    host: Faulty, hypervisor: Hypervisor, folder: Path
) -> None:
    host.answer = answer(  # type: ignore[assignment]
        1,
        "Parsing config from {path}",
        "{path}:2: config parsing error near `128': syntax error, unexpected NUMBER",
        "Failed to parse config: Invalid argument",
    )
    checked = await hypervisor.editing.check(GOOD)
    assert [(item.line, item.key) for item in checked.errors] == [(2, "memory")]
    assert "unexpected NUMBER" in checked.errors[0].message
    assert checked.words == ("line 2: config parsing error near `128': syntax error, unexpected NUMBER",)
    assert not any(str(folder) in word for word in checked.words)
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("words", "key", "line"),
    [
        ("{path}: config parsing error in disk specification: near `w!' in `/x,raw,xvda,w'", "disk", 5),
        ('Unknown kernel action "explode" specified', "kernel", 3),
        ("no such thing", "", 0),
    ],
)
async def test_what_the_hosts_words_quote_is_the_place(
    host: Faulty, hypervisor: Hypervisor, words: str, key: str, line: int
) -> None:
    host.answer = answer(1, words)  # type: ignore[assignment]
    checked = await hypervisor.editing.check(GOOD + "disk = [\n  '/x,raw,xvda,w' ]\n")
    assert [(item.key, item.line) for item in checked.errors] == [(key, line)]


async def test_a_refusal_without_a_line_is_about_the_whole_text(host: Faulty, hypervisor: Hypervisor) -> None:
    host.answer = answer(1, "{path}:1: warning: something", "no such thing")  # type: ignore[assignment]
    checked = await hypervisor.editing.check(GOOD)
    assert [(item.line, item.message) for item in checked.errors] == [
        (0, "xl on the host says: no such thing")
    ]


@pytest.mark.parametrize("entry", REFUSED, ids=[str(entry["what"]) for entry in REFUSED])
async def test_what_a_real_xl_said_is_an_error_that_can_be_read(
    host: Faulty, hypervisor: Hypervisor, entry: dict[str, Any]
) -> None:
    path = entry["argv"][3]
    words = [line.rstrip("\n").replace(path, "{path}") for line in entry["stderr"]]
    host.answer = answer(entry["exit"], *words)  # type: ignore[assignment]
    checked = await hypervisor.editing.check(GOOD)
    assert len(checked.errors) == 1
    assert path not in checked.errors[0].message
    assert "Parsing config" not in checked.errors[0].message
    placed = [line for line in words if re.match(r"\{path\}:[0-9]+: (?!warning)", line)]
    assert bool(checked.errors[0].line) or not placed


async def test_the_file_is_its_owners_only_and_gone_when_the_check_is_cancelled(
    host: Faulty, hypervisor: Hypervisor, folder: Path
) -> None:
    seen: list[int] = []
    started = asyncio.Event()

    def look(argv: Sequence[str]) -> Completed | None:
        seen.append(Path(argv[3]).stat().st_mode & 0o777)
        started.set()
        raise asyncio.CancelledError

    host.answer = look
    with pytest.raises(asyncio.CancelledError):
        await hypervisor.editing.check(GOOD)
    assert seen == [0o600]
    assert not list(folder.iterdir())


async def test_a_host_that_is_gone_is_an_error_and_leaves_no_file(
    host: Faulty, hypervisor: Hypervisor, folder: Path
) -> None:
    def gone(argv: Sequence[str]) -> Completed | None:
        raise HostError("gone")

    host.answer = gone
    with pytest.raises(HostError):
        await hypervisor.editing.check(GOOD)
    assert not list(folder.iterdir())


async def test_a_host_without_xl_is_no_fault_of_the_text(host: Faulty, hypervisor: Hypervisor) -> None:
    host.answer = answer(127, "sh: xl: not found")  # type: ignore[assignment]
    with pytest.raises(HostError):
        await hypervisor.editing.check(GOOD)


async def test_a_check_works_in_a_read_only_session_and_leaves_no_store(host: Faulty, folder: Path) -> None:
    async with Hypervisor(host, read_only=True) as hypervisor:
        before = sorted(Path(host.store_root).rglob("*"))
        assert not (await hypervisor.editing.check(GOOD)).problems
        assert sorted(Path(host.store_root).rglob("*")) == before


async def test_without_the_host_nothing_runs_there(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.editing.check(GOOD, on_host=False)
    assert host.ran == []


async def test_a_check_cancelled_while_the_file_is_written_leaves_none(
    host: Faulty, hypervisor: Hypervisor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written, release = host.call, asyncio.Event(), asyncio.Event()

    async def slow(operation: Any, **arguments: Any) -> object:
        answer = await real(operation, **arguments)
        if operation == "write_scratch":
            written.set()
            await release.wait()
        return answer

    monkeypatch.setattr(host, "call", slow)
    checking = asyncio.ensure_future(hypervisor.editing.check(GOOD))
    await written.wait()
    assert list(folder.iterdir())
    checking.cancel()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert not list(folder.iterdir())
