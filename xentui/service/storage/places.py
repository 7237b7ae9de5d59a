"""What a host says of the places its disks lie in, read: a far host is not trusted to say anything in particular."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from xentui.errors import HostError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.store.reading import NONSENSE

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import BlockLayer, MountFacts, PlaceFacts

_LAYERS, _WORD, _PATH = 64, 512, 4096
_AT_ONCE = 1_000
NFS = frozenset({"nfs", "nfs4"})
CLUSTER = frozenset({"ocfs2", "gfs2", "gfs"})
"""File systems on a disk that several hosts may have mounted at the same time."""
_LOCAL = frozenset([
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "reiserfs", "jfs", "bcachefs", "tmpfs", "ramfs", "overlay",
    "devtmpfs", "vfat", "exfat", "ntfs3", "iso9660", "udf", "squashfs", "erofs", "rootfs",
])  # fmt: skip
"""File systems that one host has to itself."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a block device: its kind, its name on that host, and what identifies it anywhere."""

    kind: str
    name: str
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A file system where it is mounted; ``layers`` are those of its device, none for one that has none."""

    point: str
    source: str
    kind: str
    options: tuple[str, ...]
    layers: tuple[Layer, ...] = ()

    @property
    def nfs(self) -> bool:
        """Whether it is an NFS mount."""
        return self.kind in NFS

    @property
    def own(self) -> bool:
        """Whether it is a file system that one host has to itself, as far as its type tells."""
        return self.kind in _LOCAL

    @property
    def remote(self) -> bool:
        """Whether a server has the files; where nothing is known of the type it is taken for one."""
        return bool(self.kind) and not self.own and self.kind not in CLUSTER


@dataclass(frozen=True, slots=True)
class StoragePlace:
    """What lies below a path of a host.

    ``kind`` is file, block, dir, other, missing or hanging; ``error`` why it is missing; ``real`` the path behind all
    links; ``size`` in bytes, ``free`` and ``room`` those of its file system, None where not known.
    """

    path: str
    kind: str
    real: str
    mount: MountPoint
    inode: int = 0
    size: int = 0
    error: str = ""
    hangs: str = ""
    free: int | None = None
    room: int | None = None
    writable: bool = False
    layers: tuple[Layer, ...] = ()

    @property
    def folder(self) -> str:
        """The folder that a probe of it would be left in."""
        return self.real if self.kind == "dir" else self.real.rpartition("/")[0] or "/"


@dataclass(frozen=True, slots=True)
class StoragePlaces:
    """The places of a host by path, and what its machine calls itself."""

    node: str
    found: Mapping[str, StoragePlace]


def root_of(host: Host) -> str:
    """Return what stands before the paths of a simulated host where they really lie; "" on a real one."""
    return host.host_path("/proc").removesuffix("/proc")


async def look(host: Host, paths: Iterable[str]) -> StoragePlaces:
    """Return what lies below paths of a host; raises HostError where it is out of reach or answers nonsense."""
    wanted = {host.host_path(path): path for path in dict.fromkeys(paths)}
    node, found = "", {}
    asked = list(wanted)
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        answer: Any = await host.call(operations.look_at_storage, paths=part, root=root_of(host))
        try:
            node = str(answer["node"])[:_WORD]
            for place in part:
                found[wanted[place]] = _place(wanted[place], answer["places"][place])
        except NONSENSE as error:
            raise HostError(
                "the host's answer about its storage is not valid",
                subject=host.name,
                details=[f"{type(error).__name__}: {error}"],
            ) from error
    return StoragePlaces(node, found)


def _place(path: str, facts: PlaceFacts) -> StoragePlace:
    return StoragePlace(
        path,
        kind=_text(facts["kind"]),
        real=_text(facts["real"], _PATH),
        mount=mount_of(facts["mount"]),
        inode=int(facts["inode"]),
        size=int(facts["size"]),
        error=_text(facts["error"]),
        hangs=_text(facts["hangs"], _PATH),
        free=_count(facts["free"]),
        room=_count(facts["room"]),
        writable=facts["writable"] is True,
        layers=_layers(facts["layers"]),
    )


def mount_of(facts: MountFacts) -> MountPoint:
    """Return a mount as the agent tells of it; raises one of :data:`~xentui.store.reading.NONSENSE`."""
    return MountPoint(
        _text(facts["point"], _PATH),
        _text(facts["source"], _PATH),
        _text(facts["kind"]),
        tuple(_text(facts["options"], _PATH).split(",")),
        _layers(facts["layers"]),
    )


def _layers(answer: Iterable[BlockLayer]) -> tuple[Layer, ...]:
    return tuple(
        Layer(
            _text(each["kind"]),
            _text(each["name"]),
            {_text(key): _text(text) for key, text in each["ids"].items()},
        )
        for each in list(answer)[:_LAYERS]
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _text(value: object, limit: int = _WORD) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of a text")
    return value[:limit]
