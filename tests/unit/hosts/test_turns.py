"""What belongs together is asked together: a turn of the line costs what a far host is away."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.unit.hosts.conftest import FAKE_SSH, Network
from tests.unit.hosts.test_bad_answers import XL
from xentui import agent
from xentui.errors import StoreError
from xentui.hosts import operations
from xentui.hosts.remote_agent import _FOLLOWING, RemoteAgent, _Request
from xentui.hosts.ssh import SshHost
from xentui.service.hypervisor import Hypervisor

DB = "11111111-2222-3333-4444-000000000002"
LONG, LISTS = ["xl list -l"], ["xl list -l", "xl list -v"]
LOOK = ("look", "ask")
"""The store, and what runs there: the agent has `xl list -v` run once it is there."""


class Line:
    """A far host with one stored domain that is off, and what crosses the line to it."""

    def __init__(self, host: SshHost, network: Network, turns: list[Sequence[str]]) -> None:
        self.host = host
        self._network = network
        self._turns = turns
        self._seen = 0

    def taken(self) -> tuple[list[str], list[Sequence[str]]]:
        """The commands since this was asked last, and the operations of the agent by the turns they went out in."""
        commands, self._seen = self._network.commands[self._seen :], len(self._network.commands)
        turns = [*self._turns]
        self._turns.clear()
        return sorted(word for word in commands if word != "true" and not word.startswith("python3")), turns


@pytest.fixture
async def line(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    """That host, with its agent kept there."""
    tools, disk, store = tmp_path / "bin", tmp_path / "disk", tmp_path / "store"
    tools.mkdir()
    (tools / "xl").write_text(XL)
    (tools / "xl").chmod(0o755)
    disk.write_bytes(b"\0" * 4096)
    text = f"name = 'db'\nuuid = '{DB}'\nmemory = 64\nbootloader = 'pygrub'\ndisk = ['{disk},raw,xvda,w']\n"
    agent.dispatch(str(store), "create", {"uuid": DB, "name": "db", "text": text})
    monkeypatch.setenv("FAKE_SSH_PATH", f"{tools}:{os.environ['PATH']}")
    turns: list[Sequence[str]] = []
    real = RemoteAgent._exchange

    async def exchange(self: RemoteAgent, asked: Sequence[_Request], patience: float) -> None:
        turns.append(tuple(str(request.operation) for request in asked))
        await real(self, asked, patience)

    monkeypatch.setattr(RemoteAgent, "_exchange", exchange)
    host = SshHost("ssh://root@xen1", command=FAKE_SSH, store_root=str(store))
    yield Line(host, network, turns)
    await host.close()


async def test_turns_are_counted(line: Line) -> None:
    """Each is a look of the user's at a host that may be 300 ms away."""
    async with Hypervisor(line.host) as hypervisor:
        db = await hypervisor.inventory.find("db")
        assert line.taken() == (LISTS, [("look",), ("put_summaries",)]), "a first look ever"
        await hypervisor.inventory.poll()
        assert line.taken() == (LONG, [LOOK]), "a look"
        await hypervisor.editing.open(await hypervisor.inventory.current(db) or db)
        assert line.taken() == (LONG, [LOOK, ("read",)]), "a form"
        await hypervisor.lifecycle.start(db)
        commands, turns = line.taken()
        assert [word.split("/")[0] for word in commands] == ["xl create ", *LONG]
        assert turns == [
            LOOK,
            ("boot_begin",),
            ("look_at_disks", "host_disks"),
            ("audit_open",),
            ("audit_close", "mark_running"),
        ]


async def test_what_fails_is_one_of_those_asked_together(line: Line) -> None:
    none = "11111111-2222-3333-4444-00000000000f"
    asked = (
        line.host.call(operations.read, uuid=none),
        line.host.call(operations.find, name="db"),
        line.host.call(operations.read, uuid=none),
        line.host.call(operations.history, uuid=DB),
    )
    first, uuid, third, past = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, StoreError)
    assert isinstance(third, StoreError)
    assert uuid == DB
    assert isinstance(past, list)
    assert line.taken()[1] == [("read", "find", "read", "history")]


async def test_who_waits_no_longer_takes_nothing_from_the_others(line: Line) -> None:
    calls = [
        asyncio.ensure_future(line.host.call(operations.find, name=name)) for name in ("db", "web", "db")
    ]
    await asyncio.sleep(0)
    calls[1].cancel()
    assert [await calls[0], await calls[2]] == [DB, DB]
    assert calls[1].cancelled()
    assert await line.host.call(operations.find, name="db") == DB


@pytest.mark.parametrize("asked", [1, 3])
async def test_where_nobody_waits_any_longer_the_next_answer_is_to_the_next_question(
    line: Line, asked: int
) -> None:
    assert await line.host.call(operations.find, name="db") == DB
    for turns in (1, 2, 5):
        calls = [asyncio.ensure_future(line.host.call(operations.list_trash)) for _ in range(asked)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert await line.host.call(operations.find, name="db") == DB


async def test_no_long_request_is_sent_before_an_answer_is_read(line: Line, tmp_path: Path) -> None:
    """Either end would wait for the other to read: the agent is at its answer, and a pipe holds only so much."""
    large = tmp_path / "large"
    large.write_bytes(os.urandom(2 << 20))
    paths = [f"/none/{number:05}" for number in range(10_000)]
    assert len(json.dumps(paths)) > 8 * _FOLLOWING
    calls = (
        line.host.call(operations.read_file, path=str(large), limit=4 << 20),
        line.host.call(operations.stat, paths=paths),
        line.host.call(operations.read_file, path=str(large), limit=4 << 20),
        line.host.call(operations.find, name="x" * 64),
    )
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*calls)
    assert answers[0] == answers[2] == large.read_bytes()
    assert len(answers[1]) == len(paths)
