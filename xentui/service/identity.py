"""What makes a domain the same machine at every boot: its uuid and its MAC addresses."""

from __future__ import annotations

import secrets
import uuid as uuids
from collections.abc import Callable, Iterable
from itertools import count

from xentui import config as language
from xentui.errors import ConfigError
from xentui.store import StoredDomain

_OF_EC2 = "ec2"
"""cloud-init takes a guest whose uuid begins so for one of Amazon's, and waits for their metadata."""


def new_uuid() -> str:
    """Return a random uuid, of which cloud-init thinks nothing (see :func:`sound_uuid`)."""
    return sound_uuid(secrets.token_bytes(16) for _ in count())


def sound_uuid(made: Iterable[bytes]) -> str:
    """Return the first uuid of an endless row of 16 bytes each that no guest takes for one of another cloud."""
    found = (str(uuids.UUID(bytes=data, version=4)) for data in made)
    return next(uuid for uuid in found if not uuid.startswith(_OF_EC2))


def new_mac() -> str:
    """Return a random MAC address of Xen's own range, 00:16:3e (xl-network-configuration(5))."""
    return mac_of(secrets.token_bytes(3))


def mac_of(data: bytes) -> str:
    """Return the address of that range that the first three bytes of ``data`` stand for."""
    return "00:16:3e:" + ":".join(f"{byte:02x}" for byte in (data[0] & 0x7F, data[1], data[2]))


def complete(
    document: language.Document,
    uuid: str,
    former: language.Document | None = None,
    *,
    made: Callable[[int], str] = lambda _number: new_mac(),
) -> language.Document:
    """``document`` with the uuid and a ``mac=`` per interface where they are missing, nothing else touched.

    An interface without an address takes the one the same place had in ``former``, so that leases stay, unless
    another one has it now; else one that is ``made``, which is given another number at each call.
    """
    used = set(macs(document))
    known = macs(former) if former is not None else ()

    def mac(index: int) -> str:
        address = known[index] if index < len(known) else ""
        number = index
        while not address or address in used:
            address = made(number)
            number += 1000
        used.add(address)
        return address

    return language.with_identity(document, uuid, mac)


def former(entry: StoredDomain) -> language.Document | None:
    """Return what an entry says, for the addresses its interfaces have; None where that is not a configuration."""
    try:
        return language.parse(entry.text) if entry.text else None
    except ConfigError:
        return None


def macs(document: language.Document) -> tuple[str, ...]:
    """Return the MAC address of each interface, lower case, "" where it has none or cannot be read."""
    found = []
    for spec in document.strings("vif"):
        try:
            found.append(language.parse_vif(spec).mac.lower())
        except ConfigError:
            found.append("")
    return tuple(found)
