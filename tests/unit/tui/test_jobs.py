"""Work in the background: how it goes on, ends, is looked at and cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from textual.widgets import OptionList

from tests.unit.tui.samples import domain
from tests.unit.tui.stage import NARROW, Clock, StageHost, stage
from xentui.errors import NotAllowedError, XentuiError
from xentui.model.domain import Domain
from xentui.model.job import HostJob, HostJobState
from xentui.simulator import control
from xentui.tui.handlers import work
from xentui.tui.jobs import KEPT, Job, Jobs, JobState, announce, warn
from xentui.tui.messages import HostStateChanged

UUID = "0b9f7c8e-2f3a-4d5b-8c6d-7e8f90a1b2c3"


async def test_a_job_ends_with_its_result() -> None:
    told: list[JobState] = []
    jobs = Jobs(lambda job: told.append(job.state))

    async def work(job: Job) -> str:
        jobs.progress(job)(40)
        warn("the disk is shared")
        assert announce("would run: xl pause 1")
        return "paused"

    job = jobs.start("pause", "web1", work)
    assert (job.label, jobs.running) == ("pause web1", [job])
    assert job.task is not None
    await job.task
    assert (job.state, job.result, job.percent, job.complaint) == (JobState.DONE, "paused", 40, "")
    assert (job.warnings, job.output) == (["the disk is shared"], ["would run: xl pause 1"])
    assert told == [JobState.RUNNING, JobState.RUNNING, JobState.DONE]
    assert not jobs.running


async def test_a_job_that_fails_keeps_its_error() -> None:
    async def work(_job: Job) -> str:
        raise NotAllowedError("it is off", subject=f"/var/lib/xentui/domains/{UUID}/config.cfg")

    job = Jobs(lambda _job: None).start("pause", "web1", work)
    assert job.task is not None
    await job.task
    assert (job.state, job.complaint) == (JobState.FAILED, "web1: it is off")


async def test_a_job_that_fails_by_something_else_than_its_subject_says_by_what() -> None:
    async def work(_job: Job) -> str:
        raise XentuiError("does not exist on the host", subject="/srv/xen/web1.img")

    job = Jobs(lambda _job: None).start("start", "web1", work)
    assert job.task is not None
    await job.task
    assert job.complaint == "web1: /srv/xen/web1.img: does not exist on the host"


async def test_a_fault_of_xentui_itself_is_an_error_like_others() -> None:
    async def work(_job: Job) -> str:
        raise ZeroDivisionError("by zero")

    job = Jobs(lambda _job: None).start("pause", "web1", work)
    assert job.task is not None
    await job.task
    assert job.complaint == "web1: a fault of xentui itself: ZeroDivisionError: by zero"


async def test_a_job_is_cancelled_if_it_can_be() -> None:
    async def work(_job: Job) -> str:
        await asyncio.sleep(1000)
        return ""

    jobs = Jobs(lambda _job: None)
    free, bound = jobs.start("wait", "a", work), jobs.start("wait", "b", work, cancellable=False)
    await asyncio.sleep(0)
    assert (jobs.cancel(free), jobs.cancel(bound)) == (True, False)
    assert free.task is not None and bound.task is not None
    await asyncio.wait([free.task])
    assert (free.state, bound.state) == (JobState.CANCELLED, JobState.RUNNING)
    assert not jobs.cancel(free)
    bound.task.cancel()
    await asyncio.wait([bound.task])


async def test_only_so_many_are_kept() -> None:
    async def work(_job: Job) -> str:
        return ""

    jobs = Jobs(lambda _job: None)
    for _ in range(KEPT + 20):
        job = jobs.start("do", "it", work)
        assert job.task is not None
        await job.task
    assert len(jobs.all) == KEPT + 1
    assert jobs.all[-1].number == KEPT + 20


def test_outside_of_jobs_nothing_is_kept() -> None:
    warn("nobody hears this")
    assert not announce("nor this")


async def test_progress_is_shown(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:

        async def work(job: Job) -> str:
            it.app.jobs.progress(job)(42)
            await going_on.wait()
            return "saved"

        going_on = asyncio.Event()
        it.app.jobs.start("save", "web1", work)
        await it.shows("save web1 ████░░░░░░ 42%")
        it.app.jobs.start("save", "web2", work)
        await it.shows("save web2 ████░░░░░░ 42% (+1)")
        going_on.set()
        await it.shows("web2: saved")
        await it.hides("42%")


async def test_the_next_action_takes_a_notice_back_and_what_only_looks_does_not(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("p")
        await it.shows("web1: paused")
        await it.press("L", "escape")
        await it.until(lambda: it.in_list)
        assert "web1: paused" in it.notice
        await it.press("down", "space")
        await it.hides("web1: paused")
        await it.press("escape", "/")
        await it.type("web", "enter")
        await it.shows("filter web: 2 of 12")
        await it.go("web2")
        await it.press("p")
        await it.shows("web2: paused")
        await it.press("space")
        await it.shows("filter web: 2 of 12")


async def test_a_notice_stays_until_the_next(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("p")
        await it.shows("web1: paused")
        await it.press("down", "down", "up")
        it.app.here.poller.poke()
        await it.settled()
        assert "web1: paused" in it.notice


async def test_the_log_tells_of_jobs_and_of_what_ran_on_the_host(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("p")
        await it.shows("web1: paused")
        await it.press("L")
        await it.shows("✓", "pause web1  paused", "root     web1  xl pause 1")
        await it.press("enter")
        await it.shows("state:    done", "result:   paused", "command:  xl pause 1", "exit status 0")
        await it.press("escape")
        await it.hides("state:    done")
        await it.press("tab")
        await it.press("home")
        await it.until(lambda: it.app.screen.query_one("#audit", OptionList).highlighted == 0)
        await it.press("enter")
        await it.shows("Audit record", "domain:", "argv:     xl pause 1")
        await it.press("escape")
        await it.hides("Audit record")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_a_job_is_cancelled_in_the_log(host: StageHost) -> None:
    control.set_speed(host.simulator, 1e-4)
    async with stage(host) as it:
        await it.go("web1")
        await it.press("S")
        await it.shows("shutdown web1 …")
        await it.press("L")
        await it.shows("running")
        await it.press("x")
        await it.shows("shutdown web1  cancelled")
        await it.press("x")
        await it.shows("no running job is selected")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert it.state("web1") == "running"


async def test_what_cannot_be_stopped_says_why(host: StageHost) -> None:
    async with stage(host) as it:

        async def work(_job: Job) -> str:
            await going_on.wait()
            return "suspended"

        going_on = asyncio.Event()
        it.app.jobs.start("suspend", "web1", work, cancellable=False)
        await it.press("L")
        await it.shows("suspend web1")
        await it.press("x")
        await it.shows("cannot be stopped: xl would leave the guest neither running nor saved")
        going_on.set()


async def test_leaving_waits_for_nothing_that_goes_on_on_the_host(host: StageHost) -> None:
    async with stage(host) as it:

        async def work(_job: Job) -> str:
            await asyncio.Event().wait()
            return "suspended"

        job = it.app.jobs.start("suspend", "web1", work, cancellable=False, by_itself=True)
        async with asyncio.timeout(60):
            await it.app.jobs.close()
        assert job.state is JobState.CANCELLED


async def test_leaving_asks_while_jobs_run(host: StageHost) -> None:
    control.set_speed(host.simulator, 1e-4)
    async with stage(host) as it:
        await it.go("web1")
        await it.press("S")
        await it.shows("shutdown web1 …")
        await it.press("q")
        await it.shows("Quit xentui?", "still running: shutdown web1")
        await it.press("n")
        await it.until(lambda: it.in_list)
        assert it.app.jobs.running
        await it.press("q")
        await it.shows("Quit xentui?")
        await it.press("y")
        await it.until(lambda: it.app._exit)
        assert it.app.jobs.all[0].state is JobState.CANCELLED


async def test_the_question_on_the_way_out_falls_away_with_the_last_job(host: StageHost) -> None:
    async with stage(host) as it:
        may_end = asyncio.Event()

        async def work(_job: Job) -> str:
            await may_end.wait()
            return "done"

        it.app.jobs.start("apply to", "web1", work)
        await it.press("q")
        await it.shows("Quit xentui?", "still running: apply to web1")
        may_end.set()
        await it.until(lambda: it.app._exit)


async def test_a_job_that_fails_under_the_question_is_told_there(host: StageHost) -> None:
    async with stage(host) as it:
        may_end = asyncio.Event()

        async def work(_job: Job) -> str:
            await may_end.wait()
            raise NotAllowedError("the host refused it", subject="web1")

        it.app.jobs.start("apply to", "web1", work)
        await it.press("q")
        await it.shows("still running: apply to web1")
        may_end.set()
        await it.shows("Quit xentui?", "failed: apply to web1: the host refused it")
        assert not it.app._exit


async def test_leaving_does_not_ask_where_nothing_is_lost(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("ctrl+q")
        await it.until(lambda: it.app._exit)


async def test_four_of_many_are_at_work_at_once() -> None:
    """A dom0 is small: the fifth command waits for one of the four."""
    jobs = Jobs(lambda _job: None)
    working: list[str] = []
    may_end = asyncio.Event()

    async def act(domain: Domain, _job: Job) -> str:
        working.append(domain.name)
        await may_end.wait()
        return "done"

    desk = SimpleNamespace(jobs=jobs, word=str)
    whole = work.each(desk, "pause", [domain(number) for number in range(1, 10)], act)
    for _ in range(50):
        await asyncio.sleep(0)
    assert working == ["vm1", "vm2", "vm3", "vm4"]
    may_end.set()
    assert whole.task is not None
    await whole.task
    assert (len(working), whole.result) == (9, "pause done")


async def test_a_job_cancelled_before_its_first_step_has_ended() -> None:
    changed: list[Job] = []
    jobs = Jobs(changed.append)

    async def never(_job: Job) -> str:
        raise AssertionError("it was to do nothing")

    job = jobs.start("shutdown", "web1", never)
    assert jobs.cancel(job)
    await asyncio.wait([job.task] if job.task else [])
    await asyncio.sleep(0)
    assert job.state is JobState.CANCELLED and job.ended is not None
    assert changed[-1] is job and not jobs.running


async def test_what_goes_on_on_the_host_is_followed_whoever_began_it(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(host) as it:
        going_on = asyncio.Event()
        found = HostJob("0" * 32, "suspend", "", "web1", "ann@desk", 0.0, HostJobState.RUNNING)

        async def follow(job: HostJob, *, progress: Callable[[int], None]) -> None:
            assert job is found
            progress(42)
            await going_on.wait()

        monkeypatch.setattr(it.app.here.hypervisor.lifecycle, "follow", follow)

        def offered() -> bool:
            assert it.app.here.host_state.snapshot is not None
            it.app.here.host_state.snapshot = replace(it.app.here.host_state.snapshot, jobs=(found,))
            it.app.post_message(HostStateChanged(()))
            return bool(it.app.jobs.all)

        await it.until(offered)  # a look at the host may come between
        offered()
        await it.settled()
        await it.press("L")
        await it.shows("suspend web1 42%")
        assert len(it.app.jobs.all) == 1
        going_on.set()
        await it.shows("suspend web1  done, requested by ann@desk")
        await it.press("escape")
        assert "suspend" not in it.notice


async def test_a_job_of_ones_own_is_not_followed_twice(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("z")
        await it.until(lambda: it.state("web1") == "suspended")
        await it.quiet()
        own = [job for job in it.app.jobs.all if job.title == "suspend"]
        assert len(own) == 1 and len(own[0].host_job) == 32


async def test_jobs_concern_whom_they_name_until_a_while_after_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(1000.0)
    monkeypatch.setattr(time, "time", clock)
    jobs = Jobs(lambda _job: None)

    async def work(_job: Job) -> str:
        return "done"

    for title, subject in (("suspend", "web1"), ("pause web2", ""), ("restore", "/var/lib/xen/save/mail")):
        job = jobs.start(title, subject, work)
        assert job.task is not None
        await job.task
    foreign = jobs.start("save", "db1", work)
    foreign.foreign = True
    assert [name for name in ("web1", "web2", "mail", "db1", "web") if jobs.concern(name, within=15)] == [
        "web1",
        "web2",
        "mail",
    ]
    clock.go_on(20)
    assert not any(jobs.concern(name, within=15) for name in ("web1", "web2", "mail"))
    await jobs.close()


async def test_of_a_job_in_steps_the_line_has_the_guest_and_how_far_it_is_first(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        line = it.app.main.notice
        job = Job(1, "drain sim:a --allow cached --shutdown --keep-going", "", 0.0)
        with Jobs(lambda _job: line.show_jobs([job])).step(
            job, "web-frontend-03.example: moves to rack-2-xen-07 (12 of 30)"
        ) as report:
            report(43, "stopped, connecting its devices there, 12 s")
            shown = line.line().plain
            assert shown.strip().startswith(
                "web-frontend-03.example: moves to rack-2-xen-07 (12 of 30), stop"
            )
            assert shown.rstrip().endswith("43%")
            assert len(shown) <= 80
        assert "drain sim:a --allow cached" in line.line().plain


@pytest.mark.parametrize(
    ("title", "subject", "host", "label"),
    [
        ("drain sim", "", "sim", "drain sim"),
        ("drain", "sim", "sim", "drain sim"),
        ("clone", "web1", "xen2", "clone web1@xen2"),
        ("host-check", "", "xen2", "host-check xen2"),
    ],
)
def test_a_job_names_its_host_once(title: str, subject: str, host: str, label: str) -> None:
    job = Job(1, title, subject, 0.0)
    job.host = host
    assert job.label == label
