"""What a domain's configuration was before."""

from __future__ import annotations

from xentui.errors import NotAllowedError
from xentui.model.domain import Domain
from xentui.service.definitions import Definitions
from xentui.service.editing.impact import unified
from xentui.service.session import Session
from xentui.store.history import Version


async def diff(definitions: Definitions, domain: Domain, old: int, new: int) -> tuple[str, ...]:
    """What changed from one version to another; version 0 is the text as it is now."""
    older, newer = [await definitions.text(domain, number or None) for number in (old, new)]
    names = [f"version {number}" if number else "now" for number in (old, new)]
    return unified(older, newer, *names)


async def undo(session: Session, definitions: Definitions, domain: Domain) -> int:
    """Make the version before the present one current again; returns the number of the new version.

    A version that only records the text there was is passed over.
    """
    session.require_writable()
    found = await before(session, definitions, domain)
    if found is None:
        raise NotAllowedError(
            "cannot undo: no earlier version has another text",
            subject=domain.label,
            hint=f"`xentui history {domain.label}` lists the versions",
        )
    return await definitions.restore_version(domain, found.version)


async def before(session: Session, definitions: Definitions, domain: Domain) -> Version | None:
    """The newest version with another text than the present one."""
    history = await definitions.history(domain)
    entry = await session.store.read(domain.uuid)
    return previous(history, entry.version, entry.config_sha256)


def previous(history: tuple[Version, ...], current: int, sha256: str) -> Version | None:
    """The newest version up to ``current`` with another text than the present one."""
    texts = [item for item in history if item.version and item.version <= current]
    return next((item for item in reversed(texts) if item.sha256 != sha256), None)
