"""What a session has done to its host, as it is told to whoever can undo it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from xentui.frozen import dataclass

Undo = Callable[[], Awaitable[None]]
"""Undoes one change; raises NotAllowedError where something newer is in the way, and changes nothing then."""


@dataclass(frozen=True, slots=True)
class SessionChange:
    """One change that was made: ``what`` (``rename to web2``) was done to ``subject``.

    ``undo`` undoes it; where that is None, ``reason`` says why it cannot be undone.
    """

    subject: str
    what: str
    undo: Undo | None = None
    reason: str = ""
