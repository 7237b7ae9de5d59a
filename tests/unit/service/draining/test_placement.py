"""Where a domain could go: hosts that fit first, the roomiest first, and each that does not with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.draining.conftest import Hosts
from xentui.commands.other_host import other_host
from xentui.errors import NotAllowedError, UsageError
from xentui.hosts.sim import SimHost
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating import Migrating, MigrationPlan
from xentui.service.placement import places
from xentui.simulator import control
from xentui.simulator.readiness import Installed


async def test_what_has_most_left_comes_first(hosts: Hosts) -> None:
    domain = await hosts.running("web")
    hosts.memory("b", 8192)
    found = await places(hosts.by["a"], domain, hosts.others)
    assert [(each.host, each.fits, each.sentence) for each in found] == [
        ("sim:c", True, "fits"),
        ("sim:b", True, "fits"),
    ]
    free = (await hosts.by["b"].inventory.host_info()).free_memory_mib
    assert found[1].free_after_mib is not None
    assert free - 270 < found[1].free_after_mib < free - 256


async def test_one_without_room_comes_after_those_that_fit(hosts: Hosts) -> None:
    domain = await hosts.running("web", memory=1024)
    hosts.memory("c", 2700)
    found = await places(hosts.by["a"], domain, hosts.others)
    assert [(each.host, each.fits) for each in found] == [("sim:b", True), ("sim:c", False)]
    assert found[1].sentence == "stopped by memory"
    assert (found[1].free_after_mib or 0) < 0


async def test_one_that_is_away_is_told_as_such_and_comes_last(hosts: Hosts) -> None:
    domain = await hosts.running("web")
    control.vanish(hosts.sims["b"].simulator)
    found = await places(hosts.by["a"], domain, hosts.others)
    assert [each.host for each in found] == ["sim:c", "sim:b"]
    assert found[1].sentence == "could not be asked: the simulated host is away"
    assert (found[1].fits, found[1].free_after_mib) == (False, None)


async def test_its_own_host_under_another_name_is_no_place(hosts: Hosts) -> None:
    domain = await hosts.running("web")
    same = Hypervisor(SimHost(Path(hosts.sims["a"].store_root).parent, name="alias"))
    assert await places(hosts.by["a"], domain, [same]) == []


async def test_what_is_off_takes_its_disks_along(hosts: Hosts) -> None:
    domain = await hosts.guest("web", disk=True)
    Path(hosts.sims["b"].host_path("/srv/guests")).mkdir(parents=True, exist_ok=True)
    found = {each.host: each for each in await places(hosts.by["a"], domain, hosts.others)}
    assert found["sim:b"].sentence == "fits; 1 disk copied"


async def test_looking_for_a_place_writes_nothing_and_says_what_is_not_proven(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.share(hosts.sims["a"].simulator, "sim:b")
    domain = await hosts.running("web", disk=True)
    left: list[str] = []
    call = SimHost.call

    async def watched(self: SimHost, asked: Any, *_: Any, **arguments: Any) -> Any:
        if asked == "leave_probe":
            left.append(self.name)
        return await call(self, asked, **arguments)

    monkeypatch.setattr(SimHost, "call", watched)
    (found,) = await places(hosts.by["a"], domain, [hosts.by["b"]], allow=["cached"])
    assert (found.sentence, left) == ("fits; asks: unproven, cached", [])
    assert await hosts.run("place", "web", "--to", "sim:b", "--allow", "cached") == 0
    dry = hosts.by["a"].stricter(read_only=False, dry_run=True, announce=hosts.out.append)
    looked = await Migrating(dry).plan(domain, hosts.by["b"], allow=["cached"])
    assert ({finding.word for finding in looked.soft}, left) == ({"unproven", "cached"}, [])
    only = hosts.by["a"].stricter(read_only=True, dry_run=False, announce=hosts.out.append)
    assert "unproven" in {
        finding.word for finding in (await Migrating(only).plan(domain, hosts.by["b"])).findings
    }
    assert left == []
    assert await hosts.run("place", "web", "--to", "sim:b", "--allow", "cached", "--probe") == 0
    assert left == ["sim:a"]
    plan = await Migrating(hosts.by["a"]).plan(domain, hosts.by["b"], allow=["cached"])
    assert {finding.word for finding in plan.findings} == {"cached"}


async def test_a_domain_that_goes_nowhere_as_it_is_is_refused_at_once(hosts: Hosts) -> None:
    domain = await hosts.running("web")
    await hosts.by["a"].lifecycle.pause(domain)
    with pytest.raises(NotAllowedError, match="it is paused"):
        await places(hosts.by["a"], await hosts.by["a"].inventory.find("web"), hosts.others)
    with pytest.raises(UsageError):
        await places(hosts.by["a"], domain, hosts.others, allow=["everything"])


async def test_several_are_planned_by_one_look_as_each_alone_is(hosts: Hosts) -> None:
    domains = [
        await hosts.running("web"),
        await hosts.running("old", kind="pv"),
        await hosts.guest("off", disk=True),
    ]
    await hosts.by["a"].lifecycle.pause(await hosts.running("held"))
    domains.append(await hosts.by["a"].inventory.find("held"))
    migrating = Migrating(hosts.by["a"])
    together = await migrating.plans(domains, hosts.by["b"])
    assert isinstance(together[3], NotAllowedError)
    for domain, plan in zip(domains[:3], together, strict=False):
        assert isinstance(plan, MigrationPlan)
        alone = await migrating.plan(domain, hosts.by["b"])
        assert [each.word for each in plan.findings] == [each.word for each in alone.findings]
        assert (plan.mode, plan.commands, plan.disks) == (alone.mode, alone.commands, alone.disks)
    old = together[1]
    assert isinstance(old, MigrationPlan)
    assert [each.word for each in old.hard] == ["shadow"]


async def test_the_command_tells_it_in_a_table_and_by_its_exit_status(hosts: Hosts) -> None:
    await hosts.running("web", memory=1024)
    hosts.memory("c", 2700)
    assert await hosts.run("place", "web") == 0
    assert [line.split()[0] for line in hosts.out] == ["Host", "sim:b", "sim:c"]
    assert hosts.out[1].endswith("✓  fits")
    assert await hosts.run("place", "web", "--to", "sim:c", "--why") == 1
    assert any("memory" in line and "it takes" in line for line in hosts.out)
    assert await hosts.run("place", "web", "--json") == 0
    assert [(each["host"], each["fits"]) for each in hosts.json] == [("sim:b", True), ("sim:c", False)]
    assert hosts.json[0]["plan"]["mode"] == "live"


@pytest.mark.parametrize(
    ("words", "status"),
    [(("web", "--to", "sim:a"), 2), (("web", "--to", "$(reboot)"), 2), (("nobody",), 3)],
)
async def test_what_makes_no_sense_is_refused(hosts: Hosts, words: tuple[str, ...], status: int) -> None:
    await hosts.guest("web")
    assert await hosts.run("place", *words) == status


async def test_hosts_that_all_are_away_are_another_status(hosts: Hosts) -> None:
    await hosts.running("web")
    for name in "bc":
        control.vanish(hosts.sims[name].simulator)
    assert await hosts.run("place", "web") == 7


async def test_what_asks_something_comes_before_what_is_stopped(hosts: Hosts) -> None:
    domain = await hosts.running("web", memory=1024)
    hosts.memory("c", 2700)
    simulator = hosts.sims["b"].simulator
    simulator.furnish()
    Installed(simulator.files, simulator.state).hardware(version="4.18.0")
    found = await places(hosts.by["a"], domain, list(reversed(hosts.others)))
    assert [(each.host, each.sentence) for each in found] == [
        ("sim:b", "fits; asks: newer"),
        ("sim:c", "stopped by memory"),
    ]


async def test_a_host_of_the_session_may_no_more_than_who_asks_for_it(hosts: Hosts) -> None:
    a = hosts.by["a"]
    dry = a.stricter(read_only=False, dry_run=True, announce=hosts.out.append)
    async with other_host(dry, "sim:b", hosts.others) as other:
        assert (other.session.dry_run, other.host.name) == (True, "sim:b")
    async with other_host(a, "sim:b", hosts.others) as other:
        assert other is hosts.by["b"]
