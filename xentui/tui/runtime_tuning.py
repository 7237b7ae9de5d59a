"""What the interpreter is told so that the screen answers at once, however many domains there are."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys

_SWITCH_SECONDS = 0.001
_THRESHOLDS = 10_000, 5, 300
"""A painted row is a dozen objects in a cycle: taken away often they are few, and nobody has to wait.  But each sample
makes a row of each of thousands of domains before it lets go the last ones, which form none: looked for at every two
thousand objects, a third of what the screen does at rest was that.  The eldest are the domains of a snapshot.
"""
_M_ARENA_MAX = -8
"""mallopt(3); not in its manual, but in malloc.h since glibc 2.10."""
_POOLS = 1


def tune_for_startup() -> None:
    """Let the event loop have the interpreter back sooner, and the collector look for a short time only.

    A poll works in a worker thread, which keeps the interpreter for 5 ms at a time otherwise; a key passes through
    several turns of the loop.  Until :func:`freeze_gc` the collector does not look at all: what a start and a first
    poll make is there to stay.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.set_threshold(*_THRESHOLDS)
    gc.disable()
    _share_memory()


def _share_memory() -> None:
    """Let the threads that poll take their memory from few pools: each of its own keeps what a poll has let go."""
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _POOLS)


def freeze_gc() -> None:
    """Have the collector leave alone what there is now: looking through thousands of domains takes 50 ms."""
    gc.freeze()
    gc.enable()
