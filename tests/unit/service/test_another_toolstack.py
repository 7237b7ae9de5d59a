"""The service on two toolstacks: xl on the simulator, and one in memory that is in all ways another.

What is asked of both has the same answers; only the argv, and where the managed domains are kept, are each one's own.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.seeded import seed
from tests.unit.service.conftest import Faulty
from tests.unit.toolstack.xend import CANNOT_TRIGGER, Xend, XendHost
from xentui.errors import CommandError, NoSuchDomainError, NotAllowedError, StoreError
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.engine_store import EngineStore
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, reason_against
from xentui.simulator import control
from xentui.store import ManagedStore
from xentui.toolstack.base import Toolstack
from xentui.toolstack.targets import JobCommands, target
from xentui.toolstack.virsh.commands import VIRSH
from xentui.toolstack.virsh.toolstack import VirshToolstack
from xentui.toolstack.xl.toolstack import XlToolstack

UUID = "11111111-2222-4333-8444-000000000001"


@dataclass
class World:
    """A host, its toolstack and the service on both; ``folder`` is where files of the host may lie."""

    host: Faulty | XendHost
    toolstack: Toolstack
    hypervisor: Hypervisor
    folder: Path

    async def domain(self, word: str = "web") -> Domain:
        return await self.hypervisor.inventory.find(word)

    def file(self, text: str) -> str:
        """A configuration file, as the user names it."""
        path = "/etc/xen/web.cfg" if isinstance(self.host, Faulty) else str(self.folder / "web.cfg")
        Path(self.host.host_path(path)).write_text(text, encoding="utf-8")
        return path

    def image(self, name: str) -> str:
        """A disk image."""
        path = f"/srv/guests/{name}" if isinstance(self.host, Faulty) else str(self.folder / name)
        Path(self.host.host_path(path)).write_bytes(b"\0" * 4096)
        return path

    def kernel(self) -> str:
        return "/srv/guests/vmlinuz" if isinstance(self.host, Faulty) else self.image("vmlinuz")

    async def defined(self) -> Domain:
        """A managed domain that is off."""
        text = f'name = "web"\nuuid = "{UUID}"\nkernel = "{self.kernel()}"\nmemory = 128\nmaxmem = 256\n'
        await self.hypervisor.definitions.new(self.file(text))
        return await self.domain()

    async def started(self) -> Domain:
        """A managed domain that runs."""
        await self.hypervisor.lifecycle.start(await self.defined())
        return await self.domain()

    def changed(self) -> list[tuple[str, ...]]:
        """The commands that were sent to the host and changed it."""
        seen = ("list", "info", "dmesg", "xenstore-read", "xenstore-ls")
        return [argv for argv in self.host.ran if not {*argv[:2]} & set(seen) and not _is_libvirts_look(argv)]


def _is_libvirts_look(argv: tuple[str, ...]) -> bool:
    """Whether virsh is asked for lists or texts."""
    told = argv[len(VIRSH)] if argv[: len(VIRSH)] == VIRSH else ""
    return told.startswith(("list", "dumpxml", "domxml-to-native"))


@pytest.fixture(params=["xl", "xend", "libvirt"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """The same service on each of the three."""
    host: Faulty | XendHost
    toolstack: Toolstack
    if request.param in ("xl", "libvirt"):
        seed(tmp_path / "sim", domains=0)
        host = Faulty(tmp_path / "sim")
        control.set_speed(host.simulator, math.inf)
        toolstack = XlToolstack(host) if request.param == "xl" else VirshToolstack(host)
    else:
        host = XendHost(tmp_path)
        toolstack = Xend(host)
    async with Hypervisor(host, toolstack=toolstack, user="admin@desk") as hypervisor:
        yield World(host, toolstack, hypervisor, tmp_path)


@pytest.fixture
async def xend(tmp_path: Path) -> AsyncIterator[World]:
    """The one in memory alone."""
    host = XendHost(tmp_path)
    toolstack = Xend(host)
    async with Hypervisor(host, toolstack=toolstack, user="admin@desk") as hypervisor:
        yield World(host, toolstack, hypervisor, tmp_path)


# What both do


async def test_a_defined_domain_is_listed_as_managed_and_off(world: World) -> None:
    domain = await world.defined()
    assert (domain.name, domain.uuid, domain.managed, domain.state) == ("web", UUID, True, DomainState.OFF)
    assert (domain.target_mib, domain.maxmem_mib, domain.version) == (128, 256, 1)
    names = [item.name for item in (await world.hypervisor.inventory.poll()).domains]
    assert names == ["Domain-0", "web"]


async def test_it_starts_and_is_the_same_domain(world: World) -> None:
    domain = await world.started()
    assert (domain.uuid, domain.managed, domain.state.alive) == (UUID, True, True)
    assert domain.running is not None
    assert (domain.running.memory_kib, domain.running.maxmem_kib, domain.drift) == (128 << 10, 256 << 10, ())


async def test_it_starts_paused_and_is_let_run(world: World) -> None:
    await world.hypervisor.lifecycle.start(await world.defined(), paused=True)
    assert (await world.domain()).state is DomainState.PAUSED
    await world.hypervisor.lifecycle.unpause(await world.domain())
    assert (await world.domain()).state in (DomainState.RUNNING, DomainState.BLOCKED)
    await world.hypervisor.lifecycle.pause(await world.domain())
    assert (await world.domain()).state is DomainState.PAUSED
    with pytest.raises(NotAllowedError, match="it is paused"):
        await world.hypervisor.lifecycle.pause(await world.domain())


async def test_what_is_shut_down_is_off_and_still_managed(world: World) -> None:
    asked = await world.hypervisor.lifecycle.shutdown(await world.started())
    await world.hypervisor.lifecycle.wait_gone(asked, timeout=60)
    domain = await world.domain()
    assert (domain.state, domain.managed) == (DomainState.OFF, True)


async def test_a_file_boots_a_transient_domain(world: World) -> None:
    path = world.file(f'name = "once"\nkernel = "{world.kernel()}"\nmemory = 128\n')
    await world.hypervisor.lifecycle.create(path)
    domain = await world.domain("once")
    assert (domain.managed, domain.state.alive) == (False, True)
    await world.hypervisor.lifecycle.destroy(domain)
    with pytest.raises(NoSuchDomainError):
        await world.domain("once")


async def test_a_suspended_domain_goes_on(world: World) -> None:
    await world.hypervisor.lifecycle.suspend(await world.started())
    domain = await world.domain()
    assert domain.state is DomainState.SUSPENDED
    with pytest.raises(NotAllowedError, match="it is suspended"):
        await world.hypervisor.lifecycle.start(domain)
    await world.hypervisor.lifecycle.resume(domain)
    assert (await world.domain()).state.alive


async def test_dropped_memory_leaves_it_off(world: World) -> None:
    await world.hypervisor.lifecycle.suspend(await world.started())
    await world.hypervisor.lifecycle.destroy(await world.domain())
    assert (await world.domain()).state is DomainState.OFF


async def test_memory_and_disks_change_live_and_in_what_is_kept(world: World) -> None:
    await world.started()
    await world.hypervisor.resources.set_memory(await world.domain(), 96)
    disk = world.image("data.img")
    await world.hypervisor.devices.attach_disk(await world.domain(), [f"{disk},raw,xvdb,rw"])
    domain = await world.domain()
    assert domain.running is not None
    assert domain.stored is not None
    for config in (domain.running, domain.stored):
        assert (config.memory_kib, [(item.vdev, item.target) for item in config.disks]) == (
            96 << 10,
            [("xvdb", disk)],
        )
    await world.hypervisor.devices.detach_disk(domain, "xvdb")
    domain = await world.domain()
    assert (domain.config.disks, domain.differences) == ((), ())
    assert "data.img" not in await world.hypervisor.history.text(domain)


async def test_a_disk_is_not_given_to_two(world: World) -> None:
    disk = world.image("data.img")
    await world.hypervisor.devices.attach_disk(await world.started(), [f"{disk},raw,xvdb,rw"])
    path = world.file(f'name = "other"\nkernel = "{world.kernel()}"\ndisk = ["{disk},raw,xvda,rw"]\n')
    with pytest.raises(Exception, match="in use by"):
        await world.hypervisor.lifecycle.create(path)


async def test_it_is_renamed_where_it_runs_and_where_it_is_kept(world: World) -> None:
    if world.toolstack.name == "libvirt":
        pytest.skip("its Xen driver renames nothing that runs: test_libvirt.py")
    await world.hypervisor.definitions.rename(await world.started(), "www")
    domain = await world.domain("www")
    assert (domain.uuid, domain.stored_name, domain.differences) == (UUID, "www", ())


async def test_it_starts_with_the_host(world: World) -> None:
    await world.hypervisor.definitions.autostart(await world.defined(), on=True)
    assert (await world.domain()).autostart
    await world.hypervisor.definitions.autostart(await world.domain(), on=False)
    assert not (await world.domain()).autostart


async def test_it_is_deleted(world: World) -> None:
    await world.hypervisor.definitions.delete(await world.defined())
    with pytest.raises(NoSuchDomainError):
        await world.domain()


async def test_a_read_only_session_changes_nothing(world: World) -> None:
    domain = await world.defined()
    before = world.changed()
    async with Hypervisor(world.host, toolstack=world.toolstack, read_only=True) as reader:
        with pytest.raises(NotAllowedError, match="read-only"):
            await reader.lifecycle.start(domain)
    assert world.changed() == before


async def test_a_dry_run_shows_the_toolstack_s_own_argv(world: World) -> None:
    domain = await world.defined()
    said: list[str] = []
    async with Hypervisor(world.host, toolstack=world.toolstack, dry_run=True, announce=said.append) as dry:
        await dry.lifecycle.start(domain)
    wanted = {
        "xl": f"xl create {world.host.store_root}/domains/{UUID}/config.cfg",
        "xm": "xm start web",
        "libvirt": f"{shlex.join(VIRSH)} start {UUID}",
    }
    assert said == [wanted[world.toolstack.name]]
    assert (await world.domain()).state is DomainState.OFF


async def test_the_console_is_the_toolstack_s_own(world: World) -> None:
    domain = await world.started()
    wanted = {
        "xl": ["xl", "console", str(domain.domid)],
        "xm": ["xm", "console", "web"],
        "libvirt": [*VIRSH, "console", UUID],
    }
    assert world.toolstack.console(target(domain)) == wanted[world.toolstack.name]
    await world.hypervisor.lifecycle.destroy(domain)
    plan = await world.hypervisor.lifecycle.plan_start(await world.domain())
    wanted_start = {
        "xl": ("xl", "create", "-c"),
        "xm": ("xm", "start", "-c"),
        "libvirt": (*VIRSH, "start", UUID, "--console"),
    }[world.toolstack.name]
    assert plan.argv[: len(wanted_start)] == wanted_start


async def test_what_ran_is_in_the_audit_log(world: World) -> None:
    await world.started()
    last = (await world.hypervisor.audit())[-1].data
    program = {"libvirt": "env"}.get(world.toolstack.name, world.toolstack.name)
    assert (last["argv"][0], last["exit"], last["user"]) == (program, 0, "admin@desk")


# Where the one differs from the other, and is asked


async def test_the_toolstack_says_where_managed_domains_are_kept(world: World) -> None:
    await world.defined()
    kept = type(world.hypervisor.session.store)
    assert kept is ManagedStore if world.toolstack.name == "xl" else EngineStore
    stored = Path(world.host.store_root) / "domains" / UUID
    assert stored.is_dir() is (world.toolstack.name == "xl")


async def test_a_failure_that_shows_in_words_alone_is_one(xend: World) -> None:
    domain = await xend.started()
    xend.hypervisor.host.engine.guests.clear()  # type: ignore[attr-defined]
    argv = xend.toolstack.pause(target(domain))
    with pytest.raises(CommandError, match="does not exist"):
        await xend.hypervisor.session.change(argv, subject="web")


async def test_what_it_cannot_do_is_refused_with_its_reason(xend: World) -> None:
    domain = await xend.started()
    assert domain.cannot["trigger"] == CANNOT_TRIGGER
    assert reason_against(domain, Action.VCPU_SET) == "xend cannot"
    with pytest.raises(NotAllowedError, match="cannot vcpu-set: xend cannot"):
        await xend.hypervisor.resources.set_vcpus(domain, 2)


async def test_two_edits_of_what_the_engine_keeps_do_not_overwrite_each_other(xend: World) -> None:
    store = xend.hypervisor.session.store
    await xend.defined()
    seen = await store.read(UUID)
    text = (seen.text or "").replace("128", "96")
    await store.put(UUID, "web", text, expect=seen)
    with pytest.raises(StoreError) as caught:
        await store.put(UUID, "web", text.replace("96", "64"), expect=seen)
    assert caught.value.code == "conflict"
    assert "memory = 96" in ((await store.read(UUID)).text or "")


async def test_what_is_taken_is_not_defined_again(xend: World) -> None:
    store = xend.hypervisor.session.store
    await xend.defined()
    for uuid, name in ((UUID, "other"), (UUID[:-1] + "2", "web")):
        with pytest.raises(StoreError) as caught:
            await store.create(uuid, name, f'name = "{name}"\nuuid = "{uuid}"\n')
        assert caught.value.code == "exists"
    assert [item.name for item in await store.list()] == ["web"]


async def test_what_an_engine_does_not_keep_is_said(xend: World) -> None:
    await xend.defined()
    definitions = xend.hypervisor.definitions
    domain = await xend.domain()
    assert [version.version for version in await xend.hypervisor.history.versions(domain)] == [1]
    with pytest.raises(StoreError, match="there is no version 7 of it"):
        await xend.hypervisor.history.text(domain, 7)
    with pytest.raises(NoSuchDomainError):
        await definitions.undelete("web")
    with pytest.raises(StoreError, match="in no order"):
        await definitions.autostart(domain, on=True, order=3)
    assert await definitions.trash() == ()


async def test_what_has_not_changed_is_the_same_object(xend: World) -> None:
    await xend.defined()
    first = await xend.domain()
    assert (await xend.domain()).stored is first.stored


async def test_loads_are_those_of_the_toolstack(xend: World) -> None:
    await xend.started()
    async with aclosing(xend.hypervisor.statistics(seconds=2).loads()) as tables:
        loads = await anext(tables)
    assert (loads["web"].cpu_percent, loads["web"].net_tx) == (50.0, 1024.0)


class Chatty(XlToolstack):
    """xl, told to say more."""

    jobs = JobCommands(
        list=("xl", "list", "-v"),
        save=("xl", "-v", "save", "{domid}", "{path}"),
        restore=("xl", "-v", "restore", "-p", "{path}"),
        unpause=("xl", "-v", "unpause", "{domid}"),
        destroy=("xl", "-v", "destroy", "{domid}"),
    )


async def test_a_job_runs_what_the_toolstack_has_said(tmp_path: Path) -> None:
    seed(tmp_path / "sim", domains=0)
    host = Faulty(tmp_path / "sim")
    control.set_speed(host.simulator, math.inf)
    async with Hypervisor(host, toolstack=Chatty(host)) as hypervisor:
        world = World(host, hypervisor.session.toolstack, hypervisor, tmp_path)
        await hypervisor.lifecycle.suspend(await world.started())
        await hypervisor.lifecycle.resume(await world.domain())
        assert (await world.domain()).state.alive
        argvs = [record.data["argv"] for record in await hypervisor.audit()]
    assert [argv[2] for argv in argvs if argv[:2] == ["xl", "-v"]] == ["save", "restore", "unpause"]


async def test_whatever_a_toolstack_cannot_do_is_never_possible(xend: World) -> None:
    domain = await xend.defined()
    for action in Action:
        assert reason_against(replace(domain, cannot={action.value: "xend cannot"}), action) == "xend cannot"
    assert not reason_against(domain, Action.START), "what it can do is as possible as ever"
