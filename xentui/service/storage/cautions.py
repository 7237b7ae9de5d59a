"""What is to be said against a place where images lie, as far as its host can tell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from enum import StrEnum

from xentui.errors import Hint, Suggest
from xentui.frozen import dataclass
from xentui.model.devices import Access, Disk
from xentui.service.storage.drbd import SECONDARY, Replica, Replicas
from xentui.service.storage.places import Layer, MountPoint, StoragePlace
from xentui.text import first_few, plain

_NAMED = 4
_LOCAL_LOCKS = ("nolock", "nolocks", "local_lock=all", "local_lock=flock", "local_lock=posix")
LOOP_STALE = (
    "the host caches what a guest writes: after a live migration, 125 of 256 blocks that the guest had written but "
    "not flushed were old (measured); flushed ones were complete"
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
    SESSION = "session"
    WRITE_BACK = "write-back"
    REPLICA = "replica"
    SECONDARY = "secondary"
    ONE_PRIMARY = "one-primary"


@dataclass(frozen=True, slots=True)
class StorageCaution:
    """One thing to be said: what was ``found``, ``why`` it matters, and ``command``, what mends it.

    A ``note`` is nothing wrong by itself.
    """

    kind: CautionKind
    found: str
    why: str
    command: Hint = ""
    note: bool = False


def of_mount(mount: MountPoint, place: StoragePlace | None) -> Iterator[StorageCaution]:
    """Yield what is to be said of a mount; ``place`` is its own folder, None where that was not looked at."""
    where = plain(mount.point, 200)
    if place is not None and place.kind == "hanging":
        yield StorageCaution(
            CautionKind.HANGING,
            "does not answer",
            "whoever looks at a file there waits until its server is back, and so does a guest with a disk there",
            f"look for {plain(mount.source, 200)}; `umount -l {shlex.quote(where)}` lets go of it for good",
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


def of_layers(layers: Sequence[Layer], drbd: Replicas) -> Iterator[StorageCaution]:
    """Yield what is to be said of disks below a place: of sessions of iSCSI, and of sides of DRBD."""
    for layer in layers:
        if layer.kind == "iscsi":
            yield from _of_iscsi(layer)
        elif layer.kind == "drbd":
            name = drbd.resource(layer)[0]
            yield from _of_drbd(plain(name or layer.name, 80), drbd.found.get(name), drbd.why)


def _of_iscsi(layer: Layer) -> Iterator[StorageCaution]:
    target, state = plain(layer.ids.get("iqn", ""), 120), plain(layer.ids.get("session", ""), 40)
    if state and state != "LOGGED_IN":
        yield StorageCaution(
            CautionKind.SESSION,
            f"the session with {target} is {state}",
            "guests wait until it is there again; after node.session.timeo.replacement_timeout (120 s) their writes "
            "fail, and most file systems become read-only",
            f"look for the target's server and `iscsiadm -m session -P 1`: {target}",
        )
    if layer.ids.get("cache") == "write back":
        yield StorageCaution(
            CautionKind.WRITE_BACK,
            f"the server of {target} keeps what is written in its memory until it is flushed (write back)",
            "when that server loses its power, what guests have written and not flushed is lost; a guest that moves "
            "between hosts loses nothing, as both reach the same server",
            note=True,
        )


def _of_drbd(name: str, found: Replica | None, why: str) -> Iterator[StorageCaution]:
    if found is None:
        yield StorageCaution(
            CautionKind.REPLICA,
            f"the state of DRBD's {name} is not known",
            plain(why, 200) or "DRBD does not tell of it",
            "drbdadm status",
            note=True,
        )
        return
    if not found.whole:
        yield StorageCaution(
            CautionKind.REPLICA,
            f"DRBD's {name} is not whole on both sides: {replica_words(found)}",
            "the other host has old data or none: a guest that starts or arrives there finds another disk",
            f"`drbdadm status {name}` on both; `drbdadm adjust {name}` connects them again, except after a split brain",
        )
    if found.role == SECONDARY:
        yield StorageCaution(
            CautionKind.SECONDARY,
            f"DRBD's {name} is secondary here: nobody on this host can open it",
            "a guest with /dev/drbdN as its disk does not start here",
            f"drbdadm primary {name}, where it is primary nowhere else",
            note=True,
        )
    if found.two is False:
        yield StorageCaution(
            CautionKind.ONE_PRIMARY,
            f"DRBD lets one host alone have {name} open (no allow-two-primaries)",
            "no guest on it moves while it runs: the target opens its disks while the source still has them",
            f"`net {{ protocol C; allow-two-primaries yes; }}` for {name} on both hosts, then `drbdadm adjust {name}`",
            note=True,
        )


def replica_words(found: Replica) -> str:
    """Return what a side of DRBD is, and the others, in a few words."""
    words = [f"{found.role or '?'} {found.disk or '?'} here"]
    for peer in found.peers:
        name = f"{peer.name}: " if peer.name else "other side: "
        words.append(f"{name}{' '.join(word for word in (peer.connection, peer.role, peer.disk) if word)}")
    if not found.peers:
        words.append("not connected")
    return plain(", ".join(words), 300)


def cached(domains: Sequence[str]) -> StorageCaution:
    """Return that disks of those domains go through a loop device on a file server's files."""
    names = first_few([plain(name, 80) for name in domains], _NAMED)
    return StorageCaution(
        CautionKind.CACHED,
        f"{names}: through a loop device (file:) on a file server",
        LOOP_STALE,
        (
            Suggest("domain.migrate"),
            " switches the device to direct writes until the guest has moved, and loses nothing; `xl migrate` by hand "
            "does not",
        ),
    )


def through_loop(disk: Disk, place: StoragePlace) -> bool:
    """Return whether a disk is written to through a loop device: a file of raw bytes that nothing else is asked to
    serve (libxl_device.c takes phy before qdisk).
    """
    return (
        place.kind == "file"
        and disk.format == "raw"
        and not disk.cdrom
        and disk.access is not Access.READ
        and disk.backendtype in ("", "phy")
        and not disk.script
    )
