"""Following a host: snapshots when something happens, as soon as it is known, and as often as the host can bear."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from tests.unit.service.fake import FakeHost, row, watcher as following
from tests.waiting import PATIENCE
from xentui.errors import FaultError, HostError, XentuiError
from xentui.model.domain import Snapshot
from xentui.service import watcher as watching
from xentui.service.watcher import Watcher

UUID = "11111111-2222-3333-4444-000000000001"
OTHER = "11111111-2222-3333-4444-000000000002"


@pytest.fixture
def host() -> FakeHost:
    """A host with one guest."""
    made = FakeHost()
    made.rows = [row("Domain-0", 0, "00000000-0000-0000-0000-000000000000"), row("web", 5, UUID)]
    return made


def snapshots(watcher: Watcher) -> AsyncGenerator[Snapshot | XentuiError, None]:
    return watcher.snapshots()


async def soon(stream: AsyncIterator[Snapshot | XentuiError]) -> Snapshot:
    got = await asyncio.wait_for(anext(stream), 5)
    assert isinstance(got, Snapshot)
    return got


async def all_known(stream: AsyncIterator[Snapshot | XentuiError]) -> Snapshot:
    """The next snapshot that has what only ``xl list -l`` tells."""
    while not (got := await soon(stream)).details_taken:
        pass
    return got


async def forever(stream: AsyncIterator[Snapshot | XentuiError]) -> None:
    async for _ in stream:
        pass


def names(snapshot: Snapshot) -> list[str]:
    return [domain.name for domain in snapshot.domains]


async def test_no_more_is_asked_of_a_host_before_its_first_list_was_taken(host: FakeHost) -> None:
    async with aclosing(snapshots(following(host, interval=0.01))) as stream:
        await soon(stream)
        await asyncio.sleep(0.01)
        assert (host.streams, host.details) == ([], 0)


async def test_an_event_of_the_xenstore_brings_a_snapshot(host: FakeHost) -> None:
    watcher = following(host, interval=60.0)
    async with aclosing(snapshots(watcher)) as stream:
        assert names(await soon(stream)) == ["Domain-0", "web"]
        await all_known(stream)
        watch = await host.next_stream() if not host.streams else host.streams[-1]
        assert host.asked == [("xenstore-watch", "@introduceDomain", "@releaseDomain")]
        host.rows.append(row("shop", 6, OTHER))
        watch.say("@introduceDomain")
        assert names(await soon(stream)) == ["Domain-0", "shop", "web"]
        assert watcher.on_events


async def test_a_burst_of_events_is_one_snapshot(host: FakeHost) -> None:
    async with aclosing(snapshots(following(host, interval=60.0))) as stream:
        await all_known(stream)
        waiting = asyncio.ensure_future(soon(stream))
        watch = host.streams[-1] if host.streams else await host.next_stream()
        watch.say(*["@introduceDomain", "@releaseDomain"] * 5)
        await waiting
        assert host.polls == 2


async def test_without_events_the_host_is_asked_again_and_again(host: FakeHost) -> None:
    host.watchable = False
    watcher = following(host, interval=0.01)
    async with aclosing(snapshots(watcher)) as stream:
        while host.polls < 3:
            await soon(stream)
        assert not watcher.on_events


async def test_after_an_action_of_our_own_it_looks_at_once(host: FakeHost) -> None:
    watcher = following(host, interval=60.0)
    async with aclosing(snapshots(watcher)) as stream:
        await all_known(stream)
        host.rows.pop()
        watcher.poke()
        assert names(await soon(stream)) == ["Domain-0"]


async def test_a_host_that_cannot_be_read_is_told_and_tried_again(host: FakeHost) -> None:
    host.failure = HostError("the connection was cut")
    async with aclosing(snapshots(following(host, interval=0.01))) as stream:
        assert await anext(stream) is host.failure
        host.failure = None
        assert names(await soon(stream)) == ["Domain-0", "web"]


async def test_a_watch_that_ends_is_started_again(host: FakeHost) -> None:
    watcher = following(host, interval=0.01)
    async with aclosing(snapshots(watcher)) as stream:
        await all_known(stream)
        first = host.streams[-1] if host.streams else await host.next_stream()
        first.say("@introduceDomain")
        while not watcher.on_events:
            await soon(stream)
        first.queue.put_nowait(None)
        reading = asyncio.ensure_future(forever(stream))
        second = await host.next_stream()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert first.closed
        assert not watcher.on_events
        assert second is not first


async def test_a_quiet_host_is_listened_to_no_longer_once_it_is_out_of_sight(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_SIGHT_PAUSE", 0.01)
    watcher = following(host, interval=0.01)
    seen = True
    watcher.listens = lambda: seen
    async with aclosing(snapshots(watcher)) as stream:
        await all_known(stream)
        first = host.streams[-1] if host.streams else await host.next_stream()
        seen = False
        async with asyncio.timeout(PATIENCE):
            while not first.closed:
                await soon(stream)
        assert host.streams == [first]
        seen = True
        reading = asyncio.ensure_future(forever(stream))
        await asyncio.wait_for(host.next_stream(), 30)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_whoever_stops_listening_leaves_nothing_behind(host: FakeHost) -> None:
    before = asyncio.all_tasks()
    async with aclosing(snapshots(following(host, interval=60.0))) as stream:
        await all_known(stream)
        await asyncio.sleep(0.01)
    assert [made.closed for made in host.streams] == [True]
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("kind", [KeyError, TypeError, RecursionError, OverflowError, UnicodeError])
async def test_a_fault_in_a_poll_is_told_and_the_polls_go_on(host: FakeHost, kind: type[Exception]) -> None:
    watcher = following(host, interval=0.01)
    host.failure = kind("x")
    async with aclosing(snapshots(watcher)) as stream:
        for _ in range(2):
            fault = await asyncio.wait_for(anext(stream), 5)
            assert isinstance(fault, FaultError)
            assert fault.message.startswith(f"a fault of xentui itself: {kind.__name__}: ")
            assert any("XlToolstack.domains" in line for line in fault.details)
        host.failure = None
        assert names(await soon(stream)) == ["Domain-0", "web"]


async def test_what_a_poll_could_not_deal_with_is_not_kept(host: FakeHost) -> None:
    """What has not changed since the last look is not told again: the store has to tell all of it anew."""
    async with aclosing(snapshots(following(host, interval=0.01))) as stream:
        while host.known != "digest":
            await soon(stream)
        host.failure = KeyError("x")
        assert isinstance(await asyncio.wait_for(anext(stream), 5), FaultError)
        host.failure = None
        await soon(stream)
        assert host.known == {}


async def test_a_fault_while_listening_leaves_the_polls_alone(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(argv: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(host, "stream", broken)
    async with aclosing(snapshots(following(host, interval=0.01))) as stream:
        for _ in range(3):
            await soon(stream)


def config(domid: int, uuid: str) -> dict[str, object]:
    return {
        "domid": domid,
        "config": {"c_info": {"name": "x", "uuid": uuid}, "b_info": {"max_memkb": 262144}},
    }


async def test_what_runs_is_told_while_its_configurations_take_their_time(host: FakeHost) -> None:
    host.configs = json.dumps([config(5, UUID)]).encode()
    host.details_ready.clear()
    watcher = following(host, interval=0.01)
    async with aclosing(snapshots(watcher)) as stream:
        for count in range(3):
            found = await soon(stream)
            assert (names(found), found.details_taken) == (["Domain-0", "web"], 0.0)
            assert found.domains[1].running is None
            assert host.details <= 1, f"it is asked once, not at each of {count} looks"
        host.details_ready.set()
        found = await all_known(stream)
        assert found.domains[1].running is not None
        assert found.details_taken > 0


async def test_they_come_with_the_list_there_is_not_with_another(host: FakeHost) -> None:
    watcher = following(host, interval=600.0)
    async with aclosing(snapshots(watcher)) as stream:
        first = await soon(stream)
        second = await soon(stream)
        assert (host.polls, host.details) == (1, 1)
        assert (first.taken, first.details_taken) == (second.taken, 0.0)


async def test_they_are_not_asked_again_while_nothing_has_changed(host: FakeHost) -> None:
    watcher = following(host, interval=0.01)
    async with aclosing(snapshots(watcher)) as stream:
        await all_known(stream)
        for _ in range(5):
            await soon(stream)
        assert host.details == 1
        host.rows[1] = row("web", 5, UUID, memory=256)
        while host.details < 2:
            await soon(stream)
        watcher.poke()
        while host.details < 3:
            await soon(stream)


async def test_those_of_another_domain_with_that_domid_are_not_taken_for_its_own(host: FakeHost) -> None:
    """The host was booted anew: domids begin at 1 again."""
    host.configs = json.dumps([config(5, UUID)]).encode()
    watcher = following(host, interval=600.0)
    async with aclosing(snapshots(watcher)) as stream:
        assert (await all_known(stream)).domains[1].running is not None
        host.details_ready.clear()
        host.rows[1] = row("shop", 5, OTHER)
        watcher.poke()
        found = await soon(stream)
        assert (found.domains[1].name, found.domains[1].running) == ("shop", None)


async def test_where_they_cannot_be_had_the_list_goes_on(host: FakeHost) -> None:
    host.details_failure = HostError("`xl` did not answer within 300 s")
    watcher = following(host, interval=0.01)
    async with aclosing(snapshots(watcher)) as stream:
        found = await soon(stream)
        while not found.problems:
            found = await soon(stream)
        assert names(found) == ["Domain-0", "web"]
        assert "did not answer within 300 s" in found.problems[0]
        assert "not known" in found.problems[0]
        host.details_failure = None
        watcher.poke()
        assert (await all_known(stream)).problems == ()


async def test_a_host_that_does_not_answer_is_tried_by_the_looks_alone(host: FakeHost) -> None:
    host.failure = HostError("the host does not answer")
    watcher = following(host, interval=0.01)
    async with aclosing(snapshots(watcher)) as stream:
        for _ in range(3):
            assert await anext(stream) is host.failure
        assert not host.asked, "xenstore-watch is not tried as well"
        assert watcher.pulse.next_try > time.time() - 1
        host.failure = None
        while not host.asked:
            await soon(stream)
        assert watcher.pulse.next_try == 0.0


async def test_a_first_look_begun_early_is_the_first_snapshot(host: FakeHost) -> None:
    watcher = following(host, interval=600.0)
    watcher.begin()
    async with aclosing(snapshots(watcher)) as stream:
        await soon(stream)
        assert host.polls == 1


async def test_a_first_look_nobody_takes_is_given_up(host: FakeHost) -> None:
    before = asyncio.all_tasks()
    watcher = following(host, interval=60.0)
    watcher.begin()
    await watcher.close()
    assert asyncio.all_tasks() == before
