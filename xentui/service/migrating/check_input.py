"""The input of the checks of a migration: the domain, both hosts as they were read, and the connection between them."""

from __future__ import annotations

from collections.abc import Mapping

from xentui.errors import Hint, Suggest, joined
from xentui.frozen import dataclass
from xentui.hosts.base import Completed
from xentui.hosts.reach import Reach
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.service.migrating.engine_connection import EngineTry
from xentui.service.migrating.plan import MigrationFinding, Mode
from xentui.service.migrating.side import Side
from xentui.service.storage import Sameness
from xentui.text import plain

_SENTENCE = 1000


@dataclass(frozen=True, slots=True)
class Case:
    """The input of the checks.

    The ``domain`` is on the host ``ours``, and is to be on ``theirs``.  ``disks`` are its disks that are paths of the
    host; ``same`` says for each path, and for the folders of copies, whether both hosts mean the same by it; ``in_use``
    who else uses a path on the target ("": nobody), ``doubts`` what is not known of that; ``bases`` the backing files
    that the target has too.  ``ties`` is what ties the domain to its host, in words; ``boots`` the files that its next
    start needs.

    ``tried`` is the result of a login from the source on the target (None: not tried), ``untried`` why it could not be
    tried; ``engine`` the result of the engine's own try, if it migrates guests itself.
    """

    domain: Domain
    mode: Mode
    ours: Side
    theirs: Side
    reach: Reach
    disks: tuple[Disk, ...]
    same: Mapping[str, Sameness]
    in_use: str = ""
    doubts: tuple[str, ...] = ()
    bases: frozenset[str] = frozenset()
    ties: tuple[str, ...] = ()
    boots: tuple[str, ...] = ()
    tried: Completed | None = None
    untried: str = ""
    engine: EngineTry | None = None

    @property
    def live(self) -> bool:
        """Whether the domain moves while it runs."""
        return self.mode is Mode.LIVE

    @property
    def there(self) -> str:
        """The name of the target in sentences."""
        return self.theirs.name


def hard(word: str, why: str, hint: Hint = "") -> MigrationFinding:
    """Return a finding that stops the migration."""
    return _finding(word, why, hint, hard=True)


def allowable(word: str, why: str, hint: Hint) -> MigrationFinding:
    """Return a finding that stops the migration unless the user allows its word."""
    return _finding(word, why, hint, hard=True, allow=True)


def soft(word: str, why: str, hint: Hint = "") -> MigrationFinding:
    """Return a finding that the user is asked about."""
    return _finding(word, why, hint, hard=False)


def while_off(case: Case, *before: str) -> Hint:
    """Return the hint to do what stands ``before``, or to move the guest while it is off."""
    label = case.domain.label
    if case.domain.managed:
        off: Hint = ("move it while it is off: ", Suggest("domain.shutdown", label), " first")
    else:
        off = ("make it managed, and move it while it is off: ", Suggest("config.edit", label), " stores it")
    return joined(", or ", *before, off)


def allowing(case: Case, word: str, *, form: str = "type its name, once nothing else stops it") -> Suggest:
    """Return what moves the guest despite a finding that may be allowed; ``form`` is what the screen says instead."""
    return Suggest("domain.migrate", case.domain.label, case.there, "--allow", word, form=form)


def _finding(word: str, why: str, hint: Hint, *, hard: bool, allow: bool = False) -> MigrationFinding:
    """Return a finding; its sentences contain answers of hosts, which are made plain."""
    return MigrationFinding(word, hard=hard, why=plain(why, _SENTENCE), hint=_plain(hint), allow=allow)


def _plain(hint: Hint) -> Hint:
    """Return a hint with the answers of hosts in it made plain."""
    if isinstance(hint, tuple):
        return tuple(plain(part, _SENTENCE) if isinstance(part, str) else part for part in hint)
    return plain(hint, _SENTENCE) if isinstance(hint, str) else hint
