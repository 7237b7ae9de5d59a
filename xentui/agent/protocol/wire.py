"""How requests and answers cross a pipe: one JSON object a line, bytes in base64.

Request ``{"id": 7, "op": "find", "in": "reading", "args": {"name": "web1"}}``, answer ``{"id": 7, "ok": ...}`` or
``{"id": 7, "error": {"code", "message", "path"}}``.  Before the first answer comes a greeting that the caller
has chosen.
"""

from __future__ import annotations

import base64
import json
from typing import Any, Dict, Mapping

#: The longest line either side accepts, in bytes.
LINE_LIMIT = 64 << 20
_BYTES = "$bytes"


def encode(value: Any) -> Any:
    """Return a value as JSON can say it: bytes become an object with one member."""
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode("ascii")}
    return value


def decode(value: Any) -> Any:
    """Return the reverse of :func:`encode`; raises ValueError for what is not base64."""
    if isinstance(value, dict) and len(value) == 1 and isinstance(value.get(_BYTES), str):
        return base64.b64decode(value[_BYTES], validate=True)
    return value


def line(message: Dict[str, Any]) -> bytes:
    """Return a message as a line."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def request(number: int, operation: str, arguments: Mapping[str, Any], module: str = "") -> bytes:
    """Return a request as a line; bytes among the arguments are encoded.  ``module`` is where the operation is
    declared.
    """
    encoded = {name: encode(value) for name, value in arguments.items()}
    return line({"id": number, "op": operation, "in": module, "args": encoded})
