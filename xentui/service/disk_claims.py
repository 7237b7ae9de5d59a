"""Whether two disks are one: what the host's files and devices say their paths stand on, compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from xentui.frozen import dataclass

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import DiskFacts

_Owner = TypeVar("_Owner")


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of a file or device that a disk stands on.

    ``thing`` is the agent's identity of it, ``start`` and ``end`` are bytes; with ``exact`` all of them are the
    disk's, else it has some of them, with others (a file of a file system, a volume of a pool); with ``base`` it only
    reads them, whatever its access: they are those of an image's backing file.
    """

    thing: str
    start: int
    end: int
    exact: bool
    base: bool

    def meets(self, other: Claim) -> bool:
        """Return whether both claim the same bytes; two that each have only some of them share the thing in peace."""
        return (
            self.thing == other.thing
            and (self.exact or other.exact)
            and self.start < other.end
            and other.start < self.end
        )


def claims_of(path: str, facts: DiskFacts) -> tuple[Claim, ...]:
    """Return what the agent found a path to stand on; one that leads nowhere stands for itself."""
    found = tuple(Claim(*claim) for claim in facts.get("claims", ()))
    return found or (Claim(facts.get("identity") or path, 0, 1, exact=True, base=False),)


class Holders(Generic[_Owner]):
    """Who claims what."""

    def __init__(self) -> None:
        self._by_thing: dict[str, list[tuple[Claim, _Owner]]] = {}

    def add(self, owner: _Owner, claims: Iterable[Claim]) -> None:
        """Let ``owner`` hold these parts."""
        for claim in claims:
            self._by_thing.setdefault(claim.thing, []).append((claim, owner))

    def meeting(self, claims: Iterable[Claim]) -> Iterator[tuple[Claim, Claim, _Owner]]:
        """Yield each of ``claims`` that somebody holds: it, the other's claim, and whose that is."""
        for claim in claims:
            for held, owner in self._by_thing.get(claim.thing, ()):
                if claim.meets(held):
                    yield claim, held, owner
