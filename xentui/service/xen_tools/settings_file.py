"""``/etc/xen-tools/xen-tools.conf``: the defaults of a host.

It is read as xen-tools reads it, but that nothing in it is run: there, back-quotes are commands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from xentui.errors import ConfigError
from xentui.frozen import dataclass

PATH = "/etc/xen-tools/xen-tools.conf"
LIMIT = 256 << 10
"""Bytes it may have; the shipped one has 10 KiB."""
_MOST = 1000
_LONGEST = 1024
_PAIR = re.compile(r"([^=]+)=([^\n]+)")
_COMMAND = re.compile(r"`[^`]+`")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is set: ``computed`` is the output of a command that is known to xen-tools alone."""

    value: str
    computed: bool = False


def parse(text: str) -> Mapping[str, Setting]:
    """Read the text of the file; the last of several settings of a name counts, and what is none is passed over.

    Raises ConfigError for one that is larger than such a file can be.
    """
    if len(text) > LIMIT:
        raise ConfigError("is too large for settings of xen-tools", source=PATH)
    found: dict[str, Setting] = {}
    lines = iter(text.split("\n"))
    for first in lines:
        line = first
        while line.endswith("\\"):
            behind = next(lines, None)
            line = line[:-1] + (behind or "")
            if behind is None:
                break
        # A comment goes to the end of the line, wherever it begins.
        pair = _PAIR.match(line.partition("#")[0])
        if pair is None:
            continue
        key, value = pair[1].strip(), pair[2].strip()
        if (
            not key
            or len(key) > _LONGEST
            or len(value) > _LONGEST
            or (key not in found and len(found) >= _MOST)
        ):
            continue
        found[key] = Setting(value, computed=_COMMAND.search(value) is not None)
    return found
