"""A host brought back by itself: followed, ended early, taken up again, and each guest looked at again in its turn."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.draining.conftest import Hosts
from tests.unit.service.draining.test_draining import record, settled
from tests.unit.service.draining.test_killed import autostarts, killed
from tests.waiting import PATIENCE, until
from xentui.errors import StoreCode, StoreError
from xentui.hosts import operations
from xentui.hosts.reach import Reach
from xentui.model.drain import DrainedGuest, DrainRecord, DrainWay
from xentui.model.job import JobLook
from xentui.service.draining import Undraining
from xentui.simulator import control

_WORDS = ("--host", "sim:a,sim:b", "undrain", "sim:a", "--yes")


async def drained(hosts: Hosts, *names: str, old: bool = False) -> None:
    """Have guests of a, which run, be on b, and one that cannot move be shut down."""
    for number, name in enumerate(names):
        await hosts.running(name, memory=512 >> number)
    if old:
        await hosts.running("old", kind="pv")
    assert await hosts.run("drain", "--yes", "--to", "sim:b", "--shutdown") == 0


def returning(hosts: Hosts) -> Undraining:
    return Undraining(hosts.by["a"], {f"sim:{name}": hosts.by[name] for name in "bc"})


async def told_by(hosts: Hosts, it: Undraining, plan: Any, **options: Any) -> dict[str, str]:
    """Have the host do a plan; what came of each guest."""
    assert plan.by_client == ()

    async def look(_told: JobLook) -> None:
        """Nobody looks on."""

    told = await it.sequence(plan, **options).follow(look)
    return {each.name: f"{each.state.value}: {each.why}" for each in told.outcomes}


async def leaving(hosts: Hosts, name: str) -> None:
    """Wait until a guest moves away from host b."""

    async def moves() -> bool:
        jobs = (await hosts.by["b"].inventory.glance()).jobs
        return any(job.kind == "migrate" and job.subject == name for job in jobs)

    await until(moves)


# Whoever looks on


@pytest.mark.parametrize(
    ("operation", "turn"), [("start_drain_job", 1), ("look_job", 1), ("look_job", 2), ("look_job", 4)]
)
async def test_whatever_the_client_was_killed_at_the_host_goes_on(
    hosts: Hosts, operation: str, turn: int
) -> None:
    definitions = hosts.by["a"].definitions
    await definitions.autostart(await hosts.guest("off"), on=True, order=3)
    await definitions.autostart(await hosts.running("web"), on=True, order=5)
    await definitions.autostart(await hosts.running("old", kind="pv"), on=True, order=7)
    assert await hosts.run("drain", "--yes", "--to", "sim:b", "--shutdown") == 0
    assert await killed(operation, turn, *_WORDS) == -signal.SIGKILL
    await settled(hosts.by["a"])
    assert await hosts.where() == {"web": "a:on", "old": "a:on", "off": "a:off"}
    assert await autostarts(hosts, "a") == {"off": 3, "web": 5, "old": 7}
    assert await record(hosts) == DrainRecord()
    web = await hosts.by["a"].inventory.find("web")
    events = [each.event for each in await hosts.by["a"].history.versions(web)]
    assert events == ["created", "arrived", "arrived"], "it has come back once"
    assert await hosts.run("undrain", "--status") == 0
    assert hosts.out[0] == "sim:a: the undrain has ended, 3 of 3 done"
    assert {line.split(maxsplit=2)[1]: line.split(maxsplit=2)[2] for line in hosts.out[1:]} == {
        "off": "autostart: done: starts with the host again",
        "old": "started: done: is started",
        "web": "moves to sim:a: done: is back",
    }


async def test_everybody_sees_that_it_goes_on_and_a_second_follows_it_and_a_drain_is_refused(
    hosts: Hosts,
) -> None:
    await drained(hosts, "web", "app")
    control.hold_migrations(hosts.sims["b"].simulator, "copy")
    first = asyncio.create_task(killed("nothing", 1, *_WORDS))
    await leaving(hosts, "app")
    (told,) = (await hosts.by["a"].inventory.poll()).odd
    assert "undrains it at this moment, 2 still away: web, app; now app" in told
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 1
    assert any("drains or undrains it at this moment" in note for note in hosts.notes)
    assert await hosts.run("undrain", "--forget", "--yes") == 1
    assert await hosts.run("drain", "--stop") == 1
    second = asyncio.create_task(hosts.run("undrain", "--yes"))
    await until(lambda: any("followed from here" in note for note in hosts.notes))
    control.hold_migrations(hosts.sims["b"].simulator, "mended")
    assert (await first, await second) == (0, 0)
    assert [note for note in hosts.notes if "is back" in note][:2] == ["app: is back", "web: is back"]
    assert await hosts.where() == {"web": "a:on", "app": "a:on"}


async def test_two_that_begin_at_once_bring_each_guest_back_once(hosts: Hosts) -> None:
    await drained(hosts, "web")
    mine, other = returning(hosts), returning(hosts)
    plan, same = await mine.plan(), await other.plan()
    assert await told_by(hosts, mine, plan) == {"web": "done: is back"}
    with pytest.raises(StoreError) as caught:
        await told_by(hosts, other, same)
    assert caught.value.code == StoreCode.CONFLICT
    assert await hosts.where() == {"web": "a:on"}


@pytest.mark.parametrize(("word", "where"), [("--stop", "a:on"), ("--cancel", "b:on")])
async def test_it_is_ended_after_the_guest_in_progress_or_with_it(
    hosts: Hosts, word: str, where: str
) -> None:
    await drained(hosts, "web", "app")
    control.hold_migrations(hosts.sims["b"].simulator, "copy")
    assert await killed("look_job", 2, *_WORDS) == -signal.SIGKILL
    await leaving(hosts, "app")
    assert await hosts.run("undrain", word) == 0
    if word == "--stop":
        control.hold_migrations(hosts.sims["b"].simulator, "mended")
    await settled(hosts.by["a"])
    control.hold_migrations(hosts.sims["b"].simulator, "mended")
    assert await hosts.where() == {"web": "b:on", "app": where}
    assert await hosts.run("undrain", "--status") == 1
    assert hosts.out[0] == f"sim:a: the undrain has ended, {int(word == '--stop')} of 2 done"
    assert hosts.out[2].endswith("is not begun: the undrain was stopped before")
    odd = (await hosts.by["a"].inventory.poll()).odd
    assert any("the undrain was stopped (" in line for line in odd), odd
    assert await hosts.run("undrain", word) == 1
    assert "is not being undrained at this moment" in hosts.notes[0]
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "app": "a:on"}


async def test_a_read_only_session_only_looks(hosts: Hosts) -> None:
    await drained(hosts, "web")
    able = hosts.by["a"]
    hosts.by["a"] = able.stricter(read_only=True, dry_run=False, announce=print)
    for words in ((), ("--stop",), ("--cancel",), ("--forget",)):
        assert await hosts.run("undrain", "--yes", *words) == 1
        assert any("read-only" in note for note in hosts.notes)
    assert await hosts.run("undrain", "--status") == 1
    assert "no undrain of it is known" in hosts.notes[0]
    hosts.by["a"] = able
    assert await hosts.where() == {"web": "b:on"}


# Where the host does not get into the other


async def test_where_ssh_is_missing_it_says_what_and_does_it_from_here(hosts: Hosts) -> None:
    await drained(hosts, "web", old=True)
    hosts.sims["b"]._reach = Reach("root@nowhere")
    assert await hosts.run("undrain", "--yes") == 0
    told = [note for note in hosts.notes if "does not do it by itself" in note]
    assert told == [
        "! sim:a does not do it by itself (ssh): sim:a does not get into root@nowhere: the host name is "
        "unknown (ssh: Could not resolve hostname nowhere: Name or service not known)"
    ]
    assert any("must answer" in note for note in hosts.notes), "and what to do"
    assert any("this xentui brings them back, one by one: keep it running" in note for note in hosts.notes)
    assert await hosts.where() == {"web": "a:on", "old": "a:on"}
    assert await record(hosts) == DrainRecord()


async def test_another_host_behind_the_address_is_no_host_to_begin_anything_on(hosts: Hosts) -> None:
    await drained(hosts, "web")
    hosts.sims["b"]._reach = Reach("sim-c")
    (finding,) = (await returning(hosts).plan()).by_client
    assert (finding.word, finding.why) == ("other-host", "sim-c leads sim:a to another host than sim:b")


# What has changed since the plan was made


async def test_a_guest_that_is_renamed_meanwhile_comes_by_its_uuid(hosts: Hosts) -> None:
    await drained(hosts, "web")
    b = hosts.by["b"]
    it = returning(hosts)
    plan = await it.plan()
    await b.definitions.rename(await b.inventory.find("web"), "shop")
    assert await told_by(hosts, it, plan) == {"web": "done: is back"}
    assert await hosts.where() == {"shop": "a:on"}


async def test_a_guest_that_is_another_meanwhile_is_left_and_the_others_come(hosts: Hosts) -> None:
    await drained(hosts, "gone", "held", "web", old=True)
    a, b = hosts.by["a"], hosts.by["b"]
    it = returning(hosts)
    plan = await it.plan()
    gone = await b.inventory.find("gone")
    await b.lifecycle.shutdown(gone)
    await b.lifecycle.wait_gone(gone, timeout=PATIENCE)
    await b.lifecycle.pause(await b.inventory.find("held"))
    await a.lifecycle.start(await a.inventory.find("old"))
    assert await told_by(hosts, it, plan) == {
        "old": "done: runs here meanwhile",
        "web": "done: is back",
        "held": "skipped: it is paused meanwhile",
        "gone": "skipped: it is on sim:b no more, or does not run there",
    }
    assert [each.name for each in (await record(hosts)).guests] == ["gone", "held"]
    await b.lifecycle.unpause(await b.inventory.find("held"))
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"gone": "a:off", "held": "a:on", "web": "a:on", "old": "a:on"}
    assert await record(hosts) == DrainRecord()


async def test_a_guest_that_was_removed_or_edited_at_home_meanwhile_is_not_started(hosts: Hosts) -> None:
    await hosts.running("gone", kind="pv")
    await hosts.running("edited", kind="pv")
    assert await hosts.run("drain", "--yes", "--to", "none") == 0
    a = hosts.by["a"]
    it = returning(hosts)
    plan = await it.plan()
    await a.definitions.delete(await a.inventory.find("gone"))
    edited = await a.inventory.find("edited")
    entry = await a.session.store.read(edited.uuid)
    await a.session.store.put(edited.uuid, "edited", f"{entry.text}vcpus = 2\n", expect=entry)
    assert await told_by(hosts, it, plan) == {
        "gone": "skipped: it is not here any more",
        "edited": "skipped: what is stored of it is another meanwhile",
    }
    assert await hosts.where() == {"edited": "a:off"}


async def test_a_disk_that_another_uses_meanwhile_keeps_a_guest_off(hosts: Hosts) -> None:
    await hosts.running("old", kind="pv", disk=True)
    assert await hosts.run("drain", "--yes", "--to", "none") == 0
    a = hosts.by["a"]
    it = returning(hosts)
    plan = await it.plan()
    text = 'name = "thief"\ntype = "pv"\nmemory = 128\nkernel = "/boot/vmlinuz-6.1.0-56-amd64"\n'
    text += "disk = ['/srv/guests/old.img,raw,xvda,w']\n"
    Path(hosts.sims["a"].host_path("/etc/xen/thief.cfg")).write_text(text)
    await a.lifecycle.create("/etc/xen/thief.cfg")
    assert await told_by(hosts, it, plan) == {"old": "skipped: another domain uses a disk of it meanwhile"}
    assert (await hosts.where())["old"] == "a:off"


async def test_a_host_that_has_no_room_meanwhile_leaves_the_guest_where_it_runs(hosts: Hosts) -> None:
    await drained(hosts, "web")
    it = returning(hosts)
    plan = await it.plan()
    hosts.memory("a", 600)
    (why,) = (await told_by(hosts, it, plan)).values()
    assert why.startswith("skipped: sim:a has ")
    assert await hosts.where() == {"web": "b:on"}


async def test_a_host_that_vanishes_keeps_its_guests_and_the_next_time_brings_them_back(hosts: Hosts) -> None:
    await drained(hosts, "web", old=True)
    it = returning(hosts)
    plan = await it.plan()
    control.vanish(hosts.sims["b"].simulator)
    assert await told_by(hosts, it, plan) == {
        "old": "done: is started",
        "web": "skipped: sim:b: xl list does not answer",
    }
    assert [each.name for each in (await record(hosts)).guests] == ["web"]
    control.come_back(hosts.sims["b"].simulator)
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "old": "a:on"}


async def test_a_line_between_the_hosts_that_is_cut_leaves_the_guest_and_the_next_goes_on(
    hosts: Hosts,
) -> None:
    await drained(hosts, "web", "app", old=True)
    control.cut_migrations(hosts.sims["b"].simulator, "copy")
    assert await hosts.run("undrain", "--yes") == 1
    assert await hosts.where() == {"web": "b:on", "app": "b:on", "old": "a:on"}
    told = [note.strip() for note in hosts.notes]
    assert any(note.startswith("app: was not moved to sim:a: `xl migrate` failed") for note in told), told
    assert "web: was not begun" in told
    control.cut_migrations(hosts.sims["b"].simulator, "mended")
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "app": "a:on", "old": "a:on"}


async def test_a_guest_that_a_drain_of_the_other_host_takes_on_is_left(hosts: Hosts) -> None:
    await drained(hosts, "web")
    it = returning(hosts)
    plan = await it.plan()
    assert await hosts.run("drain", "sim:b", "--yes", "--to", "sim:c") == 0
    assert await told_by(hosts, it, plan) == {"web": "skipped: it is on sim:b no more, or does not run there"}
    assert await hosts.where() == {"web": "c:on"}


async def test_names_that_hosts_and_records_make_up_are_never_run(hosts: Hosts) -> None:
    await hosts.guest("web")
    bad = DrainedGuest(
        "00000000-0000-0000-0000-000000000001", "x\x1b[31m$(reboot)", DrainWay.SHUTDOWN, "", autostart=True
    )
    await hosts.by["a"].session.store.write_drain(0, (bad,))
    assert await hosts.run("undrain", "--yes") == 0
    assert all("\x1b" not in line for line in (*hosts.out, *hosts.notes))
    assert await record(hosts) == DrainRecord()


async def test_what_makes_no_sense_is_no_job(hosts: Hosts) -> None:
    await drained(hosts, "web")
    serial = (await record(hosts)).serial
    told: list[dict[str, Any]] = [
        {"steps": []},
        {"steps": [{"does": "move"}], "details": ["xl"]},
        {"steps": "all", "details": ["xl"]},
    ]
    for broken in told:
        with pytest.raises(StoreError) as caught:
            await hosts.by["a"].host.call(
                operations.start_drain_job,
                job="0" * 32,
                prefix=[],
                serial=serial,
                record={"guests": [], "doing": "undrain"},
                sequence=broken,
                commands=dict(store_commands(hosts)),
                auto_dir="/etc/xen/auto",
            )
        assert caught.value.code == StoreCode.INVALID


def store_commands(hosts: Hosts) -> dict[str, list[str]]:
    found = hosts.by["a"].session.toolstack.jobs
    assert found is not None
    return {name: list(argv) for name, argv in found.by_name().items()}
