"""The only writer of configurations into the store of a host.

Whatever stores a text, restores a version, deletes a domain or brings one back does so here: each change is recorded,
the autostart link follows the name, and a conflict names the user of the other change.  Whether a text may be stored is
decided before, by :mod:`xentui.service.admission`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial

from xentui import config as language
from xentui.errors import Hint, StoreCode, StoreError, Suggest, joined
from xentui.frozen import dataclass
from xentui.service import autostart, undo_stored
from xentui.service.session import Session
from xentui.service.session_change import SessionChange
from xentui.store import Source, StoredDomain
from xentui.store.attached import Attached
from xentui.store.history import Undeleted

_ATTEMPTS = 8
"""So often an edit is made again on what somebody else has stored meanwhile."""

Edit = Callable[[StoredDomain], language.Document]
"""What the next version of an entry is to say."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The current version of an entry, and its text; ``unchanged`` says that both were current already.

    ``before`` is the entry that the edit was based on.
    """

    version: int
    text: str
    unchanged: bool = False
    before: StoredDomain | None = None


class Repository:
    """Writes configurations; the caller keeps the text, so nothing is lost if the store refuses.

    All methods raise NotAllowedError in a read-only session, StoreError (its ``code`` says why) with nothing changed,
    and HostError if the host is out of reach.  In a dry run nothing is written, and what would have been stored is
    returned.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(
        self, uuid: str, name: str, text: str, *, reason: str, source: Source | None = None
    ) -> int:
        """Store a new managed domain; returns its version.

        Raises StoreError with code ``exists`` if its name or uuid is taken.
        """
        session = self._session
        made = await session.store_change(
            ["create", uuid, name],
            subject=name,
            action=lambda: session.store.create(
                uuid, name, text, source=source, user=session.user, reason=reason
            ),
        )
        undo = partial(undo_stored.delete_again, session, self, uuid, name, undo_stored.digest(text))
        session.made(SessionChange(name, reason, undo))
        return made.version if made else 1

    async def done_by(self, name: str, what: str, work: Awaitable[None], *, lasting: str) -> None:
        """Let a job of the host store or delete a domain as a part of more work.

        ``work`` starts the job, which writes to the audit log itself, and waits for its end.  ``lasting`` is why the
        change cannot be undone.
        """
        await work
        self._session.made(SessionChange(name, what, reason=lasting))

    async def put(
        self, entry: StoredDomain, text: str, *, reason: str, name: str = "", source: Source | None = None
    ) -> int:
        """Store a text as the version after ``entry``; returns its number.

        ``name`` is the name in the text ("": the entry's); without ``source`` the recorded one stays.  Raises
        StoreError with code ``conflict``, which names who stored what, if the entry is no longer current.
        """
        try:
            number = await self._put(entry, text, reason=reason, name=name, source=source)
        except StoreError as error:
            if error.code != StoreCode.CONFLICT:
                raise
            raise await self.conflict(entry, error) from error
        self._replaced(entry, text, reason)
        return number

    async def revise(
        self,
        seen: StoredDomain,
        edit: Edit,
        *,
        reason: str,
        over: bool = False,
        source: Source | None = None,
        told: bool = True,
    ) -> Revision:
        """Store what ``edit`` makes of an entry, if that changes anything.

        A version that somebody else has stored since ``seen`` was read is a conflict; with ``over`` the edit is
        repeated on that version.  Without ``told`` the caller reports the change to the session.
        """
        attempts = _ATTEMPTS if over else 1
        while True:
            attempts -= 1
            current = await self._current(seen)
            document = edit(current)
            if document.text == current.text:
                return Revision(current.version, document.text, unchanged=True, before=current)
            name, base = language.identity(document).name, current if over else seen
            try:
                number = await self._put(base, document.text, reason=reason, name=name, source=source)
            except StoreError as error:
                if error.code != StoreCode.CONFLICT:
                    raise
                if not attempts:
                    raise await self.conflict(base, error) from error
            else:
                if told:
                    self._replaced(base, document.text, reason)
                return Revision(number, document.text, before=base)

    async def restore(self, uuid: str, version: int, *, name: str, label: str, stored_name: str) -> int:
        """Make an older version current again, as a new version; returns its number, 0 in a dry run.

        ``name`` is the name in its text, ``stored_name`` the present name of the entry.  It also repairs a damaged
        entry.
        """
        session = self._session
        before = await self._before(uuid)
        made = await session.store_change(
            ["restore", uuid, str(version)],
            subject=label,
            action=lambda: session.store.restore(uuid, version, user=session.user, name=name),
        )
        if name != stored_name:
            await autostart.follow(session, uuid, name)
        after = await self._before(uuid)
        what = f"restore-version {version}"
        if before is None or after is None:
            session.made(SessionChange(label, what, reason="the previous text could not be read"))
        else:
            self._replaced(before, after.text or "", what)
        return made.version if made else 0

    async def delete(self, uuid: str, *, label: str) -> str:
        """Move a domain to the trash; returns why its autostart link could not be removed, "" if it was."""
        session = self._session
        left = await session.store_change(
            ["delete", uuid],
            subject=label,
            action=lambda: session.store.delete(uuid, user=session.user),
        )
        return left or ""

    async def undelete(self, name_or_uuid: str, *, label: str) -> Undeleted | None:
        """Bring back the domain that was deleted last under a name or uuid; None in a dry run.

        Raises StoreError: code ``missing`` if the trash has none, ``exists`` if another domain has its name or uuid
        now.
        """
        session = self._session
        return await session.store_change(
            ["undelete", name_or_uuid],
            subject=label,
            action=lambda: session.store.undelete(name_or_uuid, user=session.user),
        )

    async def attach(self, uuid: str, seen: Attached, text: str, *, label: str) -> None:
        """Store the next version of a text that is kept beside a configuration; an empty one removes it.

        Raises StoreError with code ``conflict`` if the current version is not the one ``seen``.
        """
        session = self._session
        what = f"{seen.name.replace('.', ' ')} {'removed' if not text else 'stored'}"

        async def put() -> int:
            return await session.store.put_attached(
                uuid, seen.name, text, seen=seen.version, user=session.user, reason=what
            )

        made = await session.store_change(["attach", uuid, seen.name], subject=label, action=put)
        if made is not None:
            now = Attached(seen.name, made, text)
            session.made(SessionChange(label, what, partial(self.attach, uuid, now, seen.text, label=label)))

    async def conflict(self, seen: StoredDomain, error: StoreError) -> StoreError:
        """Return the error for a conflict, with the user of the other change, which is in the history."""
        who = "somebody else stored another version meanwhile"
        look: Hint = ""
        try:
            entry = await self._session.store.read(seen.uuid)
            if entry.hand_edited:
                who = f"its text was edited by hand meanwhile, after version {entry.version}"
            else:
                last = [item for item in await self._session.store.history(seen.uuid) if item.version][-1]
                seen_words = (seen.name, str(seen.version), str(last.version))
                look = (Suggest("config.diff", *seen_words), " shows what changed")
                when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(last.time))
                why = f" ({last.reason})" if last.reason else ""
                who = f"{last.user or 'somebody'} stored version {last.version} at {when}{why}"
        except (StoreError, IndexError):
            pass
        return StoreError(
            f"{who}; yours began with version {seen.version_label}",
            code=StoreCode.CONFLICT,
            subject=seen.name,
            hint=joined("; ", look, "store yours over it, or merge it first: both stay in the history"),
            details=error.details,
        )

    async def _put(
        self, entry: StoredDomain, text: str, *, reason: str, name: str, source: Source | None
    ) -> int:
        session, name = self._session, name or entry.name
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

    def _replaced(self, before: StoredDomain, text: str, reason: str) -> None:
        """Tell the session that a text was stored in place of another."""
        if before.text is None:
            why = "the previous text is not known"
            self._session.made(SessionChange(before.name, reason, reason=why))
            return
        what = reason.partition(" [bulk-")[0]
        undo = partial(undo_stored.restore_text, self._session, self, before, undo_stored.digest(text), what)
        self._session.made(SessionChange(before.name, what, undo))

    async def _before(self, uuid: str) -> StoredDomain | None:
        """Return the entry as it is, where somebody wants to know; None where it cannot be read."""
        if not self._session.remembers:
            return None
        try:
            return await self._session.store.read(uuid)
        except StoreError:
            return None

    async def _current(self, seen: StoredDomain) -> StoredDomain:
        """Return the entry as it is; what a dry run has not mended is as it was seen."""
        try:
            return await self._session.store.read(seen.uuid)
        except StoreError as error:
            if error.code == StoreCode.DAMAGED and self._session.dry_run:
                return seen
            raise
