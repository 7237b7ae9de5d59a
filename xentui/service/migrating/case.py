"""A migration that is looked at: the domain, both hosts as they were read, and how one reaches the other."""

from __future__ import annotations

from collections.abc import Mapping

from xentui.errors import Hint, Suggest, joined
from xentui.frozen import dataclass
from xentui.hosts.base import Completed
from xentui.hosts.reach import Reach
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.service.migrating.engine_line import EngineTry
from xentui.service.migrating.plan import MigrationFinding, Mode
from xentui.service.migrating.side import Side
from xentui.service.storage import Sameness
from xentui.text import plain

_SENTENCE = 1000


@dataclass(frozen=True, slots=True)
class Case:
    """What the checks know.

    ``ours`` is the host the ``domain`` is on, ``theirs`` the one it is to be on; ``disks`` are those that are paths of
    the host, ``same`` says of each of their paths, and of the folders copies would lie in, whether both hosts mean the
    same by it; ``in_use`` who else uses one of them on the target ("": nobody), ``doubts`` what is not known of that;
    ``bases`` the files images are based on that the target has, too; ``ties`` what binds the domain to its host, in
    words; ``boots`` the files its next start needs; ``tried`` how the command ended by which the source's host was to
    reach the target's (None: it was not run), ``untried`` why it could not be run; ``engine`` what its
    engine has found out, where that moves guests by itself.
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
        """Whether it moves while it runs."""
        return self.mode is Mode.LIVE

    @property
    def there(self) -> str:
        """The target, as sentences call it."""
        return self.theirs.name


def hard(word: str, why: str, hint: Hint = "") -> MigrationFinding:
    """Return what stops a migration."""
    return _finding(word, why, hint, hard=True)


def allowable(word: str, why: str, hint: Hint) -> MigrationFinding:
    """Return what stops a migration unless it is allowed by its word."""
    return _finding(word, why, hint, hard=True, allow=True)


def soft(word: str, why: str, hint: Hint = "") -> MigrationFinding:
    """Return what is asked about."""
    return _finding(word, why, hint, hard=False)


def while_off(case: Case, *before: str) -> Hint:
    """Return the hint to do what stands ``before``, or to move the guest while it is off."""
    label = case.domain.label
    if case.domain.managed:
        off: Hint = ("move it while it is off: ", Suggest("domain.shutdown", label), " first")
    else:
        off = ("make it managed, and move it while it is off: ", Suggest("config.edit", label), " stores it")
    return joined(", or ", *before, off)


def allowing(case: Case, word: str) -> Suggest:
    """Return what moves the guest despite a finding that may be allowed."""
    form = "type its name, once nothing else stops it"
    return Suggest("domain.migrate", case.domain.label, case.there, "--allow", word, form=form)


def _finding(word: str, why: str, hint: Hint, *, hard: bool, allow: bool = False) -> MigrationFinding:
    """Make a finding; what hosts have said is in its sentences, and made plain."""
    return MigrationFinding(word, hard=hard, why=plain(why, _SENTENCE), hint=_plain(hint), allow=allow)


def _plain(hint: Hint) -> Hint:
    """Return a hint with what hosts have said in its texts made plain."""
    if isinstance(hint, tuple):
        return tuple(plain(part, _SENTENCE) if isinstance(part, str) else part for part in hint)
    return plain(hint, _SENTENCE) if isinstance(hint, str) else hint
