"""One change to many domains: previewed, made and undone as one."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import field

from xentui import config as language
from xentui.config import Problem, Severity
from xentui.errors import (
    ConfigError,
    HostError,
    NotAllowedError,
    StoreError,
    Suggest,
    UsageError,
    XentuiError,
)
from xentui.frozen import dataclass
from xentui.model.configuration import Difference
from xentui.model.domain import Domain
from xentui.service.editing.bulk_change import Change, changed, require_sound
from xentui.service.editing.fields import differences
from xentui.service.history import previous
from xentui.service.repository import Repository
from xentui.service.session import Session
from xentui.service.text_diff import unified
from xentui.store import ManagedStore, StoredDomain
from xentui.store.history import Version

_REASON_LIMIT = 300
_FEW = 16
"""So many domains are asked for one by one."""
ALREADY = "it has that value already"
"""The reason that is no failure."""


@dataclass(frozen=True, slots=True)
class BulkItem:
    """What a change would do to one domain, or the ``reason`` it is left out.

    ``diff`` are lines of a unified diff, ``fields`` the same by field, ``problems`` what the linter says of the
    new ``text``; ``entry`` is what the store had, by which a change made meanwhile is known.
    """

    name: str
    uuid: str
    diff: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    reason: str = ""
    fields: tuple[Difference, ...] = ()
    text: str = field(default="", repr=False)
    entry: StoredDomain | None = field(default=None, repr=False)

    @property
    def left_out(self) -> bool:
        """Whether nothing is done to it."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """How it went with one domain: its new version, or the error, or the reason it was left out."""

    name: str
    uuid: str
    version: int = 0
    error: XentuiError | None = None
    left_out: str = ""

    @property
    def done(self) -> bool:
        """Whether it has a new version."""
        return self.error is None and not self.left_out


@dataclass(frozen=True, slots=True)
class BulkResult:
    """One change to many, or its undoing; ``bulk_id`` stands in the history of each domain."""

    bulk_id: str
    outcomes: tuple[BulkOutcome, ...] = ()

    @property
    def failed(self) -> tuple[BulkOutcome, ...]:
        """Those it was tried on in vain."""
        return tuple(item for item in self.outcomes if item.error is not None)


class Bulk:
    """Makes one version a domain, each by itself; the same id stands in the history of all."""

    def __init__(self, session: Session, repository: Repository) -> None:
        self._session = session
        self._repository = repository

    async def preview(self, domains: Sequence[Domain], change: Change) -> tuple[BulkItem, ...]:
        """Return what ``change`` would do to each; raises UsageError for one that can be made to no domain."""
        require_sound(change)
        texts = await self._texts(domains)
        items: list[BulkItem] = []
        seen: set[str] = set()
        for domain in domains:
            reason = _reason_against(domain, seen)
            seen.add(domain.uuid)
            if reason:
                items.append(BulkItem(domain.label, domain.uuid, reason=reason))
            else:
                items.append(await self._item(domain, change, texts.get(domain.uuid)))
        return tuple(items)

    async def _texts(self, domains: Sequence[Domain]) -> dict[str, StoredDomain]:
        """Return the entries of many domains at once: one question each would take a far host too long."""
        if len(domains) <= _FEW:
            return {}
        # The session's own keeps only what lists need of each text.
        return {entry.uuid: entry for entry in await ManagedStore(self._session.host).list()}

    async def _item(self, domain: Domain, change: Change, entry: StoredDomain | None) -> BulkItem:
        name, uuid = domain.label, domain.uuid
        try:
            if entry is None or entry.damaged:
                entry = await self._session.store.read(uuid)
            old = language.parse(entry.text or "", source="stored configuration")
            new = changed(old, change)
        except (StoreError, ConfigError) as error:
            return BulkItem(name, uuid, reason=error.message)
        if new.text == old.text:
            return BulkItem(name, uuid, reason=ALREADY)
        problems = language.lint(new)
        diff = unified(old.text, new.text, f"{name} version {entry.version_label}", "changed")
        return BulkItem(
            name,
            uuid,
            diff,
            problems,
            _refusal(problems),
            differences(old, new),
            new.text,
            entry,
        )

    async def apply(self, items: Sequence[BulkItem], reason: str) -> BulkResult:
        """Store the texts of a preview; what somebody else has stored meanwhile is not written over."""
        self._session.require_writable()
        bulk_id = f"bulk-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        why = f"{reason[:_REASON_LIMIT]} [{bulk_id}]".lstrip()
        outcomes: list[BulkOutcome] = []
        lost: HostError | None = None
        for item in items:
            if item.left_out or item.entry is None:
                outcomes.append(BulkOutcome(item.name, item.uuid, left_out=item.reason or "nothing to store"))
                continue
            try:
                if lost is not None:
                    raise lost
                name = language.identity(language.parse(item.text)).name
                version = await self._repository.put(item.entry, item.text, reason=why, name=name)
            except XentuiError as error:
                lost = error if isinstance(error, HostError) else lost
                outcomes.append(BulkOutcome(item.name, item.uuid, error=error))
            else:
                outcomes.append(BulkOutcome(item.name, item.uuid, version))
        return BulkResult(bulk_id, tuple(outcomes))

    async def undo(self, bulk_id: str) -> BulkResult:
        """Bring each domain's text back to before the change, where nothing was stored since.

        Raises UsageError for an id no domain knows.
        """
        self._session.require_writable()
        outcomes: list[BulkOutcome] = []
        entries = await self._session.store.list(summaries=True)
        for entry in sorted(entries, key=lambda item: item.name):
            try:
                history = await self._session.store.history(entry.uuid)
            except StoreError:
                continue  # its log is damaged: whether it was part of the change is not known
            mark = next((item for item in history if item.reason.endswith(f"[{bulk_id}]")), None)
            if mark is None or not bulk_id:
                continue
            try:
                version = await self._undo_one(entry, history, mark, bulk_id)
            except XentuiError as error:
                if isinstance(error, HostError):
                    raise
                outcomes.append(BulkOutcome(entry.name, entry.uuid, error=error))
            else:
                outcomes.append(BulkOutcome(entry.name, entry.uuid, version))
        if not outcomes:
            raise UsageError("no change with that id", subject=bulk_id)
        return BulkResult(bulk_id, tuple(outcomes))

    async def _undo_one(
        self, listed: StoredDomain, history: Sequence[Version], mark: Version, bulk_id: str
    ) -> int:
        entry = await self._session.store.read(listed.uuid)
        if entry.version != mark.version or entry.hand_edited:
            last = next(item for item in reversed(history) if item.version)
            who = "by hand" if entry.hand_edited else f"by {last.user or 'somebody'}: {last.reason}"
            raise NotAllowedError(
                f"not undone: it was changed since, {who}",
                subject=entry.name,
                hint=(
                    Suggest("config.restore-version", entry.name, str(mark.version - 1)),
                    " undoes it anyway",
                ),
            )
        before = previous(tuple(history), mark.version, mark.sha256)
        if before is None:
            raise NotAllowedError("not undone: there is no earlier version", subject=entry.name)
        text = (await self._session.store.read_version(entry.uuid, before.version)).text
        return await self._repository.put(
            entry, text, reason=f"undo of {bulk_id}: as version {before.version}"
        )


def _reason_against(domain: Domain, seen: set[str]) -> str:
    if domain.uuid in seen:
        return "it is named twice"
    if domain.is_control:
        return "it is Domain-0, the control domain"
    if not domain.managed:
        return "it is transient: nothing of it is stored"
    return f"its store entry is damaged ({domain.damaged})" if domain.damaged else ""


def _refusal(problems: Sequence[Problem]) -> str:
    error = next((item for item in problems if item.severity is Severity.ERROR), None)
    return f"xl would refuse it: {error.message}" if error else ""
