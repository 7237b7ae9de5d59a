"""The job that empties a host, or brings it back, killed at each of its points: what takes it up loses nothing."""

from __future__ import annotations

import re

import pytest

from tests.unit.service.draining.conftest import Hosts
from tests.unit.service.draining.test_draining import record, settled
from tests.unit.service.draining.test_killed import autostarts
from xentui.agent import remote
from xentui.commands import drain_report
from xentui.model.drain import DrainRecord, DrainWay
from xentui.model.job import HostJobState, JobLook

_KILLED = """
import os
from xentui.agent import job_process
from xentui.agent.jobs import worker
turns = 0
def reached(point):
    global turns
    turns += point == {point!r}
    if point == {point!r} and turns == {turn}:
        os.kill(os.getpid(), 9)
worker.reached = reached
job_process.main(sys.argv[1:])
"""
_DRAIN = ("drain", "--yes", "--to", "sim:b", "--shutdown")


def kill_at(patch: pytest.MonkeyPatch, point: str, turn: int) -> None:
    """Have the jobs that this process begins be killed when they get there for that time."""
    program = remote.for_child(remote.JOB, _KILLED.format(point=point, turn=turn).encode())
    patch.setattr(remote, "job_program", lambda: program)


async def guests(hosts: Hosts) -> None:
    definitions = hosts.by["a"].definitions
    await definitions.autostart(await hosts.guest("off"), on=True, order=3)
    await definitions.autostart(await hosts.running("web"), on=True, order=5)
    await definitions.autostart(await hosts.running("old", kind="pv"), on=True, order=7)


async def all_settled(hosts: Hosts) -> None:
    for it in hosts.by.values():
        await settled(it)


@pytest.mark.parametrize(
    ("point", "turn"),
    [
        ("before step", 1),
        ("before move", 1),
        ("after move", 1),
        ("before step", 2),
        ("before shutdown", 1),
        ("after shutdown", 1),
        ("after unlink", 1),
        ("before step", 3),
        ("before end", 1),
    ],
)
async def test_a_drain_goes_on_where_it_was_killed(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch, point: str, turn: int
) -> None:
    await guests(hosts)
    with monkeypatch.context() as patch:
        kill_at(patch, point, turn)
        assert await hosts.run(*_DRAIN) == 1
    assert any("the drain was killed on the host" in note for note in hosts.notes), hosts.notes
    await all_settled(hosts)
    where = await hosts.where()
    assert where["web"] in ("a:on", "b:on"), "at one place, and running"
    assert await hosts.run(*_DRAIN) == 0, hosts.notes
    assert await hosts.where() == {"web": "b:on", "old": "a:off", "off": "a:off"}
    # By what a drain records that nobody killed all are brought back; a migration takes the autostart along.
    assert {
        each.name: (each.way, each.to, each.done, each.order) for each in (await record(hosts)).guests
    } == {
        "off": (DrainWay.AUTOSTART, "", True, 3),
        "web": (DrainWay.MOVE, "sim:b", True, None),
        "old": (DrainWay.SHUTDOWN, "", True, 7),
    }
    assert (await autostarts(hosts, "a"), await autostarts(hosts, "b")) == ({}, {"web": 5})
    web = await hosts.by["b"].inventory.find("web")
    events = [each.event for each in await hosts.by["b"].history.versions(web)]
    assert events == ["created", "arrived"], "moved once"


async def test_what_a_drain_has_taken_away_that_was_killed_and_went_on_comes_back(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guests(hosts)
    with monkeypatch.context() as patch:
        kill_at(patch, "after unlink", 1)
        assert await hosts.run(*_DRAIN) == 1
    await all_settled(hosts)
    assert await hosts.run(*_DRAIN) == 0, hosts.notes
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "old": "a:on", "off": "a:off"}
    assert await autostarts(hosts, "a") == {"off": 3, "web": 5, "old": 7}
    assert await record(hosts) == DrainRecord()


@pytest.mark.parametrize(
    ("point", "turn"),
    [
        ("before step", 1),
        ("before forget", 1),
        ("after forget", 1),
        ("before start", 1),
        ("after start", 1),
        ("before forget", 2),
        ("before move", 1),
        ("after start of move", 1),
        ("after move", 1),
        ("before forget", 3),
        ("before end", 1),
    ],
)
async def test_an_undrain_goes_on_where_it_was_killed(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch, point: str, turn: int
) -> None:
    await guests(hosts)
    assert await hosts.run(*_DRAIN) == 0
    with monkeypatch.context() as patch:
        kill_at(patch, point, turn)
        assert await hosts.run("undrain", "--yes") == 1
    assert any("the undrain was killed on the host" in note for note in hosts.notes), hosts.notes
    await all_settled(hosts)
    assert (await hosts.where())["web"] in ("a:on", "b:on"), "at one place, and running"
    left = (await record(hosts)).guests
    assert await hosts.run("undrain", "--yes") == (0 if left else 1)
    assert await hosts.where() == {"web": "a:on", "old": "a:on", "off": "a:off"}
    assert (await autostarts(hosts, "a"), await autostarts(hosts, "b")) == (
        {"off": 3, "web": 5, "old": 7},
        {},
    )
    web = await hosts.by["a"].inventory.find("web")
    events = [each.event for each in await hosts.by["a"].history.versions(web)]
    assert events == ["created", "arrived", "arrived"], "it has come back once"
    assert await record(hosts) == DrainRecord()


async def test_killed_while_it_brings_back_everybody_is_told_what_is_away_still(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hosts.running("web")
    await hosts.running("other", memory=512)
    assert await hosts.run(*_DRAIN) == 0
    with monkeypatch.context() as patch:
        kill_at(patch, "after forget", 1)
        assert await hosts.run("undrain", "--yes") == 1
    await all_settled(hosts)
    await hosts.run("list")
    assert any(
        "the undrain broke off" in note and "1 still away: other" in note and "`undrain` continues it" in note
        for note in hosts.notes
    ), hosts.notes
    assert await hosts.run("undrain", "--status") == 1
    # What it has left is settled at the first look, by a job of the host again; that may have ended by now.
    assert re.match("sim:a: the undrain (was killed|has ended), 0 of 2 done$", hosts.out[0])
    assert "the undrain was killed on the host" in hosts.out[1]
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "other": "a:on"}


@pytest.mark.parametrize(
    ("state", "held", "how"),
    [
        (HostJobState.RUNNING, "admin@desk", "admin@desk undrains it at this moment"),
        (HostJobState.RUNNING, "", "the undrain was killed"),
        (HostJobState.INTERRUPTED, "", "the undrain was killed"),
        (HostJobState.ENDED, "", "the undrain has ended"),
    ],
)
def test_a_job_that_settles_what_one_has_left_that_was_killed_is_none_that_goes_on(
    state: HostJobState, held: str, how: str
) -> None:
    assert list(drain_report.status(JobLook(state, None), "sim:a", held, "undrain")) == [
        f"sim:a: {how}, 0 of 0 done"
    ]
