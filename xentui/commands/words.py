"""A line as words, up to a cursor: what is finished, what is begun, and how a completed word is written.

The rules are those of a POSIX shell without expansions, as :func:`shlex.split` reads them: blanks separate,
``'…'`` is literal, ``"…"`` knows ``\\"`` and ``\\\\``, a backslash outside quotes takes the next character.
"""

from __future__ import annotations

import re

from xentui.frozen import dataclass

_BLANKS = " \t\r\n"
_UNSAFE = re.compile(r"[^\w@%+=:,./~-]")
_SPECIAL_IN_QUOTES = re.compile(r'["\\]')
_ESCAPE = r"\\\g<0>"


@dataclass(frozen=True, slots=True)
class PartialLine:
    """A line cut at the cursor.

    ``before`` are the finished words; ``word`` is the one under the cursor without its quoting, ``start`` where
    it starts in the line, ``quote`` the quotation mark still open (``'``, ``"`` or "").
    """

    before: tuple[str, ...]
    word: str
    start: int
    quote: str


def begun(text: str) -> PartialLine:
    """Read the text before a cursor; an open quotation mark is no error, the word goes on."""
    words: list[str] = []
    word: list[str] = []
    start, inside, quote = len(text), False, ""
    position = 0
    while position < len(text):
        char = text[position]
        following = text[position + 1 : position + 2]
        if not inside and (quote or char not in _BLANKS):
            inside, start = True, position
        if quote:
            if char == quote:
                quote = ""
            elif char == "\\" and quote == '"' and following in ('"', "\\"):
                word.append(following)
                position += 1
            else:
                word.append(char)
        elif char in "'\"":
            quote = char
        elif char == "\\":
            word.append(following)
            position += 1
        elif char in _BLANKS:
            if inside:
                words.append("".join(word))
                word, inside, start = [], False, len(text)
        else:
            word.append(char)
        position += 1
    return PartialLine(tuple(words), "".join(word), start if inside else len(text), quote)


def quoted(word: str, quote: str = "", *, final: bool = True) -> str:
    """``word`` written so that it is read back as it is.

    ``quote`` is the quotation mark the user has opened, kept where the word allows it; a word that is not
    ``final`` (a folder, ``--option=``) is left open for more.
    """
    if quote == "'" and "'" not in word:
        return f"'{word}" + ("'" if final else "")
    if quote == '"':
        return f'"{_SPECIAL_IN_QUOTES.sub(_ESCAPE, word)}' + ('"' if final else "")
    escaped = _UNSAFE.sub(_ESCAPE, word)
    return "\\" + escaped if escaped.startswith("~") else escaped or "''"
