"""Whether the target has the same disks, and would read from them what the guest has written."""

from __future__ import annotations

from collections.abc import Iterator

from xentui.errors import Hint, Suggest, joined, option
from xentui.model.devices import Access, Disk
from xentui.service.disk_use import path_of
from xentui.service.migrating.check_input import Case, allowable, allowing, hard, soft, while_off
from xentui.service.migrating.plan import MigrationFinding
from xentui.service.storage import Sameness, Verdict
from xentui.service.storage.drbd import SECONDARY
from xentui.text import plain

_SPARE = 64 << 20
"""Bytes that are left free on a file system besides what is copied."""


def presence(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether each path leads to the same bytes on both hosts."""
    for disk in case.disks:
        path = path_of(disk)
        same = case.same[path]
        if same.verdict is Verdict.SAME:
            if not same.proven:
                yield soft(
                    "unproven",
                    f"{plain(path, 200)} looks like the same disk on {case.there}: {same.why}",
                    (
                        "the migration proves it before it begins; ",
                        option("--probe", form=f"`:migrate {case.domain.label} HOST --probe`"),
                        " does now",
                    ),
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
    """Return whether a disk nobody writes to may be one of its own on each host, such as the image of a CD."""
    same = case.same[path_of(disk)]
    sizes = [side.disks[path_of(disk)].size for side in (case.ours, case.theirs)]
    return not same.missing and not _writes(disk) and None not in sizes and sizes[0] == sizes[1]


def _on_both(case: Case) -> Hint:
    return while_off(case, "put it on storage that both hosts have")


def _apart(case: Case, shown: str, same: Sameness) -> Iterator[MigrationFinding]:
    """Yield what is wrong with a disk of a guest that takes its memory along, and none of its disks."""
    if absent(same):
        yield hard("disk", f"{case.there} has no {shown}", _on_both(case))
    elif same.verdict is Verdict.DIFFERENT:
        yield hard(
            "other-disk",
            f"{shown} is another disk on {case.there}, over which the guest would write what it has in memory: "
            f"{same.why}",
            _on_both(case),
        )
    else:
        yield allowable(
            "unproven",
            f"whether {shown} is the same disk on {case.there} cannot be told: {same.why}",
            ("if you know that it is: ", allowing(case, "unproven")),
        )


def _uncopied(case: Case, path: str, same: Sameness) -> Iterator[MigrationFinding]:
    """Yield what keeps a disk from being copied."""
    shown, seen = plain(path, 200), case.ours.disks[path]
    if seen.kind == "missing":
        yield hard(
            "disk",
            f"{shown} is not there on {case.ours.name} either",
            ("correct the path: ", Suggest("config.edit", case.domain.label)),
        )
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
            ("make it an image of its own first: ", Suggest("image.convert")),
        )


def _bases(case: Case, path: str) -> Iterator[MigrationFinding]:
    """Yield whether the target has what a shared image is based on."""
    for base in case.ours.disks[path].bases:
        if base not in case.bases:
            yield hard(
                "base",
                f"{plain(path, 200)} is based on {plain(base, 200)}, which {case.there} has not",
                "put that on storage that both hosts have, too",
            )


def in_use(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether somebody else on the target has one of the disks."""
    if case.in_use:
        yield hard(
            "in-use",
            f"on {case.there} {case.in_use}",
            "two that write to one disk destroy its file system: stop the other first",
        )
    for doubt in case.doubts:
        yield soft("in-use-doubt", f"on {case.there} {doubt}")


def loops(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether the target holds an image by a loop device that a crashed guest has left: what it has read stays
    old.

    Measured: with two such devices even what the guest had flushed came back as it had been three seconds before.
    """
    if not case.live:
        return
    for path in (path_of(disk) for disk in case.disks):
        there = case.same[path].theirs
        files = (path, there.real) if there is not None else (path,)
        for device, file in sorted(case.theirs.loops.items()):
            if file in files:
                yield hard(
                    "loop",
                    f"{device} holds {plain(path, 200)} on {case.there}, though the domain does not run there: the "
                    "guest would read what was there before",
                    f"on {case.there}, once nothing uses it: `losetup -d {device}`",
                )


def replicated(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether DRBD lets the target open a disk while the source still has it, as xl does (``man drbd.conf-8.4``).

    xl notices at the end, when it has sent all memory and stopped the guest.
    """
    if not case.live:
        return
    for path in dict.fromkeys(path_of(disk) for disk in case.disks):
        same = case.same[path]
        here, there = (told.found for told in same.drbd)
        layers = same.theirs.layers if same.theirs is not None else ()
        names = [same.drbd[1].resource(layer)[0] for layer in layers if layer.kind == "drbd"]
        for name in dict.fromkeys(names):
            shown = f"DRBD resource {plain(name, 80)} below {plain(path, 200)}"
            if name in there and there[name].role == SECONDARY:
                yield hard(
                    "drbd",
                    f"{shown} is secondary on {case.there}: nothing can open it there",
                    f"on {case.there}, for as long as both hosts are to have it: `drbdadm primary {plain(name, 80)}` "
                    "(needs `allow-two-primaries yes` and `protocol C` on both)",
                )
            elif any(told[name].two is False for told in (here, there) if name in told):
                yield hard(
                    "drbd",
                    f"{shown} may be open on one host alone (no allow-two-primaries)",
                    "`net { protocol C; allow-two-primaries yes; }` on both, `drbdadm adjust` on both",
                )


def cached(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether what the guest has written may wait in the page cache of the host it leaves.

    Measured on NFS with Xen 4.17: of 256 blocks that were written and acknowledged, and not flushed, 125 came back as
    they had been before through a loop device, 4 through QEMU, none through a loop device with direct I/O.  xl lets go
    of the disks only when the guest runs on the target.
    """
    for disk in _waiting(case):
        mount, path = case.same[path_of(disk)].ours, plain(path_of(disk), 200)
        where = (
            f"{plain(mount.mount.kind, 20)} ({plain(mount.mount.source, 100)})" if mount is not None else "?"
        )
        if _through_loop(disk) and _devices(case, disk):
            yield soft(
                "direct-io",
                f"{path} lies on {where} behind a loop device, which writes past the memory of {case.ours.name} until "
                "the guest has moved: nothing is lost, and its writes take longer meanwhile",
                # The screen has no box for what nothing stops yet: it names the command, too.
                (
                    "where the device cannot, nothing is sent; all the same: ",
                    allowing(case, "cached", form=""),
                ),
            )
            continue
        if _through_loop(disk):
            how = (
                "behind a loop device: of 256 blocks a guest had written there and not flushed, 125 were old after its "
                "migration"
            )
        else:
            how = (
                "behind QEMU, which writes through the page cache of this host: of 256 blocks a guest had written "
                "there and not flushed, 4 were old after its migration"
            )
        hint = joined(
            "; ",
            while_off(case, "use a block device that both hosts have"),
            ("where all that matters in the guest is flushed as it is written: ", allowing(case, "cached")),
        )
        yield allowable("cached", f"{path} lies on {where} {how}", hint)


def direct(case: Case) -> tuple[tuple[str, str], ...]:
    """Return the loop devices that are to write past the page cache of the source while the guest moves, with their
    files.
    """
    found = [
        (device, case.ours.loops[device])
        for disk in _waiting(case)
        if _through_loop(disk)
        for device in _devices(case, disk)
    ]
    return tuple(dict.fromkeys(found))


def _waiting(case: Case) -> Iterator[Disk]:
    """Yield the disks on a file server that the guest writes to while it moves."""
    if not case.live:
        return
    for disk in case.disks:
        ours = case.same[path_of(disk)].ours
        if ours is None or not _writes(disk) or case.ours.disks[path_of(disk)].kind != "file":
            continue
        if ours.mount.remote:
            yield disk


def _through_loop(disk: Disk) -> bool:
    return disk.format == "raw" and disk.backendtype != "qdisk"


def _devices(case: Case, disk: Disk) -> list[str]:
    """Return the loop devices of the source that hold the file of a disk; a link to it is followed by xl's script.

    None where the host's engine moves guests by itself: it has its own way to their files.
    """
    if case.engine is not None:
        return []
    ours = case.same[path_of(disk)].ours
    files = {path_of(disk), ours.real if ours is not None else ""} - {""}
    return sorted(device for device, file in case.ours.loops.items() if file in files)


def room(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether the target has room for what is copied, and folders to copy it to."""
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
    """Return whether there is nothing at a path on one of both hosts; one that cannot be looked at may be there."""
    return same.missing and same.verdict is Verdict.DIFFERENT


def folder_of(path: str) -> str:
    """Return the folder a disk's file lies in."""
    return path.rpartition("/")[0] or "/"


def _writes(disk: Disk) -> bool:
    return disk.access is not Access.READ and not disk.cdrom
