"""JSON as xl prints it: yajl's beautifier with four spaces, a blank line in an empty container."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def render(value: Any, depth: int = 0) -> str:
    """``value`` as text; ``depth`` is how many levels the surroundings are indented by (xl 4.17, ``list
    -l``).
    """
    inner, outer = "    " * (depth + 1), "    " * depth
    if isinstance(value, Mapping):
        if not value:
            return "{\n\n" + outer + "}"
        lines = [f"{inner}{json.dumps(str(key))}: {render(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + outer + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not value:
            return "[\n\n" + outer + "]"
        lines = [inner + render(item, depth + 1) for item in value]
        return "[\n" + ",\n".join(lines) + "\n" + outer + "]"
    return json.dumps(value, ensure_ascii=False)
