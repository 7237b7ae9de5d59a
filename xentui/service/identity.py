"""What makes a domain the same machine at every boot: its uuid and its MAC addresses."""

from __future__ import annotations

import secrets
import uuid as uuids

from xentui import config as language
from xentui.errors import ConfigError


def new_uuid() -> str:
    """A random uuid."""
    return str(uuids.uuid4())


def new_mac() -> str:
    """A random MAC address of Xen's own range, 00:16:3e (xl-network-configuration(5))."""
    tail = secrets.token_bytes(3)
    return "00:16:3e:" + ":".join(f"{byte:02x}" for byte in (tail[0] & 0x7F, *tail[1:]))


def complete(
    document: language.Document, uuid: str, former: language.Document | None = None
) -> language.Document:
    """``document`` with the uuid and a ``mac=`` per interface where they are missing, nothing else touched.

    Interfaces without an address take the one the same place had in ``former``, so that leases stay.
    """
    known = _macs(former) if former is not None else ()

    def mac(index: int) -> str:
        return known[index] if index < len(known) and known[index] else new_mac()

    return language.with_identity(document, uuid, mac)


def _macs(document: language.Document) -> tuple[str, ...]:
    try:
        return tuple(language.parse_vif(spec).mac for spec in document.strings("vif"))
    except ConfigError:
        return ()
