"""What a job does that makes a guest: runs xen-create-image, and takes away what that leaves where it fails.

Its exit status tells nothing (0 where it was not understood, 2 where it has made everything): a guest is made when the
tool has said that all is done, and its configuration and disks are there.

It runs in a mount namespace of its own.  So what it mounts, however it ends, goes with its last process, and the loop
devices with that; and all of its processes can be told from others by their namespace.

The root password it prints is kept nowhere by xentui: xen-tools' own log has it (``/var/log/xen-tools``).
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import stat
import subprocess
import time
from typing import Any, Callable, Dict, List, Set

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.files import fsio, safe_folder
from xentui.agent.jobs import records
from xentui.agent.jobs.worker import JobWork
from xentui.agent.store import audit
from xentui.agent.systems import guest_jobs

#: What stands in the place of a password.
HIDDEN = b"(not kept here)"
_NAMESPACE = ["unshare", "--mount", "--propagation", "slave", "--"]
_DONE = b"All done"
_PASSWORD = re.compile(rb"^(\s*Root Password\s*:\s*)(?!N/A\s*$)\S.*$", re.I)
#: Where Perl's File::Temp makes folders.
_MOUNTED = re.compile(r"/tmp/[A-Za-z0-9_]{10}\Z")  # noqa: S108 - they are looked for, not made
_LINE_LIMIT = 64 << 10
_LOOK_SECONDS = 0.1
_ROUNDS = 50


class _Output:
    """What the tool prints, line by line: kept without the password, and counted, which tells that it goes on."""

    def __init__(self, work: JobWork) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._kept = os.open(os.path.join(work.place, records.OUTPUT), flags | os.O_APPEND, 0o600)
        self._told = os.open(os.path.join(work.place, records.PROGRESS), flags, 0o600)
        self._rest = b""
        self._lines = self._size = 0
        self.done = False

    def __enter__(self) -> "_Output":
        return self

    def __exit__(self, *_why: object) -> None:
        if self._rest:
            self._line(self._rest)
        os.close(self._kept)
        os.close(self._told)

    def __call__(self, piece: bytes) -> None:
        """Take what was printed."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > _LINE_LIMIT:
            self._line(self._rest)
            self._rest = b""
        os.pwrite(self._told, b"%20d %20d\n" % (self._lines, 0), 0)

    def _line(self, line: bytes) -> None:
        self.done = self.done or line.strip() == _DONE
        kept = _PASSWORD.sub(lambda found: found[1] + HIDDEN, line) + b"\n"
        self._lines += 1
        self._size += len(kept)
        if self._size > (1 << 20):
            os.ftruncate(self._kept, 0)  # it appends: what prints without end does not fill the disk
            self._size = len(kept)
        fsio.write_all(self._kept, kept)


def make(work: JobWork) -> None:
    """Have the guest made; where that fails, or is cancelled, leave nothing of it, or say what is left."""
    guest = guest_jobs.wanted(work.record)
    cancel = os.path.join(work.place, records.CANCEL)
    done = False

    def do() -> int:
        nonlocal done
        with _Output(work) as output:
            code = _run(
                [*work.record["prefix"], *_NAMESPACE, *guest["argv"]],
                output,
                stop=lambda: os.path.exists(cancel),
                lock=work.lock,
            )
        done = output.done
        return code

    code = work.on_record(guest["argv"], do)
    cancelled = os.path.exists(cancel)
    if done and not cancelled and _whole(guest):
        work.end(0)
        return
    why = "it was cancelled" if cancelled else "it did not complete"
    work.end(records.CANCELLED if cancelled else code or 1, f"{why}: {_cleaned(work, guest)}")


def settle(work: JobWork) -> None:
    """Take away what a job has left that was cut short; the tool is gone too, as it would hold the job's lock."""
    guest = guest_jobs.wanted(work.record)
    if work.record["boot"] != audit.boot_id():
        # Whoever has made it by hand since then would lose it: what is there is only named.
        there = [path for path in [guest["config"], *guest["disks"]] if os.path.lexists(path)]
        told = _left(there)
    else:
        told = _cleaned(work, guest)
    work.end(1, f"it was interrupted: {told}")


def _run(argv: List[str], output: _Output, *, stop: Callable[[], bool], lock: int) -> int:
    """Run the tool to its end, or kill all of it once it is to ``stop``; returns its exit status."""
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
            pass_fds=[lock] if lock >= 0 else [],
        )
    except OSError as error:
        output(f"{argv[0]}: {(error.strerror or 'cannot be run').lower()}\n".encode())
        return 127
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    pipe = process.stdout.fileno()
    folders: Set[str] = set()
    namespace = ""
    ended = False
    try:
        while True:
            if not ended and stop():
                _kill_all(process)
                break
            if not select.select([pipe], [], [], _LOOK_SECONDS)[0]:
                if ended:
                    break  # something it has left behind holds its output
                ended = process.poll() is not None
                continue
            piece = os.read(pipe, 65536)
            if not piece:
                break
            output(piece)
            if not ended:
                folders |= _mounted(process.pid)
                namespace = _other_namespace(process.pid) or namespace
        process.wait()
    finally:
        if process.poll() is None:
            _kill_all(process)
        process.stdout.close()
    _kill_guests(namespace)
    for folder in sorted(folders, key=len, reverse=True):
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # where the image was mounted: what dies leaves it, empty as it is now
    code = int(process.returncode)
    return code if code >= 0 else 128 - code


def _kill_all(process: "subprocess.Popen[bytes]") -> None:
    """Kill the tool and all that it has started, in sessions of their own or not.

    As long as it has not been waited for, its number and its namespace are nobody else's.
    """
    namespace = _other_namespace(process.pid)
    for _ in range(_ROUNDS):
        found = [pid for pid in _pids() if namespace and _namespace(pid) == namespace]
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        if not found:  # a zombie has no namespace any more: only who lives is found
            break
        time.sleep(0.02)
    process.wait()


def _kill_guests(namespace: str) -> None:
    """Kill what was started inside the new guest's system and has not ended: it would hold its image."""
    for pid in _pids():
        with contextlib.suppress(OSError):
            if namespace and _namespace(pid) == namespace and os.readlink(f"/proc/{pid}/root") != "/":
                os.kill(pid, signal.SIGKILL)


def _other_namespace(pid: int) -> str:
    """Return the mount namespace of the tool; "" as long as it is the host's."""
    namespace = _namespace(pid)
    return namespace if namespace != _namespace(os.getpid()) else ""


def _namespace(pid: int) -> str:
    """Return the mount namespace of a process; "" where it has none any more, or that is not told."""
    try:
        return os.readlink(f"/proc/{pid}/ns/mnt")
    except OSError:
        return ""


def _pids() -> List[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _mounted(pid: int) -> Set[str]:
    """Return the folders of the host in which the tool has mounted something."""
    try:
        with open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="surrogateescape") as theirs:
            there = {line.split(" ")[4] for line in theirs}
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as ours:
            here = {line.split(" ")[4] for line in ours}
    except (OSError, IndexError):
        return set()
    return {folder for folder in there - here if _MOUNTED.match(folder)}


def _whole(guest: Dict[str, Any]) -> bool:
    """Return whether all that the guest consists of is there."""
    return all(os.path.lexists(path) for path in [guest["config"], *guest["disks"]])


def _cleaned(work: JobWork, guest: Dict[str, Any]) -> str:
    """Take away what was made of a guest; returns what to say of that."""
    left: List[str] = []
    since = float(work.record["started"])

    def attempt(path: str, remove: Callable[[], object]) -> None:
        if not os.path.lexists(path):
            return
        try:
            remove()
        except (AgentError, OSError) as error:
            left.append(f"{path} ({failure_of(error).message})")

    attempt(guest["config"], lambda: _remove(guest["config"], since))
    if guest["folder"]:
        attempt(guest["folder"], lambda: _empty(guest["folder"], since))
        if guest["above"]:
            with contextlib.suppress(OSError):  # others may have guests there by now
                os.rmdir(os.path.dirname(guest["folder"]))
    for disk, argv in zip(guest["disks"], guest["removals"]):  # noqa: B905 - Python 3.9 has no strict
        if os.path.lexists(disk):
            with contextlib.suppress(AgentError, OSError):
                work.on_record(argv, lambda argv=argv: work.execute([*work.record["prefix"], *argv]))  # type: ignore[misc]
            if os.path.lexists(disk):
                left.append(f"{disk} (`{' '.join(argv)}` failed)")
    return _left(left)


def _left(paths: List[str]) -> str:
    return f"left on the host: {', '.join(paths)}" if paths else "nothing is left of it"


def _remove(path: str, since: float) -> None:
    """Remove a file that was made since then."""
    folder, name = safe_folder.open_parent(path, follow=False)
    with folder:
        status = folder.look(name)
        if status is None:
            return
        if not stat.S_ISREG(status.st_mode) or status.st_ctime < since - 1:
            raise AgentError("invalid", "is not the one that was made", path)
        folder.remove(name)
        folder.sync()


def _empty(path: str, since: float) -> None:
    """Remove the folder of a guest's images with them; raises what is in the way of that."""
    with safe_folder.open_folder(path) as folder:
        for name in folder.names():
            status = folder.look(name)
            if status is None or not stat.S_ISREG(status.st_mode) or status.st_ctime < since - 1:
                raise AgentError("invalid", f"{name} in it is not the one that was made", path)
            folder.remove(name)
    os.rmdir(path)


DO: Dict[str, Callable[[JobWork], None]] = {records.GUEST_KIND: make}
