"""Patterns matched against output as it comes: in time linear in the output, whatever the pattern and the guest.

``re`` tries every way to match, holds the interpreter while it does, and so lets a guest that knows what is waited for
stop the screen.  Here all ways are followed at once, and where they lead is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from xentui.expect.syntax import Either, Node, OutputPatternError, Place, Repeat, Series, Set, is_word, parsed
from xentui.frozen import dataclass

STEPS: Final = 400
"""Instructions a pattern may come to: each may cost a step a character, where a guest wants it to."""
_KNOWN: Final = 20_000
"""Steps remembered; past them all are forgotten."""


@dataclass(frozen=True, slots=True)
class _Fork:
    """Go on at each of these."""

    ways: tuple[int, ...]


_Instruction = Set | Place | _Fork | None
"""None is the end: what was looked for has been found."""
_Before = str
"""What stands before: "\\n" at a line's beginning, "w" behind a word's character, "" behind any other."""


class _State:
    """Where all ways have come to, and what the next character does."""

    __slots__ = ("at_end", "before", "following", "found", "places")

    def __init__(self, places: frozenset[int], before: _Before) -> None:
        self.places = places
        self.before = before
        self.following: dict[str, _State | None] = {}
        self.found = False
        """Whether it has matched, whatever follows."""
        self.at_end = False
        """Whether it has matched if nothing follows."""


class OutputPattern:
    """A regular expression, as :mod:`xentui.expect.syntax` knows them, or several of which any may match.

    ``^`` and ``$`` are the beginning and end of a line, the latter also the end of what has come so far, as to pexpect:
    behind a prompt no line feed comes.  Where several matches begin, the one that ends first is found.

    Raises OutputPatternError for one that cannot be used.
    """

    def __init__(self, *texts: str) -> None:
        found = [parsed(text) for text in texts]
        self._words = _words(found)
        # As many as each may have by itself, and the fork between them: what can be used alone can be used with others.
        self._most = STEPS * len(found) + (2 if len(found) > 1 else 0)
        self._program: list[_Instruction] = []
        self._emit(found[0] if len(found) == 1 else Either(tuple(found)))
        self._add(None)
        self._states: dict[tuple[frozenset[int], _Before], _State] = {}
        self._known = 0
        self._first = self._state(frozenset(), "\n")

    def finder(self) -> Finder:
        """Begin to look in a text."""
        return Finder(self) if self._words is None else _WordFinder(self, *self._words)

    def search(self, text: str) -> bool:
        """Return whether a text has it anywhere."""
        return self.finder().feed(text) is not None

    # Making the program

    def _add(self, instruction: _Instruction) -> int:
        if len(self._program) >= self._most:
            raise OutputPatternError("it comes to too much; write it shorter, with fewer {…}")
        self._program.append(instruction)
        return len(self._program) - 1

    def _emit(self, node: Node) -> None:
        match node:
            case Series(parts):
                for part in parts:
                    self._emit(part)
            case Either(branches):
                self._emit_choice(branches)
            case Repeat(part, least, most):
                self._emit_repeat(part, least, most)
            case _:
                self._add(node)

    def _emit_choice(self, branches: Iterable[Node]) -> None:
        fork = self._add(None)
        begins, ends = [], []
        for branch in branches:
            begins.append(len(self._program))
            self._emit(branch)
            ends.append(self._add(None))
        self._program[fork] = _Fork(tuple(begins))
        for end in ends:
            self._program[end] = _Fork((len(self._program),))

    def _emit_repeat(self, part: Node, least: int, most: int | None) -> None:
        for _ in range(least):
            self._emit(part)
        if most is None:
            fork = self._add(None)
            self._emit(part)
            self._add(_Fork((fork,)))
            self._program[fork] = _Fork((fork + 1, len(self._program)))
            return
        forks = []
        for _ in range(most - least):
            forks.append(self._add(None))
            self._emit(part)
        for fork in forks:
            self._program[fork] = _Fork((fork + 1, len(self._program)))

    # Running it

    def _state(self, places: frozenset[int], before: _Before) -> _State:
        """Return the state of having come to ``places``; a match may begin here too."""
        places |= {0}
        found = self._states.get((places, before))
        if found is None:
            found = self._states[places, before] = _State(places, before)
            found.found = self._reached(found, None) is None
            found.at_end = found.found or self._reached(found, "") is None
        return found

    def _reached(self, state: _State, following: str | None) -> set[int] | None:
        """Return the instructions that take the next character; None where the end is among them.

        ``following`` is that character, "" where there is none, None where it is not known yet.
        """
        reached: set[int] = set()
        waiting, seen = list(state.places), set(state.places)
        while waiting:
            place = waiting.pop()
            instruction = self._program[place]
            ways: tuple[int, ...] = ()
            if instruction is None:
                return None
            if isinstance(instruction, Set):
                reached.add(place)
            elif isinstance(instruction, _Fork):
                ways = instruction.ways
            elif _stands(instruction, state.before, following):
                ways = (place + 1,)
            for way in ways:
                if way not in seen:
                    seen.add(way)
                    waiting.append(way)
        return reached

    def step(self, state: _State, character: str) -> _State | None:
        """Return where a character leads that was not seen in this state before; None where the match ended before
        it.
        """
        if self._known >= _KNOWN:
            self._known = 0
            self._states.clear()
            self._first = self._state(frozenset(), "\n")
            state = self._state(state.places, state.before)
        reached = self._reached(state, character)
        following: _State | None = None
        if reached is not None:
            places = frozenset(place + 1 for place in reached if self._holds(place, character))
            before = "\n" if character == "\n" else "w" if is_word(character) else ""
            following = self._state(places, before)
        self._known += 1
        state.following[character] = following
        return following

    def _holds(self, place: int, character: str) -> bool:
        instruction = self._program[place]
        return isinstance(instruction, Set) and instruction.holds(character)


def _stands(place: Place, before: _Before, following: str | None) -> bool:
    """Return whether a place is one between what stands before and what follows; not as long as that is not known."""
    if place is Place.BEGIN:
        return before == "\n"
    if following is None:
        return False
    if place is Place.END:
        return following in ("", "\n")
    edge = (before == "w") is not (following != "" and is_word(following))
    return edge is (place is Place.EDGE)


class Finder:
    """Looks for a pattern in a text that comes in pieces, cut anywhere; only a state is kept of what was before."""

    __slots__ = ("_pattern", "_state")

    def __init__(self, pattern: OutputPattern) -> None:
        self._pattern = pattern
        self._state = pattern._first

    def feed(self, text: str) -> int | None:
        """Look in the next piece; returns where in it the first match ends, None where there is none yet.

        What follows a match is not looked at: give it to the next finder.
        """
        state = self._state
        if state.found:
            return 0
        for index, character in enumerate(text):
            try:
                following = state.following[character]
            except KeyError:
                following = self._pattern.step(state, character)
            if following is None:
                return index
            if following.found:
                return index + 1
            state = following
        self._state = state
        return len(text) if state.at_end else None


class _WordFinder(Finder):
    """Looks for words, as ``re`` does: where none is in another, the first to begin is the first to end."""

    __slots__ = ("_before", "_longest", "_search")

    def __init__(self, pattern: OutputPattern, words: re.Pattern[str], longest: int) -> None:
        super().__init__(pattern)
        self._search = words.search
        self._longest = longest
        self._before = ""

    def feed(self, text: str) -> int | None:
        known = len(self._before)
        found = self._search(self._before + text)
        if found is not None:
            return found.end() - known
        self._before = (self._before + text)[1 - self._longest :] if self._longest > 1 else ""
        return None


def _words(patterns: Iterable[Node]) -> tuple[re.Pattern[str], int] | None:
    """Patterns that are nothing but words, as ``re`` searches for them in no time, and the longest's length."""
    words = []
    for pattern in patterns:
        parts = pattern.parts if isinstance(pattern, Series) else ()
        if not parts or not all(isinstance(part, Set) and part.exactly for part in parts):
            return None
        words.append("".join(part.exactly for part in parts if isinstance(part, Set)))
    if any(one != other and one in other for one in words for other in words):
        return None
    return re.compile("|".join(map(re.escape, words))), max(map(len, words))
