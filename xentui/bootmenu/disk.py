"""A guest's disk: its file systems, and files out of them, read by programs that may do nothing else."""

from __future__ import annotations

import contextlib
import os
import re
import time
from itertools import accumulate

from xentui.bootmenu.files import normal
from xentui.bootmenu.limits import FILE, MEMORY, SECONDS, TOO_LONG, WALL, WORDS, BootMenuError
from xentui.bootmenu.superblock import READABLE, System, identified, identify
from xentui.domuloader.children import (
    LargeError,
    MissingError,
    ReadError,
    Wanted,
    clock,
    content,
    given,
    scratch,
    spent,
)
from xentui.domuloader.disk_view import View, opened
from xentui.domuloader.partitions import SECTOR, Partition, active, has_gpt, partitions
from xentui.domuloader.readers import (
    BANNER,
    PLAIN,
    debugfs,
    fsimage,
    grub,
    grub_device,
    grub_program,
    program_path,
)
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Reader = Callable[[Wanted, int], None]

_KERNEL = 64 << 20
"""Bytes of a kernel, of which the first are looked at."""
_LISTED = 1 << 20
"""Bytes of a folder's listing."""
_DEVICE = re.compile(r"[^,]+(?:,[a-z]*([0-9]{1,3}))?")
_GRUB_ROW = re.compile(r"(?:DIR|[0-9]+) +([0-9]{14}) (.+)")
_DEBUGFS_TIME = re.compile(r"^ *mtime: 0x([0-9a-f]{8})", re.MULTILINE)
_DEBUGFS_ROW = re.compile(r"/[0-9]+/([0-7]{6})/[0-9]+/[0-9]+/([^/]+)/[0-9]*/")
_LVM = re.compile(r"\((lvm/[^()\s]+)\)")
_SPARE = 0.3
"""Seconds of the processor that are kept for what this process does itself, and for one that is ended late."""
_VOLUME, _VOLUMES = "lvm/", 32
"""How GRUB's names of volumes begin, and how many are looked at."""


class FileSystem(NamedTuple):
    """A file system of the disk: where it is as GRUB calls it, the partition (None: the whole disk, or a volume)."""

    device: str
    partition: Partition | None
    system: System

    @property
    def words(self) -> str:
        """Where it is, for people."""
        if self.device.startswith(_VOLUME):
            return f"volume {self.device[len(_VOLUME) :]}"
        return f"partition {self.partition.number}" if self.partition else "the whole disk"


def divided(image: int) -> list[FileSystem]:
    """Return what the image open as ``image`` is divided into; raises OSError where it cannot be read."""
    found = [
        FileSystem(f"hd0,{each.number}", each, identify(image, each.start)) for each in partitions(image)
    ]
    return found or [FileSystem("hd0", None, identify(image))]


class GuestDisk:
    """Files of a disk that is viewed; reads each but once, and all in :data:`~xentui.bootmenu.limits.SECONDS`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._deadline = time.monotonic() + WALL
        self._begun = self._used()
        self._files: dict[tuple[str, str], bytes | None] = {}
        self._names: dict[tuple[str, str], list[str] | None] = {}
        self._large: set[tuple[str, str]] = set()
        self._times: dict[tuple[str, str], int] = {}
        self.missing = True
        """Whether the host has had nothing so far that reads the guest's file systems."""
        self.hurried = False
        """Whether it was the clock that ended the reading: a host with less to do would tell more."""
        self.unseen = ""
        """Why volumes of it have not been looked at; "" where all have."""
        self.gpt = False
        """Whether its partitions are those of a GPT."""
        self.places = self._found()

    def _found(self) -> list[FileSystem]:
        image = opened(self._view.path)
        try:
            self.gpt = has_gpt(image)
            first = active(image)
            found = divided(image)
        finally:
            os.close(image)
        found.sort(key=lambda place: place.partition is None or place.partition.number != first)
        if any(place.system.kind == "LVM2_member" for place in found):
            found += self._volumes()
        return found

    def _volumes(self) -> list[FileSystem]:
        """Return the volumes GRUB finds within the disk, as many as there is time to look at."""
        found: list[FileSystem] = []
        try:
            try:
                names = _LVM.findall(self._heard([grub_program(), self._view.path, "ls"]))
            except ReadError:
                self._left()  # it may be that there was no time
                return []
            for name in list(dict.fromkeys(names))[:_VOLUMES]:
                found.append(FileSystem(name, None, self._volume(name)))
        except BootMenuError as error:
            self.unseen = str(error)
        return found

    def _volume(self, name: str) -> System:
        """Return what a volume has, told by its own bytes: what GRUB says of it is for people."""

        def read(pieces: Sequence[tuple[int, int]]) -> list[bytes]:
            blocks = ",".join(f"{at // SECTOR}+{size // SECTOR}" for at, size in pieces)
            try:
                data = self._given([grub_program(), self._view.path, "cat", f"({name}){blocks}"])
            except ReadError:
                self._left()
                data = b""  # the volume ends before: what was read of it still tells what it is
            ends = list(accumulate(size for _at, size in pieces))
            return [data[end - size : end] for end, (_at, size) in zip(ends, pieces)]  # noqa: B905 - before Python 3.10

        return identified(read)

    def place(self, device: str) -> FileSystem | None:
        """Return the place a loader means by a device; "" means none in particular."""
        for each in self.places:
            if each.device == device:
                return each
        match = _DEVICE.fullmatch(device)
        number = match[1] if match else None
        if number is None:
            return (
                self.places[0]
                if match and len(self.places) == 1 and self.places[0].partition is None
                else None
            )
        wanted = int(number)
        return next(
            (each for each in self.places if each.partition and each.partition.number == wanted), None
        )

    # Files, as the menus' readers ask for them

    def read(self, device: str, path: str) -> bytes | None:
        """Return the content of a regular file, at most a configuration's size; None where there is none, or none is
        read.
        """
        path = normal(path)
        if (device, path) not in self._files:
            place = self.place(device)
            known = place is not None and place.system.kind in READABLE
            self._files[device, path] = self._taken_out(place, path) if place is not None and known else None
        return self._files[device, path]

    def head(self, place: FileSystem, path: str, size: int = 4096) -> bytes:
        """Return the first bytes of a regular file, however long it is; none where none are read."""
        for reader in self._readers(place):
            out = scratch()
            try:
                with contextlib.suppress(ReadError):
                    # Not all readers stop in the midst of a file: it is read whole, as far as kernels go.
                    reader(self._wanted(place, normal(path), _KERNEL), out)
                data = content(out, size)
                if data:
                    return data
            finally:
                os.close(out)
        self._left()
        return b""

    def names(self, device: str, path: str) -> list[str] | None:
        """Return the names in a folder, folders with a slash behind; None where there is none, or none is read."""
        path = normal(path)
        if (device, path) not in self._names:
            place = self.place(device)
            known = place is not None and place.system.kind in READABLE
            self._names[device, path] = self._listed(place, path) if place is not None and known else None
        return self._names[device, path]

    def too_large(self, device: str, path: str) -> bool:
        """Return whether a file is there, and was not read for its size."""
        return (device, normal(path)) in self._large

    def there(self, device: str, path: str) -> bool:
        """Return whether there is such a file."""
        return self.read(device, path) is not None or self.too_large(device, path)

    def changed(self, device: str, path: str) -> int:
        """Return when a file was last written, in seconds since the epoch; 0 where that cannot be told."""
        path, place = normal(path), self.place(device)
        if place is None:
            return 0
        if "ext" in place.system.kind and not device.startswith(_VOLUME):
            return self._changed_by_debugfs(place, path)
        self.names(device, path.rpartition("/")[0] or "/")
        return self._times.get((device, path), 0)

    def search(self, kind: str, value: str) -> str | None:
        """Return the device of the file system that has a UUID, a label, or a file."""
        for each in self.places:
            system = each.system
            if kind == "fs-uuid" and value and system.uuid.lower() == value.lower():
                return each.device
            if kind == "label" and value and system.label == value:
                return each.device
            if kind == "file" and self.there(each.device, value):
                return each.device
        return None

    # Reading

    def _left(self) -> int:
        """Return seconds of the processor that are left, whole ones: a child has no less."""
        left = int(SECONDS - _SPARE - (self._used() - self._begun))
        if left < 1:
            raise BootMenuError(f"reading the disk {TOO_LONG} {SECONDS} s")
        if time.monotonic() >= self._deadline:
            self.hurried = True
            raise BootMenuError(f"reading the disk {TOO_LONG} {WALL} s on a busy host")
        return left

    def _used(self) -> float:
        """Return seconds of the processor that this process, children that have ended, and what serves the disk have
        taken.
        """
        return spent() + sum(clock(each, gone=SECONDS) for each in self._view.servers)

    def _wanted(self, place: FileSystem | None, path: str, limit: int) -> Wanted:
        partition = place.partition if place else None
        left = self._left()
        wall = int(self._deadline - time.monotonic()) + 1  # no less than is left: who is ended by it is late
        view = self._view
        return Wanted(view.path, partition, path, limit, view.who, left, MEMORY, wall, view.servers)

    def _heard(
        self, argv: list[str], place: FileSystem | None = None, *, banner: re.Pattern[str] | None = None
    ) -> str:
        return self._given(argv, place, banner=banner).decode("utf-8", "replace")

    def _given(
        self, argv: list[str], place: FileSystem | None = None, *, banner: re.Pattern[str] | None = None
    ) -> bytes:
        return given(argv, self._wanted(place, "", _LISTED), banner=banner)

    def _taken_out(self, place: FileSystem, path: str) -> bytes | None:
        wanted = self._wanted(place, path, FILE)
        for reader in self._readers(place):
            out = scratch()
            try:
                reader(wanted, out)
                self.missing = False
                return content(out)
            except MissingError:
                continue
            except ReadError as error:
                self.missing = False
                self._left()  # it may be that there was no time
                if isinstance(error, LargeError):
                    self._large.add((place.device, path))
                return None
            finally:
                os.close(out)
        return None

    def _readers(self, place: FileSystem) -> list[Reader]:
        """Return what may read a file system, the best first; of volumes only GRUB knows."""
        if place.device.startswith(_VOLUME):
            return [lambda wanted, out: grub(wanted, out, device=place.device)]
        return [grub, debugfs, fsimage] if "ext" in place.system.kind else [grub, fsimage]

    def _listed(self, place: FileSystem, path: str) -> list[str] | None:
        """Return the names in a folder: debugfs takes half the time GRUB does."""
        if "ext" in place.system.kind and not place.device.startswith(_VOLUME):
            names = self._listed_by_debugfs(place, path)
            if names is not None:
                return names
        return self._listed_by_grub(place, path)

    def _listed_by_grub(self, place: FileSystem, path: str) -> list[str] | None:
        folder = path if path.endswith("/") else f"{path}/"
        try:
            device = grub_device(place.partition, place.device if place.device.startswith(_VOLUME) else "")
            said = self._heard([grub_program(), self._view.path, "ls", "--", "-l", f"{device}{folder}"])
        except MissingError:
            return None
        except ReadError:
            self.missing = False
            self._left()
            return None
        self.missing = False
        rows = [row for row in map(_GRUB_ROW.fullmatch, said.split("\n")[:WORDS]) if row]
        self._times.update(((place.device, f"{folder}{row[2]}"), _seconds(row[1])) for row in rows)
        return [row[2] for row in rows] or None

    def _changed_by_debugfs(self, place: FileSystem, path: str) -> int:
        match = _DEBUGFS_TIME.search(self._said_by_debugfs("stat", place, path) or "")
        return int(match[1], 16) if match else 0

    def _listed_by_debugfs(self, place: FileSystem, path: str) -> list[str] | None:
        said = self._said_by_debugfs("ls -p", place, path)
        if said is None:
            return None
        self.missing = False
        rows = map(_DEBUGFS_ROW.fullmatch, map(str.rstrip, said.split("\n")[:WORDS]))
        return [
            row[2] + "/" * row[1].startswith("04") for row in rows if row and row[2] not in (".", "..")
        ] or None

    def _said_by_debugfs(self, command: str, place: FileSystem, path: str) -> str | None:
        """Return what debugfs says to a command with a path; None where it says nothing, or cannot be asked."""
        if not PLAIN.match(path) or "?" in self._view.path:
            return None
        start = place.partition.start if place.partition else 0
        try:
            argv = [program_path("debugfs"), "-R", f"{command} {path}", f"{self._view.path}?offset={start}"]
            return self._heard(argv, place, banner=BANNER)
        except ReadError:
            self._left()
            return None


def _seconds(digits: str) -> int:
    """Return seconds since the epoch of a time as GRUB writes it, which is in UTC; 0 for what is none."""
    try:
        parts = time.strptime(digits, "%Y%m%d%H%M%S")
    except ValueError:
        return 0
    import calendar  # few times are asked for, and it takes long to import

    return calendar.timegm(parts)
