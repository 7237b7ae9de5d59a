"""A guest that is watched from its start is made, watched, and only then goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.seeded import seed
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.hosts.sim import SimHost
from xentui.model.boot_menu import WantedEntry
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


@pytest.mark.parametrize("cut", ["create", "unpause"])
@pytest.mark.parametrize("entry", ["2", None])
async def test_one_whose_line_is_cut_before_it_runs_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str, entry: str | None
) -> None:
    """xl has made it, paused, and nobody is there to let it go on."""
    seed(tmp_path / "sim")
    host = SimHost(tmp_path / "sim")
    run, away = host.run, [False]

    async def cut_behind(argv: Sequence[str], **options: Any) -> Completed:
        if away[0]:
            raise HostError("the SSH connection failed")
        away[0] = cut in argv and cut == "unpause"
        if away[0]:
            raise HostError("the SSH connection failed")
        done = await run(argv, **options)
        away[0] = cut in argv
        if away[0]:
            raise HostError("the SSH connection failed")
        return done

    async with Hypervisor(host) as hypervisor:
        backup = await hypervisor.inventory.find("backup")

        async def watch(_domain: Domain) -> None:
            pass

        monkeypatch.setattr(host, "run", cut_behind)
        with pytest.raises(HostError, match="SSH connection failed"):
            await hypervisor.lifecycle.start(
                backup, wanted=WantedEntry(entry) if entry else None, watch=None if entry else watch
            )
        monkeypatch.setattr(host, "run", run)
        found = await hypervisor.inventory.find("backup")
        title = " “Debian GNU/Linux 12, kernel 6.1.0-50-amd64”" if entry else ""
        assert found.state is DomainState.PAUSED and found.one_off is bool(entry)
        assert found.notice.startswith(f"it was made to boot{title} and has not run yet")
        await hypervisor.lifecycle.unpause(found)
        await asyncio.sleep(0.1)
        found = await hypervisor.inventory.find("backup")
        assert (found.notice, found.one_off) == ("", bool(entry))


async def test_one_that_went_on_is_told_of_no_more_when_it_is_made_paused_by_hand(tmp_path: Path) -> None:
    seed(tmp_path / "sim")
    host = SimHost(tmp_path / "sim")
    async with Hypervisor(host) as hypervisor:

        async def watch(_domain: Domain) -> None:
            pass

        await hypervisor.lifecycle.start(await hypervisor.inventory.find("router"), watch=watch)
        router = await hypervisor.inventory.find("router")
        await hypervisor.lifecycle.destroy(router)
        stored = hypervisor.session.store.config_path(router.uuid)
        assert (await host.run(["xl", "create", "-p", stored])).exit_code == 0
        router = await hypervisor.inventory.find("router")
        assert router.state is DomainState.PAUSED and not router.notice


async def test_one_that_is_to_stay_paused_is_watched_and_stays(tmp_path: Path) -> None:
    seed(tmp_path / "sim")
    async with Hypervisor(SimHost(tmp_path / "sim")) as hypervisor:
        seen: list[str] = []

        async def watch(domain: Domain) -> None:
            seen.append(domain.name)

        router = await hypervisor.inventory.find("router")
        await hypervisor.lifecycle.start(router, paused=True, watch=watch)
        assert seen == ["router"]
        found = await hypervisor.inventory.find("router")
        assert found.state is DomainState.PAUSED and not found.notice
