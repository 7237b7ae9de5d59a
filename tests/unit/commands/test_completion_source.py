"""What completion asks of a host, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from xentui.commands.completion_source import KEPT, HostCompletionSource
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.hosts.local import LocalHost
from xentui.hosts.sim import SimHost
from xentui.service.hypervisor import Hypervisor
from xentui.toolstack.xl import commands as xl


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class CountingHost(SimHost):
    """A simulated host that counts its lists, and can go away."""

    lists = 0
    away = False

    async def run(self, argv: Sequence[str], **options: Any) -> Completed:
        self.lists += argv == xl.LIST
        if self.away:
            raise HostError("gone")
        return await super().run(argv, **options)

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        if self.away:
            raise HostError("gone")
        return await super().call(operation, **arguments)


@pytest.fixture
def host(tmp_path: Path) -> CountingHost:
    return CountingHost(tmp_path / "sim")


async def test_a_snapshot_answers_for_two_seconds_or_until_something_was_done(host: CountingHost) -> None:
    clock = Clock()
    ground = HostCompletionSource(lambda: hypervisor, clock=clock)
    hypervisor = Hypervisor(host)
    for _ in range(3):
        assert "web1" in [domain.name for domain in await ground.domains()]
    assert host.lists == 1
    clock.now += KEPT + 0.1
    await ground.domains()
    assert host.lists == 2
    ground.forget()
    await ground.domains()
    assert host.lists == 3


async def test_askers_at_the_same_time_share_one_poll_and_a_key_does_not_end_it(host: CountingHost) -> None:
    hypervisor = Hypervisor(host)
    ground = HostCompletionSource(lambda: hypervisor)
    dropped = asyncio.ensure_future(ground.domains())
    await asyncio.sleep(0)
    dropped.cancel()
    first, second = await asyncio.gather(ground.domains(), ground.domains())
    assert first == second != ()
    assert host.lists == 1


async def test_a_host_that_is_away_answers_with_nothing(host: CountingHost) -> None:
    host.away = True
    hypervisor = Hypervisor(host)
    ground = HostCompletionSource(lambda: hypervisor)
    assert await ground.domains() == ()
    assert await ground.domains() == ()
    assert host.lists == 1, "it is not asked at each key"
    assert await ground.paths("/etc/") == ()


async def test_a_fault_while_asking_disturbs_nobody(
    host: CountingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xentui.toolstack.xl.parse.domain_list", lambda _text: 1 // 0)
    hypervisor = Hypervisor(host)
    assert await HostCompletionSource(lambda: hypervisor).domains() == ()


async def test_paths_of_the_simulated_host_are_spelled_as_on_it(host: CountingHost) -> None:
    hypervisor = Hypervisor(host)
    ground = HostCompletionSource(lambda: hypervisor)
    assert await ground.paths("/etc/xen/web") == ["/etc/xen/web1.cfg", "/etc/xen/web2.cfg"]
    assert await ground.paths("/etc/x") == ["/etc/xen/"]
    assert await ground.paths("/etc//xen/../xen/ro") == ["/etc//xen/../xen/router.cfg"]
    assert await ground.paths("/nosuch/") == []


async def test_relative_paths_stay_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.cfg").touch()
    (tmp_path / ".hidden").touch()
    monkeypatch.chdir(tmp_path)
    hypervisor = Hypervisor(LocalHost(str(tmp_path / "store")))
    ground = HostCompletionSource(lambda: hypervisor)
    assert await ground.paths("") == ["file.cfg", "folder/"]
    assert await ground.paths("./f") == ["./file.cfg", "./folder/"]
    assert await ground.paths("folder/../fi") == ["folder/../file.cfg"]
    assert await ground.paths(".h") == [".hidden"]
    assert await ground.paths(f"{tmp_path}/fi") == [f"{tmp_path}/file.cfg"]


async def test_the_root_folder_is_completed() -> None:
    hypervisor = Hypervisor(LocalHost("/nonexistent"))
    assert "/etc/" in await HostCompletionSource(lambda: hypervisor).paths("/et")
