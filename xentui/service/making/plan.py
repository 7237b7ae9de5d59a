"""What would be made of answers, before any of it is."""

from __future__ import annotations

from xentui.errors import XentuiError
from xentui.frozen import dataclass
from xentui.model.sizes import shown_bytes
from xentui.service.making import texts
from xentui.service.making.answers import Answers, WantedDisk
from xentui.service.making.sources import FoundSource
from xentui.service.making.systems import GuestSystem
from xentui.service.making.unattended import Unattended

INSTALL = "the install configuration"
"""What messages call the text a guest is installed by."""


@dataclass(frozen=True, slots=True)
class PlannedDisk:
    """A disk of the guest and its name there; a new one is made, as a copy where ``source`` names an image.

    ``converts`` is the format of that, "" where it is copied as it is; ``grows`` the size it is given then.  ``holds``
    says what is on a small one that is only read, ``system`` which system is put on one, "" for any other.
    """

    wanted: WantedDisk
    vdev: str
    source: str = ""
    converts: str = ""
    grows: int = 0
    holds: str = ""
    system: str = ""

    @property
    def new(self) -> bool:
        """Whether it is made."""
        return bool(self.wanted.size or self.source or self.holds)

    @property
    def words(self) -> str:
        """What happens to it, for people."""
        wanted = self.wanted
        if not self.new:
            return f"{wanted.path}: used as it is"
        if self.system:
            room = ", preallocated" if wanted.preallocated else ", sparse"
            room = "" if wanted.path.startswith("/dev/") else room
            return f"{wanted.path}: made, {shown_bytes(wanted.size)}{room}, {self.system}"
        if self.holds:
            return f"{wanted.path}: made, read-only, {self.holds}"
        if self.source:
            grown = f", then grown to {shown_bytes(self.grows)}" if self.grows else ""
            return f"{wanted.path}: made as a copy of {self.source}{grown}"
        room = "with all its room" if wanted.preallocated else "sparse"
        form = "" if wanted.format == "raw" else f", {wanted.format}"
        kind = "" if wanted.path.startswith("/dev/") else f", {room}"
        return f"{wanted.path}: made, {shown_bytes(wanted.size)}{kind}{form}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be made: the disks, the ``text`` that is stored, and the one it is installed by ("" for no install).

    ``system`` is which it gets, ``found`` what it starts from,
    ``usual`` the text that follows from the answers where none was written by hand.
    ``unattended`` are answers for its installer.

    ``reasons`` say why choices are as they are, ``warnings`` what is odd.
    """

    answers: Answers
    system: GuestSystem
    found: FoundSource
    usual: str
    name: str
    text: str
    install: str
    disks: tuple[PlannedDisk, ...]
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unattended: Unattended | None = None

    def installed_by(self, text: str) -> str:
        """Return the text it is installed by where ``text`` is stored; raises ConfigError for what is none."""
        answers = self.answers
        return texts.installing(text, answers, self.system, self.found, self.unattended)

    @property
    def new_disks(self) -> tuple[PlannedDisk, ...]:
        """Those that are made."""
        return tuple(disk for disk in self.disks if disk.new)


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, and what is worth telling.

    ``started``: it runs, from its installer where ``installs``.  ``trouble`` is why it was not started; ``install`` is
    the text its installer is started by, whole, "" where there is none.
    """

    name: str
    uuid: str
    version: int
    disks: tuple[str, ...]
    started: bool = False
    installs: bool = False
    install: str = ""
    warnings: tuple[str, ...] = ()
    trouble: XentuiError | None = None
