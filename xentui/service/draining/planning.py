"""Plans a drain: polls all hosts, and decides what is done with each guest; nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xentui.errors import NotAllowedError, XentuiError
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.model.drain import DrainedGuest, DrainRecord
from xentui.model.state import DomainState
from xentui.service.draining.plan import HostPlan, HostStep, StepKind, start_order, staying
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, reason_against
from xentui.service.mend_command import mend_hint
from xentui.service.migrating import Migrating, MigrationPlan, mending
from xentui.service.migrating.halves import is_left
from xentui.service.migrating.plan import words
from xentui.service.migrating.target_survey import asked

_BALLOON = "balloon"
_ENDED = (DomainState.SHUTDOWN, DomainState.CRASHED, DomainState.DYING)
_TRANSIENT = "it is transient: once it has stopped, it is gone (storing an edit makes it managed)"
_Plans = Mapping[str, MigrationPlan | XentuiError]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A host that a guest could go to: what is doubtful about it, and how much memory it has left then, in KiB."""

    target: Hypervisor
    plan: MigrationPlan
    asks: tuple[str, ...]
    left: int


class DrainPlanner:
    """Plans the drain of the host of ``source``; its guests go to ``targets``, by name.

    ``allow`` are words of findings that the user allows (docs/migration.md).
    """

    def __init__(
        self, source: Hypervisor, targets: Mapping[str, Hypervisor], *, allow: Collection[str] = ()
    ) -> None:
        self._source, self._targets = source, targets
        self._allow = tuple(allow)

    async def plan(self, record: DrainRecord, *, shutdown: bool = False) -> HostPlan:
        """Poll all hosts, and plan what is done with each guest; ``record`` is the host's record.

        With ``shutdown`` a guest that cannot be moved is shut down.  Raises NotAllowedError if the host's store cannot
        be read, HostError if the host does not answer.
        """
        snapshot = await self._source.inventory.poll()
        if snapshot.store_unread:
            raise NotAllowedError(
                f"cannot empty it: {'; '.join(snapshot.problems)}", subject=self._source.host.name
            )
        guests = [each for each in snapshot.domains if not each.is_control]
        fixed, movable = await self._sorted(guests, record)
        plans, problems = await self._plans(movable)
        moved = self._placed(movable, plans, record, shutdown=shutdown)
        held = [f"{record.held} drains or undrains it at this moment"] if record.held else []
        return HostPlan(
            self._source.host.name,
            tuple(_in_order([*fixed, *moved])),
            (*held, *problems),
            sum(each.domid is None and not each.autostart for each in guests),
        )

    async def _sorted(
        self, guests: Sequence[Domain], record: DrainRecord
    ) -> tuple[list[HostStep], list[Domain]]:
        """Return the steps that need no other host, and the guests that could be moved."""
        fixed: list[HostStep] = []
        movable: list[Domain] = []
        for domain in guests:
            guest = record.guest(domain.uuid)
            if domain.by or domain.copy_of:
                why = f"it is {domain.by}'s" if domain.by else f"it is a stopped copy of {domain.copy_of}"
                fixed.append(staying(domain, why))
            elif is_left(domain):
                fixed.append(await self._half(domain, guest))
            elif domain.domid is None:
                if domain.autostart:
                    fixed.append(_step(StepKind.AUTOSTART, domain, guest))
            elif domain.state in _ENDED:
                fixed.append(staying(domain, f"it has ended, and is kept as it was ({domain.state.value})"))
            elif why := reason_against(domain, Action.MIGRATE):
                fixed.append(staying(domain, why, guest=guest))
            else:
                movable.append(domain)
        return fixed, movable

    async def _half(self, domain: Domain, guest: DrainedGuest | None) -> HostStep:
        """Return the step for what a broken migration has left."""
        to = domain.moving.to if domain.moving is not None else guest.to if guest is not None else ""
        target = self._targets.get(to)
        by_hand = mend_hint(domain.label, to)
        if target is None:
            why = f"its migration to {to or 'another host'} was cut"
            return staying(domain, why, hint=by_hand, guest=guest)
        try:
            source, broken = await mending.look(self._source, target, domain.stored_name or domain.name)
        except XentuiError as error:
            return staying(domain, f"its migration to {to} was cut: {error.message}", guest=guest)
        if source is not self._source or broken.stuck or not broken.steps:
            if broken.stuck:
                return staying(domain, f"{broken.why}: {broken.stuck}", guest=guest)
            return staying(domain, broken.why, hint=by_hand, guest=guest)
        names = {"here": self._source.host.name, "there": to}
        steps = "; ".join(step.value.format(**names) for step in broken.steps)
        return HostStep(
            StepKind.MEND, domain, domain.uuid, broken.name, to, f"{broken.why}: {steps}", guest=guest
        )

    async def _plans(self, movable: Sequence[Domain]) -> tuple[dict[str, _Plans], tuple[str, ...]]:
        """Return the migration plan of each guest to each host, and why hosts could not be asked."""

        async def one(target: Hypervisor) -> _Plans:
            found = await Migrating(self._source).plans(movable, target, allow=self._allow)
            return {domain.uuid: plan for domain, plan in zip(movable, found, strict=True)}

        if not movable:
            return {}, ()
        names = list(self._targets)
        told = await asked([self._targets[name] for name in names], one)
        plans = {
            name: each for name, each in zip(names, told, strict=True) if not isinstance(each, XentuiError)
        }
        problems = tuple(
            f"{name} could not be asked: {each.message}"
            for name, each in zip(names, told, strict=True)
            if isinstance(each, XentuiError)
        )
        return plans, problems

    def _placed(
        self,
        movable: Sequence[Domain],
        plans: Mapping[str, _Plans],
        record: DrainRecord,
        *,
        shutdown: bool,
    ) -> list[HostStep]:
        """Return the step of each guest: the largest is placed first, and memory that is promised counts as used."""

        def need(domain: Domain) -> int:
            found = [each.get(domain.uuid) for each in plans.values()]
            known = [plan.need_kib for plan in found if isinstance(plan, MigrationPlan)]
            return max(known, default=domain.memory_kib)

        taken = dict.fromkeys(plans, 0)
        steps: list[HostStep] = []
        for domain in sorted(movable, key=lambda each: (-need(each), each.label)):
            offers = [
                offer
                for name, each in plans.items()
                if (offer := self._offer(name, each[domain.uuid], taken[name])) is not None
            ]
            guest = record.guest(domain.uuid)
            if offers:
                best = min(offers, key=lambda offer: (len(offer.asks), -offer.left))
                to = best.target.host.name
                taken[to] += best.plan.need_kib
                steps.append(
                    HostStep(
                        StepKind.MOVE,
                        domain,
                        domain.uuid,
                        domain.label,
                        to,
                        f"{best.left // 1024} MiB are free there then",
                        best.asks,
                        guest=guest,
                        move=best.plan,
                    )
                )
            else:
                why = _no_place(domain, plans)
                steps.append(_without_place(domain, why, guest, shutdown=shutdown))
        return steps

    def _offer(self, name: str, plan: MigrationPlan | XentuiError, taken: int) -> _Offer | None:
        if isinstance(plan, XentuiError) or plan.hard:
            return None
        left = plan.free_kib - taken - plan.need_kib
        if left + plan.given_kib < 0:
            return None
        asks = words(plan.soft)
        if left < 0 and _BALLOON not in asks:
            asks = (*asks, _BALLOON)
        return _Offer(self._targets[name], plan, asks, left)


def words_of(plan: MigrationPlan) -> str:
    """Return the findings that stop a migration, as text, and how they are allowed if all of them can be."""
    stops = words(plan.hard)
    allowed = all(finding.allow for finding in plan.hard)
    return f"{', '.join(stops)}{''.join(f' (--allow {word})' for word in stops) if allowed else ''}"


def _step(kind: StepKind, domain: Domain, guest: DrainedGuest | None, why: str = "") -> HostStep:
    return HostStep(kind, domain, domain.uuid, domain.label, why=why, guest=guest)


def _without_place(domain: Domain, why: str, guest: DrainedGuest | None, *, shutdown: bool) -> HostStep:
    """Return the step of a guest that no host can take."""
    against = reason_against(domain, Action.SHUTDOWN) or ("" if domain.managed else _TRANSIENT)
    if shutdown and not against:
        return _step(StepKind.SHUTDOWN, domain, guest, why)
    if shutdown:
        why = f"{why}; and {against}"
    return staying(domain, why, could_stop=not against, guest=guest)


def _no_place(domain: Domain, plans: Mapping[str, _Plans]) -> str:
    """Return why no host can take a guest."""
    told = []
    for name, each in plans.items():
        plan = each[domain.uuid]
        if isinstance(plan, XentuiError):
            told.append(f"{name}: {plan.message}")
        elif plan.hard:
            told.append(f"{name}: {words_of(plan)}")
        else:
            told.append(f"{name}: no room beside those before it")
    return f"no host takes it ({'; '.join(told[:4])})" if told else "there is no host to move it to"


def _in_order(steps: Sequence[HostStep]) -> list[HostStep]:
    """Return the steps in their order: broken migrations, moves (largest first), shutdowns in reverse order of their
    start.
    """
    order = (StepKind.MEND, StepKind.MOVE, StepKind.SHUTDOWN, StepKind.AUTOSTART, StepKind.STAY)
    found: list[HostStep] = []
    for kind in order:
        of_kind = [step for step in steps if step.kind is kind]
        if kind is StepKind.SHUTDOWN:
            of_kind.sort(key=start_order, reverse=True)
        found += of_kind
    return found
