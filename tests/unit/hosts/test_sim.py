"""The simulated host behaves as a host."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.seeded import seed
from tests.unit.hints import hint
from tests.waiting import until
from xentui.errors import HostError, StoreError
from xentui.hosts import operations
from xentui.hosts.sim import SimHost
from xentui.simulator import Result, control

WEB1 = "11111111-2222-3333-4444-000000000001"


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[SimHost]:
    """A simulated host with a few guests, whose time passes at once."""
    seed(tmp_path / "sim", domains=4)
    made = SimHost(tmp_path / "sim", name="sim:test")
    control.set_speed(made.simulator, math.inf)
    yield made
    await made.close()


async def test_commands_are_answered_as_xl_does(host: SimHost) -> None:
    done = await host.run(["xl", "list", "-v"])
    assert (host.name, done.exit_code, done.argv) == ("sim:test", 0, ("xl", "list", "-v"))
    assert done.text.splitlines()[1].startswith("Domain-0 ")
    missing = await host.run(["no-such-tool"])
    assert missing.exit_code == 127


async def test_its_own_paths_are_shown_as_those_of_a_real_host(host: SimHost) -> None:
    told = f"{host.host_path('/etc/xen/web.cfg')} and {host.store_root}/domains/{WEB1}/config.cfg"
    assert host.shown(told) == f"/etc/xen/web.cfg and /var/lib/xentui/domains/{WEB1}/config.cfg"


async def test_a_command_that_takes_too_long_is_ended(host: SimHost) -> None:
    with pytest.raises(HostError, match=r"did not answer within 0\.2 s"):
        await host.run(["xenstore-watch", "@introduceDomain"], timeout=0.2)


async def test_a_cancelled_command_has_ended_when_the_cancellation_goes_on(
    host: SimHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_it: list[str] = []
    run = host.simulator.run

    def noted(argv: Sequence[str], *given: Any, **more: Any) -> Result:
        at_it.append("begun")
        try:
            return run(argv, *given, **more)
        finally:
            at_it.append("ended")

    monkeypatch.setattr(host.simulator, "run", noted)
    running = asyncio.ensure_future(host.run(["xenstore-watch", "@introduceDomain"]))
    await until(lambda: at_it == ["begun"])
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert at_it == ["begun", "ended"]
    monkeypatch.undo()
    assert (await host.run(["true"])).exit_code == 0


async def test_streams_are_processes_of_their_own(host: SimHost) -> None:
    stream = await host.stream(["xenstore-watch", "@introduceDomain"])
    assert await anext(stream.lines()) == b"@introduceDomain"
    await stream.close()


async def test_files_and_store_lie_in_the_hosts_own_folder(host: SimHost, tmp_path: Path) -> None:
    assert Path(host.host_path("/etc/xen/web.cfg")).is_relative_to(tmp_path / "sim")
    await host.call(operations.create, uuid=WEB1, name="mine", text="name = 'mine'\n")
    assert await host.call(operations.find, name="mine") == WEB1
    assert host.store_root == str(tmp_path / "sim" / "store")
    with pytest.raises(StoreError):
        await host.call(operations.find, name="")


async def test_consoles_run_on_a_terminal_here(host: SimHost) -> None:
    argv = host.pty_argv(["xl", "console", "1"])
    assert argv[-3:] == ["xl", "console", "1"]
    assert 'trap "" HUP' in host.pty_argv(["xl", "create", "-c"], survive_hangup=True)[2]
    assert host.pty_environment() == {}


async def test_the_host_goes_on_existing(host: SimHost, tmp_path: Path) -> None:
    before = (await host.run(["xl", "list"])).text.split()
    await host.close()
    again = SimHost(tmp_path / "sim")
    names = [word for word in before if word.isalpha()]
    assert [word for word in (await again.run(["xl", "list"])).text.split() if word.isalpha()] == names
    await again.close()


async def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    host = SimHost(tmp_path / "file" / "sim")
    with pytest.raises(HostError, match="folder cannot be used") as caught:
        await host.run(["xl", "list"])
    assert "XDG_STATE_HOME" in hint(caught.value)
