"""The program that reads disks is sent to a host once: it is kept beside the agent, and run only if nobody else can
have written it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.hosts.conftest import FAKE_SSH, Network
from tests.unit.hosts.test_kept_agent import a_pipe, cut, linked, open_to_all
from xentui import agent
from xentui.agent import source_cache
from xentui.bootmenu import packing
from xentui.hosts import operations
from xentui.hosts.ssh import SshHost
from xentui.service.disk_reader import run_reader

PROGRAM = 40_000
"""Bytes: a session in which the program is sent sends more; the rest of one, the commands themselves, is a tenth."""
WEB1 = "11111111-2222-3333-4444-000000000001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store whose host has the agent already."""
    root = tmp_path / "store"
    agent.dispatch(str(root), "create", {"uuid": WEB1, "name": "web1", "text": "name = 'web1'\n"})
    source_cache.keep(str(root), agent.digest(agent.program()), agent.program())
    return root


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An empty disk."""
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(1 << 20))
    return path


@pytest.fixture
def place(root: Path) -> Path:
    """Where the program is kept."""
    return Path(agent.reader_path(str(root), agent.digest(agent.program())))


async def read(network: Network, root: Path, image: Path, *, keep_agent: bool = True) -> tuple[bytes, int]:
    """Read a disk in a session of its own; returns the answer, and the bytes sent besides the agent."""
    host = SshHost("ssh://root@xen1", command=FAKE_SSH, store_root=str(root), keep_agent=keep_agent)
    try:
        network.count()
        await host.call(operations.find, name="web1")
        done = await run_reader(host, [str(image)], timeout=60)
    finally:
        await host.close()
    assert done.exit_code == 0, done.stderr
    return done.stdout, network.sent


async def test_it_is_sent_once_and_answers_the_same(
    network: Network, root: Path, image: Path, place: Path
) -> None:
    first, sent = await read(network, root, image)
    assert sent > PROGRAM
    assert b"error" in first
    assert [stat.S_IMODE(path.stat().st_mode) for path in (place.parent, place)] == [0o700, 0o600]
    again, sent = await read(network, root, image)
    assert sent < PROGRAM / 5
    assert again == first


async def test_a_session_that_only_reads_leaves_nothing(
    network: Network, root: Path, image: Path, place: Path
) -> None:
    _answer, sent = await read(network, root, image, keep_agent=False)
    assert sent > PROGRAM
    assert not place.exists()
    await read(network, root, image)
    _answer, sent = await read(network, root, image, keep_agent=False)
    assert sent < PROGRAM / 5, "what is there may be used"


def of_another_version(place: Path) -> None:
    text = place.read_bytes()
    place.write_bytes(bytes(32) + text[32:])


@pytest.mark.parametrize("spoil", [cut, of_another_version, open_to_all, linked, a_pipe])
async def test_a_file_that_others_could_have_written_is_not_run(
    network: Network, root: Path, image: Path, place: Path, spoil: Callable[[Path], None]
) -> None:
    first, _sent = await read(network, root, image)
    spoil(place)
    again, sent = await read(network, root, image)
    assert (again, sent > PROGRAM) == (first, True), "it is sent again"
    _answer, sent = await read(network, root, image)
    assert sent < PROGRAM / 5


async def test_a_store_that_cannot_keep_it_is_worked_with(
    network: Network, root: Path, image: Path, place: Path
) -> None:
    place.mkdir(parents=True)
    for _ in range(2):
        answer, sent = await read(network, root, image)
        assert b"error" in answer
        assert sent > PROGRAM


async def test_it_is_forgotten_with_the_agent_it_came_with(
    network: Network, root: Path, image: Path, place: Path
) -> None:
    await read(network, root, image)
    os.utime(place.with_suffix(""), (0, 0))
    for number in range(source_cache.KEPT):
        source_cache.keep(str(root), f"{number:064x}", b"pass\n")
    assert not place.exists()


def test_what_is_no_program_is_refused(root: Path) -> None:
    with pytest.raises(agent.AgentError, match="is no program"):
        agent.dispatch(str(root), "keep_program", {"of": "0" * 64, "data": b"nonsense"})


def test_what_starts_it_means_the_same_to_every_login_shell() -> None:
    assert "'" not in "".join(packing.kept_argv("/place"))
