"""What the operations answer, for mypy alone: no process imports this module.

The far end of a connection is not trusted to answer so; :mod:`xentui.store.reading` looks.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict

#: A line of a log: what a killed writer, a full disk or an admin has made of it.
Record = Dict[str, Any]


class WithheldAnswer(TypedDict):
    """A link of the autostart folder that was taken away for a while; ``order`` is its place."""

    order: Optional[int]


class SaidAnswer(TypedDict):
    """What a command has said (:mod:`xentui.agent.questions`)."""

    exit: Optional[int]
    out: str
    err: str


class InstallAnswer(TypedDict):
    """The install of a domain that is under way or was broken off (:mod:`xentui.agent.installs`)."""

    job: str
    time: str
    state: str
    why: str
    disks: List[str]


class InstallTextAnswer(TypedDict):
    """What is booted to install a domain, and the record of that."""

    text: str
    install: InstallAnswer


class MoveAnswer(TypedDict):
    """The move of a domain to another host (:mod:`xentui.agent.move_record`)."""

    job: str
    to: str
    address: str
    state: str


class DrainAnswer(TypedDict):
    """What was taken off a host that is emptied (:mod:`xentui.agent.draining`); the guests as they were written."""

    serial: int
    guests: List[Record]
    doing: str
    user: str
    at: float
    held: bool


class DrainBriefAnswer(TypedDict):
    """The same as a look at the host tells it (:func:`xentui.agent.draining.brief`)."""

    doing: str
    user: str
    at: float
    held: bool
    done: int
    left: List[List[str]]
    more: int


class Marks(TypedDict):
    """What lies beside a configuration (:func:`xentui.agent.entry.marks`)."""

    suspended: bool
    resuming: bool
    saving: bool
    running: Optional[Dict[str, Any]]
    oneoff: bool
    withheld: Optional[WithheldAnswer]
    saved: str
    install: Optional[InstallAnswer]
    moving: Optional[MoveAnswer]


class EntryFacts(Marks):
    """An entry of the store as it is kept between two looks; ``damaged`` says why it cannot be used."""

    uuid: str
    name: str
    version: int
    hand_edited: bool
    pending: bool
    config_sha256: str
    damaged: str
    created: float
    changed: Optional[float]
    source: Optional[Record]
    source_state: str
    moved_on: bool


class ItemAnswer(EntryFacts):
    """An entry as it is told: with its text, or the summary kept for that."""

    token: str
    text: Optional[str]
    summary: Optional[Dict[str, Any]]


class PageAnswer(TypedDict, total=False):
    """Part of a list (:func:`xentui.agent.listing.list_domains`): all of it but ``forgotten``, or that alone."""

    entries: List[ItemAnswer]
    gone: List[str]
    digest: str
    next: str
    forgotten: bool


class VersionTextAnswer(TypedDict):
    """The text of one version."""

    uuid: str
    name: str
    version: int
    config_sha256: str
    text: str


class AttachedText(TypedDict):
    """A text kept beside a configuration; ``version`` is 0 and the text empty where there is none."""

    name: str
    version: int
    time: Optional[float]
    user: str
    text: str


class Deleted(TypedDict):
    """A domain that is in the ``trash`` now; ``autostart`` says why a link to it is left."""

    uuid: str
    name: str
    trash: str
    autostart: str


class UndeletedAnswer(TypedDict):
    """A domain that is back; ``autostart`` says why it does not start with the host as it did."""

    uuid: str
    name: str
    version: int
    autostart: str


class TrashItem(TypedDict):
    """A deleted domain."""

    trash: str
    uuid: str
    name: str
    version: int
    deleted: float
    user: str
    reason: str
    damaged: str


class Link(TypedDict):
    """A file of the autostart folder."""

    file: str
    target: str
    uuid: Optional[str]
    broken: bool


class JobAnswer(TypedDict):
    """A job as a look at the host tells of it."""

    id: str
    kind: str
    uuid: str
    subject: str
    user: str
    started: float
    path: str
    domid: int
    paused: bool
    state: str
    percent: Optional[int]


class RanAnswer(TypedDict):
    """A command that a job has run."""

    argv: List[str]
    exit: int
    seconds: float


class Refusal(TypedDict):
    """An error of the agent."""

    code: str
    message: str
    path: str


class JobEndAnswer(TypedDict):
    """How a job ended."""

    exit: int
    argv: List[str]
    then: str
    error: Optional[Refusal]
    ran: List[RanAnswer]
    unrecorded: str
    time: float


class JobLookAnswer(JobAnswer, total=False):
    """How far a job is; of one that has ended ``end`` and the last it ``said``."""

    end: Optional[JobEndAnswer]
    said: str
    counted: Optional[List[int]]
    phase: str
    phases: List[List[Any]]


class SurroundingsAnswer(TypedDict):
    """What else a look at the host asks for."""

    auto: List[Link]
    jobs: List[JobLookAnswer]
    ended: Optional[float]
    spent: List[str]
    kept: Dict[str, str]
    boot: str
    drain: Optional[DrainBriefAnswer]


class LookAnswer(PageAnswer, total=False):
    """Part of a list, and with the last part what is around (:func:`xentui.agent.surroundings.look`)."""

    around: SurroundingsAnswer
    refused: Dict[str, str]
    took: float


class PathFacts(TypedDict, total=False):
    """What a path is (:func:`xentui.agent.files.stat_paths`): ``kind`` always, ``error`` of one that is missing."""

    kind: str
    error: str
    size: Optional[int]
    allocated: Optional[int]
    mtime: float
    readable: bool
    writable: bool
    identity: str


class DiskFacts(PathFacts, total=False):
    """What a path is, and what is claimed by using it as a disk (:func:`xentui.agent.disks.look_at_disks`)."""

    claims: List[List[Any]]
    content: str


class ImageFacts(PathFacts, total=False):
    """What an image is (:func:`xentui.agent.disk_images.look_at_images`)."""

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
    """What a kernel's file tells of itself (:func:`xentui.agent.kernels.look_at_kernel`)."""

    kind: str
    packing: str
    release: str
    pv: Optional[bool]
    pvh: Optional[bool]
    why: str


class OsinfoSystem(TypedDict):
    """A system of osinfo-db; ``least`` and ``usual`` have ``n-cpus``, ``ram`` and ``storage``."""

    id: str
    name: str
    distro: str
    family: str
    released: str
    least: Dict[str, int]
    usual: Dict[str, int]


class OsinfoAnswer(TypedDict):
    """What osinfo-db tells (:func:`xentui.agent.osinfo.osinfo`)."""

    there: bool
    systems: List[OsinfoSystem]
    damaged: int


class HostDisk(TypedDict):
    """What the host itself does with a disk (:func:`xentui.agent.host_disks.host_disks`)."""

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


class HostFactsAnswer(TypedDict):
    """What a host is made of (:func:`xentui.agent.host_facts.host_facts`)."""

    texts: Dict[str, str]
    troubles: Dict[str, str]
    there: Dict[str, List[str]]
    processes: Dict[str, str]
    packages: Dict[str, str]
    python: str
    time: float


class BlockLayer(TypedDict):
    """A layer of a block device (:func:`xentui.agent.block_layers.layers`)."""

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
    """What lies below a path (:func:`xentui.agent.storage.look_at_storage`)."""

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
    """A probe that was left in a folder (:func:`xentui.agent.storage.leave_probe`)."""

    name: str
    data: str
    owner: int
    own: bool


class FoundProbe(TypedDict):
    """What another host sees of a probe (:func:`xentui.agent.storage.find_probe`)."""

    found: bool
    data: str
    error: str


class LoopFacts(TypedDict):
    """A loop device and who uses it (:func:`xentui.agent.loops.loops`)."""

    device: str
    file: str
    offset: int
    users: List[str]


class AroundStorageAnswer(TypedDict):
    """What a host has mounted from elsewhere, and its loop devices (:func:`xentui.agent.storage.around_storage`)."""

    mounts: List[str]
    truncated: bool
    loops: List[LoopFacts]
