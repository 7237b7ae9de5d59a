"""A guest of libvirt migrates: it is let run on the target only once it is defined on the source no more."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.seeded import seed
from tests.unit.service.conftest import Faulty
from tests.unit.service.migrating.conftest import RUNS
from xentui.errors import CommandError, NotAllowedError, StoreError, XentuiError
from xentui.hosts.reach import Reach
from xentui.model.domain import Domain
from xentui.service import danger
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action
from xentui.service.migrating import Migrating, MigrationPlan, Mode
from xentui.service.migrating.halves import MendStep, of_uuid
from xentui.service.migrating.mending import look, mend
from xentui.service.migrating.plan import words
from xentui.simulator import control
from xentui.simulator.virsh.driver_files import LibvirtFiles
from xentui.toolstack.virsh.toolstack import VirshToolstack

UUID = "11111111-2222-4333-8444-000000000001"
PHASES = ("connect", "copy", "suspend", "transfer", "go", "report")


@dataclass
class Pair:
    """Two hosts of libvirt's that share /srv."""

    source: Hypervisor
    target: Hypervisor

    def host(self, it: Hypervisor) -> Faulty:
        assert isinstance(it.host, Faulty)
        return it.host

    async def guest(self, *, start: bool = True, **settings: str) -> Domain:
        path = self.host(self.source).guest(
            "web", uuid=f'"{UUID}"', type='"pvh"', vif="['mac=00:16:3e:00:00:01,bridge=xenbr0']", **settings
        )
        await self.source.definitions.new(path)
        domain = await self.source.inventory.find("web")
        await self.source.definitions.autostart(domain, on=True)
        if start:
            await self.source.lifecycle.start(domain)
        return await self.source.inventory.find("web")

    async def plan(self, domain: Domain, mode: Mode | None = None) -> MigrationPlan:
        return await Migrating(self.source).plan(domain, self.target, mode)

    async def migrate(self, domain: Domain) -> Domain | None:
        return await Migrating(self.source).run(await self.plan(domain))

    def cut(self, phase: str) -> None:
        control.cut_migrations(self.host(self.source).simulator, phase)

    async def kept(self) -> tuple[bool, bool]:
        found = [await it.session.store.list() for it in (self.source, self.target)]
        return bool(found[0]), bool(found[1])

    async def runs(self) -> tuple[bool, bool]:
        found = []
        for it in (self.source, self.target):
            found.append(any(each.state in RUNS for each in of_uuid(await it.inventory.poll(), UUID)))
        return found[0], found[1]

    async def held(self) -> tuple[int, int]:
        found = [len(of_uuid(await it.inventory.poll(), UUID)) for it in (self.source, self.target)]
        return found[0], found[1]


async def until(seen: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await seen():  # noqa: ASYNC110 - what another process does
            await asyncio.sleep(0.05)


async def made(folder: Path) -> Hypervisor:
    seed(folder, domains=0)
    host = Faulty(folder)
    host._name = folder.name
    control.set_speed(host.simulator, math.inf)
    return Hypervisor(host, toolstack=VirshToolstack(host), user="admin@desk")


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with await made(tmp_path / "sim") as source, await made(tmp_path / "sim2") as target:
        control.share(source.host.simulator, "sim2")  # type: ignore[attr-defined]
        yield Pair(source, target)


async def test_it_arrives_with_its_definition_and_its_start_with_the_host(pair: Pair) -> None:
    domain = await pair.guest()
    plan = await pair.plan(domain)
    assert not plan.hard, plan.hard
    arrived = await Migrating(pair.source).run(plan)
    assert arrived is not None
    assert (arrived.uuid, arrived.managed, arrived.autostart) == (UUID, True, True)
    assert (await pair.runs(), await pair.kept()) == ((False, True), (False, True))


async def test_the_command_has_it_wait_there_and_names_the_address_of_the_login(pair: Pair) -> None:
    plan = await pair.plan(await pair.guest())
    assert plan.commands[0][-9:] == (
        *("--live", "--persistent", "--undefinesource", "--p2p", "--suspend"),
        *("--migrateuri", "tcp://192.0.2.2"),
        *(UUID, "xen+ssh://root@sim2/system?no_tty=1"),
    )


@pytest.mark.parametrize("phase", PHASES)
async def test_wherever_its_line_is_cut_it_runs_once_and_is_defined_once(pair: Pair, phase: str) -> None:
    domain = await pair.guest()
    pair.cut(phase)
    with pytest.raises(CommandError):
        await pair.migrate(domain)
    pair.cut("mended")
    if phase == "suspend":
        source, broken = await look(pair.source, pair.target, "web")
        assert broken.steps == (MendStep.WAKE_HERE,)
        await mend(source, pair.target, broken)
    assert (await pair.runs(), await pair.kept()) == ((True, False), (True, False))
    assert await pair.held() == (1, 0)
    assert (await pair.source.inventory.find("web")).autostart


async def test_one_that_the_line_kept_from_running_there_is_let_run_by_mend(pair: Pair) -> None:
    domain = await pair.guest()
    pair.cut("resume")
    with pytest.raises(StoreError, match="has it whole and paused"):
        await pair.migrate(domain)
    assert (await pair.runs(), await pair.kept()) == ((False, False), (False, True))
    there = await pair.target.inventory.find("web")
    assert "it has never run here" in there.notice, "it bears its own name, and could be let run by hand"
    asked = danger.of(Action.UNPAUSE, [there])
    assert asked is not None
    assert (asked.question, "two running copies destroy its disks" in asked.losses[0]) == (
        "Let run web?",
        True,
    )

    async def settled() -> bool:
        """What a look has begun by itself has come to nothing, too."""
        return not any(job.under_way for job in (await pair.source.inventory.poll()).jobs)

    await until(settled)
    for first, second in ((pair.source, pair.target), (pair.target, pair.source)):
        source, broken = await look(first, second, "web")
        assert source is pair.source
        assert broken.steps == (MendStep.GO_ON_THERE,)
    await mend(pair.source, pair.target, broken)
    assert await pair.runs() == (False, True)
    there = await pair.target.inventory.find("web")
    assert (there.notice, there.maybe_half) == ("", False)


async def test_whoever_looks_next_at_its_source_has_it_go_on(pair: Pair) -> None:
    domain = await pair.guest()
    pair.cut("resume")
    with pytest.raises(StoreError):
        await pair.migrate(domain)
    pair.cut("mended")
    async with Hypervisor(pair.source.host, toolstack=VirshToolstack(pair.source.host)) as another:
        await another.inventory.poll()

        async def arrived() -> bool:
            return await pair.runs() == (False, True)

        await until(arrived)


async def test_a_guest_that_waits_there_is_not_let_run_for_a_host_that_knows_nothing_of_it(
    pair: Pair, tmp_path: Path
) -> None:
    """Its source may run it: a third host tells nothing of that."""
    domain = await pair.guest()
    pair.cut("resume")
    with pytest.raises(StoreError):
        await pair.migrate(domain)
    async with await made(tmp_path / "sim3") as third:
        _source, broken = await look(third, pair.target, "web")
        assert (broken.steps, bool(broken.stuck)) == ((), True)
    assert await pair.runs() == (False, False)


async def test_what_a_loss_of_power_has_taken_from_the_other_host_is_defined_here_again(pair: Pair) -> None:
    """Seen on a real host: libvirt has flushed nothing of what has just arrived, and the source has undefined it."""
    domain = await pair.guest()
    engine = pair.source.session.toolstack.engine_domains
    assert engine is not None
    before = await engine.own_text(UUID)
    pair.cut("resume")
    with pytest.raises(StoreError):
        await pair.migrate(domain)
    simulator = pair.host(pair.target).simulator
    control.lose_power(simulator)
    kept = LibvirtFiles(simulator.files, simulator.state)
    for entry in kept.entries():
        kept.undefine(entry)
    assert await pair.kept() == (False, False)
    pair.cut("mended")
    async with Hypervisor(pair.source.host, toolstack=VirshToolstack(pair.source.host)) as another:

        async def here_again() -> bool:
            await another.inventory.poll()
            return await pair.kept() == (True, False)

        await until(here_again)

        async def settled() -> bool:
            return not (await another.inventory.poll()).jobs

        await until(settled)
        now = await another.inventory.find("web")
        assert (now.state.value, now.autostart, now.uuid) == ("off", True, UUID)
    assert (await engine.own_text(UUID)).strip() == before.strip()


async def test_a_half_that_nobody_took_away_is_ended_before_anything_else(pair: Pair) -> None:
    """As where whoever followed the migration has lost both hosts: the source runs on, the half has never run."""
    await pair.guest()
    pair.cut("report")
    done = await pair.source.host.run(["virsh", "-q", "-c", "xen:///system", *_WORDS])
    assert done.exit_code == 1
    assert await pair.held() == (1, 1)
    source, broken = await look(pair.target, pair.source, "web")
    assert source is pair.source
    assert broken.steps == (MendStep.DROP_THERE,)
    await mend(source, pair.target, broken)
    assert (await pair.held(), await pair.kept(), await pair.runs()) == ((1, 0), (True, False), (True, False))


_WORDS = (
    *("migrate", "--live", "--persistent", "--undefinesource", "--p2p", "--suspend"),
    *(UUID, "xen+ssh://root@sim2/system?no_tty=1"),
)


async def test_a_definition_left_behind_is_taken_away_where_it_does_not_run(pair: Pair) -> None:
    """What `virsh migrate` leaves without --undefinesource: it could be started a second time."""
    await pair.guest()
    words_of = [word for word in _WORDS if word not in ("--undefinesource", "--suspend")]
    await pair.source.host.run(["virsh", "-q", "-c", "xen:///system", *words_of])
    assert (await pair.runs(), await pair.kept()) == ((False, True), (True, True))
    for first, second in ((pair.source, pair.target), (pair.target, pair.source)):
        source, broken = await look(first, second, "web")
        assert (source, broken.steps) == (pair.source, (MendStep.FORGET_HERE,))
    await mend(pair.source, pair.target, broken)
    assert (await pair.runs(), await pair.kept()) == ((False, True), (False, True))


async def test_both_that_run_are_left_to_who_knows_them(pair: Pair) -> None:
    await pair.guest()
    pair.cut("report")
    await pair.source.host.run(
        ["virsh", "-q", "-c", "xen:///system", *(word for word in _WORDS if word != "--suspend")]
    )
    assert await pair.runs() == (True, True), "this is why xentui never migrates so"
    _source, broken = await look(pair.source, pair.target, "web")
    assert (broken.steps, broken.why[:18]) == ((), "it RUNS ON BOTH HO")
    with pytest.raises(NotAllowedError):
        await mend(pair.source, pair.target, broken)


async def test_one_that_libvirt_holds_for_ever_is_told_of_before_the_next_migration(pair: Pair) -> None:
    domain = await pair.guest()
    pair.cut("go")
    with pytest.raises(CommandError):
        await pair.migrate(domain)
    pair.cut("mended")
    now = await pair.source.inventory.find("web")
    assert words((await pair.plan(now)).hard) == ("believed",)
    simulator = pair.host(pair.target).simulator
    LibvirtFiles(simulator.files, simulator.state).start_anew()
    await pair.migrate(now)
    assert await pair.runs() == (False, True)


async def test_it_can_be_stopped_as_long_as_its_guest_runs_here(pair: Pair) -> None:
    domain = await pair.guest()
    control.hold_migrations(pair.host(pair.source).simulator, "copy")
    going = asyncio.ensure_future(pair.migrate(domain))

    async def begun() -> bool:
        return (await pair.held())[1] == 1

    await until(begun)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert (await pair.runs(), await pair.held(), await pair.kept()) == ((True, False), (1, 0), (True, False))


async def test_a_transient_one_is_refused(pair: Pair) -> None:
    domain = await pair.guest()
    await pair.source.session.toolstack.engine_domains.undefine(UUID)  # type: ignore[union-attr]
    plan = await pair.plan(await pair.source.inventory.find("web"))
    assert "transient" in words(plan.hard)
    with pytest.raises(NotAllowedError):
        await Migrating(pair.source).run(plan)
    assert domain.managed


async def test_one_that_is_off_moves_with_its_start_with_the_host(pair: Pair) -> None:
    domain = await pair.guest(start=False)
    plan = await pair.plan(domain)
    assert (plan.mode, plan.hard) == (Mode.OFFLINE, ())
    arrived = await Migrating(pair.source).run(plan)
    assert arrived is None or arrived.uuid == UUID
    assert await pair.kept() == (False, True)
    assert (await pair.target.inventory.find("web")).autostart


async def test_one_that_is_off_is_not_moved_where_a_disk_would_have_to_be_copied(pair: Pair) -> None:
    place = Path(pair.host(pair.source).host_path("/var/own.img"))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"x" * 4096)
    domain = await pair.guest(start=False, disk='["/var/own.img,raw,xvda,rw"]')
    assert words((await pair.plan(domain)).hard) == ("not-shared",)


async def test_no_libvirt_on_the_other_host_is_found_before(pair: Pair) -> None:
    domain = await pair.guest()
    simulator = pair.host(pair.target).simulator
    with simulator.state.change():
        simulator.state.put("no_libvirt", True)
    assert "libvirt" in words((await pair.plan(domain)).hard)


async def test_an_ssh_of_another_command_is_none_of_libvirt_s(pair: Pair) -> None:
    domain = await pair.guest()
    plan = await Migrating(pair.source).plan(domain, pair.target, reach=Reach("sim2", "ssh -p 2222"))
    assert "address" in words(plan.hard)


async def test_a_host_of_xl_s_takes_no_guest_of_libvirt_s(pair: Pair, tmp_path: Path) -> None:
    domain = await pair.guest()
    seed(tmp_path / "sim4", domains=0)
    host = Faulty(tmp_path / "sim4")
    async with Hypervisor(host, user="admin@desk") as other:
        with pytest.raises(XentuiError, match=r"it is libvirt's, and .* is driven by xl"):
            await Migrating(pair.source).plan(domain, other)
