"""The service on a host that libvirt drives: what differs from xl, and what two engines on one host must not do."""

from __future__ import annotations

import math
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.seeded import seed
from tests.unit.service.conftest import Faulty
from xentui import config as language
from xentui.errors import NotAllowedError, StoreError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, possible, reason_against
from xentui.service.session_change import SessionChange
from xentui.simulator import control
from xentui.simulator.virsh import driver_files
from xentui.toolstack.choose import toolstack_for
from xentui.toolstack.virsh import domains
from xentui.toolstack.virsh.commands import VIRSH
from xentui.toolstack.virsh.toolstack import VirshToolstack
from xentui.toolstack.xl.toolstack import XlToolstack

UUID = "11111111-2222-4333-8444-000000000001"


class World:
    """A simulated host and the service on it by libvirt."""

    def __init__(self, folder: Path) -> None:
        seed(folder, domains=0)
        self.host = Faulty(folder)
        control.set_speed(self.host.simulator, math.inf)
        self.toolstack = VirshToolstack(self.host)
        self.hypervisor = Hypervisor(self.host, toolstack=self.toolstack, user="admin@desk")

    async def domain(self, word: str = "web") -> Domain:
        return await self.hypervisor.inventory.find(word)

    async def defined(self, **settings: str) -> Domain:
        settings = {"uuid": f'"{UUID}"', "maxmem": "256", **settings}
        await self.hypervisor.definitions.new(self.host.guest("web", **settings))
        return await self.domain()

    async def by_xl(self, name: str = "web", **settings: str) -> None:
        """Start a guest behind libvirt's back."""
        done = await self.host.run(["xl", "create", self.host.guest(name, **settings)])
        assert done.exit_code == 0

    def xml(self, name: str = "web") -> str:
        return Path(self.host.host_path(f"{driver_files.DEFINED}/{name}.xml")).read_text()

    def asked(self, verb: str) -> list[tuple[str, ...]]:
        """What virsh was told of this kind."""
        return [
            argv
            for argv in self.host.ran
            if argv[: len(VIRSH)] == VIRSH and argv[len(VIRSH)].startswith(verb)
        ]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path / "sim")
    async with made.hypervisor:
        yield made


async def test_it_may_migrate(world: World) -> None:
    domain = await world.defined()
    assert reason_against(domain, Action.MIGRATE) == ""
    await world.hypervisor.lifecycle.start(domain)
    assert reason_against(await world.domain(), Action.MIGRATE) == ""


# Two engines on one host


async def test_a_guest_of_xl_is_shown_marked_and_not_touched(world: World) -> None:
    await world.defined()
    await world.by_xl("other")
    domain = await world.domain("other")
    assert (domain.by, domain.managed, domain.state.alive) == ("xl", False, True)
    assert domain.notice == "xl has started it: it is shown, and not touched"
    assert possible(domain) == frozenset()
    with pytest.raises(NotAllowedError, match="it was started by xl"):
        await world.hypervisor.lifecycle.destroy(domain)
    with pytest.raises(NotAllowedError, match="it was started by xl"):
        await world.hypervisor.editing.open(domain)
    assert reason_against(domain, Action.DELETE).startswith("it was started by xl")
    assert not world.asked("destroy")


async def test_a_guest_of_libvirt_is_its_own(world: World) -> None:
    await world.hypervisor.lifecycle.start(await world.defined())
    domain = await world.domain()
    assert (domain.by, domain.managed, domain.state.alive) == ("", True, True)
    assert Action.SHUTDOWN in possible(domain)


async def test_a_definition_is_not_started_beside_xl_s_guest_of_its_name(world: World) -> None:
    await world.defined()
    await world.by_xl("web")
    stored = await world.domain(UUID)
    assert (stored.state, stored.managed) == (DomainState.OFF, True)
    with pytest.raises(NotAllowedError, match="xl runs a domain of that name"):
        await world.hypervisor.lifecycle.start(stored)
    assert not world.asked("start")


async def test_a_definition_is_not_started_beside_xl_s_guest_of_its_uuid(world: World) -> None:
    await world.defined()
    await world.by_xl("www", uuid=f'"{UUID}"')
    domain = await world.domain("www")
    assert (domain.by, domain.managed) == ("xl", True)
    with pytest.raises(NotAllowedError, match="it was started by xl"):
        await world.hypervisor.lifecycle.start(domain)


async def test_a_definition_is_not_started_on_a_disk_that_xl_s_guest_has(world: World) -> None:
    disk = world.host.image("root.img")
    await world.defined(disk=f'["{disk},raw,xvda,rw"]')
    await world.by_xl("other", disk=f'["{disk},raw,xvda,rw"]')
    with pytest.raises(Exception, match="in use by"):
        await world.hypervisor.lifecycle.start(await world.domain("web"))


async def test_a_guest_that_libvirt_lists_a_moment_later_is_no_other_s(world: World) -> None:
    await world.hypervisor.lifecycle.start(await world.defined())
    real = world.host.answer
    late = [Completed((), 0, b"", b"")]
    world.host.answer = lambda argv: (
        late.pop() if late and tuple(argv) == (*VIRSH, "list", "--uuid") else real(argv)
    )
    assert (await world.domain()).by == ""
    assert not late, "it was asked once more"


async def test_where_libvirt_does_not_answer_what_runs_is_listed_all_the_same(world: World) -> None:
    await world.hypervisor.lifecycle.start(await world.defined())
    with world.host.simulator.state.change():
        world.host.simulator.state.put("no_libvirt", True)
    snapshot = await world.hypervisor.inventory.poll()
    assert [(domain.name, domain.by) for domain in snapshot.domains] == [("Domain-0", ""), ("web", "")]
    assert snapshot.store_unread
    assert "libvirt does not answer on the host" in snapshot.problems[0]


# What libvirt's conversion does to a text


async def test_an_interface_without_an_address_is_given_one_before_it_is_defined(world: World) -> None:
    domain = await world.defined(vif='["bridge=xenbr0"]')
    assert "00:00:00:00:00:00" not in world.xml()
    assert domain.stored is not None
    assert domain.stored.vifs[0].mac.startswith("00:16:3e:")


async def test_the_engine_itself_defines_none_without_an_address(world: World) -> None:
    text = f'name = "web"\nuuid = "{UUID}"\nkernel = "/k"\nmemory = 64\nvif = ["bridge=xenbr0"]\n'
    with pytest.raises(StoreError, match="without a MAC address"):
        await world.toolstack.engine_domains.define(UUID, "web", text)
    assert await world.toolstack.engine_domains.list() == ()


async def test_a_device_stays_with_the_kernel_s_backend(world: World) -> None:
    await world.defined(disk='["phy:/dev/vg0/root,xvda,w"]')
    assert "<driver name='phy' type='raw'/>" in world.xml()


async def test_what_libvirt_keeps_beside_survives_an_edit(world: World) -> None:
    await world.defined()
    path = Path(world.host.host_path(f"{driver_files.DEFINED}/web.xml"))
    path.write_text(world.xml().replace("  <os>", "  <title>the web</title>\n  <os>"))
    await world.hypervisor.resources.set_memory(await world.domain(), 96)
    assert "<title>the web</title>" in world.xml()
    assert (await world.domain()).target_mib == 96


async def test_the_check_says_what_is_left_out_and_what_becomes_of_disks(world: World) -> None:
    disk = world.host.image("root.img")
    path = world.host.guest("web", disk=f'["file:{disk},xvda,w"]', cpu_weight="512")
    verdict = await world.toolstack.check(world.host.host_path(path))
    assert verdict.refusal == ""
    assert verdict.words == (
        "libvirt keeps nothing of cpu_weight",
        "libvirt gives xvda to a QEMU of its own (qdisk), not to a loop device as xl does",
    )


async def test_a_definition_that_cannot_be_written_as_xl_cfg_is_damaged_and_the_others_are_not(
    world: World,
) -> None:
    await world.defined()
    world.hypervisor.inventory.forget()
    world.host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"".join(_marks(argv[-1])), b"error: unsupported configuration\n")
        if "domxml-to-native" in argv[-1]
        else None
    )
    domain = await world.domain()
    assert "cannot write it" in domain.damaged
    assert "its store entry is damaged" in reason_against(domain, Action.START)


def _marks(script: str) -> list[bytes]:
    return [word.removeprefix("echo ").encode() for word in script.split("; ") if word.startswith("echo ")]


# A domain's life


async def test_what_is_off_is_renamed_and_starts_with_the_host_as_before(world: World) -> None:
    await world.hypervisor.definitions.autostart(await world.defined(), on=True)
    await world.hypervisor.definitions.rename(await world.domain(), "www")
    domain = await world.domain("www")
    assert (domain.uuid, domain.autostart, domain.stored_name) == (UUID, True, "www")
    assert [entry.name for entry in await world.toolstack.engine_domains.list()] == ["www"]


async def test_a_new_name_that_is_not_taken_leaves_the_former_definition(world: World) -> None:
    await world.defined()
    world.host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"".join(_marks(argv[-1])), b"error: no\n")
        if "undefine" in argv[-1]
        else None
    )
    with pytest.raises(StoreError, match="did not take the name"):
        await world.hypervisor.definitions.rename(await world.domain(), "www")
    assert (await world.domain("web")).managed


async def test_a_former_definition_comes_back_in_the_same_process_of_the_host(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that is cut between the two would leave the guest with neither."""
    await world.hypervisor.definitions.autostart(await world.defined(), on=True)
    monkeypatch.setattr(domains, "_carried_over", lambda _before, _after: "<domain><name>www</name>")
    with pytest.raises(StoreError, match="did not take the name"):
        await world.hypervisor.definitions.rename(await world.domain(), "www")
    (renaming,) = [argv for argv in world.host.ran if "undefine" in argv[-1]]
    assert renaming[-1].count("; define ") == 2
    domain = await world.domain("web")
    assert (domain.uuid, domain.managed, domain.autostart) == (UUID, True, True)


async def test_what_runs_keeps_its_name(world: World) -> None:
    await world.hypervisor.lifecycle.start(await world.defined())
    with pytest.raises(NotAllowedError, match="renames no Xen guest that runs"):
        await world.hypervisor.definitions.rename(await world.domain(), "www")
    assert (await world.domain("web")).stored_name == "web"


async def test_a_file_boots_a_transient_guest_with_addresses(world: World) -> None:
    await world.hypervisor.lifecycle.create(world.host.guest("once", vif='["bridge=xenbr0"]'))
    domain = await world.domain("once")
    assert (domain.managed, domain.by, domain.state.alive) == (False, "", True)
    assert domain.running is not None
    assert domain.running.vifs[0].mac.startswith("00:16:3e:")
    assert world.asked("create")[0][-1].endswith(".cfg"), "of a passing file"


async def test_a_one_off_boot_leaves_what_is_kept(world: World) -> None:
    await world.defined()
    await world.hypervisor.lifecycle.create(world.host.guest("web", memory="96"))
    domain = await world.domain()
    assert domain.running is not None
    assert domain.stored is not None
    assert (domain.running.memory_kib, domain.stored.memory_kib) == (96 << 10, 128 << 10)


async def test_an_interface_is_detached_by_its_address(world: World) -> None:
    await world.hypervisor.lifecycle.start(await world.defined())
    vif = await world.hypervisor.devices.attach_vif(await world.domain(), ["bridge=xenbr0"])
    await world.hypervisor.devices.detach_vif(await world.domain(), "0")
    assert world.asked("detach-interface")[0][-4:-1] == ("bridge", "--mac", vif.mac)
    assert (await world.domain()).config.vifs == ()


async def test_a_guest_is_saved_to_a_file_and_goes_on_from_it(world: World) -> None:
    await world.hypervisor.lifecycle.start(await world.defined())
    await world.hypervisor.lifecycle.save(await world.domain(), "/srv/web.save")
    image = await world.toolstack.saved_image(world.host.host_path("/srv/web.save"))
    assert image is not None
    assert image.name == "web"
    await world.hypervisor.lifecycle.restore("/srv/web.save")
    assert (await world.domain()).state.alive


async def test_nothing_of_a_text_is_left_on_the_host(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = tmp_path / "passing"
    passing.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(passing))
    await world.hypervisor.lifecycle.start(await world.defined())
    assert world.asked("define")[0][-1].startswith(str(passing))
    assert list(passing.iterdir()) == []


async def test_disks_are_not_removed_with_what_libvirt_keeps(world: World) -> None:
    disk = world.host.image("root.img")
    domain = await world.defined(disk=f'["{disk},raw,xvda,rw"]')
    plan = await world.hypervisor.disposing.plan(domain)
    with pytest.raises(StoreError, match="nothing was removed"):
        await world.hypervisor.disposing.dispose(plan)
    assert Path(world.host.host_path(disk)).exists()
    assert (await world.domain()).managed


async def test_only_what_changed_is_converted_again(world: World) -> None:
    await world.defined()
    await world.domain()
    before = len(world.asked("domxml-to-native"))
    await world.domain()
    assert len(world.asked("domxml-to-native")) == before
    await world.hypervisor.resources.set_memory(await world.domain(), 96)
    await world.domain()
    assert len(world.asked("domxml-to-native")) == before + 1


# Which host is one of libvirt's


async def test_a_host_on_which_libvirt_keeps_domains_is_its(world: World, tmp_path: Path) -> None:
    assert isinstance(toolstack_for(world.host), XlToolstack), "it keeps none yet"
    await world.defined()
    assert isinstance(toolstack_for(world.host), VirshToolstack)
    (Path(world.host.store_root) / "domains" / UUID).mkdir(parents=True)
    assert isinstance(toolstack_for(world.host), XlToolstack), "xentui keeps some itself"


def test_config_toml_decides_otherwise(tmp_path: Path) -> None:
    from xentui.hosts.ssh import SshHost

    assert isinstance(toolstack_for(SshHost("ssh://xen1", toolstack="libvirt")), VirshToolstack)
    assert isinstance(toolstack_for(SshHost("ssh://xen1")), XlToolstack)


async def test_the_text_is_xl_s(world: World) -> None:
    await world.defined()
    (entry,) = await world.toolstack.engine_domains.list()
    assert language.identity(language.parse(entry.text)).uuid == UUID
    assert (await world.toolstack.engine_domains.own_text(UUID)).startswith("<domain type='xen'>")


async def test_a_change_is_undone_although_libvirt_writes_the_text_its_own_way(world: World) -> None:
    undone: list[SessionChange] = []
    world.hypervisor.session.done = undone.append
    disk = world.host.image("data.img")
    await world.hypervisor.devices.attach_disk(await world.defined(), [f"file:{disk}", "xvdb", "w"])
    assert [item.target for item in (await world.domain()).config.disks] == [disk]
    undo = undone[-1].undo
    assert undo is not None
    await undo()
    assert (await world.domain()).config.disks == ()


async def test_a_change_that_somebody_else_has_changed_since_is_not_undone(world: World) -> None:
    undone: list[SessionChange] = []
    world.hypervisor.session.done = undone.append
    await world.hypervisor.resources.set_memory(await world.defined(), 96)
    path = Path(world.host.host_path(f"{driver_files.DEFINED}/web.xml"))
    path.write_text(world.xml().replace(str(96 * 1024), str(64 * 1024)))
    undo = undone[-1].undo
    assert undo is not None
    with pytest.raises(NotAllowedError, match="changed since"):
        await undo()
    assert (await world.domain()).target_mib == 64
