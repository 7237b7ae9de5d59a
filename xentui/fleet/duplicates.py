"""What is on two hosts and may be on one only: a domain by its uuid, a disk that is provably one.

Nothing here refuses: a copy may be meant, and is told before it hurts.  A path alone proves nothing across hosts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from xentui.model.devices import Access, Disk
from xentui.model.domain import Domain, Snapshot

Doubles = Mapping[tuple[str, str], tuple[str, ...]]
"""Sentences by host and uuid of the domain they are about."""
_NAMED = 3
_NO_UUID = "00000000-0000-0000-0000-000000000000"
_WORLDWIDE = re.compile(
    r"/dev/disk/by-id/(?:wwn-0x|scsi-3|nvme-eui\.|dm-uuid-LVM-|dm-uuid-mpath-3)[0-9A-Za-z]{16,}"
)
"""Names that udev makes of what is one thing in the world: WWN, NAA, EUI-64, the uuids of LVM."""


def doubles(snapshots: Mapping[str, Snapshot]) -> Doubles:
    """Return what domains of different hosts have in common that only one may have.

    ``snapshots`` are what the hosts hold, by their names.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for host, uuid, text in (*_uuids(snapshots), *_disks(snapshots)):
        found.setdefault((host, uuid), []).append(text)
    return {place: tuple(texts) for place, texts in found.items()}


def _uuids(snapshots: Mapping[str, Snapshot]) -> Iterator[tuple[str, str, str]]:
    having: dict[str, list[tuple[str, Domain]]] = {}
    for host, domain in _guests(snapshots):
        if domain.uuid not in ("", _NO_UUID):
            having.setdefault(domain.uuid, []).append((host, domain))
    for uuid, places in having.items():
        if len({host for host, _domain in places}) < 2:
            continue
        for host, domain in places:
            others = [place for place in places if place[0] != host]
            running = [other for other, it in others if it.state.exists]
            if domain.state.exists and running:
                yield (
                    host,
                    uuid,
                    f"runs on {_either(running)} too: two guests of one uuid, on the same disks perhaps",
                )
            else:
                stored = [other for other, _it in others]
                yield (
                    host,
                    uuid,
                    f"is on {_either(stored)} too, under the same uuid: only one of them may run",
                )


def _disks(snapshots: Mapping[str, Snapshot]) -> Iterator[tuple[str, str, str]]:
    having: dict[str, list[tuple[str, Domain]]] = {}
    for host, domain in _guests(snapshots):
        if not domain.state.exists:
            continue
        for path in {os.path.normpath(disk.target) for disk in domain.config.disks if _written(disk)}:
            if _WORLDWIDE.match(path):
                having.setdefault(path, []).append((host, domain))
    for path, places in having.items():
        if len({host for host, _domain in places}) < 2:
            continue
        for host, domain in places:
            users = [f"{other.label} on {there}" for there, other in places if there != host]
            yield host, domain.uuid, f"its disk {path} is in use by {_either(users)} too"


def _guests(snapshots: Mapping[str, Snapshot]) -> Iterator[tuple[str, Domain]]:
    for host, snapshot in snapshots.items():
        for domain in snapshot.domains:
            # What has left and is stored here still is told as moving.
            moving = domain.moving is not None and not domain.state.exists
            if not (domain.is_control or domain.copy_of or domain.half or moving):
                yield host, domain


def _written(disk: Disk) -> bool:
    return bool(disk.target) and not disk.cdrom and disk.access is Access.WRITE and not disk.backend


def _either(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
