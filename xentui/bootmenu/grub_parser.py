"""The structure of GRUB's scripts (grub-core/script/parser.y)."""

from __future__ import annotations

from xentui.bootmenu.grub_lexer import CLOSE, END, NEWLINE, OPEN, WORD_TOKEN, GrubToken, Word, tokens
from xentui.bootmenu.limits import DEPTH, WORDS, BootMenuError
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Union

    Statement = Union["GrubCommand", "If", "Loop", "For", "Function"]


class GrubCommand(NamedTuple):
    """A command, and the block behind it, as menu entries have one; ``first`` and ``last`` are its lines, from 1."""

    words: tuple[Word, ...]
    block: tuple[Statement, ...] | None
    first: int
    last: int


class If(NamedTuple):
    """Branches, each what is asked and what is done then; ``otherwise`` where none of them holds."""

    branches: tuple[tuple[tuple[Statement, ...], tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...]


class Loop(NamedTuple):
    """``while`` and, ``negated``, ``until``."""

    condition: tuple[Statement, ...]
    body: tuple[Statement, ...]
    negated: bool


class For(NamedTuple):
    """``for NAME in WORDS``."""

    name: str
    words: tuple[Word, ...]
    body: tuple[Statement, ...]


class Function(NamedTuple):
    """``function NAME { … }``."""

    name: str
    body: tuple[Statement, ...]


def parse(text: str) -> tuple[Statement, ...]:
    """Read a script; raises BootMenuError, with the line, where GRUB would refuse it."""
    parser = _Parser(text)
    found = parser.statements(())
    parser.expect_end()
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._token = next(self._tokens)
        self._last = 1
        self._depth = 0

    def expect_end(self) -> None:
        """Raise BootMenuError for anything left."""
        if self._token.kind != END:
            raise self._unexpected()

    def statements(self, ends: tuple[str, ...]) -> tuple[Statement, ...]:
        """Statements up to one of the reserved words ``ends``, a closing brace, or the end."""
        self._depth += 1
        if self._depth > DEPTH:
            raise BootMenuError(f"its blocks are more than {DEPTH} deep", self._token.line)
        found: list[Statement] = []
        while True:
            while self._token.kind == NEWLINE:
                self._take()
            if self._token.kind in (END, CLOSE) or self._reserved(ends):
                break
            found.append(self._statement())
            if self._token.kind not in (NEWLINE, END, CLOSE):
                raise self._unexpected()
        self._depth -= 1
        return tuple(found)

    def _statement(self) -> Statement:
        if self._token.kind != WORD_TOKEN:
            raise self._unexpected()
        word = self._token.word.plain if self._token.word else None
        if word == "if":
            return self._if()
        if word in ("while", "until"):
            return self._loop(negated=word == "until")
        if word == "for":
            return self._for()
        if word == "function":
            return self._function()
        if word in ("then", "elif", "else", "fi", "do", "done", "in"):
            raise self._unexpected()
        return self._command()

    def _command(self) -> GrubCommand:
        first, words = self._token.line, list(self._words())
        block = self._block() if self._token.kind == OPEN else None
        return GrubCommand(tuple(words), block, first, self._last)

    def _words(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while self._token.kind == WORD_TOKEN:
            if len(words) >= WORDS:
                raise BootMenuError(f"a command has more than {WORDS} words", self._token.line)
            word = self._take().word
            assert word is not None  # noqa: S101 - a word's token has one
            words.append(word)
        return tuple(words)

    def _block(self) -> tuple[Statement, ...]:
        self._take()
        body = self.statements(())
        if self._token.kind != CLOSE:
            raise self._unexpected()
        self._take()
        return body

    def _if(self) -> If:
        branches = []
        self._take()
        while True:
            asked = self.statements(("then",))
            self._reserve("then")
            branches.append((asked, self.statements(("elif", "else", "fi"))))
            if not self._reserved(("elif",)):
                break
            self._take()
        otherwise: tuple[Statement, ...] = ()
        if self._reserved(("else",)):
            self._take()
            otherwise = self.statements(("fi",))
        self._reserve("fi")
        return If(tuple(branches), otherwise)

    def _loop(self, *, negated: bool) -> Loop:
        self._take()
        condition = self.statements(("do",))
        self._reserve("do")
        body = self.statements(("done",))
        self._reserve("done")
        return Loop(condition, body, negated)

    def _for(self) -> For:
        self._take()
        name = self._name()
        self._reserve("in")
        words = self._words()
        while self._token.kind == NEWLINE:
            self._take()
        self._reserve("do")
        body = self.statements(("done",))
        self._reserve("done")
        return For(name, words, body)

    def _function(self) -> Function:
        self._take()
        name = self._name()
        while self._token.kind == NEWLINE:
            self._take()
        if self._token.kind != OPEN:
            raise self._unexpected()
        return Function(name, self._block())

    def _name(self) -> str:
        word = self._token.word.plain if self._token.word else None
        if not word:
            raise self._unexpected()
        self._take()
        return word

    def _reserved(self, words: tuple[str, ...]) -> bool:
        return self._token.word is not None and self._token.word.plain in words

    def _reserve(self, word: str) -> None:
        if not self._reserved((word,)):
            raise self._unexpected()
        self._take()

    def _take(self) -> GrubToken:
        taken, self._token = self._token, next(self._tokens, self._token)
        self._last = taken.line
        return taken

    def _unexpected(self) -> BootMenuError:
        token = self._token
        word = token.word.plain if token.word else token.kind
        shown = repr(word[:40]) if word else "a quoted word"
        return BootMenuError(
            "it ends within a block" if token.kind == END else f"GRUB would not take {shown} here", token.line
        )
