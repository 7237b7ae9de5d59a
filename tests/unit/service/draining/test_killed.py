"""xentui killed in the middle of a drain: what goes on by itself, what is seen of it, and how it is taken up again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.unit.service.draining.conftest import Hosts
from tests.unit.service.draining.test_draining import moving, record, settled
from tests.waiting import until
from xentui.model.drain import DrainRecord
from xentui.simulator import control

_WORDS = ("--host", "sim:a,sim:b", "drain", "sim:a", "--to", "sim:b", "--shutdown", "--yes")
_POINTS = [("start_drain_job", 1), ("look_job", 1), ("look_job", 2), ("look_job", 5)]


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


@pytest.mark.parametrize(("operation", "turn"), _POINTS)
async def test_whatever_it_was_killed_at_the_host_goes_on(hosts: Hosts, operation: str, turn: int) -> None:
    definitions = hosts.by["a"].definitions
    await definitions.autostart(await hosts.running("web"), on=True, order=5)
    await definitions.autostart(await hosts.running("old", kind="pv"), on=True, order=7)
    assert await killed(operation, turn, *_WORDS) == -signal.SIGKILL
    for it in hosts.by.values():
        await settled(it)
    assert await hosts.where() == {"web": "b:on", "old": "a:off"}
    assert all(each.done for each in (await record(hosts)).guests)
    assert (await autostarts(hosts, "a"), await autostarts(hosts, "b")) == ({}, {"web": 5})
    web = await hosts.by["b"].inventory.find("web")
    versions = await hosts.by["b"].history.versions(web)
    assert web.managed
    assert [each.event for each in versions] == ["created", "arrived"]
    assert (await hosts.by["a"].inventory.poll()).odd == ()
    assert await hosts.run("drain", "--status") == 0
    assert [line.split(maxsplit=2)[1:] for line in hosts.out[1:]] == [
        ["web", "moves to sim:b: done: runs on sim:b"],
        ["old", "shut down: done: is shut down"],
    ]
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "old": "a:on"}
    assert (await autostarts(hosts, "a"), await autostarts(hosts, "b")) == ({"web": 5, "old": 7}, {})
    assert await record(hosts) == DrainRecord()


async def test_killed_before_it_was_agreed_to_nothing_is_done(hosts: Hosts) -> None:
    await hosts.running("web")
    assert await killed("read_drain", 1, *_WORDS) == -signal.SIGKILL
    assert await hosts.where() == {"web": "a:on"}
    assert await record(hosts) == DrainRecord()


async def test_as_long_as_the_host_is_at_it_everybody_sees_that_and_follows_it(hosts: Hosts) -> None:
    for name, memory in (("web", 512), ("app", 256)):
        await hosts.running(name, memory=memory)
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    drain = asyncio.create_task(killed("nothing", 1, *_WORDS))
    await moving(hosts, "web")
    (told,) = (await hosts.by["a"].inventory.poll()).odd
    assert "drains it at this moment, 2 left: app, web; now web" in told
    assert await hosts.run("undrain", "--yes") == 1
    assert any("drains or undrains it at this moment" in note for note in hosts.notes)
    second = asyncio.create_task(hosts.run("drain", "--yes", "--to", "sim:c"))
    await until(lambda: any("followed from here" in note for note in hosts.notes))
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    assert await drain == 0
    assert await second == 0
    assert [note for note in hosts.notes if "runs on" in note] == [
        "web: runs on sim:b",
        "app: runs on sim:b",
    ], "what the first has agreed to is done"
    assert (await hosts.by["a"].inventory.poll()).odd == ()


async def test_who_only_follows_does_not_end_it(hosts: Hosts) -> None:
    await hosts.running("web")
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    first = asyncio.create_task(killed("look_job", 2, *_WORDS))
    await moving(hosts, "web")
    assert await first == -signal.SIGKILL
    second = asyncio.create_task(hosts.run("drain", "--yes"))
    await until(lambda: any("followed from here" in note for note in hosts.notes))
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    await settled(hosts.by["a"])
    assert await hosts.where() == {"web": "b:on"}


@pytest.mark.parametrize(("word", "where"), [("--stop", "b:on"), ("--cancel", "a:on")])
async def test_it_is_ended_after_the_guest_in_progress_or_with_it(
    hosts: Hosts, word: str, where: str
) -> None:
    for name, memory in (("web", 512), ("app", 256)):
        await hosts.running(name, memory=memory)
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    assert await killed("look_job", 2, *_WORDS) == -signal.SIGKILL
    await moving(hosts, "web")
    assert await hosts.run("drain", word) == 0
    if word == "--stop":
        control.hold_migrations(hosts.sims["a"].simulator, "mended")
    await settled(hosts.by["a"])
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    assert await hosts.where() == {"web": where, "app": "a:on"}
    assert await hosts.run("drain", "--status") == 1
    assert hosts.out[0] == f"sim:a: the drain has ended, {int(word == '--stop')} of 2 done"
    assert hosts.out[2].endswith("is not begun: the drain was stopped before")
    odd = (await hosts.by["a"].inventory.poll()).odd
    assert any("the drain was stopped (" in line for line in odd), odd
    assert await hosts.run("drain", word) == 1
    assert "is not being drained at this moment" in hosts.notes[0]
    assert await hosts.run("drain", "--yes") == 0
    assert "goes on as it was agreed to: --to sim:b --shutdown" in hosts.notes
    assert await hosts.where() == {"web": "b:on", "app": "b:on"}


async def test_a_read_only_session_neither_begins_nor_ends_it_and_looks(hosts: Hosts) -> None:
    await hosts.running("web")
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    assert await killed("look_job", 2, *_WORDS) == -signal.SIGKILL
    await moving(hosts, "web")
    able, hosts.by["a"] = (
        hosts.by["a"],
        hosts.by["a"].stricter(read_only=True, dry_run=False, announce=print),
    )
    for words in ((), ("--stop",), ("--cancel",)):
        assert await hosts.run("drain", "--yes", *words) == 1
        assert any("read-only" in note for note in hosts.notes)
    assert await hosts.run("drain", "--status") == 0
    assert hosts.out[0].endswith(" drains it at this moment, 0 of 1 done")
    hosts.by["a"] = able
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    await settled(able)
    assert await hosts.where() == {"web": "b:on"}


async def test_killed_with_the_power_of_the_host_the_next_goes_on_as_it_was_agreed_to(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hosts.running("web", memory=512)
    await hosts.running("old", kind="pv")
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    assert await killed("look_job", 2, *_WORDS) == -signal.SIGKILL
    await moving(hosts, "web")
    store = Path(hosts.sims["a"].store_root)
    for job in (store / "jobs").iterdir():
        _kill_those_of(str(job / "lock"))
    control.lose_power(hosts.sims["a"].simulator)
    control.lose_power(hosts.sims["b"].simulator)  # what had arrived there was none
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    monkeypatch.setattr("xentui.agent.store.audit.boot_id", lambda: "the next")
    await hosts.by["a"].inventory.poll()
    await settled(hosts.by["a"])
    assert await hosts.run("drain", "--status") == 1
    assert "web" in hosts.out[1]
    assert "failed: the drain was killed on the host" in hosts.out[1]
    assert await hosts.run("drain", "--yes") in (0, 1)
    assert "goes on as it was agreed to: --to sim:b --shutdown" in hosts.notes
    assert set((await hosts.where()).values()) == {"a:off"}, "nowhere do two run"


def _kill_those_of(lock: str) -> None:
    """Kill every process that has a lock open, as a loss of power does."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                if any(os.readlink(fd) == lock for fd in (process / "fd").iterdir()):
                    os.kill(int(process.name), signal.SIGKILL)
