"""The way to the terminal: frames go in at any time, and what the terminal can take goes out.

Nothing here waits for the terminal but a thread of its own.  What is sent is always the way from what the terminal
shows to the newest picture: however many frames came while it took nothing, they cost nothing, and are never shown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from xentui.terminal.standins import Encoder
from xentui.tui.output import control
from xentui.tui.output.control import Waiting
from xentui.tui.output.grid import Cursor, Grid
from xentui.tui.output.pacing import QUESTION, Pace
from xentui.tui.output.screen_update import Shown
from xentui.tui.output.tty import TerminalWriter, erasing

_PATIENCE: Final = 1.0
"""Seconds a terminal may take nothing while it is left."""
_LEAVING: Final = 4.0
"""Seconds it may take in all."""
_LARGE: Final = 600
"""Characters from which on an update is worth to be marked as one."""
_SYNC_BEGIN, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
_CANCEL: Final = "\x18"
"""Ends a sequence that was cut off."""


def _nowhere() -> None:
    """Nobody has a cursor."""


def _unheard(error: Exception) -> None:
    """Nobody asks for faults."""


class Output:
    """What the user's terminal is to show; ``descriptor`` is the terminal, ``name`` its type."""

    def __init__(self, descriptor: int, name: str, encoding: str = "utf-8") -> None:
        self._bytes = Encoder(encoding)
        self._descriptor = descriptor
        self._name = name
        self._grid = Grid()
        self._waiting = Waiting()
        self.cursor: Callable[[], Cursor | None] = _nowhere
        """Where the cursor is to stand; asked with every frame."""
        self.margins = False
        """Whether the terminal is known to have left and right margins."""
        self.asks = False
        """Whether the terminal may be asked: somebody has to read its answers."""
        self.failed: Callable[[Exception], None] = _unheard
        """Called from the thread where a fault has ended it; the terminal is left as ever."""
        self._pace = Pace()
        self._parting = False
        self._moved = threading.Condition()
        self._begun = False
        """Whether there is a picture."""
        self._fresh = False
        """Whether it may differ from what was sent last."""
        self._forget = False
        self._synchronized = False
        self._ending = 0.0
        """When the terminal was to be left, 0 as long as it is not."""
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send; the terminal shows anything."""
        if self._thread is not None:
            self._parting = False
            self.repaint()
            return
        with self._moved:
            self._waiting = Waiting()
            self._pace = Pace()
            self._parting = False
            self._ending = 0.0
            self._fresh = self._forget = False
        self._thread = threading.Thread(
            target=self._run, args=(TerminalWriter(self._descriptor),), name="terminal-output", daemon=True
        )
        self._thread.start()

    def write(self, data: str) -> None:
        """Have a frame shown, or a sequence sent that sets a mode or the like; never waits."""
        if not data:
            return
        sequences = control.pieces(data)
        with self._moved:
            if not sequences:
                self._grid.take(data)
                self._grid.point(self.cursor())
                self._begun = self._fresh = True
            for sequence in sequences:
                if control.SYNC.match(sequence):
                    self._synchronized = True
                else:
                    self._waiting.add(sequence)
            if self._fresh or self._waiting:
                self._moved.notify_all()

    def put_rows(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Have rows shown, each at its line and column, as styles and text; never waits."""
        with self._moved:
            self._grid.put_rows(rows)
            self._grid.point(self.cursor())
            self._begun = self._fresh = True
            self._moved.notify_all()

    def point(self) -> None:
        """Have the cursor where it is to stand by now, if no frame comes with it."""
        with self._moved:
            if self._grid.point(self.cursor()) and self._begun:
                self._fresh = True
                self._moved.notify_all()

    def repaint(self) -> None:
        """Send the whole picture again: what the terminal shows is not known any more."""
        with self._moved:
            self._fresh = self._forget = self._begun
            self._pace.forgive()
            self._moved.notify_all()

    @property
    def expects(self) -> bool:
        """Whether the terminal is to answer yet."""
        return self._pace.expects

    def answered(self) -> None:
        """Take an answer of the terminal: it has processed what was sent before the question."""
        with self._moved:
            self._pace.answered()
            self._moved.notify_all()

    def part(self) -> None:
        """Ask no more, and wait for answers under way: who reads next would take them for keys.

        What is written from here on is sent when the terminal is left, behind what ends margins and the like: after
        the alternate screen that would move the cursor of the main one.
        """
        with self._moved:
            self._parting = True
            while self._thread is not None and (left := self._pace.parting()):
                self._moved.wait(left)

    def stop(self) -> None:
        """Leave the terminal to others, with all sequences written so far sent.

        Waits for the terminal a few seconds at most.  One that takes nothing for so long is given the sequences
        in the place of what it has not yet taken.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with self._moved:
            self._ending = time.monotonic()
            self._moved.notify_all()
        thread.join(_LEAVING + _PATIENCE)

    # The thread

    def _run(self, terminal: TerminalWriter) -> None:
        shown = self._nothing_shown()
        rest = b""
        try:
            while not terminal.gone and not self._ending:
                if data := self._next(terminal, shown):
                    rest = terminal.write(data, self._patient)
        except Exception as error:  # noqa: BLE001 - the boundary: nobody would see anything any more, and not know why
            self.failed(error)
            shown = self._nothing_shown()
            with self._moved:
                self._moved.wait_for(lambda: self._ending)
        if not terminal.gone:
            self._leave(terminal, shown, rest)
        terminal.close()

    def _nothing_shown(self) -> Shown:
        return Shown(erasing(self._name, self._descriptor), margins=self.margins)

    def _next(self, terminal: TerminalWriter, shown: Shown) -> bytes:
        """Return what to send next; waits for something to be."""
        with self._moved:
            paints = False
            while not (self._ending or (self._waiting and not self._parting) or paints):
                held = self._pace.wait_seconds() if self._fresh and not self._parting else None
                paints = held == 0
                if not paints:
                    self._moved.wait(held)
            if self._ending:
                return b""
            sequences, picture = self._waiting.take(), self._grid.picture() if paints else None
            shown.margins = self.margins
            most = self._pace.most
            if picture is not None:
                if self._forget:
                    shown.forget()
                self._fresh = self._forget = False
        if picture is None:
            return self._asking(self._bytes(sequences))
        columns, lines = terminal.size() or (picture.columns, len(picture.texts))
        update = shown.update(picture, columns, lines, most=most)
        if shown.behind:
            with self._moved:
                self._fresh = True
        # Terminals hold such an update back until it has ended, which takes a slow line too long.
        if self._synchronized and len(update) > _LARGE and most is None:
            update = f"{_SYNC_BEGIN}{update}{_SYNC_END}"
        return self._asking(self._bytes(sequences + update))

    def _asking(self, data: bytes) -> bytes:
        """Return what is sent, with a question behind it where it is time for one."""
        with self._moved:
            asks = bool(data) and self.asks and not self._parting and self._pace.sent(len(data))
        return data + QUESTION.encode() if asks else data

    def _patient(self, idle: float) -> bool:
        """Return whether to wait on for a terminal that has taken nothing for ``idle`` seconds: only while it is not
        left.
        """
        return not self._ending or (idle < _PATIENCE and time.monotonic() - self._ending < _LEAVING)

    def _leave(self, terminal: TerminalWriter, shown: Shown, rest: bytes) -> None:
        with self._moved:
            sequences = self._bytes(shown.reset() + self._waiting.take())
        if not rest and not terminal.write(sequences, self._patient):
            return
        terminal.discard()
        terminal.write(self._bytes(_CANCEL) + sequences, lambda idle: idle < _PATIENCE)
