"""The grammar of xl's configuration files: text in, assignments with their places out.

Follows libxlutil's scanner and parser (libxlu_cfg_l.l, libxlu_cfg_y.y) and what ``xl create -n`` 4.17
answers.  The whole text is read by one compiled regular expression; values keep the span they were read
from, so that an edit can leave everything else alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from xentui.config.quoting import EscapeError, unquote
from xentui.config.refusal import RefusedError, printable
from xentui.config.secrets import hushed
from xentui.frozen import dataclass

MAX_BYTES = 1 << 20
MAX_ITEMS = 100_000
MAX_NESTING = 50


@dataclass(frozen=True, slots=True)
class Scalar:
    """One string or number.

    ``text`` is what it stands for, ``raw`` how it is written, ``quoted`` whether it is a string; ``start``
    and ``end`` are offsets in characters, ``line`` and ``column`` count from 1.
    """

    text: str
    raw: str
    quoted: bool
    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class List:
    """A list in brackets; the span includes them."""

    items: tuple[Scalar | List, ...]
    start: int
    end: int
    line: int
    column: int


Value = Scalar | List


@dataclass(frozen=True, slots=True)
class Assignment:
    """``key = value`` or ``key += value``; the span runs from the key to the end of the value."""

    key: str
    operator: str
    value: Value
    start: int
    end: int
    line: int
    column: int


# Order matters where two alternatives match the same text: the scanner of xl takes the longest, then the
# first.
_TOKEN = re.compile(
    r"""[ \t]*+(?:
      (?P<NEWLINE>\n|\#[^\n]*+\n)
    | (?P<IDENT>[a-z][._0-9a-z]*+)
    | (?P<NUMBER>[0-9][0-9a-fx]*+)
    | (?P<STRING>'(?:[^'\\\n]|\\[^\n])*+'|"(?:[^"\\\n]|\\[^\n])*+")
    | (?P<OP>\+=|[,\[\]=;])
    | (?P<BAD>[^\n](?:[^ \t\n]++|[ \t]|\n)?)
    | (?P<END>\Z)
    )""",
    re.VERBOSE,
)
_Token = tuple[str, str, int, int, int]
_FOUND = {"NEWLINE": "the end of the line", "END": "the end of the text"}
_PYTHON = (
    "warning: Config file looks like it contains Python code.",
    "warning:  Arbitrary Python is no longer supported.",
    "warning:  See https://wiki.xen.org/wiki/PythonInXlConfig",
)
_EXPECT_STATEMENT = ("a parameter name", "$end or IDENT or NEWLINE or ';'")
_EXPECT_OPERATOR = ("'=' or '+='", "+= or '='")
_EXPECT_VALUE = ("a quoted string, a number or '['", "STRING or NUMBER or '['")
_EXPECT_END = ("the end of the line or ';'", "$end")
_EXPECT_ITEM = ("a value or ']'", "']'")
_EXPECT_COMMA = ("',' or ']'", "']'")


class ConfigParser:
    """One pass over one text; :meth:`assignments` is the result.  Raises RefusedError at the first fault."""

    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._tokens = self._scan()
        self._kind = ""
        self._raw = ""
        self._start = 0
        self._line = 1
        self._column = 1
        self._items = 0
        self._kinds: dict[str, type[Value]] = {}

    def assignments(self) -> tuple[Assignment, ...]:
        """Return every assignment of the text, in order."""
        found: list[Assignment] = []
        while True:
            self._next()
            if self._kind in ("NEWLINE", ";"):
                continue
            if self._kind == "END":
                return tuple(found)
            if self._kind != "IDENT":
                self._unexpected(_EXPECT_STATEMENT)
            found.append(self._assignment())
            self._next()
            if self._kind == "END":
                return tuple(found)
            if self._kind not in ("NEWLINE", ";"):
                self._unexpected(_EXPECT_END)

    def _assignment(self) -> Assignment:
        key, start, line, column = self._raw, self._start, self._line, self._column
        self._next()
        if self._kind not in ("=", "+="):
            self._unexpected(_EXPECT_OPERATOR)
        operator = self._kind
        self._next()
        value = self._value(_EXPECT_VALUE, 0)
        kind = type(value)
        if operator == "+=" and self._kinds.get(key, kind) is not kind:
            self._refuse(
                f"'{key} +=' adds a list to a single value, or a single value to a list",
                'can\'t add [list] to "string" or vice versa',
                hint="Use '=' to replace the value, or add a value of the same kind.",
            )
        self._kinds[key] = kind
        return Assignment(key, operator, value, start, value.end, line, column)

    def _value(self, expected: tuple[str, str], depth: int) -> Value:
        self._items += 1
        if self._items > MAX_ITEMS:
            self._bound(f"more than {MAX_ITEMS} values")
        if self._kind in ("STRING", "NUMBER"):
            quoted = self._kind == "STRING"
            text = self._string() if quoted else self._raw
            end = self._start + len(self._raw)
            return Scalar(text, self._raw, quoted, self._start, end, self._line, self._column)
        if self._kind != "[":
            self._unexpected(expected)
        if depth >= MAX_NESTING:
            self._bound(f"lists nested more than {MAX_NESTING} deep")
        return self._list(depth)

    def _list(self, depth: int) -> List:
        start, line, column = self._start, self._line, self._column
        items: list[Value] = []
        self._next_in_list()
        while self._kind != "]":
            items.append(self._value(_EXPECT_ITEM, depth + 1))
            self._next_in_list()
            if self._kind == ",":
                self._next_in_list()
            elif self._kind != "]":
                self._unexpected(_EXPECT_COMMA)
        return List(tuple(items), start, self._start + 1, line, column)

    def _string(self) -> str:
        try:
            return unquote(self._raw)
        except EscapeError as error:
            raise self._error(
                f"the string {printable(self._raw)} has an escape that xl does not know",
                str(error),
                hint="Write a backslash as \\\\; besides it \\\" \\' \\a \\b \\f \\n \\r \\t \\v are known.",
            ) from None

    def _next(self) -> None:
        self._kind, self._raw, self._start, self._line, self._column = next(self._tokens)

    def _next_in_list(self) -> None:
        self._next()
        while self._kind == "NEWLINE":
            self._next()

    def _scan(self) -> Iterator[_Token]:
        text, match_at = self._text, _TOKEN.match
        position, line, line_start, last_line = 0, 1, 0, 1
        while match := match_at(text, position):
            kind = match.lastgroup or "END"
            raw = match.group(kind)
            start, position = match.start(kind), match.end()
            if kind == "OP":
                kind = raw
            elif kind == "BAD":
                self._line, self._column, self._raw = line, start - line_start + 1, raw
                self._lexical()
            elif kind == "END":
                # xl reports the end of the text on the line of its last token.
                yield kind, "", start, last_line, start - line_start + 1 if line == last_line else 1
                return
            yield kind, raw, start, line, start - line_start + 1
            last_line = line
            if kind == "NEWLINE":
                line += 1
                line_start = position

    def _lexical(self) -> NoReturn:
        raw = self._raw
        first = raw[0]
        shown = printable(raw.rstrip(" \t\n"))
        message, hint = f"'{shown}' is not part of the configuration language", ""
        if raw.startswith("\r"):
            message = "the line ends with a carriage return (DOS line ends)"
            hint = "Convert the file to Unix line ends, for example with dos2unix."
        elif first == "#":
            message = "a comment on the last line has no line end after it"
            hint = "Add a newline at the end of the file."
        elif first in "\"'":
            message = f"a string that begins with {shown} has no closing quote on its line"
            hint = "Close the string with the quote it began with, on the same line."
        elif first.isupper() or first == "_":
            message = f"'{shown}' is neither a quoted string nor a parameter name"
            hint = "Parameter names are lower case; put text in quotes; write 1 and 0 for True and False."
        elif first in "+-.():":
            hint = (
                "Python expressions and bare negative numbers are not part of the language; quote the value."
            )
        raise self._error(message, "lexical error", hint=hint, python=first in "+-.():")

    def _unexpected(self, expected: tuple[str, str]) -> NoReturn:
        kind = self._kind
        found = _FOUND.get(kind) or f"'{printable(self._raw)}'"
        name = {"END": "$end", "+=": "+="}.get(kind) or (kind if kind.isalpha() else f"'{kind}'")
        hint = ""
        if expected is _EXPECT_VALUE and kind == "IDENT":
            hint = "Put text in quotes."
        elif expected is _EXPECT_END:
            hint = "Write one assignment per line, or separate assignments with ';'."
        self._refuse(
            f"expected {expected[0]}, found {found}",
            f"syntax error, unexpected {name}, expecting {expected[1]}",
            hint=hint,
        )

    def _refuse(self, message: str, xl_message: str, hint: str = "") -> NoReturn:
        raise self._error(message, xl_message, hint=hint)

    def _bound(self, what: str) -> NoReturn:
        raise RefusedError(
            f"the configuration has {what}",
            source=self._source,
            line=self._line,
            column=self._column,
            hint="This is far beyond any real configuration; check that the right file was given.",
        )

    def _error(self, message: str, xl_message: str, *, hint: str, python: bool = False) -> RefusedError:
        raw, line = self._raw, self._line
        if self._kind == "NEWLINE" and xl_message.startswith("syntax"):
            line -= 1  # xl counts the newline it stumbled over twice
        near = raw.rstrip("\n").rstrip(" \t")
        quoted = f"`{near}'" if near else ("<newline>" if raw == "\n" else "`'" if not raw else "")
        head = f"{self._source}:{line}: config parsing error near {quoted}: {xl_message}"
        start = self._text.rfind("\n", 0, self._start) + 1
        return RefusedError(
            hushed(message, self._text[start:].partition("\n")[0]),
            source=self._source,
            line=self._line,
            column=self._column,
            hint=hint,
            words=(head, *(_PYTHON if python else ()), "Failed to parse config: Invalid argument"),
        )


def decode(data: bytes | str, source: str) -> str:
    """Return the text of a configuration; raises RefusedError for what is too long, not UTF-8, or holds a NUL."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise RefusedError(
            f"the configuration is longer than {MAX_BYTES >> 20} MiB",
            source=source,
            hint="Check that the right file was given.",
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _at(raw, error.start, source, f"byte 0x{raw[error.start]:02x} is not valid UTF-8") from None
    if "\0" in text:
        raise _at(raw, raw.find(b"\0"), source, "the text holds a NUL byte")
    return text


def _at(data: bytes, offset: int, source: str, message: str) -> RefusedError:
    line_start = data.rfind(b"\n", 0, offset) + 1
    return RefusedError(
        message,
        source=source,
        line=data.count(b"\n", 0, offset) + 1,
        column=len(data[line_start:offset].decode("utf-8", "replace")) + 1,
        hint="Save the file as UTF-8 text.",
    )
