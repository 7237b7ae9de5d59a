"""A shell on a simulated host, its words caught."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.seeded import seed
from xentui.commands.context import Context
from xentui.commands.suggestions import as_verb
from xentui.hosts.sim import SimHost
from xentui.service.hypervisor import Hypervisor


@dataclass
class Told:
    """What verbs have said: ``out`` on standard output, ``notes`` to the person."""

    out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def context(tmp_path: Path, told: Told) -> AsyncIterator[Context]:
    seed(tmp_path / "sim")
    host = SimHost(tmp_path / "sim")
    async with Hypervisor(host, announce=told.out.append) as hypervisor:
        yield Context(hypervisor, told.out.append, told.notes.append, render=as_verb)
