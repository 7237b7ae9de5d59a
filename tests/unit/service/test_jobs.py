"""Suspend, resume, save and restore end on the host by themselves: whatever becomes of the line and of xentui."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import running
from tests.waiting import until
from xentui.errors import CommandError, HostError, NotAllowedError, StoreError, XentuiError
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs import run as job_run
from xentui.service.session import CommandRecord

Verb = Callable[[Hypervisor, Domain, str], Awaitable[None]]
VERBS: dict[str, Verb] = {
    "suspend": lambda it, domain, path: it.lifecycle.suspend(domain),
    "resume": lambda it, domain, path: it.lifecycle.resume(domain),
    "save": lambda it, domain, path: it.lifecycle.save(domain, path),
    "restore": lambda it, domain, path: it.lifecycle.restore(path),
}
COMMAND = {"suspend": "save", "resume": "restore", "save": "save", "restore": "restore"}


class Line:
    """The line to a host: cut at the calls of the agent a test names, in their sending or before their answer."""

    def __init__(self, host: Faulty) -> None:
        self.cut_at: dict[str, str] = {}
        self.down = False
        self._call = host.call
        host.call = self.call  # type: ignore[method-assign]

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        """Run an operation, as far as the line lets it."""
        where = self.cut_at.pop(operation, "")
        if where == "sending" or self.down:
            self.down = True
            raise HostError("the line is cut")
        answer = await self._call(operation, **arguments)
        if where == "answer":
            self.down = True
            raise HostError("the line is cut")
        return answer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a line that stays cut."""
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01, 0.01))


@pytest.fixture
async def other(host: Faulty) -> AsyncIterator[Hypervisor]:
    """Whoever looks next, with a process and a line of their own."""
    async with Hypervisor(Faulty(Path(host.store_root).parent), user="other@desk") as made:
        yield made


async def prepared(verb: str, host: Faulty, it: Hypervisor, path: str) -> Domain:
    """The domain as it has to be for a verb."""
    domain = await running(host, it)
    if verb == "resume":
        await it.lifecycle.suspend(domain)
    elif verb == "restore":
        await it.lifecycle.save(domain, path)
    return await it.inventory.find("web")


async def ended(it: Hypervisor, *, by_polls: bool = False) -> None:
    """Wait until the host has no job left; polls settle what was interrupted, glances do not."""
    look = it.inventory.poll if by_polls else it.inventory.glance
    async with asyncio.timeout(60):
        while (await look()).jobs:  # noqa: ASYNC110 - another process ends it
            await asyncio.sleep(0.05)


async def is_done(verb: str, it: Hypervisor, path: str) -> None:
    """What the verb is for has come true, once."""
    now = await it.inventory.find("web")
    assert ("saved to" in now.notice) if verb == "save" else not now.notice
    if verb == "suspend":
        assert now.state is DomainState.SUSPENDED
        await it.lifecycle.resume(now)
    elif verb == "save":
        assert (now.state, Path(path).exists()) == (DomainState.OFF, True)
        await it.lifecycle.restore(path)
    again = await it.inventory.find("web")
    assert again.state.alive
    assert again.memory_image == ""
    assert len([item for item in (await it.inventory.poll()).domains if not item.is_control]) == 1


@pytest.mark.parametrize("where", ["start_job answer", "look_job sending"])
@pytest.mark.parametrize("verb", VERBS)
async def test_a_cut_line_costs_nothing(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor, tmp_path: Path, *, verb: str, where: str
) -> None:
    path = str(tmp_path / "web.save")
    domain = await prepared(verb, host, hypervisor, path)
    operation, part = where.split()
    Line(host).cut_at[operation] = part
    with pytest.raises(job_run.GoesOnError) as caught:
        await VERBS[verb](hypervisor, domain, path)
    assert f"the {verb} continues on the host by itself" in caught.value.message
    assert "xentui" in hint(caught.value)
    await ended(other)
    await is_done(verb, other, path)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_line_cut_before_anything_was_asked_says_that_nothing_was_done(
    host: Faulty, hypervisor: Hypervisor, tmp_path: Path, *, verb: str
) -> None:
    path = str(tmp_path / "web.save")
    domain = await prepared(verb, host, hypervisor, path)
    line = Line(host)
    line.cut_at["start_job"] = "sending"

    async def mend() -> None:
        await until(lambda: line.down, pause=0.001)
        line.down = False

    mending = asyncio.ensure_future(mend())
    with pytest.raises(HostError, match="nothing was done"):
        await VERBS[verb](hypervisor, domain, path)
    await mending
    assert (await hypervisor.inventory.find("web")).state is domain.state
    await VERBS[verb](hypervisor, domain, path)
    await is_done(verb, hypervisor, path)


async def test_a_line_that_comes_back_is_not_even_noticed(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_run, "_PATIENCE", (0.05,) * 100)
    domain = await running(host, hypervisor)
    line = Line(host)
    line.cut_at["look_job"] = "answer"
    suspending = asyncio.ensure_future(hypervisor.lifecycle.suspend(domain))
    await until(lambda: line.down)
    line.down = False
    await suspending
    await is_done("suspend", hypervisor, "")


@pytest.mark.parametrize("verb", VERBS)
async def test_whoever_leaves_leaves_the_job_to_itself(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor, tmp_path: Path, *, verb: str
) -> None:
    """It is seen by all meanwhile, and nothing else is begun with its domain."""
    path = str(tmp_path / "web.save")
    domain = await prepared(verb, host, hypervisor, path)
    warnings: list[str] = []
    hypervisor.session.warn = warnings.append
    jobs = host.interposed()
    jobs.hold(COMMAND[verb])
    task = asyncio.ensure_future(VERBS[verb](hypervisor, domain, path))
    await jobs.reached(COMMAND[verb], "began")
    seen = await other.inventory.poll()
    (job,) = seen.jobs
    assert (job.kind, job.user, job.under_way) == (verb, "admin@desk", True)
    shown = await other.inventory.find("web")
    assert "on the host" in shown.notice
    last = other.lifecycle.start(shown) if verb == "restore" else other.lifecycle.destroy(shown)
    for refused in (VERBS[verb](other, shown, path), last):
        with pytest.raises((NotAllowedError, StoreError), match="on the host"):
            await refused
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [f"the {verb} continues on the host" in warning for warning in warnings] == [True]
    following = asyncio.ensure_future(other.lifecycle.follow(job))
    jobs.let(COMMAND[verb], "begin")
    jobs.let(COMMAND[verb], "return")
    await following
    jobs.forget(COMMAND[verb])
    await is_done(verb, other, path)


async def test_progress_is_told_each_percentage_once(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    host.simulator.state.put("speed", 1.0)
    seen: list[int] = []
    await hypervisor.lifecycle.suspend(domain, progress=seen.append)
    assert seen
    assert seen == sorted(set(seen))


async def test_what_a_job_ran_is_in_the_audit_log_and_observed(host: Faulty, hypervisor: Hypervisor) -> None:
    observed: list[CommandRecord] = []
    hypervisor.session.observe = observed.append
    domain = await running(host, hypervisor)
    await hypervisor.lifecycle.suspend(domain)
    await hypervisor.lifecycle.resume(await hypervisor.inventory.find("web"))
    wanted = [["xl", "save"], ["xl", "restore"], ["xl", "unpause"]]
    assert [list(ran.argv[:2]) for ran in observed][-3:] == wanted
    records = (await hypervisor.audit())[-3:]
    assert [record.data["argv"][:2] for record in records] == wanted
    assert {(record.data["user"], record.data["exit"], record.data["domain"]) for record in records} == {
        ("admin@desk", 0, "web")
    }


async def test_a_resume_may_leave_the_guest_paused(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.suspend(await running(host, hypervisor))
    await hypervisor.lifecycle.resume(await hypervisor.inventory.find("web"), paused=True)
    paused = await hypervisor.inventory.find("web")
    assert (paused.state, paused.memory_image, paused.notice) == (DomainState.PAUSED, "", "")


async def test_a_guest_that_a_failed_save_left_stopped_is_woken_by_the_job(
    host: Faulty, hypervisor: Hypervisor, tmp_path: Path
) -> None:
    domain = await running(host, hypervisor)
    host.simulator.state.put("speed", 1.0)
    jobs = host.interposed()
    jobs.killed("save")
    for failing in (
        hypervisor.lifecycle.suspend(domain),
        hypervisor.lifecycle.save(domain, str(tmp_path / "x")),
    ):
        with pytest.raises(CommandError) as caught:
            await failing
        assert "the guest still runs" in hint(caught.value)
        assert (await hypervisor.inventory.find("web")).state.alive
    assert [argv for argv in jobs.ran() if argv[0] == "xentui-wake"]


async def test_one_that_cannot_be_woken_is_offered_that_way_on(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    host.simulator.state.put("speed", 1.0)
    jobs = host.interposed()
    jobs.killed("save")
    jobs.answer("xentui-wake", 3, "xentui: the host has no libxenlight that can be loaded\n")
    with pytest.raises(CommandError) as caught:
        await hypervisor.lifecycle.suspend(domain)
    assert "`xentui unpause`" in hint(caught.value)
    asleep = await hypervisor.inventory.find("web")
    assert (asleep.state, asleep.asleep) == (DomainState.SHUTDOWN, True)
    assert "unpause" in asleep.notice
    with pytest.raises(CommandError, match="could not be continued"):
        await hypervisor.lifecycle.unpause(asleep)
    jobs.forget("xentui-wake")
    await hypervisor.lifecycle.resume(asleep)
    awake = await hypervisor.inventory.find("web")
    assert (awake.state.alive, awake.notice) == (True, "")


async def test_one_that_was_woken_meanwhile_is_not_woken_again(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    host.simulator.state.put("speed", 1.0)
    jobs = host.interposed()
    jobs.killed("save")
    jobs.answer("xentui-wake", 3, "xentui: no\n")
    with pytest.raises(CommandError):
        await hypervisor.lifecycle.suspend(domain)
    jobs.forget("xentui-wake")
    shown = await hypervisor.inventory.find("web")
    await hypervisor.lifecycle.unpause(shown)
    woken = len(jobs.ran())
    with pytest.raises(NotAllowedError, match="it is running"):
        await hypervisor.lifecycle.unpause(shown)
    await hypervisor.lifecycle.destroy(shown)
    with pytest.raises(NotAllowedError, match="it is off"):
        await hypervisor.lifecycle.unpause(shown)
    assert len(jobs.ran()) == woken


async def test_a_host_on_which_no_job_can_be_started_loses_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await running(host, hypervisor)
    monkeypatch.setattr("xentui.agent.remote.JOB_BOOTSTRAP", "raise SystemExit('no')")
    with pytest.raises(XentuiError, match="could not be started: no"):
        await hypervisor.lifecycle.suspend(domain)
    monkeypatch.undo()
    assert not list(Path(host.store_root, "domains", domain.uuid).glob("checkpoint*"))
    await hypervisor.lifecycle.suspend(domain)


async def test_a_save_makes_a_file_nobody_else_reads(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await running(host, hypervisor)
    await hypervisor.lifecycle.save(web, "/srv/guests/web.save")
    assert stat.S_IMODE(os.stat(host.host_path("/srv/guests/web.save")).st_mode) == 0o600
    await hypervisor.lifecycle.restore("/srv/guests/web.save")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
async def test_nothing_is_saved_where_another_user_could_exchange_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """xl would write through a link that is put there the moment before."""
    web = await running(host, hypervisor)
    folder = Path(host.host_path("/srv/guests/his"))
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(StoreError, match="belongs to user") as caught:
        await hypervisor.lifecycle.save(web, "/srv/guests/his/web.save")
    assert caught.value.code == "untrusted"
    assert "a folder that only root may write to" in hint(caught.value)
    assert list(folder.iterdir()) == []
    assert (await hypervisor.inventory.find("web")).state.alive


async def test_a_save_that_fails_leaves_no_empty_file(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await running(host, hypervisor)
    host.interposed().answer("save", 1)
    with pytest.raises(CommandError):
        await hypervisor.lifecycle.save(web, "/srv/guests/web.save")
    assert not os.path.exists(host.host_path("/srv/guests/web.save"))
