"""The volume of a job that makes one: made under a passing name, given its own when it is whole, or taken away.

A job can be killed between any two steps: its marks say how far it may have come, so that whoever settles it takes
away what is the job's own and nothing else.
"""

from __future__ import annotations

import os
import time
from typing import Any, Dict

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_folder
from xentui.agent.images.image_jobs import PASSING
from xentui.agent.jobs.worker import JobWork

#: Exit statuses up to this are a command's own; those above say which signal ended it.
_KILLED = 128
#: Where a command has done its work, and the device it is about has not come: as of a command that cannot be run.
_NO_DEVICE = 126
_PATIENCE, _PAUSE = 10.0, 0.05


def _appeared(path: str, before: str = "") -> bool:
    """Wait until there is a device at ``path``, and none any more at ``before``; returns whether that has come."""
    end = time.monotonic() + _PATIENCE
    while not os.path.exists(path) or (before and os.path.lexists(before)):
        if time.monotonic() >= end:
            return False
        time.sleep(_PAUSE)
    return True


def passing_beside(path: str) -> str:
    """Return a passing name for a new volume; code ``exists`` where there is something of its own name."""
    if os.path.lexists(path):
        raise AgentError("exists", "something with that name exists already", path)
    return os.path.join(os.path.dirname(path), safe_folder.passing_name().lstrip("."))


class NewVolume:
    """One volume: ``told`` has its ``path``, its ``passing`` one, and the argvs ``make``, ``name``, ``drop``, ``undo``.

    ``making`` is the mark of one whose making was begun, and whose maker has not said how that ended; ``named`` that of
    one that may have its own name.
    """

    def __init__(self, work: JobWork, told: Dict[str, Any], making: str, named: str) -> None:
        self._work = work
        self._told = told
        self._making, self._named = making, named
        self._path, self._passing = str(told["path"]), str(told["passing"])

    def make(self) -> int:
        """Make it; what was killed meanwhile may have made one that has no node yet.  Returns the exit status."""
        self._work.mark(self._making)
        code = self._command("make")
        if code == 0 and not _appeared(self._passing):
            return _NO_DEVICE
        if code <= _KILLED:
            self._unmark(self._making)
        return code

    def name(self) -> int:
        """Give it its own name; returns the exit status."""
        self._work.mark(self._named)
        code = self._command("name")
        # The links of udev to a volume of ZFS come and go a moment later: gone() judges by them.
        return _NO_DEVICE if code == 0 and not _appeared(self._path, self._passing) else code

    def gone(self) -> bool:
        """Take it away, under whichever name it has; returns whether nothing is left of it."""
        if os.path.lexists(self._passing):
            # It was not renamed: what has its own name, should there be anything, is somebody else's.
            self._unmark(self._named)
            return self._command("drop") == 0
        if self._work.marked(self._making):
            return self._command("drop") == 0
        # Its passing name was nobody else's: what it was renamed to is the job's own.
        if self._work.marked(self._named) and os.path.lexists(self._path):
            return self._command("undo") == 0
        return True

    def _unmark(self, mark: str) -> None:
        fsio.discard(os.path.join(self._work.place, mark))
        fsio.sync_folder(self._work.place)

    def _command(self, which: str) -> int:
        name = os.path.basename(self._passing)
        argv = [word.replace(PASSING, name) for word in self._told[which]]
        return self._work.on_record(argv, lambda: self._work.execute([*self._work.record["prefix"], *argv]))
