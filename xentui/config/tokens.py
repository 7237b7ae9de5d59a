"""A configuration as an editor sees it: what each word of a line is, and what may stand at the cursor.

Unlike :mod:`xentui.config.syntax`, which takes or refuses a text, this takes anything: half a line, a list nobody has
closed, binary rubbish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, NamedTuple

from xentui.config.devices import disk_spec, vif
from xentui.config.schema import BOOLEAN, BOOLEAN_OR_LIST, LIST, Key, schema

MAX_COLUMNS: Final = 16_384
"""What stands further right in a line is neither told apart nor looked at."""
MAX_DEPTH: Final = 50


class TokenKind(StrEnum):
    """What a word is."""

    KEY = "key"
    UNKNOWN = "unknown"
    """A parameter that no toolstack knows."""
    XM = "xm"
    """A parameter only xm reads."""
    OPERATOR = "operator"
    STRING = "string"
    NUMBER = "number"
    BRACKET = "bracket"
    COMMENT = "comment"
    BAD = "bad"
    """What xl refuses at this place."""


class Token(NamedTuple):
    """One word of a line: from ``start`` up to ``end``, in characters."""

    start: int
    end: int
    kind: TokenKind


class LexerState(NamedTuple):
    """What a line begins in: how many lists are open, and the parameter they belong to."""

    depth: int = 0
    key: str = ""


class Completion(NamedTuple):
    """What may stand at the cursor.

    The word to be replaced begins at ``start``; each candidate is its text as written, and what it is.
    """

    start: int
    candidates: tuple[tuple[str, str], ...] = ()


CLOSED: Final = LexerState()

_WORD = re.compile(
    r"""[ \t]*+(?:
      (?P<COMMENT>\#.*+)
    | (?P<IDENT>[a-z][._0-9a-z]*+)
    | (?P<NUMBER>[0-9][0-9a-fx]*+)
    | (?P<STRING>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")
    | (?P<OPEN>['"].*+)
    | (?P<OP>\+=|[,=;])
    | (?P<BRACKET>[\[\]])
    | (?P<BAD>[^ \t][^\s'"\[\],;=\#]*+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_STATEMENT = re.compile(r"[ \t]*+[a-z][._0-9a-z]*+[ \t]*+\+?=")
_START, _ASSIGN, _VALUE, _DONE = range(4)


class _Word(NamedTuple):
    """A word as scanned; ``open`` is a string without its second quote."""

    token: Token
    open: bool
    place: int
    """Where in a statement it stands: one of _START, _ASSIGN, _VALUE, _DONE."""
    depth: int
    key: str


def tokens(line: str, state: LexerState = CLOSED) -> tuple[list[Token], LexerState]:
    """Return the words of a line that begins in ``state``, and what the next line begins in."""
    scanner = _Scanner(state)
    found = [word.token for word in scanner.scan(line)]
    return found, scanner.state


def follow(line: str, state: LexerState) -> LexerState:
    """Return what the next line begins in, as :func:`tokens` says, but without the words where no bracket is."""
    if "[" in line or (state.depth and ("]" in line or begins_statement(line))):
        return tokens(line, state)[1]
    return state if state.depth else CLOSED


def begins_statement(line: str) -> bool:
    """Return whether a line begins with a parameter and its operator: whatever list was open before, nothing else can
    be.

    xl takes no bare word inside of a list, so that no line of a list looks like this.
    """
    return _STATEMENT.match(line) is not None


class _Scanner:
    """Reads one line; :attr:`state` is what comes after it."""

    def __init__(self, state: LexerState) -> None:
        self._depth, self._key = state
        self._place = _VALUE if self._depth else _START

    @property
    def state(self) -> LexerState:
        """What the next line begins in: a line that ends outside of lists ends the statement."""
        return LexerState(self._depth, self._key) if self._depth else CLOSED

    @property
    def place(self) -> tuple[int, int, str]:
        """Where in a statement the next word would stand, how many lists are open, and the parameter."""
        return self._place, self._depth, self._key

    def scan(self, line: str) -> Iterator[_Word]:
        """Yield the words of a line, one after the other."""
        if self._depth and begins_statement(line):
            self._depth, self._key, self._place = 0, "", _START
        position, end, match_at = 0, min(len(line), MAX_COLUMNS), _WORD.match
        while match := match_at(line, position, end):
            kind = match.lastgroup or ""
            start, position = match.start(kind), match.end()
            place, depth, key = self._place, self._depth, self._key
            what = self._take(kind, line[start:position] if kind in ("IDENT", "OP", "BRACKET") else "")
            yield _Word(Token(start, position, what), kind == "OPEN", place, depth, key)

    def _take(self, kind: str, text: str) -> TokenKind:
        if kind == "COMMENT":
            return TokenKind.COMMENT
        if kind in ("OP", "BRACKET"):
            return self._operator(text) if kind == "OP" else self._bracket(text)
        if kind == "IDENT" and self._place == _START:
            self._key, self._place = text, _ASSIGN
            return _kind_of_key(text)
        right = self._place == _VALUE and kind in ("STRING", "NUMBER")
        if not self._depth:
            self._place = _DONE
        return TokenKind(kind.lower()) if right else TokenKind.BAD

    def _operator(self, text: str) -> TokenKind:
        if text == ";":
            if self._depth:
                return TokenKind.BAD
            self._place = _START
        elif text == ",":
            return TokenKind.OPERATOR if self._depth else TokenKind.BAD
        elif self._place != _ASSIGN:
            return TokenKind.BAD
        else:
            self._place = _VALUE
        return TokenKind.OPERATOR

    def _bracket(self, text: str) -> TokenKind:
        if text == "[":
            if self._place != _VALUE or self._depth >= MAX_DEPTH:
                return TokenKind.BAD
            self._depth += 1
            return TokenKind.BRACKET
        if not self._depth:
            return TokenKind.BAD
        self._depth -= 1
        if not self._depth:
            self._place = _DONE
        return TokenKind.BRACKET


def _kind_of_key(name: str) -> TokenKind:
    key = schema().get(name)
    if key is None:
        return TokenKind.UNKNOWN
    return TokenKind.XM if key.toolstack == "xm" else TokenKind.KEY


# Completion

_STANDING_ALONE: Final = (TokenKind.OPERATOR, TokenKind.BRACKET)
_CLOSE_ENOUGH: Final = 0.6
_MAX_WORD: Final = 64
_MAX_LINES: Final = 5000
"""Lines that are read back from the cursor to where its statement begins."""
_DISK_VALUES: Final = {
    "format": disk_spec.FORMATS,
    "access": ("rw", "ro", "r", "w"),
    "devtype": ("cdrom", "disk"),
    "backendtype": disk_spec.BACKEND_TYPES,
}
_DISK_WORDS: Final = (
    ("format=", "format of the image"),
    ("vdev=", "device in the guest, such as xvda"),
    ("access=", "rw or ro"),
    ("target=", "file or device on the host; stands last"),
    ("cdrom", "a CD-ROM drive"),
    ("backendtype=", "what serves the disk"),
    ("backend=", "domain that serves the disk"),
    ("script=", "program that prepares the target"),
    *((word, "") for word in disk_spec.FLAGS if "colo" not in word),
)
_VIF_WORDS: Final = {
    "mac": "hardware address",
    "bridge": "bridge on the host",
    "ip": "address of the guest, for the script",
    "model": "card of an HVM guest, such as e1000",
    "type": "vif or ioemu",
    "script": "program that sets the interface up",
    "vifname": "the interface's name on the host",
    "rate": "limit, such as 10Mb/s",
}
_VIF_VALUES: Final = {"type": ("vif", "ioemu"), "model": ("e1000", "rtl8139", "virtio")}


def complete(text: str, offset: int) -> Completion:
    """Return what may stand at an offset of a text: parameters, their values, words of disks and interfaces."""
    offset = max(0, min(offset, len(text)))
    state, line_start = _state_at(text, offset)
    before, after = text[line_start:offset], text[offset : offset + 1]
    if len(before) > MAX_COLUMNS:
        return Completion(offset)
    scanner = _Scanner(state)
    words = list(scanner.scan(before))
    if words and words[-1].token.end == len(before) and words[-1].token.kind not in _STANDING_ALONE:
        return _of_word(words[-1], before, line_start, after)
    place, depth, key = scanner.place
    if place == _START:
        return Completion(offset, _keys(""))
    return Completion(offset, _values(key, "", "", depth=depth, after=after) if place == _VALUE else ())


def _of_word(word: _Word, before: str, line_start: int, after: str) -> Completion:
    """Return what may stand for a word that the cursor is at the end of."""
    start, kind = word.token.start, word.token.kind
    begun = before[start:]
    found: tuple[tuple[str, str], ...] = ()
    if word.place == _VALUE and word.open:
        if word.key in ("disk", "vif") and word.depth:
            part = begun[1:].rpartition(",")[2].lstrip(" ")
            start, found = len(before) - len(part), _device_words(word.key, part)
        else:
            found = _values(word.key, begun[1:], begun[0], depth=word.depth, after=after)
    elif word.place == _VALUE and kind in (TokenKind.NUMBER, TokenKind.BAD):
        found = _values(word.key, begun, "", depth=word.depth, after=after)
    elif word.place == _START and kind in (TokenKind.KEY, TokenKind.UNKNOWN, TokenKind.XM):
        found = _keys(begun)
    return Completion(line_start + (start if found else len(before)), found)


def _state_at(text: str, offset: int) -> tuple[LexerState, int]:
    """Return what the line of an offset begins in, and where it begins; read from the statement it belongs to."""
    line_start = text.rfind("\n", 0, offset) + 1
    begin = line_start
    for _ in range(_MAX_LINES):
        if not begin or _STATEMENT.match(text, begin):
            break
        begin = text.rfind("\n", 0, begin - 1) + 1
    state = CLOSED
    while begin < line_start:
        end = text.find("\n", begin)
        state = follow(text[begin:end], state)
        begin = end + 1
    return state, line_start


def _device_words(key: str, part: str) -> tuple[tuple[str, str], ...]:
    name, equals, value = part.partition("=")
    known = _DISK_VALUES if key == "disk" else _VIF_VALUES
    if equals:
        return tuple((f"{name}={text}", "") for text in known.get(name, ()) if text.startswith(value))
    words: Sequence[tuple[str, str]] = _DISK_WORDS
    if key == "vif":
        words = [(f"{each}=", _VIF_WORDS.get(each, "")) for each in vif.KEYS]
    return tuple((text, meta) for text, meta in words if text.startswith(part))


def _keys(begun: str) -> tuple[tuple[str, str], ...]:
    """Parameters of xl for a word: those that begin so, else those that have it inside, else those like it."""
    known = [key for key in schema().values() if key.toolstack != "xm"]
    found = [key for key in known if key.name.startswith(begun)] or [
        key for key in known if begun in key.name
    ]
    if not found and 2 <= len(begun) <= _MAX_WORD:
        names = get_close_matches(begun, [key.name for key in known], n=5, cutoff=_CLOSE_ENOUGH)
        found = [schema()[name] for name in names]
    return tuple((key.name, key.doc) for key in found)


def _values(name: str, begun: str, quote: str, *, depth: int, after: str) -> tuple[tuple[str, str], ...]:
    """Values of a parameter that begin so; ``quote`` is the quote the word has already."""
    key = schema().get(name)
    if key is None or (key.kind == LIST and not depth and not quote):
        return ()
    if key.kind in (BOOLEAN, BOOLEAN_OR_LIST) and not key.values:
        if quote or depth:
            return ()
        return tuple(
            (text, _meta(key, text, word))
            for text, word in (("1", "yes"), ("0", "no"))
            if text.startswith(begun)
        )
    mark = quote or '"'
    close = "" if quote and after == quote else mark
    return tuple(
        (f"{mark}{value}{close}", _meta(key, value, "")) for value in key.values if value.startswith(begun)
    )


def _meta(key: Key, value: str, word: str) -> str:
    default = "default" if key.default == value else ""
    return ", ".join(filter(None, (word, default)))
