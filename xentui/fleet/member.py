"""One host of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from xentui.errors import XentuiError
from xentui.fleet.poller import HostPoller
from xentui.fleet.seen import HostSeen
from xentui.service.events import Event
from xentui.service.hypervisor import Hypervisor

Seen = TypeVar("Seen", bound=HostSeen)
MemberChanged = Callable[["FleetMember[Seen]", "tuple[Event, ...] | None"], None]
MemberTold = Callable[["FleetMember[Seen]", XentuiError], None]


class FleetMember(Generic[Seen]):
    """A host, what is known of it, and who follows it.

    ``seen`` is what is known: snapshot, load, age, how it stands with the line; ``poller`` keeps it up to date.
    """

    def __init__(
        self,
        hypervisor: Hypervisor,
        seen: Seen,
        changed: MemberChanged[Seen],
        told: MemberTold[Seen],
        *,
        looked: Callable[[], None] = lambda: None,
        interval: float = 3.0,
        spread: float = 0.0,
    ) -> None:
        self.hypervisor = hypervisor
        self.seen = seen
        self.poller = HostPoller(
            hypervisor,
            seen,
            lambda events: changed(self, events),
            lambda error: told(self, error),
            looked=looked,
            interval=interval,
            spread=spread,
        )

    @property
    def name(self) -> str:
        """How the user calls the host."""
        return self.hypervisor.host.name
