"""What is to be done with each guest of a host that is emptied, or brought back."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.model.drain import DrainedGuest
from xentui.service.boot_plan import BootPlan
from xentui.service.migrating.plan import MigrationFinding, MigrationPlan


class StepKind(StrEnum):
    """What is done with a guest; the words are those of JSON."""

    MEND = "mend"
    """What a migration that was cut has left of it is ended."""
    MOVE = "move"
    SHUTDOWN = "shutdown"
    START = "start"
    AUTOSTART = "autostart"
    """Its link among those that start with the host is taken away, or put back."""
    SETTLED = "settled"
    """Nothing is left to do: the record lets go of it."""
    STAY = "stay"
    """Nothing is done, and ``why`` says the reason."""


@dataclass(frozen=True, slots=True)
class HostStep:
    """What is done with a guest: ``to`` is the host it goes to, ``why`` the reason where there is one to tell.

    ``asks`` are the words of what is doubtful about it (docs/migration.md), which whoever agrees to the plan agrees to.
    ``could_stop``: it stays, and could be shut down instead.  ``guest`` is what the record has of it (None: nothing),
    ``move`` how it moves, ``boot`` how it is started; ``sha256`` is that of its stored text ("": not asked).
    """

    kind: StepKind
    domain: Domain | None
    uuid: str
    name: str
    to: str = ""
    why: str = ""
    asks: tuple[str, ...] = ()
    could_stop: bool = False
    guest: DrainedGuest | None = None
    move: MigrationPlan | None = None
    boot: BootPlan | None = None
    sha256: str = ""

    @property
    def does(self) -> bool:
        """Whether anything is done."""
        return self.kind is not StepKind.STAY


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What is done with the guests of ``host``, in that order; ``problems`` are sentences on hosts that were not asked.

    ``off`` is how many are off, and stay as they are; ``untouched`` how many of those that were to be taken off never
    were.  ``by_client`` is why the host cannot do it by itself, so that whoever asks has to (empty: it can).
    """

    host: str
    steps: tuple[HostStep, ...]
    problems: tuple[str, ...] = ()
    off: int = 0
    untouched: int = 0
    by_client: tuple[MigrationFinding, ...] = ()

    def step(self, uuid: str) -> HostStep | None:
        """Return what is done with a guest; None where it is none of the plan's."""
        return next((step for step in self.steps if step.uuid == uuid), None)

    @property
    def mending(self) -> tuple[HostStep, ...]:
        """The steps that end what a migration has left."""
        return tuple(step for step in self.steps if step.kind is StepKind.MEND)

    @property
    def doing(self) -> tuple[HostStep, ...]:
        """The steps that do something."""
        return tuple(step for step in self.steps if step.does)

    @property
    def staying(self) -> tuple[HostStep, ...]:
        """The guests that nothing is done with."""
        return tuple(step for step in self.steps if not step.does)

    @property
    def stoppable(self) -> tuple[HostStep, ...]:
        """Those of them that could be shut down."""
        return tuple(step for step in self.staying if step.could_stop)


def start_order(step: HostStep) -> tuple[bool, int, str]:
    """Return where a guest stands among those that are started: by its place, then those that have none."""
    order = step.domain.autostart_order if step.domain is not None else None
    if order is None and step.guest is not None:
        order = step.guest.order
    return order is None, order or 0, step.name


def staying(
    domain: Domain, why: str, *, could_stop: bool = False, guest: DrainedGuest | None = None
) -> HostStep:
    """Return a guest that nothing is done with."""
    return HostStep(
        StepKind.STAY, domain, domain.uuid, domain.label, why=why, could_stop=could_stop, guest=guest
    )


Arrived = Callable[[str, str, str, str], None]
"""Is told of a domain that has come to another host: from, to, its name and uuid."""
