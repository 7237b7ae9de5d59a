"""The parameters of a configuration (xl.cfg(5) of Xen 4.17, and xm's create.py of 4.4), a subject a module."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

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
    """Every known parameter by name; the tables are read at the first call."""
    # Two hundred keys that most commands never look at.
    from xentui.config.schema.boot import BOOT
    from xentui.config.schema.devices import DEVICES
    from xentui.config.schema.display import DISPLAY
    from xentui.config.schema.domain import IDENTITY, LIFE
    from xentui.config.schema.emulation import EMULATION
    from xentui.config.schema.platform import PLATFORM
    from xentui.config.schema.resources import RESOURCES
    from xentui.config.schema.xm import XM_ONLY

    groups = (IDENTITY, RESOURCES, BOOT, LIFE, PLATFORM, DEVICES, DISPLAY, EMULATION, XM_ONLY)
    return MappingProxyType({key.name: key for group in groups for key in group})
