"""The words of an xm file: the lexical part of Python 2, by one compiled regular expression.

Follows the Python 2.7 language reference, chapter 2; nothing is ever run.
"""

from __future__ import annotations

import re

from xentui.config.convert.records import NotPythonError
from xentui.config.refusal import printable
from xentui.frozen import dataclass

MAX_TOKENS = 20_000

# Behind a group that looks ahead stands no possessive quantifier: with Python before 3.11.5, as in Debian 12, that
# matches once only (gh-106052).
_TOKEN = re.compile(
    r"""
      (?P<NEWLINE>\n)
    | (?P<BLANK>[ \t\f]++|\\\n)
    | (?P<COMMENT>\#[^\n]*+)
    | (?P<STRING>[uUbB]?[rR]?(?:
          '''(?:[^'\\]++|\\.|'(?!''))*'''
        | \"\"\"(?:[^"\\]++|\\.|"(?!""))*\"\"\"
        | '(?!'')(?:[^'\\\n]|\\.)*+'
        | "(?!"")(?:[^"\\\n]|\\.)*+"
      ))
    | (?P<NUMBER>0[xX][0-9a-fA-F]++[lL]?|(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?[lLjJ]?)
    | (?P<NAME>[A-Za-z_][A-Za-z_0-9]*+)
    | (?P<OP>\*\*=?|//=?|>>=?|<<=?|[=!<>+\-*/%&|^]=|<>|[-+*/%()\[\]{},:.;@=<>&|^~`])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class PythonToken:
    """One word with its place; ``kind`` is NEWLINE, NAME, NUMBER, STRING, END or the operator itself."""

    kind: str
    text: str
    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text; ``continuations`` are the offsets of backslashes that join two lines."""

    tokens: tuple[PythonToken, ...]
    comments: tuple[PythonToken, ...]
    continuations: tuple[int, ...]


def scan(text: str, source: str) -> Words:
    """Return the words of ``text``; line ends within brackets are none.

    Raises NotPythonError at the first character that no Python file has there, and for more than
    :data:`MAX_TOKENS` words.
    """
    tokens: list[PythonToken] = []
    comments: list[PythonToken] = []
    continuations: list[int] = []
    position, line, line_start, depth = 0, 1, 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        column = position - line_start + 1
        if match is None:
            raise _unfit(text, position, source, line, column)
        kind, word = match.lastgroup or "", match.group()
        start, position = position, match.end()
        if kind == "COMMENT":
            comments.append(PythonToken(kind, word, start, position, line, column))
        elif kind == "BLANK":
            if word[0] == "\\":
                continuations.append(start)
        elif kind != "NEWLINE" or not depth:
            kind = word if kind == "OP" else kind
            tokens.append(PythonToken(kind, word, start, position, line, column))
            if kind in ("(", "[", "{"):
                depth += 1
            elif kind in (")", "]", "}"):
                depth = max(0, depth - 1)
        if len(tokens) + len(comments) + len(continuations) > MAX_TOKENS:
            raise NotPythonError(
                f"the file has more than {MAX_TOKENS} words",
                source=source,
                line=line,
                column=column,
                hint="No configuration is that long; check that the right file was given.",
            )
        breaks = word.count("\n")
        if breaks:
            line += breaks
            line_start = start + word.rindex("\n") + 1
    tokens.append(PythonToken("END", "", position, position, line, position - line_start + 1))
    return Words(tuple(tokens), tuple(comments), tuple(continuations))


def _unfit(text: str, position: int, source: str, line: int, column: int) -> NotPythonError:
    rest = text[position : position + 20].partition("\n")[0]
    what = (
        f"a string that begins with {printable(rest)} is not closed"
        if rest[:1] in ("'", '"')
        else f"'{printable(rest[:1])}' is not part of the language"
    )
    return NotPythonError(what, source=source, line=line, column=column)
