"""Values of Python as xl's grammar has them, in bounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from xentui.config.convert.nodes import Node, Number, TextNode
from xentui.config.numbers import c_long
from xentui.config.quoting import EscapeError, quote, unquote
from xentui.config.refusal import RefusedError
from xentui.config.syntax import MAX_NESTING

MAX_WRITTEN = 1 << 20
"""Characters that all values written anew may have together: no file of xl has more."""
_BARE = re.compile(r"[0-9][0-9a-fx]*")


def is_plain(node: Node, value: object) -> bool:
    """Return whether xl reads an expression, as it stands in the file, as the value that it has."""
    if isinstance(node, TextNode):
        raw = node.parts[0].text
        if len(node.parts) > 1 or raw[0] not in "'\"" or raw[:3] in ("'''", '"""'):
            return False
        try:
            return "\n" not in raw and unquote(raw) == value
        except EscapeError:
            return False
    return isinstance(node, Number) and bool(_BARE.fullmatch(node.raw)) and c_long(node.raw) == value


class Writer:
    """Writes the values of one file; ``size`` counts the characters of a value with everything nested in it."""

    def __init__(self, source: str, size: Callable[[object], int]) -> None:
        self._source = source
        self._size = size
        self._length = 0

    def written(self, node: Node, value: object, depth: int, times: int = 1) -> str:
        """Return the value for xl, which is to stand in ``times`` places; ``node`` is where it comes from.

        Raises RefusedError for what xl has nothing for, and beyond the bounds.
        """
        # What is too large is not even written once.
        if self._length + self._size(value) * times > MAX_WRITTEN:
            self._refuse(node, "the file's expressions produce too much data")
        new = self._written(node, value, depth)
        self._length += len(new) * times
        return new

    def check_depth(self, node: Node, depth: int) -> None:
        """Raise RefusedError for a list deeper in others than xl's grammar goes."""
        if depth >= MAX_NESTING:
            self._refuse(node, f"lists are nested more than {MAX_NESTING} deep")

    def _written(self, node: Node, value: object, depth: int) -> str:
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, int):
            return str(value) if value >= 0 else f'"{value}"'
        if isinstance(value, float):
            whole = value.is_integer() and 0 <= value < 1 << 53
            return str(int(value)) if whole else f'"{value}"'
        if isinstance(value, str):
            return quote(value)
        if isinstance(value, list | tuple):
            self.check_depth(node, depth)
            return "[" + ", ".join(self._written(node, item, depth + 1) for item in value) + "]"
        return self._refuse(node, "a list in xl's syntax holds strings and numbers only")

    def _refuse(self, node: Node, message: str) -> NoReturn:
        raise RefusedError(message, source=self._source, line=node.line, column=node.column)
