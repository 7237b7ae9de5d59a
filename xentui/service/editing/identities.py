"""The uuid and MAC addresses a text is given, the same each time it is asked for one draft."""

from __future__ import annotations

import hashlib
import uuid as uuids

from xentui import config as language
from xentui.errors import ConfigError
from xentui.service.editing.records import Draft


def draft_uuid(draft: Draft) -> str:
    """The uuid of the draft's domain; of a new one it comes from the draft's seed."""
    return draft.uuid or str(uuids.UUID(bytes=_bytes(draft, "uuid")[:16], version=4))


def completed(draft: Draft, document: language.Document, uuid: str) -> language.Document:
    """``document`` with the uuid and a MAC address per interface where missing, nothing else touched.

    An interface without an address takes the one its place had in the draft, unless another one has it now.
    """
    used = {mac for mac in macs(document) if mac}
    former = _former(draft)

    def mac(index: int) -> str:
        old = former[index] if index < len(former) else ""
        number = index
        while not old or old in used:
            tail = _bytes(draft, f"mac {number}")
            old = "00:16:3e:" + ":".join(f"{byte:02x}" for byte in (tail[0] & 0x7F, tail[1], tail[2]))
            number += 1000
        used.add(old)
        return old

    return language.with_identity(document, uuid, mac)


def macs(document: language.Document) -> tuple[str, ...]:
    """The MAC address of each interface, lower case, "" where it has none or cannot be read."""
    found = []
    for spec in document.strings("vif"):
        try:
            found.append(language.parse_vif(spec).mac.lower())
        except ConfigError:
            found.append("")
    return tuple(found)


def _former(draft: Draft) -> tuple[str, ...]:
    try:
        return macs(language.parse(draft.text))
    except ConfigError:
        return ()


def _bytes(draft: Draft, purpose: str) -> bytes:
    return hashlib.sha256(f"{draft.seed} {purpose}".encode()).digest()
