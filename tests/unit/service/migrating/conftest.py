"""Two simulated hosts whose time passes at once, and a guest that can migrate between them."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.seeded import seed
from tests.unit.service.conftest import Faulty
from xentui.hosts.reach import Reach
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating import Migrating, MigrationPlan, Mode
from xentui.service.migrating.halves import of_uuid
from xentui.simulator import control

RUNS = (DomainState.RUNNING, DomainState.BLOCKED)


@dataclass
class Two:
    """Two hosts: the source and the target of migrations."""

    source: Hypervisor
    target: Hypervisor

    async def guest(self, **settings: str) -> Domain:
        """A managed guest that runs on the source, of two versions."""
        host = self.source.host
        assert isinstance(host, Faulty)
        path = host.guest("web", type='"pvh"', vif="['bridge=xenbr0']", **settings)
        await self.source.definitions.new(path)
        await self.source.lifecycle.start(await self.source.inventory.find("web"))
        return await self.source.inventory.find("web")

    async def plan(self, domain: Domain, mode: Mode = Mode.LIVE) -> MigrationPlan:
        """The plan of a migration that nothing stands in the way of."""
        argv = ("xl", "migrate", str(domain.domid), Path(self.target.host.store_root).parent.name)
        commands = (argv,) if mode is Mode.LIVE else ()
        return MigrationPlan(domain, mode, self.target, Reach("sim2"), commands=commands)

    async def migrate(self, domain: Domain) -> Domain | None:
        """Migrate it live."""
        return await Migrating(self.source).run(await self.plan(domain))

    def cut(self, phase: str) -> None:
        """Have the line between the two die at a phase."""
        assert isinstance(self.source.host, Faulty)
        control.cut_migrations(self.source.host.simulator, phase)

    async def stored(self, uuid: str) -> tuple[bool, bool]:
        """On which of both hosts it is managed."""
        found = []
        for it in (self.source, self.target):
            snapshot = await it.inventory.poll()
            found.append(any(each.uuid == uuid and each.managed for each in snapshot.domains))
        return found[0], found[1]

    async def runs(self, uuid: str) -> tuple[bool, bool]:
        """On which of both hosts its guest can run."""
        found = []
        for it in (self.source, self.target):
            there = of_uuid(await it.inventory.poll(), uuid)
            found.append(any(each.state in RUNS for each in there))
        return found[0], found[1]

    async def names(self) -> tuple[list[str], list[str]]:
        """What each host holds, by name."""
        found = []
        for it in (self.source, self.target):
            snapshot = await it.inventory.poll()
            found.append([each.name for each in snapshot.domains if each.domid])
        return found[0], found[1]


async def made(folder: Path) -> Hypervisor:
    """Somebody's service on the host in that folder."""
    if not (folder / "state.db").exists():
        seed(folder, domains=0)
    host = Faulty(folder)
    control.set_speed(host.simulator, math.inf)
    return Hypervisor(host, user="admin@desk")


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with await made(tmp_path / "sim") as source, await made(tmp_path / "sim2") as target:
        yield Two(source, target)
