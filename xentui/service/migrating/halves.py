"""What a broken migration has left on two hosts, and the only order in which it can be cleaned up safely.

Which half is kept follows from both hosts together.  The two halves never run at the same time: the half on the target
is destroyed, and checked to be gone, before the guest is resumed on the source; the source is destroyed only if the
guest is seen to run on the target.
"""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot
from xentui.model.migration import AWAY, INCOMING, Move, MoveState, whole_name
from xentui.model.state import DomainState

_AWAKE = (DomainState.RUNNING, DomainState.BLOCKED)
MOVES = ("migrate", "move")
"""The kinds of the jobs that take a domain to another host."""


class MendStep(StrEnum):
    """One step of the clean-up, done only when the steps before it have been checked."""

    DROP_THERE = "destroy the half on {there}, which has never run"
    WAKE_HERE = "let the guest go on on {here}, where it was stopped (libxl_domain_resume)"
    NAME_HERE = "give it its name back on {here}"
    STAY_HERE = "note on {here} that it has stayed"
    DROP_HERE = "destroy the stopped guest on {here}: it runs on {there}"
    NAME_THERE = "give it its own name on {there}"
    HAND_OVER = "have what is stored of it follow to {there}"
    GO_ON_THERE = "let the guest go on on {there}: it is whole there, and defined on {here} no more"
    FORGET_HERE = "undefine it on {here}: it is on {there}"
    FORGET_THERE = "undefine it on {there}: it is on {here}"


DESTROYS = frozenset({MendStep.DROP_THERE, MendStep.DROP_HERE, MendStep.FORGET_HERE, MendStep.FORGET_THERE})


@dataclass(frozen=True, slots=True)
class Broken:
    """What is left of a migration: ``name`` is the domain's name, ``here`` what the source has of it, ``there`` the
    target.

    ``why`` explains it; ``steps`` clean it up.  No steps mean that nothing has to be done (``stuck`` is ""), or that
    nothing is safe, and ``stuck`` says why.  ``stored_here`` says whether the source stores it, ``moving`` the host it
    was to move to according to the source; ``nothing`` that neither host has anything of it; ``doubt`` is what is not
    known, and would destroy data if it were otherwise.
    """

    uuid: str
    name: str
    here: Domain | None
    there: Domain | None
    why: str
    steps: tuple[MendStep, ...] = ()
    stuck: str = ""
    stored_here: bool = False
    moving: Move | None = None
    nothing: bool = False
    doubt: str = ""

    @property
    def destroys(self) -> bool:
        """Whether a step destroys something."""
        return bool(DESTROYS & set(self.steps))


def of_uuid(snapshot: Snapshot, uuid: str) -> list[Domain]:
    """Return the domains with a uuid on a host, without the stopped copies that xl keeps."""
    return [each for each in snapshot.domains if each.uuid == uuid and each.domid and not each.copy_of]


def is_left(domain: Domain) -> bool:
    """Return whether a domain may have been left by a migration, as far as its own host shows."""
    if domain.job is not None and domain.job.under_way:
        return False
    return bool(domain.half) or domain.moving is not None


def is_target(ours: Snapshot, theirs: Snapshot, uuid: str) -> bool:
    """Return whether the first of two hosts is the one that the domain was to move to."""
    mine, other = ([each for each in side.domains if each.uuid == uuid] for side in (ours, theirs))
    if any(_leaves(each) for each in mine):
        return False
    arrived = any(each.half == INCOMING or (each.domid and not each.managed) for each in mine)
    return any(_leaves(each) for each in other) or (arrived and any(each.managed for each in other))


def _leaves(domain: Domain) -> bool:
    return domain.half == AWAY or domain.moving is not None or domain.asleep


def judge(uuid: str, ours: Snapshot, theirs: Snapshot | None) -> Broken:
    """Return what a migration of a domain from the host of ``ours`` to that of ``theirs`` has left.

    ``theirs`` is None where the target is known to be dead: nothing runs there.
    """
    stored = next((each for each in ours.domains if each.uuid == uuid and each.managed), None)
    here, there = of_uuid(ours, uuid), of_uuid(theirs, uuid) if theirs is not None else []
    names = [stored.stored_name if stored else "", *(whole_name(each.name) for each in (*here, *there))]
    case = _Case(
        uuid,
        next((each for each in names if each), uuid),
        here[0] if here else None,
        there[0] if there else None,
        stored is not None,
        stored.moving if stored is not None else None,
        dead=theirs is None,
        nothing=not any(
            each.uuid == uuid
            for side in (ours, theirs)
            for each in (side.domains if side is not None else ())
        ),
    )
    jobs = (*ours.jobs, *(theirs.jobs if theirs is not None else ()))
    if any(job.uuid == uuid and job.kind in MOVES and job.under_way for job in jobs):
        # What looks like a half that was left is the guest on its way: it ends well only where nobody touches it.
        return case.verdict(
            "its migration goes on", stuck="wait for its end: the list of its source shows it"
        )
    if len(here) > 1 or len(there) > 1:
        return case.verdict(
            "one host has several domains of its uuid", stuck="end all but one of them by hand first"
        )
    if has_running(case.there):
        return case.verdict(BOTH, stuck=NO_TOOL) if has_running(case.here) else case.runs_there()
    if case.here is not None:
        return case.is_here(case.here)
    return case.is_there(case.there) if case.there is not None else case.runs_nowhere()


MAY_HAVE_RUN = (
    "the other host has no half of it: it has lost it, or it has let it run. If the guest ran there, even for a moment "
    "before a loss of power, its disks have changed since, and letting it go on here with its old memory damages "
    "their file systems; then destroy it here instead, end this anew, and start it"
)
BOTH = "it RUNS ON BOTH HOSTS: each moment both write to its disks"
NO_TOOL = "shut down at once the one whose data you can lose; no tool can tell which that is"


@dataclass(frozen=True, slots=True)
class _Case:
    """What both hosts have of a domain, at most one row each.

    ``dead`` says that nothing runs on the target any more.
    """

    uuid: str
    name: str
    here: Domain | None
    there: Domain | None
    stored_here: bool
    moving: Move | None
    dead: bool = False
    nothing: bool = False

    def verdict(self, why: str, *steps: MendStep, stuck: str = "", doubt: str = "") -> Broken:
        return Broken(
            self.uuid,
            self.name,
            self.here,
            self.there,
            why,
            steps,
            stuck,
            self.stored_here,
            self.moving,
            self.nothing,
            doubt,
        )

    @property
    def follow(self) -> tuple[MendStep, ...]:
        return (MendStep.HAND_OVER,) if self.stored_here else ()

    @property
    def stay(self) -> tuple[MendStep, ...]:
        return (MendStep.STAY_HERE,) if self.moving is not None else ()

    @property
    def rename_there(self) -> tuple[MendStep, ...]:
        return (MendStep.NAME_THERE,) if self.there is not None and self.there.half == INCOMING else ()

    def runs_there(self) -> Broken:
        if self.here is not None and self.here.state is DomainState.PAUSED and not self.here.asleep:
            return self.verdict(
                "it runs on the target, and is held on the source without having been stopped for a migration",
                stuck="look at both by hand: nothing tells that what is held on the source is of no use any more",
            )
        drop = (MendStep.DROP_HERE,) if self.here is not None else ()
        rest = "what is on the source is the stopped guest it was" if drop else "it has left the source"
        return self.verdict(f"it runs on the target; {rest}", *drop, *self.rename_there, *self.follow)

    def is_here(self, here: Domain) -> Broken:
        drop = (MendStep.DROP_THERE,) if self.there is not None else ()
        if self.there is not None and not never_ran(self.there):
            return self.verdict(
                "its guest is on the source, and held on the target, where it has run",
                stuck="look at both by hand: the one that has run last is the one to keep",
            )
        rename = (MendStep.NAME_HERE,) if here.half == AWAY else ()
        rest = ", and a half that has never run is on the target" if drop else ""
        if here.asleep:
            why = f"the line was cut as it was handed over: its guest is stopped on the source{rest}"
            if not drop and not self.dead and self.moving is None:
                # Nothing is stored that would say where it was going.
                why = f"{why}; the other host has nothing of it: be sure that it was going there, and to no third"
            return self.verdict(
                why, *drop, MendStep.WAKE_HERE, *rename, *self.stay, doubt="" if drop else MAY_HAVE_RUN
            )
        if here.state is DomainState.PAUSED or has_running(here):
            return self.verdict(f"its guest is on the source{rest}", *drop, *rename, *self.stay)
        return self.verdict(f"its guest has ended on the source{rest}", *drop, *self.stay)

    def is_there(self, there: Domain) -> Broken:
        if never_ran(there) and there.half == INCOMING:
            # Whether its memory is whole is told by nothing: a guest that goes on in torn memory wrecks its disks.
            why = "the source has lost its guest; the target has a half that has never run, and may not be whole"
            return self.verdict(why, MendStep.DROP_THERE, *self.stay)
        return self.verdict(
            "it is held on the target, and not on the source", *self.rename_there, *self.follow
        )

    def runs_nowhere(self) -> Broken:
        if self.nothing:
            return self.verdict(
                "this host has nothing of it" if self.dead else "neither host has anything of it"
            )
        if self.dead and self.moving is not None:
            return self.verdict("its guest runs on neither host: it stays here", *self.stay)
        if self.moving is not None and self.moving.state is MoveState.GONE:
            return self.verdict(
                "it is off, and what is stored of it has not reached the target yet", *self.follow
            )
        return self.verdict("its guest runs on neither host", *self.stay)


def never_ran(domain: Domain) -> bool:
    """Return whether a guest is paused and has had no CPU time: a half that was never allowed to run."""
    return domain.state is DomainState.PAUSED and not domain.cpu_seconds


def has_running(domain: Domain | None) -> bool:
    """Return whether there is a guest, and it runs."""
    return domain is not None and domain.state in _AWAKE
