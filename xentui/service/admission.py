"""Whether a text may be stored: the uuid and name it gives, and whose these are already.

One set of rules for whatever stores a configuration - a new file, an edit, an import, drift that is taken over, an
older version, a rename, a deleted domain brought back.
"""

from __future__ import annotations

from collections.abc import Iterable

from xentui import config as language
from xentui.errors import ConfigError, Hint, NotAllowedError, StoreError, Suggest
from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot
from xentui.service import lookup


@dataclass(frozen=True, slots=True)
class Admission:
    """Under which uuid and name a text may be stored; ``former`` is the domain that has them by now, None: nobody."""

    uuid: str
    name: str
    former: Domain | None


def require_store(snapshot: Snapshot) -> None:
    """Raise StoreError where the store was not read: a managed domain would be taken for an unknown one."""
    if snapshot.store_unread:
        raise StoreError(
            "cannot tell whether it is a managed domain",
            subject=snapshot.host,
            hint="repair the store first; plain `xl create` still boots a file",
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
    """Find the domain a text is about, and refuse a name or uuid that is another's.

    ``label`` is what messages call the text; ``of`` the uuid of the domain it is for ("": the one whose uuid it bears,
    else a new one, which gets the uuid ``fresh``).  With ``replace`` a text without a uuid is for the managed domain of
    its name; None where nobody could say so.  Raises ConfigError for a name or uuid it cannot have, NotAllowedError for
    those of another domain, StoreError where the store was not read.
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
    """Raise NotAllowedError where a domain (None: a new one) cannot be stored under a name.

    Another has it, or it runs as another.
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
    """Raise where a new domain cannot have a name, or it is not known whether it can: the store was not read."""
    language.check_name(name)
    require_store(snapshot)
    require_name(name, None, snapshot.domains, doing=doing)


def namesake(name: str, former: Domain | None, domains: Iterable[Domain]) -> Domain | None:
    """Return the domain that keeps ``former`` from having a name: another that runs or is stored under it.

    The name it has it keeps, whoever else of its uuid has that: stopped copies, and what is left of it.
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
