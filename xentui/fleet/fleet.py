"""Several hosts, each followed by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic

from xentui.errors import UsageError
from xentui.fleet.member import FleetMember, MemberChanged, MemberTold, Seen
from xentui.service.hypervisor import Hypervisor
from xentui.spelling import nearest

if TYPE_CHECKING:
    from xentui.fleet.cache import LastLooks

_SECONDS_EACH = 0.15
"""Seconds from a look at some host to one at another, at least: of two hundred each is looked at twice a minute."""
_LEAST = 3.0
_SPREAD = 0.2
_KEPT_EACH = 60.0
"""Seconds from one time what is seen is kept to the next."""
FEW = 8
"""So many hosts are followed as one alone is: with events and load figures, two long-running commands each."""


class Fleet(Generic[Seen]):
    """Follows hosts while :meth:`run` runs; one that hangs, refuses or is slow delays no other.

    Arguments: ``hypervisors`` are the hosts, in the order of the list; ``seen`` makes what takes in what is seen of
    one; ``changed`` is called with a member whenever something of it has changed, and the events of its snapshot;
    ``told`` with what goes wrong with it, once each; ``looked`` when the first list of any host is there; ``looks``
    keeps what is seen for the next session.

    Of more than :data:`FEW` hosts only those in sight (:attr:`in_sight`) run xentop and tell of events by themselves.
    """

    def __init__(
        self,
        hypervisors: Sequence[Hypervisor],
        seen: Callable[[], Seen],
        changed: MemberChanged[Seen],
        told: MemberTold[Seen] = lambda _member, _error: None,
        *,
        looked: Callable[[], None] = lambda: None,
        looks: LastLooks | None = None,
    ) -> None:
        self._looked = False
        self._looks = looks
        interval = max(_LEAST, _SECONDS_EACH * len(hypervisors))
        spread = _SPREAD if len(hypervisors) > 1 else 0.0
        self.in_sight: Callable[[FleetMember[Seen]], bool] = lambda _member: False
        """Tells of many hosts which the user looks at just now."""
        self.members: tuple[FleetMember[Seen], ...] = tuple(
            FleetMember(
                hypervisor, seen(), changed, told, looked=self._once(looked), interval=interval, spread=spread
            )
            for hypervisor in hypervisors
        )
        if len(self.members) > FEW:
            for member in self.members:
                member.poller.listens = member.poller.loads_shown = self._sight_of(member)

    def member(self, name: str) -> FleetMember[Seen]:
        """Return the host of that name; raises UsageError where it is none of them."""
        for member in self.members:
            if member.name == name:
                return member
        names = [member.name for member in self.members]
        close = nearest(name, names)
        hint = f"did you mean `{close[0]}`?" if close else f"they are {', '.join(names[:5])}"
        raise UsageError("is none of the hosts in the list", subject=name, hint=hint)

    def poke(self) -> None:
        """Look at all hosts at once."""
        for member in self.members:
            member.poller.poke()

    def cached(self) -> None:
        """Have each host that was seen in an earlier session hold what it held then, until it answers."""
        if self._looks is not None:
            for member in self.members:
                if (last := self._looks.of(member.name)) is not None:
                    member.seen.take_cached(last.snapshot, last.info)

    @property
    def remembers(self) -> bool:
        """Whether what is known of some host is of an earlier session."""
        return any(member.seen.cached for member in self.members)

    async def run(self) -> None:
        """Follow all hosts until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_on(), name="keep what is seen")
            for member in self.members:
                group.create_task(member.poller.run(), name=f"follow {member.name}")

    async def close(self) -> None:
        """End :meth:`run`; returns when what it has started on the hosts has ended."""
        await asyncio.gather(*(member.poller.close() for member in self.members))
        await self._keep()

    async def _keep_on(self) -> None:
        while True:
            await asyncio.sleep(_KEPT_EACH)
            await self._keep()

    async def _keep(self) -> None:
        """Keep what is known of all hosts for the next session; what has not changed is not written anew."""
        if (looks := self._looks) is None:
            return
        seen = [(member.name, member.seen) for member in self.members if not member.seen.cached]
        known = [(name, each.snapshot, each.info) for name, each in seen if each.snapshot is not None]

        def write() -> None:
            for name, snapshot, info in known:
                looks.put(name, snapshot, info)
            looks.save()

        await asyncio.to_thread(write)

    def _sight_of(self, member: FleetMember[Seen]) -> Callable[[], bool]:
        return lambda: self.in_sight(member)

    def _once(self, looked: Callable[[], None]) -> Callable[[], None]:
        def first() -> None:
            if not self._looked:
                self._looked = True
                looked()

        return first
