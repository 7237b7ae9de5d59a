"""What the background, and the parts of the screen, tell the app."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from xentui.errors import NotAllowedError, TimedOutError, XentuiError
from xentui.service.events import Event
from xentui.tui.jobs import Job


@dataclass
class HostStateChanged(Message):
    """What is known of a host has changed; ``events`` are what has happened to domains, None for no snapshot.

    ``host`` is what the list calls it.
    """

    events: tuple[Event, ...] | None = None
    host: str = ""

    def can_replace(self, message: Message) -> bool:
        """Two of a host in the queue are one, unless it is a snapshot."""
        return isinstance(message, HostStateChanged) and message.events is None and message.host == self.host


@dataclass
class JobChanged(Message):
    """A job has begun, gone on or ended."""

    job: Job


@dataclass
class Notice(Message):
    """Something to be read; ``error`` has more to say about it.

    It is posted to the app: Textual lets no message rise beyond the screen in whose handler it was made.
    """

    text: str
    error: XentuiError | None = None
    severity: str = "information"
    hint: str = ""
    """What to do, where there is no error that says it."""

    @classmethod
    def of(cls, error: XentuiError) -> Notice:
        """Make the notice of an error: a warning where something is only not possible now."""
        severity = "warning" if isinstance(error, (NotAllowedError, TimedOutError)) else "error"
        return cls(error.headline, error, severity)
