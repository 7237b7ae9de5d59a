"""xend's own settings, ``/etc/xen/xend-config.sxp``: read as xend reads them, changed with all else kept to the byte.

Follows xen/xend/sxp.py and XendOptions.py of Xen 3.0 to 4.2.  The file is a row of lists, ``(name value)``; ``#``
begins a comment.  Of a name that stands twice the first counts.  A backslash in a string begins an escape, and one that
xend does not know takes the character behind it away: ``'a\\.b'`` is read as ``a\\b``, so that a dot of a regular
expression is written with two.  What domains are kept in (:mod:`xentui.config.sxp`) xend has written itself, and that
reader is the milder one.

A text has what is no UTF-8 in it as half surrogates (``surrogateescape``), so that each byte goes back as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xentui.config.refusal import printable
from xentui.errors import ConfigError
from xentui.frozen import dataclass

SOURCE = "xend-config.sxp"
MAX_LENGTH = 256 << 10
MAX_DEPTH = 50

_TOKEN = re.compile(
    r"""(?P<BLANK>[ \t\n\v\f\r]++|\#[^\n]*+)
      | (?P<PAREN>[()])
      | (?P<STRING>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")
      | (?P<ATOM>[!$-&*-~][^ \t\n\v\f\r{}()<>\[\];#]*+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)
_SIMPLE = {
    "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip
_BARE = re.compile(r"[A-Za-z0-9.\-_:/~]+\Z")
"""What xend itself writes without quotes (``sxp.atomp``)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One list of the file.

    ``value`` is the first thing behind its name, None where there is nothing or a list; ``start`` and ``end`` are where
    that stands in the text, both behind the name where there is nothing; ``line`` counts from 1; ``lossy``: the value
    has an escape that xend does not know, so that it reads less than is written.
    """

    name: str
    value: str | None
    start: int
    end: int
    line: int
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class XendConfig:
    """The whole file: its ``text``, and the ``entries`` in it."""

    text: str
    entries: tuple[Entry, ...]

    def entry(self, name: str) -> Entry | None:
        """Return the entry that counts: the first of the name."""
        return next((entry for entry in self.entries if entry.name == name), None)

    def ignored(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of a name that do not count, since another stands before them."""
        return tuple(entry for entry in self.entries if entry.name == name)[1:]

    def with_value(self, name: str, value: str) -> XendConfig:
        """Return the file with another value of a name; nothing else of it differs.

        A name that it does not have goes below the comment that shows it (``#(name …)``), else to the end.  Raises
        ConfigError for a value that cannot be written.
        """
        text, spelt, entry = self.text, quoted(value), self.entry(name)
        if entry is not None:
            blank = "" if entry.start < entry.end else " "
            return read(f"{text[: entry.start]}{blank}{spelt}{text[entry.end :]}")
        line_end = "\r\n" if "\r\n" in text else "\n"
        at = _below_comment(text, name)
        before = text[:at] if not at or text[at - 1] == "\n" else text[:at] + line_end
        return read(f"{before}({name} {spelt}){line_end}{text[at:]}")


def read(text: str) -> XendConfig:
    """Read the file; raises ConfigError with line and column for what xend would not read, or beyond all bounds."""
    if len(text) > MAX_LENGTH:
        raise ConfigError(f"it is longer than {MAX_LENGTH >> 10} KiB", source=SOURCE)
    entries: list[Entry] = []
    open_at: list[int] = []
    parts: list[_Part] = []
    line = first_line = 1
    for match in _tokens(text):
        kind, word, start = match.lastgroup, match[0], match.start()
        if kind == "PAREN" and word == "(":
            first_line = first_line if open_at else line
            open_at.append(start)
            if len(open_at) > MAX_DEPTH:
                raise _wrong("it is nested deeper than any settings", text, start)
        elif kind == "PAREN":
            if not open_at:
                raise _wrong("a closing parenthesis has no opening one", text, start)
            begin = open_at.pop()
            if len(open_at) == 1:
                parts.append(_Part(None, begin, match.end()))
            elif not open_at:
                entries += _entries(parts, first_line)
                parts = []
        elif kind != "BLANK":
            # What xend cannot read in one place keeps it from the whole file.
            value, lossy = _string(text, match) if kind == "STRING" else (word, False)
            if len(open_at) == 1:
                parts.append(_Part(value, start, match.end(), lossy))
        line += word.count("\n")
    if open_at:
        raise _wrong("the list is not closed", text, open_at[0])
    return XendConfig(text, tuple(entries))


def quoted(value: str) -> str:
    """Return a value as xend reads it back; raises ConfigError for one that has control characters."""
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ConfigError("a value of one line is needed, without control characters", source=SOURCE)
    if _BARE.match(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@dataclass(frozen=True, slots=True)
class _Part:
    """A word of a list, or a list within (``text`` is None), and where it stands."""

    text: str | None
    start: int
    end: int
    lossy: bool = False


def _entries(parts: list[_Part], line: int) -> Iterator[Entry]:
    """Yield the entry a list is; none where it begins with no name."""
    if parts and (name := parts[0].text) is not None:
        behind = parts[1] if len(parts) > 1 else _Part(None, parts[0].end, parts[0].end)
        yield Entry(name, behind.text, behind.start, behind.end, line, behind.lossy)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield the pieces of a text, blanks and comments included; raises ConfigError where none can begin."""
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            found = text[position]
            open_string = found in "'\""
            what = "the string is not closed" if open_string else f"'{printable(found)}' is not expected here"
            raise _wrong(what, text, position)
        yield match
        position = match.end()


def _below_comment(text: str, name: str) -> int:
    """Return where the line begins behind the last comment, outside of all lists, that shows ``name``; else the end."""
    shown = re.compile(rf"#[ \t]*\({re.escape(name)}[ \t)]")
    at, depth = len(text), 0
    for match in _tokens(text):
        if match.lastgroup == "PAREN":
            depth += 1 if match[0] == "(" else -1
        elif not depth and shown.match(match[0]):
            at = min(match.end() + 1, len(text))
    return at


def _string(text: str, match: re.Match[str]) -> tuple[str, bool]:
    """Return what xend makes of a string in quotes, and whether it loses a character of it."""
    lossy = False

    def meant(escape: re.Match[str]) -> str:
        nonlocal lossy
        hexadecimal, octal, simple = escape.groups()
        if hexadecimal or octal:
            number = int(hexadecimal, 16) if hexadecimal else int(octal, 8)
            if number > 0xFF:
                raise _wrong("an octal escape of the string is beyond a byte", text, match.start())
            return chr(number)
        if simple == "x":
            raise _wrong("the string has a \\x without two digits behind it", text, match.start())
        lossy = lossy or simple not in _SIMPLE
        return _SIMPLE.get(simple, "\\")

    return _ESCAPE.sub(meant, match[0][1:-1]), lossy


def _wrong(message: str, text: str, at: int) -> ConfigError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return ConfigError(message, source=SOURCE, line=line, column=column)
