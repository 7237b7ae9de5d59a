"""One command being run on the simulated host: where its output goes, how it waits, how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from xentui.frozen import dataclass
from xentui.simulator.files import HostFiles
from xentui.simulator.guest import Guest
from xentui.simulator.machine import Machine
from xentui.simulator.state import State

Sink = Callable[[bytes], None]


class Exit(Exception):  # noqa: N818 - it ends a command, which is no error by itself
    """The command ends with this exit status."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Interrupted(Exception):  # noqa: N818 - see Exit
    """The command was asked to stop."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a command's implementation works with.

    ``clock`` gives the time, ``sleep`` waits that many seconds and returns True where the wait was broken
    off.
    ``attached`` says that standard input and output are the user's own, so that consoles can be shown.
    """

    argv: tuple[str, ...]
    state: State
    machine: Machine
    files: HostFiles
    clock: Callable[[], float]
    sleep: Callable[[float], bool]
    stdout: Sink
    stderr: Sink
    stdin: bytes
    cwd: str
    cancel: threading.Event
    attached: bool = False

    def out(self, text: str) -> None:
        """Print on standard output; no newline is added."""
        self.stdout(text.encode("utf-8", "surrogateescape"))

    def err(self, text: str) -> None:
        """Print on standard error; no newline is added."""
        self.stderr(text.encode("utf-8", "surrogateescape"))

    def fail(self, text: str, code: int = 1) -> Exit:
        """Say a line on standard error; returns what to raise."""
        self.err(text + "\n")
        return Exit(code)

    def now(self) -> float:
        """Return the time, with all that was due by then done."""
        now = self.clock()
        self.machine.advance_to(now)
        return now

    def wait(self, seconds: float) -> None:
        """Wait that many seconds of the simulated host's pace.  Raises Interrupted when the command is
        cancelled.
        """
        self._sleep(seconds * self.machine.pace)
        self.now()

    def wait_until(self, done: Callable[[], bool], limit: float | None = None) -> bool:
        """Let time pass until ``done``; False when ``limit`` real seconds have gone by without it."""
        end = None if limit is None else self.clock() + limit
        while True:
            now = self.now()
            if done():
                return True
            if end is not None and now >= end:
                return False
            due = self.state.due()
            self._sleep(0.1 if due is None else min(0.1, max(0.005, due - now)))

    def real_path(self, path: str) -> str:
        """Return where a path as the command line gives it really lies."""
        return str(self.files.path(path, self.cwd))

    def guest(self, domid: int) -> Guest | None:
        """Return the domain with that domid, as of now."""
        return self.state.guest(domid)

    def _sleep(self, seconds: float) -> None:
        if self.cancel.is_set() or (seconds > 0 and self.sleep(seconds)):
            raise Interrupted


Verb = Callable[[Call, Sequence[str]], int]
