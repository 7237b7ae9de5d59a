"""What puts a system into a new file system: mounts it where nobody else sees it, has a tool fill it, and sets it up.

It is a program of its own (:func:`main`), the first process of a mount and a process namespace (unshare(1)): with it
all of its mounts, their loop device and every process that was started in the new system go, however it ends.  What it
prints is the log; how far it is stands in the job's folder, as :mod:`xentui.agent.jobs.control` reads it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import stat
import struct
import subprocess
import sys
import termios
import time
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Tuple

from xentui.agent.files import fsio
from xentui.agent.systems import system_setup
from xentui.agent.systems.system_names import DEBOOTSTRAP, MMDEBSTRAP, SECRET, SPEC, TAR
from xentui.agent.systems.tool_output import CONTROL, ToolWords

#: Stands in the command for the folder the new file system is mounted at.
ROOT = "{root}"
PROGRESS = "progress"
#: Of what is done the tool's part, in per cent; what comes before and after is the rest.
_BEGINS, _ENDS = 2, 95
_LIMIT = 1 << 20
_SECRET_LIMIT = 4096
_POINTS = ("/mnt", "/media", "/srv", "/opt")
_PACKED = (
    (b"\x1f\x8b", "--gzip"),
    (b"\xfd7zXZ\x00", "--xz"),
    (b"\x28\xb5\x2f\xfd", "--zstd"),
    (b"BZh", "--bzip2"),
)


class FailedError(Exception):
    """It cannot be done, and why."""


class _Told:
    """How far it is, in the job's folder."""

    def __init__(self, place: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd = os.open(os.path.join(place, PROGRESS), flags, 0o600)
        self._far = -1

    def __call__(self, percent: float) -> None:
        """It is so far, of the whole; it never goes back."""
        far = int(min(100.0, percent))
        if far > self._far:
            self._far = far
            os.pwrite(self._fd, b"%20d %20d\n" % (far, 100), 0)

    def tool(self, percent: float) -> None:
        """The tool is so far with its part."""
        self(_BEGINS + (_ENDS - _BEGINS) * min(100.0, percent) / 100)


def main(arguments: List[str]) -> None:
    """Do what the folder of a job says, as the first process of a namespace of its own; exits 0 where it is done."""
    place = arguments[0]
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        code = _done(place)
    except FailedError as error:
        say(f"E: {error}")
        code = 1
    except OSError as error:
        say(f"E: {error.filename or 'the new file system'}: {(error.strerror or str(error)).lower()}")
        code = 1
    sys.stdout.flush()
    os._exit(code)


def say(words: str) -> None:
    """A line of the log."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _done(place: str) -> int:
    if os.getpid() != 1:
        # What it ends with kills all processes it sees: they must be its own.
        raise FailedError("it is not the first process of a namespace")
    spec = json.loads(fsio.read_bounded(os.path.join(place, SPEC), _LIMIT))
    secret = _secret(place)
    told = _Told(place)
    archive = fsio.open_regular(spec["archive"])[0] if spec["archive"] else -1
    point = _point(spec)
    _mount(spec, point)
    told(_BEGINS)
    code = _filled_by_tool(place, spec, point, archive, told)
    if code:
        return code
    told(_ENDS)
    say("I: setting the system up")
    _set_up(point, {**spec["setup"], "password": secret})
    told(97)
    os.sync()
    say("I: writing it to the disk")
    _unmount(point)
    told(99)
    return 0


def _secret(place: str) -> str:
    path = os.path.join(place, SECRET)
    try:
        return fsio.read_bounded(path, _SECRET_LIMIT).decode("ascii").strip()
    except FileNotFoundError:
        return ""
    finally:
        fsio.discard(path)


def _point(spec: Dict[str, Any]) -> str:
    """Return a folder of the host to mount at, in this namespace alone: one that nothing that is needed lies below."""
    used = [spec["image"], *spec["tool"], *spec["uses"]]
    for point in _POINTS:
        if os.path.isdir(point) and not any(f"{point}/" in f"{word}/" for word in used):
            return point
    raise FailedError(f"the host has none of the folders {', '.join(_POINTS)} to mount at")


def _mount(spec: Dict[str, Any], point: str) -> None:
    image = spec["image"]
    options = ["noatime"]
    if spec["kind"] == TAR:
        options += ["nosuid", "nodev"]  # nothing of it is run here
    if stat.S_ISREG(os.stat(image).st_mode):
        options.append("loop")
    _run(["mount", "-t", spec["filesystem"], "-o", ",".join(options), "--", image, point])
    os.chmod(point, 0o755)  # noqa: S103 - it is the root folder of a system


def _unmount(point: str) -> None:
    """Unmount it, which tells of what the disk has refused; what still runs inside is killed first."""
    for _ in range(50):
        for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
            if pid > 1:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        done = subprocess.run(
            ["umount", "--recursive", point],  # noqa: S607 - wherever it is
            capture_output=True,
            check=False,
            env=_environment(),
        )
        if not done.returncode:
            return
        time.sleep(0.1)
    raise FailedError(f"it cannot be unmounted: {done.stderr.decode('utf-8', 'replace').strip()}")


def _environment() -> Dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive", "DEBCONF_NOWARNINGS": "yes"}


def _run(argv: List[str]) -> None:
    say(f"I: {' '.join(argv)}")
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            check=False,
        )
    except OSError as error:
        raise FailedError(f"{argv[0]}: {(error.strerror or 'cannot be run').lower()}") from None
    for line in done.stdout.decode("utf-8", "replace").splitlines()[-20:]:
        say(CONTROL.sub("", line))
    if done.returncode:
        raise FailedError(f"{argv[0]} has ended with {done.returncode}")


def _filled_by_tool(place: str, spec: Dict[str, Any], point: str, archive: int, told: _Told) -> int:
    """Have the tool fill the file system; returns its exit status."""
    kind = spec["kind"]
    argv = [point if word == ROOT else word for word in spec["tool"]]
    if archive >= 0:
        argv += _unpacking(os.pread(archive, 8, 0))
    say(f"I: {' '.join(argv)}")
    words = ToolWords(kind, told.tool, say)
    size = max(1, os.fstat(archive).st_size) if archive >= 0 else 1

    def read_so_far() -> None:
        if archive >= 0:
            told.tool(100.0 * os.lseek(archive, 0, os.SEEK_CUR) / size)

    reads, writes = _terminal() if kind == MMDEBSTRAP else os.pipe()
    sources = {reads: 1}
    closed = [writes]
    prepared: Optional[Callable[[], object]] = None
    if kind == DEBOOTSTRAP:
        from_three, three = os.pipe()
        closed.append(three)
        sources[from_three] = 3
        prepared = partial(os.dup2, three, 3)  # in the tool alone: here it is something else
    try:
        process = subprocess.Popen(
            argv,
            stdin=archive if archive >= 0 else subprocess.DEVNULL,
            stdout=writes,
            stderr=writes,
            env=_environment(),
            preexec_fn=prepared,  # noqa: PLW1509 - there are no threads here
            pass_fds=[3] if prepared else [],
            cwd="/",
        )
    except OSError as error:
        raise FailedError(f"{argv[0]}: {(error.strerror or 'cannot be run').lower()}") from None
    for fd in closed:
        os.close(fd)
    cancel = os.path.join(place, "cancel")
    _followed(process, sources, words, read_so_far, cancel)
    return _status(process.wait())


def _unpacking(head: bytes) -> List[str]:
    """Return what tar is told of how an archive is packed that it reads from its standard input."""
    return [option for mark, option in _PACKED if head.startswith(mark)]


def _status(code: int) -> int:
    return code if code >= 0 else 128 - code


def _terminal() -> Tuple[int, int]:
    """Return a terminal of 80 columns, on which a tool tells how far it is that says nothing elsewhere."""
    reads, writes = pty.openpty()
    fcntl.ioctl(writes, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return reads, writes


def _followed(
    process: "subprocess.Popen[bytes]",
    sources: Dict[int, int],
    words: ToolWords,
    progress: Callable[[], None],
    cancel: str,
) -> None:
    """Take all that a tool prints until it has ended; what it has left behind does not hold us.

    Once there is a file ``cancel`` this process ends, and with it the namespace: the job itself may be gone.
    """
    left = set(sources)
    ended = False
    while left:
        ready = select.select(list(left), [], [], 0.2)[0]
        progress()
        if os.path.exists(cancel):
            os._exit(130)
        if not ready:
            if ended:
                break
            ended = process.poll() is not None
        for fd in ready:
            try:
                piece = os.read(fd, 1 << 16)
            except OSError:
                piece = b""  # a terminal that nobody has any more
            if piece:
                words.take(sources[fd], piece)
            else:
                left.discard(fd)
    words.end()


def _set_up(point: str, setup: Dict[str, Any]) -> None:
    """Set the system up from inside: a link in it leads nowhere else, and nothing of it is run."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chroot(point)
            os.chdir("/")
            system_setup.set_up(setup, say)
            code = 0
        except system_setup.UnfitError as error:
            say(f"E: {error}")
        except OSError as error:
            say(f"E: {error.filename or 'a file'} in the system: {(error.strerror or '').lower()}")
        finally:
            sys.stdout.flush()
            os._exit(code)
    if os.waitpid(child, 0)[1]:
        raise FailedError("the system could not be set up")
