"""How fast long work goes on, and how long it will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from xentui.model.job import JobLook
from xentui.model.sizes import shown_bytes
from xentui.service.jobs.progress import Progress

_WINDOW = 10.0
"""The speed is that of so many last seconds."""


class JobPace:
    """Looks at a job, one after the other, as a percentage, a speed and the time that is left."""

    def __init__(self, progress: Progress | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = progress
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def __call__(self, told: JobLook) -> None:
        """Take a look, and tell of it."""
        if self._progress is None or told.percent is None:
            return
        self._progress(told.percent, self._words(*told.counted) if told.counted else "")

    def _words(self, done: int, total: int) -> str:
        now = self._clock()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        far = f"{shown_bytes(done)} of {shown_bytes(total)}"
        (since, before), seconds = self._seen[0], now - self._seen[0][0]
        if seconds <= 0 or done <= before:
            return far
        speed = (done - before) / (now - since)
        return f"{far}, {shown_bytes(int(speed))}/s, {shown_seconds((total - done) / speed)} left"


def shown_seconds(seconds: float) -> str:
    """Return how long something takes: ``9 s``, ``4 min``, ``2 h 05 min``."""
    whole = int(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
