"""Hosts behind a jump host share one connection to it."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Coroutine, Hashable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hosts.conftest import FAKE_SSH, Network
from tests.waiting import until
from xentui.errors import HostError
from xentui.hosts.bastions import way_through, without_jump
from xentui.hosts.login_retry import TRIES
from xentui.hosts.logins import Logins
from xentui.hosts.ssh import SshHost

JUMP = "ssh://jump.example.org"


class Counted(Logins):
    """Logins that count who wants one."""

    wanted = 0

    async def once(self, key: Hashable, attempt: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.wanted += 1
        await super().once(key, attempt)


def behind(
    tmp_path: Path, *names: str, command: str = FAKE_SSH, logins: Logins | None = None
) -> list[SshHost]:
    logins = logins or Logins(jitter=0.0)
    return [
        SshHost(f"ssh://root@{name}", command=command, store_root=str(tmp_path / name), logins=logins)
        for name in names
    ]


def to_jump(network: Network) -> list[dict[str, Any]]:
    """The logins to the jump host."""
    return [
        call for call in network.calls if call["target"].startswith("ssh://") and "-O" not in call["options"]
    ]


def proxies(network: Network) -> set[str]:
    """How the hosts were reached."""
    return {
        option
        for call in network.calls
        if not call["target"].startswith("ssh://")
        for option in call["options"].get("-o", [])
        if option.startswith("ProxyCommand=")
    }


async def test_one_connection_to_the_jump_host_serves_all_behind_it(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_SSH_JUMP", "jump.example.org")
    hosts = behind(tmp_path, "xen1", "xen2", "xen3")
    done = await asyncio.gather(*(host.run(["echo", "here"]) for host in hosts))
    assert [each.text for each in done] == ["here\n"] * 3
    assert [call["target"] for call in to_jump(network)] == [JUMP]
    (proxy,) = proxies(network)
    words = shlex.split(proxy.removeprefix("ProxyCommand="))
    assert words[-4:] == ["-W", "[%h]:%p", "--", JUMP]
    # ssh would put the host's own socket there.
    assert any(word.endswith("/%%C") for word in words)


async def test_a_jump_host_that_cannot_be_reached_is_named(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_SSH_JUMP", "jump.example.org")
    network.mute(then="refused")
    logins = Counted(jitter=0.0)
    hosts = behind(tmp_path, "xen1", "xen2", logins=logins)
    asking = asyncio.gather(*(host.run(["true"]) for host in hosts), return_exceptions=True)
    await until(lambda: bool(to_jump(network)) and logins.wanted == 2)
    network.answer()
    outcomes = await asking
    assert {str(each) for each in outcomes} == {"the jump host jump.example.org: nothing answers SSH there"}
    assert all(isinstance(each, HostError) for each in outcomes)
    assert len(to_jump(network)) == 1


async def test_a_login_that_the_jump_host_drops_is_tried_again(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_SSH_JUMP", "jump.example.org")
    network.drop(TRIES - 1)
    hosts = behind(tmp_path, "xen1", "xen2", "xen3")
    done = await asyncio.gather(*(host.run(["echo", "here"]) for host in hosts))
    assert [each.text for each in done] == ["here\n"] * 3
    assert len(to_jump(network)) == TRIES, "for all of them together"


async def test_without_a_jump_host_and_for_a_host_alone_ssh_is_left_to_itself(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await behind(tmp_path, "xen1")[0].run(["true"])
    monkeypatch.setenv("FAKE_SSH_JUMP", "jump.example.org")
    await SshHost("ssh://root@xen2", command=FAKE_SSH, store_root=str(tmp_path)).run(["true"])
    assert not proxies(network)
    assert not to_jump(network)


async def test_a_jump_host_of_the_ssh_command_is_shared_too(network: Network, tmp_path: Path) -> None:
    hosts = behind(tmp_path, "xen1", "xen2", command=f"{FAKE_SSH} -J first,admin@second:2222 -p 2200")
    await asyncio.gather(*(host.run(["true"]) for host in hosts))
    (login,) = to_jump(network)
    assert login["target"] == "ssh://admin@second:2222"
    assert login["options"]["-J"] == ["first"]
    assert "-p" not in login["options"]
    others = [call for call in network.calls if not call["target"].startswith("ssh://")]
    assert all("-J" not in call["options"] and call["options"]["-p"] == ["2200"] for call in others)


@pytest.mark.parametrize("jumps", ["none", "", "a;b", "$(id)", "-oProxyCommand=x", "a,b c", "ssh://x/'y"])
async def test_what_is_no_plain_jump_is_left_to_ssh(jumps: str) -> None:
    assert await way_through(Logins(), ["/nowhere/ssh"], [], jumps) == ()


def test_the_jump_of_a_command_is_told_from_the_rest() -> None:
    assert without_jump(["ssh", "-J", "a,b", "-v"]) == (["ssh", "-v"], "a,b")
    assert without_jump(["ssh", "-Ja"]) == (["ssh"], "a")
    assert without_jump(["ssh"]) == (["ssh"], "")
