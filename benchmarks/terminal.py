"""A program on a pseudo-terminal, with an emulator behind it that tells what the user would see, and its cost."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from xentui.terminal import Emulator

_ASKED = re.compile(rb"\x1b\[\?(\d{1,4})\$p")
_KNOWN = frozenset({69, 2026})


class Terminal:
    """Runs ``argv`` on a terminal of ``columns`` by ``lines``; what it sends is taken in by the methods only.

    So a byte is seen when it arrives, and no thread of the benchmark stands between.  ``answering`` is whether it says
    what modes it knows, as xterm does; our emulator does not say it to a guest.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int = 80,
        lines: int = 24,
        pass_fds: Sequence[int] = (),
        answering: bool = False,
    ) -> None:
        self._answering = answering
        self.emulator = Emulator(columns, lines, history=0)
        self.bytes = 0
        self._near, far = pty.openpty()
        termios.tcsetwinsize(far, (lines, columns))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            list(argv),
            stdin=far,
            stdout=far,
            stderr=far,
            env=dict(environment),
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
        os.close(far)

    @property
    def cpu(self) -> float:
        """CPU seconds of the program itself, all its threads, to the nanosecond."""
        return time.clock_gettime((~self.process.pid << 3) | 2)  # what clock_getcpuclockid(3) makes on Linux

    @property
    def resident(self) -> float:
        """Resident memory in MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1000
        raise AssertionError("no VmRSS")

    def send(self, keys: bytes) -> float:
        """Type; returns when."""
        now = time.perf_counter()
        os.write(self._near, keys)
        return now

    def fileno(self) -> int:
        """Return the descriptor at which its bytes arrive."""
        return self._near

    def take(self, seconds: float) -> bytes:
        """What arrives next, within so many seconds."""
        if not select.select([self._near], [], [], max(0.0, seconds))[0]:
            return b""
        try:
            data = os.read(self._near, 65536)
        except OSError:
            return b""
        self.bytes += len(data)
        self.emulator.feed(data)
        answers = self.emulator.replies()
        if self._answering:
            answers += b"".join(
                b"\x1b[?%d;2$y" % int(mode) for mode in _ASKED.findall(data) if int(mode) in _KNOWN
            )
        if answers:
            os.write(self._near, answers)
        return data

    def until(self, seen: Callable[[], bool], seconds: float = 30.0) -> float:
        """Take what arrives until ``seen``; returns when that was."""
        end = time.perf_counter() + seconds
        while not seen():
            left = end - time.perf_counter()
            if left <= 0 or (not self.take(left) and self.process.poll() is not None):
                raise TimeoutError("\n".join(self.emulator.text()))
        return time.perf_counter()

    def rest(self, seconds: float) -> int:
        """Take what arrives for so long; returns how many bytes that were."""
        before, end = self.bytes, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.take(left)
        return self.bytes - before

    def shows(self, text: str) -> bool:
        """Whether a text stands on the screen."""
        return any(text in line for line in self.emulator.text())

    def close(self) -> None:
        """End the program and what it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        end = time.monotonic() + 5
        while self.process.poll() is None and time.monotonic() < end:
            self.take(0.1)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._near)


def rest_together(terminals: Sequence[Terminal], seconds: float) -> list[int]:
    """Take what arrives at several for so long; returns how many bytes each got."""
    before, end = [each.bytes for each in terminals], time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        for ready in select.select(terminals, [], [], left)[0]:
            ready.take(0)
    return [each.bytes - count for each, count in zip(terminals, before, strict=True)]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """An environment of its own in ``folder``, with compiled modules kept there, as an installed package has them."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "NO_COLOR", "SSH_CONNECTION", "TEXTUAL_FPS")
    return {
        **{key: value for key, value in os.environ.items() if key not in dropped},
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        **more,
    }
