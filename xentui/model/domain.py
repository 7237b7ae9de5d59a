"""Domains and hosts as the front ends see them: frozen snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from operator import attrgetter

from xentui.frozen import dataclass
from xentui.model.configuration import Difference, DomainConfig
from xentui.model.drain import DrainLook
from xentui.model.installation import Installation, InstallState
from xentui.model.job import INSTALL, HostJob
from xentui.model.migration import Move, half
from xentui.model.state import DomainState


class Drift(StrEnum):
    """In what a managed domain has drifted."""

    RUNNING = "running"
    """The running configuration differs from the stored one."""
    FILE = "file"
    """The stored configuration or the file it was made from has changed since."""


BUILDING = "build"
"""What a domain that is being made waits for while it has no console: :attr:`Domain.booting`."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain, running, stored or both.

    ``domid`` is None while the hypervisor does not hold it; memory in KiB (of an off domain: as configured);
    ``version`` is the stored version (None: transient); ``damaged`` says what is wrong with the store entry;
    ``memory_image`` is the file of the store that holds its saved memory (``checkpoint.part``: any that is not
    whole yet), "" where there is none;
    ``file_changed`` and ``text_changed``: the file it was made from, or its stored text, is another since;
    ``autostart`` that it starts with the host, ``autostart_order`` in which place (None: after those that have one);
    ``saved_to`` is the file it was saved to and can go on from, "" where it is not off, or has been booted since;
    ``booting`` is what it waits for while it is being made, ``boot loader`` or ``build``, "" of any other;
    ``asleep`` that its guest was stopped for its memory to be saved, and waits; ``job`` is what goes on with it on the
    host by itself; ``install`` is its install, from its beginning until it runs from its stored configuration;
    ``moving`` is its move to another host, until it is stored there;
    ``one_off`` that it runs a configuration other than the stored one, on purpose (``create FILE``);
    ``stored_name`` is the name it is stored under, which plain xl can have changed where it runs ("": transient);
    ``copy_of`` is the name of the domain of which this is a stopped copy that xl keeps, "" of any other;
    ``copies`` how many such copies of it there are;
    ``name`` is as it is shown; with ``odd_name`` that is not what it is, and nobody is looked up by it;
    ``namesakes`` are the handles of other domains of that name;
    ``maybe_half``: it is paused and has never run, on a host whose engine leaves what arrives from another host like
    that under its own name: it may be a half of a migration;
    ``by`` is another engine of its host that has it, and is not touched here ("": it is this one's);
    ``cannot`` has what the toolstack of its host cannot do, by the words of the actions, with the reasons.
    ``rest`` stands for all but its state and CPU time: two that have it in common differ in nothing else.
    """

    name: str
    uuid: str
    state: DomainState
    domid: int | None = None
    managed: bool = False
    memory_kib: int = 0
    maxmem_kib: int = 0
    vcpus: int = 0
    cpu_seconds: float = 0.0
    autostart: bool = False
    autostart_order: int | None = None
    drift: tuple[Drift, ...] = ()
    file_changed: bool = False
    text_changed: bool = False
    differences: tuple[Difference, ...] = ()
    one_off: bool = False
    version: int | None = None
    source: str = ""
    damaged: str = ""
    notice: str = ""
    memory_image: str = ""
    saved_to: str = ""
    booting: str = ""
    asleep: bool = False
    job: HostJob | None = None
    install: Installation | None = None
    moving: Move | None = None
    stored_name: str = ""
    copy_of: str = ""
    copies: int = 0
    stored: DomainConfig | None = None
    running: DomainConfig | None = None
    odd_name: bool = False
    namesakes: tuple[str, ...] = ()
    maybe_half: bool = False
    by: str = ""
    cannot: Mapping[str, str] = field(default_factory=dict)
    rest: object = field(default_factory=object, init=False, compare=False, repr=False)

    def at_work(self, state: DomainState, cpu_seconds: float) -> Domain:
        """Return the same domain in another state, after so many seconds of CPU time.

        As :func:`dataclasses.replace` would, in a fraction of the time: of thousands most have moved by each poll.
        """
        name, uuid, _, domid, managed, memory, most, vcpus, _, *others = _fields_of(self)
        made = Domain(name, uuid, state, domid, managed, memory, most, vcpus, cpu_seconds, *others)
        object.__setattr__(made, "rest", self.rest)
        return made

    @property
    def file_drift(self) -> str:
        """Which of the stored text and the file it was made from has changed, as a sentence; "" for neither."""
        if self.file_changed and self.text_changed:
            return f"{self.source} and the stored text have both changed since it was stored"
        if self.file_changed:
            return f"{self.source} has changed since it was stored"
        return (
            f"the stored text has changed since it was made from {self.source}" if self.text_changed else ""
        )

    @property
    def memory_mib(self) -> int:
        """Current memory in MiB, as ``xl list`` rounds it."""
        return self.memory_kib // 1024

    @property
    def target_mib(self) -> int:
        """What it is told to have, in MiB, as ``xl mem-set`` counts.

        Of an HVM domain ``xl list`` shows less once its kernel has a balloon driver: without the video memory.
        """
        if self.running is None or self.is_control:
            return self.memory_mib
        return self.running.memory_kib // 1024

    @property
    def maxmem_mib(self) -> int:
        """Maximum memory in MiB."""
        return self.maxmem_kib // 1024

    @property
    def is_control(self) -> bool:
        """Whether this is Domain-0."""
        return self.domid == 0

    @property
    def template(self) -> bool:
        """Whether it is no domain to start, but what others are made of."""
        return self.stored is not None and self.stored.template and self.state is DomainState.OFF

    @property
    def half(self) -> str:
        """Which half of a migration it is, by the name that xl gives it; "" for a whole domain."""
        return half(self.name) if self.domid else ""

    @property
    def config(self) -> DomainConfig:
        """What is in force now: the running configuration, else the stored one."""
        return self.running or self.stored or DomainConfig(name=self.name, uuid=self.uuid)

    def answers_to(self, name: str) -> bool:
        """Return whether it runs or is stored under that name."""
        return bool(name) and name in (self.name, self.stored_name)

    @property
    def installing(self) -> bool:
        """Whether an install of it is under way."""
        return self.job is not None and self.job.kind == INSTALL and self.job.under_way

    @property
    def install_broken(self) -> bool:
        """Whether what is kept of an install says that it has not come to its end."""
        return self.install is not None and self.install.state is not InstallState.INSTALLED

    @property
    def label(self) -> str:
        """How messages call it: its name, or its uuid where the name is gone."""
        return self.name or self.uuid

    @property
    def handle(self) -> str:
        """What it is told apart by, whatever its name: its domid, else its uuid."""
        return self.uuid if self.domid is None else str(self.domid)


_fields_of = attrgetter(*Domain.__match_args__)


@dataclass(frozen=True, slots=True)
class HostInfo:
    """What ``xl info`` says of a host; memory in MiB."""

    hostname: str = ""
    xen_version: str = ""
    total_memory_mib: int = 0
    free_memory_mib: int = 0
    cpus: int = 0
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every domain of one host at one moment, in the order of the list: Domain-0, then by name, templates last.

    ``taken`` is seconds since the epoch; ``details_taken`` the same for what takes longer to learn (devices, drift,
    maximum memory; 0: it is not known yet); ``problems`` are sentences about what could not be read;
    ``store_unread`` that managed domains are among it: what is not listed may be stored all the same, and
    ``unread_hint`` says what to do about that;
    ``jobs`` are those of the host under way, or interrupted; ``boot`` tells this boot of the host from all others, ""
    where that is not known; ``drain`` how far the host is emptied, None where it is not.
    """

    host: str
    taken: float
    domains: tuple[Domain, ...] = ()
    problems: tuple[str, ...] = ()
    store_unread: bool = False
    unread_hint: str = ""
    details_taken: float = 0.0
    jobs: tuple[HostJob, ...] = ()
    boot: str = ""
    drain: DrainLook | None = None

    @property
    def odd(self) -> tuple[str, ...]:
        """What whoever looks at the host is to be told: what could not be read, an emptying broken off."""
        sentence = self.drain.sentence(self._here) if self.drain is not None else ""
        return (*self.problems, sentence) if sentence else self.problems

    @property
    def oddest(self) -> str:
        """The first of that, in a few words where there are; "" for none."""
        if self.problems or self.drain is None:
            return self.problems[0] if self.problems else ""
        return self.drain.words(self._here)

    @property
    def _here(self) -> set[str]:
        return {each.uuid for each in self.domains if _is_here(each)}


def _is_here(domain: Domain) -> bool:
    """Return whether something is left to be done with a guest so that its host is empty."""
    stays = domain.domid is not None or domain.autostart or domain.moving is not None or bool(domain.half)
    return stays and not domain.copy_of
