"""The parameters of a configuration: what each is called, takes and does.

From xl.cfg(5) of Xen 4.17 and xm's create.py of 4.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

STRING, NUMBER, BOOLEAN, LIST = "string", "number", "boolean", "list"
TEXT_OR_LIST = "string or list"
BOOLEAN_OR_LIST = "boolean or list"


@dataclass(frozen=True, slots=True)
class Key:
    """One parameter.

    ``kind`` is string, number, boolean (0 or 1), list, ``string or list`` or ``boolean or list``; ``default``
    is what holds without it; ``values`` are the values it may have, empty for any; ``doc`` is one sentence;
    ``toolstack`` says who reads it (``xl``, ``xm``, ``both``); ``term`` is what a form calls it; ``instead``
    is what to write for xl where xl does not read it.  A number makes sense from ``least`` to ``most``, which
    is less than what xl takes.
    """

    name: str
    kind: str
    default: str
    values: tuple[str, ...]
    doc: str
    toolstack: str
    term: str
    instead: str = ""
    least: int | None = None
    most: int | None = None

    def holds(self, number: int) -> bool:
        """Whether a number makes sense."""
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    @property
    def takes(self) -> str:
        """The numbers that make sense, in words: ``a number of MiB from 1 to 65535``."""
        unit = " of MiB" if self.is_size else ""
        return f"a number{unit}" + ("" if self.least is None else f" from {self.least} to {self.most}")

    @property
    def is_size(self) -> bool:
        """Whether the number is a size in MiB."""
        return "MiB" in self.doc


@cache
def schema() -> Mapping[str, Key]:
    """Every known parameter by name; the tables are read at the first call."""
    from xentui.config.schema_boot import BOOT  # two hundred keys that most commands never look at
    from xentui.config.schema_devices import DEVICES
    from xentui.config.schema_ranges import RANGES
    from xentui.config.schema_xm import XM

    keys = {key.name: key for key in (*BOOT, *DEVICES, *XM)}
    for name, (least, most) in RANGES.items():
        keys[name] = replace(keys[name], least=least, most=most)
    return MappingProxyType(keys)
