"""What happens on the host shows by itself: by events, by polling, and when the host hangs or goes away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.tui.stage import WIDE, Clock, Stage, StageHost, stage
from xentui.hosts.base import Completed
from xentui.model.domain import Snapshot
from xentui.service.events import Event
from xentui.service.pacing import Pacing
from xentui.service.statistics import Load
from xentui.settings import Settings
from xentui.simulator import control
from xentui.tui.app import XentuiApp
from xentui.tui.host_state import HostState


async def test_what_others_do_with_plain_xl_shows_on_events(host: StageHost) -> None:
    async with stage(host) as it:
        it.app.here.poller._watcher.pacing.interval = 1000.0
        await it.until(lambda: "xenstore-watch" in host.streams)
        await it.settled()
        await host.run(["xl", "destroy", "web1"])
        host.streams["xenstore-watch"].say("@releaseDomain")
        await it.until(lambda: it.state("web1") == "off")
        await it.go("web1")
        await it.shows("- off", "→ off")
        assert it.app.here.poller.on_events


async def test_and_without_events_by_polling(host: StageHost) -> None:
    async with stage(host) as it:
        await host.run(["xl", "pause", "web1"])
        await it.until(lambda: it.state("web1") == "paused")


async def test_disks_of_guests_are_read_only_where_their_kernels_are_in_sight(host: StageHost) -> None:
    def reads() -> int:
        return sum(argv[0] == "python3" for argv in host.ran)

    async with stage(host, size=(120, 40)) as it:
        await it.until(lambda: it.app.here.host_state.unknown_uptimes == frozenset())
        assert not it.app.main.table.shows("kernel")
        assert not reads()
    async with stage(host, size=(230, 40)) as it:
        await it.until(lambda: any(line.count("6.1.0-56-amd64") for line in it.lines if "web1" in line))
        assert reads()


async def test_load_figures_come_from_one_long_running_xentop(host: StageHost) -> None:
    async with stage(host) as it:
        await it.until(lambda: "xentop" in host.streams)
        for line in XENTOP:
            host.streams["xentop"].say(line)
        await it.until(lambda: "web1" in it.app.here.host_state.loads)
        assert it.app.here.host_state.loads["web1"].cpu_percent == 50.0
        await it.until(lambda: any("web1" in line and " 50 " in line for line in it.lines))


async def test_load_figures_stay_in_sight_while_the_host_is_asked_for_them_at_another_pace(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = 1
    monkeypatch.setattr(Pacing, "load_seconds", lambda _pacing: pace)
    async with stage(host) as it:
        await it.until(lambda: "xentop" in host.streams)
        first = host.streams["xentop"]
        for line in XENTOP[:4]:
            first.say(line)
        pace = 10
        first.say(_HEAD)
        await it.until(lambda: host.streams["xentop"] is not first)
        assert "web1" in it.app.here.host_state.loads
        for line in XENTOP:
            host.streams["xentop"].say(line)
        await it.until(lambda: it.app.here.host_state.loads["web1"].cpu_percent == 50.0)


_HEAD = (
    "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS"
    "   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID"
)
_ROW = (
    "      web1 -----r        {} {}    1048576    3.1 1049600 3.1     2    1      {}       0    1 0 0 0 0 0 0"
)
XENTOP = (
    _HEAD,
    _ROW.format(10, "0.0", 0),
    _HEAD,
    _ROW.format(11, "50.0", 4),
    _HEAD,
    _ROW.format(12, "50.0", 8),
    _HEAD,
)


async def test_a_host_that_hangs_is_greyed_with_age_and_reason_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    host = StageHost(tmp_path / "sim", domains=12, clock=clock)
    async with stage(host) as it:
        control.hang(host.simulator, 300)
        it.app.here.poller.poke()
        clock.go_on(30)
        await it.shows("as of ", "slow: ", "without an answer")
        assert it.app.main.table.greyed
        await it.press("down")
        assert it.current == "archive"
        clock.go_on(300)
        await it.shows("7 up of 12")
        assert not it.app.main.table.greyed


async def test_a_host_that_goes_away_says_so_and_comes_back(host: StageHost) -> None:
    async with stage(host) as it:
        control.vanish(host.simulator)
        it.app.here.poller.poke()
        await it.shows("as of ", " ago, ", ": the simulated host is away")
        assert it.app.main.table.greyed
        await it.go("web1")
        await it.press("E")
        await it.shows(
            "What went wrong", " ago, ", "the simulated host is away", "→ `:sim return` brings it back."
        )
        await it.press("escape")
        control.come_back(host.simulator)
        await it.until(lambda: not it.app.main.table.greyed)
        await it.shows("7 up of 12")


async def test_a_host_that_never_answered_says_why_there_is_no_list(host: StageHost) -> None:
    control.vanish(host.simulator)
    async with stage(host) as it:
        await it.shows("No data yet.", "the simulated host is away")


async def test_f5_looks_at_once(host: StageHost) -> None:
    async with stage(host) as it:
        it.app.here.poller._watcher.pacing.interval = 1000.0
        await it.press("f5")
        await it.settled()
        await host.run(["xl", "pause", "web1"])
        await it.press("f5")
        await it.until(lambda: it.state("web1") == "paused")


FAULTS = (
    KeyError("code"),
    TypeError("x"),
    UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "y"),
    RecursionError("deep"),
)


def broken(error: Exception, *verbs: str) -> Callable[[Sequence[str]], Completed | None]:
    """Commands of xl that end in something nobody has foreseen."""

    def answer(argv: Sequence[str]) -> Completed | None:
        if argv[0] == "xl" and argv[1] in verbs:
            raise error
        return None

    return answer


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
async def test_a_fault_at_the_first_look_is_shown_and_gone_at_the_next_good_answer(
    host: StageHost, error: Exception
) -> None:
    host.answer = broken(error, "list")
    async with stage(host) as it:
        said = f"a fault of xentui itself: {type(error).__name__}"
        await it.shows("No data yet.", said)
        await it.press("E")
        await it.shows(said, "XENTUI_DEBUG")
        await it.press("escape")
        host.answer = lambda argv: None
        it.app.here.poller.poke()
        await it.shows("7 up of 12")


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
async def test_a_fault_in_mid_session_is_shown_and_gone_at_the_next_good_answer(
    host: StageHost, error: Exception
) -> None:
    async with stage(host) as it:
        await it.shows("7 up of 12")
        host.answer = broken(error, "list")
        it.app.here.poller.poke()
        await it.until(lambda: it.app.main.table.greyed)
        await it.shows(f"a fault of xentui itself: {type(error).__name__}")
        host.answer = lambda argv: None
        await host.run(["xl", "pause", "web1"])
        it.app.here.poller.poke()
        await it.until(lambda: it.state("web1") == "paused")
        await it.until(lambda: not it.app.main.table.greyed)


async def test_a_store_that_answers_nonsense_once_is_forgotten_at_the_next_good_answer(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = host.call

    async def nonsense(operation: Any, **arguments: Any) -> object:
        return {"entries": 5} if operation == "look" else await call(operation, **arguments)

    async with stage(host) as it:
        await it.shows("7 up of 12")
        monkeypatch.setattr(host, "call", nonsense)
        it.app.here.poller.poke()
        await it.shows("7 up of 9 · managed domains cannot be read: ")
        await it.press("E")
        await it.shows("an answer that is not valid")
        await it.press("escape")
        monkeypatch.setattr(host, "call", call)
        it.app.here.poller.poke()
        await it.shows("7 up of 12 · ")


@pytest.mark.parametrize("verb", ["info", "uptime"])
async def test_a_fault_beside_the_list_is_told_and_the_list_goes_on(host: StageHost, verb: str) -> None:
    host.answer = broken(KeyError("x"), verb)
    async with stage(host) as it:
        await it.shows("a fault of xentui itself: KeyError")
        await it.until(lambda: it.domain("web1") is not None)
        host.answer = lambda argv: None
        it.app.here.poller.poke()
        await it.until(lambda: it.app.here.host_state.info.total_memory_mib > 0)


async def test_a_fault_of_the_picture_does_not_end_the_feed(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xentui.fleet.poller._RETRY_SECONDS", 0.01)
    async with stage(host) as it:
        await it.shows("7 up of 12")
        taken = it.app.here.host_state.take_snapshot

        def once(snapshot: Snapshot) -> tuple[Event, ...]:
            monkeypatch.setattr(it.app.here.host_state, "take_snapshot", taken)
            raise ZeroDivisionError

        monkeypatch.setattr(it.app.here.host_state, "take_snapshot", once)
        it.app.here.poller.poke()
        await it.shows("a fault of xentui itself: ZeroDivisionError")
        await host.run(["xl", "pause", "web1"])
        await it.until(lambda: it.state("web1") == "paused")


async def test_a_fault_in_the_load_figures_is_told_and_they_are_tried_again(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xentui.fleet.poller._RETRY_SECONDS", 0.01)
    taken = HostState.take_loads
    count = iter(range(1000))

    def first(self: HostState, loads: Mapping[str, Load]) -> None:
        if loads and next(count) == 0:
            raise ZeroDivisionError
        taken(self, loads)

    monkeypatch.setattr(HostState, "take_loads", first)
    async with stage(host) as it:
        await it.until(lambda: "xentop" in host.streams)
        stream = host.streams["xentop"]
        for line in XENTOP:
            stream.say(line)
        await it.shows("a fault of xentui itself: ZeroDivisionError")
        await it.until(lambda: host.streams["xentop"] is not stream)
        for line in XENTOP:
            host.streams["xentop"].say(line)
        await it.until(lambda: "web1" in it.app.here.host_state.loads)


async def test_a_slow_list_of_configurations_keeps_no_state_waiting(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = asyncio.Event()
    run = StageHost.run

    async def slowly(self: StageHost, argv: Sequence[str], **options: Any) -> Completed:
        if tuple(argv[1:]) == ("list", "-l"):
            await ready.wait()
        return await run(self, argv, **options)

    monkeypatch.setattr(StageHost, "run", slowly)
    async with stage(host) as it:
        assert it.state("web1") == "running"
        await host.run(["xl", "pause", "web1"])
        await it.until(lambda: it.state("web1") == "paused")
        found = it.domain("web1")
        assert found is not None
        assert found.running is None
        assert not it.app.main.table.greyed
        ready.set()
        await it.until(lambda: (it.domain("web1") or found).running is not None)


async def test_a_first_look_that_takes_long_is_slow_and_no_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    host = StageHost(tmp_path / "sim", domains=12, clock=clock)
    ready = asyncio.Event()
    run = StageHost.run

    async def slowly(self: StageHost, argv: Sequence[str], **options: Any) -> Completed:
        await ready.wait()
        return await run(self, argv, **options)

    monkeypatch.setattr(StageHost, "run", slowly)
    app = XentuiApp(host, Settings())
    async with app.run_test(size=WIDE) as pilot:
        made = Stage(app, pilot, host)
        await made.until(lambda: app.here.host_state.pulse.asking_since)
        clock.go_on(32)
        await made.shows("slow: ", " without an answer", "No data yet.")
        assert "does not answer" not in made.screen
        ready.set()
        await made.shows("7 up of 12")
