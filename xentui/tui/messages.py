"""What the background, and the parts of the screen, tell the app."""

from __future__ import annotations

from textual.message import Message

from xentui.errors import NotAllowedError, TimedOutError, XentuiError
from xentui.service.events import Event
from xentui.tui.jobs import Job


class HostStateChanged(Message):
    """What is known of a host has changed; ``events`` are what has happened to domains, None for no snapshot.

    ``host`` is what the list calls it.
    """

    def __init__(self, events: tuple[Event, ...] | None = None, host: str = "") -> None:
        super().__init__()
        self.events, self.host = events, host

    def can_replace(self, message: Message) -> bool:
        """Return whether two of a host in the queue are one: yes, unless it is a snapshot."""
        return isinstance(message, HostStateChanged) and message.events is None and message.host == self.host


class JobChanged(Message):
    """A job has begun, gone on or ended."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class Notice(Message):
    """Something to be read; ``error`` has more to say about it, ``hint`` what to do where there is none that says it.

    It is posted to the app: Textual lets no message rise beyond the screen in whose handler it was made.
    """

    def __init__(
        self, text: str, error: XentuiError | None = None, severity: str = "information", hint: str = ""
    ) -> None:
        super().__init__()
        self.text, self.error, self.severity, self.hint = text, error, severity, hint

    @classmethod
    def of(cls, error: XentuiError) -> Notice:
        """Make the notice of an error: a warning where something is only not possible now."""
        severity = "warning" if isinstance(error, (NotAllowedError, TimedOutError)) else "error"
        return cls(error.headline, error, severity)
