"""The filter of the list: words, all of which an entry has to match.

text                in the name, upper and lower case alike; also a domid, or four and more characters of a uuid;
                    from three characters on the beginning of a state, kind or note, in a disk's path or a bridge
"two words"         the same, with a blank
/PATTERN/           a regular expression in the name, also re:PATTERN
state:off,paused    states by their words or the letters of `xl list`
kind:managed        managed, transient or control
drift:  drift:file  drifted at all, or from its file (running: from what is stored)
note:damaged        damaged, one-off, drift, notice, copy, copies, autostart
host:xen2           text in the name of the host, of several
disk:data bridge:lan  text in the path of a disk, the name of a bridge
mem>2G  cpu>50      figures: mem, vcpus, cpu, disk, net, up, with > >= < <= =
!word               not this
"""

from __future__ import annotations

import re

from xentui.frozen import dataclass
from xentui.patterns import late_pattern
from xentui.text import plain
from xentui.tui.domain_list import filter_words
from xentui.tui.domain_list.filter_patterns import PatternError, compiled
from xentui.tui.domain_list.filter_words import FIGURES, KEYS, Pattern, Test, WordError
from xentui.tui.domain_list.row import DomainRow

LENGTH_LIMIT = 1000
_WORD = late_pattern(r'(!*)(/(?:\\.|[^/\\])*(?:/(?=\s|$)|\\?$)|"[^"]*(?:"|$)|[^\s!]\S*|$|(?=\s))')
_KEY = late_pattern(r"([A-Za-z][A-Za-z0-9_-]*):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show, as :func:`parse` reads it from ``text``."""

    text: str = ""
    misread: str = ""
    tests: tuple[tuple[bool, Test], ...] = ()
    """Each with what it has to say of an entry that is shown."""

    @property
    def problem(self) -> str:
        """What of the text was not understood, and how it is taken instead; "" where all was."""
        if any(isinstance(test, Pattern) and test.given_up for _, test in self.tests):
            return "the pattern took too long: searched for as text"
        return self.misread

    @property
    def shows_all(self) -> bool:
        """Whether nothing is held back."""
        return not self.tests

    def matches(self, entry: DomainRow) -> bool:
        """Return whether an entry is shown."""
        return all(test(entry) is wanted for wanted, test in self.tests)

    def select(self, entries: list[DomainRow]) -> list[DomainRow]:
        """Return the entries that are shown, in their order."""
        for wanted, test in self.tests:
            entries = [entry for entry in entries if test(entry) is wanted]
        return entries


def parse(text: str) -> Filter:
    """Read a filter.  Never raises: what makes no sense is searched for as text, and ``problem`` says so.

    Words that are only begun (``state:``, ``/``, ``!``) hold nothing back, so that the list does not go blank
    while one types.
    """
    tests: list[tuple[bool, Test]] = []
    problems: list[str] = []
    for negation, word in _words(text):
        try:
            test = _test(word)
        except (WordError, PatternError) as error:
            problems.append(f"{plain(word, 40)}: searched for as text; {error}")
            test = filter_words.text(_bare(word))
        if test is not None:
            tests.append((len(negation) % 2 == 0, test))
    if len(text) > LENGTH_LIMIT:
        problems.insert(0, f"only the first {LENGTH_LIMIT} characters are looked at")
    return Filter(text, problems[0] if problems else "", tuple(tests))


def completions(text: str) -> list[str]:
    """``text`` with its last word completed, in each way that is possible; none where nothing is left to say."""
    if len(text) > LENGTH_LIMIT or text != text.rstrip():
        return []
    begun = text.rpartition(" ")[2]
    before, bare = text[: len(text) - len(begun)], begun.lstrip("!")
    before += begun[: len(begun) - len(bare)]
    if not bare:
        return []
    match = _KEY.fullmatch(bare)
    if match is None:
        heads = (*(f"{key}:" for key in KEYS), "re:", *(f"{name}>" for name in FIGURES))
        return [before + head for head in heads if head.startswith(bare.lower())]
    key, value = match[1].lower(), match[2]
    if key not in KEYS:
        return []
    done, comma, part = value.rpartition(",")
    used = done.split(",")
    return [
        f"{before}{key}:{done}{comma}{word}"
        for word in KEYS[key][1]
        if word.startswith(part.lower()) and word != part and word not in used
    ]


def _words(text: str) -> list[tuple[str, str]]:
    """Return the words with the exclamation marks before each."""
    return [(match[1], match[2]) for match in _WORD.finditer(text[:LENGTH_LIMIT]) if match[2]]


def _test(word: str) -> Test | None:
    """Return the test a word makes; None where it is only begun.  Raises WordError and PatternError."""
    if word[0] == '"':
        return filter_words.text(_bare(word)) if _bare(word) else None
    if word[0] == "/" or word[:3].lower() == "re:":
        return Pattern(compiled(_bare(word))) if _bare(word) else None
    if word.rstrip("<>=").lower() in FIGURES and word[-1] in "<>=":
        return None
    if test := filter_words.comparison(word):
        return test
    if (match := _KEY.fullmatch(word)) is None:
        return filter_words.text(word)
    key, value = match[1].lower(), match[2]
    if key not in KEYS:
        raise WordError(f"unknown key; there are {', '.join(KEYS)} and re")
    return KEYS[key][0](value) if value.strip(",") or key == "drift" else None


def _bare(word: str) -> str:
    """Return what is searched for: a word without quotes, slashes or ``re:``."""
    if word[0] == "/":
        ended = len(word) > 1 and word.endswith("/") and not word.endswith("\\/")
        return word[1:-1] if ended else word[1:]
    if word[0] == '"':
        return word.strip('"')
    return word[3:] if word[:3].lower() == "re:" else word
