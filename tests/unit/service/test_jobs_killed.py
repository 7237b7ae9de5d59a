"""The process of a job is killed, or the host loses its power, at each point of each verb: nothing is lost or twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_jobs import COMMAND, VERBS, ended, prepared
from tests.unit.service.test_lifecycle import running
from xentui.agent import remote
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor

KILLED = """
import os
from xentui.agent import job_process
from xentui.agent.jobs import worker
def reached(point):
    with open(os.path.join(sys.argv[2], 'jobs', sys.argv[3], 'pid'), 'w') as file:
        file.write(str(os.getpid()))
    if point == {point!r}:
        os.kill(os.getpid(), 9)
worker.reached = reached
job_process.main(sys.argv[1:])
"""
RUNS, SUSPENDED, SAVED = "runs", "suspended", "saved"
POINTS = {
    ("suspend", "before save"): RUNS,
    ("suspend", "after save"): SUSPENDED,
    ("suspend", "before commit"): SUSPENDED,
    ("suspend", "after commit"): SUSPENDED,
    ("suspend", "before end"): SUSPENDED,
    ("resume", "before restore"): SUSPENDED,
    ("resume", "after restore"): SUSPENDED,
    ("resume", "before mark"): SUSPENDED,
    ("resume", "after mark"): RUNS,
    ("resume", "after unpause"): RUNS,
    ("resume", "after commit"): RUNS,
    ("resume", "before end"): RUNS,
    ("save", "before save"): RUNS,
    ("save", "after save"): SAVED,
    ("restore", "before restore"): SAVED,
    ("restore", "after restore"): SAVED,
    ("restore", "after mark"): RUNS,
    ("restore", "after unpause"): RUNS,
}
IN_THE_DARK = {
    ("suspend", "before save"): "off",
    ("suspend", "after save"): SUSPENDED,
    ("suspend", "before end"): SUSPENDED,
    ("resume", "before restore"): SUSPENDED,
    ("resume", "after restore"): SUSPENDED,
    ("resume", "after mark"): "kept",
    ("resume", "after commit"): "off",
    ("save", "after save"): SAVED,
    ("restore", "after restore"): SAVED,
}
"""What is left of a guest where its host has lost its power: what was in its memory is in its image, or gone."""


def kill_at(point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next job be killed when it gets there; one that is settled afterwards is not."""
    program = remote.for_child(remote.JOB, KILLED.format(point=point).encode())
    monkeypatch.setattr(remote, "job_program", lambda: program)


async def killed(
    case: tuple[str, str], host: Faulty, it: Hypervisor, monkeypatch: pytest.MonkeyPatch, path: str
) -> Domain:
    """Begin a verb whose job is killed at a point."""
    verb, point = case
    domain = await prepared(verb, host, it, path)
    kill_at(point, monkeypatch)
    with pytest.raises(XentuiError, match="was killed on the host"):
        await VERBS[verb](it, domain, path)
    monkeypatch.undo()
    return domain


async def settled(host: Faulty) -> Hypervisor:
    """Somebody else, who has looked until all was settled."""
    other = Hypervisor(Faulty(Path(host.store_root).parent), user="other@desk")
    await ended(other, by_polls=True)
    return other


async def outcome(it: Hypervisor, path: str) -> str:
    """What there is of the guest now: in one place only."""
    snapshot = await it.inventory.poll()
    guests = [domain for domain in snapshot.domains if not domain.is_control]
    assert len(guests) == 1
    (now,) = guests
    files = {place.name for place in Path(it.host.store_root, "domains", now.uuid).glob("checkpoint*")}
    if now.state is DomainState.SUSPENDED:
        assert (files, now.notice) == ({"checkpoint.chk"}, "")
        await it.lifecycle.resume(now)
        assert (await it.inventory.find("web")).state.alive
        return SUSPENDED
    if now.state in (DomainState.RUNNING, DomainState.BLOCKED):
        assert (files, now.notice) == (set(), "")
        return RUNS
    assert now.state is DomainState.OFF
    if files:
        assert files == {"checkpoint.resuming"}
        assert "kept until destroyed" in now.notice
        return "kept"
    if Path(path).exists():
        assert "saved to" in now.notice
        await it.lifecycle.restore(path)
        assert (await it.inventory.find("web")).state.alive
        return SAVED
    assert now.notice == ""
    return "off"


@pytest.mark.parametrize("case", POINTS, ids=" ".join)
async def test_a_killed_job_is_settled_by_whoever_looks_next(
    host: Faulty,
    hypervisor: Hypervisor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    case: tuple[str, str],
) -> None:
    path = str(tmp_path / "web.save")
    await killed(case, host, hypervisor, monkeypatch, path)
    async with await settled(host) as other:
        assert await outcome(other, path) == POINTS[case]


@pytest.mark.parametrize("case", IN_THE_DARK, ids=" ".join)
async def test_a_loss_of_power_costs_no_image_and_makes_no_guest_twice(
    host: Faulty,
    hypervisor: Hypervisor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    case: tuple[str, str],
) -> None:
    path = str(tmp_path / "web.save")
    await killed(case, host, hypervisor, monkeypatch, path)
    cut_the_power(host)
    async with await settled(host) as other:
        assert await outcome(other, path) == IN_THE_DARK[case]


def cut_the_power(host: Faulty) -> None:
    """The host boots anew: no guest is there any more, and its boot has another id."""
    with host.simulator.state.change():
        for guest in host.simulator.state.guests():
            if guest.domid:
                host.simulator.state.remove(guest.domid)
    for place in Path(host.store_root, "jobs").glob("*/job.json"):
        record = json.loads(place.read_text())
        place.write_text(json.dumps({**record, "boot": "another"}))


@pytest.mark.parametrize("whole_tree", [False, True], ids=["its process", "all of it"])
@pytest.mark.parametrize("verb", VERBS)
async def test_killed_while_xl_is_at_work(
    host: Faulty,
    hypervisor: Hypervisor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    verb: str,
    whole_tree: bool,
) -> None:
    """xl alone goes on to its end, and is waited for; where it is killed too, its guest is never lost."""
    path = str(tmp_path / "web.save")
    domain = await prepared(verb, host, hypervisor, path)
    kill_at("nowhere", monkeypatch)
    jobs = host.interposed()
    jobs.hold(COMMAND[verb])
    task = asyncio.ensure_future(VERBS[verb](hypervisor, domain, path))
    await jobs.reached(COMMAND[verb], "began")
    (pid,) = Path(host.store_root, "jobs").glob("*/pid")
    number = int(pid.read_text())
    if whole_tree:
        os.killpg(os.getpgid(number), signal.SIGKILL)
    else:
        os.kill(number, signal.SIGKILL)
    jobs.let(COMMAND[verb], "begin")
    jobs.let(COMMAND[verb], "return")
    with pytest.raises(XentuiError, match="was killed on the host"):
        await task
    monkeypatch.undo()
    jobs.forget(COMMAND[verb])
    if not whole_tree:
        await jobs.reached(COMMAND[verb], "ended")
    async with await settled(host) as other:
        before = {"suspend": RUNS, "resume": SUSPENDED, "save": RUNS, "restore": SAVED}[verb]
        after = {"suspend": SUSPENDED, "save": SAVED}.get(verb, before)
        assert await outcome(other, path) in ({before} if whole_tree else {before, after})


async def test_a_save_killed_with_its_job_leaves_a_guest_that_can_be_woken(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await running(host, hypervisor)
    host.simulator.state.put("speed", 1.0)
    kill_at("after save", monkeypatch)
    host.interposed().killed("save")
    with pytest.raises(XentuiError, match="was killed on the host"):
        await hypervisor.lifecycle.suspend(domain)
    monkeypatch.undo()
    async with await settled(host) as other:
        asleep = await other.inventory.find("web")
        assert (asleep.asleep, asleep.memory_image) == (True, "")
        assert "unpause continues it" in asleep.notice
        await other.lifecycle.unpause(asleep)
        assert await outcome(other, "/nowhere") == RUNS


async def test_a_reading_session_settles_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed(("resume", "after restore"), host, hypervisor, monkeypatch, "")
    async with Hypervisor(host, read_only=True) as reader:
        await reader.inventory.poll()
        seen = await reader.inventory.find("web")
        assert "was interrupted" in seen.notice
        assert "out of date" not in seen.notice
        assert (await reader.inventory.poll()).jobs
    await hypervisor.lifecycle.destroy(seen)


async def test_what_was_cut_short_is_settled_before_anything_new_is_begun(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await killed(("suspend", "before save"), host, hypervisor, monkeypatch, "")
    await hypervisor.lifecycle.suspend(domain)
    assert await outcome(hypervisor, "/nowhere") == SUSPENDED


async def test_a_guest_built_after_the_host_was_booted_anew_is_not_the_jobs(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Domids begin anew with each boot: what stands paused under a higher one may be anybody's."""
    domain = await killed(("resume", "after restore"), host, hypervisor, monkeypatch, "")
    cut_the_power(host)
    await host.run(["xl", "create", "-p", hypervisor.session.store.config_path(domain.uuid)])
    async with await settled(host) as other:
        now = await other.inventory.find("web")
        assert (now.state, now.memory_image) == (DomainState.PAUSED, "checkpoint.chk")


async def test_an_image_whose_guest_was_started_meanwhile_is_none_to_resume_from(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await killed(("resume", "before restore"), host, hypervisor, monkeypatch, "")
    await host.run(["xl", "create", hypervisor.session.store.config_path(domain.uuid)])
    async with await settled(host) as other:
        now = await other.inventory.find("web")
        assert (now.state.alive, now.memory_image) == (True, "checkpoint.resuming")
