"""What hosts were seen to hold last, kept on this machine: shown at once, with its age, while they answer."""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from xentui.agent import AgentError
from xentui.agent.files import safe_folder
from xentui.frozen import dataclass
from xentui.model.domain import Domain, Drift, HostInfo, Snapshot
from xentui.model.state import DomainState
from xentui.settings import state_folder
from xentui.text import plain

_NAME = "last-looks.json"
_SCHEMA = 2
_SIZE_LIMIT = 32 << 20
_DOMAINS = 10_000
_LONGEST = 1000
"""Characters of a text, at most."""
_HOSTS = 2_500
_RENEWED = 300.0
"""Seconds after which a look is kept again though nothing has changed but counters."""
_INFO = ("hostname", "xen_version", "total_memory_mib", "free_memory_mib", "cpus")
_PLACES = 9
"""Values of a domain that each has, in the order of its fields: the last is the CPU time."""
_TEXTS = frozenset(("copy_of", "saved_to", "stored_name", "source"))
_FLAGS = frozenset(("autostart", "odd_name", "one_off"))
_NUMBERS = frozenset(("copies", "autostart_order", "version"))
"""What few have, by the names of fields."""
_MOST = 1 << 60
_STATES = {state.value: state for state in DomainState}


@dataclass(frozen=True, slots=True)
class LastLook:
    """What a host was seen to hold last, when ``snapshot.taken`` says: enough for a list, nothing of configurations."""

    snapshot: Snapshot
    info: HostInfo = HostInfo()


class LastLooks:
    """The last looks at all hosts, in one owner-only file below ``folder``.

    A file that cannot be read, makes no sense or is of another schema is as none; one that cannot be written costs the
    memory of this session.  Of two sessions that save at the same moment one may not be remembered.
    """

    def __init__(
        self, folder: Callable[[], Path] = state_folder, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._known: dict[str, dict[str, Any]] | None = None
        self._new: dict[str, dict[str, Any]] = {}

    def of(self, host: str, *, within: float = math.inf) -> LastLook | None:
        """Return the last look at a host; None where there is none, or none that is so many seconds old at most."""
        if self._known is None:
            self._known = self._read()
        value, now = self._new.get(host) or self._known.get(host), self._clock()
        look = None if value is None else _look(value, host, now)
        return look if look is not None and now - look.snapshot.taken <= within else None

    def put(self, host: str, snapshot: Snapshot, info: HostInfo | None = None) -> None:
        """Take a look at a host to be saved, where it is another than the last or that is five minutes old.

        Without ``info`` what was known of the host itself stays.  What could not be read whole is not taken.
        """
        if len(snapshot.domains) > _DOMAINS or snapshot.store_unread:
            return
        if self._known is None:
            self._known = self._read()
        last = self._new.get(host) or self._known.get(host, {})
        value = {
            "taken": snapshot.taken,
            "info": last.get("info") if info is None else {key: getattr(info, key) for key in _INFO},
            "domains": [_row(domain) for domain in snapshot.domains],
        }
        taken = last.get("taken")
        recent = isinstance(taken, int | float) and 0 <= snapshot.taken - taken < _RENEWED
        if not (recent and _steady(last) == _steady(value)):
            self._new[host] = value

    def save(self) -> None:
        """Write what was taken, beside what other sessions have saved of other hosts."""
        if not self._new:
            return
        new, self._new = self._new, {}
        self._known = {**self._read(), **new}
        newest = sorted(self._known.items(), key=_age)[:_HOSTS]
        data = json.dumps({"schema": _SCHEMA, "hosts": dict(newest)}, separators=(",", ":")).encode()
        if len(data) <= _SIZE_LIMIT:
            path = str(self._folder())
            with contextlib.suppress(OSError, AgentError), safe_folder.private_folder(path) as folder:
                folder.write(_NAME, data, exclusive=False)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            # Looking makes no folder, and no file.
            with safe_folder.open_folder(str(self._folder())) as folder:
                if folder.look(_NAME) is None:
                    return {}
                with os.fdopen(folder.open_own(_NAME, os.O_RDONLY), "rb") as stream:
                    data = stream.read(_SIZE_LIMIT + 1)
            value = json.loads(data) if len(data) <= _SIZE_LIMIT else None
        except (OSError, AgentError, ValueError, RecursionError):
            return {}
        if not isinstance(value, dict) or value.get("schema") != _SCHEMA:
            return {}
        hosts = value.get("hosts")
        found = hosts.items() if isinstance(hosts, dict) else ()
        return {host: look for host, look in found if isinstance(look, dict)}


def _age(item: tuple[str, dict[str, Any]]) -> float:
    taken = item[1].get("taken")
    return -taken if isinstance(taken, int | float) else math.inf


def _steady(value: Mapping[str, Any]) -> object:
    """Return what of a look does not change by itself."""
    domains = value.get("domains")
    rows = [row for row in domains if isinstance(row, list)] if isinstance(domains, list) else []
    return value.get("info"), [[*row[: _PLACES - 1], *row[_PLACES:]] for row in rows]


def _row(domain: Domain) -> list[Any]:
    """Return a domain as it is kept: what each has, and by name what is not as in most others."""
    more: dict[str, Any] = {key: value for key in (*_TEXTS, *_FLAGS) if (value := getattr(domain, key))}
    if domain.copies:
        more["copies"] = domain.copies
    more |= {
        key: value for key in ("autostart_order", "version") if (value := getattr(domain, key)) is not None
    }
    if domain.drift:
        more["drift"] = [drift.value for drift in domain.drift]
    return [
        domain.name,
        domain.uuid,
        domain.state.value,
        domain.domid,
        domain.managed,
        domain.memory_kib,
        domain.maxmem_kib,
        domain.vcpus,
        round(domain.cpu_seconds, 1),
        *([more] if more else []),
    ]


def _look(value: Mapping[str, Any], host: str, now: float) -> LastLook | None:
    """Return what the file has of a host as a look; None for what is none.  Anything may stand there."""
    taken, rows = value.get("taken"), value.get("domains")
    if not isinstance(taken, int | float) or not 0 < taken <= now + 1 or not isinstance(rows, list):
        return None
    domains = tuple(
        _domain(*row[: _PLACES + 1])
        for row in rows[:_DOMAINS]
        if isinstance(row, list) and len(row) >= _PLACES
    )
    return LastLook(Snapshot(host, float(taken), domains), _info(value.get("info")))


def _info(value: object) -> HostInfo:
    table = value if isinstance(value, dict) else {}
    return HostInfo(
        hostname=_line(table.get("hostname")),
        xen_version=_line(table.get("xen_version")),
        total_memory_mib=_count(table.get("total_memory_mib")),
        free_memory_mib=_count(table.get("free_memory_mib")),
        cpus=_count(table.get("cpus")),
    )


def _domain(  # noqa: PLR0917 - the values of a row, in their order
    name: object,
    uuid: object,
    state: object,
    domid: object,
    managed: object,
    memory: object,
    most: object,
    vcpus: object,
    cpu: object,
    more: object = None,
) -> Domain:
    """Return a row as a domain; of thousands all are read before anything is shown: as little is called as can be."""
    return Domain(
        _line(name),
        _line(uuid),
        _STATES.get(state, DomainState.OFF) if isinstance(state, str) else DomainState.OFF,
        domid if type(domid) is int and 0 <= domid < _MOST else None,
        managed is True,
        _count(memory),
        _count(most),
        _count(vcpus),
        float(cpu) if isinstance(cpu, (int, float)) and 0 <= cpu < _MOST else 0.0,
        **(_more(more) if isinstance(more, dict) else {}),
    )


def _more(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what few rows have, by the names of fields."""
    found: dict[str, Any] = {key: _line(table[key]) for key in _TEXTS & table.keys()}
    found |= {key: table[key] is True for key in _FLAGS & table.keys()}
    for key in _NUMBERS & table.keys():
        value = table[key]
        if type(value) is int and 0 <= value < _MOST:
            found[key] = value
    if isinstance(drift := table.get("drift"), list):
        found["drift"] = tuple(each for each in Drift if each.value in drift[:_LONGEST])
    return found


def _line(value: object) -> str:
    """Return a text as it may be shown, "" for what is none."""
    if type(value) is str and value.isascii() and value.isprintable() and len(value) <= _LONGEST:
        return value
    return plain(value, _LONGEST) if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < _MOST else 0
