"""What all tests share: the option that takes what the screens look like now for right, and a quick collector."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests import seeded

# An example that takes long on a busy machine is none that fails.  The tests try the same examples at each run, so
# that none fails for what a change has nothing to do with; `make fuzz` tries others.
settings.register_profile(
    "same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("fuzz", settings.get_profile("same"), derandomize=False, database=None)
settings.load_profile("same")
Item = TypeVar("Item")

# A program whose bytecode is not kept takes four times as long to start, and tests start a thousand; each worker would
# rewrite the asserts of all tests anew.  The Makefile sees to it as well, for what it runs besides.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
_MEMORY, _ROOM = "/dev/shm", 4 << 30
"""Where files cost no disk, and the free bytes of memory that a run of all tests may need."""


def _in_memory() -> bool:
    """Return whether the tests' files can lie in memory: making and removing folders is a fifth of their time."""
    try:
        free = os.statvfs(_MEMORY)
    except OSError:
        return False
    usable = os.access(_MEMORY, os.W_OK) and not free.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
    return usable and free.f_bavail * free.f_frsize >= _ROOM


if "TMPDIR" not in os.environ and _in_memory():
    # Programs that the tests start are to find it as well.
    os.environ["TMPDIR"] = tempfile.tempdir = _MEMORY


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept-snapshots`` writes the snapshots instead of comparing with them."""
    parser.addoption(
        "--accept-snapshots", action="store_true", help="write snapshots/ anew from what is shown now"
    )


def pytest_configure() -> None:
    """Cut no power off: nothing has to be on the disk itself, which takes milliseconds for each file.

    What is written to the disk, and in which order, is what tests/unit/store/power.py follows.
    """
    for name in ("fsync", "fdatasync"):
        setattr(os, name, lambda _descriptor: None)


_LONG = ("tests/e2e/", "tests/scenarios/")
"""Where a test takes many seconds: one begun last would keep everybody waiting."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each of several workers begin with its share of the long tests."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items[:] = dealt(items, [item for item in items if item.nodeid.startswith(_LONG)], workers)


def dealt(items: Sequence[Item], long: Sequence[Item], workers: int) -> list[Item]:
    """``items`` in an order by which each worker is given its share of the ``long`` ones first.

    It is given a quarter of its share of all before anything has run, as they lie one behind the other (xdist,
    scheduler/load.py).
    """
    known = set(long)
    rest = iter([item for item in items if item not in known])
    piece = max(len(items) // (4 * workers), 2)
    ordered: list[Item] = []
    for worker in range(workers):
        share = long[worker::workers]
        ordered += [*share, *islice(rest, max(0, piece - len(share)))]
    return [*ordered, *rest]


_THRESHOLDS = 20_000, 20, 20
"""A screen is some 50,000 objects, most of them in cycles, and all of them garbage a moment later."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let the garbage collector leave alone what is there to stay: thousands of tests, and what they import.

    It would look through all of it again and again, which is a third of the time it takes to collect them.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        gc.enable()


_EXT4_FILE = 16 << 40


@pytest.fixture
def files_as_on_ext4() -> Iterator[None]:
    """No file is larger than ext4 has them with blocks of 4 KiB, whatever file system the tests are on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_EXT4_FILE, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def pytest_sessionfinish() -> None:
    """Remove the hosts that others were copied from; a worker of several ends without what atexit(3) would do."""
    seeded.forget()


@pytest.fixture(autouse=True)
def _jobs_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """No job of a test's host outlives the test: one that waits for its guest would look every two seconds for ever."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder is not None and any(any(folder.glob(where)) for where in _JOBS):
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                if b"begin" in words and any(word.startswith(os.fsencode(folder) + b"/") for word in words):
                    os.kill(int(process.name), signal.SIGKILL)


_JOBS = ("store/jobs/*", "*/store/jobs/*")
