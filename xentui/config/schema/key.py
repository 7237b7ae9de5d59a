"""One parameter of a configuration: what it is called, takes and does."""

from __future__ import annotations

from dataclasses import KW_ONLY
from enum import StrEnum

from xentui.frozen import dataclass

STRING, NUMBER, BOOLEAN, LIST = "string", "number", "boolean", "list"
TEXT_OR_LIST = "string or list"
BOOLEAN_OR_LIST = "boolean or list"
XL, XM, BOTH = "xl", "xm", "both"

MOST_MIB = 128 << 20
"""What the largest hosts that Xen runs on have, 128 TiB."""
MOST_INT = (1 << 31) - 1
MOST_PORT = 65535


class Unit(StrEnum):
    """What a number counts."""

    NONE = ""
    MIB = "MiB"
    KIB = "KiB"
    MICROSECONDS = "microseconds"
    SECONDS = "seconds"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Key:
    """One parameter.

    ``kind`` is string, number, boolean (0 or 1), list, ``string or list`` or ``boolean or list``; ``default``
    is what holds without it; ``values`` are the values it may have, empty for any; ``unit`` what a number counts.
    ``toolstack`` says who reads it (``xl``, ``xm``, ``both``); ``term`` is what a form calls it; ``doc`` is one
    sentence; ``instead`` is what to write for xl where xl does not read it.  A number makes sense from ``least`` to
    ``most``: xl takes any, so this is narrower than what it accepts.
    """

    name: str
    kind: str
    _: KW_ONLY
    toolstack: str
    term: str
    doc: str
    default: str = ""
    values: tuple[str, ...] = ()
    unit: Unit = Unit.NONE
    least: int | None = None
    most: int | None = None
    instead: str = ""

    def holds(self, number: int) -> bool:
        """Return whether a number makes sense."""
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    @property
    def takes(self) -> str:
        """The numbers that make sense, in words: ``a number of MiB from 1 to 65535``."""
        unit = " of MiB" if self.is_size else ""
        return f"a number{unit}" + ("" if self.least is None else f" from {self.least} to {self.most}")

    @property
    def is_size(self) -> bool:
        """Whether the number is a size in MiB."""
        return self.unit is Unit.MIB
