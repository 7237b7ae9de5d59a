"""A quarter of two hundred hosts is dead: the others notice nothing of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.unit.fleet.test_fleet import Fake, followed, until
from xentui.errors import HostError
from xentui.fleet.fleet import Fleet
from xentui.fleet.link import LinkState
from xentui.service.hypervisor import Hypervisor
from xentui.service.pacing import Pacing
from xentui.tui.host_state import HostState
from xentui.tui.host_words import host_row

LIVING, DEAD = 150, 50


@pytest.fixture(autouse=True)
def one_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at a second time, however slow this machine is."""
    for pause in ("list_pause", "details_pause", "info_pause"):
        monkeypatch.setattr(Pacing, pause, lambda _self, **_how: 100_000.0)
    monkeypatch.setattr("xentui.service.watcher.retry_pause", lambda _failures, _interval: 100_000.0)


def living() -> list[Fake]:
    return [Fake(f"xen{number}") for number in range(LIVING)]


def dead() -> list[Fake]:
    """Half of them refuse, half never answer."""
    hosts = [Fake(f"dead{number}", hangs=number % 2 == 0) for number in range(DEAD)]
    for host in hosts[1::2]:
        host.failure = HostError("there is no route to the host", subject=host.name)
    return hosts


@asynccontextmanager
async def swept(hosts: list[Fake]) -> AsyncIterator[Fleet[HostState]]:
    """Follow the hosts; all that live were seen, and all that refuse have been asked."""
    fleet = Fleet(
        [Hypervisor(host, user="admin") for host in hosts],  # type: ignore[arg-type]
        HostState,
        lambda _member, _events: None,
    )
    for member in fleet.members:
        member.seen.label = member.name

    def all_known() -> bool:
        return all(
            member.seen.trouble is not None
            or ((seen := member.seen.snapshot) is not None and seen.details_taken)
            for member, host in zip(fleet.members, hosts, strict=True)
            if not host.hangs
        )

    async with followed(fleet):  # type: ignore[arg-type]
        await until(all_known)
        yield fleet


async def test_the_living_are_listed_and_asked_no_more_than_without_the_dead() -> None:
    alone, among = living(), living()
    async with swept(alone):
        pass
    # The dead are first: whoever waited for one would wait for all.
    async with swept([*dead(), *among]) as fleet:
        assert [(host.polls, host.details) for host in among] == [
            (host.polls, host.details) for host in alone
        ]
        for member in fleet.members[DEAD:]:
            assert member.seen.snapshot is not None
            names = [domain.name for domain in member.seen.snapshot.domains]
            assert names == ["Domain-0", f"guest-{member.name}"]
            assert member.seen.trouble is None


async def test_each_of_the_dead_is_one_grey_line_that_says_why() -> None:
    hosts = dead()
    async with swept([*hosts, *living()]) as fleet:
        for member, host in zip(fleet.members[:DEAD], hosts, strict=True):
            now = (member.seen.pulse.asking_since if host.hangs else time.time()) + 20.0
            row = host_row(member.seen, now)
            why = "20 s without an answer" if host.hangs else "there is no route to the host"
            assert (row.host, row.stale, why in row.words[0]) == (member.name, True, True), row
            assert not any("\n" in word for word in row.words)
            state = LinkState.SLOW if host.hangs else LinkState.AWAY
            assert member.seen.link(now).state is state
