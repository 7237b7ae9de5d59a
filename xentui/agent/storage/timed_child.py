"""Looks that may never come back, done by a child: the agent waits for each so long, and goes on.

A file system whose server has gone holds every process that looks at it, some beyond any kill.  So a child looks, and
one that says nothing for a while is killed and left to itself: nobody waits for its end.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from xentui.agent import remote
from xentui.agent.errors import AgentError

#: Seconds until a child has begun, for one look, and for all looks of one child.
BEGIN, LOOK, ALL = 40.0, 5.0, 25.0
#: Mounts that may hang in one call: what lies on others then is not looked at.
_HANG = 5
_ANSWER = 16 << 20
_ENTRY = b"from xentui.agent.storage.path_inspection import main\nmain(sys.argv[1:])\n"

#: Children that were killed and have not ended, and the mount that holds each.
_held: List[Tuple["subprocess.Popen[bytes]", str]] = []
_lock = threading.Lock()


class SilentLookError(Exception):
    """A child has said nothing in time; the argument is what it was about to touch, "" where it has not said."""


def hanging() -> Set[str]:
    """Return the mounts that still hold a child of ours: a look at them would be one more."""
    with _lock:
        _held[:] = [(child, point) for child, point in _held if child.poll() is None]
        return {point for _child, point in _held if point}


class Child:
    """One process that looks; a context manager, at whose end it is gone or left to itself."""

    def __init__(self, task: str, words: Dict[str, Any]) -> None:
        self._until: Optional[float] = None
        self.touching = ""
        self._silent = False
        self._child = subprocess.Popen(
            [sys.executable or "python3", "-I", "-X", "utf8", "-c", remote.JOB_BOOTSTRAP, task],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            stdin = self._child.stdin
            assert stdin is not None  # noqa: S101 - a pipe was asked for
            # It reads all of this before it looks at anything.
            stdin.write(remote.for_child(("storage.path_inspection",), _ENTRY))
            stdin.write(json.dumps(words).encode("ascii") + b"\n")
            stdin.close()
        except OSError:
            self.close()
            raise

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_why: object) -> None:
        self.close()

    def lines(self) -> Iterator[Dict[str, Any]]:
        """Yield what it says, until it ends; raises :class:`SilentLookError`."""
        assert self._child.stdout is not None  # noqa: S101 - a pipe was asked for
        fd = self._child.stdout.fileno()
        kept, total = b"", 0
        while True:
            if not self.heard(fd):
                self._silent = True
                raise SilentLookError(self.touching)
            piece = os.read(fd, 1 << 16)
            total += len(piece)
            if not piece or total > _ANSWER:
                return
            *whole, kept = (kept + piece).split(b"\n")
            for line in whole:
                message: Dict[str, Any] = json.loads(line)
                if "touches" in message:
                    self.touching = message["touches"]
                    self._until = self._until or time.monotonic() + ALL
                else:
                    yield message

    def heard(self, fd: int) -> bool:
        """Wait until it says something or has ended; False where nothing comes in time.

        A busy machine may not let it run for long: as long as it only waits for a processor nothing holds it.
        """
        poll = select.poll()
        poll.register(fd, select.POLLIN | select.POLLHUP)
        latest = time.monotonic() + BEGIN
        while True:
            now = time.monotonic()
            seconds = latest - now if self._until is None else min(LOOK, self._until - now)
            if poll.poll(int(max(0.1, seconds) * 1000)):
                return True
            if self._until is None or time.monotonic() >= latest or not self._runs():
                return False

    def _runs(self) -> bool:
        """Return whether it runs, or would if it were let (proc(5))."""
        try:
            with open(f"/proc/{self._child.pid}/stat", "rb") as file:
                return file.read(4096).rpartition(b")")[2].split()[:1] == [b"R"]
        except OSError:
            return False

    def close(self) -> None:
        """Be done with it: it is killed, and where even that does not end it at once, left."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        if self._child.poll() is None:
            self._child.kill()
            try:
                self._child.wait(1.0)
            except subprocess.TimeoutExpired:
                with _lock:
                    # One that has answered is only slow to end.
                    _held.append((self._child, self.touching if self._silent else ""))


def looks(paths: List[str], root: str, points: List[str]) -> List[Dict[str, Any]]:
    """Return what is at each path (:mod:`xentui.agent.storage.path_inspection`): ``kind`` is ``hanging`` on a mount
    that gives no answer.

    ``root`` is put before what a simulated host calls its own, ``points`` are all mount points.
    """
    found: List[Optional[Dict[str, Any]]] = [None] * len(paths)
    avoid = hanging()
    known = len(avoid)
    while None in found:
        left = [number for number, facts in enumerate(found) if facts is None]
        words = {"paths": [paths[n] for n in left], "root": root, "points": points, "avoid": sorted(avoid)}
        hung = ""
        with Child("look", words) as child:
            try:
                for message in child.lines():
                    found[left[message["number"]]] = message["facts"]
            except SilentLookError as error:
                hung = str(error)
        left = [number for number in left if found[number] is None]
        if not left:
            break
        if not hung or hung in avoid or len(avoid) - known >= _HANG:
            gone: Dict[str, Any] = {"kind": "hanging", "hangs": hung}
            for number in left:
                found[number] = gone
            break
        avoid.add(hung)
        found[left[0]] = {"kind": "hanging", "hangs": hung}
    return [facts or {} for facts in found]


def ask(task: str, **words: Any) -> Dict[str, Any]:
    """Have a child do one thing; raises AgentError as it does, code ``busy`` where no answer comes."""
    try:
        with Child(task, words) as child:
            for message in child.lines():
                if "error" in message:
                    raise AgentError(**message["error"])
                answer: Dict[str, Any] = message["ok"]
                return answer
    except SilentLookError:
        raise AgentError("busy", "the file system does not answer", str(words.get("folder", ""))) from None
    raise AgentError("internal", "the check ended without an answer", str(words.get("folder", "")))
