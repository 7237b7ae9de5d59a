"""What happens on a host without anybody here asking for it: a notice, a sign on the row, a view of it, an alarm."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App

from tests.unit.tui.stage import BROAD, NARROW, WIDE, StageHost, stage
from xentui import settings
from xentui.model.domain import Domain, Snapshot
from xentui.model.job import HostJob, HostJobState
from xentui.model.state import DomainState
from xentui.service.events import Event, EventKind, changes
from xentui.simulator.guest import CRASH, GuestPhase
from xentui.tui import alert
from xentui.tui.event_words import event_text, weight
from xentui.tui.host_state import HostState
from xentui.tui.jump import JumpScreen
from xentui.tui.screens.events import EventsScreen

WEB = Domain("web1", "uuid", DomainState.RUNNING, domid=4, managed=True)
INSTALLING = HostJob("1", "install", "uuid", "web1", "joe", 0.0, HostJobState.RUNNING)
OFF = replace(WEB, state=DomainState.OFF, domid=None)


@pytest.mark.parametrize(
    ("before", "after", "said", "how"),
    [
        (WEB, replace(WEB, state=DomainState.CRASHED), "has crashed", "error"),
        (WEB, OFF, "has stopped", "warning"),
        (WEB, replace(WEB, state=DomainState.SHUTDOWN), "has shut down, and is kept", "warning"),
        (
            replace(WEB, job=INSTALLING),
            replace(WEB, job=INSTALLING, state=DomainState.SHUTDOWN),
            "has reached the end of its installer",
            "information",
        ),
        (replace(WEB, state=DomainState.CRASHED), OFF, "has ended, and is off", "information"),
        (WEB, replace(WEB, domid=5), "has rebooted", "warning"),
        (replace(WEB, managed=False), None, "has ended, and its configuration is gone", "warning"),
        (OFF, None, "was deleted", "information"),
        (None, WEB, "was started", "information"),
        (OFF, WEB, "was started", "information"),
        (OFF, replace(WEB, state=DomainState.PAUSED, booting="build"), "is booting", "information"),
        (replace(WEB, state=DomainState.PAUSED, booting="build"), WEB, "", "information"),
        (WEB, replace(WEB, state=DomainState.PAUSED), "was paused", "information"),
        (WEB, replace(WEB, name="web1--migratedaway"), "is leaving for another host", "information"),
        (replace(WEB, name="web1--migratedaway"), None, "has migrated away", "warning"),
        (None, replace(WEB, name="web1--incoming"), "is coming from another host", "information"),
        (replace(WEB, name="web1--incoming"), WEB, "has come from another host", "information"),
        (replace(WEB, version=1), replace(WEB, version=2), "stored as version 2", "information"),
        (WEB, replace(WEB, damaged="torn"), "store entry damaged: torn", "warning"),
    ],
)
def test_each_is_told_in_words_and_has_its_weight(
    before: Domain | None, after: Domain | None, said: str, how: str
) -> None:
    sides = [Snapshot("sim", 0.0, tuple(filter(None, (side,)))) for side in (before, after)]
    found = changes(*sides)
    assert [(event_text(event), weight(event)) for event in found] == [(said, how)]


def test_what_this_session_has_asked_for_is_kept_but_is_no_news() -> None:
    state = HostState()
    state.is_own = lambda name: name == "web1"
    other = replace(WEB, name="web2", uuid="other", domid=7)
    state.take_snapshot(Snapshot("sim", 1.0, (WEB, other)))
    gone = replace(other, state=DomainState.OFF, domid=None)
    state.take_snapshot(Snapshot("sim", 2.0, (OFF, gone)))
    assert [(event.name, event.own) for event in state.events] == [("web1", True), ("web2", False)]
    assert state.news == {"other"}
    assert [event.name for event in state.events_since(1)] == ["web2"]
    assert state.events_since(2) == []


def test_a_flood_of_events_is_bounded() -> None:
    state = HostState()
    for number in range(700):
        side = WEB if number % 2 else OFF
        state.take_snapshot(Snapshot("sim", float(number), (side,)))
    assert len(state.events) == 500 and state.events_seen == 699
    assert len(state.events_since(0)) == 500


def test_an_event_without_sides_is_none() -> None:
    assert event_text(Event(EventKind.APPEARED, None, None)) == ""


def crash(host: StageHost, name: str) -> None:
    """Let a guest crash, and be kept."""
    state = host.simulator.state
    guest = next(guest for guest in state.guests() if guest.name == name)
    state.update(replace(guest, phase=GuestPhase.DOWN, reason=CRASH))


async def test_a_crash_is_told_and_marked_until_it_is_looked_at(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("build")
        crash(host, "web2")
        it.app.here.poller.poke()
        await it.until(lambda: " error  web2 has crashed → V shows its console" in it.notice)
        await it.until(lambda: any(line.startswith("!") and "web2" in line for line in it.lines))
        await host.run(["xl", "pause", "1"])
        it.app.here.poller.poke()
        await it.until(lambda: it.state("web1") == "paused")
        await it.settled()
        assert "web2 has crashed" in it.notice, "what matters less does not take its place"
        await it.go("mail")
        assert any(line.startswith("!") and "web2" in line for line in it.lines)
        await it.go("web2")
        await it.until(lambda: len(it.app.here.host_state.news) == 1)
        await it.go("mail")
        await it.until(lambda: it.app.main.follower.resting)
        assert [line.split()[1] for line in it.lines if line.startswith("!")] == ["web1"]


async def test_what_one_has_done_oneself_is_no_news(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("p")
        await it.until(lambda: it.state("web1") == "paused")
        await it.until(lambda: any(event.name == "web1" for event in it.app.here.host_state.events))
        await it.quiet()
        assert not it.app.here.host_state.news
        assert "was paused" not in it.notice


async def test_a_change_by_another_is_told(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await host.run(["xl", "pause", "1"])
        it.app.here.poller.poke()
        await it.until(
            lambda: " note  web1 was paused → ^E shows events" in it.notice or "web1 was paused" in it.notice
        )


async def test_the_events_of_the_host_are_listed_filtered_and_lead_to_their_domains(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        crash(host, "web2")
        it.app.here.poller.poke()
        await it.until(lambda: "web2 has crashed" in it.notice)
        await host.run(["xl", "pause", "1"])
        it.app.here.poller.poke()
        await it.until(lambda: it.state("web1") == "paused")
        await it.press("ctrl+e")
        await it.until(lambda: isinstance(it.app.screen, EventsScreen))
        await it.shows(
            "Events of the host: ", "web2                  has crashed", "web1                  was paused"
        )
        await it.press("/")
        await it.type("crash", "enter")
        await it.hides("was paused")
        await it.press("enter")
        await it.until(lambda: it.in_list and it.current == "web2")
        await it.press("ctrl+e")
        await it.shows("was paused")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_a_host_without_events_says_so(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+e")
        await it.shows("no events since xentui was started")
        await it.press("enter", "V", "q")
        await it.until(lambda: it.in_list)


async def test_a_large_terminal_shows_list_details_events_and_a_console(host: StageHost) -> None:
    async with stage(host, size=BROAD) as it:
        await it.shows("none since xentui was started")
        await it.go("web1")
        await it.press("c")
        await it.shows("ready", "web1 #1 attached")
        crash(host, "web2")
        it.app.here.poller.poke()
        await it.shows(
            "Events  Ctrl-E shows all",
            "web2                  has crashed",
            "> web1",
            "disk    xvda",
            "web1 #1",
        )
        await it.press("ctrl+right_square_bracket")
        await it.until(lambda: it.in_list)
        await it.resize(WIDE)
        await it.hides("Ctrl-E shows all")
        await it.resize(BROAD)
        await it.press("d")
        await it.hides("Ctrl-E shows all")
        await it.press("d", "ctrl+o")
        await it.until(lambda: isinstance(it.app.screen, JumpScreen))
        await it.press("d")
        await it.until(lambda: isinstance(it.app.screen, EventsScreen))


# Alarms


@pytest.mark.parametrize(
    ("way", "sent"),
    [
        ("osc9", "\x1b]9;xentui sim: a;b\x07"),
        ("osc777", "\x1b]777;notify;xentui;sim: a,b\x07"),
        ("", ""),
    ],
)
def test_a_terminal_is_sent_one_sequence(way: str, sent: str) -> None:
    assert alert.sequence(way, "sim: a;b") == sent


def test_no_name_of_a_guest_ends_the_sequence() -> None:
    for way in settings.ALERTS[1:]:
        body = alert.sequence(way, "x\x07\x1b]52;c;bad\x07\x1b\\y")
        assert body.count("\x07") == 1 and body.count("\x1b") == 1


class Ringing:
    """An app that counts its bells."""

    def __init__(self) -> None:
        self.rung = 0

    def bell(self) -> None:
        self.rung += 1


def test_it_is_off_by_default_and_rings_once_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    ringing = Ringing()
    app: App[None] = ringing  # type: ignore[assignment]
    alert.give(app, settings.Settings().alert, "x")
    assert ringing.rung == 0
    for _ in range(3):
        alert.give(app, "bell", "x")
    assert ringing.rung == 1
    now[0] += 10
    alert.give(app, "bell", "x")
    assert ringing.rung == 2


def test_another_way_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xentui").mkdir()
    (tmp_path / "xentui" / "config.toml").write_text('alert = "horn"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(settings.SettingsError, match="should be one of bell, osc9, osc777"):
        settings.load()
    (tmp_path / "xentui" / "config.toml").write_text('alert = "bell"\n')
    assert settings.load().alert == "bell"


async def test_enter_twice_goes_to_the_domain_once(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("build")
        await host.run(["xl", "pause", "1"])
        it.app.here.poller.poke()
        await it.until(lambda: any(event.name == "web1" for event in it.app.here.host_state.events))
        await it.press("ctrl+e")
        await it.until(lambda: isinstance(it.app.screen, EventsScreen))
        await it.press("enter", "enter")
        await it.until(lambda: it.in_list and it.current == "web1")
        await it.settled()
        assert it.in_list and not it.app.notifications.errors
