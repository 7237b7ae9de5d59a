"""Images of guests' disks: files, volumes and devices of a host that can be a disk."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass

VOLUME_PATHS = "/dev/GROUP/NAME (LVM), /dev/zvol/POOL/NAME (ZFS)"
"""What the paths of volumes look like, as forms and hints tell it."""
_ENDINGS = {".qcow2": "qcow2", ".qcow": "qcow", ".vhd": "vhd", ".qed": "qed"}


def format_by_name(path: str) -> str:
    """Return the format an image has by the end of its name, raw where that tells none."""
    return next((word for end, word in _ENDINGS.items() if path.endswith(end)), "raw")


class ImageKind(StrEnum):
    """What an image lies in."""

    FILE = "file"
    VOLUME = "volume"
    """A volume of LVM or ZFS that has its room to itself."""
    THIN = "thin"
    """A volume, of a thin pool or sparse, that takes room from a pool as it is written to."""
    DEVICE = "device"
    """Any other block device of the host."""
    MISSING = "missing"
    """What a configuration names, and is not there."""


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image that is to be made: ``size`` in bytes.

    ``preallocated`` False makes one that takes its room as it is written to (a thin volume), True one that has it all
    at once; None is what is usual: a sparse file, a volume with its room.  ``pool`` is the thin pool of a thin volume
    ("": the usual one), ``backing`` path and format of the image that a qcow2 image is based on.
    """

    path: str
    size: int
    format: str = "raw"
    preallocated: bool | None = None
    pool: str = ""
    backing: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class BackingFile:
    """A file an image is based on; ``format`` as the image says, "" where it does not."""

    path: str
    format: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A partition (``number`` from 1) or the whole of an image (0), and what is in it.

    ``start`` and ``end`` are bytes; of a file system that tells its size ``end`` is where that ends, if it goes further
    than its partition.  ``kind`` is as blkid(8) calls it, "" for nothing known.
    """

    number: int
    start: int
    end: int
    kind: str
    label: str = ""

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        return f"partition {self.number}" if self.number else self.kind or "unknown data"


@dataclass(frozen=True, slots=True)
class DiskImage:
    """An image, its sizes in bytes.

    ``format`` is what it is used as, ``content`` what its own first bytes tell ("" for nothing); ``size`` is what a
    guest sees, ``used`` what it takes on the host, None where that is not known; ``lies_on`` the file system or pool it
    takes its room from ("" for one that has all it needs), ``free`` what is left there.  ``domains`` name it in their
    configuration, ``running`` run with it; ``use`` is what the host does with it itself.
    """

    path: str
    kind: ImageKind
    format: str = "raw"
    content: str = ""
    size: int | None = None
    used: int | None = None
    lies_on: str = ""
    free: int | None = None
    backing: tuple[BackingFile, ...] = ()
    domains: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    use: str = ""

    @property
    def promise(self) -> int:
        """How many bytes it may still take where it lies."""
        if not self.lies_on or self.size is None or self.used is None:
            return 0
        return max(0, self.size - self.used)


@dataclass(frozen=True, slots=True)
class Room:
    """A file system or pool with images: what is ``free`` there, and what they may still take in all, in bytes."""

    name: str
    free: int
    promised: int

    @property
    def overcommitted(self) -> bool:
        """Whether the images may take more than there is."""
        return self.promised > self.free


@dataclass(frozen=True, slots=True)
class ImageList:
    """The images of a host or a folder, by path, and the room they lie in; ``truncated`` where some are left out."""

    images: tuple[DiskImage, ...]
    rooms: tuple[Room, ...]
    truncated: bool = False
