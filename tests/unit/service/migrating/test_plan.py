"""A migration planned between two simulated hosts: what is read, what that takes, and what is in the way."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.seeded import seed
from tests.unit.service.conftest import Faulty
from xentui.commands.suggestions import as_verb
from xentui.errors import HostError, NotAllowedError, UsageError, worded
from xentui.hosts.base import Completed
from xentui.hosts.reach import Reach
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating import Migrating, MigrationPlan, Mode
from xentui.simulator import control, shared_storage

SHARED, APART = "/srv/guests/web1.img", "/var/web1.img"


class Named(Faulty):
    """A simulated host with a name of its own, that remembers what its agent was asked."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder)
        self._name = name
        self.told: dict[str, Callable[[Any], Any]] = {}
        self.calls: list[str] = []

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        self.calls.append(str(operation))
        answer = await super().call(operation, **arguments)
        return self.told.get(str(operation), lambda said: said)(answer)

    def put(self, path: str, text: str) -> None:
        place = Path(self.host_path(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


async def _host(tmp_path: Path, name: str) -> AsyncIterator[Hypervisor]:
    seed(tmp_path / f"sim-{name}", domains=0)
    host = Named(tmp_path / f"sim-{name}", name)
    control.set_speed(host.simulator, math.inf)
    async with Hypervisor(host, user="admin@desk") as made:
        yield made


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[Hypervisor]:
    async for made in _host(tmp_path, "a"):
        yield made


@pytest.fixture
async def target(tmp_path: Path, source: Hypervisor) -> AsyncIterator[Hypervisor]:
    async for made in _host(tmp_path, "b"):
        named(source).image("web1.img")
        control.share(named(source).simulator, "sim-b")
        yield made


def named(hypervisor: Hypervisor) -> Named:
    host = hypervisor.host
    assert isinstance(host, Named)
    return host


async def guest(source: Hypervisor, *, runs: bool = True, **settings: str) -> Domain:
    path = named(source).guest("web1", type='"pvh"', vif="['bridge=xenbr0']", **settings)
    await source.definitions.new(path)
    domain = await source.inventory.find("web1")
    if runs:
        await source.lifecycle.start(domain)
    return await source.inventory.find("web1")


def words(plan: MigrationPlan) -> set[tuple[str, bool]]:
    return {(finding.word, finding.hard) for finding in plan.findings}


async def test_a_guest_without_disks_can_go(source: Hypervisor, target: Hypervisor) -> None:
    plan = await Migrating(source).plan(await guest(source), target)
    assert (plan.mode, plan.findings, plan.disks) == (Mode.LIVE, (), ())
    (command,) = plan.commands
    assert command[:3] == ("xl", "migrate", "-s") and command[4:] == (str(plan.domain.domid), "sim-b")
    assert "-oBatchMode=yes" in command[3] and "-oServerAliveInterval=5" in command[3]


async def test_nothing_is_changed_by_a_plan(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source, disk=f"['{SHARED},raw,xvda,w']")
    before = await source.audit(), await target.audit()
    await Migrating(source).plan(domain, target)
    assert (await source.audit(), await target.audit()) == before
    assert not [
        path for path in Path(named(source).host_path("/srv/guests")).iterdir() if "xentui" in path.name
    ]


async def test_a_shared_image_is_the_same_and_may_be_old(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source, disk=f"['{SHARED},raw,xvda,w']")
    plan = await Migrating(source).plan(domain, target)
    assert words(plan) == {("cached", True)}
    assert [(move.path, move.shared) for move in plan.disks] == [(SHARED, True)]
    assert "125 of" not in plan.hard[0].why and "125 were old" in plan.hard[0].why
    plan = await Migrating(source).plan(domain, target, allow=("cached",))
    assert words(plan) == {("cached", False)}


async def test_what_a_guest_writes_through_a_loop_device_goes_past_the_memory_of_its_host(
    source: Hypervisor, target: Hypervisor
) -> None:
    domain = await guest(source, disk=f"['{SHARED},raw,xvda,w']")
    loop = f"/dev/{shared_storage.leak_loop(named(source).simulator, SHARED)}"
    plan = await Migrating(source).plan(domain, target)
    assert (words(plan), plan.direct) == ({("direct-io", False)}, ((loop, SHARED),))
    assert plan.steps[0] == ("losetup", "--direct-io=on", loop) and plan.steps[1][:2] == ("xl", "migrate")
    assert not plan.cached and (await Migrating(source).plan(domain, target, allow=("cached",))).cached
    # QEMU has the file itself, and what holds another file is another's.
    shared_storage.free_loop(named(source).simulator, loop.rpartition("/")[2])
    shared_storage.leak_loop(named(source).simulator, "/srv/guests/else.img")
    plan = await Migrating(source).plan(domain, target)
    assert (words(plan), plan.direct) == ({("cached", True)}, ())


async def test_an_image_of_its_own_is_not(source: Hypervisor, target: Hypervisor) -> None:
    named(source).put(APART, "x" * 4096)
    domain = await guest(source, disk=f"['{APART},raw,xvda,w']")
    assert words(await Migrating(source).plan(domain, target)) == {("disk", True)}
    named(target).put(APART, "x" * 4096)
    assert words(await Migrating(source).plan(domain, target)) == {("other-disk", True)}


async def test_one_that_is_off_takes_its_image_along(source: Hypervisor, target: Hypervisor) -> None:
    named(source).put(APART, "x" * 4096)
    domain = await guest(source, runs=False, disk=f"['{APART},raw,xvda,w']")
    plan = await Migrating(source).plan(domain, target)
    assert (plan.mode, words(plan)) == (Mode.OFFLINE, set())
    assert [(move.path, move.size) for move in plan.copies] == [(APART, 4096)]


@pytest.mark.parametrize(
    ("wanted", "runs", "says"),
    [(Mode.OFFLINE, True, "it is running"), (Mode.LIVE, False, "it is off")],
)
async def test_how_it_moves_follows_from_its_state(
    source: Hypervisor, target: Hypervisor, wanted: Mode, runs: bool, says: str
) -> None:
    domain = await guest(source, runs=runs)
    with pytest.raises(NotAllowedError, match=says):
        await Migrating(source).plan(domain, target, wanted)


async def test_one_that_stops_meanwhile_is_refused(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source)
    await source.lifecycle.pause(domain)
    with pytest.raises(NotAllowedError, match="paused"):
        await Migrating(source).plan(domain, target)


async def test_the_domain_or_its_namesake_is_there(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source)
    await target.lifecycle.create(named(target).guest("web1"))
    assert words(await Migrating(source).plan(domain, target)) == {("name", True)}


async def test_a_half_is_there(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source)
    await target.lifecycle.create(named(target).guest("web1--incoming"))
    assert words(await Migrating(source).plan(domain, target)) == {("leftover", True)}


async def test_somebody_there_has_the_disk(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source, disk=f"['{SHARED},raw,xvda,w']")
    await target.lifecycle.create(named(target).guest("other", disk=f"['{SHARED},raw,xvda,w']"))
    plan = await Migrating(source).plan(domain, target)
    assert words(plan) == {("cached", True), ("in-use", True)}
    assert any("in use by other" in finding.why for finding in plan.hard)


async def test_a_loop_device_there_holds_the_image(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source, disk=f"['{SHARED},raw,xvda,w']")
    named(target).put("/sys/block/loop3/loop/backing_file", f"{SHARED}\n")
    named(target).put("/sys/block/loop4/loop/backing_file", "/srv/other.img (deleted)\n")
    plan = await Migrating(source).plan(domain, target)
    assert words(plan) == {("cached", True), ("loop", True)}
    assert any("losetup -d /dev/loop3" in worded(finding.hint, as_verb) for finding in plan.hard)


async def test_a_bridge_is_not_there(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source)
    control.break_host(named(target).simulator, "bridges")
    assert words(await Migrating(source).plan(domain, target)) == {("bridge", True)}


async def test_the_target_lies_in_a_folder_nobody_knows(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source)
    plan = await Migrating(source).plan(domain, target, reach=Reach("nowhere"))
    assert words(plan) == {("ssh", True)} and "Could not resolve" in plan.hard[0].why


async def test_the_address_leads_back(source: Hypervisor, target: Hypervisor) -> None:
    plan = await Migrating(source).plan(await guest(source), target, reach=Reach("sim-a"))
    assert words(plan) == {("other-host", True)}


async def test_no_shell_sees_what_is_no_address(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source)
    named(source).ran.clear()
    plan = await Migrating(source).plan(domain, target, reach=Reach("b;reboot"))
    assert words(plan) == {("address", True)} and not plan.commands
    assert not any("reboot" in word for argv in named(source).ran for word in argv)


async def test_the_host_itself_is_no_target(source: Hypervisor, target: Hypervisor, tmp_path: Path) -> None:
    domain = await guest(source)
    assert words(await Migrating(source).plan(domain, source)) == {("same-host", True)}
    async with Hypervisor(Named(tmp_path / "sim-a", "another name")) as alias:
        assert words(await Migrating(source).plan(domain, alias)) == {("same-host", True)}


async def test_a_word_that_allows_nothing_is_refused(source: Hypervisor, target: Hypervisor) -> None:
    with pytest.raises(UsageError, match="cannot be allowed"):
        await Migrating(source).plan(await guest(source), target, allow=("name",))


async def test_a_target_that_is_away_is_an_error(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source)
    control.vanish(named(target).simulator)
    with pytest.raises(HostError):
        await Migrating(source).plan(domain, target)


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda _said: None,
        lambda said: {**said, "texts": []},
        lambda said: {**said, "there": {}},
        lambda said: {**said, "time": "noon"},
    ],
)
async def test_a_target_that_talks_nonsense_is_an_error(
    source: Hypervisor, target: Hypervisor, nonsense: Callable[[Any], Any]
) -> None:
    domain = await guest(source)
    named(target).told["host_facts"] = nonsense
    with pytest.raises(HostError, match="is not valid"):
        await Migrating(source).plan(domain, target)


async def test_what_a_target_says_cannot_steer_a_terminal(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source)
    named(source).answer = lambda argv: (
        Completed(tuple(argv), 255, b"", b"\x1b[2JPermission denied \x9b" + b"x" * 5000)
        if argv[0] == "ssh"
        else None
    )
    plan = await Migrating(source).plan(domain, target)
    assert words(plan) == {("ssh", True)}
    assert plan.hard[0].why.isprintable() and len(plan.hard[0].why) <= 1000


async def test_a_plan_costs_few_turns(source: Hypervisor, target: Hypervisor) -> None:
    domain = await guest(source, disk=f"['{SHARED},raw,xvda,w']")
    for side in (source, target):
        named(side).ran.clear()
        named(side).calls.clear()
    await Migrating(source).plan(domain, target)
    assert sorted(argv[:2] for argv in named(target).ran) == [("xl", "info"), ("xl", "list"), ("xl", "list")]
    assert len(named(source).ran) <= 5 and len(named(target).calls) <= 9


async def test_each_host_tells_its_configurations_once(source: Hypervisor, target: Hypervisor) -> None:
    await guest(source)
    for host in (named(source), named(target)):
        host.ran.clear()
    found = await source.inventory.find("web1")
    await Migrating(source).plan(found, target, allow=["cached"])
    for host in (named(source), named(target)):
        assert [argv for argv in host.ran if argv == ("xl", "list", "-l")] == [("xl", "list", "-l")]
