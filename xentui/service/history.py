"""The earlier versions of managed domains, and how one becomes current again."""

from __future__ import annotations

from collections.abc import Sequence

from xentui import config as language
from xentui.errors import ConfigError, NotAllowedError, StoreCode, StoreError, Suggest
from xentui.model.domain import Domain
from xentui.service import lookup
from xentui.service.admission import require_name, require_own_uuid
from xentui.service.inventory import Inventory
from xentui.service.legality import require_managed
from xentui.service.repository import Repository
from xentui.service.session import Session
from xentui.service.text_diff import unified
from xentui.store.history import Version, VersionText


class History:
    """The versions of managed domains.

    All methods raise NotAllowedError for a transient domain, StoreError if the store refuses; those that change
    something raise NotAllowedError in a read-only session too.
    """

    def __init__(self, session: Session, inventory: Inventory, repository: Repository) -> None:
        self._session = session
        self._inventory = inventory
        self._repository = repository

    async def versions(self, domain: Domain) -> tuple[Version, ...]:
        """Versions and events of a managed domain, oldest first; raises NotAllowedError for a transient one."""
        require_managed(domain, "history")
        return await self._session.store.history(domain.uuid)

    async def text(self, domain: Domain, version: int | None = None) -> str:
        """Return the stored configuration, or that of one version."""
        require_managed(domain, "show a stored configuration")
        if version is not None:
            return (await self._version(domain, version)).text
        return (await self._session.store.read(domain.uuid)).text or ""

    async def own_text(self, domain: Domain) -> str:
        """Return the definition of a domain in the engine's own language; raises NotAllowedError if the engine has
        none.
        """
        require_managed(domain, "show the engine's own text")
        engine = self._session.toolstack.engine_domains
        if engine is None:
            raise NotAllowedError(
                f"{self._session.toolstack.name} keeps no configuration of its own: there is the stored one only",
                subject=domain.label,
            )
        return await engine.own_text(domain.uuid)

    async def diff(self, domain: Domain, old: int, new: int) -> tuple[str, ...]:
        """Return a unified diff of two versions; 0 is the text as it is now."""
        older, newer = [await self.text(domain, number or None) for number in (old, new)]
        names = [f"version {number}" if number else "now" for number in (old, new)]
        return unified(older, newer, *names)

    async def version_before(self, domain: Domain) -> int:
        """Return the newest version with another text than the present one; 0 where there is none."""
        versions = await self.versions(domain)
        entry = await self._session.store.read(domain.uuid)
        found = previous(versions, entry.version, entry.config_sha256)
        return found.version if found else 0

    async def undo(self, domain: Domain) -> int:
        """Make the version before the present one current again, as a new version; returns its number.

        Versions with the same text as the present one are skipped.  Two undos cancel each other.
        """
        self._session.require_writable()
        before = await self.version_before(domain)
        if not before:
            raise NotAllowedError(
                "cannot undo: no earlier version has another text",
                subject=domain.label,
                hint=(Suggest("config.history", domain.label), " lists the versions"),
            )
        return await self.restore(domain, before)

    async def restore(self, domain: Domain, version: int) -> int:
        """Make an older version current, as a new version; returns its number (0 in a dry run).

        Works on a damaged entry too.  Raises ConfigError if the version has a name that is taken, NotAllowedError if it
        has another domain's uuid.
        """
        snapshot = await self._inventory.glance()
        domain = lookup.require_again(snapshot, domain)
        require_managed(domain, "restore a version")
        text = await self._version(domain, version)
        label = f"version {version} of {domain.label}"
        try:
            document = language.parse(text.text, source=label)
            name = language.identity(document).name
        except ConfigError:
            name = text.name
        else:
            look = Suggest("config.show", domain.label, "--version", str(version))
            hint = (look, " shows it; store it without the line uuid = …")
            require_own_uuid(document, domain.uuid, hint=hint)
        require_name(name, domain, snapshot.domains, doing=f"restore {label}")
        return await self._repository.restore(
            domain.uuid, version, name=name, label=domain.label, stored_name=domain.stored_name
        )

    async def _version(self, domain: Domain, version: int) -> VersionText:
        try:
            return await self._session.store.read_version(domain.uuid, version)
        except StoreError as error:
            if error.code != StoreCode.MISSING:
                raise
            raise StoreError(
                f"there is no version {version} of it",
                code=error.code,
                subject=domain.label,
                hint=(Suggest("config.history", domain.label), " lists the versions"),
            ) from error


def previous(history: Sequence[Version], current: int, sha256: str) -> Version | None:
    """Return the newest version up to ``current`` with another text than the present one."""
    texts = [item for item in history if item.version and item.version <= current]
    return next((item for item in reversed(texts) if item.sha256 != sha256), None)
