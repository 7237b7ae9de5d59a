"""A guest that is watched from its start is made, watched, and only then goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeded import seed
from xentui.errors import HostError
from xentui.hosts.sim import SimHost
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import boot_release
from xentui.service.hypervisor import Hypervisor


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot_release, "_ATTACHING", 0.0)


async def test_it_does_nothing_before_somebody_looks(tmp_path: Path) -> None:
    seed(tmp_path / "sim")
    async with Hypervisor(SimHost(tmp_path / "sim")) as hypervisor:
        seen: list[tuple[DomainState, float]] = []

        async def watch(domain: Domain) -> None:
            now = await hypervisor.inventory.find(str(domain.domid))
            seen.append((now.state, now.cpu_seconds))

        router = await hypervisor.inventory.find("router")
        await hypervisor.lifecycle.start(router, watch=watch)
        assert seen == [(DomainState.PAUSED, 0.0)]
        assert (await hypervisor.inventory.find("router")).state in (DomainState.RUNNING, DomainState.BLOCKED)


async def test_it_goes_on_where_nobody_can_look(tmp_path: Path) -> None:
    seed(tmp_path / "sim")
    async with Hypervisor(SimHost(tmp_path / "sim")) as hypervisor:

        async def watch(_domain: Domain) -> None:
            raise HostError("no room for a console")

        router = await hypervisor.inventory.find("router")
        with pytest.raises(HostError, match="no room"):
            await hypervisor.lifecycle.start(router, watch=watch)
        assert (await hypervisor.inventory.find("router")).state in (DomainState.RUNNING, DomainState.BLOCKED)


async def test_one_that_is_to_stay_paused_is_watched_and_stays(tmp_path: Path) -> None:
    seed(tmp_path / "sim")
    async with Hypervisor(SimHost(tmp_path / "sim")) as hypervisor:
        seen: list[str] = []

        async def watch(domain: Domain) -> None:
            seen.append(domain.name)

        router = await hypervisor.inventory.find("router")
        await hypervisor.lifecycle.start(router, paused=True, watch=watch)
        assert seen == ["router"]
        assert (await hypervisor.inventory.find("router")).state is DomainState.PAUSED
