"""What a migration by libvirt has left on two hosts, and the only order in which it can be cleaned up safely.

The guest has its own name on both hosts.  It runs on the target only when it is no longer defined on the source
(:mod:`xentui.agent.migration.engine_jobs`); before that, the half on the target, which has never run, is of no use.
"""

from __future__ import annotations

from typing import Protocol

from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot
from xentui.service.migrating.halves import (
    BOTH,
    MOVES,
    NO_TOOL,
    Broken,
    MendStep,
    has_running,
    never_ran,
    of_uuid,
)


class _Tell(Protocol):
    """Says what is left, and what ends it."""

    def __call__(self, why: str, *steps: MendStep, stuck: str = "") -> Broken:
        """Say it."""


@dataclass(frozen=True, slots=True)
class _Side:
    """What one host has of a domain: its guest, whether its engine defines it, and whether its migration from here
    broke with the guest on the other host.
    """

    guest: Domain | None
    kept: bool
    sent: bool
    several: bool

    @property
    def half(self) -> bool:
        return self.guest is not None and never_ran(self.guest)

    @property
    def nothing(self) -> bool:
        return self.guest is None and not self.kept


def is_target(ours: Snapshot, theirs: Snapshot, uuid: str) -> bool:
    """Return whether the first of two hosts is the one that the domain was to move to."""
    mine, other = _side(ours, uuid), _side(theirs, uuid)
    if mine.sent or other.sent:
        return other.sent
    if mine.half != other.half:
        return mine.half
    return mine.guest is not None and other.guest is None and other.kept


def judge(uuid: str, ours: Snapshot, theirs: Snapshot | None) -> Broken:
    """Decide as :func:`xentui.service.migrating.halves.judge`, for a guest that its engine defines."""
    here = _side(ours, uuid)
    there = _side(theirs, uuid) if theirs is not None else _Side(None, kept=False, sent=False, several=False)
    known = [
        each for side in (ours, theirs) if side is not None for each in side.domains if each.uuid == uuid
    ]
    name = next((each.stored_name or each.name for each in known if each.stored_name or each.name), uuid)

    def told(why: str, *steps: MendStep, stuck: str = "") -> Broken:
        return Broken(
            uuid, name, here.guest, there.guest, why, steps, stuck, stored_here=here.kept, nothing=not known
        )

    jobs = (*ours.jobs, *(theirs.jobs if theirs is not None else ()))
    if any(job.uuid == uuid and job.kind in MOVES and job.under_way for job in jobs):
        return told("its migration goes on", stuck="wait for its end: the list of its source shows it")
    if here.several or there.several:
        return told("one host has several domains of its uuid", stuck="end all but one of them by hand first")
    if has_running(here.guest) and has_running(there.guest):
        return told(BOTH, stuck=NO_TOOL)
    if there.half:
        return _half_there(here, there, told)
    if there.guest is not None:
        return _runs_there(here, there, told)
    return _not_there(here, there, told)


def _not_there(here: _Side, there: _Side, told: _Tell) -> Broken:
    wake = (MendStep.WAKE_HERE,) if here.guest is not None and here.guest.asleep else ()
    if here.kept and there.kept:
        if here.guest is None:
            why = "it is defined on both hosts, and runs on neither"
            return told(why, stuck="delete one of both definitions: its disks stay")
        return told("it is defined on both hosts", *wake, MendStep.FORGET_THERE)
    if wake:
        return told("its guest is stopped on the source, where it is defined", *wake)
    if here.nothing and there.nothing:
        return told("neither host has anything of it")
    return told("it is on one host only")


def _runs_there(here: _Side, there: _Side, told: _Tell) -> Broken:
    if here.guest is not None:
        return told(
            "it is on both hosts, and has run on the target",
            stuck="look at both by hand: the one that has run last is the one to keep",
        )
    if here.kept:
        why = "it is on the target, and defined on the source still, which could start it a second time"
        if not there.kept:
            return told(why, stuck="make it a managed one on the target first, by an edit of it there")
        return told(why, MendStep.FORGET_HERE)
    return told("it is on the target, and there alone")


def _half_there(here: _Side, there: _Side, told: _Tell) -> Broken:
    if here.kept or here.guest is not None:
        wake = (MendStep.WAKE_HERE,) if here.guest is not None and here.guest.asleep else ()
        what = "its guest is on the source" if here.guest is not None else "it is off on the source"
        return told(f"{what}, and a half that has never run is on the target", MendStep.DROP_THERE, *wake)
    if here.sent and there.kept:
        return told(
            "its guest is whole on the target, and has left the source: the line was cut before it was let run",
            MendStep.GO_ON_THERE,
        )
    return told(
        "the target has it paused, and it has never run there; this host knows nothing of it",
        stuck="name the host it came from: it may run there; where it was started paused, unpause it",
    )


def _side(snapshot: Snapshot, uuid: str) -> _Side:
    guests = of_uuid(snapshot, uuid)
    return _Side(
        guests[0] if guests else None,
        kept=any(each.uuid == uuid and each.managed for each in snapshot.domains),
        sent=any(job.uuid == uuid and job.kind in MOVES and not job.under_way for job in snapshot.jobs),
        several=len(guests) > 1,
    )
