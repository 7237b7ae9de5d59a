"""One change to many domains, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from xentui.config import Problem
from xentui.config.secrets import HIDDEN, is_secret, masked
from xentui.errors import XentuiError
from xentui.service.editing.records import Difference
from xentui.store import StoredDomain

ALREADY = "it is so already"
"""The reason that is no failure."""


class ChangeKind(StrEnum):
    """What a change does."""

    SET = "set"
    REMOVE = "remove"
    BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class Change:
    """One change to any configuration; made by :meth:`set`, :meth:`remove` or :meth:`bridge`."""

    kind: ChangeKind
    key: str = ""
    value: str = ""
    old: str = ""

    @classmethod
    def set(cls, key: str, value: str) -> Change:
        """Give ``key`` a value, in xl's own notation or as a bare text (``256``, ``restart``, ``['a', 'b']``)."""
        return cls(ChangeKind.SET, key.strip(), value)

    @classmethod
    def remove(cls, key: str) -> Change:
        """Take ``key`` out."""
        return cls(ChangeKind.REMOVE, key.strip())

    @classmethod
    def bridge(cls, old: str, new: str) -> Change:
        """Move every interface on the bridge ``old`` to ``new``."""
        return cls(ChangeKind.BRIDGE, "vif", new, old)

    @property
    def words(self) -> str:
        """What it does, in words."""
        if self.kind is ChangeKind.SET:
            return masked(f"set {self.key} to {HIDDEN if is_secret(self.key) else self.value}")
        return (
            f"remove {self.key}" if self.kind is ChangeKind.REMOVE else f"bridge {self.old} to {self.value}"
        )


@dataclass(frozen=True, slots=True)
class BulkItem:
    """What a change would do to one domain, or the ``reason`` it is left out.

    ``diff`` are lines of a unified diff, ``fields`` the same by field, ``problems`` what the linter says of the
    new ``text``; ``entry`` is what the store had, by which a change made meanwhile is known.
    """

    name: str
    uuid: str
    diff: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    reason: str = ""
    fields: tuple[Difference, ...] = ()
    text: str = field(default="", repr=False)
    entry: StoredDomain | None = field(default=None, repr=False)

    @property
    def left_out(self) -> bool:
        """Whether nothing is done to it."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """How it went with one domain: its new version, or the error, or the reason it was left out."""

    name: str
    uuid: str
    version: int = 0
    error: XentuiError | None = None
    left_out: str = ""

    @property
    def done(self) -> bool:
        """Whether it has a new version."""
        return self.error is None and not self.left_out


@dataclass(frozen=True, slots=True)
class BulkResult:
    """One change to many, or its undoing; ``bulk_id`` stands in the history of each domain."""

    bulk_id: str
    outcomes: tuple[BulkOutcome, ...] = ()

    @property
    def failed(self) -> tuple[BulkOutcome, ...]:
        """Those it was tried on in vain."""
        return tuple(item for item in self.outcomes if item.error is not None)
