"""A guest's output as pexpect reads it: what a live console prints, handed over by the thread that reads that."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import pexpect
from pexpect.expect import Expecter
from pexpect.spawnbase import SpawnBase

from xentui.expect.guest_text import GuestText
from xentui.expect.pattern import OutputPattern

WINDOW: Final = 16 << 10
"""Characters that stay to be looked at by the next step: no piece of output comes to more."""
_PIECE: Final = 4096
_WAITING: Final = 4 << 20
"""Bytes that wait to be looked at; past them the oldest are dropped, as nobody waits for them."""


if TYPE_CHECKING:
    _Base = SpawnBase[str]
else:
    _Base = SpawnBase  # its types stand in stubs alone


class StoppedError(Exception):
    """Nothing more is waited for, and why."""


class ExpectedOutput(_Base):
    """What a guest prints, as text, for pexpect to wait in: it has no child of its own.

    ``told`` is given that text, in the thread that waits.
    """

    _before: Any
    buffer_type: Any

    def __init__(self, told: Callable[[str], None]) -> None:
        super().__init__(timeout=None, maxread=_PIECE, searchwindowsize=WINDOW, encoding="utf-8")
        self.delayafterread = None
        self._told = told
        self._text = GuestText()
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._over = ""
        self._ready = threading.Condition()

    def take_in(self, data: bytes) -> None:
        """Take what the guest has printed; from any thread, never waits."""
        with self._ready:
            for at in range(0, len(data), _PIECE):
                self._pieces.append(data[at : at + _PIECE])
            self._size += len(data)
            while self._size > _WAITING:
                self._size -= len(self._pieces.popleft())
            self._ready.notify()

    def stop(self, why: str) -> None:
        """Have nothing more waited for; from any thread."""
        with self._ready:
            self._over = self._over or why
            self._ready.notify()

    def pause(self, seconds: float) -> None:
        """Wait; raises StoppedError when it is stopped."""
        with self._ready:
            if self._ready.wait_for(lambda: self._over, seconds):
                raise StoppedError(self._over)

    def read_nonblocking(self, _size: int = 1, timeout: float | None = None) -> str:
        """Return the text of the next piece of output; "" where it has none.

        Raises pexpect.TIMEOUT where none comes in ``timeout`` seconds, StoppedError when it is stopped.
        """
        with self._ready:
            if not self._ready.wait_for(lambda: self._pieces or self._over, timeout):
                raise pexpect.TIMEOUT("no output")
            if self._over:
                raise StoppedError(self._over)
            data = self._pieces.popleft()
            self._size -= len(data)
        text = self._text.feed(data)
        self._told(text)
        if self._before.tell() > 2 * WINDOW:
            # pexpect keeps all there was before a match: a guest may print for hours.
            kept = self._before.getvalue()[-WINDOW:]
            self._before = self.buffer_type()
            self._before.write(kept)
        return text

    def wait_for(self, patterns: Sequence[OutputPattern], seconds: float) -> int | None:
        """Wait until the guest prints one of ``patterns``; which one, None where none came in ``seconds``.

        Raises StoppedError when it is stopped.
        """
        try:
            searcher: Any = _Searcher(patterns)
            found: int = Expecter(self, searcher).expect_loop(seconds)
        except pexpect.TIMEOUT:
            return None
        return found

    @property
    def line(self) -> str:
        """The line of what was found, as far as it has come; else the last line printed."""
        after = self.after if isinstance(self.after, str) else ""
        text = f"{self.before or ''}{after}"
        rest = self.buffer if after else ""
        return str(text.rstrip("\n").rpartition("\n")[2] + rest.partition("\n")[0]).strip()


class _Searcher:
    """What pexpect looks for: patterns in the output that is new, however much of it has been looked at before."""

    eof_index = timeout_index = -1

    def __init__(self, patterns: Sequence[OutputPattern]) -> None:
        self._finders = [pattern.finder() for pattern in patterns]
        self.start = self.end = 0
        self.match: Any = None

    def search(self, text: str, fresh: int, _window: int | None = None) -> int:
        """Return which pattern the new part of a text has first, -1 where none."""
        begin = len(text) - fresh
        ends = [finder.feed(text[begin:]) for finder in self._finders]
        found = [(end, index) for index, end in enumerate(ends) if end is not None]
        if not found or not text:
            return -1
        end, index = min(found)
        self.end = begin + end
        self.start = max(0, min(self.end, len(text) - 1))  # behind the text pexpect would lose what is before
        self.match = text[self.start : self.end]
        return index
