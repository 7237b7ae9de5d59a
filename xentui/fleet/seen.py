"""What is known of one host: the last snapshot, how old it is, and how it stands with the line.  No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from xentui.fleet.link import HostLink, LinkState, aged
from xentui.model.domain import Domain, HostInfo, Snapshot
from xentui.model.state import ALIVE
from xentui.service.events import Event, changes
from xentui.service.watcher import Pulse

if TYPE_CHECKING:
    from xentui.errors import XentuiError
    from xentui.service.kernels import GuestKernel
    from xentui.service.statistics import Load

LATE = 8.0
"""Seconds a look may take before what is shown counts as old."""


class HostSeen:
    """Takes in what a poller brings.  All times are seconds since the epoch."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.cached = False
        """Whether the snapshot is that of an earlier session: the host has not answered since."""
        self.info = HostInfo()
        self.loads: Mapping[str, Load] = {}
        self.trouble: XentuiError | None = None
        self.pulse = Pulse()
        self._booted: dict[int, float] = {}
        self._counted: tuple[Snapshot | None, int, int] = (None, 0, 0)

    def take_cached(self, snapshot: Snapshot, info: HostInfo) -> None:
        """What an earlier session has seen last, until the host answers; nothing where it has already."""
        if self.snapshot is None:
            self.snapshot, self.info, self.cached = snapshot, info, True

    def take_snapshot(self, snapshot: Snapshot) -> tuple[Event, ...]:
        """Return a new snapshot; returns what has happened since the last one, nothing for the first of a session."""
        before = None if self.cached else self.snapshot
        self.snapshot, self.trouble, self.cached = snapshot, None, False
        return changes(before, snapshot) if before is not None else ()

    def take_loads(self, loads: Mapping[str, Load]) -> None:
        """New load figures by domain name."""
        self.loads = loads

    def take_uptimes(self, uptimes: Mapping[int, int], now: float) -> None:
        """Uptimes in seconds by domid; they go on by themselves."""
        self._booted = {domid: now - seconds for domid, seconds in uptimes.items()}

    def booted(self, domain: Domain) -> float:
        """Return when a domain was booted, in seconds since the epoch; 0 where nobody knows, or it is off."""
        return 0.0 if domain.domid is None else self._booted.get(domain.domid, 0.0)

    def take_kernels(self, of: Callable[[Domain, float], GuestKernel]) -> bool:
        """Return what guests run and would boot, told of each by when it was booted (0: unknown); whether that is
        new.
        """
        del of
        return False

    def take_trouble(self, error: XentuiError) -> None:
        """The host could not be read."""
        self.trouble = error

    @property
    def guests(self) -> tuple[int, int]:
        """How many guests run, of how many; counted once each snapshot."""
        snapshot, running, there = self._counted
        if snapshot is not self.snapshot:
            states = [
                each.state for each in (self.snapshot.domains if self.snapshot else ()) if each.domid != 0
            ]
            running, there = sum(map(ALIVE.__contains__, states)), len(states)
            self._counted = (self.snapshot, running, there)
        return running, there

    def uptimes(self, now: float) -> dict[int, float]:
        """Return seconds since each domain was booted, by domid."""
        return {domid: now - booted if now > booted else 0.0 for domid, booted in self._booted.items()}

    @property
    def unknown_uptimes(self) -> frozenset[int]:
        """The domids whose uptime has not been told yet."""
        domains = self.snapshot.domains if self.snapshot else ()
        return frozenset(domain.domid for domain in domains if domain.domid is not None) - self._booted.keys()

    def age(self, now: float) -> float | None:
        """Return seconds since what is known was true; None where nothing is."""
        return None if self.snapshot is None else max(0.0, now - self.snapshot.taken)

    def link(self, now: float) -> HostLink:
        """Return how it stands with the line."""
        age = self.age(now)
        if self.trouble is not None:
            left = 0.0 if self._asking(now) else max(0.0, self.pulse.next_try - now)
            return HostLink(LinkState.AWAY, self.trouble.message, left, age)
        asking = self._asking(now)
        if asking > LATE or self.pulse.slow:
            long = asking if asking > LATE else self.pulse.slow
            return HostLink(LinkState.SLOW, f"{aged(long)} for an answer", 0.0, age)
        fresh = self.snapshot is not None and not self.cached
        return HostLink(LinkState.UP if fresh else LinkState.CONNECTING, "", 0.0, age)

    def stale(self, now: float) -> str:
        """Return why what is shown is not the present, with its age; "" while the host answers in time.

        Only of a host that has failed to is said that it does not; one that has not answered yet is slow.
        """
        age = self.age(now)
        shown = f"as of {aged(age)} ago" if age is not None else ""
        if self.trouble is not None:
            # A reason may be longer than the line: what changes comes before it.
            when = ", ".join(filter(None, (shown, self.next_try(now))))
            return f"{when and f'{when}: '}{self.trouble.message}"
        asking = self._asking(now)
        late = (
            f"slow: {aged(asking)} without an answer"
            if asking > LATE
            else "connecting"
            if self.cached
            else ""
        )
        return f"{shown and f'{shown}, '}{late}" if late else ""

    def next_try(self, now: float) -> str:
        """Return when a host that could not be read is asked again, in words; "" where nobody knows."""
        left = self.pulse.next_try - now
        return "trying again" if self._asking(now) else f"next try in {aged(left)}" if left > 0 else ""

    def _asking(self, now: float) -> float:
        """Return seconds since the look began that is under way; 0 where none is."""
        return now - self.pulse.asking_since if self.pulse.asking_since else 0.0
