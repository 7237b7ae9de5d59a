"""Devices that a running domain is said to have and has not got.

What the hotplug script has refused stays in xenstore and in what ``xl list -l`` prints (seen with Xen 4.17.7); the
frontend's state, which ``xl block-list`` shows, does not tell: it is 3 or 1 of such a disk, and 4 of such an interface.
Where a script has done its work the backend has ``hotplug-status`` ``connected``.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from xentui import config as language
from xentui.errors import ConfigError
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain
from xentui.service.session import QUERY_TIMEOUT, Session
from xentui.toolstack.xl import xenstore

_STATUS = re.compile(r'/backend/\w+/\d+/(\d{1,9})(?:/hotplug-status = "([^"]*)")?')


async def unconnected(session: Session, domain: Domain) -> tuple[str, ...]:
    """The devices of a running domain, as ``disk xvdb`` and ``vif 00:16:3e:…``, that are not connected.

    Those its stored configuration has are left out: they are no drift.  A host that tells nothing has none.
    """
    running, stored = domain.running, domain.stored or DomainConfig()
    if running is None or domain.domid is None:
        return ()
    vbds, vifs = await asyncio.gather(*(_refused(session, domain.domid, kind) for kind in ("vbd", "vif")))
    kept = {disk.vdev for disk in stored.disks}
    macs = {vif.mac.lower() for vif in stored.vifs if vif.mac}
    disks = [disk.vdev for disk in running.disks if disk.vdev not in kept and _number(disk.vdev) in vbds]
    nics = [
        vif.mac.lower()
        for place, vif in enumerate(running.vifs)
        if vif.mac and vif.mac.lower() not in macs and (place if vif.devid is None else vif.devid) in vifs
    ]
    return (*(f"disk {vdev}" for vdev in disks), *(f"vif {mac}" for mac in nics))


def without(running: DomainConfig, devices: tuple[str, ...]) -> DomainConfig:
    """A running configuration without some of its devices."""
    if not devices:
        return running
    return replace(
        running,
        disks=tuple(disk for disk in running.disks if f"disk {disk.vdev}" not in devices),
        vifs=tuple(vif for vif in running.vifs if f"vif {vif.mac.lower()}" not in devices),
    )


async def _refused(session: Session, domid: int, kind: str) -> frozenset[int]:
    """The numbers of the backends of a kind that Domain-0 has for a domain and has not connected."""
    done = await session.host.run(xenstore.backends(domid, kind), timeout=QUERY_TIMEOUT)
    if done.exit_code != 0:
        return frozenset()  # it has none, or they are in a driver domain
    there: set[int] = set()
    connected: set[int] = set()
    for match in _STATUS.finditer(done.text):
        number = int(match[1])
        there.add(number)
        if match[2] == "connected":
            connected.add(number)
    return frozenset(there - connected)


def _number(vdev: str) -> int:
    try:
        return language.vdev_number(vdev)
    except ConfigError:
        return -1
