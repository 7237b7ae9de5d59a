"""What was taken off a host that is emptied, so that it can be brought back."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass


class DrainWay(StrEnum):
    """What is done with a guest so that its host is empty; the words are those of the record."""

    MOVE = "move"
    """It is migrated to another host."""
    SHUTDOWN = "shutdown"
    AUTOSTART = "autostart"
    """It does not run, and does not start with the host meanwhile."""


@dataclass(frozen=True, slots=True)
class DrainedGuest:
    """A guest that was taken off a host: ``to`` is what xentui calls the host it went to ("" for none).

    ``done``: that was seen through; else it was begun, and only both hosts tell what has become of it.  ``autostart``:
    it started with its host, in the place ``order``.
    """

    uuid: str
    name: str
    way: DrainWay
    to: str = ""
    done: bool = False
    autostart: bool = False
    order: int | None = None


@dataclass(frozen=True, slots=True)
class DrainRecord:
    """What was taken off a host, in that order; ``serial`` tells one state of it from the others (0: nothing was)."""

    serial: int = 0
    guests: tuple[DrainedGuest, ...] = ()

    def guest(self, uuid: str) -> DrainedGuest | None:
        """What was done with a guest; None for nothing."""
        return next((each for each in self.guests if each.uuid == uuid), None)
