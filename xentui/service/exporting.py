"""Moves managed domains from xentui's store to the host's libvirt, or writes them as files for xl."""

from __future__ import annotations

from collections.abc import Sequence

from xentui import config as language
from xentui.errors import ConfigError, NotAllowedError, StoreCode, StoreError, XentuiError
from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot
from xentui.service import host_files, identity
from xentui.service.inventory import Inventory
from xentui.service.session import Session
from xentui.service.temp_files import temp_file
from xentui.store import ManagedStore, StoredDomain
from xentui.toolstack.choose import toolstack_named

LIBVIRT = "libvirt"


@dataclass(frozen=True, slots=True)
class HandOver:
    """One domain to be handed over; ``notes`` are changes to it and consequences, ``against`` is why it cannot be.

    ``sha256`` is the digest of the stored text that ``text`` was made from.
    """

    uuid: str
    name: str
    text: str = ""
    autostart: bool = False
    notes: tuple[str, ...] = ()
    against: str = ""
    sha256: str = ""


class Exporting:
    """Plans and does the export."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._own = ManagedStore(session.host)

    async def plan_libvirt(self, words: Sequence[str]) -> tuple[HandOver, ...]:
        """Return what libvirt would store of the entries named by ``words`` (names or uuids; none: all); nothing is
        changed.

        Raises StoreError if the store or libvirt cannot be read, NotAllowedError for a word that names no entry.
        """
        libvirt = toolstack_named(LIBVIRT, self._session.host)
        if (domains := libvirt.engine_domains) is None:
            raise NotAllowedError(f"{libvirt.name} keeps no domains")
        stored = chosen(await self._own.list(), words)
        taken = {item: entry.name for entry in await domains.list() for item in (entry.uuid, entry.name)}
        started = {link.uuid for link in await self._own.autostart()}
        snapshot = await self._inventory.poll()
        made = []
        for entry in stored:
            against = _against(entry, snapshot)
            if entry.uuid in taken or entry.name in taken:
                against = "libvirt has a domain of that name or uuid already"
            if against:
                made.append(HandOver(entry.uuid, entry.name, against=against))
                continue
            try:
                made.append(await self._checked(entry, autostart=entry.uuid in started))
            except ConfigError as error:
                made.append(HandOver(entry.uuid, entry.name, against=error.message))
        return tuple(made)

    async def to_libvirt(self, export: HandOver) -> None:
        """Define a domain in libvirt, and move it to the trash of xentui's store.

        The store is changed only when libvirt has the domain.  Raises StoreError if one of them refuses.
        """
        session = self._session
        if export.against:
            raise NotAllowedError(f"cannot export: {export.against}", subject=export.name)
        snapshot = await self._inventory.poll()
        entry = await self._own.read(export.uuid)
        if against := _against(entry, snapshot):
            raise NotAllowedError(f"cannot export: {against}", subject=export.name)
        if entry.config_sha256 != export.sha256:
            raise NotAllowedError(
                "cannot export: it was changed meanwhile",
                subject=export.name,
                hint="look again at what is handed over",
            )
        domains = toolstack_named(LIBVIRT, session.host).engine_domains
        if domains is None:
            raise NotAllowedError("cannot export: libvirt keeps no domains", subject=export.name)
        await session.store_change(
            ["libvirt-define", export.uuid, export.name],
            subject=export.name,
            action=lambda: domains.define(export.uuid, export.name, export.text),
        )
        if export.autostart:
            await session.store_change(
                ["libvirt-autostart", export.uuid],
                subject=export.name,
                action=lambda: domains.set_autostart(export.uuid, on=True),
            )
        try:
            await session.store_change(
                ["delete", export.uuid],
                subject=export.name,
                action=lambda: self._own.delete(export.uuid, user=session.user),
            )
        except XentuiError as error:
            raise StoreError(
                f"libvirt keeps it now, and xentui's store does still: {error.message}",
                code=StoreCode.IO,
                subject=export.name,
                hint="delete one of the two before it is started: it would be the same guest twice",
            ) from error

    async def plan_files(self, words: Sequence[str], folder: str) -> tuple[tuple[str, str], ...]:
        """Return paths in ``folder`` of the host, and the texts that they would get, whatever stores the domains.

        Raises ConfigError for a name that cannot be the name of a file.
        """
        host_files.whole_path(folder)
        stored = chosen(await self._session.store.list(), words)
        found = []
        for entry in stored:
            language.check_name(entry.name)
            found.append((f"{folder.rstrip('/')}/{entry.name}.cfg", await self._text(entry)))
        return tuple(found)

    async def to_file(self, path: str, text: str) -> None:
        """Write one of them; raises StoreError with code ``exists`` if there is a file of that name."""
        await host_files.write(self._session, path, text, overwrite=False)

    async def _checked(self, entry: StoredDomain, *, autostart: bool) -> HandOver:
        document = language.parse(await self._text(entry), source=entry.name)
        whole = identity.complete(document, entry.uuid)
        notes = []
        if new := sum(1 for address in identity.macs(document) if not address):
            notes.append(f"{new} of its interfaces get a MAC address: libvirt would start them without")
        if document.string("uuid") is None:
            notes.append(f"its uuid {entry.uuid} is written into it: libvirt would make another")
        if autostart:
            notes.append("libvirt starts it with the host, in no order")
        async with temp_file(self._session.host, whole.text) as path:
            verdict = await toolstack_named(LIBVIRT, self._session.host).check(path)
        return HandOver(
            entry.uuid,
            entry.name,
            whole.text,
            autostart,
            (*notes, *verdict.words),
            verdict.refusal,
            entry.config_sha256,
        )

    async def _text(self, entry: StoredDomain) -> str:
        if entry.text is not None:
            return entry.text
        # An engine's entries come with their texts.
        return (await self._own.read(entry.uuid)).text or ""


def chosen(stored: Sequence[StoredDomain], words: Sequence[str]) -> list[StoredDomain]:
    """Return the entries that ``words`` name by name or uuid (none: all).

    Raises NotAllowedError for an unknown word.
    """
    found = [entry for entry in stored if not words or {entry.name, entry.uuid} & set(words)]
    known = {item for entry in found for item in (entry.name, entry.uuid)}
    if missing := [word for word in words if word not in known]:
        raise NotAllowedError("nothing of that name or uuid is stored", subject=missing[0])
    return sorted(found, key=lambda entry: entry.name)


def _against(entry: StoredDomain, snapshot: Snapshot) -> str:
    """Return why an entry cannot be handed over as it is; "" where it can."""
    if entry.damaged:
        return f"its store entry is damaged ({entry.damaged})"
    if entry.suspended or entry.resuming or entry.saving:
        return "it is suspended: resume it and shut it down, its memory is xl's"
    if entry.moving is not None:
        return entry.moving.sentence
    if entry.install is not None:
        return "its install has not come to its end"
    running = next((domain for domain in snapshot.domains if _is_it(domain, entry)), None)
    return f"it runs (domid {running.domid}): shut it down first, xl has it" if running is not None else ""


def _is_it(domain: Domain, entry: StoredDomain) -> bool:
    return domain.domid is not None and (domain.uuid == entry.uuid or domain.name == entry.name)
