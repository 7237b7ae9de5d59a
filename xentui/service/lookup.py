"""Finds the domain that a user names, in the order of xm (XendDomain.domain_lookup_nr).

Names come before domids: unlike with xl, a domain named ``42`` can be reached.  An empty or unknown word never means
Domain-0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from xentui.errors import Hint, NoSuchDomainError, NotAllowedError, StoreError, Suggest, UsageError, joined
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.spelling import nearest

_STORED_UNKNOWN = "it is not running, and xentui cannot tell whether it is stored"
_Found = TypeVar("_Found")
_DOMID_DIGITS = 10


def find(snapshot: Snapshot, word: str) -> Domain:
    """Return the domain that ``word`` names: a running name, a stored name, a domid, a uuid.

    Raises UsageError for an empty or ambiguous word, NoSuchDomainError if no domain has it, StoreError if no running
    domain has it and the store could not be read.
    """
    if not word.strip():
        raise UsageError("no domain given", hint="give a name, a domid or a uuid")
    if found := _by_name(snapshot, word):
        return found
    if word.isascii() and word.isdigit() and len(word) <= _DOMID_DIGITS:
        domid = int(word)
        if found := _first(domain for domain in snapshot.domains if domain.domid == domid):
            return found
    lowered = word.lower()
    if found := of_uuid(snapshot, lowered):
        return found
    kept = [domain for domain in snapshot.domains if domain.uuid == lowered]
    if len(kept) == 1:
        return kept[0]
    if snapshot.store_unread:
        raise StoreError(
            _STORED_UNKNOWN,
            subject=word,
            hint=snapshot.unread_hint,
            details=snapshot.problems,
        )
    if odd := [domain for domain in snapshot.domains if domain.odd_name and domain.name == word]:
        raise UsageError(
            "its name is misleading: it contains invisible characters",
            subject=word,
            hint=f"use {' or '.join(_identifiers(domain) for domain in odd)}",
        )
    raise NoSuchDomainError("no such domain", subject=word, hint=_suggestion(snapshot, word))


def names_and_domids(snapshot: Snapshot) -> tuple[dict[str, tuple[str, int | None]], set[str]]:
    """Return name and domid (None while off) of each domain by uuid, and the uuids of those still being built.

    While xl builds a domain it is paused, without vCPUs and without a console.
    """
    meant: dict[str, Domain] = {}
    for domain in snapshot.domains:
        other = meant.setdefault(domain.uuid, domain)
        if other is not domain:
            meant[domain.uuid] = max(other, domain, key=identity_rank)
    building = {
        domain.uuid
        for domain in snapshot.domains
        if not domain.vcpus and domain.state is DomainState.PAUSED and not domain.copy_of
    }
    return {uuid: (domain.label, domain.domid) for uuid, domain in meant.items()}, building


def identity_rank(domain: Domain) -> tuple[bool, bool, bool, bool, int]:
    """Return the sort key of domains with one uuid: the greatest is the one that the uuid means."""
    return (
        not domain.copy_of,
        domain.managed,
        domain.state is not DomainState.DYING,
        domain.state.alive,
        -1 if domain.domid is None else domain.domid,
    )


def of_uuid(snapshot: Snapshot, uuid: str) -> Domain | None:
    """Return the domain that has a uuid: never a stopped copy of it that xl keeps."""
    found = (domain for domain in snapshot.domains if domain.uuid == uuid and not domain.copy_of)
    return max(found, key=identity_rank, default=None)


def _by_name(snapshot: Snapshot, word: str) -> Domain | None:
    """Return the domain with exactly that name; raises UsageError if several have it.

    The remains of a dying domain, and one that is rebuilt under its uuid, do not count as several.
    """
    known = [domain for domain in snapshot.domains if not domain.odd_name]
    named = [domain for domain in known if domain.name == word]
    # Plain `xl rename` leaves a domain the name it is stored under.
    named = named or [domain for domain in known if domain.answers_to(word)]
    named = [domain for domain in named if domain.state is not DomainState.DYING] or named
    if len({domain.uuid or domain.handle for domain in named}) > 1:
        told = ", ".join(_identifiers(domain) for domain in named)
        raise UsageError("several domains have that name", subject=word, hint=f"use one of: {told}")
    return max(named, key=identity_rank, default=None)


def _identifiers(domain: Domain) -> str:
    """Return the words by which a domain can be named whatever its name is."""
    if domain.domid is None:
        return f"{domain.uuid} (stored, {domain.state})"
    return f"{domain.domid} ({domain.uuid}, {'managed' if domain.managed else 'transient'}, {domain.state})"


def of_identity(snapshot: Snapshot, name: str, uuid: str | None, label: str) -> Domain | None:
    """Return the domain that a text with that name and uuid is about; None for a new one.

    Raises NotAllowedError if a domain of another name has the uuid: two names are two domains, and a text that was
    copied with its uuid never replaces the other domain.  ``label`` is the name of the text in messages.
    """
    found = of_uuid(snapshot, uuid) if uuid else None
    if found is None or found.answers_to(name):
        return found
    what = "stored" if found.managed else f"running as domain {found.domid}, transient"
    origin = f", from {found.source}" if found.source else ""
    rename = (f"to give {found.label} that name, ", Suggest("domain.rename", found.label, name), " first")
    raise NotAllowedError(
        f"cannot store {label}: its uuid is that of {found.label}, which is {what}{origin}",
        subject=name,
        hint=joined(
            "; ",
            "remove the line uuid = …: the domain gets a uuid of its own",
            rename if found.managed else "",
        ),
    )


def find_again(snapshot: Snapshot, domain: Domain) -> Domain | None:
    """Return the same domain in the snapshot; None if it is gone.

    It is identified by its uuid; if several have that, by its name as well (a copy that xl keeps by its domid, too).
    """
    # Domain-0 is nobody's to manage, whatever uuid an entry bears.
    found = [
        other
        for other in snapshot.domains
        if other.uuid == domain.uuid and other.is_control == domain.is_control
    ]
    if domain.copy_of:
        return _first(other for other in found if (other.name, other.domid) == (domain.name, domain.domid))
    found = [other for other in found if not other.copy_of]
    if managed := _first(other for other in found if other.managed):
        # What was transient may have become managed; beside a managed one there is another of its uuid.
        if domain.managed or len(found) == 1 or managed.answers_to(domain.name) or not domain.name:
            return managed
    elif len(found) == 1:
        return found[0]
    known = [other for other in found if other.name == domain.name or other.domid == domain.domid]
    return max(known, key=identity_rank, default=None)


def copies(snapshot: Snapshot, domain: Domain) -> list[Domain]:
    """Return the stopped copies of a domain that xl keeps; for a copy, all copies of the same domain."""
    return [other for other in snapshot.domains if other.copy_of and other.uuid == domain.uuid]


def require_again(snapshot: Snapshot, domain: Domain) -> Domain:
    """Return the same domain in the snapshot, as :func:`find_again` does, before it is changed.

    Raises NoSuchDomainError if it is gone, StoreError if it was managed and the store could not be read: the change
    would be made on the running domain only.
    """
    found = find_again(snapshot, domain)
    if snapshot.store_unread and (domain.managed or found is None):
        raise StoreError(
            _STORED_UNKNOWN if found is None else "cannot tell whether it is still managed",
            subject=domain.label,
            hint=snapshot.unread_hint,
            details=snapshot.problems,
        )
    if found is None:
        raise NoSuchDomainError(
            "it no longer exists: it is neither running nor stored",
            subject=domain.label,
            hint=(Suggest("host.undelete"), " restores a deleted domain") if domain.managed else "",
        )
    return found


def _first(items: Iterable[_Found]) -> _Found | None:
    return next(iter(items), None)


def _suggestion(snapshot: Snapshot, word: str) -> Hint:
    names = [domain.name for domain in snapshot.domains[:5000] if domain.name]
    close = nearest(word, names, n=3)
    if close:
        return "did you mean " + " or ".join(f"`{name}`" for name in close) + "?"
    return (Suggest("host.list"), " shows every domain, running or stored")
