"""The move of a domain to another host: how it stands, and what one that was cut has left."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass

INCOMING, AWAY = "--incoming", "--migratedaway"
"""What xl puts behind the name of a domain that arrives from another host, and of one that has left for it."""


class MoveState(StrEnum):
    """How a move stands; the words are those of the store."""

    GOING = "going"
    """Under way, or cut."""
    GONE = "gone"
    """The domain is on the other host; what is stored of it follows."""


@dataclass(frozen=True, slots=True)
class Move:
    """The move of a managed domain away from this host: ``to`` is what xentui calls the other one, ``address`` how this
    host reaches it ("": not known); ``job`` is what does it.
    """

    to: str
    address: str
    state: MoveState
    job: str = ""

    @property
    def sentence(self) -> str:
        """How it stands, told of its domain, where no job is at it any more."""
        where = self.to or "another host"
        if self.state is MoveState.GONE:
            return f"it has moved to {where}, and is stored here still"
        return f"its move to {where} was interrupted: where it is has to be looked at"


def half(name: str) -> str:
    """Return which half of a migration a domain of that name is: :data:`INCOMING`, :data:`AWAY`, or "" for none."""
    return next((mark for mark in (INCOMING, AWAY) if name.endswith(mark) and name != mark), "")


def whole_name(name: str) -> str:
    """Return the name that a half had before."""
    return name.removesuffix(half(name))
