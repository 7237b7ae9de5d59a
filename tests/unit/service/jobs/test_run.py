"""A job of the host as whoever has it begun follows it: what is said and done where they are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from xentui.errors import HostError, StoreCode, StoreError
from xentui.model.job import HostJobState, JobEnd, JobLook
from xentui.service.jobs import run as job_run
from xentui.service.jobs.run import TOLD_BY_LIST, JobRun
from xentui.service.jobs.run_to_end import JobRequest, run_to_end
from xentui.service.session import Session

RUNNING = JobLook(HostJobState.RUNNING, 10)
DONE = JobLook(HostJobState.ENDED, None, JobEnd(0, ("xl", "save")))


class FarJobs:
    """A host's jobs, in memory: what each does next is the test's to say."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.look: JobLook | Exception = RUNNING
        self.refusal: StoreError | None = None
        self.held = asyncio.Event()
        self.begins = asyncio.Event()
        self.cancelling: Callable[[], Awaitable[None]] | None = None

    async def begin(self, job: str) -> None:
        self.begins.set()
        await self.held.wait()
        if self.refusal is not None:
            raise self.refusal
        self.begun.append(job)

    async def look_job(self, job: str) -> JobLook:
        await asyncio.sleep(0)
        if isinstance(self.look, Exception):
            raise self.look
        return self.look

    async def cancel_job(self, job: str) -> None:
        if self.cancelling is not None:
            await self.cancelling()
        self.cancelled.append(job)
        self.look = DONE


@pytest.fixture
def jobs() -> FarJobs:
    return FarJobs()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def session(jobs: FarJobs, said: list[str]) -> Session:
    return cast(
        Session,
        SimpleNamespace(
            store=jobs,
            caution=said.extend,
            following=None,
            observe=None,
            leaving=lambda: False,
            host=SimpleNamespace(shown=str),
        ),
    )


async def followed(run: JobRun, jobs: FarJobs, cancelled: Callable[[], Awaitable[Any]]) -> JobLook:
    async with run.begun(jobs.begin, cancelled):
        return await run.ended()


async def cancelled_as_it_begins(task: asyncio.Task[Any], jobs: FarJobs) -> None:
    await jobs.begins.wait()
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    jobs.held.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_one_that_is_stopped_as_it_begins_is_stopped_once_it_has(
    session: Session, jobs: FarJobs, said: list[str]
) -> None:
    run = JobRun(session, "copy", "web")
    await cancelled_as_it_begins(asyncio.create_task(followed(run, jobs, run.stop)), jobs)
    assert jobs.begun == jobs.cancelled == [run.id]
    assert said == []


async def test_one_that_is_left_as_it_begins_is_said_to_go_on(
    session: Session, jobs: FarJobs, said: list[str]
) -> None:
    run = JobRun(session, "copy", "web")
    task = asyncio.create_task(followed(run, jobs, lambda: run.leave(TOLD_BY_LIST)))
    await cancelled_as_it_begins(task, jobs)
    assert (jobs.begun, jobs.cancelled) == ([run.id], [])
    assert said == ["web: the copy continues on the host by itself; the list shows how it ends"]


@pytest.mark.parametrize("cancellable", [True, False])
async def test_one_that_is_refused_goes_on_nowhere(
    session: Session, jobs: FarJobs, said: list[str], *, cancellable: bool
) -> None:
    """Whether it was to be stopped or left."""
    jobs.refusal = StoreError("a save of it is in progress", code=StoreCode.BUSY)
    request = JobRequest("delete", "web", jobs.begin, "no", cancellable=cancellable)
    work = run_to_end(session, request)
    await cancelled_as_it_begins(asyncio.create_task(work), jobs)
    assert jobs.cancelled == []
    assert said == ["web: the delete has not begun: a save of it is in progress"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            HostError("the line is cut"),
            "whether the copy has stopped on the host is not known: the line is cut",
        ),
        (
            StoreError("it can no longer be stopped", code=StoreCode.BUSY),
            "it can no longer be stopped; the copy continues on the host by itself",
        ),
        (
            StoreError("no such job", code=StoreCode.MISSING),
            "whether the copy has stopped on the host is not known: no such job",
        ),
    ],
    ids=["line", "busy", "missing"],
)
async def test_what_became_of_one_that_could_not_be_stopped_is_said(
    session: Session, jobs: FarJobs, said: list[str], error: Exception, words: str
) -> None:
    async def fails() -> None:
        raise error

    jobs.cancelling = fails
    assert await JobRun(session, "copy", "web", id="0" * 32).stop() is None
    assert said == [f"web: {words}"]


async def test_the_session_is_told_of_one_whose_end_is_awaited(session: Session) -> None:
    told: list[str] = []
    session.following = told.append
    awaited = JobRun(session, "copy", "web")
    JobRun(session, "install", "web", awaited=False)
    assert told == [awaited.id]


async def test_a_line_that_broke_before_it_began_says_that_nothing_was_done(
    session: Session, jobs: FarJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_run, "_PATIENCE", (0.0,))
    jobs.look = StoreError("no such job", code=StoreCode.MISSING)

    async def cut(_job: str) -> None:
        raise HostError("the line is cut")

    run = JobRun(session, "copy", "web")
    with pytest.raises(HostError, match="the line broke before the copy began: nothing was done"):
        async with run.begun(cut, run.leave):
            await run.ended()


async def test_one_that_was_killed_is_an_error_of_what_it_was_to_do(session: Session) -> None:
    run = JobRun(session, "copy", "web")
    with pytest.raises(StoreError, match="it was killed") as caught:
        run.end(JobLook(HostJobState.INTERRUPTED, None), "it was killed", hint="look")
    assert (caught.value.subject, caught.value.hint) == ("web", "look")
