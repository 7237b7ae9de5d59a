"""What a domain is doing has its own name in the list, besides xl's states; keys then say what they wait for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.unit.tui.stage import NARROW, StageHost, stage
from xentui.commands.describe import condition
from xentui.model.domain import Domain
from xentui.model.job import HostJob, HostJobState
from xentui.model.state import DomainState
from xentui.service import legality
from xentui.service.legality import Action
from xentui.simulator.guest import GuestPhase
from xentui.tui.domain_list import column_values, columns
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.jobs import Job

OFF = Domain("web1", "uuid", DomainState.OFF, managed=True)
BOOTING = replace(OFF, state=DomainState.PAUSED, domid=4, booting="boot loader")
JOB = HostJob("1", "suspend", "uuid", "web1", "root", 0.0, HostJobState.RUNNING, 66)


@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        (OFF, "- off"),
        (BOOTING, "B booting"),
        (replace(OFF, saved_to="/srv/web1.save"), "W saved"),
        (replace(BOOTING, booting="", job=JOB), "suspending 66%"),
        (replace(BOOTING, booting="", job=replace(JOB, kind="resume", percent=None)), "resuming"),
        (replace(BOOTING, booting="", asleep=True), "z asleep"),
        (replace(BOOTING, booting="", job=replace(JOB, state=HostJobState.INTERRUPTED)), "p paused"),
    ],
)
def test_conditions_have_words_that_fit(domain: Domain, shown: str) -> None:
    row = DomainRow("", domain)
    assert column_values.state_words(row) == shown
    state = next(column for column in columns.fit(80) if column.id == "state")
    assert len(shown) <= state.width
    assert condition(domain) in shown


def test_what_this_session_does_comes_first() -> None:
    assert column_values.state_words(DomainRow("", OFF, doing="shutting down")) == "shutting down"
    job = Job(1, "suspend", "web1", 0.0, percent=100)
    assert job.condition == "suspending 100%"


def test_a_domain_that_boots_can_be_watched_and_ended_and_else_says_what_it_waits_for() -> None:
    possible = legality.possible(BOOTING)
    assert {Action.CONSOLE, Action.DESTROY, Action.EDIT} <= possible
    assert not {Action.UNPAUSE, Action.SUSPEND, Action.SAVE, Action.START, Action.BLOCK_ATTACH} & possible
    assert "boot loader" in legality.reason_against(BOOTING, Action.SUSPEND)
    assert "xl is building it" in legality.reason_against(replace(BOOTING, booting="build"), Action.START)


async def test_a_domain_in_its_boot_menu_is_booting_and_not_paused(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        # Another has started it, and a menu waits on a terminal that is not ours.
        state = host.simulator.state
        guest = state.guest(it.number("web1") or 0)
        assert guest is not None
        state.update(replace(guest, phase=GuestPhase.MENU, pauses=1))
        it.app.here.poller.poke()
        await it.until(lambda: any("web1" in line and "B booting" in line for line in it.lines))
        await it.shows("its boot loader is running")
        for key in ("z", "u", "s"):
            await it.press(key)
            await it.until(lambda: "web1: cannot" in it.notice and "it is booting" in it.notice)
            await it.press("escape")
            await it.until(lambda: "cannot" not in it.notice)
        state.update(replace(guest, phase=GuestPhase.BUILDING, pauses=1))
        it.app.here.poller.poke()
        await it.shows("booting xl is building it")
        state.update(guest)
        it.app.here.poller.poke()
        await it.until(lambda: it.state("web1") == "running")
        await it.hides("B booting")


async def test_a_start_that_has_begun_is_not_begun_again(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("router")
        released = asyncio.Event()

        async def work(_job: Job) -> str:
            await released.wait()
            return "started"

        it.app.jobs.start("start", "router", work)
        await it.until(lambda: any("router" in line and "B booting" in line for line in it.lines))
        await it.press("s")
        await it.until(lambda: "router: cannot start: it is booting already" in it.notice)
        released.set()
        await it.until(lambda: any("router" in line and "- off" in line for line in it.lines))
