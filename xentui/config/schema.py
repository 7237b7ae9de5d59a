"""The parameters of a configuration: what each is called, takes and does.

From xl.cfg(5) of Xen 4.17 and xm's create.py of 4.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    is what to write for xl where xl does not read it.
    """

    name: str
    kind: str
    default: str
    values: tuple[str, ...]
    doc: str
    toolstack: str
    term: str
    instead: str = ""


@cache
def schema() -> Mapping[str, Key]:
    """Every known parameter by name; the tables are read at the first call."""
    from xentui.config.schema_boot import BOOT  # noqa: PLC0415 - two hundred keys that most commands never look at
    from xentui.config.schema_devices import DEVICES  # noqa: PLC0415
    from xentui.config.schema_xm import XM  # noqa: PLC0415

    return MappingProxyType({key.name: key for key in (*BOOT, *DEVICES, *XM)})
