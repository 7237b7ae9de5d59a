"""What stands at the head of the files ``xl save`` writes: the domain's configuration (tools/xl/xl.h, xl_vmcontrol.c).

::

    32 bytes  magic
    4 x u32   byte order (0x01020304), mandatory flags, optional flags, length of the optional data
    u32       length of the configuration, the first of the optional data
    …         libxl's JSON, where the first mandatory flag is set; a NUL
"""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

MAGIC = b"Xen saved domain, xl format\n \0 \r"
#: So many bytes say how long the rest of the head is.
FIXED = 52
_ORDERS = {b"\x04\x03\x02\x01": "<", b"\x01\x02\x03\x04": ">"}
_JSON = 1


class Head(NamedTuple):
    """The numbers at the head of a file, lengths in bytes.

    ``little`` tells its byte order, ``json`` whether there is a configuration as JSON, ``optional`` how long the
    optional data are and ``config`` how much of them the configuration takes, behind the four bytes of that number.
    """

    little: bool
    json: bool
    optional: int
    config: int


def parse(head: bytes) -> Optional[Head]:
    """Return what the first :data:`FIXED` bytes of a file say; None where they are not those of a saved domain."""
    order = _ORDERS.get(head[32:36])
    if not head.startswith(MAGIC) or order is None or len(head) < FIXED:
        return None
    flags, _optional, optional, config = struct.unpack_from(f"{order}4I", head, 36)
    return Head(order == "<", bool(flags & _JSON), optional, config)


def configuration(data: bytes) -> Optional[Dict[str, Any]]:
    """Return the configuration as libxl's JSON object; None where it is none."""
    try:
        config = json.loads(data.rstrip(b"\0"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return config if isinstance(config, dict) else None


def _once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    """Return an object with no key twice: libxl takes the first one, Python the last."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made
