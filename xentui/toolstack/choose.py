"""Which toolstack drives a host: the only place that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.hosts.base import GANETI, Host
from xentui.toolstack.xl.toolstack import XlToolstack

if TYPE_CHECKING:
    from xentui.toolstack.base import Toolstack


def toolstack_for(host: Host) -> Toolstack:
    """Return the toolstack of a host: Ganeti's of a master, libvirt where the host says so, else xl, which every Xen
    has.

    That is known without asking a host anything: a turn of the line for it would be every start's.
    """
    return toolstack_named(host.toolstack, host)


def toolstack_named(name: str, host: Host) -> Toolstack:
    """Return a toolstack of a host by its name, which may be another than the one that drives it; xl for ""."""
    if name == GANETI:
        from xentui.toolstack.ganeti.toolstack import GanetiToolstack  # few hosts are the master of a cluster

        return GanetiToolstack(host)
    if name == "libvirt":
        from xentui.toolstack.virsh.toolstack import VirshToolstack  # few hosts have it

        return VirshToolstack(host)
    return XlToolstack(host)
