"""How much may be under way to the terminal: what a slow line has yet to carry is old when it is seen.

Buffers on the way – of the pseudo-terminal, of sshd, of TCP – take hundreds of kilobytes, and none says how full it is.
The terminal itself does: it answers a question when it has processed all that was sent before.  The question is DSR 5,
which every terminal knows, and whose answer no key sends; that to DSR 6 is Shift-F3 in some.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Final

QUESTION: Final = "\x1b[5n"
_EVERY: Final = 200
"""Bytes from one question to the next."""
_LEAST, _MOST = 250, 16384
"""Bytes that may be under way."""
_LITTLE: Final = 1000
_QUICK, _SLOW = 0.08, 0.2
"""Seconds an answer takes beyond the shortest time: less, and more may be under way; more, and less may."""
_SILENCE: Final = 5.0
"""Seconds without an answer after which an update is sent all the same."""
_LOST: Final = 3
"""Silences after which a terminal is one that does not answer."""
_PARTING, _FIRST_PARTING = 3.0, 1.0
"""Seconds an answer under way is waited for when the terminal is left; the latter where none ever came."""


class Pace:
    """Decides when to send and when to ask; ``clock`` gives seconds.

    A terminal that has never answered is sent everything at once, as is one that has ceased to.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers = False
        """Whether the terminal answers, as far as is known."""
        self._asked: deque[tuple[int, int, float]] = deque()
        """For each question without an answer yet: bytes sent up to it, those under way then, and when it was asked."""
        self._sent = self._arrived = 0
        self._window = float(_LEAST * 8)
        self._shortest = math.inf
        self._heard = 0.0
        """When there was an answer last, or silence was given up on."""
        self._silences = 0

    @property
    def expects(self) -> bool:
        """Whether an answer is under way."""
        return bool(self._asked)

    @property
    def most(self) -> int | None:
        """Characters an update is to have; None where the line carries a whole screen at once.

        What is written at once arrives at once: ssh encrypts it as one packet.
        """
        return _EVERY if self._answers and self._window < _LITTLE else None

    def wait_seconds(self) -> float:
        """Return seconds the next update has to wait unless an answer comes; 0 where it has not to."""
        if not self._answers or not self._asked:
            return 0.0
        now, asked = self._clock(), self._asked[0][2]
        late = now - asked > self._shortest + 2 * _SLOW
        if self._sent - self._arrived < (_LEAST if late else self._window):
            return 0.0
        left = max(self._heard, asked) + _SILENCE - now
        if left > 0:
            return left
        self._heard = now
        self._silences += 1
        if self._silences >= _LOST:
            self._answers = False
        return 0.0

    def sent(self, size: int) -> bool:
        """Note that bytes are sent; returns whether a question is to be put behind them."""
        self._sent += size
        if self._answers:
            asks = self._sent - (self._asked[-1][0] if self._asked else self._arrived) >= _EVERY
        else:
            asks = not self._asked  # a terminal that does not answer is asked once
        if asks:
            self._asked.append((self._sent, self._sent - self._arrived, self._clock()))
        return asks

    def answered(self) -> None:
        """Take an answer; one that nothing asked for is nobody's."""
        if not self._asked:
            return
        total, before, asked = self._asked.popleft()
        now = self._clock()
        took, size = now - asked, total - self._arrived
        self._arrived, self._heard, self._answers, self._silences = total, now, True, 0
        self._shortest = min(took, self._shortest)
        if took > self._shortest + _SLOW:
            carried = before * (_SLOW + self._shortest) / (took - self._shortest)
            self._window = max(float(_LEAST), min(self._window * 0.6, carried))
        elif took < self._shortest + _QUICK and self._sent - self._arrived + size > self._window / 2:
            self._window = min(float(_MOST), self._window + size)

    def forgive(self) -> None:
        """Wait for no answer, another may have read it; the line may be another too."""
        self._asked.clear()
        self._shortest = math.inf
        self._arrived = self._sent

    def parting(self) -> float:
        """Return seconds to wait for the answers under way before the terminal is somebody else's."""
        if not self._asked:
            return 0.0
        patience = _PARTING if self._answers else _FIRST_PARTING
        return max(0.0, self._asked[-1][2] + patience - self._clock())
