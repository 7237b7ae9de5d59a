"""xend's s-expressions: ``config.sxp`` of its store, and what ``xm list -l`` prints.

Follows xen/xend/sxp.py of Xen 4.4: atoms of letters, digits and ``. - _ : / ~`` (others are taken too), strings
in single or double quotes with Python's escapes, lists in parentheses, comments from ``#`` to the end of the line.
xend's texts are bytes: what it wrote as ``\\xc3\\xbc`` is one letter in UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

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
_HEAD = re.compile(r"(?:[ \t\r\n]|#[^\n]*+\n)*+\([ \t\r\n]*(?:domain|vm)\b")
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\\'\"abfnrtv\n]))")
_SIMPLE = {
    b"\\": b"\\", b"'": b"'", b'"': b'"', b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r",
    b"t": b"\t", b"v": b"\v", b"\n": b"",
}  # fmt: skip


class Sxp:
    """A list: its ``items`` are texts and lists; ``line`` counts from 1."""

    __slots__ = ("items", "line")

    def __init__(self, line: int, *items: str | Sxp) -> None:
        self.items: list[str | Sxp] = list(items)
        self.line = line

    @property
    def head(self) -> str:
        """The first word, "" where there is none."""
        first = self.items[0] if self.items else ""
        return first if isinstance(first, str) else ""

    @property
    def lists(self) -> list[Sxp]:
        """The lists within."""
        return [item for item in self.items if isinstance(item, Sxp)]

    def children(self, name: str) -> list[Sxp]:
        """Return the lists within that begin with ``name``."""
        return [item for item in self.lists if item.head == name]

    def child(self, name: str) -> Sxp | None:
        """Return the last such list: xend writes some twice."""
        return next(iter(self.children(name)[-1:]), None)

    def value(self, name: str) -> str:
        """Return the text behind a name, "" where there is none, or a list."""
        found = self.child(name)
        text = found.items[1] if found is not None and len(found.items) > 1 else ""
        return text if isinstance(text, str) else ""


def looks_like_sxp(text: str) -> bool:
    """Return whether a text begins as xend's domains do."""
    return _HEAD.match(text) is not None


def read_sxp(text: str, *, source: str = "<configuration>") -> tuple[Sxp, ...]:
    """Return every list of a text; raises RefusedError with line and column for what is none, or beyond all bounds."""
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

        def refuse(
            message: str, hint: str = "", *, line: int = line, column: int = start - line_start + 1
        ) -> RefusedError:
            return RefusedError(message, source=source, line=line, column=column, hint=hint)

        if match is None:
            raise refuse("a string is not closed")
        kind, word = match.lastgroup or "END", match.group(match.lastgroup or 0)
        line += word.count("\n")
        if "\n" in word:
            line_start = start + word.rindex("\n") + 1
        position = match.end()
        count += 1
        if count > MAX_ATOMS or len(stack) > MAX_DEPTH:
            raise refuse("it is longer or nested deeper than any domain")
        if kind == "END":
            if stack:
                raise refuse(f"the list begun on line {stack[-1].line} is not closed")
            return tuple(found)
        if word == "(" and kind == "PAREN":
            opened = Sxp(line)
            (stack[-1].items if stack else found).append(opened)
            stack.append(opened)
        elif kind == "PAREN":
            if not stack:
                raise refuse("a closing parenthesis has no opening one")
            stack.pop()
        elif kind != "COMMENT":
            if not stack:
                raise refuse(f"'{printable(word)}' stands outside of any list")
            stack[-1].items.append(_string(word, stack, refuse) if kind == "STRING" else word)


def _string(raw: str, stack: Sequence[Sxp], refuse: Callable[[str, str], RefusedError]) -> str:
    """Return the text of a string in its quotes; raises RefusedError for what is not UTF-8."""
    whole = _ESCAPE.sub(_escaped, raw[1:-1].encode("utf-8", "surrogatepass"))
    try:
        return whole.decode("utf-8")
    except UnicodeDecodeError as error:
        # What a kernel says of itself may be any bytes, and is not a setting.
        if any(opened.head == "notes" for opened in stack):
            return whole.decode("utf-8", "replace")
        hint = "xend kept this text in another character set: write it as UTF-8."
        raise refuse(f"byte 0x{whole[error.start]:02x} of a string is not UTF-8", hint) from None


def _escaped(match: re.Match[bytes]) -> bytes:
    hexadecimal, octal, simple = match.groups()
    if simple:
        return _SIMPLE[simple]
    return bytes([int(hexadecimal, 16) if hexadecimal else int(octal, 8) % 256])
