"""The login to a host over SSH: one attempt for all who wait, limited by what the user has set."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.unit.hints import hint
from tests.unit.hosts.conftest import FAKE_SSH, Network
from tests.waiting import until
from xentui.errors import HostError
from xentui.hosts import connection, operations, process
from xentui.hosts.base import Completed
from xentui.hosts.logins import AGAIN, Logins
from xentui.hosts.ssh import SshHost


def logins(network: Network) -> list[str]:
    return [command for command in network.commands if command == "true"]


async def waited_for(host: SshHost, network: Network, count: int) -> None:
    """Wait until a login is under way, and so many wait for it."""
    await until(lambda: bool(logins(network)) and host._connection._waiting == count)


async def test_whoever_waits_for_a_mute_host_has_the_one_outcome(far: SshHost, network: Network) -> None:
    network.mute()
    asked = asyncio.gather(
        far.run(["xl", "list"]),
        far.run(["xl", "info"]),
        far.call(operations.find, name="x"),
        far.stream(["w"]),
        return_exceptions=True,
    )
    await waited_for(far, network, 4)
    network.answer()
    outcomes = await asked
    assert {str(outcome) for outcome in outcomes} == {"the host does not answer"}
    assert all(isinstance(outcome, HostError) for outcome in outcomes)
    assert len(logins(network)) == 1


async def test_the_next_who_asks_tries_again(far: SshHost, network: Network) -> None:
    network.fail("refused")
    for count in (1, 2):
        with pytest.raises(HostError):
            await far.run(["xl", "list"])
        assert len(logins(network)) == count


async def test_who_gives_up_leaves_the_attempt_to_the_others(far: SshHost, network: Network) -> None:
    network.mute()
    first, second = (asyncio.ensure_future(far.run(["echo", word])) for word in "ab")
    await waited_for(far, network, 2)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    network.answer()
    with pytest.raises(HostError, match="does not answer"):
        await second
    assert len(logins(network)) == 1


async def test_an_attempt_nobody_waits_for_is_given_up(far: SshHost, network: Network) -> None:
    network.mute()
    asking = asyncio.ensure_future(far.run(["echo"]))
    await until(lambda: bool(logins(network)))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    network.fail("")
    assert (await far.run(["echo", "back"])).text == "back\n", "while the first would still be waited for"


async def test_a_host_has_ten_seconds_to_answer(far: SshHost, network: Network) -> None:
    await far.run(["true"])
    assert "ConnectTimeout=10" in network.calls[-1]["options"]["-o"]


@pytest.mark.parametrize("place", ["command", "configuration"])
async def test_unless_the_user_has_set_another_time(
    network: Network, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "configuration":
        monkeypatch.setenv("FAKE_SSH_TIMEOUT", "77")
    host = SshHost("ssh://xen1", command=FAKE_SSH + (" -o ConnectTimeout=77" if place == "command" else ""))
    await host.run(["echo"])
    for call in network.calls:
        limits = [word for word in call["options"]["-o"] if "ConnectTimeout" in word]
        assert limits == (["ConnectTimeout=77"] if place == "command" else [])


async def test_our_own_limit_never_cuts_the_users(
    far: SshHost, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LOGIN_SECONDS", 0)
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT", 0)
    monkeypatch.setenv("FAKE_SSH_TIMEOUT", "90")
    network.mute()
    asking = asyncio.ensure_future(far.run(["echo"]))
    await until(lambda: bool(logins(network)) or asking.done())
    network.answer()
    with pytest.raises(HostError, match="does not answer"):
        await asking


async def test_a_login_that_never_ends_is_told_as_that(
    far: SshHost, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LOGIN_SECONDS", 0)
    monkeypatch.setattr(connection, "_BETWEEN_ATTEMPTS", -1)
    monkeypatch.setenv("FAKE_SSH_TIMEOUT", "2")
    network.mute()
    with pytest.raises(HostError, match="login did not end within 1 s") as caught:
        await far.run(["echo"])
    assert "`ssh root@xen1 true` by hand" in hint(caught.value)


async def test_many_hosts_are_not_as_many_processes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ssh is asked on this machine, before any login, takes turns as well."""
    running, most, go_on = 0, 0, asyncio.Event()

    async def run(argv: Sequence[str], **_: object) -> Completed:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await go_on.wait()
        running -= 1
        return Completed(tuple(argv), 0, b"", b"")

    monkeypatch.setattr(process, "run", run)
    turns = Logins(2, lease=1000.0, jitter=0.0)
    hosts = [
        connection.Connection(
            lambda options, _command: ["ssh", *options], name=f"xen{number}", target="xen", logins=turns
        )
        for number in range(20)
    ]
    all_ready = asyncio.gather(*(host.ready() for host in hosts))
    for _ in range(50):
        await asyncio.sleep(0)
    assert most == 4, "two for each of the two whose turn it is"
    go_on.set()
    await all_ready
    assert most == 4
    assert all(host.up for host in hosts)


def checks(network: Network) -> int:
    """How often ssh was asked whether it has a connection."""
    return sum("-O" in call["options"] for call in network.calls)


async def test_one_that_is_away_costs_one_process_a_try(network: Network) -> None:
    """Among many hosts: there is no socket, so nobody is asked for a connection."""
    network.fail("refused")
    host = SshHost("ssh://xen1", command=FAKE_SSH, logins=Logins())
    for count in (1, 2):
        with pytest.raises(HostError):
            await host.run(["xl", "list"])
        assert (len(logins(network)), checks(network)) == (count, 0)
    network.fail("")
    assert (await host.run(["echo", "back"])).text == "back\n"
    other = SshHost("ssh://xen1", command=FAKE_SSH, logins=Logins())
    await other.run(["echo"])
    assert (len(logins(network)), checks(network)) == (3, 1), "a connection that is kept is taken"


async def test_hosts_that_are_away_take_turns_among_themselves(network: Network) -> None:
    turns = Logins(lease=1000.0, jitter=0.0)
    network.fail("refused")
    dead = [SshHost(f"ssh://dead{number}", command=FAKE_SSH, logins=turns) for number in range(5)]
    for host in dead:
        with pytest.raises(HostError):
            await host.run(["xl", "list"])
    network.mute()
    before = len(logins(network))
    asking = [asyncio.ensure_future(host.run(["xl", "list"])) for host in dead]
    await until(lambda: len(logins(network)) - before == AGAIN)
    network.fail("")
    alive = SshHost("ssh://xen1", command=FAKE_SSH, logins=turns)
    assert (await alive.run(["echo", "here"])).text == "here\n", "they keep no other from its login"
    assert len(logins(network)) - before == AGAIN + 1
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
