"""How little memory a guest and Domain-0 may be given."""

from __future__ import annotations

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import NotAllowedError
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.resources import floor, too_little


@pytest.mark.parametrize(
    ("mib", "reason"), [(1, "too little"), (255, "too little"), (1000, "less than half of the 2048 MiB")]
)
async def test_domain_0_keeps_enough_to_live_on(
    host: Faulty, hypervisor: Hypervisor, mib: int, reason: str
) -> None:
    domain = await hypervisor.inventory.find("Domain-0")
    assert domain.memory_mib == 2048
    with pytest.raises(NotAllowedError, match=reason) as caught:
        await hypervisor.resources.set_memory(domain, mib)
    assert "--force" in hint(caught.value)
    assert "1024 MiB or more" in hint(caught.value)
    assert not [argv for argv in host.ran if argv[1] == "mem-set"]


async def test_domain_0_may_give_half_or_be_forced(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("Domain-0"), 1024)
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("Domain-0"), 300, force=True)
    small = await hypervisor.inventory.find("Domain-0")
    assert small.memory_mib == 300
    with pytest.raises(NotAllowedError, match="too little"):
        await hypervisor.resources.set_memory(small, 200)
    await hypervisor.resources.set_memory(small, 400)
    sizes = [argv[3] for argv in host.ran if argv[1] == "mem-set"]
    assert sizes == ["1024m", "300m", "400m"]


async def test_a_guest_needs_room_for_its_kernel(host: Faulty, hypervisor: Hypervisor) -> None:
    for domain in (await running(host, hypervisor), await managed(host, hypervisor, "off")):
        with pytest.raises(NotAllowedError, match="no guest kernel fits"):
            await hypervisor.resources.set_memory(domain, 3, force=True)
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("web"), 64)
    assert (await hypervisor.inventory.find("web")).memory_mib == 64


@pytest.mark.parametrize(("has", "least"), [(1024, 256), (128, 32), (100, 32)])
async def test_a_guest_is_not_starved_unasked(
    host: Faulty, hypervisor: Hypervisor, has: int, least: int
) -> None:
    await hypervisor.lifecycle.create(host.guest("tmp", memory=str(has)))
    await managed(host, hypervisor, "off", memory=str(has))
    for name in ("tmp", "off"):
        domain = await hypervisor.inventory.find(name)
        with pytest.raises(NotAllowedError, match=f"{has} MiB") as caught:
            await hypervisor.resources.set_memory(domain, least - 1)
        assert f"{least} MiB or more; if it is meant: `xentui mem-set {name} {least - 1} --force`" in hint(
            caught.value
        )
        await hypervisor.resources.set_memory(domain, least)
        starved = await hypervisor.inventory.find(name)
        await hypervisor.resources.set_memory(starved, 5, force=True)
        await hypervisor.resources.set_memory(await hypervisor.inventory.find(name), 6)


@pytest.mark.parametrize(("has", "least"), [(4096, 1024), (64, 32), (24, 12), (6, 4)])
def test_the_floor_follows_what_a_guest_has(has: int, least: int) -> None:
    domain = Domain("web", "1", DomainState.RUNNING, domid=1, running=DomainConfig(memory_kib=has * 1024))
    assert floor(domain) == least
    assert too_little(domain, least - 1)
    assert not too_little(domain, least)


async def test_what_the_next_start_gives_it_is_told(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await running(host, hypervisor, memory="1024")
    with pytest.raises(NotAllowedError, match="and that is what the next start would give it"):
        await hypervisor.resources.set_memory(web, 8)
