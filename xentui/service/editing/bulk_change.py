"""One change that can be made to any configuration, as an edit of its text."""

from __future__ import annotations

from enum import StrEnum

from xentui import config as language
from xentui.config import Document, List
from xentui.config.secrets import HIDDEN, is_secret, masked
from xentui.errors import UsageError
from xentui.frozen import dataclass

_OWN = ("name", "uuid")


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


def require_sound(change: Change) -> None:
    """Raise UsageError for a change that can be made to no domain."""
    if change.kind is ChangeKind.BRIDGE:
        for bridge in (change.old, change.value):
            if not bridge or "," in bridge:
                raise UsageError("is not a bridge name", subject=bridge)
        return
    if change.key in _OWN:
        raise UsageError(
            f"the {change.key} is each domain's own: it cannot be changed for many at once",
            subject=change.key,
        )
    if change.kind is ChangeKind.SET:
        language.override_words([f"{change.key}={change.value}"])
    if "+" in change.key or not change.key:
        raise UsageError("is not a parameter name", subject=change.key)


def changed(document: Document, change: Change) -> Document:
    """Return ``document`` with the change made; the same text where there is nothing to change."""
    if change.kind is ChangeKind.REMOVE:
        return document.remove(change.key)
    if change.kind is ChangeKind.BRIDGE:
        return _bridge(document, change.old, change.value)
    return _set(document, change.key, change.value)


def _set(document: Document, key: str, value: str) -> Document:
    line = language.parse(language.override_words([f"{key}={value}"])[0])
    wanted = line.get(key)
    if document.get(key) == wanted:
        return document
    if isinstance(line.assignments[0].value, List):
        items = line.strings(key)
        if not isinstance(wanted, list) or len(items) != len(wanted):
            raise UsageError("has a list in a list", subject=value)
        return document.set(key, items)
    number = line.number(key)
    if isinstance(wanted, int) and number is not None:
        return document.set(key, number)
    return document.set(key, line.string(key) or "")


def _bridge(document: Document, old: str, new: str) -> Document:
    moved = {}
    for index, spec in enumerate(document.strings("vif")):
        words = spec.split(",")
        if any(word.strip(" ") == f"bridge={old}" for word in words):
            moved[index] = ",".join(
                word.replace(f"bridge={old}", f"bridge={new}") if word.strip(" ") == f"bridge={old}" else word
                for word in words
            )
    return document.replace_items("vif", moved)
