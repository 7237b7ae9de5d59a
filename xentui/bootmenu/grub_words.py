"""Variables put into the words of a command, as GRUB does (grub-core/script/execute.c)."""

from __future__ import annotations

from xentui.bootmenu.limits import WORD, WORDS, BootMenuError
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xentui.bootmenu.grub_lexer import Word, WordPart

    Values = Callable[[str], Sequence[str]]

"""What a variable stands for: one string, or, for ``$@`` and ``$*``, as many as there are."""


def expand(words: Sequence[Word], values: Values) -> list[str]:
    """Return the words as the command gets them: what is not quoted is cut at blanks, and goes where it is empty."""
    found: list[str] = []
    for word in words:
        _expand(word, values, found)
        if len(found) > WORDS:
            raise BootMenuError(f"a command has more than {WORDS} words", word.line)
    return found


def _expand(word: Word, values: Values, found: list[str]) -> None:
    made: list[str] = []
    begun = False

    def add(text: str) -> None:
        nonlocal begun
        made.append(text)
        begun = True
        if sum(map(len, made[-2:])) > WORD or len(made) > WORDS:
            raise BootMenuError(f"a word has more than {WORD} characters", word.line)

    def end() -> None:
        nonlocal begun
        if begun:
            text = "".join(made)
            if len(text) > WORD:
                raise BootMenuError(f"a word has more than {WORD} characters", word.line)
            found.append(text)
        made.clear()
        begun = False

    for part in word.parts:
        if not part.variable:
            add(part.text)
        elif part.quoted:
            _quoted(part, values, add, end)
        else:
            _plain(part, values, add, end)
    end()


def _quoted(part: WordPart, values: Values, add: Callable[[str], None], end: Callable[[], None]) -> None:
    """Within double quotes ``$@`` gives a word each, all else stays one."""
    given = values(part.text)
    if part.text != "@":
        add(" ".join(given))
        return
    for number, value in enumerate(given):
        if number:
            end()
        add(value)


def _plain(part: WordPart, values: Values, add: Callable[[str], None], end: Callable[[], None]) -> None:
    for number, value in enumerate(values(part.text)):
        if number:
            end()
        # Blanks at both ends are dropped, and separate nothing (grub_script_argv_split_append).
        for index, piece in enumerate(value.split()):
            if index:
                end()
            add(piece)
