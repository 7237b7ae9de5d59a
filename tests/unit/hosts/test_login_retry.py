"""Logins that a busy sshd drops are tried again, each in a turn of its own."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.hosts.conftest import FAKE_SSH, Network
from tests.waiting import until
from xentui.errors import HostError
from xentui.hosts import login_retry
from xentui.hosts.base import Completed
from xentui.hosts.login_retry import TRIES, pause_before, was_dropped
from xentui.hosts.logins import Logins
from xentui.hosts.ssh import SshHost


def logins(network: Network) -> int:
    return network.commands.count("true")


async def test_a_login_that_is_dropped_is_tried_again(far: SshHost, network: Network) -> None:
    network.drop(TRIES - 1)
    assert (await far.run(["echo", "here"])).text == "here\n"
    assert logins(network) == TRIES


async def test_one_that_is_always_dropped_is_told_and_tried_once_when_it_is_asked_again(
    far: SshHost, network: Network
) -> None:
    """Whoever follows a host asks again and again, less and less often."""
    network.drop(100)
    for count in (TRIES, TRIES + 1):
        with pytest.raises(HostError, match="the host closed the connection"):
            await far.run(["echo"])
        assert logins(network) == count


async def test_a_login_that_ends_without_a_word_is_tried_once_more(
    far: SshHost, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With LogLevel=ERROR ssh says nothing of a host that hangs up once it has named itself."""
    monkeypatch.setenv("FAKE_SSH_QUIET", "1")
    network.drop(1)
    assert (await far.run(["echo", "here"])).text == "here\n"
    assert logins(network) == 2


async def test_one_that_ends_so_twice_is_told_and_no_command_was_run(
    far: SshHost, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_SSH_QUIET", "1")
    network.drop(100)
    with pytest.raises(HostError, match="the login ended without a word") as told:
        await far.run(["echo"])
    assert "ssh -v root@xen1" in str(told.value.hint)
    assert network.commands == ["true", "true"]


async def test_no_turn_is_held_while_a_dropped_login_waits(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_retry, "_PAUSE", 10_000.0)
    turns = Logins(1, lease=10_000.0, jitter=0.0)
    network.drop(1)
    first, second = (SshHost(f"ssh://xen{number}", command=FAKE_SSH, logins=turns) for number in (1, 2))
    waiting = asyncio.ensure_future(first.run(["echo"]))
    await until(lambda: logins(network) == 1)
    assert (await second.run(["echo", "here"])).text == "here\n"
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


def test_those_dropped_together_do_not_come_back_together() -> None:
    for again, least, most in ((1, 0.5, 1.0), (2, 1.0, 2.0), (3, 2.0, 4.0)):
        pauses = [pause_before(again) for _ in range(50)]
        assert all(least <= pause <= most for pause in pauses)
        assert len(set(pauses)) > 10


@pytest.mark.parametrize(
    ("said", "is_dropped"),
    [
        (
            "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 10.0.0.1 port 22",
            True,
        ),
        ("kex_exchange_identification: read: Connection reset by peer", True),
        ("ssh_exchange_identification: Connection closed by remote host", True),
        (
            "channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\n"
            "kex_exchange_identification: Connection closed by remote host",
            False,
        ),
        ("ssh: connect to host xen1 port 22: Connection refused", False),
        ("root@xen1: Permission denied (publickey).", False),
        ("Connection closed by 10.0.0.1 port 22", False),
        ("client_loop: send disconnect: Broken pipe", False),
    ],
)
def test_a_dropped_login_is_told_from_other_failures(said: str, is_dropped: bool) -> None:
    assert was_dropped(Completed(("ssh",), 255, b"", said.encode())) is is_dropped


async def test_a_connection_that_has_ended_is_made_anew_before_anything_runs(
    far: SshHost, network: Network
) -> None:
    """Each command would log in by itself otherwise, and without its turn."""
    await far.run(["true"])
    before = logins(network)
    network.hang_up()
    done = await asyncio.gather(*(far.run(["echo", "here"]) for _ in range(3)))
    assert [each.text for each in done] == ["here\n"] * 3
    assert logins(network) == before + 1


async def test_where_ssh_keeps_no_connection_none_is_looked_for_again(
    far: SshHost, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_SSH_UNKEPT", "1")
    for _ in range(3):
        await far.run(["echo"])
    assert logins(network) == 1
