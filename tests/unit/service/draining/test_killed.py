"""xentui killed in the middle of a drain: what goes on by itself, what is seen of it, and how it is taken up again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from tests.unit.service.draining.conftest import Hosts
from tests.unit.service.draining.test_draining import record, settled
from xentui.model.drain import DrainRecord
from xentui.service.draining import Draining
from xentui.simulator import control

_WORDS = ("--host", "sim:a,sim:b", "drain", "sim:a", "--to", "sim:b", "--shutdown", "--yes")
_POINTS = [
    ("hold_drain", 1, ""),
    ("write_drain", 1, "2 left: web, old"),
    ("write_drain", 2, "2 left: old, web"),
    ("start_migrate_job", 1, "1 left: old"),
    ("look_job", 1, "1 left: old"),
    ("write_drain", 3, "1 left: old"),
    ("write_drain", 4, "1 left: old"),
    ("write_drain", 5, ""),
]


async def killed(operation: str, turn: int, *words: str) -> int:
    """Run xentui until it is killed there; its exit status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.unit.service.draining.killed",
        operation,
        str(turn),
        *words,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _out, said = await process.communicate()
    assert process.returncode is not None, said
    return process.returncode


async def autostarts(hosts: Hosts, name: str) -> dict[str, int | None]:
    """In which place each guest starts with a host."""
    domains = (await hosts.by[name].inventory.poll()).domains
    return {each.name: each.autostart_order for each in domains if each.autostart}


@pytest.mark.parametrize(("operation", "turn", "left"), _POINTS)
async def test_whatever_it_was_killed_at_nothing_is_lost_and_the_next_goes_on(
    hosts: Hosts, operation: str, turn: int, left: str
) -> None:
    definitions = hosts.by["a"].definitions
    await definitions.autostart(await hosts.running("web"), on=True, order=5)
    await definitions.autostart(await hosts.running("old", kind="pv"), on=True, order=7)
    assert await killed(operation, turn, *_WORDS) == -signal.SIGKILL
    for it in hosts.by.values():
        await settled(it)
    await hosts.run("list")
    told = [note for note in hosts.notes if "broke off" in note]
    assert ["the drain broke off (" in note for note in told] == ([True] if left else [])
    assert all(left in note and "`drain` continues it" in note for note in told)
    assert await hosts.run("drain", "--yes", "--to", "sim:b", "--shutdown") == 0
    assert await hosts.where() == {"web": "b:on", "old": "a:off"}
    assert (await autostarts(hosts, "a"), await autostarts(hosts, "b")) == ({}, {"web": 5})
    web = await hosts.by["b"].inventory.find("web")
    versions = await hosts.by["b"].history.versions(web)
    assert web.managed
    assert [each.event for each in versions] == ["created", "arrived"]
    assert not any("broke off" in problem for problem in (await hosts.by["a"].inventory.poll()).odd)
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "old": "a:on"}
    assert (await autostarts(hosts, "a"), await autostarts(hosts, "b")) == ({"web": 5, "old": 7}, {})
    assert await record(hosts) == DrainRecord()


async def test_killed_while_it_brings_back_it_says_what_is_away_still(hosts: Hosts) -> None:
    await hosts.running("web")
    await hosts.running("other", memory=512)
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 0
    words = ("--host", "sim:a,sim:b", "undrain", "sim:a", "--yes")
    assert await killed("write_drain", 2, *words) == -signal.SIGKILL
    await hosts.run("list")
    assert any(
        "the undrain broke off" in note and "1 still away: other; `undrain` continues it" in note
        for note in hosts.notes
    )
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "other": "a:on"}


async def test_as_long_as_somebody_is_at_it_nobody_else_is(hosts: Hosts) -> None:
    await hosts.running("web")
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    drain = asyncio.create_task(killed("nothing", 1, *_WORDS))
    async with asyncio.timeout(60):
        while not (await hosts.by["a"].inventory.glance()).jobs:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    (told,) = (await hosts.by["a"].inventory.poll()).odd
    assert "drains it at this moment, 1 left: web" in told
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    assert await drain == 0
    assert (await hosts.by["a"].inventory.poll()).odd == ()
    assert await hosts.where() == {"web": "b:on"}


async def test_a_second_that_begins_beside_it_is_refused_and_does_not_stop_the_first(hosts: Hosts) -> None:
    await hosts.running("web")
    first = Draining(hosts.by["a"], hosts.others)
    plan = await first.plan()
    async with first.at_work(plan):
        assert await hosts.run("drain", "--yes") == 1
        assert any("drains or undrains it at this moment" in note for note in hosts.notes)
        assert await hosts.run("undrain", "--yes") == 1
        for step in plan.doing:
            await first.do(step)
    assert "a:on" not in (await hosts.where()).values()
