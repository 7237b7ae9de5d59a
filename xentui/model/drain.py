"""What was taken off a host that is emptied, so that it can be brought back."""

from __future__ import annotations

import time
from collections.abc import Collection
from enum import StrEnum

from xentui.frozen import dataclass

_NAMED = 5


class DrainWay(StrEnum):
    """What is done with a guest so that its host is empty; the words are those of the record."""

    MOVE = "move"
    """It is migrated to another host."""
    SHUTDOWN = "shutdown"
    AUTOSTART = "autostart"
    """It does not run, and does not start with the host meanwhile."""


@dataclass(frozen=True, slots=True)
class DrainedGuest:
    """A guest that was taken off a host: ``to`` is what xentui calls the host it went to ("" for none).

    ``done``: that was seen through; else it was ``begun``, and only both hosts tell what has become of it, or is to be
    done yet.  ``autostart``: it started with its host, in the place ``order``.
    """

    uuid: str
    name: str
    way: DrainWay
    to: str = ""
    done: bool = False
    autostart: bool = False
    order: int | None = None
    begun: bool = True


@dataclass(frozen=True, slots=True)
class DrainAgreed:
    """What was agreed to before a host was emptied: where its guests may go (none: nowhere), whether what cannot be
    moved is shut down, how long that may take (seconds), and which words of findings are allowed.
    """

    to: tuple[str, ...] = ()
    shutdown: bool = False
    patience: float | None = None
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrainRecord:
    """What was taken off a host, in that order; ``serial`` tells one state of it from the others (0: nothing was).

    ``held`` is who is at it at this moment, "" for nobody; ``job`` the host's own job that is at it, or was last ("":
    none); ``agreed`` what was agreed to then.  ``back``: the host is being brought back.
    """

    serial: int = 0
    guests: tuple[DrainedGuest, ...] = ()
    held: str = ""
    job: str = ""
    agreed: DrainAgreed | None = None
    back: bool = False

    def guest(self, uuid: str) -> DrainedGuest | None:
        """Return what was done with a guest; None for nothing."""
        return next((each for each in self.guests if each.uuid == uuid), None)


class OutcomeState(StrEnum):
    """How far a guest is that a job of the host deals with; the words are those of
    :mod:`xentui.agent.jobs.outcomes`.
    """

    WAITING = "waiting"
    DOING = "doing"
    DONE = "done"
    SKIPPED = "skipped"
    """Something has changed since it was agreed to: nothing was done."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GuestOutcome:
    """What has come of a guest that a job of the host deals with: ``does`` is what was to be done, ``why`` what was, or
    why not; ``job`` is that of its move, "" for none.  ``mends`` are the words behind the command that ends what a
    migration has left of it (``migrate --mend``), where that helps.
    """

    uuid: str
    name: str
    does: str
    to: str
    state: OutcomeState
    why: str = ""
    job: str = ""
    mends: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more is done with it."""
        return self.state not in (OutcomeState.WAITING, OutcomeState.DOING)


@dataclass(frozen=True, slots=True)
class DrainLook:
    """How far a host is emptied, or brought ``back``: ``user`` did the last step ``at`` so many seconds since 1970.

    ``held``: somebody is at it at this moment.  ``left`` are uuids and names of the guests that were not seen through,
    or are away still, and ``more`` how many others; ``done`` counts those that are.
    ``stopped``: somebody had its job end.
    """

    back: bool
    user: str
    at: float
    held: bool
    done: int
    left: tuple[tuple[str, str], ...] = ()
    more: int = 0
    now: str = ""
    why: str = ""
    stopped: bool = False

    def words(self, here: Collection[str]) -> str:
        """Return the same as :meth:`sentence` in a few words."""
        left = self._counted(len(self._names(here)) + self.more)
        if self.held:
            return ", ".join(filter(None, (f"{self._what} in progress", left)))
        return f"{self._what} {self._ended}, {left}" if left else ""

    def sentence(self, here: Collection[str]) -> str:
        """Return what is to be told of it beside what the host has: that it goes on, or was broken off; "" for neither.

        ``here`` are the uuids of those guests the host is not rid of.
        """
        names = self._names(here)
        many = len(names) + self.more
        if not many and not self.held:
            return ""
        more = f" and {many - _NAMED} more" if many > _NAMED else ""
        left = f", {self._counted(many)}: {', '.join(names[:_NAMED])}{more}" if many else ""
        if self.held:
            now = f"; now {self.now}" if self.now else ""
            return f"{self._who} {self._what}s it at this moment{left}{now}"
        on = "`undrain` continues it"
        if not self.back:
            on = "`drain` continues it, `undrain` brings the guests back"
        why = f"; {self.why}" if self.why else ""
        return f"the {self._what} {self._ended} ({self._who}, {self._when}){left}{why}; {on}"

    def _names(self, here: Collection[str]) -> list[str]:
        return [name for uuid, name in self.left if self.back or uuid in here]

    def _counted(self, many: int) -> str:
        return f"{many} {'still away' if self.back else 'left'}" if many else ""

    @property
    def _what(self) -> str:
        return "undrain" if self.back else "drain"

    @property
    def _ended(self) -> str:
        return "was stopped" if self.stopped else "broke off"

    @property
    def _who(self) -> str:
        return self.user or "somebody"

    @property
    def _when(self) -> str:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.at)) if self.at else "some time ago"
