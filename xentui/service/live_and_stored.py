"""One change to a domain, on what runs and on what is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from xentui import config as language
from xentui.errors import ConfigError, HostError, NotAllowedError, StoreCode, StoreError, Suggest
from xentui.model.domain import Domain, Snapshot
from xentui.service import lookup, undo_stored
from xentui.service.admission import require_name
from xentui.service.checks import refuse_errors
from xentui.service.inventory import Inventory
from xentui.service.repository import Repository, Revision
from xentui.service.session import Session
from xentui.service.session_change import SessionChange
from xentui.store import StoredDomain

Edit = Callable[[language.Document], language.Document]
Reverse = Callable[[Domain, Snapshot], Awaitable[list[str] | None]]
"""The command that undoes a change on the running domain, as a snapshot has it now; None where there is none to undo.

Raises NotAllowedError where it was changed again since.
"""


class LiveAndStored:
    """Makes changes live and, on managed domains, in the store."""

    def __init__(self, session: Session, repository: Repository) -> None:
        self._session = session
        self._repository = repository

    async def apply(
        self,
        domain: Domain,
        argv: list[str] | None,
        edit: Edit,
        reason: str,
        *,
        reverse: Reverse | None,
        no_drift: bool = False,
    ) -> None:
        """Make one change live by ``argv`` (None: it is not running) and, on a managed domain, in the store.

        ``reverse`` is how the live part is undone, None where there is none.  ``no_drift`` says that the change is
        xentui's own mark: a text that is as it was made from its file counts as made from that still.

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
                hint=(
                    Suggest("config.history", domain.label),
                    ", then ",
                    Suggest("config.restore-version", domain.label, "N"),
                ),
            )
        entry = await self._session.store.read(domain.uuid) if domain.managed else None
        if entry is not None:
            _edited(entry, edit)
        if argv is not None:
            await self._session.change(argv, subject=domain.label)
        revision: Revision | None = None
        if entry is not None:
            try:
                revision = await self._repository.revise(
                    entry,
                    lambda current: _edited(current, edit),
                    reason=reason,
                    over=True,
                    source=entry.source if no_drift and not entry.moved_on else None,
                    told=False,
                )
            except (StoreError, ConfigError, HostError) as error:
                if argv is None:
                    raise
                raise _done_live_only(domain, reason, error) from error
        undo = partial(self._undo, domain, revision, reason, reverse if argv is not None else None)
        self._session.made(SessionChange(domain.label, reason, undo))

    async def _undo(
        self, domain: Domain, revision: Revision | None, reason: str, reverse: Reverse | None
    ) -> None:
        """Undo a change on both sides: what is refused on one is not begun on the other."""
        session, before = self._session, revision.before if revision else None
        snapshot = await Inventory(session).poll()
        now = lookup.require_again(snapshot, domain)
        runs_still = domain.domid is not None and now.domid == domain.domid
        if reverse is not None and not runs_still and before is None:
            raise NotAllowedError(
                "not undone: it has stopped since, and the change with it", subject=now.label
            )
        entry: StoredDomain | None = None
        if revision is not None and before is not None:
            entry = await undo_stored.require_unchanged(
                session, before.uuid, now.label, undo_stored.digest(revision.text)
            )
            if before.name != now.stored_name and not runs_still:
                require_name(before.name, now, snapshot.domains, doing=f"undo {reason}")
        argv = await reverse(now, snapshot) if reverse is not None and runs_still else None
        if argv is not None:
            await session.change(argv, subject=now.label)
        if entry is not None and before is not None and revision is not None and not revision.unchanged:
            # On the entry that was looked at: what was stored meanwhile is a conflict.
            await self._repository.put(
                entry, before.text or "", reason=f"undo of {reason}", name=before.name, source=before.source
            )


def _done_live_only(
    domain: Domain, reason: str, error: StoreError | ConfigError | HostError
) -> StoreError | HostError:
    """Return the error for a change that was made on the running domain, and was not stored, or perhaps not."""
    unsure = f"`{reason}` was done live; whether it is stored is not known: {error.message}"
    if isinstance(error, HostError):
        hint = (Suggest("config.history", domain.label), " shows what is stored; store it again if it is not")
        return HostError(unsure, subject=domain.label, hint=hint, details=error.details)
    if isinstance(error, StoreError) and error.code == StoreCode.UNCERTAIN:
        return StoreError(unsure, code=error.code, subject=domain.label, hint=error.hint)
    return StoreError(
        f"`{reason}` was done live, but is NOT stored: {error.message}",
        subject=domain.label,
        hint="the running domain has it; the next start will not, unless it is stored by then",
        details=error.details,
    )


def _edited(entry: StoredDomain, edit: Edit) -> language.Document:
    """Return what an edit makes of an entry; raises ConfigError where xl would refuse that."""
    document = edit(language.parse(entry.text or "", source="stored configuration"))
    refuse_errors(document)
    return document
