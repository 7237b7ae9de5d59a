"""Managed domains are handed over to the host's libvirt, or to files, and to nobody twice."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.seeded import seed
from tests.unit.service.conftest import Faulty
from xentui.errors import NotAllowedError, StoreCode, StoreError
from xentui.service.exporting import Exporting
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import control
from xentui.store import ManagedStore
from xentui.toolstack.choose import toolstack_named
from xentui.toolstack.xl.toolstack import XlToolstack

UUID = "11111111-2222-4333-8444-000000000001"


class World:
    """A host of xl's with one managed domain, and a libvirt beside."""

    def __init__(self, folder: Path) -> None:
        seed(folder, domains=0)
        self.host = Faulty(folder)
        control.set_speed(self.host.simulator, math.inf)
        self.hypervisor = Hypervisor(self.host, toolstack=XlToolstack(self.host), user="admin@desk")
        self.store = ManagedStore(self.host)

    @property
    def exporting(self) -> Exporting:
        return self.hypervisor.exporting

    async def kept_by_libvirt(self) -> dict[str, bool]:
        domains = toolstack_named("libvirt", self.host).engine_domains
        assert domains is not None
        return {entry.name: entry.autostart for entry in await domains.list()}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path / "sim")
    async with made.hypervisor:
        text = (
            f'name = "web"\nuuid = "{UUID}"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\ncpu_weight = 512\n'
        )
        await made.store.create(UUID, "web", text + 'vif = ["bridge=xenbr0"]\n')
        yield made


async def test_the_plan_says_what_is_done_to_it_and_changes_nothing(world: World) -> None:
    (export,) = await world.exporting.plan_libvirt([])
    assert (export.name, export.uuid, export.against) == ("web", UUID, "")
    assert export.notes == (
        "1 of its interfaces get a MAC address: libvirt would start them without",
        "libvirt keeps nothing of cpu_weight",
    )
    assert "mac=00:16:3e:" in export.text
    assert await world.kept_by_libvirt() == {}


async def test_what_is_handed_over_is_libvirt_s_alone(world: World) -> None:
    await world.hypervisor.definitions.autostart(await world.hypervisor.inventory.find("web"), on=True)
    (export,) = await world.exporting.plan_libvirt(["web"])
    await world.exporting.to_libvirt(export)
    assert await world.kept_by_libvirt() == {"web": True}
    assert await world.store.list() == ()
    assert [item.name for item in await world.store.trash()] == ["web"]
    assert [record.data["argv"][0] for record in await world.hypervisor.audit()][-3:] == ["xentui-store"] * 3


async def test_what_libvirt_refuses_stays_in_the_store(world: World) -> None:
    (export,) = await world.exporting.plan_libvirt(["web"])
    with world.host.simulator.state.change():
        world.host.simulator.state.put("no_libvirt", True)
    with pytest.raises(StoreError, match="libvirt does not answer"):
        await world.exporting.to_libvirt(export)
    assert [entry.name for entry in await world.store.list()] == ["web"]


async def test_what_has_moved_to_another_host_is_not_handed_over(world: World) -> None:
    """libvirt would start it here, while it runs there."""
    (export,) = await world.exporting.plan_libvirt(["web"])
    await world.store.settle_move(UUID, left="xen2")
    with pytest.raises(NotAllowedError, match="it has moved to xen2"):
        await world.exporting.to_libvirt(export)
    (export,) = await world.exporting.plan_libvirt(["web"])
    assert "it has moved to xen2" in export.against
    assert await world.kept_by_libvirt() == {}


async def test_what_was_changed_since_it_was_planned_is_not_handed_over(world: World) -> None:
    (export,) = await world.exporting.plan_libvirt(["web"])
    await world.store.put(UUID, "web", export.text + "vcpus = 2\n")
    with pytest.raises(NotAllowedError, match="changed meanwhile"):
        await world.exporting.to_libvirt(export)
    assert await world.kept_by_libvirt() == {}


async def test_what_runs_is_not_handed_over(world: World) -> None:
    (export,) = await world.exporting.plan_libvirt(["web"])
    await world.hypervisor.lifecycle.start(await world.hypervisor.inventory.find("web"))
    with pytest.raises(NotAllowedError, match="it runs"):
        await world.exporting.to_libvirt(export)
    (export,) = await world.exporting.plan_libvirt(["web"])
    assert "shut it down first" in export.against


async def test_what_is_suspended_or_known_to_libvirt_is_not_either(world: World) -> None:
    await world.hypervisor.lifecycle.start(await world.hypervisor.inventory.find("web"))
    await world.hypervisor.lifecycle.suspend(await world.hypervisor.inventory.find("web"))
    (export,) = await world.exporting.plan_libvirt(["web"])
    assert export.against.startswith("it is suspended")
    domains = toolstack_named("libvirt", world.host).engine_domains
    assert domains is not None
    await domains.define(UUID, "web", f'name = "web"\nuuid = "{UUID}"\nkernel = "/k"\nmemory = 64\n')
    (export,) = await world.exporting.plan_libvirt(["web"])
    assert export.against == "libvirt has a domain of that name or uuid already"
    with pytest.raises(NotAllowedError, match="cannot export"):
        await world.exporting.to_libvirt(export)


async def test_a_word_that_names_nothing_is_told(world: World) -> None:
    with pytest.raises(NotAllowedError, match="nothing of that name"):
        await world.exporting.plan_libvirt(["web", "wbe"])


async def test_files_of_xl_s_are_written_and_none_is_overwritten(world: World) -> None:
    Path(world.host.host_path("/srv/export")).mkdir()
    ((path, text),) = await world.exporting.plan_files([], "/srv/export/")
    assert path == "/srv/export/web.cfg"
    await world.exporting.to_file(path, text)
    assert Path(world.host.host_path(path)).read_text() == text
    with pytest.raises(StoreError) as caught:
        await world.exporting.to_file(path, text)
    assert caught.value.code == StoreCode.EXISTS


async def test_what_libvirt_keeps_is_written_as_files_of_xl_s(world: World) -> None:
    (export,) = await world.exporting.plan_libvirt(["web"])
    await world.exporting.to_libvirt(export)
    async with Hypervisor(world.host, toolstack=toolstack_named("libvirt", world.host)) as libvirt:
        ((path, text),) = await libvirt.exporting.plan_files(["web"], "/srv")
    assert path == "/srv/web.cfg"
    assert f'uuid = "{UUID}"' in text
