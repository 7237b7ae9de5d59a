"""What two domains have that only one may is told: MAC addresses, and disks both are stored with."""

from __future__ import annotations

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui.service.hypervisor import Hypervisor

MAC = "00:16:3e:00:00:01"
VIF = f"['mac={MAC}']"
SAID = f"the MAC address {MAC} belongs to web too"


@pytest.fixture
def said() -> list[str]:
    """What was said beside the work."""
    return []


async def test_a_mac_address_of_another_is_told_when_stored_and_when_started(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await managed(host, hypervisor, vif=VIF)
    made = await hypervisor.definitions.new(host.guest("copy", vif=f"['mac={MAC.upper()}']"))
    assert [word for word in made.warnings if SAID in word]
    plan = await hypervisor.lifecycle.start(await hypervisor.inventory.find("copy"))
    assert [word for word in plan.warnings if SAID in word]


async def test_one_of_a_running_domain_that_is_not_stored_is_told_at_the_attach(
    host: Faulty, hypervisor: Hypervisor, said: list[str]
) -> None:
    await hypervisor.lifecycle.create(host.guest("web", vif=VIF))
    other = await managed(host, hypervisor, "other")
    async with Hypervisor(host, warn=said.append) as mine:
        await mine.devices.attach_vif(other, [f"mac={MAC}"])
        assert [word for word in said if SAID in word]
        said.clear()
        await mine.devices.attach_vif(other, ["bridge=xenbr0"])
    assert said == []


async def test_an_edit_tells_it_too(host: Faulty, hypervisor: Hypervisor) -> None:
    await managed(host, hypervisor, vif=VIF)
    other = await managed(host, hypervisor, "other")
    draft = await hypervisor.editing.open(other)
    stored = await hypervisor.editing.store(draft, f"{draft.text}vif = {VIF}\n")
    assert [word for word in stored.warnings if SAID in word]


async def test_a_domain_is_no_double_of_itself(host: Faulty, hypervisor: Hypervisor) -> None:
    """Neither redefined, nor booted from its file, with its uuid there or without."""
    image = host.image("a.img")
    disk = f"['file:{image},xvda,w']"
    await managed(host, hypervisor, vif=VIF, disk=disk)
    again = await hypervisor.definitions.new(host.guest("web", vif=VIF, disk=disk), replace=True)
    once = await hypervisor.lifecycle.create(host.guest("web", vif=VIF, disk=disk, memory="200"))
    assert again.warnings == once.warnings == ()


@pytest.mark.parametrize(
    ("mine", "theirs", "told"),
    [("w", "w", True), ("r", "w", False), ("w", "r", False), ("w!", "w!", False), ("w!", "w", False)],
)
async def test_a_disk_both_are_stored_with_is_told(
    host: Faulty, hypervisor: Hypervisor, mine: str, theirs: str, *, told: bool
) -> None:
    image = host.image("a.img")
    await managed(host, hypervisor, disk=f"['file:{image},xvda,{theirs}']")
    made = await hypervisor.definitions.new(
        host.guest("copy", disk=f"['file:/srv/../srv/guests/a.img,xvda,{mine}']")
    )
    assert bool([word for word in made.warnings if "only one of them can run at a time" in word]) is told


async def test_many_that_have_it_are_named_by_the_first(host: Faulty, hypervisor: Hypervisor) -> None:
    for name in "abcde":
        await managed(host, hypervisor, name, vif=VIF)
    made = await hypervisor.definitions.new(host.guest("web", vif=VIF))
    assert [word for word in made.warnings if "belongs to a, b, c and 2 more too" in word]


async def test_a_running_one_with_the_address_is_told_once(host: Faulty, hypervisor: Hypervisor) -> None:
    await running(host, hypervisor, vif=VIF)
    made = await hypervisor.definitions.new(host.guest("copy", vif=VIF))
    assert len([word for word in made.warnings if MAC in word]) == 1
