"""Words that are watched for in what guests print, whether anybody looks at their consoles or not."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Final

from xentui.console.live import LiveConsole
from xentui.expect.guest_text import GuestText
from xentui.expect.pattern import OutputPattern
from xentui.expect.syntax import OutputPatternError
from xentui.frozen import dataclass
from xentui.text import plain

FIRST: Final = 5.0
"""Seconds in which a pattern that was seen on a console is not told of again; each time it is, twice as many."""
LONGEST: Final = 600.0
MOST: Final = 20
"""Patterns a console is watched for at most."""
OFFERED: Final = ("login:", "Kernel panic", "Oops", "oom-killer")
_LINE: Final = 200
_KEPT: Final = 1000
"""Characters of a line that are kept to be told."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A pattern seen on a console, and in which line."""

    console: LiveConsole
    pattern: str
    line: str


class ConsoleWatch:
    """Watches consoles, each for patterns of its own, and tells of sightings on the event loop it is made on.

    The reading thread of a console looks, as each piece comes: no event loop waits for a pattern.
    """

    def __init__(self, told: Callable[[Sighting], None]) -> None:
        self._told = told
        self._loop = asyncio.get_running_loop()

    def follow(self, console: LiveConsole, patterns: Sequence[str]) -> Callable[[], None]:
        """Watch a console for patterns from now on; returns what ends it.

        Raises OutputPatternError for one that cannot be used.
        """
        if not patterns:
            return lambda: None

        def seen(pattern: str, line: str) -> None:
            # A loop that has been closed has nobody to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._told, Sighting(console, pattern, line))

        return console.overhear(_Ear(patterns, seen))


class _Quiet:
    """How long a pattern that was told of is not to be again."""

    def __init__(self) -> None:
        self.until = 0.0
        self._wait = FIRST

    def may_alert(self, now: float) -> bool:
        """Return whether a sighting is to be told; from then on there is quiet for a while."""
        if now < self.until:
            return False
        again = self.until and now < self.until + LONGEST
        self._wait = min(2 * self._wait, LONGEST) if again else FIRST
        self.until = now + self._wait
        return True


class _Ear:
    """Looks through what a console prints: for all patterns at once, and once a line."""

    def __init__(self, patterns: Sequence[str], seen: Callable[[str, str], None]) -> None:
        self._each = {text: (OutputPattern(text), _Quiet()) for text in patterns}
        self._any = OutputPattern(*patterns)
        self._seen = seen
        self._text = GuestText()
        self._finder = self._any.finder()
        self._line = ""
        self._found = False
        """Whether it was in this line already."""

    def __call__(self, data: bytes) -> None:
        text = self._text.feed(data)
        while text:
            if self._found:
                _, line_feed, text = text.partition("\n")
                self._found = not line_feed
                continue
            end = self._finder.feed(text)
            if end is None:
                self._keep(text)
                return
            self._keep(text[:end])
            text = text[end:]
            self._tell((self._line + text.partition("\n")[0])[:_KEPT])
            self._finder, self._line, self._found = self._any.finder(), "", True

    def _keep(self, text: str) -> None:
        _, line_feed, last = text.rpartition("\n")
        self._line = (last if line_feed else self._line + last)[-_KEPT:]

    def _tell(self, line: str) -> None:
        now = time.monotonic()
        for text, (pattern, quiet) in self._each.items():
            if pattern.search(line) and quiet.may_alert(now):
                self._seen(text, plain(line.strip(), _LINE))


def checked(patterns: Sequence[str]) -> list[str]:
    """Patterns as they were written, without empty ones and doubles.

    Raises OutputPatternError, which names it, for one that cannot be watched for.
    """
    kept = list(dict.fromkeys(text.strip() for text in patterns if text.strip()))
    if len(kept) > MOST:
        raise OutputPatternError(f"more than {MOST} patterns")
    for text in kept:
        try:
            if OutputPattern(text).finder().feed("") is not None:
                raise OutputPatternError("it matches where nothing is printed, too")
        except OutputPatternError as error:
            raise OutputPatternError(f"`{plain(text, 60)}` cannot be watched for: {error}") from None
    return kept
