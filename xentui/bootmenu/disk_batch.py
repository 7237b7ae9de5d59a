"""Disks read in turn by a child: one that never answers is left to itself, and the others are read all the same.

A disk whose storage has gone holds every process that looks at it, some beyond any kill; and what an image makes of
its reader is to be the end of that reader only.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import select
import signal
import time

from xentui.bootmenu.limits import MEMORY
from xentui.domuloader.children import clock, content, scratch, write_all
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Read = Callable[[int], dict[str, Any]]

_OUT = 1
"""Standard output."""
_MOST = 2
"""Disks that may be silent: each may hold a process for good."""
_ENDING, _LOOK = 2.0, 0.01
"""Seconds for a reader to take away what it has made, and between two looks whether it has."""
_LEAST = 0.01
"""The part of its time in which one that is not held by its storage has the processor, on a host however busy."""
_PIECE = 1 << 16
_WORDS = 4000


def answers(count: int, read: Read, patience: float) -> Iterator[bytes]:
    """Yield what ``read`` returns for each number below ``count``, as a line of JSON.

    ``patience`` in seconds is how long one may take that does nothing; what then is said of a disk is an ``error``.
    Raises BrokenPipeError where nobody reads standard output any more: the line is cut, or the cursor has moved on.
    """
    number = silent = 0
    while number < count:
        if silent >= _MOST:
            yield _said("it was not looked at: other disks of this host do not answer")
            number += 1
            continue
        child = _Reader(read, number, count)
        try:
            while number < count:
                line = child.line(patience)
                number += 1
                if line is None:
                    silent += 1
                    yield _said(f"it does not answer: nothing was read of it in {patience:g} s")
                    break
                if not line.endswith(b"\n"):
                    yield _said(f"its reader has ended: {child.words()}")
                    break
                yield line
        finally:
            child.end()


def _said(problem: str) -> bytes:
    # Without a stamp it is asked for again.
    return json.dumps({"error": problem, "places": [], "hurried": True, "stamp": ""}).encode() + b"\n"


class _Reader:
    """A child that reads the disks from one number on."""

    def __init__(self, read: Read, first: int, count: int) -> None:
        self._errors = scratch()
        self._output, telling = os.pipe()
        self._line = b""
        self._used = 0.0
        self._child = os.fork()
        if self._child == 0:
            try:
                os.dup2(telling, 1)
                os.dup2(self._errors, 2)
                _bound_memory()
                for number in range(first, count):
                    write_all(_OUT, json.dumps(read(number)).encode() + b"\n")
            except Exception as error:
                os.write(2, f"{type(error).__name__}: {error}\n".encode("utf-8", "replace")[:_WORDS])
                raise
            finally:
                os._exit(0)
        os.close(telling)

    def line(self, patience: float) -> bytes | None:
        """Return the next line; what there is of it where the child has ended, None where it is silent for so long."""
        deadline = time.monotonic() + patience
        waiting = select.poll()
        waiting.register(self._output, select.POLLIN)
        waiting.register(_OUT, 0)  # tells only that nobody reads any more
        while b"\n" not in self._line:
            left = deadline - time.monotonic()
            if left <= 0:
                if not self._worked(patience):
                    return None
                deadline += patience
                continue
            ready = dict(waiting.poll(left * 1000))
            if _OUT in ready:
                raise BrokenPipeError(errno.EPIPE, "nobody reads what is said")
            if not ready:
                continue
            data = os.read(self._output, _PIECE)
            if not data:
                return self._line
            self._line += data
        line, _, self._line = self._line.partition(b"\n")
        return line + b"\n"

    def _worked(self, patience: float) -> bool:
        """Return whether it has used the processor since it was last asked, so that it is only slow."""
        before, self._used = self._used, clock(self._child)
        return self._used - before >= patience * _LEAST

    def words(self) -> str:
        """Return the last line it has said."""
        lines = content(self._errors, _WORDS).decode("utf-8", "replace").split("\n")
        return next((line for line in reversed(lines) if line), "it was killed")

    def end(self) -> None:
        """Have it take away what it has made, and go; one that no signal ends is left."""
        os.close(self._output)
        os.close(self._errors)
        for number in (signal.SIGTERM, signal.SIGKILL):
            os.kill(self._child, number)
            deadline = time.monotonic() + _ENDING
            while time.monotonic() < deadline:
                if os.waitpid(self._child, os.WNOHANG)[0]:
                    return
                time.sleep(_LOOK)


def _bound_memory() -> None:
    """Take no more memory than a reader may."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    soft = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
