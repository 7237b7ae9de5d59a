"""Undoes what was stored, if it has not been changed since: nothing newer is overwritten."""

from __future__ import annotations

import hashlib
import time
from typing import Protocol

from xentui.errors import NoSuchDomainError, NotAllowedError, StoreCode, StoreError, Suggest
from xentui.model.domain import Domain
from xentui.service import lookup
from xentui.service.admission import require_name
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require
from xentui.service.session import Session
from xentui.store import Source, StoredDomain


class Rewriter(Protocol):
    """What writes configurations into the store: :class:`xentui.service.repository.Repository`."""

    async def put(
        self, entry: StoredDomain, text: str, *, reason: str, name: str = "", source: Source | None = None
    ) -> int:
        """Store a text as the next version."""

    async def delete(self, uuid: str, *, label: str) -> str:
        """Move a domain to the trash."""


def digest(text: str) -> str:
    """Return the sha256 by which the store identifies a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


async def require_unchanged(session: Session, uuid: str, label: str, sha256: str) -> StoredDomain:
    """Return the entry of a domain, if its text still has the digest ``sha256``.

    Raises NotAllowedError, with who has stored what since, and NoSuchDomainError if it was deleted.
    """
    try:
        entry = await session.store.read(uuid)
    except StoreError as error:
        if error.code != StoreCode.MISSING:
            raise
        raise NoSuchDomainError("not undone: it was deleted since", subject=label) from error
    if entry.config_sha256 == sha256:
        return entry
    who = "by hand"
    if not entry.hand_edited:
        versions = [item for item in await session.store.history(uuid) if item.version]
        if versions:
            last = versions[-1]
            when = time.strftime("%H:%M:%S", time.localtime(last.time))
            who = f"by {last.user or 'somebody'} at {when}" + (f" ({last.reason})" if last.reason else "")
    raise NotAllowedError(
        f"not undone: its configuration was changed since, {who}",
        subject=entry.name or label,
        hint=(Suggest("config.history", entry.name or label), " lists the versions, and restores one"),
    )


async def restore_text(
    session: Session, repository: Rewriter, before: StoredDomain, sha256: str, what: str
) -> None:
    """Store the text of ``before`` again in place of the one with ``sha256``; raises as :func:`require_unchanged`."""
    entry = await require_unchanged(session, before.uuid, before.name, sha256)
    if before.name != entry.name:
        snapshot = await Inventory(session).glance()
        if (domain := lookup.of_uuid(snapshot, before.uuid)) is not None:
            require_name(before.name, domain, snapshot.domains, doing=f"undo {what}")
    await repository.put(
        entry, before.text or "", reason=f"undo of {what}", name=before.name, source=before.source
    )


async def delete_again(
    session: Session, repository: Rewriter, uuid: str, label: str, sha256: str = ""
) -> None:
    """Delete what was stored or undeleted, if it is off and still has the text with ``sha256`` ("": any text).

    It goes to the trash, as with every deletion.
    """
    if sha256:
        await require_unchanged(session, uuid, label, sha256)
    found = lookup.of_uuid(await Inventory(session).glance(), uuid)
    if found is None or not found.managed:
        raise NoSuchDomainError("not undone: it was deleted since", subject=label)
    require(found, Action.DELETE)
    await repository.delete(uuid, label=found.label)


def changed_since(domain: Domain, what: str) -> NotAllowedError:
    """Return the error for an undo of what somebody has changed again on the running domain.

    ``what`` is its value now.
    """
    return NotAllowedError(f"not undone: it was changed since: {what}", subject=domain.label)
