"""One change to a domain, on what runs and on what is stored."""

from __future__ import annotations

from collections.abc import Callable

from xentui import config as language
from xentui.errors import ConfigError, HostError, NotAllowedError, StoreCode, StoreError, Suggest
from xentui.model.domain import Domain
from xentui.service.checks import refuse_errors
from xentui.service.repository import Repository
from xentui.service.session import Session
from xentui.store import StoredDomain

Edit = Callable[[language.Document], language.Document]


class LiveAndStored:
    """Makes changes live and, on managed domains, in the store."""

    def __init__(self, session: Session, repository: Repository) -> None:
        self._session = session
        self._repository = repository

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
        if entry is not None:
            try:
                await self._repository.revise(
                    entry, lambda current: _edited(current, edit), reason=reason, over=True
                )
            except (StoreError, ConfigError) as error:
                if argv is None:
                    raise
                if isinstance(error, StoreError) and error.code == StoreCode.UNCERTAIN:
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
                    hint=(
                        Suggest("config.history", domain.label),
                        " shows what is stored; store it again if it is not",
                    ),
                    details=error.details,
                ) from error


def _edited(entry: StoredDomain, edit: Edit) -> language.Document:
    """What an edit makes of an entry; raises ConfigError where xl would refuse that."""
    document = edit(language.parse(entry.text or "", source="stored configuration"))
    refuse_errors(document)
    return document
