"""What is to be said against a place where images lie, as far as its host can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from xentui.frozen import dataclass
from xentui.model.devices import Access, Disk
from xentui.service.storage.places import MountPoint, StoragePlace
from xentui.text import plain

_NAMED = 4
_LOCAL_LOCKS = ("nolock", "nolocks", "local_lock=all", "local_lock=flock", "local_lock=posix")
LOOP_STALE = (
    "the host keeps what a guest has written in its memory: after a live migration 125 of 256 blocks that the guest "
    "had written, and not flushed, were old (measured); flushed ones were whole"
)


class CautionKind(StrEnum):
    """What a caution is about."""

    HANGING = "hanging"
    SOFT = "soft"
    LOCKS = "locks"
    SQUASHED = "root_squash"
    CACHED = "cached"
    ASYNC = "async"
    STRAY_LOOP = "stray-loop"


@dataclass(frozen=True, slots=True)
class StorageCaution:
    """One thing to be said: what was ``found``, ``why`` it matters, and ``command``, what mends it.

    A ``note`` is nothing wrong by itself.
    """

    kind: CautionKind
    found: str
    why: str
    command: str = ""
    note: bool = False


def of_mount(mount: MountPoint, place: StoragePlace | None) -> Iterator[StorageCaution]:
    """Yield what is to be said of a mount; ``place`` is its own folder, None where that was not looked at."""
    where = plain(mount.point, 200)
    if place is not None and place.kind == "hanging":
        yield StorageCaution(
            CautionKind.HANGING,
            "does not answer",
            "whoever looks at a file there waits until its server is back, and so does a guest with a disk there",
            f"look for {plain(mount.source, 200)}; `umount -l {where}` lets go of it for good",
        )
    if mount.nfs and any(option in ("soft", "softerr") for option in mount.options):
        yield StorageCaution(
            CautionKind.SOFT,
            "is a soft mount",
            "when the server is slow for a moment, writes of guests fail, and their file systems are damaged",
            f"mount it with `hard`, and write that into /etc/fstab: {where}",
        )
    if mount.nfs and (found := [option for option in mount.options if option in _LOCAL_LOCKS]):
        yield StorageCaution(
            CautionKind.LOCKS,
            f"locks are this host's own ({plain(', '.join(found), 80)})",
            "no other host sees that an image is in use here",
            f"mount it without {plain(found[0], 40)}",
        )
    if (
        place is not None
        and place.kind == "dir"
        and mount.remote
        and "rw" in mount.options
        and not place.writable
    ):
        yield StorageCaution(
            CautionKind.SQUASHED,
            "root may not write there",
            "the server takes root for nobody (root_squash), and images are root's",
            "export it to this host with no_root_squash, on the server",
        )
    if mount.nfs:
        yield StorageCaution(
            CautionKind.ASYNC,
            "whether its server writes at once cannot be seen from here",
            "an export with `async` loses what guests have flushed when the server loses its power",
            "look for `sync` in /etc/exports of the server",
            note=True,
        )


def cached(domains: Sequence[str]) -> StorageCaution:
    """Disks of those domains go through a loop device on a file server's files."""
    more = f" and {len(domains) - _NAMED} more" if len(domains) > _NAMED else ""
    names = ", ".join(plain(name, 80) for name in domains[:_NAMED])
    return StorageCaution(
        CautionKind.CACHED,
        f"{names}{more}: through a loop device (file:) on a file server",
        LOOP_STALE,
        "shut the guest down to move it; or keep its disk on a device both hosts have",
    )


def through_loop(disk: Disk, place: StoragePlace) -> bool:
    """Whether a disk is written to through a loop device: a file of raw bytes that nothing else is asked to serve
    (libxl_device.c takes phy before qdisk).
    """
    return (
        place.kind == "file"
        and disk.format == "raw"
        and not disk.cdrom
        and disk.access is not Access.READ
        and disk.backendtype in ("", "phy")
        and not disk.script
    )
