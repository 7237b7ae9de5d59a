"""Managed domains as definitions: store, redefine, delete, rename, their versions and where they drifted."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from xentui import config as language
from xentui.config.secrets import masked
from xentui.errors import ConfigError, HostError, NoSuchDomainError, NotAllowedError, StoreError, UsageError
from xentui.model.domain import Domain, Drift, Snapshot
from xentui.service import autostart, doubles, identity, lookup
from xentui.service.boot import require_store
from xentui.service.checks import advised, refuse_errors, sound_text
from xentui.service.config_source import HostFile, SourceFile
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require_managed, require_now
from xentui.service.readable import readable
from xentui.service.render import like, render
from xentui.service.session import Session
from xentui.store import Source, StoredDomain
from xentui.store.history import DeletedDomain, Version, VersionText
from xentui.text import lines
from xentui.toolstack.base import target

_ATTEMPTS = 8
Edit = Callable[[language.Document], language.Document]


@dataclass(frozen=True, slots=True)
class Defined:
    """What ``new`` made: the domain's name and uuid, its version, and sentences worth showing."""

    name: str
    uuid: str
    version: int
    redefined: bool = False
    warnings: tuple[str, ...] = ()


class Definitions:
    """The verbs about stored configurations.

    All raise NotAllowedError when the state forbids it or the session is read-only, ConfigError for a text xl
    would refuse, StoreError when the store refuses.  Those that change a domain decide on what it is when they are
    called, and raise NoSuchDomainError where nothing is left of it.
    """

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    async def new(self, path: str, *, replace: bool = False, as_xm: bool = False) -> Defined:
        """Store the text of the file at ``path`` as a managed domain; never boots it.

        The uuid and a MAC per interface are added where missing.  A name stored or running already is refused,
        unless the file carries that domain's uuid, or ``replace`` is given: then it becomes a new version.  A file
        with the uuid of a domain of another name is refused.
        A file of xm is converted; the changes are among the warnings.  ``as_xm`` says that the file is xm's even if
        xl takes it.
        """
        self._session.require_writable()
        source = await HostFile(self._session.host, path).read()
        document, changes = readable(source.text, source=source.path, as_xm=as_xm)
        return await self.define(document, source, f"new {path}", replace=replace, changes=changes)

    async def define(
        self,
        document: language.Document,
        source: SourceFile,
        reason: str,
        *,
        replace: bool = False,
        changes: tuple[str, ...] = (),
    ) -> Defined:
        """Store a configuration that was made of a file, as :meth:`new` does; ``changes`` are told with it."""
        self._session.require_writable()
        warnings = (*changes, *refuse_errors(document), *advised(document))
        found = language.identity(document)
        _checked_name(document, found.name)
        snapshot = await self._inventory.poll()
        require_store(snapshot)
        former = _former(snapshot, found, source.path, replace=replace)
        warnings += doubles.told(document, snapshot.domains, former.uuid if former else found.uuid or "")
        if former is not None and former.managed:
            return await self._redefine(former, document, source, reason, warnings)
        uuid = found.uuid or (former.uuid if former else identity.new_uuid())
        text = sound_text(identity.complete(document, uuid))
        version = await self._session.store_change(
            ["create", uuid, found.name],
            subject=found.name,
            action=lambda: self._session.store.create(
                uuid,
                found.name,
                text,
                source=Source(source.path, source.sha256),
                user=self._session.user,
                reason=reason,
            ),
        )
        return Defined(found.name, uuid, version.version if version else 1, warnings=warnings)

    async def delete(self, domain: Domain) -> None:
        """Forget a managed domain that is off; its file, disks and images are not touched.

        It stays in the trash with its history and its autostart (:meth:`undelete`).
        """
        domain = require_now(await self._inventory.glance(), domain, Action.DELETE)
        session = self._session
        left = await session.store_change(
            ["delete", domain.uuid],
            subject=domain.label,
            action=lambda: session.store.delete(domain.uuid, user=session.user),
        )
        if left:
            session.caution(
                [f"{domain.label} is deleted, but its link to start with the host is left: {left}"]
            )

    async def undelete(self, name_or_uuid: str, *, label: str = "") -> str:
        """Bring back the domain deleted last under a name or uuid; returns its uuid ("" in a dry run).

        ``label`` is what messages and the audit log call it, where that is not the word it is looked for by.
        It starts with the host again, in its place, if it did.
        Raises NoSuchDomainError where the trash has none.
        """
        session = self._session
        try:
            back = await session.store_change(
                ["undelete", name_or_uuid],
                subject=label or name_or_uuid,
                action=lambda: session.store.undelete(name_or_uuid, user=session.user),
            )
        except StoreError as error:
            if error.code == "missing":
                raise NoSuchDomainError(
                    "no deleted domain of that name or uuid", subject=name_or_uuid, hint=error.hint
                ) from error
            raise
        if back is None:
            return ""
        if back.autostart:
            session.caution(
                [
                    f"{label or name_or_uuid} is back, but does not start with the host as it did: {back.autostart}"
                ]
            )
        return back.uuid

    async def trash(self) -> tuple[DeletedDomain, ...]:
        """The deleted domains that can be brought back."""
        return await self._session.store.trash()

    async def rename(self, domain: Domain, name: str) -> None:
        """Give a domain another name: live where it runs, stored where it is managed."""
        language.check_name(name)
        snapshot = await self._inventory.glance()
        domain = require_now(snapshot, domain, Action.RENAME)
        # One that only runs under that name (a rename was cut off, or xl's own) is renamed in the store.
        half = domain.name == name and domain.stored_name not in ("", name)
        for other in snapshot.domains:
            if other.answers_to(name) and not (other is domain and (half or other.name != name)):
                raise NotAllowedError(
                    "cannot rename: that name is taken", subject=name, hint="choose another name"
                )
        live = domain.domid is not None and not half
        argv = self._session.toolstack.rename(target(domain), name) if live else None
        await self.apply(domain, argv, lambda document: document.set("name", name), f"rename to {name}")

    async def apply(self, domain: Domain, argv: list[str] | None, edit: Edit, reason: str) -> None:
        """Make one change live by ``argv`` (None: it is not running) and, on a managed domain, in the store.

        The domain is one of a fresh snapshot: whether it runs and is managed is not asked again.
        The edit is checked before anything is done live, and stored after: what cannot be stored is not begun,
        and what could not be done live is not stored.  Raises NotAllowedError for a damaged entry, StoreError
        (saying so) where it was done live but could not be stored.
        """
        self._session.require_writable()
        if domain.damaged:
            raise NotAllowedError(
                f"cannot {reason.partition(' ')[0]}: its store entry is damaged, the change would be lost",
                subject=domain.label,
                hint=f"`xentui history {domain.label}`, then `xentui restore-version {domain.label} N`",
            )
        if domain.managed:
            await self._edited(domain, edit)
        if argv is not None:
            await self._session.change(argv, subject=domain.label)
        if domain.managed:
            try:
                await self._store_edit(domain, edit, reason)
            except (StoreError, ConfigError) as error:
                if argv is None:
                    raise
                if isinstance(error, StoreError) and error.code == "uncertain":
                    raise StoreError(
                        f"`{reason}` was done live; whether it is stored is not known: {error.message}",
                        code=error.code,
                        subject=domain.label,
                        hint=error.hint,
                    ) from error
                raise StoreError(
                    f"`{reason}` was done live, but is NOT stored: {error.message}",
                    subject=domain.label,
                    hint="the running domain has it; the next start will not, unless it is stored by then",
                    details=error.details,
                ) from error
            except HostError as error:
                if argv is None:
                    raise
                raise HostError(
                    f"`{reason}` was done live; whether it is stored is not known: {error.message}",
                    subject=domain.label,
                    hint=f"`xentui history {domain.label}` shows what is stored; store it again if it is not",
                    details=error.details,
                ) from error

    async def _edited(self, domain: Domain, edit: Edit) -> tuple[StoredDomain, language.Document]:
        """The entry as it is, and its edited text; raises ConfigError where xl would refuse that."""
        entry = await self._session.store.read(domain.uuid)
        document = edit(language.parse(entry.text or "", source="stored configuration"))
        refuse_errors(document)
        return entry, document

    async def _store_edit(self, domain: Domain, edit: Edit, reason: str) -> None:
        """Store an edit, where it changes anything; made again on what somebody else has stored meanwhile."""
        for attempt in range(_ATTEMPTS):
            entry, document = await self._edited(domain, edit)
            if document.text == entry.text:
                return
            try:
                await self._put(entry, language.identity(document).name, document.text, reason)
            except StoreError as error:
                if error.code != "conflict" or attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    async def history(self, domain: Domain) -> tuple[Version, ...]:
        """Versions and events of a managed domain, oldest first; raises NotAllowedError for a transient one."""
        require_managed(domain, "history")
        return await self._session.store.history(domain.uuid)

    async def restore_version(self, domain: Domain, version: int) -> int:
        """Make an older version the current one; returns the number of the new version (0 in a dry run).

        Works on a damaged entry too.  Raises ConfigError where the version bears a name that is taken,
        NotAllowedError where it bears another domain's uuid.
        """
        domain = lookup.now(await self._inventory.glance(), domain)
        require_managed(domain, "restore a version")
        session = self._session
        text = await self._version(domain, version)
        try:
            found = language.identity(language.parse(text.text))
        except ConfigError:
            found = language.Identity(text.name, None)
        name = found.name
        if found.uuid not in (None, domain.uuid):
            raise NotAllowedError(
                f"cannot restore version {version}: its uuid is {found.uuid}, that of another domain",
                subject=domain.label,
                hint=f"`xentui config {domain.label} --version {version}` shows it; store it without the line uuid = …",
            )
        if domain.domid is not None and name != domain.name:
            raise NotAllowedError(
                f"cannot restore version {version}: it is named {name}, and the domain runs as {domain.name}",
                subject=domain.label,
                hint=f"shut it down first, or `xentui rename {domain.label} {name}`",
            )
        made = await session.store_change(
            ["restore", domain.uuid, str(version)],
            subject=domain.label,
            action=lambda: session.store.restore(domain.uuid, version, user=session.user, name=name),
        )
        if name != domain.stored_name:
            await autostart.follow(session, domain.uuid, name)
        return made.version if made else 0

    async def text(self, domain: Domain, version: int | None = None) -> str:
        """The stored configuration, or that of one version."""
        require_managed(domain, "show a stored configuration")
        if version is not None:
            return (await self._version(domain, version)).text
        return (await self._session.store.read(domain.uuid)).text or ""

    async def _version(self, domain: Domain, version: int) -> VersionText:
        try:
            return await self._session.store.read_version(domain.uuid, version)
        except StoreError as error:
            if error.code != "missing":
                raise
            raise StoreError(
                f"there is no version {version} of it",
                code=error.code,
                subject=domain.label,
                hint=f"`xentui history {domain.label}` lists the versions",
            ) from error

    def running_text(self, domain: Domain) -> str:
        """The running configuration as the hypervisor reports it, written as a configuration file."""
        if domain.running is None:
            raise NotAllowedError(
                "cannot show a running configuration: it is not running", subject=domain.label
            )
        return render(domain.running)

    async def diff(self, domain: Domain) -> list[str]:
        """Where a managed domain has drifted: stored against running, and the file against the stored text.

        Unified diff lines; empty where nothing differs.
        """
        require_managed(domain, "compare")
        lines: list[str] = []
        if domain.differences and domain.stored and domain.running:
            shown = like(domain.running, domain.stored)
            lines += _unified(render(domain.stored), render(shown), "stored", "running")
        if domain.source and Drift.FILE in domain.drift:
            try:
                file = await HostFile(self._session.host, domain.source).read()
            except (StoreError, ConfigError):
                return lines
            lines += _unified(file.text, await self.text(domain), domain.source, "stored")
        return lines

    async def autostart(
        self, domain: Domain, *, on: bool, order: int | None = None, keep_order: bool = True
    ) -> None:
        """Link the stored configuration into /etc/xen/auto, where xendomains starts it with the host, or unlink it.

        ``order`` is its place among those that do, 0 to 99: the lower are started first, those without one last.
        Without one it keeps its place, unless ``keep_order`` is False.
        """
        if order is not None and not 0 <= order <= autostart.LAST:
            raise UsageError(
                f"a place in the order is a number from 0 to {autostart.LAST}",
                subject=str(order),
                hint="the lower are started first; several domains may have the same",
            )
        domain = require_now(await self._inventory.glance(), domain, Action.AUTOSTART)
        # One that was renamed by xl alone is started under the name it is stored by.
        name = domain.stored_name or domain.name
        await autostart.link(self._session, domain.uuid, name, on=on, order=order, keep_order=keep_order)

    async def _redefine(
        self,
        former: Domain,
        document: language.Document,
        source: SourceFile,
        reason: str,
        warnings: tuple[str, ...],
    ) -> Defined:
        name = language.identity(document).name
        if former.domid is not None and former.name != name:
            raise NotAllowedError(
                f"cannot redefine: the file names it {name}, and it runs as {former.name}",
                subject=former.label,
                hint=f"`xentui rename {former.label} {name}` first",
            )
        entry = await self._entry(former)
        old = _parsed(entry.text) if entry.text else None
        text = sound_text(identity.complete(document, former.uuid, old))
        made = await self._put(entry, name, text, reason, Source(source.path, source.sha256))
        return Defined(name, former.uuid, made, redefined=True, warnings=warnings)

    async def _entry(self, domain: Domain) -> StoredDomain:
        return await self._session.store.read(domain.uuid)

    async def _put(
        self, entry: StoredDomain, name: str, text: str, reason: str, source: Source | None = None
    ) -> int:
        session = self._session
        made = await session.store_change(
            ["put", entry.uuid, name, reason],
            subject=name,
            action=lambda: session.store.put(
                entry.uuid, name, text, user=session.user, reason=reason, expect=entry, source=source
            ),
        )
        if name != entry.name:
            await autostart.follow(session, entry.uuid, name)
        return made.version if made else entry.version + 1


def _former(snapshot: Snapshot, found: language.Identity, source: str, *, replace: bool) -> Domain | None:
    """The domain a file redefines (managed), or makes managed (transient, running with the file's uuid)."""
    by_uuid = lookup.of_identity(snapshot, found.name, found.uuid, source)
    by_name = next((domain for domain in snapshot.domains if domain.answers_to(found.name)), None)
    if by_name is not None and by_name is not by_uuid:
        if replace and by_name.managed and not found.uuid:
            return by_name
        what = "stored" if by_name.managed else f"running, as domain {by_name.domid}"
        todo = (
            "`new --replace` makes the file its new version"
            if by_name.managed and not found.uuid
            else f'give the file `uuid = "{by_name.uuid}"` to mean that domain, or another name'
        )
        raise NotAllowedError(
            f"cannot store {source}: a domain of that name is already {what}", subject=found.name, hint=todo
        )
    return by_uuid


def _checked_name(document: language.Document, name: str) -> None:
    try:
        language.check_name(name)
    except ConfigError as error:
        line, column = document.place("name")
        raise ConfigError(
            error.message, source=document.source, line=line, column=column, hint=error.hint
        ) from error


def _parsed(text: str) -> language.Document | None:
    try:
        return language.parse(text)
    except ConfigError:
        return None


def _unified(old: str, new: str, old_name: str, new_name: str) -> list[str]:
    told = difflib.unified_diff(lines(old), lines(new), old_name, new_name, lineterm="")
    return [masked(line) for line in told]
