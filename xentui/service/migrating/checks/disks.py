"""Whether the target has the same disks, and would read from them what the guest has written."""

from __future__ import annotations

from collections.abc import Iterator

from xentui.model.devices import Access, Disk
from xentui.service.disk_use import path_of
from xentui.service.migrating.case import Case, allowable, hard, soft
from xentui.service.migrating.plan import MigrationFinding
from xentui.service.storage import Sameness, Verdict
from xentui.text import plain

_SPARE = 64 << 20
"""Bytes that are left free on a file system besides what is copied."""
_SHARED = "put it on storage that both hosts have, or move the domain while it is off (--offline copies it)"
_FLUSHED = (
    "use a block device that both hosts have, or move it while it is off; where all that matters in the guest is "
    "flushed as it is written: --allow cached"
)


def presence(case: Case) -> Iterator[MigrationFinding]:
    """Whether each path leads to the same bytes on both hosts."""
    for disk in case.disks:
        path = path_of(disk)
        same = case.same[path]
        if same.verdict is Verdict.SAME:
            if not same.proven:
                yield soft(
                    "unproven",
                    f"{plain(path, 200)} looks like the same disk on {case.there}: {same.why}",
                    "the migration proves it before it begins; --probe does now",
                )
            yield from _bases(case, path)
        elif is_copy(case, disk):
            yield soft(
                "copy",
                f"{plain(path, 200)} is read only, and {case.there} has a file of its own of that name and size",
            )
        elif case.live:
            yield from _apart(case, plain(path, 200), same)
        else:
            yield from _uncopied(case, path, same)


def is_copy(case: Case, disk: Disk) -> bool:
    """Whether a disk nobody writes to may be one of its own on each host, such as the image of a CD."""
    same = case.same[path_of(disk)]
    sizes = [side.disks[path_of(disk)].size for side in (case.ours, case.theirs)]
    return not same.missing and not _writes(disk) and None not in sizes and sizes[0] == sizes[1]


def _apart(case: Case, shown: str, same: Sameness) -> Iterator[MigrationFinding]:
    """What is wrong with a disk of a guest that takes its memory along, and none of its disks."""
    if absent(same):
        yield hard("disk", f"{case.there} has no {shown}", _SHARED)
    elif same.verdict is Verdict.DIFFERENT:
        yield hard(
            "other-disk",
            f"{shown} is another disk on {case.there}, over which the guest would write what it has in memory: "
            f"{same.why}",
            _SHARED,
        )
    else:
        yield allowable(
            "unproven",
            f"whether {shown} is the same disk on {case.there} cannot be told: {same.why}",
            "if you know that it is: --allow unproven",
        )


def _uncopied(case: Case, path: str, same: Sameness) -> Iterator[MigrationFinding]:
    """What keeps a disk from being copied."""
    shown, seen = plain(path, 200), case.ours.disks[path]
    if seen.kind == "missing":
        yield hard("disk", f"{shown} is not there on {case.ours.name} either", "correct the path (`edit`)")
    elif same.verdict is Verdict.UNKNOWN:
        yield hard(
            "unproven",
            f"whether {shown} is the same disk on {case.there} cannot be told: {same.why}",
            "move the one there out of the way, or use storage that both hosts have provably",
        )
    elif not absent(same):
        yield hard(
            "other-disk",
            f"{shown} is another disk on {case.there}, which is not written over: {same.why}",
            "move it out of the way",
        )
    elif seen.kind != "file":
        yield hard(
            "device",
            f"{shown} is a device of {case.ours.name}: files alone are copied",
            "make one of that path there and copy it by hand, or use storage that both hosts have",
        )
    elif seen.bases:
        yield hard(
            "base",
            f"{shown} is based on {plain(seen.bases[0], 200)}, and is not copied without it",
            "make it an image of its own first (`image convert`)",
        )


def _bases(case: Case, path: str) -> Iterator[MigrationFinding]:
    """Whether the target has what a shared image is based on."""
    for base in case.ours.disks[path].bases:
        if base not in case.bases:
            yield hard(
                "base",
                f"{plain(path, 200)} is based on {plain(base, 200)}, which {case.there} has not",
                "put that on storage that both hosts have, too",
            )


def in_use(case: Case) -> Iterator[MigrationFinding]:
    """Whether somebody else on the target has one of the disks."""
    if case.in_use:
        yield hard(
            "in-use",
            f"on {case.there} {case.in_use}",
            "two that write to one disk destroy its file system: stop the other first",
        )
    for doubt in case.doubts:
        yield soft("in-use-doubt", f"on {case.there} {doubt}")


def loops(case: Case) -> Iterator[MigrationFinding]:
    """Whether the target holds an image by a loop device that a crashed guest has left: what it has read stays old.

    Measured: with two such devices even what the guest had flushed came back as it had been three seconds before.
    """
    if not case.live:
        return
    for path in (path_of(disk) for disk in case.disks):
        for device, file in sorted(case.theirs.loops.items()):
            if file == path:
                yield hard(
                    "loop",
                    f"{device} holds {plain(path, 200)} on {case.there}, though the domain does not run there: the "
                    "guest would read what was there before",
                    f"on {case.there}, once nothing uses it: `losetup -d {device}`",
                )


def cached(case: Case) -> Iterator[MigrationFinding]:
    """Whether what the guest has written may wait in the page cache of the host it leaves.

    Measured on NFS with Xen 4.17: of 256 blocks that were written and acknowledged, and not flushed, 125 came back as
    they had been before through a loop device, 4 through QEMU.  xl lets go of the disks only when the guest runs on the
    target.
    """
    if not case.live:
        return
    for disk in case.disks:
        path = path_of(disk)
        ours = case.same[path].ours
        if ours is None or not _writes(disk) or case.ours.disks[path].kind != "file" or not ours.mount.remote:
            continue
        mount = f"{plain(path, 200)} lies on {plain(ours.mount.kind, 20)} ({plain(ours.mount.source, 100)})"
        if disk.format == "raw" and disk.backendtype != "qdisk":
            how = (
                "behind a loop device: of 256 blocks a guest had written there and not flushed, 125 were old after its "
                "migration"
            )
        else:
            how = (
                "behind QEMU, which writes through the page cache of this host: of 256 blocks a guest had written "
                "there and not flushed, 4 were old after its migration"
            )
        yield allowable("cached", f"{mount} {how}", _FLUSHED)


def room(case: Case) -> Iterator[MigrationFinding]:
    """Whether the target has room for what is copied, and folders to copy it to."""
    if case.live:
        return
    wanted: dict[str, int] = {}
    for path in (path_of(disk) for disk in case.disks):
        if absent(case.same[path]) and case.ours.disks[path].kind == "file":
            folder = folder_of(path)
            wanted[folder] = wanted.get(folder, 0) + (case.ours.disks[path].used or 0)
    for folder, size in wanted.items():
        there, shown = case.same[folder].theirs, plain(folder, 200)
        if there is not None and there.kind not in ("dir", "hanging"):
            yield hard("folder", f"{case.there} has no folder {shown}", "make it there")
        elif there is None or there.free is None:
            yield soft("room", f"how much room {shown} has on {case.there} is not known")
        elif size + _SPARE > there.free:
            yield hard(
                "room",
                f"{size >> 20} MiB are to be copied to {shown} on {case.there}, which has {there.free >> 20} MiB free",
                "make room there",
            )


def absent(same: Sameness) -> bool:
    """Whether there is nothing at a path on one of both hosts; one that cannot be looked at may be there."""
    return same.missing and same.verdict is Verdict.DIFFERENT


def folder_of(path: str) -> str:
    """The folder a disk's file lies in."""
    return path.rpartition("/")[0] or "/"


def _writes(disk: Disk) -> bool:
    return disk.access is not Access.READ and not disk.cdrom
