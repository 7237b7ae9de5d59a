"""What two domains have that only one may: a MAC address, a disk both are stored with.

Nothing here refuses: such a copy may be meant, and is told before it hurts.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from xentui import config as language
from xentui.errors import ConfigError
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Access, Disk
from xentui.model.domain import Domain
from xentui.service import identity
from xentui.text import first_few

_NAMED = 3


def shared_things(document: language.Document, domains: Iterable[Domain], uuid: str) -> tuple[str, ...]:
    """Return sentences on what ``document``, to be stored under ``uuid``, shares with other domains.

    Disks are compared by path only; whether two paths are one image is checked when one of the domains starts.
    """
    others = [domain for domain in domains if domain.uuid != uuid and not domain.is_control]
    return (*macs(identity.macs(document), others), *_disks(document, others))


def macs(addresses: Iterable[str], others: Iterable[Domain]) -> Iterator[str]:
    """Sentences on those of ``addresses`` that interfaces of ``others`` have, running or stored."""
    wanted = {address.lower(): None for address in addresses if address}
    if not wanted:
        return
    having: dict[str, list[Domain]] = {address: [] for address in wanted}
    for domain in others:
        for address in {vif.mac.lower() for config in _configs(domain) for vif in config.vifs}:
            if address in having:
                having[address].append(domain)
    for address, found in having.items():
        if found:
            yield (
                f"the MAC address {address} belongs to {_names(found)} too: on one network neither is reached for sure "
                "(leave `mac=` out, and one is made)"
            )


def _disks(document: language.Document, others: Iterable[Domain]) -> Iterator[str]:
    try:
        mine = [disk for disk in language.disks_of(document) if _written(disk)]
    except ConfigError:
        return  # told as what it is
    wanted = {os.path.normpath(disk.target): disk for disk in mine}
    having: dict[str, list[Domain]] = {}
    for domain in others:
        for disk in domain.stored.disks if domain.stored else ():
            path = os.path.normpath(disk.target) if _written(disk) else ""
            if path in wanted and Access.SHARED not in (disk.access, wanted[path].access):
                having.setdefault(path, []).append(domain)
    for path, found in having.items():
        yield f"the disk {path} is stored with {_names(found)} too: only one of them can run at a time"


def _written(disk: Disk) -> bool:
    return bool(disk.target) and not disk.cdrom and disk.access is not Access.READ and not disk.backend


def _configs(domain: Domain) -> Iterator[DomainConfig]:
    yield from (config for config in (domain.running, domain.stored) if config is not None)


def _names(domains: list[Domain]) -> str:
    return first_few([domain.label for domain in domains], _NAMED)
