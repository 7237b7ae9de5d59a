"""Domains and entries to show."""

from __future__ import annotations

from typing import Any

from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.statistics import Load
from xentui.tui.domain_list.row import DomainRow

MIB = 1024


def uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def domain(
    number: int = 1, name: str = "", state: DomainState = DomainState.RUNNING, **fields: Any
) -> Domain:
    """A managed domain with 512 MiB; number 0 is Domain-0."""
    known: dict[str, Any] = {
        "uuid": uuid(number),
        "domid": number if state.exists else None,
        "managed": number != 0,
        "memory_kib": 512 * MIB,
        "maxmem_kib": 1024 * MIB,
        "vcpus": 2,
    }
    return Domain(name=name or f"vm{number}", state=state, **{**known, **fields})


def load(name: str = "vm1", cpu: float = 0.0, **fields: float) -> Load:
    return Load(name=name, cpu_percent=cpu, memory_kib=512 * MIB, **fields)


def entry(number: int = 1, name: str = "", cpu: float | None = None, **fields: Any) -> DomainRow:
    """An entry whose key is its uuid; with ``cpu`` it has been measured."""
    made = domain(number, name, **fields)
    return DomainRow(made.uuid, made, None if cpu is None else load(made.name, cpu))
