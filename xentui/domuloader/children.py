"""Programs that read a guest's file system: bounded in size, time and memory, and unprivileged where they can."""

from __future__ import annotations

import os
import resource
import signal
import time

from xentui.domuloader.partitions import Partition
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import re
    from typing import NoReturn

SECONDS = 120
MEMORY = 1 << 30
_WORDS = 2000
_SAID = 1 << 16
_CHUNK = 1 << 18
_TALK = 4 << 20
LOOK = 0.1
"""Seconds between two looks at what a program has taken."""
_OPEN = 1 << 16
"""Files looked for where the host has no ``/proc``."""
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
    meanwhile, by default as many.  What ``servers``, processes that answer for the image, take meanwhile counts as its.
    """

    image: str
    place: Partition | None
    path: str
    limit: int
    who: ChildUser | None
    seconds: int = SECONDS
    memory: int = MEMORY
    wall: int = 0
    servers: tuple[int, ...] = ()


class ReadError(Exception):
    """A file that could not be read; the argument says why."""


class LargeError(ReadError):
    """It has more bytes than are read."""


class MissingError(ReadError):
    """The host does not have what would read it."""


def clock(process: int, gone: float = 0.0) -> float:
    """Return the seconds of the processor that a process has taken; ``gone`` where there is none of that number."""
    try:
        return time.clock_gettime((~process << 3) | 2)  # what clock_getcpuclockid(3) makes on Linux
    except OSError:
        return gone


def spent() -> float:
    """Return the seconds of the processor that this process, and children that have ended, have taken."""
    return sum(os.times()[:4])


def stranger() -> ChildUser:
    """Return a user and a group that nobody has, and no child of another guest: no file and no device is theirs."""
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
    return given(argv, wanted._replace(limit=_TALK), banner=banner).decode("utf-8", "replace")


def given(argv: list[str], wanted: Wanted, *, banner: re.Pattern[str] | None = None) -> bytes:
    """Return what a program writes, as :func:`copy` lets it."""
    out = scratch()
    try:
        copy(argv, out, wanted, banner=banner)
        return content(out)
    finally:
        os.close(out)


def scratch() -> int:
    """Open a file without a name, for what has a limit."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("xentui", os.MFD_CLOEXEC)
    import tempfile  # takes longer to import than a disk to be read

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def content(fd: int, size: int = -1) -> bytes:
    """Return the first bytes of an open file, all for -1."""
    left = os.fstat(fd).st_size if size < 0 else size
    parts: list[bytes] = []
    at = 0
    while left > at:
        data = os.pread(fd, left - at, at)
        if not data:
            break
        parts.append(data)
        at += len(data)
    return b"".join(parts)


def copy(argv: list[str], out: int, wanted: Wanted, *, banner: re.Pattern[str] | None = None) -> int:
    """Copy a program's output to ``out``; returns its size, raises ReadError where it fails, is mute, or says too much.

    A program with a ``banner`` is one whose status tells nothing: each other line among its errors is a failure.
    """
    size = 0
    ended: int | None = None
    said = scratch()
    child, output = _begun(argv, said, wanted)
    signal.signal(signal.SIGALRM, _Watch(child, wanted).look)
    signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)
    try:
        while True:
            data = os.read(output, _CHUNK)
            if not data:
                break
            size += len(data)
            if size > wanted.limit:
                raise LargeError(f"it is larger than {wanted.limit >> 20} MiB")
            write_all(out, data)
        ended = os.waitpid(child, 0)[1]
        words = content(said, _WORDS).decode("utf-8", "replace").strip()
    except TimeoutError as late:
        raise ReadError(f"reading took longer than {late}") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.close(output)
        os.close(said)
        if ended is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    lines = [line for line in words.split("\n") if line and (banner is None or not banner.match(line))]
    if ended != 0 or not size or (banner and lines):
        # The first is why the others are; of a traceback the last tells.
        raise ReadError(lines[0 if banner else -1] if lines else "it is not there, or empty")
    return size


def write_all(out: int, data: bytes) -> None:
    """Write all of ``data``; raises OSError as os.write does."""
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


class _Watch:
    """Ends the wait for a program that takes too long.

    Its own limit is not enough: for that the kernel counts the ticks of its clock that meet it, which may be half too
    few on a busy host; and what serves the image has a limit of its own.
    """

    def __init__(self, child: int, wanted: Wanted) -> None:
        self._child, self._wanted = child, wanted
        self._patience = wanted.wall or wanted.seconds
        self._deadline = time.monotonic() + self._patience
        self._served = self._serving()
        self._over = False

    def look(self, _number: int, _frame: object) -> None:
        """Raise TimeoutError, once, which says in what."""
        if self._over:
            return
        late = time.monotonic() >= self._deadline
        taken = clock(self._child) + self._serving() - self._served
        if late or taken >= self._wanted.seconds:
            self._over = True
            raise TimeoutError(
                f"{self._patience} s" if late else f"{self._wanted.seconds} s of the processor"
            )

    def _serving(self) -> float:
        return sum(map(clock, self._wanted.servers))


def _begun(argv: list[str], said: int, wanted: Wanted) -> tuple[int, int]:
    """Begin a program that is confined; returns its number, and where its output is read.

    This program has one thread, so a fork is safe; ``subprocess`` takes longer to import than a program to run.
    """
    output, telling = os.pipe()
    child = os.fork()
    if child:
        os.close(telling)
        return child, output
    try:
        _become_program(argv, telling, said, wanted)
    finally:
        os._exit(127)


def _become_program(argv: list[str], telling: int, said: int, wanted: Wanted) -> NoReturn:
    """Be a program from here on, within its limits; what prevents that is written where it would write its errors."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, fd in enumerate((nothing, telling, said)):
        os.dup2(fd, number)
    _close_others()
    # Python ignores these; a program is not begun with that.
    for each in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(each, signal.SIG_DFL)
    try:
        os.chdir("/")
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (wanted.seconds, wanted.seconds))
        resource.setrlimit(resource.RLIMIT_AS, (wanted.memory, wanted.memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_SAID, _SAID))
        if wanted.who is not None:
            become(wanted.who)
        os.execve(argv[0], argv, _ENVIRONMENT)  # noqa: S606 - a shell is what is not wanted
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror or error}\n".encode())
        raise


def _close_others() -> None:
    """Close all that is open but standard input and outputs; there may be room for a thousand million files."""
    try:
        numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        numbers = list(range(3, _OPEN))
    for number in numbers:
        if number > 2:
            try:
                os.close(number)
            except OSError:
                continue  # what the list was read from is closed already
