"""The uuid and MAC addresses a text is given, the same each time it is asked for one draft."""

from __future__ import annotations

import hashlib
from itertools import count

from xentui import config as language
from xentui.errors import ConfigError
from xentui.service import identity
from xentui.service.editing.records import Draft


def draft_uuid(draft: Draft) -> str:
    """The uuid of the draft's domain; of a new one it comes from the draft's seed."""
    made = (_bytes(draft, f"uuid {number}" if number else "uuid")[:16] for number in count())
    return draft.uuid or identity.sound_uuid(made)


def completed(draft: Draft, document: language.Document, uuid: str) -> language.Document:
    """``document`` with the uuid and a MAC address per interface where missing, nothing else touched.

    An interface without an address takes the one its place had in the draft, unless another one has it now.
    """

    def made(number: int) -> str:
        return identity.mac_of(_bytes(draft, f"mac {number}"))

    return identity.complete(document, uuid, _former(draft), made=made)


def _former(draft: Draft) -> language.Document | None:
    try:
        return language.parse(draft.text)
    except ConfigError:
        return None


def _bytes(draft: Draft, purpose: str) -> bytes:
    return hashlib.sha256(f"{draft.seed} {purpose}".encode()).digest()
