"""What the managed store holds, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from xentui.agent.store.autostart import order_of
from xentui.errors import StoreError
from xentui.frozen import dataclass
from xentui.model.configuration import Summary
from xentui.model.drain import DrainLook
from xentui.model.installation import Installation
from xentui.model.job import HostJob
from xentui.model.migration import Move


class SourceState(StrEnum):
    """How the file a stored configuration was made from compares with what was read then."""

    NONE = "none"
    SAME = "same"
    STORED = "stored"
    """It is the stored text, byte for byte."""
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Source:
    """The file a version was made from: path on the host, sha256 as read, and that version's number."""

    path: str
    sha256: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Withheld:
    """A link of the autostart folder that was taken away for a while, and its place in the order."""

    order: int | None = None


@dataclass(frozen=True, slots=True)
class StoredDomain:
    """One managed domain as the store tells it.

    ``text`` is the current configuration; None where a ``summary`` stands for it, or the entry is ``damaged``
    (the reason; empty where it is not).  ``contents`` is what one of them says, once it was read: both are None then.
    ``moved_on``: the text is another than the one made from the
    ``source``.  ``hand_edited``: the text is newer than ``version``, which an admin
    edited in place.  ``pending``: a writer was killed before ``config.cfg`` was the text that it had committed.
    ``suspended``, ``resuming`` and ``saving`` tell of the memory image: whole, taken by a
    resume that has not ended, being written.  ``running`` is the mark of what was last booted, ``oneoff``
    whether a one-off text lies beside, ``withheld`` its autostart link where that is taken away for a while.
    ``saved`` is the file of the admin's its memory was saved to, where it has not been booted since ("": none);
    ``install`` its install, where that has not come to its end; ``moving`` its move to another host, likewise.
    Times are seconds since 1970, ``changed`` 0.0 where unknown.
    """

    uuid: str
    name: str
    version: int
    text: str | None
    config_sha256: str
    source: Source | None = None
    source_state: SourceState = SourceState.NONE
    moved_on: bool = False
    hand_edited: bool = False
    pending: bool = False
    suspended: bool = False
    resuming: bool = False
    saving: bool = False
    oneoff: bool = False
    withheld: Withheld | None = None
    running: Mapping[str, Any] | None = None
    saved: str = ""
    install: Installation | None = None
    moving: Move | None = None
    damaged: str = ""
    created: float = 0.0
    changed: float = 0.0
    summary: Mapping[str, Any] | None = None
    token: str = ""
    contents: Summary | None = None

    @property
    def version_label(self) -> str:
        """The version as shown: ``7``, or ``7+`` where the text was edited by hand since."""
        return f"{self.version}+" if self.hand_edited else str(self.version)


@dataclass(frozen=True, slots=True)
class AutostartLink:
    """A file in ``/etc/xen/auto``: where it leads, and the stored domain that is (None: not ours)."""

    file: str
    target: str
    uuid: str | None
    broken: bool

    def order(self, name: str) -> int | None:
        """Return the place in the order that it gives the domain stored as ``name``; None where it has none."""
        return order_of(self.file, name)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What starts with the host, its jobs under way or interrupted, and the uuids of suspended domains that xendomains
    has resumed with the host: their images are spent.  ``kept`` are the files it saved domains to itself, by uuid;
    ``ended`` is how many seconds ago a job last ended, None where none is known to have; ``boot`` tells this boot of
    the host from all others, "" where that is not known; ``drain`` how far the host is emptied, None where it is not.
    """

    links: tuple[AutostartLink, ...] = ()
    jobs: tuple[HostJob, ...] = ()
    spent: frozenset[str] = frozenset()
    kept: Mapping[str, str] = field(default_factory=dict)
    ended: float | None = None
    boot: str = ""
    drain: DrainLook | None = None


@dataclass(frozen=True, slots=True)
class StoreLook:
    """What one look into the store tells; ``around`` is the error where that cannot be read.

    ``turn`` is how many seconds of it the line took.
    """

    stored: tuple[StoredDomain, ...]
    around: Surroundings | StoreError
    turn: float
