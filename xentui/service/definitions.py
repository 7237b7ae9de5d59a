"""Managed domains as definitions: store, redefine, delete, rename, their versions and where they drifted."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from xentui import config as language
from xentui.config.secrets import masked
from xentui.errors import ConfigError, HostError, NoSuchDomainError, NotAllowedError, StoreError, UsageError
from xentui.model.domain import Domain, Drift
from xentui.service import autostart, doubles, identity, lookup
from xentui.service.admission import admit, name_taken, namesake, require_name, require_own_uuid
from xentui.service.checks import advised, refuse_errors, sound_text
from xentui.service.config_source import HostFile, SourceFile
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require_managed, require_now
from xentui.service.readable import readable
from xentui.service.render import like, render
from xentui.service.repository import Repository
from xentui.service.session import Session
from xentui.store import Source, StoredDomain
from xentui.store.history import DeletedDomain, Version, VersionText
from xentui.text import lines
from xentui.toolstack.base import target

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

    def __init__(self, session: Session, inventory: Inventory, repository: Repository) -> None:
        self._session = session
        self._inventory = inventory
        self._repository = repository

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
        snapshot = await self._inventory.poll()
        admitted = admit(snapshot, document, label=source.path, fresh=identity.new_uuid(), replace=replace)
        uuid, name, former = admitted.uuid, admitted.name, admitted.former
        warnings += doubles.told(document, snapshot.domains, uuid)
        entry = await self._session.store.read(uuid) if former is not None and former.managed else None
        text = sound_text(identity.complete(document, uuid, identity.former(entry) if entry else None))
        origin = Source(source.path, source.sha256)
        if entry is None:
            version = await self._repository.create(uuid, name, text, reason=reason, source=origin)
        else:
            version = await self._repository.put(entry, text, reason=reason, name=name, source=origin)
        return Defined(name, uuid, version, redefined=entry is not None, warnings=warnings)

    async def delete(self, domain: Domain) -> None:
        """Forget a managed domain that is off; its file, disks and images are not touched.

        It stays in the trash with its history and its autostart (:meth:`undelete`).
        """
        domain = require_now(await self._inventory.glance(), domain, Action.DELETE)
        left = await self._repository.delete(domain.uuid, label=domain.label)
        if left:
            self._session.caution(
                [f"{domain.label} is deleted, but its link to start with the host is left: {left}"]
            )

    async def undelete(self, name_or_uuid: str, *, label: str = "") -> str:
        """Bring back the domain deleted last under a name or uuid; returns its uuid ("" in a dry run).

        ``label`` is what messages and the audit log call it, where that is not the word it is looked for by.
        It starts with the host again, in its place, if it did.
        Raises NoSuchDomainError where the trash has none.
        """
        label = label or name_or_uuid
        await self._require_undeletable(name_or_uuid, label)
        try:
            back = await self._repository.undelete(name_or_uuid, label=label)
        except StoreError as error:
            if error.code == "missing":
                raise NoSuchDomainError(
                    "no deleted domain of that name or uuid", subject=name_or_uuid, hint=error.hint
                ) from error
            raise
        if back is None:
            return ""
        if back.autostart:
            self._session.caution(
                [f"{label} is back, but does not start with the host as it did: {back.autostart}"]
            )
        return back.uuid

    async def _require_undeletable(self, name_or_uuid: str, label: str) -> None:
        """Raise NotAllowedError where what would come back bears the name of a domain that runs."""
        # What is stored under its name or uuid the store refuses itself.
        words = (item for item in await self.trash() if name_or_uuid in (item.uuid, item.name, item.folder))
        item = next(words, None)
        if item is None:
            return
        snapshot = await self._inventory.glance()
        former = lookup.of_uuid(snapshot, item.uuid)
        others = [other for other in snapshot.domains if not other.managed and other is not former]
        if other := namesake(item.name, former, others):
            raise name_taken(item.name, other, doing=f"bring back {label}", hint="rename that domain first")

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
        if domain.name == name and not half:
            raise NotAllowedError(
                f"cannot rename {domain.label}: it has that name already",
                subject=name,
                hint="choose another name",
            )
        if other := namesake(name, domain, snapshot.domains):
            raise name_taken(name, other, doing=f"rename {domain.label}")
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
        entry = await self._session.store.read(domain.uuid) if domain.managed else None
        if entry is not None:
            _edited(entry, edit)
        if argv is not None:
            await self._session.change(argv, subject=domain.label)
        if entry is not None:
            try:
                await self._repository.revise(
                    entry, lambda current: _edited(current, edit), reason=reason, over=True
                )
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

    async def history(self, domain: Domain) -> tuple[Version, ...]:
        """Versions and events of a managed domain, oldest first; raises NotAllowedError for a transient one."""
        require_managed(domain, "history")
        return await self._session.store.history(domain.uuid)

    async def restore_version(self, domain: Domain, version: int) -> int:
        """Make an older version the current one; returns the number of the new version (0 in a dry run).

        Works on a damaged entry too.  Raises ConfigError where the version bears a name that is taken,
        NotAllowedError where it bears another domain's uuid.
        """
        snapshot = await self._inventory.glance()
        domain = lookup.now(snapshot, domain)
        require_managed(domain, "restore a version")
        text = await self._version(domain, version)
        label = f"version {version} of {domain.label}"
        try:
            document = language.parse(text.text, source=label)
            name = language.identity(document).name
        except ConfigError:
            name = text.name
        else:
            look = f"`xentui config {domain.label} --version {version}` shows it"
            hint = f"{look}; store it without the line uuid = …"
            require_own_uuid(document, domain.uuid, hint=hint)
        require_name(name, domain, snapshot.domains, doing=f"restore {label}")
        return await self._repository.restore(
            domain.uuid, version, name=name, label=domain.label, stored_name=domain.stored_name
        )

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


def _edited(entry: StoredDomain, edit: Edit) -> language.Document:
    """What an edit makes of an entry; raises ConfigError where xl would refuse that."""
    document = edit(language.parse(entry.text or "", source="stored configuration"))
    refuse_errors(document)
    return document


def _unified(old: str, new: str, old_name: str, new_name: str) -> list[str]:
    told = difflib.unified_diff(lines(old), lines(new), old_name, new_name, lineterm="")
    return [masked(line) for line in told]
