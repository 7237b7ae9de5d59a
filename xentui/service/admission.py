"""Whether a text may be stored: which uuid and name it has, and which domain has these already.

The same rules apply to whatever stores a configuration: a new file, an edit, an import, adopted drift, an older
version, a rename, an undelete.
"""

from __future__ import annotations

from collections.abc import Iterable

from xentui import config as language
from xentui.errors import ConfigError, Hint, NotAllowedError, StoreError, Suggest, joined
from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot
from xentui.service import lookup


@dataclass(frozen=True, slots=True)
class Admission:
    """The uuid and name under which a text may be stored; ``former`` is the domain that has them now, or None."""

    uuid: str
    name: str
    former: Domain | None


def require_store(snapshot: Snapshot) -> None:
    """Raise StoreError if the store was not read: managed domains would be taken for unknown ones."""
    if snapshot.store_unread:
        raise StoreError(
            "cannot tell whether it is a managed domain",
            subject=snapshot.host,
            hint=joined("; ", snapshot.unread_hint, "plain `xl create` still boots a file"),
            details=snapshot.problems,
        )


def admit(
    snapshot: Snapshot,
    document: language.Document,
    *,
    label: str,
    of: str = "",
    fresh: str = "",
    replace: bool | None = None,
) -> Admission:
    """Find the domain that a text is about, and refuse a name or uuid of another domain.

    ``label`` is the name of the text in messages; ``of`` the uuid of its domain ("": the domain with the text's uuid,
    else a new one, which gets the uuid ``fresh``).  With ``replace`` a text without a uuid is for the managed domain of
    its name; None if the user could not choose.  Raises ConfigError for an invalid name or uuid, NotAllowedError for
    those of another domain, StoreError if the store was not read.
    """
    require_store(snapshot)
    name = language.checked_name(document)
    bears = language.identity(document).uuid
    if of:
        require_own_uuid(document, of)
        former = lookup.of_uuid(snapshot, of)
    else:
        former = lookup.of_identity(snapshot, name, bears or fresh, label)
    other = namesake(name, former, snapshot.domains)
    if other is not None:
        replaceable = replace is not None and bears is None and other.managed
        if not (replace and replaceable):
            raise name_taken(
                name,
                other,
                doing=f"store {label}",
                hint=(
                    "choose another name, or ",
                    Suggest("host.new", "--replace", "FILE"),
                    " makes the file its new version",
                )
                if replaceable
                else f'choose another name, or write `uuid = "{other.uuid}"` to mean that domain',
            )
        former = other
    _require_running_name(name, former, doing=f"store {label}")
    return Admission(of or bears or (former.uuid if former else fresh), name, former)


def require_own_uuid(document: language.Document, uuid: str, *, hint: Hint = "") -> None:
    """Raise ConfigError, at its place, for another uuid than that of the domain a text is for."""
    found = language.identity(document).uuid
    if found not in (None, uuid):
        line, column = document.place("uuid")
        raise ConfigError(
            f"the uuid is {found}, that of another domain",
            source=document.source,
            line=line,
            column=column,
            hint=hint or f'write `uuid = "{uuid}"`; a copy is made by storing the text as a new domain',
        )


def require_name(name: str, domain: Domain | None, domains: Iterable[Domain], *, doing: str) -> None:
    """Raise NotAllowedError if a domain (None: a new one) cannot be stored under a name.

    Another domain has the name, or the domain runs under another one.
    """
    if other := namesake(name, domain, domains):
        raise name_taken(name, other, doing=doing)
    _require_running_name(name, domain, doing=doing)


def _require_running_name(name: str, former: Domain | None, *, doing: str) -> None:
    if former is not None and former.domid is not None and former.name != name:
        raise NotAllowedError(
            f"cannot {doing}: the text names it {name}, and it runs as {former.name}",
            subject=former.label,
            hint=(Suggest("domain.rename", former.label, name), " first, or shut it down"),
        )


def require_free_name(name: str, snapshot: Snapshot, *, doing: str) -> None:
    """Raise if a new domain cannot have a name, or if the store, which would show that, was not read."""
    language.check_name(name)
    require_store(snapshot)
    require_name(name, None, snapshot.domains, doing=doing)


def namesake(name: str, former: Domain | None, domains: Iterable[Domain]) -> Domain | None:
    """Return the other domain, running or stored, that keeps ``former`` from having a name.

    It may keep the name that it has, even if stopped copies of it have that name too.
    """
    for other in domains:
        own = former is not None and other.uuid == former.uuid and former.answers_to(name)
        if other.answers_to(name) and not own:
            return other
    return None


def name_taken(
    name: str, other: Domain, *, doing: str, hint: Hint = "choose another name"
) -> NotAllowedError:
    """Return the refusal of ``doing`` something ("store web.cfg") under a name that ``other`` has."""
    what = "stored" if other.managed else f"running, as domain {other.domid}"
    return NotAllowedError(
        f"cannot {doing}: a domain of that name is already {what}", subject=name, hint=hint
    )
