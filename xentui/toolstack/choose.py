"""Chooses the toolstack of a host; nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.hosts.base import GANETI, Host
from xentui.toolstack.xl.toolstack import XlToolstack

if TYPE_CHECKING:
    from xentui.toolstack.base import Toolstack


def toolstack_for(host: Host) -> Toolstack:
    """Return the toolstack of a host: Ganeti's for a master, libvirt if the host says so, else xl, which every Xen has.

    No host is asked for that: each start would take one more round trip.
    """
    return toolstack_named(host.toolstack, host)


def toolstack_named(name: str, host: Host) -> Toolstack:
    """Return a toolstack of a host by its name, which may be another than the host's own; xl for ""."""
    if name == GANETI:
        from xentui.toolstack.ganeti.toolstack import GanetiToolstack  # few hosts are the master of a cluster

        return GanetiToolstack(host)
    if name == "libvirt":
        from xentui.toolstack.virsh.toolstack import VirshToolstack  # few hosts have it

        return VirshToolstack(host)
    return XlToolstack(host)
