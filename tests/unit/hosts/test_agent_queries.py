"""What a far host is asked again and again the agent runs there; where it cannot, ssh does as before."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.hosts.conftest import FAKE_SSH, Network
from tests.waiting import until
from xentui.agent.host import query_commands
from xentui.errors import FarAgentError
from xentui.hosts import agent_queries, operations
from xentui.hosts.ssh import SshHost

LOOK = ("look", "here")


class Far:
    """A far host on which ``look`` is a script."""

    def __init__(self, host: SshHost, network: Network, tool: Path) -> None:
        self.host = host
        self._network = network
        self._tool = tool
        self._seen = 0

    def has(self, script: str) -> None:
        """Let ``look`` do this."""
        self._tool.write_text(f"#!/bin/sh\n{script}\n")
        self._tool.chmod(0o755)

    async def begin(self) -> None:
        """Have the agent there."""
        await self.host.call(operations.stat, paths=["/"])
        self.sessions()

    def sessions(self) -> list[str]:
        """The commands that went by ssh of their own since this was asked last."""
        commands, self._seen = self._network.commands[self._seen :], len(self._network.commands)
        return [word for word in commands if word != "true" and not word.startswith("python3")]


@pytest.fixture
async def far(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Far]:
    tools = tmp_path / "bin"
    tools.mkdir()
    monkeypatch.setenv("FAKE_SSH_PATH", f"{tools}:{os.environ['PATH']}")
    host = SshHost("ssh://root@xen1", command=FAKE_SSH, store_root=str(tmp_path / "store"))
    made = Far(host, network, tools / "look")
    made.has('echo "seen $1"; printf "odd \\377\\n" >&2; exit 3')
    yield made
    await host.close()


async def test_the_agent_runs_it_where_it_has_begun(far: Far) -> None:
    by_ssh = await far.host.run(LOOK, timeout=60, often=True)
    assert far.sessions() == ["look here"]
    assert far.host.turns == 2
    await far.begin()
    by_agent = await far.host.run(LOOK, timeout=60, often=True)
    assert far.sessions() == []
    assert far.host.turns == 1
    assert by_agent == by_ssh
    assert by_agent.exit_code == 3
    assert by_agent.stdout == b"seen here\n"
    assert by_agent.stderr == b"odd \xff\n"


async def test_what_is_not_asked_often_has_a_session_of_its_own(far: Far) -> None:
    await far.begin()
    await far.host.run(LOOK, timeout=60)
    assert far.sessions() == ["look here"]


async def test_what_there_is_none_of_is_told_as_a_shell_does(far: Far) -> None:
    await far.begin()
    done = await far.host.run(("nothing-here",), timeout=60, often=True)
    assert done.exit_code == 127
    assert "not found" in done.words[0]


async def test_what_hangs_is_ended_and_goes_by_ssh_for_a_while(far: Far, tmp_path: Path) -> None:
    await far.begin()
    mark = tmp_path / "began"
    far.has(f"[ -e {mark} ] && exec echo later; echo $$ > {mark}; sleep 1000")
    done = await far.host.run(LOOK, timeout=60, often=True)
    assert done.stdout == b"later\n"
    await _gone(int(mark.read_text()))
    assert far.sessions() == ["look here"]
    await far.host.run(LOOK, timeout=60, often=True)
    assert far.sessions() == ["look here"]
    assert await far.host.call(operations.stat, paths=["/"]), "the agent serves on"
    far.host._often_asked._without -= agent_queries._WITHOUT
    await far.host.run(LOOK, timeout=60, often=True)
    assert far.sessions() == []


async def test_what_says_more_than_a_look_goes_by_ssh(far: Far) -> None:
    await far.begin()
    far.has(f"head -c {query_commands.LIMIT + 1} /dev/zero")
    done = await far.host.run(LOOK, timeout=60, often=True)
    assert len(done.stdout) == query_commands.LIMIT + 1
    assert far.sessions() == ["look here"]


async def test_a_look_waits_for_no_file_work(far: Far, tmp_path: Path) -> None:
    await far.begin()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    far.has(f"cat {pipe}")
    busy = asyncio.ensure_future(far.host.run(LOOK, timeout=60, often=True))  # the agent is at this
    writer: list[int] = []

    def is_read() -> bool:
        with contextlib.suppress(OSError):  # nobody has opened it to read yet
            writer.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        return bool(writer)

    await until(is_read)
    others = tmp_path / "bin" / "other"
    others.write_text("#!/bin/sh\necho other\n")
    others.chmod(0o755)
    done = await far.host.run(("other",), timeout=60, often=True)
    assert done.stdout == b"other\n"
    assert far.sessions()[:1] == ["other"]
    assert not busy.done()
    os.close(writer[0])
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"exit": None, "out": "", "err": ""},
        {"exit": 256, "out": "", "err": ""},
        {"exit": -1, "out": "", "err": ""},
        {"exit": True, "out": "", "err": ""},
        {"exit": "0", "out": "", "err": ""},
        {"exit": 0, "out": b"x", "err": ""},
        {"exit": 0, "out": "", "err": 7},
        {"exit": 0, "out": "\ud800", "err": ""},
        {"exit": 0, "out": ""},
    ],
)
async def test_an_answer_that_makes_no_sense_is_none(
    far: Far, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    await far.begin()

    async def call(*_: object) -> object:
        return answer

    monkeypatch.setattr(far.host._agent, "call", call)
    assert (await far.host.run(LOOK, timeout=60, often=True)).stdout == b"seen here\n"
    assert far.sessions() == ["look here"]


async def test_an_agent_that_fails_leaves_ssh(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    await far.begin()

    async def call(*_: object) -> object:
        raise FarAgentError("gone")

    monkeypatch.setattr(far.host._agent, "call", call)
    assert (await far.host.run(LOOK, timeout=60, often=True)).exit_code == 3


async def test_an_agent_that_is_silent_leaves_ssh(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    await far.begin()
    monkeypatch.setattr(agent_queries, "_PATIENCE", 0.05)

    async def call(*_: object) -> object:
        await asyncio.sleep(1000)
        return None

    monkeypatch.setattr(far.host._agent, "call", call)
    assert (await far.host.run(LOOK, timeout=60, often=True)).exit_code == 3


async def _gone(pid: int) -> None:
    """Wait until there is no such process, not even one that has ended and that nobody has reaped."""
    async with asyncio.timeout(60):
        while Path(f"/proc/{pid}").exists():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
