"""Live migrations as jobs of the source's host: what both hosts have afterwards, whatever breaks."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.seeded import seed
from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.migrating.conftest import Two, made
from tests.unit.service.test_jobs import Line, ended
from tests.unit.service.test_jobs_killed import kill_at
from xentui.agent import remote
from xentui.agent.errors import AgentError
from xentui.agent.store import autostart
from xentui.errors import (
    CommandError,
    HostError,
    NoSuchDomainError,
    NotAllowedError,
    StoreError,
    UsageError,
    XentuiError,
)
from xentui.hosts.sim import SimHost
from xentui.model.domain import Domain
from xentui.service import danger, inventory
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs import run as job_run
from xentui.service.legality import Action
from xentui.service.migrating import Migrating, MigrationPlan, live_migration, store_handover
from xentui.service.migrating.halves import MAY_HAVE_RUN
from xentui.service.migrating.mending import look, mend, require_target
from xentui.service.session_change import SessionChange
from xentui.simulator import Simulator, control, shared_storage


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a line that stays cut."""
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01, 0.01))


def simulator(two: Two) -> Simulator:
    assert isinstance(two.source.host, Faulty)
    return two.source.host.simulator


async def mended(two: Two, word: str = "web") -> list[str]:
    """Look at both hosts and end what is left; the steps."""
    source, broken = await look(two.source, two.target, word)
    assert source is two.source
    done = [step.name for step in broken.steps]
    now = await mend(two.source, two.target, broken)
    assert not now.steps
    return done


async def test_a_managed_domain_is_managed_on_the_target_with_all_it_had(two: Two) -> None:
    domain = await two.guest()
    await two.source.definitions.autostart(domain, on=True, order=7)
    await two.source.session.store.put_attached(domain.uuid, "script.login", "expect login:\n", seen=0)
    before = await two.source.history.versions(domain)
    arrived = await two.migrate(domain)
    assert arrived is not None
    assert (await two.stored(domain.uuid), await two.runs(domain.uuid)) == ((False, True), (False, True))
    there = await two.target.inventory.find("web")
    assert (there.autostart, there.autostart_order, there.moving, there.notice) == (True, 7, None, "")
    assert (await two.target.history.versions(there))[:-1] == before
    assert (
        await two.target.session.store.read_attached(domain.uuid, "script.login")
    ).text == "expect login:\n"
    assert (await two.source.session.store.autostart()) == ()


async def test_a_transient_domain_moves_without_a_trace(two: Two) -> None:
    host = two.source.host
    assert isinstance(host, Faulty)
    path = host.guest("web", type='"pvh"')
    await host.run(["xl", "create", "-q", path])
    domain = await two.source.inventory.find("web")
    await two.migrate(domain)
    assert await two.names() == ([], ["web"])
    assert await two.stored(domain.uuid) == (False, False)


async def test_it_comes_back_as_it_went(two: Two) -> None:
    domain = await two.guest()
    await two.migrate(domain)
    back = Two(two.target, two.source)
    there = await two.target.inventory.find("web")
    plan = await back.plan(there)
    assert plan.commands[0][-1] == "sim"
    await Migrating(two.target).run(plan)
    assert (await two.stored(domain.uuid), await two.runs(domain.uuid)) == ((True, False), (True, False))


def _loop(two: Two, image: str = "/srv/web.img") -> tuple[tuple[str, str], Path]:
    """A loop device of the source with its file, and where it says whether it writes directly."""
    assert isinstance(two.source.host, Faulty)
    name = shared_storage.leak_loop(two.source.host.simulator, image)
    return (f"/dev/{name}", image), Path(two.source.host.host_path(f"/sys/block/{name}/loop/dio"))


async def _through(two: Two, domain: Domain, *loops: tuple[str, str]) -> None:
    await Migrating(two.source).run(replace(await two.plan(domain), direct=loops))


async def test_its_loop_devices_write_past_the_memory_of_the_host_while_it_moves(two: Two) -> None:
    """Those that did so before go on with it."""
    domain = await two.guest()
    (loop, dio), (before, always) = _loop(two), _loop(two, "/srv/other.img")
    always.write_text("1\n")
    two.cut("copy")
    with pytest.raises(CommandError):
        await _through(two, domain, loop, before)
    assert (dio.read_text(), always.read_text()) == ("0\n", "1\n"), "it stays, and writes as it did"
    done = [each.data["argv"][1:] for each in await two.source.audit() if "losetup" in each.data["argv"][:1]]
    assert done == [["--direct-io=on", loop[0]], ["--direct-io=off", loop[0]]]
    two.cut("mended")
    await _through(two, domain, loop)
    assert dio.read_text() == "1\n"
    assert await two.runs(domain.uuid) == (False, True)


async def test_one_whose_loop_device_cannot_write_directly_does_not_move(two: Two) -> None:
    domain = await two.guest()
    (first, fine), (second, dio) = _loop(two), _loop(two, "/srv/other.img")
    dio.with_name("indirect").touch()
    with pytest.raises(StoreError, match="/dev/loop1 does not write directly") as caught:
        await _through(two, domain, first, second)
    assert "nothing was sent" in hint(caught.value)
    assert (fine.read_text(), await two.runs(domain.uuid)) == ("0\n", (True, False))
    assert (await two.source.inventory.find("web")).moving is None


async def test_who_knows_that_all_is_flushed_has_it_move_all_the_same(two: Two) -> None:
    domain = await two.guest()
    loop, dio = _loop(two)
    dio.with_name("indirect").touch()
    await Migrating(two.source).run(replace(await two.plan(domain), direct=(loop,), cached=True))
    assert (dio.read_text(), await two.runs(domain.uuid)) == ("0\n", (False, True))


async def test_a_loop_device_that_is_another_s_by_now_is_left_alone(two: Two) -> None:
    domain = await two.guest()
    (device, _file), dio = _loop(two)
    with pytest.raises(StoreError, match="holds another file by now"):
        await _through(two, domain, (device, "/srv/was.img"))
    with pytest.raises(StoreError, match="losetup does not tell"):
        await _through(two, domain, ("/dev/loop99", "/srv/was.img"))
    assert (dio.read_text(), await two.runs(domain.uuid)) == ("0\n", (True, False))


@pytest.mark.parametrize("device", ["/dev/loop1;reboot", "/dev/sda", "loop1", "--all", "/dev/loop1/../sda"])
async def test_what_is_no_loop_device_is_not_taken_for_one(two: Two, device: str) -> None:
    domain = await two.guest()
    with pytest.raises(StoreError, match="no loop devices"):
        await _through(two, domain, (device, "/srv/web.img"))
    assert (await two.source.inventory.find("web")).moving is None


async def test_a_job_killed_before_the_guest_has_moved_leaves_no_slow_disk(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await two.guest()
    loop, dio = _loop(two)
    kill_at("before migrate", monkeypatch)
    with pytest.raises(StoreError, match="was killed on the host"):
        await _through(two, domain, loop)
    assert dio.read_text() == "1\n"
    monkeypatch.undo()
    async with await made(tmp_path / "sim") as other:
        await ended(other, by_polls=True)
    assert dio.read_text() == "0\n"


@pytest.mark.parametrize("phase", ["connect", "copy", "suspend", "transfer"])
async def test_a_line_that_is_cut_early_costs_nothing(two: Two, phase: str) -> None:
    domain = await two.guest()
    await two.source.definitions.autostart(domain, on=True)
    two.cut(phase)
    with pytest.raises(CommandError) as caught:
        await two.migrate(domain)
    assert "the guest still runs here" in hint(caught.value)
    assert (await two.stored(domain.uuid), await two.runs(domain.uuid)) == ((True, False), (True, False))
    assert await two.names() == (["web"], []), "the half that had never run is removed"
    now = await two.source.inventory.find("web")
    assert (now.notice, now.moving, now.autostart) == ("", None, True)
    two.cut(control.MENDED)
    await two.migrate(now)
    assert await two.runs(domain.uuid) == (False, True)


@pytest.mark.parametrize(
    ("phase", "steps", "at"),
    [
        ("go", ["DROP_THERE", "WAKE_HERE", "NAME_HERE", "STAY_HERE"], (True, False)),
        ("report", ["DROP_HERE", "HAND_OVER"], (False, True)),
    ],
)
async def test_what_a_cut_at_the_end_leaves_is_mended_in_the_one_safe_order(
    two: Two, phase: str, steps: list[str], at: tuple[bool, bool]
) -> None:
    domain = await two.guest()
    await two.source.definitions.autostart(domain, on=True)
    two.cut(phase)
    with pytest.raises(CommandError) as caught:
        await two.migrate(domain)
    assert "migrate --mend web" in hint(caught.value)
    left = await two.source.inventory.find("web--migratedaway")
    assert "a half of a migration" in left.notice
    for verb in (two.source.lifecycle.unpause, two.source.lifecycle.resume):
        with pytest.raises(NotAllowedError, match="half of a migration") as refused:
            await verb(left)
        assert "migrate --mend web" in hint(refused.value)
    assert not any(await two.source.session.store.autostart()), "the next boot of the host starts it nowhere"
    assert await mended(two) == steps
    assert (await two.stored(domain.uuid), await two.runs(domain.uuid)) == (at, at)
    found = await (two.source if at[0] else two.target).inventory.find("web")
    assert (found.notice, found.autostart, found.name) == ("", True, "web")
    assert await mended(two) == [], "nothing is left to be done"


async def test_a_half_that_arrives_is_not_let_run_by_hand(two: Two) -> None:
    domain = await two.guest()
    two.cut("go")
    with pytest.raises(CommandError):
        await two.migrate(domain)
    half = await two.target.inventory.find("web--incoming")
    with pytest.raises(NotAllowedError, match="half of a migration"):
        await two.target.lifecycle.unpause(half)
    source, broken = await look(two.target, two.source, "web")
    assert source is two.source, "asked for on either host"
    assert broken.destroys
    assert "never run" in broken.why


async def test_nothing_is_woken_while_the_other_host_does_not_answer(two: Two) -> None:
    domain = await two.guest()
    two.cut("go")
    with pytest.raises(CommandError):
        await two.migrate(domain)
    source, broken = await look(two.source, two.target, "web")
    assert isinstance(two.target.host, Faulty)
    control.vanish(two.target.host.simulator)
    with pytest.raises(HostError):
        await mend(source, two.target, broken)
    assert (await two.source.inventory.find("web--migratedaway")).asleep
    _, dead = await look(two.source, None, "web")
    assert [step.name for step in dead.steps] == ["WAKE_HERE", "NAME_HERE", "STAY_HERE"]
    await mend(two.source, None, dead)
    assert (await two.source.inventory.find("web")).state.alive


async def test_a_half_that_was_let_run_meanwhile_is_not_destroyed(two: Two) -> None:
    """Somebody lets it run between the look and the step: then the source is what is to go."""
    domain = await two.guest()
    two.cut("go")
    with pytest.raises(CommandError):
        await two.migrate(domain)
    _, broken = await look(two.source, two.target, "web")
    await two.target.host.run(["xl", "unpause", "web--incoming"])
    with pytest.raises(NotAllowedError, match="what is there has changed"):
        await mend(two.source, two.target, broken)
    assert await two.runs(domain.uuid) == (False, True)
    assert await mended(two) == ["DROP_HERE", "NAME_THERE", "HAND_OVER"]
    assert await two.names() == ([], ["web"])


async def test_what_may_have_run_on_a_target_that_lost_its_power_is_ended_and_booted_anew(two: Two) -> None:
    """As the doubt advises: its disks may be newer than the memory that the source has kept."""
    domain = await two.guest()
    two.cut("report")
    with pytest.raises(CommandError):
        await two.migrate(domain)
    assert isinstance(two.target.host, Faulty)
    control.lose_power(two.target.host.simulator)
    source, broken = await look(two.source, two.target, "web")
    assert (source, broken.doubt) == (two.source, MAY_HAVE_RUN)
    left = await two.source.inventory.find("web--migratedaway")
    lost = danger.of(Action.DESTROY, [left])
    assert lost is not None
    assert "what was in its memory is lost" in lost.losses[0]
    await two.source.lifecycle.destroy(left)
    assert await mended(two) == ["STAY_HERE"]
    await two.source.lifecycle.start(await two.source.inventory.find("web"))
    assert (await two.stored(domain.uuid), await two.runs(domain.uuid)) == ((True, False), (True, False))


async def test_two_that_run_are_told_and_neither_is_touched(two: Two) -> None:
    domain = await two.guest()
    two.cut("go")
    with pytest.raises(CommandError):
        await two.migrate(domain)
    left = await two.source.inventory.find("web--migratedaway")
    await two.target.host.run(["xl", "unpause", "web--incoming"])
    await two.source.host.run(["xentui-wake", str(left.domid)])
    _, broken = await look(two.source, two.target, "web")
    assert "RUNS ON BOTH HOSTS" in broken.why
    with pytest.raises(NotAllowedError, match="RUNS ON BOTH"):
        await mend(two.source, two.target, broken)
    assert await two.runs(domain.uuid) == (True, True)


async def test_a_migration_goes_on_without_us_and_is_found_again(two: Two, tmp_path: Path) -> None:
    domain = await two.guest()
    await two.source.definitions.autostart(domain, on=True, order=3)
    assert isinstance(two.source.host, Faulty)
    Line(two.source.host).cut_at["start_migrate_job"] = "answer"
    with pytest.raises(job_run.GoesOnError, match="the migration continues on the host by itself"):
        await two.migrate(domain)
    async with await made(tmp_path / "sim") as other:
        await ended(other)
        again = Two(other, two.target)
        assert (await again.stored(domain.uuid), await again.runs(domain.uuid)) == ((False, True),) * 2
        there = await two.target.inventory.find("web")
        assert (there.autostart, there.autostart_order, there.notice) == (True, 3, "")
        assert await mended(again) == [], "nobody has to come again"


@pytest.mark.parametrize("operation", ["settle_move", "pack_entry", "leave_entry"])
@pytest.mark.parametrize("where", ["sending", "answer"])
async def test_a_store_cut_half_way_has_it_somewhere_and_is_finished_by_the_next(
    two: Two, tmp_path: Path, operation: str, where: str
) -> None:
    domain = await two.guest()
    assert isinstance(two.source.host, Faulty)
    await two.source.host.run(["xl", "migrate", str(domain.domid), "sim2"])
    Line(two.source.host).cut_at[operation] = where
    with pytest.raises(XentuiError):
        await store_handover.hand_over(two.source, two.target, domain.uuid, "web")
    async with await made(tmp_path / "sim") as other:
        again = Two(other, two.target)
        assert any(await again.stored(domain.uuid)), "it is never nowhere"
        await mended(again)
        assert await again.stored(domain.uuid) == (False, True)


@pytest.mark.parametrize("where", ["sending", "answer"])
async def test_a_target_lost_as_it_takes_the_domain_has_it_all_or_not(
    two: Two, tmp_path: Path, where: str
) -> None:
    domain = await two.guest()
    await two.source.host.run(["xl", "migrate", str(domain.domid), "sim2"])
    assert isinstance(two.target.host, Faulty)
    Line(two.target.host).cut_at["receive_entry"] = where
    with pytest.raises(XentuiError):
        await store_handover.hand_over(two.source, two.target, domain.uuid, "web")
    async with await made(tmp_path / "sim2") as other:
        again = Two(two.source, other)
        assert await again.stored(domain.uuid) == (True, where == "answer")
        await mended(again)
        assert await again.stored(domain.uuid) == (False, True)
        events = [each.event for each in await other.history.versions(await other.inventory.find("web"))]
        assert events == ["created", "arrived"]


async def test_a_name_that_is_stored_there_keeps_it_where_it_is_until_that_is_mended(two: Two) -> None:
    domain = await two.guest()
    assert isinstance(two.target.host, Faulty)
    other = two.target.host.guest("web", memory="200")
    await two.target.definitions.new(other)
    with pytest.raises(StoreError, match="could not be stored there") as caught:
        await two.migrate(domain)
    assert "does not start it" in hint(caught.value)
    assert await two.stored(domain.uuid) == (True, False)
    off = next(each for each in (await two.target.inventory.poll()).domains if each.managed)
    await two.target.definitions.delete(off)
    assert await mended(two, domain.uuid) == ["HAND_OVER"]
    assert await two.stored(domain.uuid) == (False, True)


async def test_a_third_host_tells_nothing_of_what_a_cut_has_left(two: Two, tmp_path: Path) -> None:
    domain = await two.guest()
    two.cut("go")
    with pytest.raises(CommandError):
        await two.migrate(domain)
    seed(tmp_path / "sim3", domains=0)
    host = SimHost(tmp_path / "sim3", name="sim3")
    async with Hypervisor(host, user="admin@desk") as third:
        with pytest.raises(NotAllowedError, match="on its way to sim, not to sim3") as caught:
            await look(two.source, third, "web")
        assert hint(caught.value).startswith("name sim;")
    _source, dead = await look(two.source, None, "web")
    with pytest.raises(NotAllowedError, match="on its way to sim, not to xen9"):
        require_target(dead, "xen9")
    require_target(dead, "another name of it", "root@sim2.example.org")


async def test_a_host_is_not_the_other_one_of_itself(two: Two) -> None:
    await two.guest()
    with pytest.raises(UsageError, match="is this host itself"):
        await look(two.source, two.source, "web")


async def test_what_xl_migrated_by_hand_is_followed_by_what_is_stored(two: Two) -> None:
    domain = await two.guest()
    await two.source.host.run(["xl", "migrate", str(domain.domid), "sim2"])
    assert await mended(two) == ["HAND_OVER"]
    assert await two.stored(domain.uuid) == (False, True)


async def test_it_is_stopped_where_nothing_is_lost_by_it(two: Two) -> None:
    domain = await two.guest()
    said: list[str] = []
    two.source.session.warn = said.append
    control.hold_migrations(simulator(two), "copy")
    reached = asyncio.Event()

    def progress(percent: int, words: str = "") -> None:
        if words.startswith("copying"):
            reached.set()

    run = asyncio.create_task(Migrating(two.source).run(await two.plan(domain), progress))
    async with asyncio.timeout(60):
        await reached.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    assert said == ["web: the guest still runs here"]
    assert await two.names() == (["web"], [])
    now = await two.source.inventory.find("web")
    assert (now.moving, now.job, now.notice) == (None, None, "")


async def test_it_is_stopped_no_more_once_it_is_handed_over(two: Two) -> None:
    domain = await two.guest()
    said: list[str] = []
    two.source.session.warn = said.append
    control.hold_migrations(simulator(two), "go")
    reached = asyncio.Event()

    def progress(percent: int, words: str = "") -> None:
        if "handing it over" in words:
            reached.set()

    run = asyncio.create_task(Migrating(two.source).run(await two.plan(domain), progress))
    async with asyncio.timeout(60):
        await reached.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert "it can no longer be stopped" in said[0]
        control.hold_migrations(simulator(two), control.MENDED)
        await ended(two.source)
    assert (await two.stored(domain.uuid), await two.runs(domain.uuid)) == ((False, True), (False, True))
    assert await mended(two) == []


@pytest.mark.parametrize("phase", ["copy", "go"])
@pytest.mark.parametrize("managed", [True, False])
async def test_nothing_is_mended_while_the_migration_goes_on(two: Two, phase: str, *, managed: bool) -> None:
    if managed:
        domain = await two.guest()
    else:
        host = two.source.host
        assert isinstance(host, Faulty)
        await host.run(["xl", "create", "-q", host.guest("web", type='"pvh"')])
        domain = await two.source.inventory.find("web")
    control.hold_migrations(simulator(two), phase)
    half = asyncio.Event()

    def progress(percent: int, words: str = "") -> None:
        if words.startswith("copying" if phase == "copy" else "stopped, handing it over"):
            half.set()

    run = asyncio.create_task(Migrating(two.source).run(await two.plan(domain), progress))
    async with asyncio.timeout(60):
        await half.wait()
        for ours, theirs in ((two.source, two.target), (two.target, two.source)):
            source, broken = await look(ours, theirs, domain.uuid)
            assert (broken.steps, broken.why) == ((), "its migration goes on")
            with pytest.raises(NotAllowedError, match="its migration goes on"):
                await mend(source, theirs if source is ours else ours, broken)
        control.hold_migrations(simulator(two), control.MENDED)
        await run
    assert await two.runs(domain.uuid) == (False, True)


def test_how_fast_memory_arrives_is_told() -> None:
    assert live_migration._rate(64 << 10, 128 << 10, 16.0) == ", 64 of 128 MiB at 4.0 MiB/s"
    assert live_migration._rate(200 << 10, 128 << 10, 0.2) == ", 128 of 128 MiB", "xl gives a guest some more"


async def test_the_phases_are_told_with_their_times(two: Two) -> None:
    domain = await two.guest()
    control.hold_migrations(simulator(two), "copy")
    heard: list[tuple[int, str]] = []

    def progress(percent: int, words: str = "") -> None:
        heard.append((percent, words))

    run = asyncio.create_task(Migrating(two.source).run(await two.plan(domain), progress))
    async with asyncio.timeout(60):
        while not any(job.kind == "migrate" for job in (await two.source.inventory.glance()).jobs):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        job = (await two.source.inventory.glance()).jobs[0]
        assert job.sentence.startswith("it is being migrated to another host on the host")
        while len((await two.source.session.store.look_job(job.id)).phases) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        control.hold_migrations(simulator(two), control.MENDED)
        await run
    told = await two.source.session.store.look_job(job.id)
    assert [name for name, _after in told.phases] == [
        "ready",
        "copying",
        "stopped",
        "transferred",
        "permitted",
        "started",
        "done",
        "follows",
    ]
    after = [seconds for _name, seconds in told.phases]
    assert after == sorted(after)
    assert heard[-1][0] == 100
    assert re.fullmatch(
        r"\d+ s in all, its memory took \d+ s, it stood still for at least \d+ s", heard[-1][1]
    )


@pytest.mark.parametrize(
    ("point", "arrives"),
    [
        ("before migrate", False),
        ("after migrate", True),
        ("before gone", True),
        ("after gone", True),
        ("before arriving", True),
        ("after arriving", True),
        ("after leaving", True),
        ("before end", True),
    ],
)
async def test_a_migration_whose_job_is_killed_is_settled_by_whoever_looks_next(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, point: str, arrives: bool
) -> None:
    domain = await two.guest()
    await two.source.definitions.autostart(domain, on=True, order=7)
    kill_at(point, monkeypatch)
    with pytest.raises(StoreError, match="was killed on the host"):
        await two.migrate(domain)
    monkeypatch.undo()
    async with await made(tmp_path / "sim") as other:
        await ended(other, by_polls=True)
        again = Two(other, two.target)
        at = (not arrives, arrives)
        assert (await again.stored(domain.uuid), await again.runs(domain.uuid)) == (at, at)
        host = two.target if arrives else other
        now = await host.inventory.find("web")
        assert (now.autostart, now.autostart_order, now.notice) == (True, 7, "")
        events = [each.event for each in await host.history.versions(now)]
        assert events.count("arrived") == arrives
        if "leaving" not in point:
            assert await mended(again) == []


def _host_does(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Have the jobs begun from now on do something else from their beginning."""
    entry = f"{what}\nfrom xentui.agent.job_process import main\nmain(sys.argv[1:])\n"
    program = remote.for_child(remote.JOB, entry.encode())
    monkeypatch.setattr(remote, "job_program", lambda: program)


IMPATIENT = "from xentui.agent.migration import store_handover\nstore_handover._PAUSES = (0.05, 0.05)"


def _way(folder: Path, two: Two, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A way from host to host that leads nowhere as long as there is the file that is returned."""
    wall, way = folder / "wall", folder / "way"
    way.write_text(f'#!/bin/sh\n[ -e {wall} ] && exit 255\nexec sh -c "$1"\n')
    way.chmod(0o755)
    real = store_handover.hand_over_arguments

    def by_the_host(plan: MigrationPlan) -> dict[str, object]:
        told = real(plan)
        follow = told["follow"]
        assert isinstance(follow, dict)
        return {"follow": {**follow, "reach": [str(way)]}}

    monkeypatch.setattr(store_handover, "hand_over_arguments", by_the_host)
    return wall


def _walled(folder: Path, two: Two, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No way from host to host as long as there is the file that is returned; jobs soon cease to try."""
    wall = _way(folder, two, monkeypatch)
    wall.touch()
    _host_does(monkeypatch, IMPATIENT)
    return wall


async def test_what_the_host_cannot_hand_over_is_done_from_here(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await two.guest()
    _way(tmp_path, two, monkeypatch).touch()
    arrived = await two.migrate(domain)
    assert arrived is not None
    assert arrived.managed
    assert await two.stored(domain.uuid) == (False, True)
    async with asyncio.timeout(60):
        await ended(two.source, by_polls=True)
    assert [each.event for each in await two.target.history.versions(arrived)] == ["created", "arrived"]


async def test_where_neither_gets_there_it_follows_by_itself_once_the_other_answers(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target's store is reached by nobody for a while: the guest runs there, and nobody has to come again."""
    domain = await two.guest()
    wall = _walled(tmp_path, two, monkeypatch)
    assert isinstance(two.target.host, Faulty)
    line = Line(two.target.host)
    line.cut_at["receive_entry"] = "sending"
    with pytest.raises(job_run.GoesOnError, match="sim hands over by itself what is stored of it"):
        await two.migrate(domain)
    line.down = False
    async with await made(tmp_path / "sim") as other:
        again = Two(other, two.target)
        left = next(each for each in (await other.inventory.glance()).domains if each.uuid == domain.uuid)
        for verb in (other.lifecycle.start, other.definitions.delete):
            with pytest.raises(NotAllowedError):
                await verb(left)
        wall.unlink()
        await ended(other, by_polls=True)
        assert (await again.stored(domain.uuid), await again.runs(domain.uuid)) == ((False, True),) * 2


async def test_an_interrupted_job_is_settled_again_while_it_comes_to_nothing(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await two.guest()
    wall = _walled(tmp_path, two, monkeypatch)
    assert isinstance(two.source.host, Faulty)
    Line(two.source.host).cut_at["start_migrate_job"] = "answer"
    with pytest.raises(job_run.GoesOnError):
        await two.migrate(domain)
    monkeypatch.setattr(inventory, "_SETTLE_PAUSE", 0.0)
    async with await made(tmp_path / "sim") as other, asyncio.timeout(60):
        job = (await other.inventory.glance()).jobs[0]
        for _ in range(2):
            while (await other.inventory.glance()).jobs[0].under_way:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await other.inventory.poll()
        assert (await other.session.store.look_job(job.id)).end is None
        wall.unlink()
        await ended(other, by_polls=True)
        assert await Two(other, two.target).stored(domain.uuid) == (False, True)


async def test_one_that_runs_another_configuration_just_once_does_so_there_too(two: Two) -> None:
    domain = await two.guest()
    host = two.source.host
    assert isinstance(host, Faulty)
    await two.source.lifecycle.destroy(domain)
    path = host.guest("web", type='"pvh"', memory="200", uuid=f'"{domain.uuid}"')
    await two.source.lifecycle.create(path)
    before = await two.source.inventory.find("web")
    assert before.one_off
    await two.migrate(before)
    assert (await two.target.inventory.find("web")).one_off


async def test_one_that_is_refused_as_it_is_stopped_is_not_said_to_go_on(two: Two) -> None:
    domain = await two.guest()
    said: list[str] = []
    two.source.session.warn = said.append
    store = two.source.session.store

    async def refused(*_args: object, **_kwargs: object) -> None:
        run.cancel()
        await asyncio.sleep(0)
        raise StoreError("a save of it is in progress on the host")

    store.start_migrate_job = refused  # type: ignore[method-assign]
    run = asyncio.create_task(Migrating(two.source).run(await two.plan(domain)))
    with pytest.raises(asyncio.CancelledError):
        await run
    assert said == ["web: the migration has not begun: a save of it is in progress on the host"]


async def test_one_that_cannot_be_kept_from_starting_with_the_host_does_not_move(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await two.guest()
    await two.source.definitions.autostart(domain, on=True, order=7)

    def withhold(*_: object) -> bool:
        raise AgentError("untrusted", "other users may write to that folder", "/etc/xen/auto")

    monkeypatch.setattr(autostart, "withhold", withhold)
    with pytest.raises(StoreError, match="other users may write"):
        await two.migrate(domain)
    with pytest.raises(StoreError, match="other users may write"):
        await two.source.session.store.settle_move(domain.uuid, left="sim2")
    now = await two.source.inventory.find("web")
    assert (now.moving, now.notice, now.autostart_order) == (None, "", 7)
    monkeypatch.undo()
    await two.migrate(now)
    assert await two.runs(domain.uuid) == (False, True)


async def test_a_domid_that_is_another_s_by_now_is_not_migrated(two: Two) -> None:
    domain = await two.guest()
    host = two.source.host
    assert isinstance(host, Faulty)
    await host.run(["xl", "create", "-q", host.guest("db", type='"pvh"')])
    other = await two.source.inventory.find("db")
    plan = await two.plan(replace(domain, domid=other.domid))
    with pytest.raises(StoreError, match="has changed, or has ended here") as caught:
        await Migrating(two.source).run(plan)
    assert "nothing was sent" in hint(caught.value)
    assert await two.names() == (["db", "web"], [])
    assert (await two.source.inventory.find("web")).moving is None


async def test_of_a_dead_host_nothing_is_waited_for(two: Two) -> None:
    domain = await two.guest()
    await two.source.lifecycle.destroy(domain)
    await two.source.session.store.settle_move(domain.uuid, left="sim2")
    source, broken = await look(two.source, None, "web")
    assert ([step.name for step in broken.steps], "it stays here" in broken.why) == (["STAY_HERE"], True)
    now = await mend(source, None, broken)
    assert now.steps == ()
    await two.source.lifecycle.start(await two.source.inventory.find("web"))


async def test_what_has_gone_before_it_was_mended_is_said_to_be_gone(two: Two) -> None:
    domain = await two.guest()
    await two.source.lifecycle.destroy(domain)
    await two.source.session.store.settle_move(domain.uuid, left="sim2")
    source, broken = await look(two.source, None, "web")
    await two.source.session.store.settle_move(domain.uuid)
    await two.source.definitions.delete(await two.source.inventory.find("web"))
    with pytest.raises(NoSuchDomainError, match="nothing of it is on sim any more"):
        await mend(source, None, broken)
    with pytest.raises(NoSuchDomainError, match="sim does not know it"):
        await look(two.source, None, "web")


@pytest.mark.parametrize(
    ("word", "why"), [("0", "is a domid"), ("7", "is a domid"), ("Domain-0", "own system")]
)
async def test_what_names_no_guest_of_both_hosts_is_not_mended(two: Two, word: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        await look(two.source, two.target, word)


async def test_a_read_only_session_migrates_nothing(two: Two) -> None:
    domain = await two.guest()
    two.source.session.read_only = True
    with pytest.raises(NotAllowedError, match="read-only"):
        await two.migrate(domain)


async def test_a_dry_run_says_what_it_would_run(two: Two) -> None:
    domain = await two.guest()
    said: list[str] = []
    two.source.session.dry_run, two.source.session.announce = True, said.append
    assert await two.migrate(domain) is None
    assert said == [f"xl migrate {domain.domid} sim2", "# what is stored of web moves to sim"]
    assert os.path.isdir(Path(two.source.host.store_root, "domains", domain.uuid))


async def test_an_undo_says_that_it_cannot(two: Two) -> None:
    domain = await two.guest()
    done: list[SessionChange] = []
    two.source.session.done = done.append
    await two.migrate(domain)
    assert [(each.what, each.undo, each.reason) for each in done] == [
        ("migrate to sim", None, "it is on sim now; migrate it back")
    ]
