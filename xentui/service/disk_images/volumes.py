"""The volumes of a host, of all managers xentui knows: LVM and ZFS."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import replace

from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.service.disk_images.lvm import LVM
from xentui.service.disk_images.volume import Volume, VolumePlace, Volumes
from xentui.service.disk_images.zfs import ZFS

MANAGERS = (LVM, ZFS)
EXAMPLES = ", ".join(manager.example for manager in MANAGERS)
_AT_ONCE = 1_000
#: Other names of a device, in folders where the kernel and udev alone make them.
_OTHER = re.compile(r"/dev/(?:zd[0-9]+|dm-[0-9]+|mapper/[^/]+|block/[0-9:]+|disk/by-[a-z-]+/[^/]+)\Z")


def place_of(path: str) -> VolumePlace | None:
    """Return which volume a path would be; None for a path that is none's."""
    return next((place for manager in MANAGERS if (place := manager.place_of(path))), None)


async def look(host: Host, names: Iterable[str] = ()) -> Volumes:
    """Return the volumes of a host; none of a manager it does not have.

    Those of ``names`` that are other paths of a volume's device (/dev/zd0, /dev/mapper/vg0-web) are among its paths.
    Raises HostError where what a tool says makes no sense.
    """
    found = await asyncio.gather(*(manager.look(host) for manager in MANAGERS))
    known = Volumes(
        {path: volume for each in found for path, volume in each.volumes.items()},
        tuple(pool for each in found for pool in each.pools),
        tuple(group for each in found for group in each.groups),
        {title: why for each in found for title, why in (each.absent or {}).items()},
    )
    others = [path for path in names if _OTHER.match(path) and path not in known.volumes]
    if not others or not known.volumes:
        return known
    things = await _identities(host, [*others, *known.volumes])
    by_thing = {things[path]: volume for path, volume in known.volumes.items() if things[path]}
    also: dict[str, Volume] = {path: by_thing[things[path]] for path in others if things[path] in by_thing}
    return replace(known, volumes={**known.volumes, **also})


async def _identities(host: Host, paths: list[str]) -> dict[str, str]:
    """Return what each path leads to, "" for nothing."""
    places = {path: host.host_path(path) for path in paths}
    wanted = sorted(set(places.values()))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        told = await host.call(operations.stat, paths=wanted[start : start + _AT_ONCE])
        found.update({place: str(seen.get("identity") or "") for place, seen in told.items()})
    return {path: found[place] for path, place in places.items()}
