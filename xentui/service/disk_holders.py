"""Which other domains have a disk of one, or an image that is based on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xentui.hosts.base import Host
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.service.disk_claims import Holders, claims_of
from xentui.service.disk_images import listing
from xentui.service.disk_use import is_here, look_at, path_of


async def holders_of(
    host: Host, disks: Mapping[str, Disk], others: Iterable[Domain]
) -> dict[str, tuple[str, ...]]:
    """Return the names of ``others`` that have each of the disks, running or stored, or what one of theirs is based on.

    The disks are by their paths, and so is what is returned.
    """
    theirs = [(other, disk) for other, disk, _runs in listing.disks_of(others) if is_here(disk)]
    facts = await look_at(host, [*disks.values(), *(disk for _other, disk in theirs)])
    holders: Holders[Domain] = Holders()
    for other, disk in theirs:
        holders.add(other, claims_of(path_of(disk), facts[path_of(disk)]))
    found: dict[str, tuple[str, ...]] = {}
    for path in disks:
        # What it is based on itself is not what is asked about.
        claims = [claim for claim in claims_of(path, facts[path]) if not claim.base]
        names = dict.fromkeys(other.label for _mine, _held, other in holders.meeting(claims))
        found[path] = tuple(names)
    return found
