"""Storing an edited text: a new version, or a domain that becomes managed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xentui import config as language
from xentui.errors import ConfigError, HostError, NotAllowedError, StoreError
from xentui.model.domain import Domain
from xentui.service import autostart, doubles, lookup
from xentui.service.boot import require_store
from xentui.service.checks import advised, refuse_errors, sound_text
from xentui.service.editing import drafts
from xentui.service.editing.drafts import Draft
from xentui.service.inventory import Inventory
from xentui.service.session import Session
from xentui.store import Source, StoredDomain

_ATTEMPTS = 8
_REASON = "edit"


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing has made; ``draft`` is what to go on editing with.

    ``created`` says that the domain was not managed before, ``unchanged`` that no version was needed.  In a dry run
    ``version`` is what would have been.
    """

    uuid: str
    name: str
    version: int
    text: str
    draft: Draft
    created: bool = False
    unchanged: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A text that may be stored."""

    document: language.Document
    name: str
    warnings: tuple[str, ...]
    overwrite: bool


class Storing:
    """Writes texts into the store; nothing is lost where it refuses: the text is the caller's."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    async def store(self, draft: Draft, text: str, *, reason: str, overwrite: bool) -> Stored:
        """Store ``text``; see :meth:`xentui.service.editing.editing.Editing.store`."""
        self._session.require_writable()
        document = language.parse(text, source=draft.label)
        ready = _Ready(
            document, checked_name(document), (*refuse_errors(document), *advised(document)), overwrite
        )
        uuid, former, domains = await self._admitted(draft, document)
        ready = replace(ready, warnings=(*ready.warnings, *doubles.told(document, domains, uuid)))
        if draft.entry is None and draft.version is not None:
            draft = await self._healed(draft, overwrite=overwrite)
            if former is not None and former.stored_name != draft.name:
                await autostart.follow(self._session, uuid, draft.name)
        if draft.entry is not None:
            return await self._version(draft, ready, draft.entry, reason or _REASON)
        reason = reason or (f"new {draft.source}" if draft.source else "new")
        if former is not None and former.managed:
            return await self._redefined(draft, ready, uuid, reason)
        return await self._created(draft, ready, uuid, reason)

    async def require(self, draft: Draft, text: str) -> None:
        """Raise what :meth:`store` would over a text's name and uuid: ConfigError, NotAllowedError, StoreError."""
        document = language.parse(text, source=draft.label)
        checked_name(document)
        await self._admitted(draft, document)

    async def _admitted(
        self, draft: Draft, document: language.Document
    ) -> tuple[str, Domain | None, tuple[Domain, ...]]:
        """The uuid a text is stored under, the domain that has it already, and all domains."""
        snapshot = await self._inventory.poll()
        require_store(snapshot)
        uuid = _meant_uuid(draft, document)
        name = language.identity(document).name
        former = (
            lookup.of_uuid(snapshot, uuid)
            if draft.uuid
            else lookup.of_identity(snapshot, name, uuid, draft.label)
        )
        require_name(name, former, snapshot.domains, draft.label)
        return uuid, former, snapshot.domains

    async def put(
        self, entry: StoredDomain, text: str, reason: str, *, source: Source | None = None, name: str = ""
    ) -> int:
        """Store a text as the next version of what was read as ``entry``; returns its number.

        Raises StoreError with code ``conflict``, saying who stored what, where that is no longer current.
        """
        session = self._session
        name = name or entry.name
        try:
            made = await session.store_change(
                ["put", entry.uuid, name, reason],
                subject=name,
                action=lambda: session.store.put(
                    entry.uuid, name, text, user=session.user, reason=reason, expect=entry, source=source
                ),
            )
        except StoreError as error:
            if error.code != "conflict":
                raise
            raise await self._conflict(entry, error) from error
        if name != entry.name:
            await autostart.follow(session, entry.uuid, name)
        return made.version if made else entry.version + 1

    async def _version(
        self, draft: Draft, ready: _Ready, seen: StoredDomain, reason: str, source: Source | None = None
    ) -> Stored:
        """The next version after ``seen``; the one after whatever is current where it may be written over."""
        uuid, name = seen.uuid, ready.name
        text = sound_text(drafts.completed(draft, ready.document, uuid))
        for attempt in range(_ATTEMPTS):
            current = await self._current(seen)
            if current.text == text:
                going_on = await self._next(draft, text, uuid)
                return Stored(
                    uuid, name, current.version, text, going_on, unchanged=True, warnings=ready.warnings
                )
            try:
                number = await self.put(
                    current if ready.overwrite else seen, text, reason, name=name, source=source
                )
                break
            except StoreError as error:
                if error.code != "conflict" or not ready.overwrite or attempt == _ATTEMPTS - 1:
                    raise
        return Stored(uuid, name, number, text, await self._next(draft, text, uuid), warnings=ready.warnings)

    async def _redefined(self, draft: Draft, ready: _Ready, uuid: str, reason: str) -> Stored:
        """A text without a past becomes a version of the managed domain whose uuid it bears."""
        entry = await self._session.store.read(uuid)
        if draft.uuid and not ready.overwrite:  # it was transient when the edit began
            raise await self._conflict(entry, StoreError("it was made managed meanwhile", code="conflict"))
        return await self._version(draft, ready, entry, reason, _source(draft, ready.document.text))

    async def _created(self, draft: Draft, ready: _Ready, uuid: str, reason: str) -> Stored:
        session, name = self._session, ready.name
        text = sound_text(drafts.completed(draft, ready.document, uuid))
        made = await session.store_change(
            ["create", uuid, name],
            subject=name,
            action=lambda: session.store.create(
                uuid,
                name,
                text,
                source=_source(draft, ready.document.text),
                user=session.user,
                reason=reason,
            ),
        )
        going_on = await self._next(draft, text, uuid)
        version = made.version if made else 1
        return Stored(uuid, name, version, text, going_on, created=True, warnings=ready.warnings)

    async def _current(self, seen: StoredDomain) -> StoredDomain:
        """The entry as it is; what a dry run has not mended is as it was seen."""
        try:
            return await self._session.store.read(seen.uuid)
        except StoreError as error:
            if error.code == "damaged" and self._session.dry_run:
                return seen
            raise

    async def _healed(self, draft: Draft, *, overwrite: bool) -> Draft:
        """Make the version a damaged entry was opened with current, so that a new one can follow it."""
        session = self._session
        number = draft.version or 0
        try:
            entry = await session.store.read(draft.uuid)  # somebody may have mended it meanwhile
        except StoreError as error:
            if error.code != "damaged":
                raise
        else:
            if overwrite:
                return replace(draft, entry=entry)
            raise await self._conflict(
                entry,
                StoreError("the damaged entry was mended meanwhile", code="conflict", subject=draft.label),
            )
        await session.store_change(
            ["restore", draft.uuid, str(number)],
            subject=draft.label,
            action=lambda: session.store.restore(draft.uuid, number, user=session.user, name=draft.name),
        )
        if session.dry_run:
            return Draft(draft.uuid, draft.name, draft.text, draft.version, draft.source, _stand_in(draft))
        healed = await drafts.stored(session, draft.uuid)
        return Draft(
            draft.uuid, draft.name, draft.text, healed.version, draft.source, healed.entry, seed=draft.seed
        )

    async def _next(self, draft: Draft, text: str, uuid: str) -> Draft:
        """What to go on editing with; a dry run has changed nothing."""
        if self._session.dry_run:
            return draft
        # It is stored: what goes wrong from here on must not look as if it were not.
        with contextlib.suppress(StoreError, HostError):
            found = await drafts.stored(self._session, uuid)
            if found.text == text:
                return found
        # Somebody was quicker still: the next storing is a conflict, as it must be.
        return Draft(draft.uuid, draft.name, text, draft.version, draft.source, draft.entry)

    async def _conflict(self, seen: StoredDomain, error: StoreError) -> StoreError:
        """The conflict with who it is with: nothing is lost, theirs is in the history."""
        who = "somebody else stored another version meanwhile"
        number = ""
        try:
            entry = await self._session.store.read(seen.uuid)
            if entry.hand_edited:
                who = f"its text was edited by hand meanwhile, after version {entry.version}"
            else:
                last = [item for item in await self._session.store.history(seen.uuid) if item.version][-1]
                number = str(last.version)
                when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(last.time))
                why = f" ({last.reason})" if last.reason else ""
                who = f"{last.user or 'somebody'} stored version {last.version} at {when}{why}"
        except (StoreError, IndexError):
            pass
        look = f"`xentui diff {seen.name} {seen.version} {number}` shows what changed; " if number else ""
        return StoreError(
            f"{who}; yours began with version {seen.version_label}",
            code="conflict",
            subject=seen.name,
            hint=f"{look}store again over it, or take it in first: both stay in the history",
            details=error.details,
        )


def checked_name(document: language.Document) -> str:
    """The name a text gives; raises ConfigError at its place for one a managed domain cannot have."""
    name = language.identity(document).name
    try:
        return language.check_name(name)
    except ConfigError as error:
        line, column = document.place("name")
        raise ConfigError(
            error.message, source=document.source, line=line, column=column, hint=error.hint
        ) from error


def _meant_uuid(draft: Draft, document: language.Document) -> str:
    """The uuid of the domain a text is for; raises ConfigError for one that is not the draft's."""
    uuid = language.identity(document).uuid
    if uuid is not None and draft.uuid and uuid != draft.uuid:
        line, column = document.place("uuid")
        raise ConfigError(
            "the uuid is another: that would be another domain",
            source=document.source,
            line=line,
            column=column,
            hint=f'write `uuid = "{draft.uuid}"`; a copy is made by storing the text as a new domain',
        )
    return uuid or drafts.draft_uuid(draft)


def require_name(name: str, former: Domain | None, domains: Sequence[Domain], label: str) -> None:
    """The name clash rules of ``new``; a domain that runs keeps the name it runs under."""
    for other in domains:
        if other.answers_to(name) and (former is None or other.uuid != former.uuid):
            what = "stored" if other.managed else f"running, as domain {other.domid}"
            raise NotAllowedError(
                f"cannot store {label}: a domain of that name is already {what}",
                subject=name,
                hint=f'choose another name, or write `uuid = "{other.uuid}"` to mean that domain',
            )
    if former is not None and former.domid is not None and former.name != name:
        raise NotAllowedError(
            f"cannot store: the text names it {name}, and it runs as {former.name}",
            subject=former.label,
            hint=f"`xentui rename {former.label} {name}`, or shut it down first",
        )


def _source(draft: Draft, text: str) -> Source | None:
    """The file a new domain was made from; one whose text was edited before is not what is stored."""
    if not draft.source:
        return None
    return Source(draft.source, draft.sha256 if text == draft.text else "")


def _stand_in(draft: Draft) -> StoredDomain:
    """The entry a dry run would have mended."""
    return StoredDomain(draft.uuid, draft.name, (draft.version or 0) + 1, draft.text, "")
