"""Jobs of a host: what goes on there by itself, whoever asked for it."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass
from xentui.model.drain import GuestOutcome


class HostJobState(StrEnum):
    """How far a job of a host is."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """Killed, or cut short by a loss of power, and not settled yet."""
    ENDED = "ended"


INSTALL = "install"
"""The kind of a job that sees a domain through its install: it takes as long as that."""
DRAIN = "drain"
"""The kind of a job that empties its host."""
UNDRAIN = "undrain"
"""The kind of a job that brings the guests of its host back."""
_CANCELLED = 130
"""The exit status of a job that was stopped, as a shell has for what Ctrl-C has ended."""
_GOING_ON = {
    "suspend": "suspending",
    "resume": "resuming",
    "save": "saving",
    "restore": "restoring",
    "wake": "waking",
    INSTALL: "installing",
    "clone": "cloning",
    "delete": "deleting",
    "migrate": "migrating",
    "move": "moving",
    DRAIN: "draining",
    UNDRAIN: "undraining",
}
_DOING = {
    "suspend": "suspended",
    "resume": "resumed",
    "save": "saved to a file",
    "restore": "restored from a file",
    "wake": "woken",
    INSTALL: "installed",
    "clone": "cloned",
    "delete": "deleted with its disks",
    "migrate": "migrated to another host",
    "move": "moved to another host",
    DRAIN: "emptied",
    UNDRAIN: "brought back",
}


@dataclass(frozen=True, slots=True)
class HostJob:
    """One job: ``kind`` is suspend, resume, save, restore, wake, install, clone, delete, migrate (to another host, as
    it runs), move (off, with its disks), drain (the host is emptied) or undrain (it is brought back), or begins with
    ``image-``; ``uuid`` that of its domain, "" for none, or where only its file tells; ``subject`` how it is called;
    ``percent`` how far it is, where it has said so; ``path`` its memory image, or what an image of a disk is called
    while it is written.
    """

    id: str
    kind: str
    uuid: str
    subject: str
    user: str
    started: float
    state: HostJobState
    percent: int | None = None
    path: str = ""

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.state is HostJobState.RUNNING

    @property
    def condition(self) -> str:
        """What its domain is doing, in a word, with how far it is: ``suspending 66%``."""
        word = _GOING_ON.get(self.kind, "worked on")
        return word if self.percent is None else f"{word} {self.percent}%"

    @property
    def sentence(self) -> str:
        """What goes on, told of its domain."""
        doing = _DOING.get(self.kind, "worked on")
        if not self.under_way:
            return f"its {self.kind} was interrupted; what it has left is being settled"
        far = f", {self.percent} %" if self.percent is not None else ""
        return f"it is being {doing} on the host{far} (asked for by {self.user or 'somebody'})"


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended: exit status and ``argv`` of what decided it, and ``then``, what became of the domain.

    ``refusal`` is code, message and path where the store failed it; ``ran`` its commands with exit status and seconds;
    ``unrecorded`` why the audit log does not tell of them, "" where it does.
    """

    exit: int
    argv: tuple[str, ...]
    then: str = ""
    refusal: tuple[str, str, str] | None = None
    ran: tuple[tuple[tuple[str, ...], int, float], ...] = ()
    unrecorded: str = ""

    @property
    def is_stopped(self) -> bool:
        """Whether somebody had it end (:data:`xentui.agent.jobs.records.CANCELLED`)."""
        return self.exit == _CANCELLED


@dataclass(frozen=True, slots=True)
class JobLook:
    """A look at one job: how far it is; of one that has ended how, and the last its commands ``said``.

    ``counted`` is how many bytes of how many are done, where the job counts them; ``phase`` what an install has come
    to, as :mod:`xentui.agent.jobs.control` notes it, "" before its installer is built.  ``phases`` are those a
    migration has come to, each with the seconds since its beginning (:mod:`xentui.agent.migration.xl_phases`);
    ``outcomes`` what has come of each guest of one that deals with several, of which that migration is under way.
    """

    state: HostJobState
    percent: int | None
    end: JobEnd | None = None
    said: bytes = b""
    counted: tuple[int, int] | None = None
    phase: str = ""
    phases: tuple[tuple[str, float], ...] = ()
    outcomes: tuple[GuestOutcome, ...] = ()
