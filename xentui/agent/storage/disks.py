"""What the disks of guests stand on: which parts of which files and devices are read and written through a path.

A loop device leads to its file, a partition and a logical volume to a part of what they lie on, a file to the device
its file system is on.  Two paths that claim the same part of the same thing are one disk, whatever they are called:
xl itself does not see it (``/etc/xen/scripts/block`` of Xen 4.17 compares a hexadecimal device number with a decimal
one, and lets two guests write to one file).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import struct
import subprocess
from typing import TYPE_CHECKING, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple, cast

from xentui.agent.files import access
from xentui.agent.images import image_headers
from xentui.agent.protocol.arguments import PATHS
from xentui.agent.protocol.operations import host_operation

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import DiskFacts

SYS = "/sys"
END = 1 << 62
"""Where a claim ends that reaches to the end of its thing."""
_SECTOR = 512
_DEPTH = 16
_CLAIMS = 512
_LOOP_GET_STATUS64 = 0x4C05  # linux/loop.h
_LOOP_INFO64 = 232
_DMSETUP_SECONDS = 5.0
_COUNT = re.compile(r"[0-9]{1,19}\Z")

Claim = Tuple[str, int, int, bool, bool]


@host_operation("look_at_disks", paths=PATHS, chained=PATHS)
def look_at_disks(*, paths: List[str], chained: List[str]) -> Dict[str, DiskFacts]:
    """Return what each path is, as :func:`xentui.agent.files.access.stat_paths` says, and what is claimed by using it
    as a disk.

    ``claims`` are lists of a thing (an ``identity``), the first byte and the one past the last, whether exactly these
    bytes are the disk's (else it has some of them, with others: a volume of a pool, a file of a file system), and
    whether they are only read (the backing files of those in ``chained``, which are qcow2).  ``content`` is what
    :func:`xentui.agent.images.image_headers.content` tells of a regular file.
    """
    found: Dict[str, DiskFacts] = {}
    among = set(chained)
    for path, seen in access.stat_paths(paths=paths).items():
        facts = found[path] = cast("DiskFacts", seen)
        if facts["kind"] not in ("file", "block"):
            continue
        facts["claims"] = [list(claim) for claim in claims(path, path in among)]
        facts["content"] = image_headers.content(path) if facts["kind"] == "file" else ""
    return found


def claims(path: str, chained: bool = False) -> List[Claim]:
    """Return what is claimed by using a path as a disk, the backing files of a ``chained`` image included."""
    walk = Walk()
    with contextlib.suppress(OSError):
        walk.path(path)
    for base in image_headers.backing_files(path) if chained else ():
        with contextlib.suppress(OSError):
            walk.path(base, read_only=True)
    return walk.claims


class DiskPart(NamedTuple):
    """A part of a file or device on the way down: bytes, whether they are all the disk's, and only read."""

    start: int
    end: int
    exact: bool
    read_only: bool
    depth: int = 0

    def down(self, start: int, end: int, exact: bool) -> DiskPart:
        """Return the part of what lies below."""
        return DiskPart(start, min(END, end), self.exact and exact, self.read_only, self.depth + 1)


class Walk:
    """From a path down to what it stands on."""

    def __init__(self) -> None:
        self.claims: List[Claim] = []
        self._seen: Set[Claim] = set()

    def path(self, path: str, read_only: bool = False) -> None:
        """Claim all of a file or block device; raises OSError where it is not there."""
        status = os.stat(path)
        whole = DiskPart(0, END, True, read_only)
        if stat.S_ISBLK(status.st_mode):
            self.device(status.st_rdev, whole)
        elif stat.S_ISREG(status.st_mode):
            self._file(status.st_dev, status.st_ino, whole)

    def device(self, number: int, part: DiskPart) -> None:
        """Claim a part of a block device, and of what that stands on."""
        place = f"{os.major(number)}:{os.minor(number)}"
        folder = os.path.realpath(os.path.join(SYS, "dev/block", place))
        known = os.path.isdir(folder)
        if part.depth > _DEPTH or (part.depth and not known):
            return
        if self._claim(f"block {place}", part) and known:
            self._below(folder, number, part)

    def _below(self, folder: str, number: int, part: DiskPart) -> None:
        if os.path.exists(os.path.join(folder, "partition")):
            offset, size = (_number(folder, name) * _SECTOR for name in ("start", "size"))
            parent = _device_number(os.path.dirname(folder))
            if parent is not None:
                self.device(parent, part.down(offset + part.start, offset + min(part.end, size), True))
        elif os.path.isdir(os.path.join(folder, "loop")):
            backing = _loop_file(folder)
            if backing is not None:
                offset, limit = _number(folder, "loop/offset"), _number(folder, "loop/sizelimit") or END
                self._file(*backing, part.down(offset + part.start, offset + min(part.end, limit), True))
        elif os.path.isdir(os.path.join(folder, "dm")):
            for first, last, below, at, whole in _mapped(folder, number):
                low, high = max(part.start, first), min(part.end, last)
                if low < high:
                    self.device(below, part.down(at + low - first, at + high - first, whole))
        else:
            for below in _slaves(folder):
                self.device(below, part.down(0, END, False))

    def _file(self, device: int, inode: int, part: DiskPart) -> None:
        if self._claim(f"{device}:{inode}", part):
            # The file system is somewhere on its device, with others.
            self.device(device, part.down(0, END, False))

    def _claim(self, thing: str, part: DiskPart) -> bool:
        """Note a claim; False where it is known, or nothing is left of it."""
        claim = (thing, part.start, part.end, part.exact, part.read_only)
        if claim in self._seen or part.start >= part.end or len(self.claims) >= _CLAIMS:
            return False
        self._seen.add(claim)
        self.claims.append(claim)
        return True


def _loop_file(folder: str) -> Optional[Tuple[int, int]]:
    """Device and inode of the file behind a loop device; None where it has none, or it cannot be told.

    The kernel is asked for both: the file may have been renamed or removed since, and another have its name.
    """
    node = os.path.join("/dev", os.path.basename(folder))
    with contextlib.suppress(OSError):
        fd = os.open(node, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            info = fcntl.ioctl(fd, _LOOP_GET_STATUS64, b"\0" * _LOOP_INFO64)
        finally:
            os.close(fd)
        device, inode = struct.unpack_from("=QQ", info)
        return device, inode
    with contextlib.suppress(OSError):
        status = os.stat(_word(folder, "loop/backing_file"))
        return status.st_dev, status.st_ino
    return None


def _mapped(folder: str, number: int) -> Iterator[Tuple[int, int, int, int, bool]]:
    """Yield the parts of a device-mapper device that lie byte for byte on others: first byte, one past the last, the
    device below, where there, and whether it is a part of its own (dmsetup(8);
    Documentation/admin-guide/device-mapper).

    Of other targets (thin, snapshot, raid …) it is only known which devices they use.
    """
    lines = list(_dm_table(number))
    others = not lines
    for start, length, target, words in lines:
        first, last = start * _SECTOR, (start + length) * _SECTOR
        places = _places(target, words)
        if target == "striped" and places:
            # Every other chunk, which is more than the disk's own: but nobody else's volume lies between them.
            share = (last - first) // len(places)
            for below, at in places:
                yield first, first + share, below, at * _SECTOR, False
        elif places:
            yield first, last, places[0][0], places[0][1] * _SECTOR, True
        elif target == "multipath":
            # Every path leads to the same disk.
            for slave in _slaves(folder):
                yield first, last, slave, first, True
        else:
            others = True
    for slave in _slaves(folder) if others else ():
        yield 0, END, slave, 0, False


def _places(target: str, words: List[str]) -> List[Tuple[int, int]]:
    """Return the devices below, and the sector there, of a target that says so; what makes no sense has none."""
    start = {"linear": 0, "delay": 0, "flakey": 0, "crypt": 3, "striped": 2}.get(target)
    if start is None:
        return []
    end = len(words) if target == "striped" else start + 2
    try:
        return [(_device(words[index]), _count(words[index + 1])) for index in range(start, end, 2)]
    except (IndexError, ValueError):
        return []


def _dm_table(number: int) -> Iterator[Tuple[int, int, str, List[str]]]:
    """Yield the lines of ``dmsetup table`` for one device: start and length in sectors, target, its words."""
    argv = ["dmsetup", "table", "-j", str(os.major(number)), "-m", str(os.minor(number))]
    environment = {"LC_ALL": "C", "PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=_DMSETUP_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return
    for line in done.stdout.decode("utf-8", "replace").split("\n")[:_CLAIMS]:
        words = line.split()
        with contextlib.suppress(IndexError, ValueError):
            yield _count(words[0]), _count(words[1]), words[2], words[3:]


def _slaves(folder: str) -> List[int]:
    try:
        names = sorted(os.listdir(os.path.join(folder, "slaves")))
    except OSError:
        return []
    found = [_device_number(os.path.join(folder, "slaves", name)) for name in names[:_CLAIMS]]
    return [number for number in found if number is not None]


def _device_number(folder: str) -> Optional[int]:
    try:
        return _device(_word(folder, "dev"))
    except (OSError, ValueError):
        return None


def _number(folder: str, name: str) -> int:
    try:
        return _count(_word(folder, name))
    except (OSError, ValueError):
        return 0


def _device(word: str) -> int:
    """Return a device's number, of ``MAJOR:MINOR``; raises ValueError for what is none."""
    major, _colon, minor = word.partition(":")
    try:
        number = os.makedev(_count(major), _count(minor))
        os.major(number)
    except OverflowError:
        raise ValueError("is not a device") from None
    return number


def _count(word: str) -> int:
    """Return a number of sectors, or part of one of a device; raises ValueError for what no kernel counts to."""
    if not _COUNT.match(word):
        raise ValueError("is not a number")
    return int(word)


def _word(folder: str, name: str) -> str:
    with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as file:
        return file.read(4096).rstrip("\n")
