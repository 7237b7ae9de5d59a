"""Hosts of libvirt's emptied and brought back: by the same job of the host, and what libvirt keeps goes along."""

from __future__ import annotations

import pytest

from tests.unit.service.draining.conftest import Hosts
from tests.unit.service.draining.test_draining import emptied, record
from xentui.model.drain import DrainRecord
from xentui.service.draining import Draining
from xentui.simulator import control


@pytest.fixture
def toolstack() -> str:
    return "libvirt"


async def autostarts(hosts: Hosts) -> dict[str, str]:
    """On which host each guest starts with it."""
    found = {}
    for name, it in hosts.by.items():
        domains = (await it.inventory.poll()).domains
        found.update({each.name: name for each in domains if each.autostart})
    return found


async def test_guests_of_libvirt_are_moved_and_shut_down_and_come_back(hosts: Hosts) -> None:
    a = hosts.by["a"]
    assert a.session.toolstack.name == "libvirt"
    await a.definitions.autostart(await hosts.running("web", memory=512), on=True)
    await a.definitions.autostart(await hosts.running("old", kind="pv"), on=True)
    await a.definitions.autostart(await hosts.guest("off"), on=True)
    assert await hosts.run("drain", "--yes", "--to", "sim:b", "--shutdown") == 0
    assert await hosts.where() == {"web": "b:on", "old": "a:off", "off": "a:off"}
    assert await autostarts(hosts) == {"web": "b"}
    assert all(each.done for each in (await record(hosts)).guests)
    assert await hosts.run("undrain", "--yes") == 0
    assert await hosts.where() == {"web": "a:on", "old": "a:on", "off": "a:off"}
    assert await autostarts(hosts) == {"web": "a", "old": "a", "off": "a"}
    assert await record(hosts) == DrainRecord()


async def test_a_guest_that_is_defined_no_more_is_not_shut_down(hosts: Hosts) -> None:
    old = await hosts.running("old", kind="pv")
    it = Draining(hosts.by["a"], hosts.others, patience=20)
    plan = await it.plan(shutdown=True)
    await hosts.by["a"].host.run(["virsh", "-c", "xen:///system", "undefine", old.uuid])

    async def look(_told: object) -> None:
        """Nobody looks on."""

    (told,) = (await it.sequence(plan).follow(look)).outcomes
    assert (told.state.value, "transient" in told.why) == ("skipped", True)
    assert await hosts.where() == {"old": "a:on"}


async def test_a_place_is_found_among_hosts_of_libvirt(hosts: Hosts) -> None:
    await hosts.running("web", memory=512)
    hosts.memory("b", 1200)
    assert await hosts.run("place", "web", "--json") == 0
    assert [(each["host"], each["fits"]) for each in hosts.json] == [("sim:c", True), ("sim:b", False)]


async def test_a_line_that_is_cut_leaves_the_guest_and_the_next_goes_on(hosts: Hosts) -> None:
    await hosts.running("web")
    control.cut_migrations(hosts.sims["a"].simulator, "copy")
    assert await hosts.run("drain", "--yes", "--to", "sim:b") == 1
    assert await hosts.where() == {"web": "a:on"}
    control.cut_migrations(hosts.sims["a"].simulator, "mended")
    plan = await emptied(hosts)
    assert [step.name for step in plan.doing] == ["web"]
    assert "a:on" not in (await hosts.where()).values()
