"""A host emptied and brought back: in order, one after the other, and exactly what was there, whatever breaks."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.draining.conftest import Hosts
from tests.waiting import PATIENCE, until
from xentui.commands import drain_reconnect
from xentui.commands.context import Context
from xentui.commands.run import find_verb, parse_verb, run_verb
from xentui.commands.suggestions import as_command_line
from xentui.errors import HostError, NotAllowedError, Render, StoreCode, StoreError
from xentui.hosts.sim import SimHost
from xentui.model.drain import DrainedGuest, DrainRecord, DrainWay
from xentui.model.job import JobLook
from xentui.service.draining import Draining, HostPlan, StepKind, Undraining
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.run import GoesOnError
from xentui.service.migrating import Migrating, target_survey
from xentui.simulator import control
from xentui.tui.suggestions import as_key


def draining(hosts: Hosts) -> Draining:
    return Draining(hosts.by["a"], hosts.others, patience=20)


def kinds(plan: HostPlan) -> list[tuple[str, str, str]]:
    return [(step.name, step.kind.value, step.to) for step in plan.steps]


async def done(it: Draining, plan: HostPlan, **options: Any) -> dict[str, str]:
    """Have the host do a plan; what came of each guest: ``done: runs on sim:b``."""

    async def look(_told: JobLook) -> None:
        """Nobody looks on."""

    told = await it.sequence(plan, **options).follow(look)
    return {each.name: f"{each.state.value}: {each.why}" for each in told.outcomes}


async def emptied(hosts: Hosts, **options: Any) -> HostPlan:
    """Empty host a; the plan that was carried out."""
    it = draining(hosts)
    plan = await it.plan(**options)
    told = await done(it, plan)
    assert all(each.startswith("done: ") for each in told.values()), told
    return plan


async def record(hosts: Hosts) -> DrainRecord:
    return await hosts.by["a"].session.store.read_drain()


def cut(host: SimHost, operation: str) -> None:
    """Have our line to a host break after the answer to an operation is on its way, for good."""
    call, down = host.call, False

    async def broken(asked: Any, *_: Any, **arguments: Any) -> Any:
        nonlocal down
        if down:
            raise HostError("the line is cut")
        answer = await call(asked, **arguments)
        if asked == operation:
            down = True
            raise HostError("the line is cut")
        return answer

    host.call = broken  # type: ignore[method-assign, assignment]


async def moving(hosts: Hosts, name: str) -> None:
    """Wait until a guest moves away from host a."""

    async def moves() -> bool:
        jobs = (await hosts.by["a"].inventory.glance()).jobs
        return any(job.kind == "migrate" and job.subject == name for job in jobs)

    await until(moves)


async def settled(it: Hypervisor) -> None:
    """Wait until no job goes on on a host."""

    async def rests() -> bool:
        return not any(job.under_way for job in (await it.inventory.poll()).jobs)

    await until(rests)


# The plan


async def test_the_largest_is_moved_first_and_what_cannot_move_is_shut_down_last_started_first(
    hosts: Hosts,
) -> None:
    await hosts.running("small")
    await hosts.running("large", memory=1024)
    first, second = await hosts.running("db", kind="pv"), await hosts.running("app", kind="pv")
    for domain, place in ((first, 1), (second, 2)):
        await hosts.by["a"].definitions.autostart(domain, on=True, order=place)
    plan = await draining(hosts).plan(shutdown=True)
    assert [(name, kind) for name, kind, _to in kinds(plan)] == [
        ("large", "move"),
        ("small", "move"),
        ("app", "shutdown"),
        ("db", "shutdown"),
    ]
    assert "shadow" in plan.steps[2].why


async def test_what_is_promised_to_one_is_not_promised_to_another(hosts: Hosts) -> None:
    hosts.memory("b", 3800)
    hosts.memory("c", 100)
    for name in ("one", "two"):
        await hosts.running(name, memory=1024)
    plan = await draining(hosts).plan()
    assert kinds(plan) == [("one", "move", "sim:b"), ("two", "stay", "")]
    assert "no room beside those before it" in plan.steps[1].why


async def test_what_cannot_move_stays_and_says_why_and_that_it_could_be_shut_down(hosts: Hosts) -> None:
    await hosts.running("old", kind="pv")
    await hosts.by["a"].lifecycle.pause(await hosts.running("held"))
    plan = await draining(hosts).plan()
    assert {(step.name, step.kind) for step in plan.steps} == {
        ("old", StepKind.STAY),
        ("held", StepKind.STAY),
    }
    assert {step.name for step in plan.stoppable} == {"old"}
    assert any(step.why == "it is paused" for step in plan.staying)


async def test_a_transient_guest_is_never_shut_down_for_it(hosts: Hosts) -> None:
    await hosts.guest("brief", kind="pv")
    await hosts.by["a"].definitions.delete(await hosts.by["a"].inventory.find("brief"))
    await hosts.by["a"].lifecycle.create("/etc/xen/brief.cfg")
    plan = await draining(hosts).plan(shutdown=True)
    assert (kinds(plan), plan.stoppable) == ([("brief", "stay", "")], ())
    assert "transient" in plan.steps[0].why


async def test_a_host_that_is_away_is_told_and_the_others_take_all(hosts: Hosts) -> None:
    await hosts.running("web")
    control.vanish(hosts.sims["b"].simulator)
    plan = await draining(hosts).plan()
    assert plan.problems == ("sim:b could not be asked: the simulated host is away",)
    assert kinds(plan) == [("web", "move", "sim:c")]


async def test_a_fault_or_no_answer_of_one_host_is_that_hosts_line(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hosts.running("web")
    planned = Migrating.plans

    async def broken(self: Migrating, domains: Any, target: Hypervisor, **options: Any) -> Any:
        if target is hosts.by["b"]:
            raise RuntimeError("an answer nobody has foreseen")
        return await planned(self, domains, target, **options)

    monkeypatch.setattr(Migrating, "plans", broken)
    plan = await draining(hosts).plan()
    assert kinds(plan) == [("web", "move", "sim:c")]
    (problem,) = plan.problems
    assert problem.startswith("sim:b could not be asked: a fault of xentui itself: RuntimeError")

    async def silent(self: Migrating, domains: Any, target: Hypervisor, **options: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(Migrating, "plans", silent)
    monkeypatch.setattr(target_survey, "_PATIENCE", 0.05)
    async with asyncio.timeout(PATIENCE):
        plan = await draining(hosts).plan()
    assert plan.problems == tuple(f"sim:{name} could not be asked: no answer within 0.05 s" for name in "bc")


async def test_many_hosts_are_asked_a_few_at_a_time(hosts: Hosts) -> None:
    now = most = 0

    async def look(_target: Hypervisor) -> int:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return now

    assert len(await target_survey.asked(hosts.others * 10, look)) == 20
    assert most == 8


async def test_a_look_leaves_nothing(hosts: Hosts) -> None:
    await hosts.running("web")
    await draining(hosts).plan(shutdown=True)
    assert await record(hosts) == DrainRecord()


# What has changed since the plan was made


async def test_a_guest_that_has_ended_by_itself_is_no_failure_and_is_not_started_afterwards(
    hosts: Hosts,
) -> None:
    a = hosts.by["a"]
    await a.definitions.autostart(await hosts.running("kept", memory=512), on=True, order=4)
    await hosts.running("web")
    await hosts.running("old", kind="pv")
    it = draining(hosts)
    plan = await it.plan(shutdown=True)
    for step in plan.doing:
        assert step.domain is not None
        await a.lifecycle.shutdown(step.domain)
        await a.lifecycle.wait_gone(step.domain, timeout=PATIENCE)
    assert await done(it, plan) == {
        "kept": "done: does not start with the host meanwhile",
        "web": "done: has ended by itself",
        "old": "done: has ended by itself",
    }
    assert [(each.name, each.way, each.done) for each in (await record(hosts)).guests] == [
        ("kept", DrainWay.AUTOSTART, True)
    ]
    assert await hosts.run("undrain", "--yes") == 0
    assert set((await hosts.where()).values()) == {"a:off"}
    kept = await a.inventory.find("kept")
    assert (kept.autostart, kept.autostart_order) == (True, 4)


async def test_a_transient_guest_that_is_gone_is_no_failure(hosts: Hosts) -> None:
    a = hosts.by["a"]
    await hosts.guest("brief")
    await a.definitions.delete(await a.inventory.find("brief"))
    await a.lifecycle.create("/etc/xen/brief.cfg")
    it = draining(hosts)
    plan = await it.plan()
    assert [(step.name, step.kind) for step in plan.steps] == [("brief", StepKind.MOVE)]
    await a.lifecycle.destroy(await a.inventory.find("brief"))
    assert await done(it, plan) == {"brief": "done: is not here any more"}
    assert await record(hosts) == DrainRecord()


async def test_a_guest_that_is_renamed_meanwhile_is_moved_by_its_uuid(hosts: Hosts) -> None:
    a = hosts.by["a"]
    web = await hosts.running("web")
    it = draining(hosts)
    plan = await it.plan()
    await a.definitions.rename(web, "shop")
    await hosts.guest("web")  # another one, which has its name now
    assert (await done(it, plan))["web"].startswith("done: runs on sim:")
    where = await hosts.where()
    assert where["web"] == "a:off"
    assert where["shop"] in ("b:on", "c:on")
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"shop": "a:on", "web": "a:off"}


async def test_a_name_that_is_taken_on_the_other_host_stops_that_guest_there(hosts: Hosts) -> None:
    await hosts.running("web")
    b = hosts.by["b"]
    Path(hosts.sims["b"].host_path("/etc/xen/web.cfg")).write_text(
        'name = "web"\ntype = "pvh"\nmemory = 64\nkernel = "/boot/vmlinuz-6.1.0-56-amd64"\n'
    )
    await b.definitions.new("/etc/xen/web.cfg")
    plan = await draining(hosts).plan()
    assert kinds(plan) == [("web", "move", "sim:c")]
    hosts.answer = True
    assert await hosts.run("drain", "--to", "sim:b") == 0  # offered to be shut down instead
    assert hosts.questions[0] == "Shut down web instead?"


async def test_a_target_that_vanishes_in_the_middle_is_told_and_the_next_goes_on_to_another(
    hosts: Hosts,
) -> None:
    await hosts.running("one", memory=512)
    await hosts.running("two")
    await hosts.running("old", kind="pv")
    it = Draining(hosts.by["a"], [hosts.by["b"]])
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    work = asyncio.ensure_future(done(it, await it.plan(shutdown=True), keep_going=True))
    await moving(hosts, "one")
    control.vanish(hosts.sims["b"].simulator)
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    told = await work
    assert told.pop("one").endswith("; the guest still runs here")
    assert told == {"two": "skipped: sim:b: `xl info` fails there", "old": "done: is shut down"}
    odd = (await hosts.by["a"].inventory.poll()).odd
    assert any("the drain broke off" in line and "2 left: two, one; one: " in line for line in odd)
    assert await hosts.run("drain", "--yes", "--to", "sim:c") == 0
    control.come_back(hosts.sims["b"].simulator)
    assert await hosts.where() == {"one": "c:on", "two": "c:on", "old": "a:off"}
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"one": "a:on", "two": "a:on", "old": "a:on"}


async def test_a_question_that_is_declined_with_nothing_else_to_do_is_no_failure(hosts: Hosts) -> None:
    await hosts.running("old", kind="pv")
    hosts.answer = False
    assert await hosts.run("drain") == 1
    assert hosts.notes[-1] == "sim:a: not confirmed: nothing was done"


# There and back


async def test_what_was_taken_off_is_brought_back_and_nothing_else(hosts: Hosts) -> None:
    await hosts.running("web")
    await hosts.running("old", kind="pv")
    await hosts.guest("off")
    await emptied(hosts, shutdown=True)
    there = await hosts.where()
    assert (there["old"], there["off"]) == ("a:off", "a:off")
    assert there["web"] in ("b:on", "c:on")
    assert [(each.name, each.way, each.done) for each in (await record(hosts)).guests] == [
        ("web", DrainWay.MOVE, True),
        ("old", DrainWay.SHUTDOWN, True),
    ]
    back = Undraining(hosts.by["a"], {f"sim:{name}": hosts.by[name] for name in "bc"})
    plan = await back.plan()
    assert [(step.name, step.kind) for step in plan.steps] == [
        ("old", StepKind.START),
        ("web", StepKind.MOVE),
    ]
    for step in plan.doing:
        await back.do(step)
    assert await hosts.where() == {"web": "a:on", "old": "a:on", "off": "a:off"}
    assert await record(hosts) == DrainRecord()


async def test_none_of_it_starts_with_the_host_meanwhile_and_all_does_in_its_place_afterwards(
    hosts: Hosts,
) -> None:
    definitions = hosts.by["a"].definitions
    await definitions.autostart(await hosts.guest("off"), on=True, order=3)
    await definitions.autostart(await hosts.running("old", kind="pv"), on=True, order=7)
    await definitions.autostart(await hosts.running("web"), on=True)
    await emptied(hosts, shutdown=True)
    store = hosts.by["a"].session.store
    assert await store.autostart() == ()
    assert await hosts.run("undrain", "--yes") == 0
    found = {each.name: each for each in (await hosts.by["a"].inventory.poll()).domains}
    assert [
        (found[name].autostart, found[name].autostart_order, found[name].state.alive)
        for name in ("off", "old", "web")
    ] == [(True, 3, False), (True, 7, True), (True, None, True)]


async def test_what_has_become_of_it_meanwhile_is_left_as_it_is(hosts: Hosts) -> None:
    for name in ("gone", "runs", "deleted"):
        await hosts.running(name, kind="pv")
    await hosts.running("ended")
    await emptied(hosts, shutdown=True)
    a = hosts.by["a"]
    await a.lifecycle.start(await a.inventory.find("runs"))
    await a.definitions.delete(await a.inventory.find("deleted"))
    other = hosts.by[(await hosts.where())["ended"][0]]
    ended = await other.inventory.find("ended")
    await other.lifecycle.shutdown(ended)
    await other.lifecycle.wait_gone(ended, timeout=PATIENCE)
    assert await hosts.run("undrain", "--yes") == 0
    where = await hosts.where()
    assert where == {"gone": "a:on", "runs": "a:on", "ended": "a:off"}


# What breaks


async def test_a_guest_that_fails_stops_it_and_the_next_time_goes_on(hosts: Hosts) -> None:
    for name, memory in (("one", 1024), ("two", 512), ("three", 256)):
        await hosts.running(name, memory=memory)
    control.cut_migrations(hosts.sims["a"].simulator, "copy")
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 1
    assert await hosts.where() == dict.fromkeys(("one", "two", "three"), "a:on")
    told = hosts.notes[hosts.notes.index(next(note for note in hosts.notes if "is not empty" in note)) :]
    assert told[0].startswith("sim:a: is not empty, 3 guests are left: one: `xl migrate` failed: ")
    assert told[1].startswith("  one: was not moved to sim:b: `xl migrate` failed: ")
    assert "→ the guest still runs here" in told[1]  # the hint of that failure
    assert told[2:] == [
        "  two: was not begun",
        "  three: was not begun",
        "→ `xentui drain sim:a` goes on from here",
    ]
    control.cut_migrations(hosts.sims["a"].simulator, "mended")
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 0
    assert await hosts.where() == dict.fromkeys(("one", "two", "three"), "b:on")
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == dict.fromkeys(("one", "two", "three"), "a:on")


async def test_told_to_it_goes_on_behind_a_guest_that_fails(hosts: Hosts) -> None:
    await hosts.running("web")
    await hosts.running("old", kind="pv")
    control.cut_migrations(hosts.sims["a"].simulator, "copy")
    assert await hosts.run("drain", "--yes", "--shutdown", "--keep-going") == 1
    assert await hosts.where() == {"web": "a:on", "old": "a:off"}


async def test_a_guest_that_does_not_shut_down_is_an_error_and_nobody_else_is_touched(hosts: Hosts) -> None:
    await hosts.running("deaf", kind="pv")
    control.stubborn(hosts.sims["a"].simulator, "deaf")
    it = draining(hosts)
    plan = await it.plan(shutdown=True)
    assert (await done(it, plan))["deaf"].startswith("failed: ")
    assert [each.done for each in (await record(hosts)).guests] == [False]
    assert await hosts.where() == {"deaf": "a:on"}
    assert await hosts.run("undrain", "--yes") == 0
    assert await record(hosts) == DrainRecord()


async def test_a_migration_that_was_cut_as_it_was_handed_over_is_mended_by_the_next(hosts: Hosts) -> None:
    await hosts.running("web")
    control.cut_migrations(hosts.sims["a"].simulator, "go")
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 1
    control.cut_migrations(hosts.sims["a"].simulator, "mended")
    plan = await draining(hosts).plan()
    assert [(step.kind, step.to) for step in plan.steps] == [(StepKind.MEND, "sim:b")]
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 0
    assert await hosts.where() == {"web": "b:on"}
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on"}


async def test_our_own_line_cut_in_the_middle_loses_nothing(hosts: Hosts) -> None:
    for name in ("one", "two"):
        await hosts.running(name)
    it = draining(hosts)
    plan = await it.plan()
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    cut(hosts.sims["a"], "start_drain_job")
    with pytest.raises(GoesOnError, match="continues on the host by itself"):
        await done(it, plan)
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    # Whoever comes next has a line of their own.
    again = SimHost(Path(hosts.sims["a"].store_root).parent, name="sim:a")
    async with Hypervisor(again, user="other@desk") as other:
        hosts.by["a"] = other
        await settled(other)
        assert [each.done for each in (await record(hosts)).guests] == [True, True]
        where = await hosts.where()
        assert {word.partition(":")[2] for word in where.values()} == {"on"}
        assert "a" not in {word[0] for word in where.values()}
        assert await hosts.run("undrain", "--yes") == 0
        assert await hosts.where() == {"one": "a:on", "two": "a:on"}


async def test_left_while_a_guest_moves_what_there_is_is_understood(hosts: Hosts) -> None:
    await hosts.running("web")
    control.hold_migrations(hosts.sims["a"].simulator, "copy")
    it = draining(hosts)
    await hosts.running("other")
    work = asyncio.ensure_future(done(it, await it.plan()))
    await moving(hosts, "other")
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    control.hold_migrations(hosts.sims["a"].simulator, "mended")
    await settled(hosts.by["a"])
    assert await hosts.where() == {"web": "a:on", "other": "a:on"}, "who cancels it wants its end"
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 0
    assert await hosts.where() == {"web": "b:on", "other": "b:on"}
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "other": "a:on"}


async def test_a_host_that_is_away_keeps_its_guest_and_the_next_time_brings_it_back(hosts: Hosts) -> None:
    await hosts.running("web")
    await hosts.running("old", kind="pv")
    assert await hosts.run("drain", "--yes", "--to", "sim:b", "--shutdown") == 0
    control.vanish(hosts.sims["b"].simulator)
    assert await hosts.run("undrain", "--yes") == 1
    assert [each.name for each in (await record(hosts)).guests] == ["web"]
    control.come_back(hosts.sims["b"].simulator)
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "old": "a:on"}


async def test_two_at_once_do_not_write_over_each_other(hosts: Hosts) -> None:
    await hosts.running("one")
    await hosts.running("two")
    mine, other = draining(hosts), draining(hosts)
    plan, same = await mine.plan(), await other.plan()
    await done(mine, plan)
    with pytest.raises(StoreError) as caught:
        await done(other, same)
    assert caught.value.code == StoreCode.CONFLICT
    assert [each.done for each in (await record(hosts)).guests] == [True, True]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"serial": true, "guests": []}', '{"serial": 1, "guests": [1]}', '{"serial": 2}']
)
async def test_a_record_that_makes_no_sense_is_said_and_nothing_is_done(hosts: Hosts, text: str) -> None:
    await hosts.running("web")
    Path(hosts.sims["a"].store_root, "drain.json").write_text(text)
    assert await hosts.run("drain", "--yes") == 1
    assert any("is not valid" in note for note in hosts.notes)
    assert await hosts.where() == {"web": "a:on"}


@pytest.mark.parametrize(
    "guest",
    [
        {"uuid": 3, "name": "x", "way": "move"},
        {"uuid": "x", "name": "x", "way": "burn"},
        {"name": "x", "way": "move"},
        {"uuid": "x", "name": ["x"], "way": "move"},
    ],
)
async def test_a_guest_in_it_that_makes_no_sense_is_an_error(hosts: Hosts, guest: dict[str, Any]) -> None:
    await hosts.guest("web")
    path = Path(hosts.sims["a"].store_root, "drain.json")
    path.write_text(json.dumps({"serial": 1, "guests": [guest]}))
    with pytest.raises(StoreError):
        await record(hosts)


async def test_a_record_of_another_host_is_no_reason_to_run_what_it_says(hosts: Hosts) -> None:
    await hosts.guest("web")
    store = hosts.by["a"].session.store
    bad = DrainedGuest("00000000-0000-0000-0000-000000000001", "x\x1b[31m", DrainWay.MOVE, "$(reboot)")
    await store.write_drain(0, (bad,))
    assert await hosts.run("undrain", "--yes") == 1
    assert all("\x1b" not in line for line in (*hosts.out, *hosts.notes))
    assert await hosts.run("undrain", "--yes", "--forget") == 0
    assert await record(hosts) == DrainRecord()


async def test_a_store_that_takes_nothing_lets_no_guest_go(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hosts.running("web")
    it = draining(hosts)
    plan = await it.plan()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("xentui.agent.files.fsio.write_new", full)
    with pytest.raises(StoreError):
        await done(it, plan)
    monkeypatch.undo()
    assert await hosts.where() == {"web": "a:on"}
    assert await record(hosts) == DrainRecord()


async def test_a_read_only_session_is_refused(hosts: Hosts) -> None:
    await hosts.running("web")
    plan = await draining(hosts).plan()
    it = Draining(hosts.by["a"].stricter(read_only=True, dry_run=False, announce=print), hosts.others)
    assert [step.why for step in (await it.plan()).steps] == [
        "no host takes it (sim:b: read-only; sim:c: read-only)"
    ]
    with pytest.raises(NotAllowedError, match="read-only"):
        it.sequence(plan)


# The command


async def test_nothing_is_done_before_the_plan_was_agreed_to(hosts: Hosts) -> None:
    await hosts.running("web")
    assert await hosts.run("drain") == 2
    hosts.answer = False
    assert await hosts.run("drain") == 1
    assert hosts.questions == ["Empty sim:a like that?"]
    assert any("moves to sim:" in note for note in hosts.notes)
    assert await hosts.where() == {"web": "a:on"}
    assert await record(hosts) == DrainRecord()


async def test_a_guest_that_cannot_move_is_offered_to_be_shut_down(hosts: Hosts) -> None:
    await hosts.running("old", kind="pv")
    hosts.answer = True
    assert await hosts.run("drain") == 0
    assert hosts.questions == ["Shut down old instead?", "Empty sim:a like that?"]
    assert await hosts.where() == {"old": "a:off"}


@pytest.mark.parametrize("stops", [False, True])
async def test_a_plan_is_told_once_and_the_one_with_those_shut_down_once_it_is_agreed_to(
    hosts: Hosts, stops: bool
) -> None:
    await hosts.running("old", kind="pv")
    hosts.answer = stops
    await hosts.run("drain")
    told = [note for note in hosts.notes if note in ("sim:a: 1 stays", "sim:a: 1 shut down")]
    assert told == ["sim:a: 1 stays", *(["sim:a: 1 shut down"] if stops else [])]


async def test_those_that_could_be_shut_down_are_named_before_that_is_asked(hosts: Hosts) -> None:
    for name in ("old", "older"):
        await hosts.running(name, kind="pv")
    hosts.answer = False
    assert await hosts.run("drain") == 1
    assert hosts.questions == ["Shut down these 2 instead?"]
    assert hosts.about == ["Cannot be moved, and could be shut down: old, older"]


async def test_what_stays_says_why_and_what_to_do(hosts: Hosts) -> None:
    await hosts.running("old", kind="pv")
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 1
    assert hosts.notes[-3:] == [
        "sim:a: is not empty: old: stays (can be shut down): no host takes it (sim:b: shadow)",
        "  old: stays (can be shut down): no host takes it (sim:b: shadow)",
        "→ `xentui drain sim:a --shutdown` shuts down what cannot be moved",
    ]


@pytest.mark.parametrize(
    ("render", "hint"),
    [
        (as_command_line(), "→ `xentui drain sim:a --shutdown` shuts down what cannot be moved"),
        (as_key(lambda _command: ""), "→ `:drain sim:a --shutdown` shuts down what cannot be moved"),
    ],
)
async def test_a_plan_of_a_dry_run_says_how_to_shut_down_what_stays_as_it_is_typed_there(
    hosts: Hosts, render: Render, hint: str
) -> None:
    await hosts.running("old", kind="pv")
    command = find_verb("drain")
    dry = hosts.by["a"].stricter(read_only=False, dry_run=True, announce=hosts.out.append)
    context = Context(dry, hosts.out.append, hosts.notes.append, render=render, beside=[hosts.by["b"]])
    assert await run_verb(command, parse_verb(command, []), context) == 1
    assert hosts.out == [
        "sim:a: 1 stays",
        "  ✗  old  stays (can be shut down): no host takes it (sim:b: shadow)",
        hint,
    ]


async def test_a_host_that_says_nothing_keeps_its_guests_when_another_is_brought_back(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hosts.running("web")
    await hosts.running("old", kind="pv")
    assert await hosts.run("drain", "--yes", "--to", "sim:b", "--shutdown") == 0
    b = hosts.by["b"]

    async def silent() -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(target_survey, "_PATIENCE", 0.05)
    monkeypatch.setattr(b.inventory, "poll", silent)
    async with asyncio.timeout(PATIENCE):
        plan = await Undraining(hosts.by["a"], {"sim:b": b}).plan()
    assert [(step.name, step.kind, step.why) for step in plan.steps] == [
        ("old", StepKind.START, ""),
        ("web", StepKind.STAY, "sim:b could not be asked: no answer within 0.05 s"),
    ]
    monkeypatch.undo()

    async def stuck(self: Migrating, domains: Any, target: Hypervisor, **options: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setenv("XDG_STATE_HOME", str(Path(hosts.sims["a"].store_root).parent.parent.parent))
    monkeypatch.setattr(target_survey, "_PATIENCE", 1.0)
    monkeypatch.setattr(Migrating, "plans", stuck)
    async with asyncio.timeout(PATIENCE):
        plan = await Undraining(hosts.by["a"], {"sim:b": b}).plan()
    assert [(step.name, step.kind, step.why) for step in plan.steps] == [
        ("old", StepKind.START, ""),
        ("web", StepKind.STAY, "no answer within 1 s"),
    ]


async def test_all_can_be_shut_down_where_nothing_is_to_be_moved(hosts: Hosts) -> None:
    await hosts.running("web")
    assert await hosts.run("drain", "--yes", "--to", "none") == 0
    assert await hosts.where() == {"web": "a:off"}


async def test_another_host_of_the_session_is_emptied_where_it_is_named(hosts: Hosts) -> None:
    await hosts.running("web")
    assert await hosts.run("drain", "sim:a", "--yes", "--to", "sim:b") == 0
    assert await hosts.run("drain", "sim:b", "--yes", "--to", "sim:c") == 0
    assert await hosts.where() == {"web": "c:on"}
    assert await hosts.run("undrain", "sim:b", "--yes") == 0
    assert await hosts.run("undrain", "sim:a", "--yes") == 0
    assert await hosts.where() == {"web": "a:on"}


async def test_json_tells_the_plan_and_what_came_of_it(hosts: Hosts) -> None:
    await hosts.running("web")
    await hosts.guest("off")
    assert await hosts.run("drain", "--yes", "--json", "--to", "sim:b") == 0
    assert (hosts.json["host"], hosts.json["off"]) == ("sim:a", 1)
    (guest,) = hosts.json["guests"]
    assert (guest["name"], guest["does"], guest["to"], guest["done"]) == ("web", "move", "sim:b", True)


async def test_what_nobody_took_off_is_not_brought_back(hosts: Hosts) -> None:
    await hosts.running("web")
    assert await hosts.run("undrain", "--yes") == 1
    assert any("this host is not drained" in note for note in hosts.notes)


async def test_a_suspended_guest_is_not_resumed_with_the_host_meanwhile(hosts: Hosts) -> None:
    a = hosts.by["a"]
    domain = await hosts.running("web")
    await a.definitions.autostart(domain, on=True, order=5)
    await a.lifecycle.suspend(await a.inventory.find("web"))
    await emptied(hosts)
    assert not (await a.inventory.find("web")).autostart
    assert await hosts.where() == {"web": "a:suspended"}
    assert await hosts.run("undrain", "--yes") == 0
    back = await a.inventory.find("web")
    assert (back.autostart, back.autostart_order, back.state.value) == (True, 5, "suspended")


async def test_in_a_dry_run_another_host_of_the_session_is_not_emptied_either(hosts: Hosts) -> None:
    await hosts.running("web")
    command = find_verb("drain")
    dry = hosts.by["b"].stricter(read_only=False, dry_run=True, announce=hosts.out.append)
    context = Context(
        dry,
        hosts.out.append,
        hosts.notes.append,
        render=as_command_line(),
        yes=True,
        beside=[hosts.by["a"], hosts.by["c"]],
    )
    assert await run_verb(command, parse_verb(command, ["sim:a"]), context) == 0
    assert any("web  moves to sim:" in line for line in hosts.out)
    assert await hosts.where() == {"web": "a:on"}
    assert await record(hosts) == DrainRecord()


def _cut_once(hosts: Hosts, operation: str, *, before: bool = False) -> None:
    """Have our line to a break at an operation, or ``before`` it, and be back after some tries."""
    host = hosts.sims["a"]
    call, waiting, down = host.call, True, 0

    async def broken(asked: Any, *_: Any, **arguments: Any) -> Any:
        nonlocal waiting, down
        if down:
            down -= 1
            raise HostError("the line is cut")
        cut_now = waiting and asked == operation
        answer = None if cut_now and before else await call(asked, **arguments)
        if cut_now:
            waiting, down = False, 4
            raise HostError("the line is cut")
        return answer

    host.call = broken  # type: ignore[method-assign, assignment]


async def test_once_the_line_is_back_what_was_agreed_to_goes_on_by_itself(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_reconnect, "_PAUSES", (0.01,))
    for name in ("one", "two"):
        await hosts.running(name)
    await hosts.running("old", kind="pv")
    hosts.answer = True
    _cut_once(hosts, "start_drain_job")
    assert await hosts.run("drain", "--to", "sim:b", "--shutdown", "--json") == 0
    assert len(hosts.questions) == 1, "asked once, and done whole"
    assert [(each["name"], each["done"]) for each in hosts.json["guests"]] == [
        ("one", True),
        ("two", True),
        ("old", True),
    ]
    assert await hosts.where() == {"one": "b:on", "two": "b:on", "old": "a:off"}
    assert all(each.done for each in (await record(hosts)).guests)
    assert await hosts.run("undrain") == 0
    assert await hosts.where() == dict.fromkeys(("one", "two", "old"), "a:on")


async def test_what_nobody_has_agreed_to_is_asked_after_a_line_that_broke(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_reconnect, "_PAUSES", (0.01,))
    await hosts.running("one", memory=512)
    await hosts.running("two")
    hosts.answer = True
    again = drain_reconnect.is_back

    async def is_back(context: Any, host: Hypervisor, log: Any = None) -> bool:
        assert await again(context, host, log)
        await hosts.running("new")
        return True

    monkeypatch.setattr(drain_reconnect, "is_back", is_back)
    _cut_once(hosts, "start_drain_job", before=True)
    assert await hosts.run("drain", "--to", "sim:b") == 0
    assert len(hosts.questions) == 2
    assert await hosts.where() == dict.fromkeys(("one", "two", "new"), "b:on")


async def test_a_line_that_stays_cut_ends_it(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain_reconnect, "_PAUSES", (0.01,))
    monkeypatch.setattr(drain_reconnect, "_PATIENCE", 0.1)
    await hosts.running("one")
    cut(hosts.sims["a"], "start_drain_job")
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 1
    assert any("continues on the host by itself" in note for note in hosts.notes)
