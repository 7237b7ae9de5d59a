"""Programs that read a guest's file system: bounded in size, time and memory, and unprivileged where they can."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

from xentui.domuloader.partitions import Partition

SECONDS = 120
MEMORY = 1 << 30
_WORDS = 2000
_SAID = 1 << 16
_CHUNK = 1 << 18
_TALK = 4 << 20
_STRANGERS = 2_100_000_000
"""Above what users, containers and domains of a network are given, below what a signed number holds."""
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/nonexistent"}


class ChildUser(NamedTuple):
    """Who a child is."""

    user: int
    group: int


class Wanted(NamedTuple):
    """A file to take out: the image, the partition in it (None: the image is it), the path, bytes at most, by whom.

    ``seconds`` of the processor and ``memory``, in bytes, are what the reader may take; ``wall`` seconds may pass
    meanwhile, by default as many.
    """

    image: str
    place: Partition | None
    path: str
    limit: int
    who: ChildUser | None
    seconds: int = SECONDS
    memory: int = MEMORY
    wall: int = 0


class ReadError(Exception):
    """A file that could not be read; the argument says why."""


class LargeError(ReadError):
    """It has more bytes than are read."""


class MissingError(ReadError):
    """The host does not have what would read it."""


def stranger() -> ChildUser:
    """A user and a group that nobody has, and no child of another guest: no file and no device is theirs."""
    return ChildUser(_STRANGERS + os.getpid(), _STRANGERS + os.getpid())


def may_read(path: str, who: ChildUser) -> bool:
    """Return whether ``who`` can open a path, folders above it included: tried in a child."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            become(who)
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def become(who: ChildUser) -> None:
    """Give up all rights but those of ``who``."""
    os.setgroups([])
    os.setgid(who.group)
    os.setuid(who.user)


def heard(argv: list[str], wanted: Wanted, *, banner: re.Pattern[str]) -> str:
    """Return what a program says, as :func:`copy` lets it."""
    with tempfile.TemporaryFile() as out:
        copy(argv, out.fileno(), wanted._replace(limit=_TALK), banner=banner)
        out.seek(0)
        return out.read().decode("utf-8", "replace")


def copy(argv: list[str], out: int, wanted: Wanted, *, banner: re.Pattern[str] | None = None) -> int:
    """Copy a program's output to ``out``; returns its size, raises ReadError where it fails, is mute, or says too much.

    A program with a ``banner`` is one whose status tells nothing: each other line among its errors is a failure.
    """
    said = tempfile.TemporaryFile()  # noqa: SIM115 - closed below; a pipe would have to be emptied meanwhile
    # Run without a shell; the paths in argv were checked where they came from.
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=said,
        env=_ENVIRONMENT,
        cwd="/",
        preexec_fn=_confined(wanted),  # noqa: PLW1509 - this program has one thread
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    patience = wanted.wall or wanted.seconds
    deadline = time.monotonic() + patience
    size = 0
    signal.signal(signal.SIGALRM, _ring)
    signal.alarm(patience)
    try:
        while True:
            data = process.stdout.read(_CHUNK)
            if not data:
                break
            size += len(data)
            if size > wanted.limit:
                raise LargeError(f"it is larger than {wanted.limit >> 20} MiB")
            _write(out, data)
        code = process.wait(max(1.0, deadline - time.monotonic()))
        said.seek(0)
        words = said.read(_WORDS).decode("utf-8", "replace").strip()
    except (TimeoutError, subprocess.TimeoutExpired):
        raise ReadError(f"reading took longer than {patience} s") from None
    finally:
        signal.alarm(0)
        process.kill()
        process.stdout.close()
        said.close()
        process.wait()
    lines = [line for line in words.split("\n") if line and (banner is None or not banner.match(line))]
    if code != 0 or not size or (banner and lines):
        # The first is why the others are; of a traceback the last tells.
        raise ReadError(lines[0 if banner else -1] if lines else "it is not there, or empty")
    return size


def _write(out: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


def _ring(_number: int, _frame: object) -> None:
    raise TimeoutError


def _confined(wanted: Wanted) -> Callable[[], None]:
    def confine() -> None:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (wanted.seconds, wanted.seconds))
        resource.setrlimit(resource.RLIMIT_AS, (wanted.memory, wanted.memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_SAID, _SAID))
        if wanted.who is not None:
            become(wanted.who)

    return confine
