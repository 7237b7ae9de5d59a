"""Load figures: xentop's counters as rates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from tests import recordings
from tests.unit.service.fake import FakeHost, session
from xentui.errors import HostError
from xentui.service.statistics import Load, Statistics

HEAD = "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS"


def line(
    name: str, *, percent: float = 0.0, tx: int = 0, rx: int = 0, read: int = 0, written: int = 0
) -> str:
    return (
        f"{name:>10} --b---         36  {percent:5.1f}     131072    6.3   no limit       n/a     1    1 {tx:8} {rx:8}"
        f"    1        0        0        0 {read:10} {written:10}    0"
    )


def loads(host: FakeHost, seconds: int = 1) -> AsyncGenerator[dict[str, Load], None]:
    return Statistics(session(host), seconds=seconds).loads()


async def test_rates_are_the_difference_of_two_samples() -> None:
    host = FakeHost()
    async with aclosing(loads(host, 2)) as tables:
        waiting = asyncio.ensure_future(anext(tables))
        stream = await host.next_stream()
        stream.say(HEAD, line("web", tx=100, rx=10, read=1000))
        stream.say(HEAD, line("web", percent=12.5, tx=104, rx=10, read=1004, written=8), HEAD)
        table = await waiting
    assert table == {"web": Load("web", 12.5, 131072, 2048.0, 0.0, 1024.0, 2048.0)}
    assert host.asked == [("xentop", "-b", "-f", "-d", "2")]
    assert stream.closed


async def test_the_first_sample_shows_nothing_and_a_new_domain_no_rates() -> None:
    host = FakeHost()
    async with aclosing(loads(host)) as tables:
        waiting = asyncio.ensure_future(anext(tables))
        stream = await host.next_stream()
        stream.say(HEAD, line("web"), HEAD, line("web"), line("new", tx=5000), HEAD)
        assert {name: load.net_tx for name, load in (await waiting).items()} == {"web": 0.0, "new": 0.0}
        stream.say(line("new", tx=5001), HEAD)
        assert {name: load.net_tx for name, load in (await anext(tables)).items()} == {"new": 1024.0}


async def test_a_counter_that_went_back_is_a_new_boot() -> None:
    host = FakeHost()
    async with aclosing(loads(host)) as tables:
        waiting = asyncio.ensure_future(anext(tables))
        (await host.next_stream()).say(HEAD, line("web", tx=9000), HEAD, line("web", tx=10), HEAD)
        assert (await waiting)["web"].net_tx == 0.0


async def test_the_load_of_a_domain_that_does_nothing_is_the_same_object() -> None:
    host = FakeHost()
    async with aclosing(loads(host)) as tables:
        waiting = asyncio.ensure_future(anext(tables))
        stream = await host.next_stream()
        stream.say(HEAD, line("web"), line("db", tx=1), HEAD, line("web"), line("db", tx=2), HEAD)
        first = await waiting
        stream.say(line("web"), line("db", tx=2), HEAD)
        second = await anext(tables)
        assert second["web"] is first["web"]
        assert [table["db"].net_tx for table in (first, second)] == [1024.0, 0.0]
        stream.say(line("web", tx=3), line("db", tx=2), HEAD, line("web", tx=3), line("db", tx=2), HEAD)
        third, fourth = await anext(tables), await anext(tables)
        assert [table["web"].net_tx for table in (third, fourth)] == [3072.0, 0.0]
        assert third["db"].net_tx == 0.0
        assert fourth["db"] is third["db"]


async def test_what_a_real_xentop_prints() -> None:
    host = FakeHost()
    async with aclosing(loads(host)) as tables:
        waiting = asyncio.ensure_future(anext(tables))
        said = recordings.answer("host", "xentop, two turns").stdout
        (await host.next_stream()).say(*said.splitlines(), HEAD)
        assert (await waiting)["Domain-0"] == Load("Domain-0", 8.0, 786432)


async def test_it_ends_when_xentop_does() -> None:
    host = FakeHost()
    waiting = asyncio.ensure_future(anext(loads(host)))
    (await host.next_stream()).queue.put_nowait(None)
    with pytest.raises(StopAsyncIteration):
        await waiting
    assert host.streams[0].closed


async def test_without_xentop_there_is_an_error() -> None:
    host = FakeHost()
    host.watchable = False
    with pytest.raises(HostError):
        await anext(loads(host))
