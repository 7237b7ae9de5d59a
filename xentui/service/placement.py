"""Where a domain could go: other hosts looked at as for a migration, and put in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xentui.errors import XentuiError
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, require
from xentui.service.migrating import Migrating, MigrationFinding, MigrationPlan, Mode
from xentui.service.migrating.plan import require_allowable, words
from xentui.service.migrating.target_survey import asked

_ITSELF = "same-host"


@dataclass(frozen=True, slots=True)
class HostPlace:
    """A host a domain could go to, with what a migration there would meet; ``trouble`` is why that is not known."""

    host: str
    plan: MigrationPlan | None = None
    trouble: XentuiError | None = None

    @property
    def fits(self) -> bool:
        """Whether nothing stops it."""
        return self.plan is not None and not self.plan.hard

    @property
    def findings(self) -> tuple[MigrationFinding, ...]:
        """What was found: what stops it, then what is asked about."""
        return (*self.plan.hard, *self.plan.soft) if self.plan is not None else ()

    @property
    def free_after_mib(self) -> int | None:
        """What the host has free with the domain on it, in MiB; below 0 what is missing, None where it is not known."""
        return None if self.plan is None else (self.plan.free_kib - self.plan.need_kib) // 1024

    @property
    def sentence(self) -> str:
        """What it is worth, in a few words: whether it fits and why not, what is asked, which disks are copied."""
        if self.plan is None:
            return f"could not be asked: {self.trouble.message if self.trouble is not None else 'no answer'}"
        stops = ", ".join(words(self.plan.hard))
        if stops:
            return f"stopped by {stops}"
        asks = ", ".join(words(self.plan.soft))
        copies = len(self.plan.copies)
        return "; ".join(
            filter(
                None,
                (
                    "fits",
                    f"asks: {asks}" if asks else "",
                    f"{copies} {'disk' if copies == 1 else 'disks'} copied" if copies else "",
                ),
            )
        )


async def places(
    source: Hypervisor,
    domain: Domain,
    targets: Sequence[Hypervisor],
    mode: Mode | None = None,
    *,
    allow: Collection[str] = (),
    probe: bool = False,
) -> list[HostPlace]:
    """Return the hosts of ``targets``, the best first: those that fit, of these what asks nothing, then what has most
    left.

    With ``probe`` a small file, left for a moment, proves that hosts share folders; nothing is written else.
    One that does not answer is told as such, and delays no other.  Raises UsageError for a word that allows nothing,
    NotAllowedError where the domain goes nowhere as it is.
    """
    require_allowable(allow)
    require(domain, Action.MIGRATE)
    others = [target for target in targets if target is not source]

    async def look(target: Hypervisor) -> MigrationPlan:
        return await Migrating(source).plan(domain, target, mode, allow=allow, leave=probe)

    told = await asked(others, look)
    found = [
        HostPlace(target.host.name, trouble=each)
        if isinstance(each, XentuiError)
        else HostPlace(target.host.name, each)
        for target, each in zip(others, told, strict=True)
    ]
    return sorted((each for each in found if not _is_itself(each)), key=_rank)


def _is_itself(place: HostPlace) -> bool:
    return any(finding.word == _ITSELF for finding in place.findings)


def _rank(place: HostPlace) -> tuple[bool, bool, int, int, int]:
    plan = place.plan
    if plan is None:
        return True, True, 0, 0, 0
    return not place.fits, False, len(plan.soft), len(plan.hard), -(place.free_after_mib or 0)
