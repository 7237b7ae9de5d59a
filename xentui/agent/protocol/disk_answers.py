"""What the operations on paths, images and storage answer, for mypy alone: no process imports this module.

The far end of a connection is not trusted to answer so; whoever asks looks.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict


class PathFacts(TypedDict, total=False):
    """What a path is (:func:`xentui.agent.files.access.stat_paths`): ``kind`` always, ``error`` of one that is
    missing.
    """

    kind: str
    error: str
    size: Optional[int]
    allocated: Optional[int]
    mtime: float
    readable: bool
    writable: bool
    identity: str


class DiskFacts(PathFacts, total=False):
    """What a path is, and what is claimed by using it as a disk (:func:`xentui.agent.storage.disks.look_at_disks`)."""

    claims: List[List[Any]]
    content: str


class ImageFacts(PathFacts, total=False):
    """What an image is (:func:`xentui.agent.images.disk_images.look_at_images`)."""

    content: str
    virtual: Optional[int]
    backing: List[List[str]]
    file_system: str
    free: int


class ImageFolder(TypedDict):
    """The images of a folder; ``truncated`` where some are left out."""

    images: Dict[str, ImageFacts]
    truncated: bool


class KernelFacts(TypedDict):
    """What a kernel's file tells of itself (:func:`xentui.agent.netboot.kernels.look_at_kernel`)."""

    kind: str
    packing: str
    release: str
    pv: Optional[bool]
    pvh: Optional[bool]
    why: str


class HostDisk(TypedDict):
    """What the host itself does with a disk (:func:`xentui.agent.storage.host_disks.host_disks`)."""

    how: str
    where: str
    device: str
    claims: List[List[Any]]


class FolderItem(TypedDict):
    """A file in a folder."""

    name: str
    kind: str
    size: int
    mtime: float


class FolderList(TypedDict):
    """The files of a folder; ``truncated`` where some are left out."""

    entries: List[FolderItem]
    truncated: bool


class BlockLayer(TypedDict):
    """A layer of a block device (:func:`xentui.agent.storage.block_layers.layers`)."""

    kind: str
    name: str
    ids: Dict[str, str]


class MountFacts(TypedDict):
    """Where a path lies: a mount, and what that lies on where it is a device."""

    point: str
    source: str
    kind: str
    options: str
    below: str
    layers: List[BlockLayer]


class PlaceFacts(TypedDict):
    """What lies below a path (:func:`xentui.agent.storage.stack.look_at_storage`)."""

    kind: str
    error: str
    hangs: str
    real: str
    mount: MountFacts
    inode: int
    size: int
    free: Optional[int]
    room: Optional[int]
    writable: bool
    layers: List[BlockLayer]


class StorageAnswer(TypedDict):
    """What lies below paths, and what the machine calls itself."""

    node: str
    places: Dict[str, PlaceFacts]


class LeftProbe(TypedDict):
    """A probe that was left in a folder (:func:`xentui.agent.storage.stack.leave_probe`)."""

    name: str
    data: str
    owner: int
    own: bool


class FoundProbe(TypedDict):
    """What another host sees of a probe (:func:`xentui.agent.storage.stack.find_probe`)."""

    found: bool
    data: str
    error: str


class LoopFacts(TypedDict):
    """A loop device and who uses it (:func:`xentui.agent.storage.loops.loops`)."""

    device: str
    file: str
    offset: int
    users: List[str]


class AroundStorageAnswer(TypedDict):
    """What a host has mounted from elsewhere, and its loop devices
    (:func:`xentui.agent.storage.stack.around_storage`).
    """

    mounts: List[str]
    truncated: bool
    loops: List[LoopFacts]
