"""What the operations answer, for mypy alone: no process imports this module.

The far end of a connection is not trusted to answer so; :mod:`xentui.store.reading` looks.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict

from xentui.agent.protocol.job_answers import InstallAnswer, JobLookAnswer, MoveAnswer

#: A line of a log: what a killed writer, a full disk or an admin has made of it.
Record = Dict[str, Any]


class WithheldAnswer(TypedDict):
    """A link of the autostart folder that was taken away for a while; ``order`` is its place."""

    order: Optional[int]


class SaidAnswer(TypedDict):
    """What a command has said (:mod:`xentui.agent.host.query_commands`)."""

    exit: Optional[int]
    out: str
    err: str


class DrainAnswer(TypedDict):
    """What was taken off a host that is emptied (:mod:`xentui.agent.drain.drain_record`); the guests as they
    were written.
    """

    serial: int
    guests: List[Record]
    doing: str
    user: str
    at: float
    held: bool
    job: str
    agreed: Record


class DrainBriefAnswer(TypedDict):
    """The same as a look at the host tells it (:func:`xentui.agent.drain.drain_record.brief`)."""

    doing: str
    user: str
    at: float
    held: bool
    done: int
    left: List[List[str]]
    more: int
    now: str
    why: str
    stopped: bool


class Marks(TypedDict):
    """What lies beside a configuration (:func:`xentui.agent.store.entry.marks`)."""

    suspended: bool
    resuming: bool
    saving: bool
    running: Optional[Dict[str, Any]]
    oneoff: bool
    withheld: Optional[WithheldAnswer]
    saved: str
    install: Optional[InstallAnswer]
    moving: Optional[MoveAnswer]


class EntryFacts(Marks):
    """An entry of the store as it is kept between two looks; ``damaged`` says why it cannot be used."""

    uuid: str
    name: str
    version: int
    hand_edited: bool
    pending: bool
    config_sha256: str
    damaged: str
    created: float
    changed: Optional[float]
    source: Optional[Record]
    source_state: str
    moved_on: bool


class ItemAnswer(EntryFacts):
    """An entry as it is told: with its text, or the summary kept for that."""

    token: str
    text: Optional[str]
    summary: Optional[Dict[str, Any]]


class PageAnswer(TypedDict, total=False):
    """Part of a list (:func:`xentui.agent.inventory.listing.list_domains`): all of it but ``forgotten``, or
    that alone.
    """

    entries: List[ItemAnswer]
    gone: List[str]
    digest: str
    next: str
    forgotten: bool


class VersionTextAnswer(TypedDict):
    """The text of one version."""

    uuid: str
    name: str
    version: int
    config_sha256: str
    text: str


class AttachedText(TypedDict):
    """A text kept beside a configuration; ``version`` is 0 and the text empty where there is none."""

    name: str
    version: int
    time: Optional[float]
    user: str
    text: str


class Deleted(TypedDict):
    """A domain that is in the ``trash`` now; ``autostart`` says why a link to it is left."""

    uuid: str
    name: str
    trash: str
    autostart: str


class UndeletedAnswer(TypedDict):
    """A domain that is back; ``autostart`` says why it does not start with the host as it did."""

    uuid: str
    name: str
    version: int
    autostart: str


class TrashItem(TypedDict):
    """A deleted domain."""

    trash: str
    uuid: str
    name: str
    version: int
    deleted: float
    user: str
    reason: str
    damaged: str


class Link(TypedDict):
    """A file of the autostart folder."""

    file: str
    target: str
    uuid: Optional[str]
    broken: bool


class SurroundingsAnswer(TypedDict):
    """What else a look at the host asks for."""

    auto: List[Link]
    jobs: List[JobLookAnswer]
    ended: Optional[float]
    spent: List[str]
    kept: Dict[str, str]
    boot: str
    drain: Optional[DrainBriefAnswer]


class LookAnswer(PageAnswer, total=False):
    """Part of a list, and with the last part what is around (:func:`xentui.agent.surroundings.look`)."""

    around: SurroundingsAnswer
    refused: Dict[str, str]
    took: float


class OsinfoSystem(TypedDict):
    """A system of osinfo-db; ``least`` and ``usual`` have ``n-cpus``, ``ram`` and ``storage``."""

    id: str
    name: str
    distro: str
    family: str
    released: str
    least: Dict[str, int]
    usual: Dict[str, int]


class OsinfoAnswer(TypedDict):
    """What osinfo-db tells (:func:`xentui.agent.host.osinfo.osinfo`)."""

    there: bool
    systems: List[OsinfoSystem]
    damaged: int


class HostFactsAnswer(TypedDict):
    """What a host is made of (:func:`xentui.agent.host.facts.host_facts`)."""

    texts: Dict[str, str]
    troubles: Dict[str, str]
    there: Dict[str, List[str]]
    processes: Dict[str, str]
    packages: Dict[str, str]
    python: str
    time: float
