"""All parameters: the tables of the subjects, as one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xentui.config.schema.boot import BOOT
from xentui.config.schema.devices import DEVICES
from xentui.config.schema.display import DISPLAY
from xentui.config.schema.domain import IDENTITY, LIFE
from xentui.config.schema.emulation import EMULATION
from xentui.config.schema.key import Key
from xentui.config.schema.platform import PLATFORM
from xentui.config.schema.resources import RESOURCES
from xentui.config.schema.xm import XM_ONLY

_GROUPS = (IDENTITY, RESOURCES, BOOT, LIFE, PLATFORM, DEVICES, DISPLAY, EMULATION, XM_ONLY)

SCHEMA: Mapping[str, Key] = MappingProxyType({key.name: key for group in _GROUPS for key in group})
"""Every known parameter by name, in the order forms show them."""
