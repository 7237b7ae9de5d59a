"""This machine as a host."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xentui.errors import StoreError
from xentui.hosts import operations
from xentui.hosts.local import LocalHost, is_dom0
from xentui.hosts.operations import AgentCall

WEB1 = "11111111-2222-3333-4444-000000000001"


@pytest.fixture
def host(tmp_path: Path) -> LocalHost:
    """A host with no store yet."""
    return LocalHost(str(tmp_path / "store"), name="here")


async def test_commands_run_here(host: LocalHost) -> None:
    assert (host.name, (await host.run(["echo", "a b"])).text) == ("here", "a b\n")
    stream = await host.stream(["printf", "one\\ntwo\\n"])
    assert [line async for line in stream.lines()] == [b"one", b"two"]
    await stream.close()
    await host.close()


async def test_the_store_is_reached_directly(host: LocalHost) -> None:
    await host.call(operations.create, uuid=WEB1, name="web1", text="name = 'web1'\n")
    assert await host.call(operations.find, name="web1") == WEB1
    with pytest.raises(StoreError) as caught:
        await host.call(operations.create, uuid=WEB1, name="web1", text="")
    assert caught.value.code == "exists"
    with pytest.raises(StoreError) as caught:
        await host.call(AgentCall("no such operation"))
    assert caught.value.code == "invalid"


def test_paths_are_absolute(host: LocalHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert host.host_path("x/../web.cfg") == str(tmp_path / "web.cfg")
    assert host.host_path("/etc/xen/web.cfg") == "/etc/xen/web.cfg"


async def test_a_command_on_a_terminal_is_itself_or_survives_a_hangup(host: LocalHost) -> None:
    assert host.pty_argv(["xl", "console", "5"]) == ["xl", "console", "5"]
    assert host.pty_environment() == {}
    argv = host.pty_argv(["sh", "-c", 'kill -HUP $$; echo "$0 lives"', "it's"], survive_hangup=True)
    assert (await host.run(argv)).text == "it's lives\n"


def test_a_machine_without_xen_is_no_dom0() -> None:
    assert is_dom0() is os.path.exists("/proc/xen/capabilities")
