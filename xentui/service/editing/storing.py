"""Storing an edited text: a new version, or a domain that becomes managed."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from xentui import config as language
from xentui.errors import HostError, StoreCode, StoreError
from xentui.frozen import dataclass
from xentui.model.domain import Snapshot
from xentui.service import duplicates
from xentui.service.admission import Admission, admit
from xentui.service.checks import checked_text, refuse_errors, writing_advice
from xentui.service.editing import drafts
from xentui.service.editing.drafts import Draft
from xentui.service.inventory import Inventory
from xentui.service.repository import Repository
from xentui.service.session import Session
from xentui.store import Source, StoredDomain

_REASON = "edit"


@dataclass(frozen=True, slots=True)
class SaveResult:
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


class Storing:
    """Writes texts into the store; nothing is lost where it refuses: the text is the caller's."""

    def __init__(self, session: Session, inventory: Inventory, repository: Repository) -> None:
        self._session = session
        self._inventory = inventory
        self._repository = repository

    async def store(self, draft: Draft, text: str, *, reason: str, overwrite: bool) -> SaveResult:
        """Store ``text``; see :meth:`xentui.service.editing.editing.Editing.store`."""
        self._session.require_writable()
        document = language.parse(text, source=draft.label)
        language.checked_name(document)
        warnings = (*refuse_errors(document), *writing_advice(document))
        snapshot = await self._inventory.poll()
        admitted = _admit(snapshot, draft, document)
        uuid, former = admitted.uuid, admitted.former
        warnings += duplicates.shared_things(document, snapshot.domains, uuid)
        if draft.entry is None and draft.version is not None:
            stored_name = former.stored_name if former is not None else draft.name
            draft = await self._healed(draft, stored_name, overwrite=overwrite)
        source = None
        entry = draft.entry
        if entry is None:
            reason = reason or (f"new {draft.source}" if draft.source else "new")
            source = _source(draft, text)
            if former is None or not former.managed:
                return await self._created(draft, document, admitted, reason, warnings)
            # A text without a past becomes a version of the managed domain whose uuid it bears.
            entry = await self._session.store.read(uuid)
            if draft.uuid and not overwrite:  # it was transient when the edit began
                made = StoreError("it was made managed meanwhile", code=StoreCode.CONFLICT)
                raise await self._repository.conflict(entry, made)
        whole = drafts.completed(draft, document, uuid)
        checked_text(whole)
        made_of = await self._repository.revise(
            entry, lambda _current: whole, reason=reason or _REASON, over=overwrite, source=source
        )
        return SaveResult(
            uuid,
            admitted.name,
            made_of.version,
            made_of.text,
            await self._next(draft, made_of.text, uuid),
            unchanged=made_of.unchanged,
            warnings=warnings,
        )

    async def require(self, draft: Draft, text: str) -> None:
        """Raise what :meth:`store` would over a text's name and uuid: ConfigError, NotAllowedError, StoreError."""
        document = language.parse(text, source=draft.label)
        language.checked_name(document)
        _admit(await self._inventory.poll(), draft, document)

    async def _created(
        self,
        draft: Draft,
        document: language.Document,
        admitted: Admission,
        reason: str,
        warnings: tuple[str, ...],
    ) -> SaveResult:
        uuid, name = admitted.uuid, admitted.name
        text = checked_text(drafts.completed(draft, document, uuid))
        source = _source(draft, document.text)
        version = await self._repository.create(uuid, name, text, reason=reason, source=source)
        going_on = await self._next(draft, text, uuid)
        return SaveResult(uuid, name, version, text, going_on, created=True, warnings=warnings)

    async def _healed(self, draft: Draft, stored_name: str, *, overwrite: bool) -> Draft:
        """Make the version a damaged entry was opened with current, so that a new one can follow it."""
        session = self._session
        number = draft.version or 0
        try:
            entry = await session.store.read(draft.uuid)  # somebody may have mended it meanwhile
        except StoreError as error:
            if error.code != StoreCode.DAMAGED:
                raise
        else:
            if overwrite:
                return replace(draft, entry=entry)
            mended = StoreError(
                "the damaged entry was mended meanwhile", code=StoreCode.CONFLICT, subject=draft.label
            )
            raise await self._repository.conflict(entry, mended)
        await self._repository.restore(
            draft.uuid, number, name=draft.name, label=draft.label, stored_name=stored_name
        )
        if session.dry_run:
            return Draft(draft.uuid, draft.name, draft.text, draft.version, draft.source, _stand_in(draft))
        healed = await drafts.stored(session, draft.uuid)
        return Draft(
            draft.uuid, draft.name, draft.text, healed.version, draft.source, healed.entry, seed=draft.seed
        )

    async def _next(self, draft: Draft, text: str, uuid: str) -> Draft:
        """Return what to go on editing with; a dry run has changed nothing."""
        if self._session.dry_run:
            return draft
        # It is stored: what goes wrong from here on must not look as if it were not.
        with contextlib.suppress(StoreError, HostError):
            found = await drafts.stored(self._session, uuid)
            if found.text == text:
                return found
        # Somebody was quicker still: the next storing is a conflict, as it must be.
        return Draft(draft.uuid, draft.name, text, draft.version, draft.source, draft.entry)


def _admit(snapshot: Snapshot, draft: Draft, document: language.Document) -> Admission:
    return admit(snapshot, document, label=draft.label, of=draft.uuid, fresh=drafts.draft_uuid(draft))


def _source(draft: Draft, text: str) -> Source | None:
    """Return the file a new domain was made from; one whose text was edited before is not what is stored."""
    if not draft.source:
        return None
    return Source(draft.source, draft.sha256 if text == draft.text else "")


def _stand_in(draft: Draft) -> StoredDomain:
    """Return the entry a dry run would have mended."""
    return StoredDomain(draft.uuid, draft.name, (draft.version or 0) + 1, draft.text, "")
