"""The parameters of a configuration (xl.cfg(5) of Xen 4.17, and xm's create.py of 4.4), a subject a module."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from xentui.config.schema.key import (
    BOOLEAN,
    BOOLEAN_OR_LIST,
    LIST,
    NUMBER,
    STRING,
    TEXT_OR_LIST,
    Key,
    Unit,
)

__all__ = ["BOOLEAN", "BOOLEAN_OR_LIST", "LIST", "NUMBER", "STRING", "TEXT_OR_LIST", "Key", "Unit", "schema"]


@cache
def schema() -> Mapping[str, Key]:
    """Return every known parameter by name; the tables are read at the first call."""
    from xentui.config.schema.tables import SCHEMA  # two hundred keys that most commands never look at

    return SCHEMA
