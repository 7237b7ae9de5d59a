"""Whether a disk is one the host itself uses: a file system it has mounted, its swap, what its volumes lie on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.errors import ConfigError
from xentui.model.devices import Access
from xentui.service.disk_claims import Claim
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import HostDisk

_MOUNTED = "is mounted at {where} by Domain-0"
_HOW = {"mounted": _MOUNTED, "swap": "is the swap space of Domain-0 ({where})"}
_HINTS = {
    "mounted": "two systems that write to one file system destroy it: `umount {where}` first, or choose another disk",
    "swap": "a guest would write over what Domain-0 has there: `swapoff {where}` first, or choose another disk",
}
_SHARED = "{source}: {disk} is shared with Domain-0 (w!): only a cluster file system survives that"
_VOLUME = (
    "{source}: {disk} is what the device {where} of the host lies on: a guest that writes there destroys it, "
    "unless it is the guest's own"
)


def check(
    path: str, access: Access, claims: Sequence[Claim], uses: Sequence[HostDisk], source: str
) -> tuple[str, ...]:
    """Raise ConfigError where the host itself uses a disk; returns warnings as sentences.

    ``claims`` are those of the disk at ``path``, ``uses`` what :mod:`xentui.agent.storage.host_disks` tells.  That a
    volume lies on it is said only: the host's tools find those of the guests, too, and nobody need use them.
    """
    things = {claim.thing for claim in claims}
    warnings: dict[str, None] = {}
    for use in uses:
        how, where = str(use["how"]), plain(str(use["where"]), 100)
        if how == "volume" and use["device"] in things:
            continue  # the disk is that volume, or lies on it
        for theirs in (Claim(*claim) for claim in use["claims"]):
            met = [claim for claim in claims if claim.meets(theirs)]
            writes = any(access is not Access.READ and not claim.base for claim in met)
            if not writes and (not met or theirs.base or how == "volume"):
                continue
            if how == "volume":
                warnings[_VOLUME.format(source=source, disk=path, where=where)] = None
            elif access is Access.SHARED:
                warnings[_SHARED.format(source=source, disk=path)] = None
            else:
                raise ConfigError(
                    f"the disk {path} {_HOW.get(how, _MOUNTED).format(where=where)}",
                    source=source,
                    hint=_HINTS.get(how, _HINTS["mounted"]).format(where=where),
                )
    return tuple(warnings)
