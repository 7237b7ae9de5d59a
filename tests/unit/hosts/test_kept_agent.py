"""The agent's source is sent to a host once: it is kept there, and run only where nobody else can have written it."""

from __future__ import annotations

import hashlib
import json
import marshal
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hosts.conftest import FAKE_SSH, Network
from xentui import agent
from xentui.agent import remote, source_cache
from xentui.agent.protocol import wire
from xentui.hosts import operations
from xentui.hosts.operations import AgentCall
from xentui.hosts.ssh import SshHost

UPLOAD = 30_000
"""Bytes: what is sent with the agent's source is more, what is sent without it a tenth of that."""
WEB1 = "11111111-2222-3333-4444-000000000001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store."""
    root = tmp_path / "store"
    agent.dispatch(str(root), "create", {"uuid": WEB1, "name": "web1", "text": "name = 'web1'\n"})
    return root


@pytest.fixture
def place(root: Path) -> Path:
    """Where the source is kept."""
    return root / "agent" / agent.digest(agent.program())


async def sent(network: Network, root: Path, *, keep_agent: bool = True) -> int:
    """How much a session sends in which the agent is asked for two things."""
    network.count()
    host = SshHost("ssh://root@xen1", command=FAKE_SSH, store_root=str(root), keep_agent=keep_agent)
    try:
        assert await host.call(operations.find, name="web1") == WEB1
        assert (await host.call(operations.list_domains))["entries"]
    finally:
        await host.close()
    return network.sent


async def test_the_source_is_sent_once(network: Network, root: Path, place: Path) -> None:
    assert await sent(network, root) > UPLOAD
    assert place.read_bytes() == agent.program()
    assert hashlib.sha256(place.read_bytes()).hexdigest() == place.name
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (place.parent, place)]
    assert modes == [0o700, 0o600]
    assert await sent(network, root) < UPLOAD / 10


async def test_a_session_that_only_reads_leaves_nothing(network: Network, root: Path, place: Path) -> None:
    for _ in range(2):
        assert await sent(network, root, keep_agent=False) > UPLOAD
    assert not place.parent.exists()
    await sent(network, root)
    assert await sent(network, root, keep_agent=False) < UPLOAD / 10, "what is there may be used"


async def test_no_store_is_made_for_it(network: Network, tmp_path: Path) -> None:
    host = SshHost("ssh://root@xen1", command=FAKE_SSH, store_root=str(tmp_path / "store"))
    assert await host.call(operations.find, name="web1") is None
    await host.close()
    assert not (tmp_path / "store").exists()


def exchanged(place: Path) -> None:
    place.write_bytes(b"import os\nos.abort()\n")


def cut(place: Path) -> None:
    place.write_bytes(place.read_bytes()[:1000])


def open_to_all(place: Path) -> None:
    place.chmod(0o666)


def linked(place: Path) -> None:
    place.rename(place.with_name("other"))
    place.symlink_to("other")


def a_pipe(place: Path) -> None:
    place.unlink()
    os.mkfifo(place)


def of_another(place: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(place, 4321, 4321)


@pytest.mark.parametrize("spoil", [exchanged, cut, open_to_all, linked, a_pipe, of_another])
async def test_a_file_that_others_could_have_written_is_not_run(
    network: Network, root: Path, place: Path, spoil: Callable[[Path], None]
) -> None:
    await sent(network, root)
    spoil(place)
    assert await sent(network, root) > UPLOAD, "it is asked for again"
    assert place.read_bytes() == agent.program()
    assert await sent(network, root) < UPLOAD / 10


@pytest.mark.parametrize("why", ["a file is there", "a folder has its name"])
async def test_a_store_that_cannot_keep_it_is_worked_with(
    network: Network, root: Path, place: Path, why: str
) -> None:
    if why == "a folder has its name":
        place.mkdir(parents=True)
    else:
        place.parent.write_bytes(b"")
    for _ in range(2):
        assert await sent(network, root) > UPLOAD


def test_old_versions_are_forgotten(root: Path) -> None:
    names = [f"{number:064x}" for number in range(source_cache.KEPT + 3)]
    for name in names:
        source_cache.keep(str(root), name, b"pass\n")
        os.utime(root / "agent" / name, (time.time() - 100 + int(name, 16),) * 2)
    assert sorted(os.listdir(root / "agent")) == names[-source_cache.KEPT :]
    for name in names[-source_cache.KEPT :]:
        os.utime(root / "agent" / name, (time.time() + 3600,) * 2)
    source_cache.keep(str(root), names[0], b"pass\n")
    assert (root / "agent" / names[0]).exists(), "the clock was set back"
    source_cache.keep(str(root), "../evil", b"pass\n")
    assert not (root / "evil").exists()


def test_what_starts_it_means_the_same_to_every_login_shell() -> None:
    assert not set(agent.BOOTSTRAP) & set("'!\n")


def session(root: Path, operation: AgentCall[..., Any] = operations.find, *, keep: bool = True) -> Any:
    """What a session answers that finds its source, and ends as its line does."""
    argv = [sys.executable, "-I", "-X", "utf8", "-u", "-c", agent.BOOTSTRAP]
    given = agent.opening(str(root), agent.digest(agent.program()), keep=keep)
    asked = {"name": "web1"} if operation is operations.find else {}
    given += wire.request(1, operation, asked, operation.module)
    done = subprocess.run(argv, input=given, capture_output=True, check=True, cwd="/")
    return json.loads(done.stdout.splitlines()[-1])["ok"]


@pytest.fixture
def compiled(root: Path, place: Path) -> Path:
    """What a session has compiled of the source that is kept."""
    source_cache.keep(str(root), place.name, agent.program())
    assert session(root) == WEB1
    return place.with_name(place.name + remote.COMPILED)


def state(path: Path) -> tuple[bytes, int]:
    return path.read_bytes(), path.stat().st_ino


def test_it_is_compiled_once(root: Path, compiled: Path) -> None:
    assert stat.S_IMODE(compiled.stat().st_mode) == 0o600
    before = state(compiled)
    assert session(root) == WEB1
    assert state(compiled) == before
    assert session(root, operations.read_drain) is None
    more = state(compiled)
    assert len(more[0]) > len(before[0]), "with what only this session needed"
    assert (session(root), session(root, operations.read_drain)) == (WEB1, None)
    assert state(compiled) == more


def test_a_session_that_only_reads_compiles_for_itself(root: Path, compiled: Path) -> None:
    compiled.unlink()
    assert session(root, keep=False) == WEB1
    assert not compiled.exists()


def other_code(place: Path, compiled: Path, version: str = sys.version) -> None:
    """Put something else there, with a sound digest."""
    code = marshal.dumps({"": marshal.dumps(compile("import os\nos.abort()\n", "other", "exec"))})
    compiled.write_bytes(hashlib.sha256((place.name + version).encode() + code).digest() + code)


def test_what_is_compiled_is_run(root: Path, place: Path, compiled: Path) -> None:
    """Or the tests below would say nothing."""
    other_code(place, compiled)
    with pytest.raises(subprocess.CalledProcessError):
        session(root)


@pytest.mark.parametrize("spoil", [open_to_all, linked, a_pipe, of_another])
def test_what_others_could_have_compiled_is_not_run(
    root: Path, place: Path, compiled: Path, spoil: Callable[[Path], None]
) -> None:
    other_code(place, compiled)
    spoil(compiled)
    assert session(root) == WEB1
    before = state(compiled)
    assert session(root) == WEB1
    assert state(compiled) == before, "it was compiled anew"


@pytest.mark.parametrize("spoil", [exchanged, cut])
def test_what_is_damaged_is_compiled_anew(root: Path, compiled: Path, spoil: Callable[[Path], None]) -> None:
    sound = compiled.stat().st_size
    spoil(compiled)
    assert session(root) == WEB1
    assert compiled.stat().st_size == sound


def test_what_another_python_has_compiled_is_not_run(root: Path, place: Path, compiled: Path) -> None:
    other_code(place, compiled, "3.7.3 (of yesterday)")
    assert session(root) == WEB1


def test_what_was_compiled_of_a_forgotten_source_goes_with_it(root: Path) -> None:
    names = [f"{number:064x}" for number in range(source_cache.KEPT + 2)]
    for name in names:
        source_cache.keep(str(root), name, b"pass\n")
        (root / "agent" / f"{name}{remote.COMPILED}").write_bytes(b"")
        os.utime(root / "agent" / name, (time.time() - 100 + int(name, 16),) * 2)
    source_cache.keep(str(root), names[-1], b"pass\n")
    left = names[-source_cache.KEPT :]
    assert sorted(os.listdir(root / "agent")) == sorted(left + [f"{name}{remote.COMPILED}" for name in left])
