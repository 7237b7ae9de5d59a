"""The plan of a migration: what would be done, and what was found against it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import field
from enum import StrEnum

from xentui.errors import Hint, UsageError
from xentui.frozen import dataclass
from xentui.hosts.reach import Reach
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor

ALLOWABLE = ("cached", "unproven")
"""The words of hard findings that whoever knows better may allow."""


def require_allowable(words: Collection[str]) -> None:
    """Raise UsageError for a word that allows nothing."""
    if odd := sorted(set(words) - set(ALLOWABLE)):
        raise UsageError("cannot be allowed", subject=odd[0], hint=f"{' or '.join(ALLOWABLE)}")


class Mode(StrEnum):
    """How a domain moves."""

    LIVE = "live"
    """While it runs, by the toolstack; its disks must be on storage that both hosts share."""
    OFFLINE = "offline"
    """While it is off: its stored configuration moves, and disks that are not shared are copied."""


@dataclass(frozen=True, slots=True)
class MigrationFinding:
    """One finding of the checks; ``word`` names the check and never changes.

    A ``hard`` finding stops the migration, others are asked about.  ``why`` says what was found and its consequence,
    ``hint`` what to do.  ``allow`` says that a hard finding becomes a question if the user gives its word.
    """

    word: str
    hard: bool
    why: str
    hint: Hint = ""
    allow: bool = False


def words(findings: Iterable[MigrationFinding]) -> tuple[str, ...]:
    """Return the words of findings, each once."""
    return tuple(dict.fromkeys(finding.word for finding in findings))


@dataclass(frozen=True, slots=True)
class DiskMove:
    """A disk of the domain: ``shared`` if the target sees the same bytes by the same path; otherwise it is copied.

    ``path`` is its path on both hosts, ``size`` the size for the guest, ``used`` the allocated space on the source, in
    bytes (None: not known).
    """

    disk: Disk
    path: str
    shared: bool
    size: int | None = None
    used: int | None = None


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """The migration of ``domain`` from the host of the plan to ``target``.

    ``reach`` is how the source's host connects to the target's; ``commands`` are the exact commands on the source, by
    the toolstack or by hand; ``disks`` are those on storage.  ``direct`` are the loop devices that bypass the page
    cache of the source meanwhile, each with its file, and ``cached`` says whether it moves if they cannot.
    ``need_kib`` is the memory that it takes on the target, which has ``free_kib`` and may get ``given_kib`` more from
    its Domain-0.
    """

    domain: Domain
    mode: Mode
    target: Hypervisor = field(compare=False)
    reach: Reach
    findings: tuple[MigrationFinding, ...] = ()
    disks: tuple[DiskMove, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    need_kib: int = 0
    free_kib: int = 0
    given_kib: int = 0
    direct: tuple[tuple[str, str], ...] = ()
    cached: bool = False

    @property
    def steps(self) -> tuple[tuple[str, ...], ...]:
        """The commands on the source, as a dry run shows them."""
        return (*(("losetup", "--direct-io=on", device) for device, _file in self.direct), *self.commands)

    @property
    def hard(self) -> tuple[MigrationFinding, ...]:
        """The findings that stop it."""
        return tuple(finding for finding in self.findings if finding.hard)

    @property
    def soft(self) -> tuple[MigrationFinding, ...]:
        """The findings that are asked about."""
        return tuple(finding for finding in self.findings if not finding.hard)

    @property
    def copies(self) -> tuple[DiskMove, ...]:
        """The disks that are copied."""
        return tuple(move for move in self.disks if not move.shared)
