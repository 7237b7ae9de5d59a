"""The three sides of a managed domain - stored, running, file - and taking one over for another."""

from __future__ import annotations

import hashlib
from functools import partial

from xentui import config as language
from xentui.errors import ConfigError, NotAllowedError, StoreCode, StoreError, Suggest
from xentui.frozen import dataclass
from xentui.model.configuration import Difference
from xentui.model.domain import Domain, Drift
from xentui.service import host_files, identity, lookup
from xentui.service.admission import admit, require_name
from xentui.service.checks import checked_text, refuse_errors
from xentui.service.config_convert import converted
from xentui.service.config_render import comparable, render
from xentui.service.config_source import HostFile
from xentui.service.editing import connected, fields
from xentui.service.editing.drift_adopt import adopt_running
from xentui.service.inventory import Inventory
from xentui.service.legality import require_managed
from xentui.service.repository import Repository
from xentui.service.session import Session
from xentui.service.session_change import SessionChange
from xentui.service.text_diff import unified
from xentui.store import Source


@dataclass(frozen=True, slots=True)
class ThreeWay:
    """The stored, the running and the file's text of a domain, None where there is none.

    ``stored_running`` and ``stored_file`` are unified diffs, empty where nothing differs; ``fields`` tells by field
    where stored and running differ (``old`` is stored, ``new`` running); ``unconnected`` are devices that only seem
    to be there: their script has failed.
    """

    stored: str | None
    running: str | None
    file: str | None
    source: str = ""
    stored_running: tuple[str, ...] = ()
    stored_file: tuple[str, ...] = ()
    fields: tuple[Difference, ...] = ()
    unconnected: tuple[str, ...] = ()


class Drifts:
    """Shows and settles drift; every taking over is a version of its own."""

    def __init__(self, session: Session, inventory: Inventory, repository: Repository) -> None:
        self._session = session
        self._inventory = inventory
        self._repository = repository

    async def sides(self, domain: Domain) -> ThreeWay:
        """Return the three texts, None where there is none, and where they differ.

        Stored and running are compared in what the hypervisor tells, both written in the same way.
        """
        stored = None
        if domain.managed:
            try:
                stored = (await self._session.store.read(domain.uuid)).text
            except StoreError as error:
                if error.code != StoreCode.DAMAGED:
                    raise
        running = render(domain.running) if domain.running else None
        file = await self._file(domain)
        apart: tuple[str, ...] = ()
        words: tuple[Difference, ...] = ()
        refused: tuple[str, ...] = ()
        if domain.stored and domain.running and domain.differences:
            refused = await connected.unconnected(self._session, domain)
            there = connected.without(domain.running, refused)
            mine, theirs = render(domain.stored), render(comparable(there, domain.stored))
            apart = unified(mine, theirs, "stored", "running")
            words = fields.differences(fields.readable(mine), fields.readable(theirs))
        moved: tuple[str, ...] = ()
        if stored is not None and file is not None:
            moved = unified(stored, file, "stored", domain.source)
        return ThreeWay(stored, running, file, domain.source, apart, moved, words, refused)

    def running_text(self, domain: Domain) -> str:
        """Return the running configuration as the hypervisor reports it, written as a configuration file."""
        if domain.running is None:
            raise NotAllowedError(
                "cannot show a running configuration: it is not running", subject=domain.label
            )
        return render(domain.running)

    async def diff(self, domain: Domain) -> list[str]:
        """Return where a managed domain has drifted: stored against running, and the file against the stored text.

        Unified diff lines; empty where nothing differs.
        """
        require_managed(domain, "compare")
        found: list[str] = []
        if domain.differences and domain.stored and domain.running:
            shown = comparable(domain.running, domain.stored)
            found += unified(render(domain.stored), render(shown), "stored", "running")
        if domain.source and Drift.FILE in domain.drift:
            try:
                file = await HostFile(self._session.host, domain.source).read()
            except (StoreError, ConfigError):
                return found
            found += unified(
                file.text, (await self._session.store.read(domain.uuid)).text or "", domain.source, "stored"
            )
        return found

    async def take_running(self, domain: Domain) -> int:
        """Store what runs: only what differs is edited, comments stay.  Returns the current version."""
        require_managed(domain, "take over what runs")
        self._session.require_writable()
        snapshot = await self._inventory.poll()
        now = lookup.find_again(snapshot, domain)
        if now is None or now.running is None:
            raise NotAllowedError("cannot take over what runs: it is not running", subject=domain.label)
        entry = await self._session.store.read(domain.uuid)
        refused = await connected.unconnected(self._session, now)
        self._session.caution(
            f"{now.label}: {device} is not connected, and is not stored" for device in refused
        )
        there = connected.without(now.running, refused)
        document = adopt_running(language.parse(entry.text or "", source="stored configuration"), there)
        if document.text == entry.text:
            return entry.version
        refuse_errors(document)
        name = language.checked_name(document)
        require_name(name, now, snapshot.domains, doing="take over what runs")
        return await self._repository.put(entry, document.text, reason="taken over from what runs", name=name)

    async def take_file(self, domain: Domain) -> int:
        """Store what the file says, as ``new --replace`` does: uuid and MAC addresses stay.  Returns the version."""
        require_managed(domain, "take over the file")
        self._session.require_writable()
        source = await HostFile(self._session.host, _source(domain)).read()
        document, _changes = converted(source.text, source=source.path)
        refuse_errors(document)
        admitted = admit(await self._inventory.poll(), document, label=source.path, of=domain.uuid)
        entry = await self._session.store.read(domain.uuid)
        document = language.still_template(document, entry.text or "")
        return await self._repository.put(
            entry,
            checked_text(identity.complete(document, domain.uuid, identity.former(entry))),
            reason=f"taken over from {source.path}",
            name=admitted.name,
            source=Source(source.path, source.sha256),
        )

    async def put_file(self, domain: Domain) -> None:
        """Stored to file: it is overwritten, and a version records that the two are the same again."""
        require_managed(domain, "write the file")
        path = _source(domain)
        entry = await self._session.store.read(domain.uuid)
        text = entry.text or ""
        former = await self._file(domain) if self._session.remembers else None
        await host_files.write(self._session, path, text, overwrite=True)
        if former is None:
            done = SessionChange(
                domain.label, f"write to {path}", reason="what the file said before could not be read"
            )
        else:
            undo = partial(self._write_back, path, text, former)
            done = SessionChange(domain.label, f"write to {path}", undo)
        self._session.made(done)
        sha = hashlib.sha256(text.encode("utf-8")).hexdigest()
        try:
            await self._repository.put(
                entry,
                text,
                reason=f"written to {path}",
                source=Source(self._session.host.host_path(path), sha),
            )
        except StoreError as error:
            raise StoreError(
                f"{path} is written, but the store does not know it for the same: {error.message}",
                code=error.code,
                subject=domain.label,
                hint=(Suggest("config.drift", domain.label), " shows where they differ"),
                details=error.details,
            ) from error

    async def _write_back(self, path: str, written: str, former: str) -> None:
        """Have a file say again what it said, where it still says what was written."""
        now = (await HostFile(self._session.host, path).read()).text
        if now != written:
            raise NotAllowedError("not undone: the file was changed since", subject=path)
        await host_files.write(self._session, path, former, overwrite=True)

    async def _file(self, domain: Domain) -> str | None:
        if not domain.source:
            return None
        try:
            return (await HostFile(self._session.host, domain.source).read()).text
        except (StoreError, ConfigError):
            return None


def _source(domain: Domain) -> str:
    if not domain.source:
        raise NotAllowedError(
            "it was not made from a file",
            subject=domain.label,
            hint=("write it to one with ", Suggest("config.show"), ", or the screen's write to file"),
        )
    return domain.source
