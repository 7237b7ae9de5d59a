"""From what the user writes to one domain, with xm's order of look-up (XendDomain.domain_lookup_nr).

Names come before domids: unlike xl, a domain named ``42`` can be reached.  Nothing turns an empty or unknown
word into Domain-0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from xentui.errors import NoSuchDomainError, StoreError, UsageError
from xentui.model.domain import Domain, Snapshot

_STORED_UNKNOWN = "it is not running, and whether it is stored cannot be told"
_Found = TypeVar("_Found")
_DOMID_DIGITS = 10


def find(snapshot: Snapshot, word: str) -> Domain:
    """The domain ``word`` names: a running name, a stored name, a domid, a uuid.

    Raises UsageError for an empty or ambiguous word, NoSuchDomainError where nothing answers to it, StoreError
    where nothing that runs does and the store could not be read.
    """
    if not word.strip():
        raise UsageError("no domain given", hint="give a name, a domid or a uuid")
    running = [domain for domain in snapshot.domains if domain.name == word and domain.domid is not None]
    stored = [domain for domain in snapshot.domains if domain.name == word and domain.domid is None]
    for group in (running, stored):
        if len(group) > 1:
            ids = ", ".join(
                str(domain.domid) if domain.domid is not None else domain.uuid for domain in group
            )
            raise UsageError("several domains have that name", subject=word, hint=f"use one of: {ids}")
        if group:
            return group[0]
    if word.isascii() and word.isdigit() and len(word) <= _DOMID_DIGITS:
        domid = int(word)
        if found := _first(domain for domain in snapshot.domains if domain.domid == domid):
            return found
    lowered = word.lower()
    if found := _first(domain for domain in snapshot.domains if domain.uuid == lowered):
        return found
    if snapshot.store_unread:
        raise StoreError(
            _STORED_UNKNOWN,
            subject=word,
            hint="mend the store first",
            details=snapshot.problems,
        )
    raise NoSuchDomainError("no such domain", subject=word, hint=_suggestion(snapshot, word))


def same(snapshot: Snapshot, domain: Domain) -> Domain | None:
    """The same domain (by uuid) as the snapshot has it; None where nothing is left of it."""
    # Domain-0 is nobody's to manage, whatever uuid an entry bears.
    found = [
        other
        for other in snapshot.domains
        if other.uuid == domain.uuid and other.is_control == domain.is_control
    ]
    return next((other for other in found if other.managed), found[-1] if found else None)


def now(snapshot: Snapshot, domain: Domain) -> Domain:
    """:func:`same`, for what is about to be done to it.

    Raises NoSuchDomainError where nothing is left of it, StoreError where it was managed and the store could not be
    read: what has to be stored would be done live only.
    """
    found = same(snapshot, domain)
    if snapshot.store_unread and (domain.managed or found is None):
        raise StoreError(
            _STORED_UNKNOWN if found is None else "whether it is still managed cannot be told",
            subject=domain.label,
            hint="mend the store first",
            details=snapshot.problems,
        )
    if found is None:
        raise NoSuchDomainError(
            "it is gone: it neither runs nor is stored any more",
            subject=domain.label,
            hint="`xentui undelete` brings a deleted domain back" if domain.managed else "",
        )
    return found


def _first(items: Iterable[_Found]) -> _Found | None:
    return next(iter(items), None)


def _suggestion(snapshot: Snapshot, word: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only on the way out

    names = [domain.name for domain in snapshot.domains[:5000] if domain.name]
    close = get_close_matches(word, names, n=3)
    if close:
        return "did you mean " + " or ".join(f"`{name}`" for name in close) + "?"
    return "`xentui list` shows every domain, running or stored"
