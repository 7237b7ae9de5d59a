"""What the interpreter is told so that the screen answers at once, however many domains there are."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
import threading

_SWITCH_SECONDS = 0.001
_THRESHOLDS = 15_000, 5, 300
"""A painted row is a dozen objects in a cycle, which the collector takes away.  But each sample and each poll make some
objects of each of thousands of domains before they let go the last ones, which form none: where the first threshold is
below that, the collector looks through all of them each time, which was a third of what the screen did at rest.  The
eldest are the domains of a snapshot.
"""
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
"""mallopt(3); the first is not in its manual, but in malloc.h since glibc 2.10."""
_LARGE = 256 << 10
"""Bytes from which on memory is the system's again as soon as it is let go; glibc raises that by itself to 32 MiB, and
keeps what the answers of a host with thousands of domains took.
"""
_POOLS = 1
_GIVES_BACK_AFTER = 4.0
"""Seconds after the first list: what a start, a first look and the rest of the screen have needed is free by then."""


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
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, _POOLS)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)


def freeze_gc() -> None:
    """Have the collector leave alone what there is now: looking through thousands of domains takes 50 ms."""
    gc.freeze()
    gc.enable()
    later = threading.Timer(_GIVES_BACK_AFTER, _give_back_memory)
    later.daemon = True
    later.start()


def _give_back_memory() -> None:
    """Give the system what is free of the memory that the process has: a first look takes many times what is kept."""
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)
