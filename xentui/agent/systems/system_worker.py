"""What a job does that makes a disk with a system on it, and stores the domain that boots from it.

The disk has a passing name until the system on it is whole; storing the domain is the point of no return.  Before it a
failure, a kill or a cancel takes the disk away, and says what it could not take away.  What is mounted is so in a
namespace that ends with the program that mounts it (:mod:`xentui.agent.systems.system_tree`).
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from typing import Any, Callable, Dict

from xentui.agent import remote
from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.images import disk_images, image_jobs, image_worker
from xentui.agent.images.new_domain import NOTHING_LEFT, NewDomain
from xentui.agent.images.volumes import NewVolume
from xentui.agent.jobs import records
from xentui.agent.jobs.worker import JobWork, reached
from xentui.agent.systems import system_jobs, system_names

_MAKING, _NAMED = "making", "named"
_STAMP = "stamp.json"
#: Processes and mounts of its own: all of them end with its first process, and that with unshare(1).
_ALONE = [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--",
]
_ENTRY = b"import sys\nfrom xentui.agent.systems.system_tree import main\nmain(sys.argv[1:])\n"


class _NewDisk:
    """The disk of one job: made, filled, named, taken away."""

    def __init__(self, work: JobWork) -> None:
        self.work = work
        self.system = system_jobs.wanted(work.record)
        self.path, self.passing = str(self.system["path"]), str(self.system["passing"])
        called, reason = str(work.record.get("called", "")), str(work.record.get("reason", ""))
        self.domain = NewDomain(work, work.uuid, called, reason)
        self.volume = NewVolume(work, self.system, _MAKING, _NAMED) if self.system["make"] else None

    def _checked(self, code: int) -> int:
        if self.work.marked(records.CANCEL):
            raise image_worker.CancelledError
        return code

    def make(self, resources: contextlib.ExitStack) -> int:
        """Make the disk, and a system on it; returns the exit status of what failed, 0 for none."""
        code = self._make_empty(resources) or self._format()
        if code:
            return self._checked(code)
        reached("disk made")
        return self._checked(self._fill())

    def _make_empty(self, resources: contextlib.ExitStack) -> int:
        size = int(self.system["size"])
        if self.volume:
            return self.volume.make()
        folder, name = disk_images.parent(self.passing)
        resources.enter_context(folder)
        fd = folder.open_own(name, os.O_RDWR | os.O_EXCL)
        resources.callback(os.close, fd)
        disk_images.hold(fd)
        if self.system["preallocated"]:
            image_worker.take_room(fd, size, image_worker.ProgressReport(self.work, size))
        else:
            os.ftruncate(fd, size)
        return 0

    def _format(self) -> int:
        command, named = system_jobs.FILE_SYSTEMS[self.system["filesystem"]]
        argv = [*command, *(word.format(self.system["uuid"]) for word in named), self.passing]
        return self.work.run_stoppable(argv, argv)

    def _fill(self) -> int:
        """Have the system put on it, by a program of ours that nobody else sees the mounts of."""
        source = remote.bundle("systems.system_tree") + _ENTRY
        place, tool = self.work.place, self.system["tool"]
        return self.work.run_program(system_jobs.PROGRAM, source, [place], tool, within=_ALONE)

    def give_name(self) -> int:
        """Give the disk its own name, in place of nothing; returns the exit status of what failed, 0 for none."""
        if self.volume:
            return self.volume.name()
        folder, name = disk_images.parent(self.path)
        with folder:
            passing = os.path.basename(self.passing)
            status = folder.look(passing)
            if status is None:
                raise AgentError("missing", "somebody has removed the new disk", self.passing)
            stamp = json.dumps([status.st_dev, status.st_ino]).encode("ascii")
            fsio.write_new(os.path.join(self.work.place, _STAMP), stamp)
            fsio.sync_folder(self.work.place)
            fd = folder.open_file(passing, os.O_RDWR)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
            image_jobs.finish(folder, passing, name)
        return 0

    def forget_secret(self) -> None:
        """Take away the hash of root's password, which nobody needs any more."""
        fsio.discard(os.path.join(self.work.place, system_names.SECRET))

    def take_away(self) -> str:
        """Take away all that was made; returns what is left then, in words."""
        self.forget_secret()
        try:
            gone = self.volume.gone() if self.volume else self._file_gone()
        except (AgentError, OSError):
            gone = False
        if gone:
            return NOTHING_LEFT
        return f"left over: {self.passing if os.path.lexists(self.passing) else self.path}"

    def _file_gone(self) -> bool:
        folder, name = disk_images.parent(self.path)
        with folder:
            folder.remove(os.path.basename(self.passing))
            status = folder.look(name)
            if status is not None and [status.st_dev, status.st_ino] == self._stamp():
                if not stat.S_ISREG(status.st_mode):
                    return False
                folder.remove(name)
            folder.sync()
        return True

    def _stamp(self) -> Any:
        """Return what the whole disk is known again by; None where it has not come so far."""
        try:
            return json.loads(fsio.read_bounded(os.path.join(self.work.place, _STAMP), 1000))
        except (FileNotFoundError, ValueError):
            return None


def make(work: JobWork) -> None:
    """Make the disk and store the domain, or leave nothing."""
    disk = _NewDisk(work)
    disk.domain.make(disk.make, disk.give_name, disk.take_away, disk.forget_secret)


def settle(work: JobWork) -> None:
    """Leave nothing of a job that was cut short before the domain was stored."""
    disk = _NewDisk(work)
    disk.domain.settle(disk.take_away, disk.forget_secret)


DO: Dict[str, Callable[[JobWork], None]] = {records.SYSTEM_KIND: make}
