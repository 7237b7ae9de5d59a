"""Devices that a running domain is said to have and has not got."""

from __future__ import annotations

from dataclasses import replace

from xentui import config as language
from xentui.errors import ConfigError
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain
from xentui.service.session import Session
from xentui.toolstack.targets import target


async def unconnected(session: Session, domain: Domain) -> tuple[str, ...]:
    """Return the devices of a running domain, as ``disk xvdb`` and ``vif 00:16:3e:…``, that are not connected.

    Those its stored configuration has are left out: they are no drift.  A host that tells nothing has none.
    """
    running, stored = domain.running, domain.stored or DomainConfig()
    if running is None or domain.domid is None:
        return ()
    refused = await session.toolstack.refused_devices(target(domain))
    kept = {disk.vdev for disk in stored.disks}
    macs = {vif.mac.lower() for vif in stored.vifs if vif.mac}
    disks = [
        disk.vdev for disk in running.disks if disk.vdev not in kept and _number(disk.vdev) in refused.disks
    ]
    nics = [
        vif.mac.lower()
        for place, vif in enumerate(running.vifs)
        if vif.mac
        and vif.mac.lower() not in macs
        and (place if vif.devid is None else vif.devid) in refused.interfaces
    ]
    return (*(f"disk {vdev}" for vdev in disks), *(f"vif {mac}" for mac in nics))


def without(running: DomainConfig, devices: tuple[str, ...]) -> DomainConfig:
    """Return a running configuration without some of its devices."""
    if not devices:
        return running
    return replace(
        running,
        disks=tuple(disk for disk in running.disks if f"disk {disk.vdev}" not in devices),
        vifs=tuple(vif for vif in running.vifs if f"vif {vif.mac.lower()}" not in devices),
    )


def _number(vdev: str) -> int:
    try:
        return language.vdev_number(vdev)
    except ConfigError:
        return -1
