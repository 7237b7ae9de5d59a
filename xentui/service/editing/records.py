"""What is edited, and what editing answers, as frozen data."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from xentui.config import Problem, Severity
from xentui.errors import XentuiError
from xentui.model.devices import Disk, Vif
from xentui.store import StoredDomain


def _seed() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Draft:
    """A configuration being edited, as it was when it was opened.

    ``uuid`` is "" for a new domain; ``text`` what it began with; ``version`` the stored version that was (None: new
    or transient); ``source`` the file it was made from, ``sha256`` that of the file as read; ``entry`` what the store
    had then, by which a change made meanwhile is known; ``notice`` a sentence worth showing; ``changes`` what made a
    file of xm one of xl's.  ``seed`` decides the uuid and MAC addresses a text gets that lacks them, so that what is
    shown before storing is what is stored.
    """

    uuid: str
    name: str
    text: str
    version: int | None = None
    source: str = ""
    entry: StoredDomain | None = None
    notice: str = ""
    sha256: str = ""
    changes: tuple[str, ...] = ()
    seed: str = field(default_factory=_seed, compare=False, repr=False)

    @property
    def label(self) -> str:
        """How messages call it."""
        return self.name or self.source or "new domain"


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a text, in the order of the file, and the host's own words about it."""

    problems: tuple[Problem, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What cannot be accepted: xl would refuse the text."""
        return tuple(item for item in self.problems if item.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What can be accepted."""
        return tuple(item for item in self.problems if item.severity is Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changes: what people call it, and both values in words ("" where absent)."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class LiveChange:
    """A change that concerns the running domain: ``argv`` would make it now, unless there is a ``reason`` against.

    ``field`` is that of the :class:`Difference` it belongs to; ``disk`` and ``vif`` are what is attached.
    """

    title: str
    argv: tuple[str, ...]
    reason: str = ""
    field: str = ""
    domid: int = -1
    disk: Disk | None = None
    vif: Vif | None = None

    @property
    def possible(self) -> bool:
        """Whether it can be made now."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an edit changes.

    ``text_diff`` are lines of a unified diff; ``fields`` the same by field; ``live`` what concerns the running
    domain; ``next_start`` the fields that take effect only at the next start; ``nothing`` that the text is the same.
    """

    text_diff: tuple[str, ...] = ()
    fields: tuple[Difference, ...] = ()
    live: tuple[LiveChange, ...] = ()
    next_start: tuple[str, ...] = ()
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing has made; ``draft`` is what to go on editing with.

    ``created`` says that the domain was not managed before, ``unchanged`` that no version was needed.  In a dry run
    ``version`` is what would have been.
    """

    uuid: str
    name: str
    version: int
    text: str
    draft: Draft
    created: bool = False
    unchanged: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one live change went; ``error`` is None where it was made."""

    change: LiveChange
    error: XentuiError | None = None

    @property
    def done(self) -> bool:
        """Whether it was made."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class Sides:
    """The stored, the running and the file's text of a domain, None where there is none.

    ``stored_running`` and ``stored_file`` are unified diffs, empty where nothing differs; ``fields`` tells by field
    where stored and running differ (``old`` is stored, ``new`` running); ``unconnected`` are devices that only seem
    to be there: their script has failed.
    """

    stored: str | None
    running: str | None
    file: str | None
    source: str = ""
    stored_running: tuple[str, ...] = ()
    stored_file: tuple[str, ...] = ()
    fields: tuple[Difference, ...] = ()
    unconnected: tuple[str, ...] = ()
