"""Whether a path is the same file or device on two hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from xentui.errors import XentuiError
from xentui.frozen import dataclass
from xentui.service.storage import devices, drbd, places, share_probe
from xentui.service.storage.drbd import Replicas
from xentui.service.storage.places import CLUSTER, StoragePlace, StoragePlaces
from xentui.service.storage.share_probe import Sharing
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.service.session import Session

_PROBES = 64
"""Folders that are probed at most; of what lies in others nothing is proven."""
_KINDS = {"file": "file", "dir": "folder", "block": "device"}
_ABSENT = ("", "No such file or directory", "Not a directory")


class Verdict(StrEnum):
    """What is known of a path on two hosts."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sameness:
    """Whether a path is one thing on two hosts, and why that is said, in a sentence without a final stop.

    ``missing``: there is nothing on one of them.  ``ours`` and ``theirs`` are what lies there, None where a host did
    not say; ``squashed`` the hosts whose root the file server takes for nobody, as far as that was seen.  ``proven``:
    what is the same is so for sure, and does not only look so.  ``drbd`` is what DRBD says on both, if it lies below.
    """

    verdict: Verdict
    why: str
    missing: bool = False
    ours: StoragePlace | None = None
    theirs: StoragePlace | None = None
    squashed: tuple[str, ...] = ()
    proven: bool = True
    drbd: tuple[Replicas, Replicas] = (Replicas({}), Replicas({}))


async def same_file(ours: Session, theirs: Session, path: str, their_path: str = "") -> Sameness:
    """Return whether a path is the same file, folder or device on two hosts; ``their_path`` where it has another name
    there.

    It is never told by the path, nor by numbers that each host gives by itself.  Raises nothing that concerns the
    hosts: where one does not answer it is unknown, and said why.
    """
    return (await same_files(ours, theirs, [(path, their_path or path)]))[0]


async def same_files(
    ours: Session, theirs: Session, paths: Sequence[tuple[str, str]], *, leave: bool = True
) -> tuple[Sameness, ...]:
    """As :func:`same_file` of several, each as it is called on both; a folder is probed once for all in it.

    Without ``leave`` no file is left to prove it: what lies on one file server under one number looks the same then.
    """
    here, there = await asyncio.gather(
        _looked(ours, [path for path, _other in paths]), _looked(theirs, [other for _path, other in paths])
    )
    for found, session in ((here, ours), (there, theirs)):
        if isinstance(found, XentuiError):
            why = f"{session.host.name} does not say: {found.message}"
            return tuple(Sameness(Verdict.UNKNOWN, why) for _each in paths)
    if isinstance(here, XentuiError) or isinstance(there, XentuiError):
        raise AssertionError  # both were looked at above
    judge = _Judge(ours, theirs, here, there, leave=leave)
    return tuple([await judge.of(path, other) for path, other in paths])


async def _looked(session: Session, paths: Sequence[str]) -> StoragePlaces | XentuiError:
    try:
        return await places.look(session.host, paths)
    except XentuiError as error:
        return error


class _Judge:
    """Judges path after path; remembers what was probed."""

    def __init__(
        self, ours: Session, theirs: Session, here: StoragePlaces, there: StoragePlaces, *, leave: bool
    ) -> None:
        self._ours, self._theirs = ours, theirs
        self._here, self._there = here, there
        self._leave = leave
        self._probed: dict[tuple[str, str], Sharing] = {}

    async def of(self, path: str, other: str) -> Sameness:
        """Return whether two paths are the same thing."""
        here, there = self._here.found[path], self._there.found[other]
        missing = "missing" in (here.kind, there.kind)
        known = self._at_once(here, there)
        if known is not None:
            return Sameness(known[0], known[1], missing, here, there)
        if here.kind == "block":
            told = await asyncio.gather(
                drbd.replicas(self._ours.host, here.layers), drbd.replicas(self._theirs.host, there.layers)
            )
            judged = devices.judge(here, there, self._here.node, self._there.node, (told[0], told[1]))
            return Sameness(_verdict(judged.same), judged.why, False, here, there, drbd=(told[0], told[1]))
        if not self._leave:
            return _looks(here, there)
        sharing = await self._sharing(here.folder, there.folder)
        verdict, why = _in_folder(here, there, sharing)
        return Sameness(verdict, why, False, here, there, sharing.squashed)

    def _at_once(self, here: StoragePlace, there: StoragePlace) -> tuple[Verdict, str] | None:
        """Return what is plain without a probe."""
        unfit = _unfit(here, self._ours.host.name) or _unfit(there, self._theirs.host.name)
        if unfit:
            return unfit
        why = ""
        if here.kind != there.kind:
            why = f"it is a {_KINDS[here.kind]} here and a {_KINDS[there.kind]} there"
        elif here.kind != "block" and here.mount.own and there.mount.own:
            kinds = f"{here.mount.kind}, {there.mount.kind}"
            why = f"each host has it on a file system of its own ({plain(kinds, 80)})"
        elif here.kind != "block" and _numbered(here) and _numbered(there) and here.inode != there.inode:
            why = f"it is another file there (inode {here.inode} here, {there.inode} there)"
        return (Verdict.DIFFERENT, why) if why else None

    async def _sharing(self, folder: str, other: str) -> Sharing:
        key = folder, other
        if key not in self._probed:
            if len(self._probed) >= _PROBES:
                return Sharing(None, f"more than {_PROBES} folders: this one was not probed")
            self._probed[key] = await share_probe.probe(self._ours, self._theirs, folder, other)
        return self._probed[key]


def _unfit(place: StoragePlace, host: str) -> tuple[Verdict, str] | None:
    """Return why there is nothing to be compared."""
    path = plain(place.path, 200)
    if place.kind == "hanging":
        where = f"at {plain(place.hangs, 200)} " if place.hangs else ""
        return Verdict.UNKNOWN, f"the file system {where}on {host} does not answer"
    if place.kind == "missing" and place.error in _ABSENT:
        return Verdict.DIFFERENT, f"{path} does not exist on {host}"
    if place.kind == "missing":
        return Verdict.UNKNOWN, f"{path} on {host} cannot be looked at: {plain(place.error, 200)}"
    if place.kind not in _KINDS:
        return Verdict.DIFFERENT, f"{path} on {host} is neither a file nor a device"
    return None


def _looks(here: StoragePlace, there: StoragePlace) -> Sameness:
    """Return what two files are taken for where no file may be left to prove it."""
    source = plain(here.mount.source, 100)
    one_server = here.mount.remote and (here.mount.kind, here.mount.source) == (
        there.mount.kind,
        there.mount.source,
    )
    if one_server and _numbered(here) and _numbered(there) and here.inode == there.inode != 0:
        why = f"both have it from {source}, as inode {here.inode}; no file was left there to prove it"
        return Sameness(Verdict.SAME, why, False, here, there, proven=False)
    why = "no file was left there to prove it, as it is only looked (--probe leaves one for a moment)"
    return Sameness(Verdict.UNKNOWN, why, False, here, there)


def _in_folder(here: StoragePlace, there: StoragePlace, sharing: Sharing) -> tuple[Verdict, str]:
    """Return what a probe of the folders means for the files in them."""
    if sharing.shared is None:
        return Verdict.UNKNOWN, sharing.why
    if not sharing.shared:
        return Verdict.DIFFERENT, sharing.why
    for place in (here, there):
        if place.kind == "file" and place.mount.point == place.real:
            return (
                Verdict.UNKNOWN,
                "something else is mounted over the file itself: the folder proves nothing",
            )
    if here.real.rpartition("/")[2] != there.real.rpartition("/")[2] and here.kind != "dir":
        if _numbered(here) and _numbered(there):
            return Verdict.SAME, f"{sharing.why}, and both names lead to inode {here.inode}"
        return Verdict.DIFFERENT, f"{sharing.why}, but the names lead to different files there"
    return Verdict.SAME, sharing.why


def _numbered(place: StoragePlace) -> bool:
    """Return whether its inode is the same number on every host that sees it: an NFS server hands on that of its own
    disk.
    """
    return place.mount.nfs or place.mount.own or place.mount.kind in CLUSTER


def _verdict(same: bool | None) -> Verdict:
    return Verdict.UNKNOWN if same is None else Verdict.SAME if same else Verdict.DIFFERENT
