"""The other end of a disk that is copied to another host: a process there, which ssh has started and feeds.

It reads what is to come as a line of JSON, answers each of the sender's steps by a line, and then reads for each disk
its data in pieces: where it belongs, how long it is, and so many bytes; one of no bytes ends the disk, with the SHA-256
of all its pieces.  What has been written is read back from the disk before it counts.  Images are written under passing
names and have their own only when all are whole and the sender says so: where that does not come, nothing is left.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
import sys
from typing import Any, BinaryIO, Dict, List, Optional, Tuple

from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.files import fsio, safe_folder
from xentui.agent.images import disk_images, image_jobs

PIECE = struct.Struct(">QI")
#: The most bytes of a piece, disks of a domain, and bytes of a line.
MOST, MOST_DISKS, LINE = 1 << 20, 100, 1 << 20
COMMIT = b"commit\n"
_ZEROS = b"\0" * MOST


class Arriving:
    """One disk as it arrives: an image under a passing name, or a device that is there already."""

    def __init__(self, path: str, size: int) -> None:
        self.path, self.size = path, size
        self.folder: Optional[safe_folder.Folder] = None
        self.passing = self.name = ""
        self._pieces: List[Tuple[int, int]] = []
        self._end = 0
        try:
            is_device = stat.S_ISBLK(os.stat(path).st_mode)
        except FileNotFoundError:
            is_device = False
        self._is_device = is_device
        self.fd = self._device() if is_device else self._image()

    def _device(self) -> int:
        # Exclusive of a device: neither mounted nor another's.
        fd = os.open(self.path, os.O_RDWR | os.O_EXCL | os.O_CLOEXEC)
        room = os.lseek(fd, 0, os.SEEK_END)
        if room < self.size:
            os.close(fd)
            raise AgentError("full", f"it is smaller than the disk ({room} of {self.size} bytes)", self.path)
        return fd

    def _image(self) -> int:
        self.folder, self.name = disk_images.parent(self.path)
        if self.folder.look(self.name) is not None:
            raise AgentError("exists", "something with that name exists already", self.path)
        self.passing = safe_folder.passing_name()
        fd = self.folder.open_own(self.passing, os.O_RDWR | os.O_EXCL)
        disk_images.hold(fd)
        os.ftruncate(fd, self.size)
        return fd

    def room(self) -> Tuple[int, int]:
        """Return the file system it lies on, and how many bytes are free there; nothing where none is needed."""
        if self._is_device:
            return 0, 0
        found = os.fstatvfs(self.fd)
        return os.fstat(self.fd).st_dev, found.f_bavail * found.f_frsize

    def put(self, at: int, data: bytes) -> None:
        """Write a piece; a gap before it is zeros, of a device too."""
        if at < self._end or at + len(data) > self.size:
            raise AgentError("invalid", "the copy is out of order", self.path)
        self._zeros(at)
        fsio.write_at(self.fd, data, at)
        self._pieces.append((at, len(data)))
        self._end = at + len(data)

    def _zeros(self, up_to: int) -> None:
        if not self._is_device:
            return
        while self._end < up_to:
            length = min(MOST, up_to - self._end)
            fsio.write_at(self.fd, _ZEROS[:length], self._end)
            self._end += length

    def check(self, wanted: bytes) -> None:
        """Flush it, and read back what was written; code ``damaged`` where that is not what was sent."""
        self._zeros(self.size)
        os.fsync(self.fd)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self.fd, 0, 0, os.POSIX_FADV_DONTNEED)
        digest = hashlib.sha256()
        for at, length in self._pieces:
            digest.update(PIECE.pack(at, length))
            digest.update(os.pread(self.fd, length, at))
        if digest.digest() != wanted:
            raise AgentError("damaged", "the data written differs from the data sent", self.path)

    def name_it(self) -> None:
        """Give an image its own name, in place of nothing."""
        if self.folder is not None:
            image_jobs.finish(self.folder, self.passing, self.name)
            self.passing = ""

    def drop(self) -> None:
        """Leave nothing of an image, whether it has its name by now or not."""
        if self.folder is not None:
            if self.passing:
                self.folder.remove(self.passing)
            else:
                status = self.folder.look(self.name)
                if status is not None and os.path.samestat(status, os.fstat(self.fd)):
                    self.folder.remove(self.name)
            self.folder.sync()


def main() -> None:
    """Receive what standard input brings; answers on standard output."""
    arriving: List[Arriving] = []
    done = False
    try:
        _receive(sys.stdin.buffer, arriving)
        done = True
    except AgentError as error:
        _answer({"error": error.to_json()})
    except OSError as error:
        _answer({"error": from_os_error(error).to_json()})
    except EOFError:
        pass
    finally:
        if not done:
            for disk in arriving:
                disk.drop()
    sys.exit(0 if done else 1)


def _receive(stream: BinaryIO, arriving: List[Arriving]) -> None:
    told = json.loads(stream.readline(LINE))
    needed: Dict[int, int] = {}
    for disk in told["disks"][:MOST_DISKS]:
        one = Arriving(str(disk["path"]), int(disk["size"]))
        arriving.append(one)
        device, free = one.room()
        needed[device] = needed.get(device, 0) + (int(disk["data"]) if device else 0)
        if device and needed[device] > free:
            wanted = disk_images.gib(needed[device])
            raise AgentError(
                "full", f"it needs {wanted}, and {disk_images.gib(free)} are free there", one.path
            )
    _answer({"ok": "ready"})
    for one in arriving:
        _one(stream, one)
    _answer({"ok": "whole"})
    if stream.readline(len(COMMIT)) != COMMIT:
        raise EOFError
    for one in arriving:
        one.name_it()
    _answer({"ok": "done"})


def _one(stream: BinaryIO, disk: Arriving) -> None:
    while True:
        at, length = PIECE.unpack(_read(stream, PIECE.size))
        if not length:
            disk.check(_read(stream, 32))
            return
        if length > MOST:
            raise AgentError("invalid", "a piece is too long", disk.path)
        disk.put(at, _read(stream, length))


def _read(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _answer(answer: Dict[str, Any]) -> None:
    try:
        sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
        sys.stdout.buffer.flush()
    except OSError:
        return  # nobody listens any more
