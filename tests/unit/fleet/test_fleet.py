"""Several hosts in one list: each is followed by itself, whatever becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tests.unit.service.fake import FakeHost, row
from xentui.errors import HostError, UsageError, XentuiError
from xentui.fleet.cache import LastLooks
from xentui.fleet.fleet import FEW, Fleet
from xentui.fleet.link import LinkState
from xentui.fleet.member import FleetMember
from xentui.fleet.poller import HostPoller
from xentui.fleet.seen import HostSeen
from xentui.hosts.base import Completed, Host
from xentui.model.domain import HostInfo, Snapshot
from xentui.service.events import Event
from xentui.service.hypervisor import Hypervisor
from xentui.service.statistics import Load

UUID = "11111111-2222-3333-4444-000000000001"
NOW = 1_800_000_000.0


class Fake(FakeHost):
    """A host with one guest of the host's own name; one that hangs never answers."""

    def __init__(self, name: str, *, hangs: bool = False) -> None:
        super().__init__()
        self.name = name
        self.rows = [
            row("Domain-0", 0, "00000000-0000-0000-0000-000000000000"),
            row(f"guest-{name}", 5, UUID),
        ]
        self.hangs = hangs

    async def run(self, argv: Sequence[str], **options: object) -> Completed:
        """Answer, or hang."""
        if self.hangs:
            await asyncio.Event().wait()
        return await super().run(argv, **options)


def fleet_of(hosts: Sequence[FakeHost], **how: Any) -> Fleet[HostSeen]:
    return Fleet(
        [Hypervisor(cast("Host", host), user="admin") for host in hosts],
        HostSeen,
        how.pop("changed", lambda _member, _events: None),
        **how,
    )


@asynccontextmanager
async def followed(fleet: Fleet[HostSeen]) -> AsyncIterator[None]:
    work = asyncio.ensure_future(fleet.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await fleet.close()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - the fleet works by itself
            await asyncio.sleep(0.001)


def names(member: FleetMember[HostSeen]) -> list[str]:
    return [domain.name for domain in member.seen.snapshot.domains] if member.seen.snapshot else []


async def test_every_host_is_followed_and_tells_of_itself() -> None:
    changed: set[str] = set()
    fleet = fleet_of([Fake("a"), Fake("b")], changed=lambda member, _events: changed.add(member.name))
    async with followed(fleet):
        await until(lambda: all(names(member) for member in fleet.members))
        assert [names(member)[1] for member in fleet.members] == ["guest-a", "guest-b"]
        assert changed == {"a", "b"}


async def test_a_host_that_hangs_and_one_that_refuses_keep_nobody_waiting() -> None:
    refuses, hangs, well = Fake("refuses"), Fake("hangs", hangs=True), Fake("well")
    refuses.failure = HostError("the login was refused", subject="refuses")
    fleet = fleet_of([refuses, hangs, well])
    async with followed(fleet):
        await until(lambda: bool(names(fleet.member("well"))))
        await until(lambda: fleet.member("refuses").seen.trouble is not None)
        now = fleet.member("hangs").seen.pulse.asking_since + 1.0
        states = {member.name: member.seen.link(now).state for member in fleet.members}
        assert states["refuses"] is LinkState.AWAY
        assert states["hangs"] is LinkState.CONNECTING
        assert states["well"] in (LinkState.UP, LinkState.SLOW)  # as this machine is
        assert fleet.member("refuses").seen.link(now).reason == "the login was refused"
        assert fleet.member("hangs").seen.link(now + 20).state is LinkState.SLOW


async def test_a_host_that_comes_back_is_up_again() -> None:
    host = Fake("a")
    host.failure = HostError("no route to host", subject="a")
    fleet = fleet_of([host, Fake("b")])
    async with followed(fleet):
        await until(lambda: fleet.member("a").seen.trouble is not None)
        host.failure = None
        fleet.poke()
        await until(lambda: bool(names(fleet.member("a"))))
        assert fleet.member("a").seen.trouble is None


async def test_the_first_list_of_any_host_is_told_once() -> None:
    looked: list[str] = []
    fleet = fleet_of([Fake("a"), Fake("b")], looked=lambda: looked.append("looked"))
    async with followed(fleet):
        await until(
            lambda: (
                bool(looked)
                and all(host.seen.snapshot and host.seen.snapshot.details_taken for host in fleet.members)
            )
        )
    assert looked == ["looked"]


async def test_of_many_hosts_only_those_in_sight_tell_of_events_and_loads() -> None:
    hosts = [Fake(f"h{at}") for at in range(FEW + 1)]
    fleet = fleet_of(hosts)
    fleet.in_sight = lambda member: member.name == "h3"
    async with followed(fleet):
        await until(lambda: len(hosts[3].streams) == 2)
        await until(lambda: all(names(member) for member in fleet.members))
        assert [host.name for host in hosts if host.streams] == ["h3"]


async def test_load_figures_that_are_out_of_sight_are_shown_no_longer() -> None:
    seen = HostSeen()
    told: list[bool] = []
    hypervisor = Hypervisor(cast("Host", Fake("a")), user="admin")
    poller = HostPoller(hypervisor, seen, lambda _events: told.append(bool(seen.loads)))
    seen.take_loads({"web": cast("Load", object())})
    poller.loads_shown = lambda: False
    poller._looked.set()
    poller._answers.set()
    following = asyncio.ensure_future(poller._loads())
    await until(lambda: bool(told))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert told == [False]


async def test_the_loop_turns_before_a_snapshot_is_taken_in_and_shown() -> None:
    """To make it may have taken long of thousands of domains.  What is taken in is shown in the same turn: a key acts
    on the domain that is shown.  The first list is shown at once.
    """
    done: list[str] = []

    class Seen(HostSeen):
        def take_snapshot(self, snapshot: Snapshot) -> tuple[Event, ...]:
            done.append("taken")
            return super().take_snapshot(snapshot)

    hypervisor = Hypervisor(cast("Host", Fake("a")), user="admin")
    poller = HostPoller(hypervisor, Seen(), lambda _events: done.append("shown"))
    made = poller._watcher.snapshots

    async def snapshots() -> AsyncIterator[Snapshot | XentuiError]:
        async for result in made():
            done.append("made")
            asyncio.get_running_loop().call_soon(done.append, "turn")
            yield result

    poller._watcher.snapshots = snapshots  # type: ignore[method-assign, assignment]
    following = asyncio.ensure_future(poller._snapshots())
    await until(lambda: done.count("shown") > 1)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert done[:3] == ["made", "taken", "shown"]
    assert done[done.index("made", 1) :][:4] == ["made", "turn", "taken", "shown"]


async def test_the_next_session_begins_with_what_this_one_has_seen(tmp_path: Path) -> None:
    looks = LastLooks(lambda: tmp_path)
    fleet = fleet_of([Fake("a"), Fake("b", hangs=True)], looks=looks)
    async with followed(fleet):
        await until(lambda: bool(names(fleet.member("a"))))
    again = fleet_of([Fake("a"), Fake("b")], looks=LastLooks(lambda: tmp_path))
    again.cached()
    assert names(again.member("a")) == ["Domain-0", "guest-a"]
    assert again.member("a").seen.cached
    assert again.member("b").seen.snapshot is None
    async with followed(again):
        await until(lambda: not again.member("a").seen.cached)


async def test_no_host_is_lost_to_a_name_that_is_none_of_them() -> None:
    fleet = fleet_of([Fake("xen1"), Fake("xen2")])
    with pytest.raises(UsageError) as raised:
        fleet.member("xen3")
    assert "none of the hosts" in raised.value.message


def test_what_an_earlier_session_saw_is_old_until_the_host_answers() -> None:
    seen = HostSeen()
    old, new = Snapshot("a", NOW - 3600), Snapshot("a", NOW)
    seen.take_cached(old, HostInfo(cpus=4))
    link = seen.link(NOW)
    assert (link.state, link.age) == (LinkState.CONNECTING, 3600.0)
    assert seen.stale(NOW) == "as of 60 min ago, connecting"
    assert seen.take_snapshot(new) == ()
    assert seen.link(NOW).state is LinkState.UP
    assert not seen.stale(NOW)
    seen.take_cached(old, HostInfo())
    assert seen.snapshot is new


def test_a_host_that_is_away_says_why_since_when_and_when_it_is_asked_again() -> None:
    seen = HostSeen()
    seen.take_snapshot(Snapshot("a", NOW - 30))
    seen.take_trouble(HostError("no route to host"))
    seen.pulse.next_try = NOW + 12
    link = seen.link(NOW)
    assert (link.state, link.reason, link.next_try, link.age) == (
        LinkState.AWAY,
        "no route to host",
        12.0,
        30.0,
    )
    assert seen.stale(NOW) == "as of 30 s ago, next try in 10 s: no route to host"
