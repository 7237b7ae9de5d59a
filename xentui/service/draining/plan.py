"""The plan of a drain or undrain: what is done with each guest."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from xentui.errors import Hint
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.model.drain import DrainedGuest
from xentui.service.boot_plan import BootPlan
from xentui.service.migrating.plan import MigrationFinding, MigrationPlan


class StepKind(StrEnum):
    """What is done with a guest; the values are those of the JSON output."""

    MEND = "mend"
    """What a migration that was cut has left of it is ended."""
    MOVE = "move"
    SHUTDOWN = "shutdown"
    START = "start"
    AUTOSTART = "autostart"
    """Its link among those that start with the host is taken away, or put back."""
    RESOLVED = "settled"
    """Nothing is left to do: the record lets go of it."""
    STAY = "stay"
    """Nothing is done, and ``why`` says the reason."""


@dataclass(frozen=True, slots=True)
class HostStep:
    """The step for one guest: ``to`` is the host it goes to, ``why`` the reason if there is one, ``hint`` what ends it.

    ``asks`` are the words of doubtful findings (docs/migration.md), to which the user agrees with the plan.
    ``could_stop`` says that the guest stays and could be shut down instead.  ``guest`` is its record (None: none),
    ``move`` its migration, ``boot`` its start; ``sha256`` is the digest of its stored text ("": not read).
    """

    kind: StepKind
    domain: Domain | None
    uuid: str
    name: str
    to: str = ""
    why: str = ""
    hint: Hint = ""
    asks: tuple[str, ...] = ()
    could_stop: bool = False
    guest: DrainedGuest | None = None
    move: MigrationPlan | None = None
    boot: BootPlan | None = None
    sha256: str = ""

    @property
    def does(self) -> bool:
        """Whether the step changes something."""
        return self.kind is not StepKind.STAY


@dataclass(frozen=True, slots=True)
class HostPlan:
    """The steps for the guests of ``host``, in their order; ``problems`` are sentences on hosts that could not be
    asked.

    ``off`` counts the guests that are off, and stay so; ``untouched`` those in the record that were never taken off.
    ``by_client`` is why a job of the host cannot do the plan, so that the client has to (empty: it can).
    """

    host: str
    steps: tuple[HostStep, ...]
    problems: tuple[str, ...] = ()
    off: int = 0
    untouched: int = 0
    by_client: tuple[MigrationFinding, ...] = ()

    def step(self, uuid: str) -> HostStep | None:
        """Return the step of a guest; None if the plan has none."""
        return next((step for step in self.steps if step.uuid == uuid), None)

    @property
    def mending(self) -> tuple[HostStep, ...]:
        """The steps that clean up after broken migrations."""
        return tuple(step for step in self.steps if step.kind is StepKind.MEND)

    @property
    def doing(self) -> tuple[HostStep, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.does)

    @property
    def staying(self) -> tuple[HostStep, ...]:
        """The steps of guests that stay."""
        return tuple(step for step in self.steps if not step.does)

    @property
    def stoppable(self) -> tuple[HostStep, ...]:
        """Those of them that could be shut down."""
        return tuple(step for step in self.staying if step.could_stop)


def start_order(step: HostStep) -> tuple[bool, int, str]:
    """Return the sort key of guests that are started: by their autostart order, then those without one."""
    order = step.domain.autostart_order if step.domain is not None else None
    if order is None and step.guest is not None:
        order = step.guest.order
    return order is None, order or 0, step.name


def staying(
    domain: Domain,
    why: str,
    *,
    hint: Hint = "",
    could_stop: bool = False,
    guest: DrainedGuest | None = None,
) -> HostStep:
    """Return the step of a guest that stays, and ``why``; ``hint`` is what ends that."""
    return HostStep(
        StepKind.STAY,
        domain,
        domain.uuid,
        domain.label,
        why=why,
        hint=hint,
        could_stop=could_stop,
        guest=guest,
    )


Arrived = Callable[[str, str, str, str], None]
"""Is told of a domain that has come to another host: from, to, its name and uuid."""
