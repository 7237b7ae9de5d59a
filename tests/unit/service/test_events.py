"""Following a host: snapshots when something happens, and what happened between two of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest

from tests.unit.service.fake import FakeHost, inventory, row, session
from xentui.errors import FaultError, HostError, XentuiError
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain, Drift, Snapshot
from xentui.model.state import DomainState
from xentui.service import events
from xentui.service.events import EventKind, Watcher, changes

UUID = "11111111-2222-3333-4444-000000000001"
OTHER = "11111111-2222-3333-4444-000000000002"
WEB = Domain("web", UUID, DomainState.BLOCKED, domid=5, memory_kib=1024, vcpus=1)
MANAGED = replace(WEB, managed=True, version=1)
OFF = replace(MANAGED, domid=None, state=DomainState.OFF)


def between(old: list[Domain], new: list[Domain]) -> list[tuple[EventKind, str]]:
    found = changes(Snapshot("x", 1.0, tuple(old)), Snapshot("x", 2.0, tuple(new)))
    return [(event.kind, event.domain.name) for event in found]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, WEB, EventKind.APPEARED),
        (WEB, None, EventKind.VANISHED),
        (OFF, MANAGED, EventKind.STATE),
        (MANAGED, OFF, EventKind.STATE),
        (WEB, replace(WEB, state=DomainState.PAUSED), EventKind.STATE),
        (WEB, replace(WEB, domid=6), EventKind.REBOOTED),
        (MANAGED, replace(MANAGED, domid=6), EventKind.REBOOTED),
        (WEB, replace(WEB, name="shop"), EventKind.RENAMED),
        (MANAGED, replace(MANAGED, name="shop"), EventKind.RENAMED),
        (OFF, replace(OFF, name="shop"), EventKind.RENAMED),
        (WEB, replace(WEB, memory_kib=2048), EventKind.CHANGED),
        (WEB, replace(WEB, vcpus=2), EventKind.CHANGED),
        (OFF, replace(OFF, version=2), EventKind.CHANGED),
        (OFF, replace(OFF, autostart=True), EventKind.CHANGED),
        (OFF, replace(OFF, damaged="gone"), EventKind.CHANGED),
        (OFF, replace(OFF, drift=(Drift.FILE,)), EventKind.CHANGED),
        (WEB, replace(WEB, running=DomainConfig(name="web")), EventKind.CHANGED),
        (WEB, MANAGED, EventKind.CHANGED),
        (WEB, WEB, None),
        (WEB, replace(WEB, cpu_seconds=99.0), None),
        (WEB, replace(WEB, state=DomainState.RUNNING), None),
    ],
)
def test_what_happened(before: Domain | None, after: Domain | None, kind: EventKind | None) -> None:
    found = between([before] if before else [], [after] if after else [])
    named = after or before
    assert named is not None
    assert found == ([(kind, named.name)] if kind else [])


def test_the_remains_of_a_reboot_are_a_domain_of_their_own() -> None:
    remains = replace(WEB, name="", state=DomainState.DYING)
    assert between([MANAGED], [replace(MANAGED, domid=6), remains]) == [
        (EventKind.REBOOTED, "web"),
        (EventKind.APPEARED, ""),
    ]
    assert between([replace(MANAGED, domid=6), remains], [replace(MANAGED, domid=6)]) == [
        (EventKind.VANISHED, "")
    ]


def test_an_event_keeps_both_sides() -> None:
    (event,) = changes(Snapshot("x", 1.0, (WEB,)), Snapshot("x", 2.0, (replace(WEB, memory_kib=4096),)))
    assert (event.before, event.after) == (WEB, replace(WEB, memory_kib=4096))
    with pytest.raises(ValueError, match="has a domain"):
        _ = events.Event(EventKind.CHANGED, None, None).domain


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


def names(snapshot: Snapshot) -> list[str]:
    return [domain.name for domain in snapshot.domains]


async def test_an_event_of_the_xenstore_brings_a_snapshot(host: FakeHost) -> None:
    watcher = Watcher(session(host), inventory(host), interval=60.0)
    async with aclosing(snapshots(watcher)) as stream:
        assert names(await soon(stream)) == ["Domain-0", "web"]
        watch = await host.next_stream() if not host.streams else host.streams[-1]
        assert host.asked == [("xenstore-watch", "@introduceDomain", "@releaseDomain")]
        host.rows.append(row("shop", 6, OTHER))
        watch.say("@introduceDomain")
        assert names(await soon(stream)) == ["Domain-0", "shop", "web"]
        assert watcher.on_events


async def test_a_burst_of_events_is_one_snapshot(host: FakeHost) -> None:
    async with aclosing(snapshots(Watcher(session(host), inventory(host), interval=60.0))) as stream:
        await soon(stream)
        waiting = asyncio.ensure_future(soon(stream))
        watch = host.streams[-1] if host.streams else await host.next_stream()
        watch.say(*["@introduceDomain", "@releaseDomain"] * 5)
        await waiting
        assert host.polls == 2


async def test_without_events_the_host_is_asked_again_and_again(host: FakeHost) -> None:
    host.watchable = False
    watcher = Watcher(session(host), inventory(host), interval=0.01)
    async with aclosing(snapshots(watcher)) as stream:
        for _ in range(3):
            await soon(stream)
        assert host.polls == 3
        assert not watcher.on_events


async def test_after_an_action_of_our_own_it_looks_at_once(host: FakeHost) -> None:
    watcher = Watcher(session(host), inventory(host), interval=60.0)
    async with aclosing(snapshots(watcher)) as stream:
        await soon(stream)
        host.rows.pop()
        watcher.poke()
        assert names(await soon(stream)) == ["Domain-0"]


async def test_a_host_that_cannot_be_read_is_told_and_tried_again(host: FakeHost) -> None:
    host.failure = HostError("the connection was cut")
    async with aclosing(snapshots(Watcher(session(host), inventory(host), interval=0.01))) as stream:
        assert await anext(stream) is host.failure
        host.failure = None
        assert names(await soon(stream)) == ["Domain-0", "web"]


async def test_a_watch_that_ends_is_started_again(host: FakeHost) -> None:
    watcher = Watcher(session(host), inventory(host), interval=0.01)
    async with aclosing(snapshots(watcher)) as stream:
        await soon(stream)
        first = host.streams[-1] if host.streams else await host.next_stream()
        first.say("@introduceDomain")
        await soon(stream)
        first.queue.put_nowait(None)
        second = await host.next_stream()
        assert first.closed
        assert not watcher.on_events
        assert second is not first


async def test_whoever_stops_listening_leaves_nothing_behind(host: FakeHost) -> None:
    before = asyncio.all_tasks()
    async with aclosing(snapshots(Watcher(session(host), inventory(host)))) as stream:
        await soon(stream)
        await asyncio.sleep(0.01)
    assert [made.closed for made in host.streams] == [True]
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("kind", [KeyError, TypeError, RecursionError, OverflowError, UnicodeError])
async def test_a_fault_in_a_poll_is_told_and_the_polls_go_on(host: FakeHost, kind: type[Exception]) -> None:
    watcher = Watcher(session(host), inventory(host), interval=0.01)
    host.failure = kind("x")
    async with aclosing(snapshots(watcher)) as stream:
        for _ in range(2):
            fault = await asyncio.wait_for(anext(stream), 5)
            assert isinstance(fault, FaultError)
            assert fault.message.startswith(f"a fault of xentui itself: {kind.__name__}: ")
            assert any("inventory.py" in line for line in fault.details)
        host.failure = None
        assert names(await soon(stream)) == ["Domain-0", "web"]


async def test_what_a_poll_could_not_deal_with_is_not_kept(host: FakeHost) -> None:
    """What has not changed since the last look is not told again: the store has to tell all of it anew."""
    async with aclosing(snapshots(Watcher(session(host), inventory(host), interval=0.01))) as stream:
        await soon(stream)
        await soon(stream)
        assert host.known == "digest"
        host.failure = KeyError("x")
        assert isinstance(await asyncio.wait_for(anext(stream), 5), FaultError)
        host.failure = None
        await soon(stream)
        assert host.known == {}


def test_after_faults_the_host_is_asked_less_and_less_often() -> None:
    pauses = [events.pause_after(faults, 3.0) for faults in range(8)]
    assert pauses == [3.0, 6.0, 12.0, 24.0, 48.0, 60.0, 60.0, 60.0]
    assert events.pause_after(3, 120.0) == 120.0


async def test_a_fault_while_listening_leaves_the_polls_alone(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(argv: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(host, "stream", broken)
    async with aclosing(snapshots(Watcher(session(host), inventory(host), interval=0.01))) as stream:
        for _ in range(3):
            await soon(stream)
