"""xend's s-expressions: ``config.sxp`` of its store, and what ``xm list -l`` prints.

Follows xen/xend/sxp.py of Xen 4.4: atoms of letters, digits and ``. - _ : / ~`` (others are taken too), strings
in single or double quotes with Python's escapes, lists in parentheses, comments from ``#`` to the end of the line.
"""

from __future__ import annotations

import re

from xentui.config.quoting import EscapeError, unquote
from xentui.config.refusal import RefusedError, printable

MAX_ATOMS = 50_000
MAX_DEPTH = 100

_TOKEN = re.compile(
    r"""[ \t\r\n\f]*+(?:
      (?P<COMMENT>\#[^\n]*+)
    | (?P<PAREN>[()])
    | (?P<STRING>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")
    | (?P<ATOM>[^\s()'"#]++)
    | (?P<END>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_HEAD = re.compile(r"(?:[ \t\r\n]|#[^\n]*\n)*+\([ \t\r\n]*(?:domain|vm)\b")
_HEX = re.compile(r"\\x([0-9a-fA-F]{2})")


class Sxp:
    """A list: its ``items`` are texts and lists; ``line`` counts from 1."""

    __slots__ = ("items", "line")

    def __init__(self, line: int) -> None:
        self.items: list[str | Sxp] = []
        self.line = line

    @property
    def head(self) -> str:
        """The first word, "" where there is none."""
        first = self.items[0] if self.items else ""
        return first if isinstance(first, str) else ""

    def children(self, name: str) -> list[Sxp]:
        """The lists within that begin with ``name``."""
        return [item for item in self.items[1:] if isinstance(item, Sxp) and item.head == name]

    def child(self, name: str) -> Sxp | None:
        """The last such list: xend writes some twice."""
        return next(iter(self.children(name)[-1:]), None)

    def value(self, name: str) -> str:
        """The text behind a name, "" where there is none, or a list."""
        found = self.child(name)
        text = found.items[1] if found is not None and len(found.items) > 1 else ""
        return text if isinstance(text, str) else ""


def looks_like_sxp(text: str) -> bool:
    """Whether a text begins as xend's domains do."""
    return _HEAD.match(text) is not None


def read_sxp(text: str, *, source: str = "<configuration>") -> tuple[Sxp, ...]:
    """Every list of a text; raises RefusedError with line and column for what is none, or beyond all bounds."""
    found: list[Sxp] = []
    stack: list[Sxp] = []
    position, line, line_start, count = 0, 1, 0, 0
    while True:
        match = _TOKEN.match(text, position)
        start = match.start(match.lastgroup or 0) if match else len(text) - len(text[position:].lstrip())
        breaks = text.count("\n", position, start)
        if breaks:
            line += breaks
            line_start = text.rfind("\n", position, start) + 1
        where = {"source": source, "line": line, "column": start - line_start + 1}
        if match is None:
            raise RefusedError("a string is not closed", **where)  # type: ignore[arg-type]
        kind, word = match.lastgroup or "END", match.group(match.lastgroup or 0)
        line += word.count("\n")
        if "\n" in word:
            line_start = start + word.rindex("\n") + 1
        position = match.end()
        count += 1
        if count > MAX_ATOMS or len(stack) > MAX_DEPTH:
            raise RefusedError("it is longer or nested deeper than any domain", **where)  # type: ignore[arg-type]
        if kind == "END":
            if stack:
                raise RefusedError(f"the list begun on line {stack[-1].line} is not closed", **where)  # type: ignore[arg-type]
            return tuple(found)
        if word == "(" and kind == "PAREN":
            opened = Sxp(line)
            (stack[-1].items if stack else found).append(opened)
            stack.append(opened)
        elif kind == "PAREN":
            if not stack:
                raise RefusedError("a list ends that has not begun", **where)  # type: ignore[arg-type]
            stack.pop()
        elif kind != "COMMENT":
            if not stack:
                raise RefusedError(f"'{printable(word)}' stands outside of any list", **where)  # type: ignore[arg-type]
            stack[-1].items.append(_string(word) if kind == "STRING" else word)


def _string(raw: str) -> str:
    plain = _HEX.sub(lambda match: _character(int(match.group(1), 16)), raw)
    try:
        return unquote(plain)
    except EscapeError:
        return plain[1:-1]


def _character(code: int) -> str:
    return (
        "\ufffd" if code < 0x20 or code >= 0x7F else "\\" + chr(code) if chr(code) in "\\'\"" else chr(code)
    )
