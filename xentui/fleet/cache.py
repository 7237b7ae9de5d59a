"""What hosts were seen to hold last, kept on this machine: shown at once, with its age, while they answer."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from xentui.agent import AgentError, guarded
from xentui.frozen import dataclass
from xentui.model.domain import Domain, Drift, HostInfo, Snapshot
from xentui.model.state import DomainState
from xentui.settings import state_folder
from xentui.text import plain

_FOLDER = "hosts"
_SCHEMA = 1
_SIZE_LIMIT = 8 << 20
_DOMAINS = 10_000
_LONGEST = 1000
"""Characters of a text, at most."""
_FILES = 2_500
_RENEWED = 60.0
"""Seconds after which a look is kept again though nothing has changed but counters."""
_TEXTS = ("name", "uuid", "copy_of", "saved_to", "stored_name", "source")
_NUMBERS = ("memory_kib", "maxmem_kib", "vcpus", "copies")
_FLAGS = ("managed", "autostart", "odd_name", "one_off")
_OPTIONAL = ("domid", "autostart_order", "version")
_MOST = 1 << 60


@dataclass(frozen=True, slots=True)
class LastLook:
    """What a host was seen to hold last, when ``snapshot.taken`` says: enough for a list, nothing of configurations."""

    snapshot: Snapshot
    info: HostInfo = HostInfo()


class LastLooks:
    """The last looks of all hosts, one owner-only file each, below ``folder``.

    A file that cannot be read, makes no sense or is of another schema is as none; one that cannot be written costs the
    memory of this session.
    """

    def __init__(
        self, folder: Callable[[], Path] = state_folder, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._kept: dict[str, tuple[float, int]] = {}
        """When each host's was written by this session, and what it was."""

    def of(self, host: str) -> LastLook | None:
        """The last look at a host; None where there is none."""
        try:
            with guarded.open_folder(self._path()) as folder:
                name = _file_name(host)
                if folder.look(name) is None:
                    return None
                with os.fdopen(folder.open_own(name, os.O_RDONLY), "rb") as stream:
                    data = stream.read(_SIZE_LIMIT + 1)
            return _look(json.loads(data), host, self._clock()) if len(data) <= _SIZE_LIMIT else None
        except (OSError, AgentError, ValueError, RecursionError):
            return None

    def put(self, host: str, snapshot: Snapshot, info: HostInfo | None = None) -> None:
        """Keep a look at a host, where it is another than the last or that is a minute old.

        Without ``info`` what was known of the host itself stays.
        """
        if len(snapshot.domains) > _DOMAINS or snapshot.store_unread:
            return
        table = [_row(domain) for domain in snapshot.domains]
        digest = hash(repr([{**row, "cpu_seconds": 0} for row in table]) + repr(info))
        written, known = self._kept.get(host, (-math.inf, 0))
        if known == digest and snapshot.taken - written < _RENEWED:
            return
        if info is None:
            last = self.of(host)
            info = last.info if last else HostInfo()
        value = {
            "schema": _SCHEMA,
            "host": host,
            "taken": snapshot.taken,
            "info": {
                "hostname": info.hostname,
                "xen_version": info.xen_version,
                "total_memory_mib": info.total_memory_mib,
                "free_memory_mib": info.free_memory_mib,
                "cpus": info.cpus,
            },
            "domains": table,
        }
        data = json.dumps(value, separators=(",", ":")).encode()
        if len(data) > _SIZE_LIMIT:
            return
        with contextlib.suppress(OSError, AgentError):
            with guarded.private_folder(self._path()) as folder:
                name = _file_name(host)
                if folder.look(name) is None:
                    _make_room(folder)
                folder.write(name, data, exclusive=False)
            self._kept[host] = snapshot.taken, digest

    def _path(self) -> str:
        return str(self._folder() / _FOLDER)


def _file_name(host: str) -> str:
    return hashlib.sha256(host.encode("utf-8", "surrogateescape")).hexdigest()[:32] + ".json"


def _make_room(folder: guarded.Folder) -> None:
    """Forget the hosts that were not looked at for longest, where there are too many."""
    names = [name for name in folder.names() if name.endswith(".json")]
    if len(names) < _FILES:
        return

    def written(name: str) -> float:
        status = folder.look(name)
        return status.st_mtime if status else 0.0

    for name in sorted(names, key=written)[: len(names) - _FILES + 1]:
        folder.remove(name)


def _row(domain: Domain) -> dict[str, Any]:
    return {
        **{key: getattr(domain, key) for key in (*_TEXTS, *_NUMBERS, *_FLAGS, *_OPTIONAL)},
        "state": domain.state.value,
        "cpu_seconds": round(domain.cpu_seconds, 1),
        "drift": [drift.value for drift in domain.drift],
    }


def _look(value: object, host: str, now: float) -> LastLook | None:
    """A file's value as a look; None for what is none.  Anything may stand there."""
    if not isinstance(value, dict) or value.get("schema") != _SCHEMA or value.get("host") != host:
        return None
    taken, rows = value.get("taken"), value.get("domains")
    if not isinstance(taken, int | float) or not 0 < taken <= now + 1 or not isinstance(rows, list):
        return None
    domains = tuple(_domain(row) for row in rows[:_DOMAINS] if isinstance(row, dict))
    return LastLook(Snapshot(host, float(taken), domains), _info(value.get("info")))


def _info(value: object) -> HostInfo:
    table = value if isinstance(value, dict) else {}
    return HostInfo(
        hostname=_text(table, "hostname"),
        xen_version=_text(table, "xen_version"),
        total_memory_mib=_number(table, "total_memory_mib"),
        free_memory_mib=_number(table, "free_memory_mib"),
        cpus=_number(table, "cpus"),
    )


def _domain(row: Mapping[str, Any]) -> Domain:
    given: dict[str, Any] = {
        **{key: _text(row, key) for key in _TEXTS},
        **{key: _number(row, key) for key in _NUMBERS},
        **{key: row.get(key) is True for key in _FLAGS},
        **{key: _number(row, key) if _is_number(row.get(key)) else None for key in _OPTIONAL},
    }
    state, drift, cpu = row.get("state"), row.get("drift"), row.get("cpu_seconds")
    return Domain(
        **given,
        state=next((each for each in DomainState if each.value == state), DomainState.OFF),
        cpu_seconds=float(cpu) if isinstance(cpu, int | float) and 0 <= cpu < _MOST else 0.0,
        drift=tuple(each for each in Drift if isinstance(drift, list) and each.value in drift[:_LONGEST]),
    )


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return plain(value, _LONGEST) if isinstance(value, str) else ""


def _number(table: Mapping[str, Any], key: str) -> int:
    value = table.get(key)
    return value if _is_number(value) else 0


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
