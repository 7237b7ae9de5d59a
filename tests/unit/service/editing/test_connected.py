"""A device whose attach has failed is not a part of what runs, whatever xl says of it."""

from __future__ import annotations

from pathlib import Path

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import running
from xentui.model.domain import Domain
from xentui.service.editing.connected import unconnected
from xentui.service.hypervisor import Hypervisor


async def with_refused_disk(host: Faulty, hypervisor: Hypervisor) -> Domain:
    """A domain that was to have a volume another one writes to: its block script has refused it."""
    volume = Path(host.host_path("/dev/vg0/data"))
    volume.parent.mkdir(parents=True, exist_ok=True)
    volume.write_bytes(b"\0" * 4096)
    host.guest("other", disk="['phy:/dev/vg0/data,xvda,w']")
    await host.run(["xl", "create", host.host_path("/etc/xen/other.cfg")])
    await running(host, hypervisor, disk=f"['file:{host.image('a.img')},xvda,w']")
    done = await host.run(["xl", "block-attach", "web", "phy:/dev/vg0/data,xvdb,w"])
    assert done.exit_code == 1
    assert done.stderr.endswith(b"Unable to add vbd with id 51728\nlibxl_device_disk_add failed.\n")
    return await hypervisor.inventory.find("web")


async def test_a_disk_that_was_refused_is_told_and_not_stored(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await with_refused_disk(host, hypervisor)
    assert [item.field for item in domain.differences] == ["disk xvdb"]
    sides = await hypervisor.editing.drift.sides(domain)
    assert sides.unconnected == ("disk xvdb",)
    assert (sides.stored_running, sides.fields) == ((), ())
    warnings: list[str] = []
    hypervisor.session.warn = warnings.append
    assert await hypervisor.editing.drift.take_running(domain) == 1
    assert warnings == ["web: disk xvdb is not connected, and is not stored"]


async def test_what_else_differs_is_taken_over_all_the_same(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await with_refused_disk(host, hypervisor)
    host.image("b.img")
    assert (await host.run(["xl", "block-attach", "web", "/srv/guests/b.img,raw,xvdc,w"])).exit_code == 0
    await hypervisor.editing.drift.take_running(domain)
    now = await hypervisor.inventory.find("web")
    assert now.stored and [disk.vdev for disk in now.stored.disks] == ["xvda", "xvdc"]


async def test_a_disk_that_is_detached_again_is_gone(host: Faulty, hypervisor: Hypervisor) -> None:
    await with_refused_disk(host, hypervisor)
    assert (await host.run(["xl", "block-detach", "web", "xvdb"])).exit_code == 0
    domain = await hypervisor.inventory.find("web")
    assert domain.differences == ()
    assert await unconnected(hypervisor.session, domain) == ()


async def test_devices_that_are_connected_are_all_there(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(
        host, hypervisor, disk=f"['file:{host.image('a.img')},xvda,w']", vif="['bridge=xenbr0']"
    )
    await host.run(["xl", "network-attach", "web", "bridge=xenbr0"])
    now = await hypervisor.inventory.find("web")
    assert now.running and len(now.running.vifs) == 2
    assert await unconnected(hypervisor.session, now) == ()
    assert domain.domid == now.domid
