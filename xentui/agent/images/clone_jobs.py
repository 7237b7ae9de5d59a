"""Jobs that make one domain of another: its disks copied, and the new one stored when all of them are whole.

Each disk is written under a passing name beside its own, and has its own when all of them are whole; then the new
domain is stored, which is the point of no return.  Before it a failure, a kill or a cancel takes all of them away, and
says what it could not take away.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from typing import Any, Callable, Dict, List, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import access, fsio, safe_folder
from xentui.agent.images import disk_images, image_jobs, image_worker, volumes
from xentui.agent.images.new_domain import NOTHING_LEFT, TEXT_NAME, NewDomain, require_absent
from xentui.agent.images.volumes import NewVolume
from xentui.agent.jobs import launch, records
from xentui.agent.jobs.records import Record
from xentui.agent.jobs.worker import JobWork
from xentui.agent.protocol.arguments import (
    ARGV,
    JOB_WORDS,
    NAME,
    OBJECTS,
    STRING,
    TEXT,
    UUID,
    WORDS,
    optional,
)
from xentui.agent.protocol.commands import is_argv
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

#: Of the job's folder: what its disks were when they were whole.
_STAMPS = "stamps.json"
_ARGVS = ("make", "name", "drop", "undo")
_MOST_DISKS = 100
_CHUNK, _FLUSHED = 1 << 20, 256 << 20
_STAMPS_LIMIT = 1 << 20


@store_operation(
    "start_clone_job",
    job=STRING,
    prefix=ARGV,
    of=UUID,
    uuid=UUID,
    called=NAME,
    text=TEXT,
    disks=OBJECTS,
    reason=optional(WORDS),
    **JOB_WORDS,
)
def start_clone_job(
    root: str,
    *,
    job: str,
    prefix: List[str],
    of: str,
    uuid: str,
    called: str,
    text: str,
    disks: Dict[str, Dict[str, Any]],
    reason: str = "",
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin to copy ``disks`` and to store ``text`` under ``uuid``, ``called`` so; returns the record.

    ``of`` is the domain the disks are of: nothing else is begun on it meanwhile.  Each of ``disks``, by the name the
    guest has for it, has ``path``, what is to be made; ``source``, the file or device it is copied from; ``room``,
    how many bytes that surely takes; or ``empty``, the size of one that is copied from nothing.  One that is a volume
    has commands besides, with :data:`xentui.agent.images.image_jobs.PASSING` for the name it has while it is written:
    ``make`` makes it, ``name`` gives it its own, ``drop`` and ``undo`` remove it before and after that; ``full`` is
    False where ``make`` has copied already, ``blank`` True where what it makes reads as zeros.  Codes ``exists``,
    ``full``, ``missing`` and ``untrusted`` as of :func:`xentui.agent.images.image_jobs.start_image_job`, ``busy`` for
    a job of ``of``.
    """
    place = records.folder(root, job)
    wanted = [_checked(vdev, disks[vdev]) for vdev in sorted(disks)[:_MOST_DISKS]]
    if len({disk["path"] for disk in wanted}) < len(disks):
        raise AgentError("invalid", "two of the new disks have the same path, or there are too many")
    with layout.writing(root):
        require_absent(root, uuid, called)
        needed: Dict[int, int] = {}
        for disk in wanted:
            disk["passing"] = _place(disk, needed)
        plain = records.record_of(job, "clone", prefix, records.JobWords(subject, user, host), uuid=of)
        clone = {"uuid": uuid, "name": called, "reason": reason, "disks": wanted}
        record = {**plain, "clone": clone}
        lock = launch.begin(root, place, record, {TEXT_NAME: text.encode("utf-8")})
    launch.leave(place, lock)
    return record


def _checked(vdev: str, given: Dict[str, Any]) -> Dict[str, Any]:
    """Return what is told of a disk, and no more; raises code ``invalid`` where it makes no sense."""
    disk: Dict[str, Any] = {"vdev": vdev, "full": bool(given.get("full", True))}
    disk["blank"] = bool(given.get("blank", False))
    for name in ("room", "empty"):
        count = given.get(name, 0)
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise AgentError("invalid", f"the {name} of a disk is not a number of bytes", vdev)
        disk[name] = count
    for name in ("path", "source", "passing"):
        value = given.get(name, "")
        bare = name == "passing" or (name == "source" and bool(disk["empty"]) and value == "")
        if not isinstance(value, str) or "\0" in value or not (value.startswith("/") or bare):
            raise AgentError("invalid", f"the {name} of a disk is not an absolute path", vdev)
        disk[name] = value
    for name in _ARGVS:
        argv = given.get(name, [])
        if not (argv == [] or is_argv(argv)) or bool(argv) is not bool(given.get("make")):
            raise AgentError("invalid", "the commands of a disk are not valid", vdev)
        disk[name] = argv
    return disk


def _place(disk: Dict[str, Any], needed: Dict[int, int]) -> str:
    """Return the passing name of a disk that can be made; raises what is in the way of that.

    ``needed`` is how many bytes the disks before it need, by file system.
    """
    source, path = str(disk["source"]), str(disk["path"])
    if not disk["empty"] and access.stat_paths(paths=[source])[source]["kind"] not in ("file", "block"):
        raise AgentError("missing", "there is no such disk", source)
    if disk["make"]:
        return volumes.passing_beside(path)
    folder, name = disk_images.parent(path)
    with folder:
        if folder.look(name) is not None:
            raise AgentError("exists", "something with that name exists already", path)
        device = os.fstat(folder.fd).st_dev
        room = os.fstatvfs(folder.fd)
        needed[device] = needed.get(device, 0) + int(disk["room"])
        if room.f_bavail * room.f_frsize < needed[device]:
            raise AgentError("full", "its file system has less space than the disks need", path)
        return folder.spelt(safe_folder.passing_name())


class _DiskCopies:
    """The disks of one job: written, named, taken away."""

    def __init__(self, work: JobWork) -> None:
        told = work.record.get("clone")
        if not isinstance(told, dict) or not isinstance(told.get("disks"), list):
            raise AgentError("damaged", "the job's record has no disks", work.place)
        self.work = work
        self.domain = NewDomain(work, str(told["uuid"]), str(told["name"]), str(told["reason"]))
        self.disks = [
            {**_checked(str(disk.get("vdev")), disk), "at": at} for at, disk in enumerate(told["disks"])
        ]
        self._open: List[Tuple[Dict[str, Any], safe_folder.Folder, int]] = []

    def write(self, resources: contextlib.ExitStack) -> int:
        """Copy every disk to its passing name; what it holds open until then keeps a sweep from taking it away."""
        total = 0
        todo: List[Tuple[Dict[str, Any], int, int, int]] = []
        for disk in self.disks:
            if disk["empty"]:
                todo.append((disk, -1, int(disk["empty"]), 0))
                continue
            source, size = image_worker.open_source(str(disk["source"]))
            resources.callback(os.close, source)
            # Where all is written the holes are, too.
            bytes_of = size if disk["make"] else image_worker.data_of(source, size)
            count = bytes_of if disk["full"] else 0
            todo.append((disk, source, size, count))
            total += count
        report = image_worker.ProgressReport(self.work, total)
        done = 0
        for disk, source, size, count in todo:
            code = self._write(resources, disk, source, size, _behind(report, done))
            if code:
                return code
            done += count
        return 0

    def _write(
        self,
        resources: contextlib.ExitStack,
        disk: Dict[str, Any],
        source: int,
        size: int,
        report: Callable[[int], None],
    ) -> int:
        """Copy the ``source``, open, of so many bytes to a disk, or none to an empty one of that size.

        Returns the exit status, 0 for done.
        """
        if disk["make"]:
            report(0)
            code = self._volume(disk).make()
            if code or not disk["full"] or disk["empty"]:
                return code
            flags = os.O_RDWR | os.O_EXCL | os.O_CLOEXEC
            fd = os.open(str(disk["passing"]), flags)
            resources.callback(os.close, fd)
        else:
            folder, name = disk_images.parent(str(disk["passing"]))
            resources.enter_context(folder)
            fd = folder.open_own(name, os.O_RDWR | os.O_EXCL)
            resources.callback(os.close, fd)
            disk_images.hold(fd)
            self._open.append((disk, folder, fd))

        if disk["empty"]:
            return self.work.on_record(
                ["xentui-image", "create", str(disk["path"]), str(size)], lambda: _emptied(fd, size)
            )

        def copy() -> int:
            try:
                _copy(source, size, fd, bool(disk["make"]) and not disk["blank"], report)
            except image_worker.CancelledError:
                return records.CANCELLED
            return 0

        return self.work.on_record(["xentui-image", "copy", str(disk["source"]), str(disk["path"])], copy)

    def _volume(self, disk: Dict[str, Any]) -> NewVolume:
        return NewVolume(self.work, disk, _making(disk), _named(disk))

    def give_names(self) -> int:
        """Give every disk its own name, in place of nothing; returns the exit status of what failed, 0 for none."""
        stamps = {str(disk["path"]): _stamp(os.fstat(fd)) for disk, _folder, fd in self._open}
        fsio.write_new(os.path.join(self.work.place, _STAMPS), json.dumps(stamps).encode("ascii"))
        fsio.sync_folder(self.work.place)
        for disk, folder, _fd in self._open:
            path = str(disk["path"])
            image_jobs.finish(folder, os.path.basename(str(disk["passing"])), os.path.basename(path))
        for disk in self.disks:
            if disk["make"]:
                code = self._volume(disk).name()
                if code:
                    return code
        return 0

    def take_away(self) -> str:
        """Take away all that was made; returns what is left then, in words."""
        left = []
        stamps = self._stamps()
        for disk in self.disks:
            path = str(disk["path"])
            if self.work.marked(_making(disk)):
                path = str(disk["passing"])
            try:
                gone = self._volume(disk).gone() if disk["make"] else _file_gone(disk, stamps.get(path))
            except (AgentError, OSError):
                gone = False
            if not gone:
                left.append(path)
        return f"left over: {', '.join(left)}" if left else NOTHING_LEFT

    def _stamps(self) -> Dict[str, Any]:
        try:
            found = json.loads(fsio.read_bounded(os.path.join(self.work.place, _STAMPS), _STAMPS_LIMIT))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _behind(report: image_worker.ProgressReport, before: int) -> Callable[[int], None]:
    """Tell how far a job is, of a disk that so many bytes come ``before``."""
    return lambda done: report(before + done)


def _making(disk: Dict[str, Any]) -> str:
    """Return the mark of a volume whose making was begun, and whose maker has not said how that ended."""
    return f"making-{disk['at']}"


def _named(disk: Dict[str, Any]) -> str:
    """Return the mark of a volume that may have its own name."""
    return f"named-{disk['at']}"


def _stamp(status: os.stat_result) -> List[int]:
    """Return what a file is known again by that nobody has written to since."""
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]


def _file_gone(disk: Dict[str, Any], stamp: Optional[List[int]]) -> bool:
    """Take a file away under both its names; False where somebody else may have written to it."""
    name = os.path.basename(str(disk["path"]))
    folder, passing = disk_images.parent(str(disk["passing"]))
    with folder:
        folder.remove(passing)
        status = folder.look(name)
        if stamp is not None and status is not None and status.st_ino == stamp[1]:
            if _stamp(status) != stamp or not stat.S_ISREG(status.st_mode):
                return False
            folder.remove(name)
        folder.sync()
    return True


def _copy(source: int, size: int, to: int, whole: bool, report: Callable[[int], None]) -> None:
    """Copy a file or device of so many bytes to another, both open.

    ``whole`` writes zeros too: a new volume of LVM has what another left there.
    """
    if whole:
        _copied_whole(source, to, size, report)
    else:
        if stat.S_ISREG(os.fstat(to).st_mode):
            os.ftruncate(to, size)
        if not image_worker.cloned(source, to):
            image_worker.copied(source, to, size, report)
    os.fsync(to)


def _emptied(to: int, size: int) -> int:
    """Give a new file its size; it takes no room yet.  Returns the exit status."""
    os.ftruncate(to, size)
    os.fsync(to)
    return 0


def _copied_whole(source: int, to: int, size: int, report: Callable[[int], None]) -> None:
    room = os.lseek(to, 0, os.SEEK_END)
    if room < size:
        raise OSError(errno.ENOSPC, "the new volume is smaller than the data to be copied")
    at = flushed = 0
    while at < room:
        wanted = min(_CHUNK, (size if at < size else room) - at)
        data = os.pread(source, wanted, at) if at < size else bytes(wanted)
        if not data:
            raise OSError(errno.EIO, "the source is shorter than its size")
        at += os.pwrite(to, data, at)
        if at - flushed >= _FLUSHED:
            os.fdatasync(to)
            flushed = at
        report(min(at, size))


def clone(work: JobWork) -> None:
    """Copy the disks and store the new domain, or leave nothing."""
    copies = _DiskCopies(work)
    copies.domain.make(copies.write, copies.give_names, copies.take_away)


def settle(work: JobWork) -> None:
    """Leave nothing of a job that was cut short before the new domain was stored."""
    copies = _DiskCopies(work)
    copies.domain.settle(copies.take_away)
