"""Work in the background: what runs, how far it is, how it ended.  No Textual."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING

from xentui.errors import FaultError, NotAgreedError, XentuiError
from xentui.frozen import dataclass
from xentui.patterns import late_pattern
from xentui.service.session import CommandRecord
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.service.jobs.progress import Progress

KEPT = 200
"""Ended jobs that can still be looked at."""
STORED = late_pattern(r"\S*/domains/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/[\w.-]+(?::\d+)*")
"""A file of the store, which is named after the uuid of a domain, and a place in it."""
_HEARD = 0.1
"""Seconds between two looks at whether the host has taken a job over."""

_CONDITIONS = {
    "start": "booting",
    "create": "booting",
    "shutdown": "shutting down",
    "reboot": "rebooting",
    "destroy": "destroying",
    "suspend": "suspending",
    "resume": "resuming",
    "save": "saving",
    "clone": "cloning",
}


class JobState(StrEnum):
    """How far a job is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True, repr=False, eq=False)
class Job:
    """One piece of work.

    ``title`` says what is done to ``subject``; ``percent`` how far it is, where the tool tells; ``commands`` are
    those it has run; ``result`` is a sentence for the end; ``output`` what a verb has printed, ``details`` more to read
    of it in the log.
    """

    number: int
    title: str
    subject: str
    started: float
    cancellable: bool = True
    state: JobState = JobState.RUNNING
    ended: float | None = None
    percent: int | None = None
    error: XentuiError | None = None
    pace: str = ""
    """How much of it is done, how fast and how long it will take, where that is told."""
    steps: list[str] = field(default_factory=list)
    """What was worked on so far, where it is done in steps: the beginnings of the names, on whatever host."""
    step: str = ""
    """What of it is being done, where it is done in steps: ``web: moves to xen2``."""
    result: str = ""
    commands: list[CommandRecord] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    shows: str = ""
    """The uuid of the domain it has made: the list goes there."""
    by_itself: bool = False
    """Whether it goes on on the host when nobody follows it any more."""
    quiet: bool = False
    """Whether its end needs no notice of its own: it is part of something larger."""
    foreign: bool = False
    """Whether it was begun elsewhere, and is only followed here."""
    host_job: str = ""
    """The id of the job on the host that it waits for."""
    parent: Job | None = None
    """The job it is part of."""
    host: str = ""
    """What the list calls the host it is on; "" where that is the only one."""
    task: asyncio.Task[None] | None = None

    @property
    def label(self) -> str:
        """What is done to what."""
        # A typed line may name its host itself: `drain xen1`.
        named = not self.subject and self.host in self.title.split()
        return self.title if named else f"{self.title} {self.about}".strip()

    @property
    def about(self) -> str:
        """Its subject, and on which host that is where there are several."""
        return on_host(self.subject, self.host)

    @property
    def complaint(self) -> str:
        """What went wrong in one sentence, told of the job's subject; "" where nothing did."""
        if self.error is None:
            return ""
        # A file of the store is named after the uuid of the domain, which is the subject.
        stored = [self.error.subject] if STORED.search(self.error.subject) else []
        why = self.error.told_of(self.subject, self.about, *stored)
        return printable(f"{self.about}: {why}") if self.about else why

    @property
    def condition(self) -> str:
        """What its subject is doing meanwhile, in a word, with how far it is; "" where the list need not tell."""
        word = _CONDITIONS.get(self.title, "")
        return f"{word} {self.percent}%" if word and self.percent is not None else word

    def seconds(self, now: float) -> float:
        """Return how long it has taken."""
        return (self.ended or now) - self.started


Work = Callable[[Job], Awaitable[str | None]]
"""Does the job; what it returns is its result in a sentence."""
_current: ContextVar[Job | None] = ContextVar("job", default=None)


def on_host(name: str, host: str) -> str:
    """Return what is called ``name`` on the host the list calls ``host``, "" for the only one.

    A domain is ``web1@xen2``; ``3 domains`` and paths are on it.
    """
    if not name or not host or name == host:
        return name or host
    return f"{name} on {host}" if " " in name or "/" in name else f"{name}@{host}"


class Jobs:
    """The jobs of a session, newest last; ``changed`` is called whenever one begins, goes on or ends.

    Those begun here are on ``host``, as the list calls it; there is one such object a host, which :meth:`on` makes.
    """

    def __init__(self, changed: Callable[[Job], None], *, host: str = "") -> None:
        self._changed = changed
        self._host = host
        self._numbers = count(1)
        self.all: list[Job] = []

    def on(self, host: str) -> Jobs:
        """Return the same jobs; those begun there are on another host."""
        made = Jobs(self._changed, host=host)
        made._numbers, made.all = self._numbers, self.all
        return made

    @property
    def running(self) -> list[Job]:
        """Those that have not ended."""
        return [job for job in self.all if job.state is JobState.RUNNING]

    def concern(self, name: str, *, within: float) -> bool:
        """Return whether this session does something to a domain of that name here, or did so ``within`` as many
        seconds.

        A line typed names it among its words, a restore by the file it is in, a job in steps as it comes to it.
        """
        now = time.time()
        return any(
            not job.foreign
            and (job.ended is None or now - job.ended < within)
            and (
                (
                    job.host == self._host
                    and (name in (job.subject, job.subject.rpartition("/")[2]) or name in job.title.split())
                )
                or any(name.startswith(each) for each in job.steps)
            )
            for job in self.all
        )

    def conditions(self) -> dict[str, str]:
        """Return what the subjects of jobs that run here are doing, by name."""
        here = [job for job in self.running if job.host == self._host]
        return {job.subject: job.condition for job in here if job.condition}

    def start(
        self,
        title: str,
        subject: str,
        work: Work,
        *,
        cancellable: bool = True,
        quiet: bool = False,
        by_itself: bool = False,
    ) -> Job:
        """Begin ``work``, which is given its job, and return the job at once."""
        job = Job(
            next(self._numbers), title, subject, time.time(), cancellable, quiet=quiet, by_itself=by_itself
        )
        job.host = self._host
        job.parent = _current.get() if quiet else None
        self.all.append(job)
        ended = [old for old in self.all if old.state is not JobState.RUNNING]
        for old in ended[: max(0, len(ended) - KEPT)]:
            self.all.remove(old)
        job.task = asyncio.ensure_future(self._run(job, work))
        job.task.add_done_callback(lambda _task: self._never_ran(job))
        self._changed(job)
        return job

    def cancel(self, job: Job) -> bool:
        """Ask a job to stop; False where it cannot."""
        if job.state is not JobState.RUNNING or not job.cancellable or job.task is None:
            return False
        return job.task.cancel()

    def progress(self, job: Job) -> Progress:
        """Return what the service calls with a percentage, and what is behind it in words."""

        def report(percent: int, words: str = "") -> None:
            job.percent, job.pace = percent, words
            self._changed(job)

        return report

    @contextmanager
    def step(self, job: Job, title: str) -> Iterator[Progress]:
        """As :meth:`progress`, for a step of a job: told as what is being done as long as it takes."""
        job.step = title
        job.steps.append(title.partition(": ")[0].removesuffix("…"))
        self._changed(job)
        try:
            yield self.progress(job)
        finally:
            job.step, job.percent, job.pace = "", None, ""
            self._changed(job)

    async def close(self) -> None:
        """Stop what can be stopped, leave to the host what goes on there by itself, and wait for the rest."""
        for job in self.running:
            if job.by_itself and job.task is not None:
                job.task.cancel()
            else:
                self.cancel(job)
        await asyncio.gather(*(job.task for job in self.running if job.task), return_exceptions=True)

    def _never_ran(self, job: Job) -> None:
        """A task that is cancelled before its first step runs nothing of it."""
        if job.state is JobState.RUNNING:
            job.state, job.ended = JobState.CANCELLED, time.time()
            self._changed(job)

    async def _run(self, job: Job, work: Work) -> None:
        _current.set(job)
        try:
            job.result = await work(job) or ""
            job.state = JobState.DONE
        except asyncio.CancelledError:
            job.state = JobState.CANCELLED
        except NotAgreedError as error:
            job.result, job.state = f"cancelled, {error.outcome}", JobState.CANCELLED
        except XentuiError as error:
            job.error, job.state = error, JobState.FAILED
        except Exception as error:  # noqa: BLE001 - the boundary: a fault of one job must not take the screen with it
            job.error = FaultError(error, subject=job.subject)
            job.state = JobState.FAILED
        job.ended = time.time()
        self._changed(job)


async def ended(job: Job | None) -> bool:
    """Wait until a job has ended, or continues on the host by itself: as long its dialog stands, to say what failed.

    A job goes on when nobody waits any more.  False where none was begun; raises the error it has failed with.
    """
    if job is None:
        return False
    while job.task is not None and not job.task.done() and not job.host_job:
        await asyncio.wait([job.task], timeout=_HEARD)
    if job.error is not None:
        raise job.error
    return job.state is not JobState.CANCELLED


def current() -> Job | None:
    """Return the job that is at work here, the whole of which it is part; None outside of jobs."""
    job = _current.get()
    while job is not None and job.parent is not None:
        job = job.parent
    return job


def observe(ran: CommandRecord) -> None:
    """Keep a command with the job that ran it."""
    if (job := _current.get()) is not None:
        job.commands.append(ran)


def following(host_job: str) -> None:
    """Keep which job of the host is waited for with the job that does."""
    if (job := _current.get()) is not None:
        job.host_job = host_job


def announce(sentence: str) -> bool:
    """Keep what a dry run shows with the job that shows it; False outside of jobs."""
    if (job := _current.get()) is None:
        return False
    job.output.append(sentence)
    return True


def warn(sentence: str) -> None:
    """Keep a warning of the service with the job it is about."""
    if (job := _current.get()) is not None:
        job.warnings.append(sentence)
