"""Words of GRUB's scripts (grub-core/script/yylex.l; info grub, Shell-like scripting)."""

from __future__ import annotations

import re

from xentui.bootmenu.limits import WORD, BootMenuError
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWLINE, OPEN, CLOSE, WORD_TOKEN, END = "newline", "{", "}", "word", "end"
_BLANK = " \t"
_ENDS_WORD = frozenset(" \t\n;{}|&<>")
_VARIABLE = re.compile(
    r"\$(?:([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?@*#])|\{([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?@*#])\})"
)
_PLAIN = re.compile(r"[^ \t\n;{}|&<>'\"\\$]+")
_DOUBLE = re.compile(r'[^"\\$]+')


class WordPart(NamedTuple):
    """A piece of a word: literal text, or the name of a variable."""

    text: str
    variable: bool
    quoted: bool


class Word(NamedTuple):
    """A word before its variables are replaced; ``line`` is where it begins, from 1."""

    parts: tuple[WordPart, ...]
    line: int

    @property
    def plain(self) -> str | None:
        """Its text where nothing in it is quoted or replaced: what a reserved word looks like."""
        if len(self.parts) == 1 and not self.parts[0].variable and not self.parts[0].quoted:
            return self.parts[0].text
        return None


class GrubToken(NamedTuple):
    """A word, or what stands between words."""

    kind: str
    line: int
    word: Word | None = None


def tokens(text: str) -> Iterator[GrubToken]:
    """Cut a script into tokens; raises BootMenuError where a quoted string does not end."""
    at, line, size = 0, 1, len(text)
    while at < size:
        here = text[at]
        if here in _BLANK:
            at += 1
        elif here == "\\" and text.startswith("\\\n", at):
            at, line = at + 2, line + 1
        elif here == "#":
            at = _end_of_line(text, at)
        elif here == "\n":
            yield GrubToken(NEWLINE, line)
            at, line = at + 1, line + 1
        elif here == ";":
            yield GrubToken(NEWLINE, line)
            at += 1
        elif here in "{}":
            yield GrubToken(here, line)
            at += 1
        elif here in "|&<>":
            raise BootMenuError(f"GRUB's scripts have no {here!r} here", line)
        else:
            word, at, following = _word(text, at, line)
            yield GrubToken(WORD_TOKEN, line, word)
            line = following
    yield GrubToken(END, line)


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _word(text: str, at: int, line: int) -> tuple[Word, int, int]:
    """Return the word that begins at ``at``; returns it, where it ends, and the line there."""
    begun, first, size = at, line, len(text)
    parts: list[WordPart] = []
    while at < size and text[at] not in _ENDS_WORD:
        if at - begun > WORD:
            raise BootMenuError(f"a word has more than {WORD} characters", first)
        here = text[at]
        if here == "'":
            end = text.find("'", at + 1)
            if end < 0:
                raise BootMenuError("a quoted string does not end", line)
            parts.append(WordPart(text[at + 1 : end][: WORD + 1], False, True))
            line += text.count("\n", at, end)
            at = end + 1
        elif here == '"':
            at, line = _double(text, at + 1, line, parts)
        elif here == "\\":
            if text.startswith("\n", at + 1):
                line += 1
            elif at + 1 < size:
                parts.append(WordPart(text[at + 1], False, True))
            at += 2
        elif here == "$":
            at = _dollar(text, at, parts, quoted=False)
        else:
            match = _PLAIN.match(text, at)
            assert match is not None  # noqa: S101 - all others are told apart above
            parts.append(WordPart(match[0][: WORD + 1], False, False))
            at = match.end()
    return Word(tuple(parts), first), at, line


def _dollar(text: str, at: int, parts: list[WordPart], *, quoted: bool) -> int:
    """Return the variable that begins at ``at``, or a dollar sign that begins none; returns where it ends."""
    match = _VARIABLE.match(text, at)
    if match is None:
        parts.append(WordPart("$", False, quoted))
        return at + 1
    parts.append(WordPart(match[1] or match[2], True, quoted))
    return match.end()


def _double(text: str, at: int, line: int, parts: list[WordPart]) -> tuple[int, int]:
    """Read what stands between double quotes; returns where it ends, and the line there."""
    begun, first = len(parts), line
    start = at
    while at < len(text) and text[at] != '"':
        if at - start > WORD:
            raise BootMenuError(f"a word has more than {WORD} characters", first)
        here = text[at]
        if here == "\\" and at + 1 < len(text) and text[at + 1] in '$"\\\n':
            if text[at + 1] == "\n":
                line += 1
            else:
                parts.append(WordPart(text[at + 1], False, True))
            at += 2
        elif here == "$":
            at = _dollar(text, at, parts, quoted=True)
        elif here == "\\":
            parts.append(WordPart(here, False, True))
            at += 1
        else:
            match = _DOUBLE.match(text, at)
            assert match is not None  # noqa: S101 - all others are told apart above
            parts.append(WordPart(match[0][: WORD + 1], False, True))
            line += match[0].count("\n")
            at = match.end()
    if at >= len(text):
        raise BootMenuError("a quoted string does not end", first)
    if len(parts) == begun:
        parts.append(WordPart("", False, True))
    return at + 1, line
