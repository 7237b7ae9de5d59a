"""Managed domains as definitions: store, redefine, delete, undelete, rename, autostart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from xentui import config as language
from xentui.errors import NoSuchDomainError, NotAllowedError, StoreCode, StoreError, UsageError
from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot
from xentui.service import autostart, duplicates, identity, lookup, undo_stored
from xentui.service.admission import admit, name_taken, namesake
from xentui.service.checks import checked_text, refuse_errors, writing_advice
from xentui.service.config_convert import converted
from xentui.service.config_source import SourceFile, Text, named
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require_now
from xentui.service.live_and_stored import LiveAndStored
from xentui.service.repository import Repository
from xentui.service.session import Session
from xentui.service.session_change import SessionChange
from xentui.service.templates import require_no_dependents
from xentui.service.undo_stored import changed_since
from xentui.store import Source
from xentui.store.history import DeletedDomain
from xentui.toolstack.targets import target


@dataclass(frozen=True, slots=True)
class DefineResult:
    """The result of ``new``: the domain's name and uuid, its version, and sentences for the user."""

    name: str
    uuid: str
    version: int
    redefined: bool = False
    warnings: tuple[str, ...] = ()


class Definitions:
    """Changes of the set of managed domains.

    All methods raise NotAllowedError if the state forbids it or the session is read-only, ConfigError for a text that
    xl would refuse, StoreError if the store refuses.  Those that change a domain look it up again, and raise
    NoSuchDomainError if it is gone.
    """

    def __init__(
        self, session: Session, inventory: Inventory, repository: Repository, changes: LiveAndStored
    ) -> None:
        self._session = session
        self._inventory = inventory
        self._repository = repository
        self._changes = changes

    async def new(
        self, file: str | Text, *, replace: bool = False, as_xm: bool = False, template: bool = False
    ) -> DefineResult:
        """Store the text of a file (see :func:`xentui.service.config_source.named`) as a managed domain; never boot it.

        The uuid and a MAC per interface are added where missing.  A name stored or running already is refused,
        unless the file carries that domain's uuid, or ``replace`` is given: then it becomes a new version.  A file
        with the uuid of a domain of another name is refused.
        A file of xm is converted; the changes are among the warnings.  ``as_xm`` says that the file is xm's even if
        xl takes it.  With ``template`` it is stored as one; a file that says so itself is one without.
        """
        self._session.require_writable()
        origin = named(self._session.host, file)
        source = await origin.read()
        document, changes = converted(source.text, source=source.path, as_xm=as_xm)
        if template and not language.is_template(document):
            document = language.with_blanks(document, language.Blanks())
        return await self.define(document, source, f"new {origin.label}", replace=replace, changes=changes)

    async def define(
        self,
        document: language.Document,
        source: SourceFile,
        reason: str,
        *,
        replace: bool = False,
        changes: tuple[str, ...] = (),
    ) -> DefineResult:
        """Store a configuration that was made from a file, as :meth:`new` does; ``changes`` precede the warnings."""
        self._session.require_writable()
        warnings = (*changes, *refuse_errors(document), *writing_advice(document))
        snapshot = await self._inventory.poll()
        admitted = admit(snapshot, document, label=source.path, fresh=identity.new_uuid(), replace=replace)
        uuid, name, former = admitted.uuid, admitted.name, admitted.former
        warnings += duplicates.shared_things(document, snapshot.domains, uuid)
        entry = await self._session.store.read(uuid) if former is not None and former.managed else None
        if entry is not None:
            document = language.still_template(document, entry.text or "")
        text = checked_text(identity.complete(document, uuid, identity.former(entry) if entry else None))
        origin = Source(source.path, source.sha256) if source.on_host else None
        if entry is None:
            version = await self._repository.create(uuid, name, text, reason=reason, source=origin)
        else:
            version = await self._repository.put(entry, text, reason=reason, name=name, source=origin)
        return DefineResult(name, uuid, version, redefined=entry is not None, warnings=warnings)

    async def define_by(
        self,
        document: language.Document,
        label: str,
        reason: str,
        work: Callable[[str, str, str], Awaitable[None]],
    ) -> DefineResult:
        """Let a job of the host store a new domain, after the checks of :meth:`define`.

        ``work`` gets uuid, name and text; it starts the job and waits for its end.
        """
        self._session.require_writable()
        warnings = (*refuse_errors(document), *writing_advice(document))
        snapshot = await self._inventory.poll()
        admitted = admit(snapshot, document, label=label, fresh=identity.new_uuid(), replace=False)
        if admitted.former is not None:
            raise name_taken(admitted.name, admitted.former, doing=f"store {label}")
        warnings += duplicates.shared_things(document, snapshot.domains, admitted.uuid)
        text = checked_text(identity.complete(document, admitted.uuid))
        why = "its disk would be left: delete it with that"
        making = work(admitted.uuid, admitted.name, text)
        await self._repository.done_by(admitted.name, reason, making, lasting=why)
        return DefineResult(admitted.name, admitted.uuid, 1, warnings=warnings)

    async def delete(self, domain: Domain) -> None:
        """Move a managed domain that is off to the trash; its file, disks and images are not touched.

        It keeps its history and its autostart link there (:meth:`undelete`).  A template cannot be deleted while
        another domain needs one of its disks.
        """
        snapshot = await self._inventory.glance()
        domain = require_now(snapshot, domain, Action.DELETE)
        if domain.template:
            await require_no_dependents(self._session.host, snapshot, domain, "delete it")
        left = await self._repository.delete(domain.uuid, label=domain.label)
        back = partial(self.undelete, domain.uuid, label=domain.label)

        async def undo() -> None:
            await back()

        self._session.made(SessionChange(domain.label, "delete", undo))
        if left:
            self._session.caution([f"{domain.label} is deleted, but its autostart link is left: {left}"])

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
            if error.code == StoreCode.MISSING:
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
        again = partial(undo_stored.delete_again, self._session, self._repository, back.uuid, label)
        self._session.made(SessionChange(label, "undelete", again))
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
        """Return the deleted domains that can be brought back."""
        return await self._session.store.trash()

    async def rename(self, domain: Domain, name: str) -> None:
        """Give a domain another name: the running one, and the stored one if it is managed."""
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
        former = domain.name

        async def reverse(now: Domain, snapshot: Snapshot) -> list[str] | None:
            if now.name != name:
                raise changed_since(now, f"it is called {now.name}")
            if other := namesake(former, now, snapshot.domains):
                raise name_taken(former, other, doing=f"undo the renaming of {now.label}")
            return self._session.toolstack.rename(target(now), former)

        await self._changes.apply(
            domain,
            argv,
            lambda document: document.set("name", name),
            f"rename to {name}",
            reverse=reverse,
        )

    async def autostart(
        self, domain: Domain, *, on: bool, order: int | None = None, keep_order: bool = True
    ) -> None:
        """Link the stored configuration into /etc/xen/auto, where xendomains starts it with the host, or unlink it.

        ``order`` is its place among those that do, 0 to 99: the lower are started first, those without one last.
        Without one it keeps its place, unless ``keep_order`` is False.
        """
        if order is not None and not 0 <= order <= autostart.LAST:
            raise UsageError(
                f"a position in the order is a number from 0 to {autostart.LAST}",
                subject=str(order),
                hint="lower numbers start first; several domains may share one",
            )
        domain = require_now(await self._inventory.glance(), domain, Action.AUTOSTART)
        # One that was renamed by xl alone is started under the name it is stored by.
        name = domain.stored_name or domain.name
        await autostart.link(self._session, domain.uuid, name, on=on, order=order, keep_order=keep_order)
        kept = domain.autostart_order if on and keep_order and order is None else order
        undo = partial(self._autostart_back, domain, (on, kept if on else None))
        self._session.made(SessionChange(domain.label, f"autostart {'on' if on else 'off'}", undo))

    async def _autostart_back(self, before: Domain, left: tuple[bool, int | None]) -> None:
        """Have a domain start with the host, or not, as it did, where that is still as it was ``left``."""
        now = require_now(await self._inventory.glance(), before, Action.AUTOSTART)
        if (now.autostart, now.autostart_order if now.autostart else None) != left:
            raise undo_stored.changed_since(now, f"it starts {'' if now.autostart else 'not '}with the host")
        await autostart.link(
            self._session,
            now.uuid,
            now.stored_name or now.name,
            on=before.autostart,
            order=before.autostart_order if before.autostart else None,
            keep_order=False,
        )
