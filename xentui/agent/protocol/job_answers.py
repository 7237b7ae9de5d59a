"""What the operations on jobs answer, for mypy alone: no process imports this module.

The far end of a connection is not trusted to answer so; whoever asks looks.
"""

from __future__ import annotations

from typing import Any, List, Optional, TypedDict


class InstallAnswer(TypedDict):
    """The install of a domain that is under way or was broken off (:mod:`xentui.agent.store.installs`)."""

    job: str
    time: str
    state: str
    why: str
    disks: List[str]


class InstallTextAnswer(TypedDict):
    """What is booted to install a domain, and the record of that."""

    text: str
    install: InstallAnswer


class MoveAnswer(TypedDict):
    """The move of a domain to another host (:mod:`xentui.agent.store.move_record`)."""

    job: str
    to: str
    address: str
    state: str


class JobAnswer(TypedDict):
    """A job as a look at the host tells of it."""

    id: str
    kind: str
    uuid: str
    subject: str
    user: str
    started: float
    path: str
    domid: int
    paused: bool
    state: str
    percent: Optional[int]


class RanAnswer(TypedDict):
    """A command that a job has run."""

    argv: List[str]
    exit: int
    seconds: float


class Refusal(TypedDict):
    """An error of the agent."""

    code: str
    message: str
    path: str


class JobEndAnswer(TypedDict):
    """How a job ended."""

    exit: int
    argv: List[str]
    then: str
    error: Optional[Refusal]
    ran: List[RanAnswer]
    unrecorded: str
    time: float


class OutcomeAnswer(TypedDict):
    """What has come of a guest of a job that deals with several (:mod:`xentui.agent.jobs.outcomes`)."""

    uuid: str
    name: str
    does: str
    to: str
    state: str
    why: str
    job: str


class JobLookAnswer(JobAnswer, total=False):
    """How far a job is; of one that has ended ``end`` and the last it ``said``."""

    end: Optional[JobEndAnswer]
    said: str
    counted: Optional[List[int]]
    phase: str
    phases: List[List[Any]]
    outcomes: List[OutcomeAnswer]
