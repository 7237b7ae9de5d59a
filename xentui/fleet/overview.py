"""A host as whoever runs several of them asks for it: load, memory given and promised, versions, who is logged in.

One host is asked at once: the poll of its list, what the toolstack says of it, ``who``, and a turn of the agent that
goes out with those of the poll.  What a host does not say is left out; only the list has to be there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeVar

from xentui.errors import XentuiError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.base import Completed
from xentui.model.domain import Domain, Snapshot
from xentui.service.concurrency import answer_or_error, run_concurrently
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.checks.machine import needed
from xentui.text import lines, plain

_LOAD, _KERNEL = "/proc/loadavg", "/proc/sys/kernel/osrelease"
_TOOLS = ("xen-utils-[0-9]*", "xen-runtime", "xen")
"""Packages that have ``xl``, as Debian and Alpine call them; others list theirs in no file."""
_DPKG, _APK, _NOTHING = "/var/lib/dpkg/status", "/lib/apk/db/installed", "/nonexistent"
_PATIENCE = 20.0
"""Seconds ``who`` and the files may take; the list has its own."""
_USERS, _WORD = 100, 60
_Answer = TypeVar("_Answer")
_LOADS = re.compile(r"(\d{1,6}\.\d{1,3}) (\d{1,6}\.\d{1,3}) (\d{1,6}\.\d{1,3}) ")
_WHO = re.compile(r"(?P<user>\S+)\s+(?P<tty>\S+)\s+(?P<since>.*?)\s*(?:\((?P<origin>[^()]*)\))?\s*$")


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody who is logged in on a host, as ``who`` tells: terminal, since when, and from where ("": there)."""

    user: str
    tty: str
    since: str
    origin: str


@dataclass(frozen=True, slots=True)
class HostOverview:
    """A host at one moment; memory in MiB.

    ``promised_mib`` is what its running guests may grow to, ``autostart_mib`` what those take that start with it,
    running or not; ``dom0_mib`` what its Domain-0 has.  ``vcpus`` are those of running guests.  ``load`` are the
    averages of 1, 5 and 15 minutes of its Domain-0 (None: not told), ``users`` who is logged in there (None: the same).
    ``versions`` are by what they are of: Xen, tools, kernel.  ``states`` counts its guests by state; ``drained`` is
    how many were taken off it to be brought back, where that was done to the end.
    """

    host: str
    taken: float
    total_mib: int = 0
    free_mib: int = 0
    dom0_mib: int = 0
    promised_mib: int = 0
    autostart_mib: int = 0
    cpus: int = 0
    vcpus: int = 0
    autostart_vcpus: int = 0
    load: tuple[float, float, float] | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    users: tuple[LoggedIn, ...] | None = None
    states: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    drained: int = 0
    boot: str = ""

    @property
    def room_mib(self) -> int:
        """What there is for guests: all but what Domain-0 has and Xen keeps."""
        held = max(0, self.total_mib - self.free_mib)
        return self.total_mib - min(self.dom0_mib, held)

    @property
    def over(self) -> tuple[str, ...]:
        """What is promised beyond what there is, in sentences."""
        found = []
        if self.total_mib and self.promised_mib > self.room_mib:
            found.append(
                f"its guests may grow to {self.promised_mib} MiB, and there are {self.room_mib} MiB for them"
            )
        if self.total_mib and self.autostart_mib > self.room_mib:
            found.append(
                f"those that start with it take {self.autostart_mib} MiB, and there are {self.room_mib} MiB for them"
            )
        return tuple(found)


async def look(hypervisor: Hypervisor) -> HostOverview:
    """Ask a host; raises as :meth:`~xentui.service.inventory.Inventory.poll` where it cannot be read."""
    host = hypervisor.host
    snapshot, info, facts, who = await run_concurrently(
        hypervisor.inventory.poll(),
        _tried(hypervisor.inventory.host_info()),
        _tried(
            host.call(
                operations.host_facts,
                texts=[host.host_path(_LOAD), host.host_path(_KERNEL)],
                there=[],
                proc=_NOTHING,
                daemons=[],
                dpkg=host.host_path(_DPKG),
                apk=host.host_path(_APK),
                packages=list(_TOOLS),
            )
        ),
        _tried(host.run(["who"], timeout=_PATIENCE)),
    )
    told = {} if isinstance(facts, XentuiError) else facts
    texts = {host.shown(path): text for path, text in _table(_table(told).get("texts")).items()}
    tools = next((str(each) for each in _table(_table(told).get("packages")).values()), "")
    known = not isinstance(info, XentuiError)
    guests = [each for each in snapshot.domains if not each.is_control and not each.copy_of]
    alive = [each for each in guests if each.domid is not None and each.state.exists]
    autostart = [each for each in guests if each.autostart]
    versions = {
        "Xen": info.xen_version if known else "",
        "tools": plain(tools.partition("-")[0], _WORD),
        "kernel": plain(str(texts.get(_KERNEL, "")).strip(), _WORD),
    }
    return HostOverview(
        host=host.name,
        taken=snapshot.taken,
        total_mib=info.total_memory_mib if known else 0,
        free_mib=info.free_memory_mib if known else 0,
        cpus=info.cpus if known else 0,
        dom0_mib=_control_mib(snapshot),
        promised_mib=sum(max(each.maxmem_mib, each.memory_mib) for each in alive),
        autostart_mib=sum(_needs_mib(each) for each in autostart),
        vcpus=sum(each.vcpus for each in alive),
        autostart_vcpus=sum(each.vcpus for each in autostart),
        load=_load(str(texts.get(_LOAD, ""))),
        versions={what: version for what, version in versions.items() if version},
        users=logged_in(who) if isinstance(who, Completed) else None,
        states=Counter(each.state.value for each in guests),
        problems=snapshot.odd,
        drained=_drained(snapshot),
        boot=snapshot.boot,
    )


def differences(hosts: Sequence[HostOverview]) -> dict[str, dict[str, list[str]]]:
    """Return what the hosts have in different versions: by what it is of, the hosts of each version, most hosts
    first.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for what in dict.fromkeys(what for each in hosts for what in each.versions):
        having: dict[str, list[str]] = {}
        for each in hosts:
            if version := each.versions.get(what):
                having.setdefault(version, []).append(each.host)
        if len(having) > 1:
            found[what] = dict(sorted(having.items(), key=lambda item: -len(item[1])))
    return found


def logged_in(done: Completed) -> tuple[LoggedIn, ...] | None:
    """Return what ``who`` tells; None where it failed.  Names and origins are made by others, and made plain."""
    if done.exit_code != 0:
        return None
    rows = (_WHO.match(plain(line, 400)) for line in lines(done.text)[:_USERS])
    return tuple(
        LoggedIn(*(plain(row[name] or "", _WORD) for name in ("user", "tty", "since", "origin")))
        for row in rows
        if row
    )


def _drained(snapshot: Snapshot) -> int:
    look = snapshot.drain
    return look.done if look is not None and not look.back and snapshot.odd == snapshot.problems else 0


def _control_mib(snapshot: Snapshot) -> int:
    return next((each.memory_mib for each in snapshot.domains if each.is_control), 0)


def _needs_mib(domain: Domain) -> int:
    """Return what a domain takes from its host when it starts."""
    config = domain.stored or domain.config
    return needed(config, config.memory_kib or domain.memory_kib) // 1024


def _load(text: str) -> tuple[float, float, float] | None:
    found = _LOADS.match(text)
    return (float(found[1]), float(found[2]), float(found[3])) if found else None


def _table(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _tried(work: Awaitable[_Answer]) -> Awaitable[_Answer | XentuiError]:
    return answer_or_error(work, _PATIENCE, XentuiError(f"no answer within {_PATIENCE:g} s"))
