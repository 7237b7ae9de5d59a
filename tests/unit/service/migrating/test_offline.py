"""Domains that are off, moved to a host that does not share their disks: whole there, or nothing of them."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.migrating.conftest import Two, made
from tests.unit.service.test_jobs import Line, ended
from tests.unit.service.test_jobs_killed import kill_at
from xentui.agent import remote
from xentui.errors import NotAllowedError, StoreError
from xentui.hosts.reach import Reach
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.service.jobs import run as job_run
from xentui.service.migrating import DiskMove, Migrating, MigrationPlan, Mode

MIB = 1 << 20
PATHS = ("/var/web.img", "/var/data.img")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a line that stays cut."""
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01, 0.01))


def ours(two: Two, path: str) -> Path:
    return Path(two.source.host.host_path(path))


def theirs(two: Two, path: str) -> Path:
    return Path(two.target.host.host_path(path))


def left(two: Two) -> list[str]:
    """What of the disks lies on the target."""
    return sorted(name for name in os.listdir(theirs(two, "/var")) if ".img" in name or name.startswith(".x"))


async def off(two: Two) -> Domain:
    """A stored domain with two disks of 4 MiB that are full of holes."""
    host = two.source.host
    assert isinstance(host, Faulty)
    for number, path in enumerate(PATHS):
        with ours(two, path).open("wb") as file:
            os.truncate(file.fileno(), 4 * MIB)
            os.pwrite(file.fileno(), bytes([number + 1]) * 5000, MIB + 17)
            os.pwrite(file.fileno(), b"end", 4 * MIB - 3)
    theirs(two, "/var").mkdir(parents=True, exist_ok=True)
    disks = "['/var/web.img,raw,xvda,w', '/var/data.img,raw,xvdb,w']"
    await two.source.definitions.new(host.guest("web", disk=disks))
    return await two.source.inventory.find("web")


def plan(two: Two, domain: Domain) -> MigrationPlan:
    disks = tuple(DiskMove(Disk(path, "xvda"), path, shared=False) for path in PATHS)
    return MigrationPlan(domain, Mode.OFFLINE, two.target, Reach("sim2"), disks=disks)


async def move(two: Two, domain: Domain) -> Domain | None:
    return await Migrating(two.source).run(plan(two, domain))


async def test_its_disks_are_there_as_they_are_here_and_as_sparse(two: Two) -> None:
    domain = await off(two)
    said: list[str] = []
    two.source.session.warn = said.append
    seen: list[tuple[int, str]] = []

    def progress(percent: int, words: str = "") -> None:
        seen.append((percent, words))

    await Migrating(two.source).run(plan(two, domain), progress)
    assert await two.stored(domain.uuid) == (False, True)
    for path in PATHS:
        assert theirs(two, path).read_bytes() == ours(two, path).read_bytes()
        assert theirs(two, path).stat().st_blocks <= ours(two, path).stat().st_blocks + 16
        assert theirs(two, path).stat().st_mode & 0o777 == 0o600
    assert left(two) == ["data.img", "web.img"]
    assert any("kept on sim (/var/web.img, /var/data.img)" in line for line in said)
    await two.target.lifecycle.start(await two.target.inventory.find("web"))
    assert await two.runs(domain.uuid) == (False, True)


async def test_a_domain_whose_disks_are_shared_moves_at_once(two: Two) -> None:
    domain = await off(two)
    await Migrating(two.source).run(MigrationPlan(domain, Mode.OFFLINE, two.target, Reach("sim2")))
    assert await two.stored(domain.uuid) == (False, True)
    assert left(two) == []


async def test_a_file_of_that_name_there_is_kept_and_nothing_else_is_left(two: Two) -> None:
    domain = await off(two)
    theirs(two, PATHS[1]).write_bytes(b"another's")
    with pytest.raises(StoreError, match="something with that name exists already") as caught:
        await move(two, domain)
    assert "nothing of it is left on the other" in hint(caught.value)
    assert (left(two), theirs(two, PATHS[1]).read_bytes()) == (["data.img"], b"another's")
    await stays(two, domain)


async def test_a_disk_there_that_fills_up_ends_it_clear(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = await off(two)
    _receiver_does(
        monkeypatch,
        "def _full(*_):\n    raise OSError(28, 'No space left on device')\nr.fsio.write_at = _full\n",
    )
    with pytest.raises(StoreError, match="could not be copied to sim: no space left"):
        await move(two, domain)
    assert left(two) == []
    await stays(two, domain)


async def test_what_is_written_otherwise_than_it_was_sent_does_not_count(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await off(two)
    _receiver_does(
        monkeypatch,
        "w = r.fsio.write_at\ndef _wrong(fd, data, at):\n    w(fd, bytes(len(data)), at)\nr.fsio.write_at = _wrong\n",
    )
    with pytest.raises(StoreError, match="differs from the data sent"):
        await move(two, domain)
    assert left(two) == []
    await stays(two, domain)


async def test_a_receiver_that_dies_leaves_the_domain_here(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = await off(two)
    _receiver_does(monkeypatch, "def _die(*_):\n    raise EOFError\nr._one = _die\n")
    with pytest.raises(StoreError, match="no longer answers"):
        await move(two, domain)
    assert left(two) == []
    await stays(two, domain)


@pytest.mark.parametrize("point", ["before commit", "before gone"])
async def test_a_job_that_is_killed_has_it_somewhere(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    domain = await off(two)
    kill_at(point, monkeypatch)
    with pytest.raises(StoreError, match="interrupted"):
        await move(two, domain)
    monkeypatch.undo()
    async with await made(tmp_path / "sim") as other:
        await ended(other, by_polls=True)
        again = Two(other, two.target)
        await stays(again, domain)
        assert left(two) == ([] if point == "before commit" else ["data.img", "web.img"])


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("point", ["after gone", "before arriving", "after arriving", "after leaving"])
async def test_one_that_has_left_follows_whenever_its_job_is_killed(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, *, copied: bool
) -> None:
    domain = await off(two)
    planned = plan(two, domain) if copied else replace(plan(two, domain), disks=())
    kill_at(point, monkeypatch)
    with pytest.raises(StoreError, match="interrupted"):
        await Migrating(two.source).run(planned)
    monkeypatch.undo()
    async with await made(tmp_path / "sim") as other:
        await ended(other, by_polls=True)
        assert await Two(other, two.target).stored(domain.uuid) == (False, True)
        there = await two.target.inventory.find("web")
        events = [each.event for each in await two.target.history.versions(there)]
        assert events == ["created", "arrived"]


async def test_a_move_goes_on_without_us_and_is_found_again(two: Two, tmp_path: Path) -> None:
    domain = await off(two)
    assert isinstance(two.source.host, Faulty)
    Line(two.source.host).cut_at["start_move_job"] = "answer"
    with pytest.raises(job_run.GoesOnError):
        await move(two, domain)
    async with await made(tmp_path / "sim") as other:
        await ended(other)
        assert await Two(other, two.target).stored(domain.uuid) == (False, True), "nobody has to come again"
        await two.target.lifecycle.start(await two.target.inventory.find("web"))


async def test_it_is_stopped_and_leaves_nothing(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, gate = await off(two), tmp_path / "gate"
    gate.touch()
    hold = (
        f"import os, time\nn = r._one\ndef _held(*a):\n    while os.path.exists({str(gate)!r}):\n"
        "        time.sleep(0.01)\n    n(*a)\nr._one = _held\n"
    )
    _receiver_does(monkeypatch, hold)
    said: list[str] = []
    two.source.session.warn = said.append
    run = asyncio.create_task(move(two, domain))
    jobs = Path(two.source.host.store_root, "jobs")
    async with asyncio.timeout(60):
        while not list(jobs.glob("*/progress")):  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)
        run.cancel()
        while not list(jobs.glob("*/cancel")):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        gate.unlink()
        with pytest.raises(asyncio.CancelledError):
            await run
    assert said == ["web: it stays on this host, and nothing of it is left on the other"]
    assert left(two) == []
    await stays(two, domain)


async def test_one_that_is_stopped_as_it_begins_does_not_go_on(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await off(two)
    store = type(two.source.session.store)
    start = store.start_move_job

    async def stopped_meanwhile(*args: Any, **kwargs: Any) -> None:
        run.cancel()
        await start(*args, **kwargs)

    monkeypatch.setattr(store, "start_move_job", stopped_meanwhile)
    told: list[str] = []
    cancel = store.cancel_job

    async def cancelled(self: Any, job: str) -> None:
        told.append(job)
        await cancel(self, job)

    monkeypatch.setattr(store, "cancel_job", cancelled)
    run = asyncio.create_task(move(two, domain))
    with pytest.raises(asyncio.CancelledError):
        await run
    assert len(told) == 1


@pytest.mark.parametrize("copied", [True, False])
async def test_one_that_has_been_started_meanwhile_stays(two: Two, *, copied: bool) -> None:
    domain = await off(two)
    planned = plan(two, domain) if copied else replace(plan(two, domain), disks=())
    await two.source.lifecycle.start(domain)
    with pytest.raises(NotAllowedError, match="it has been started meanwhile"):
        await Migrating(two.source).run(planned)
    assert await two.runs(domain.uuid) == (True, False)
    assert await two.stored(domain.uuid) == (True, False)
    assert left(two) == []


@pytest.mark.parametrize("copied", [True, False])
async def test_one_that_is_started_by_hand_as_it_moves_stays(
    two: Two, monkeypatch: pytest.MonkeyPatch, *, copied: bool
) -> None:
    domain = await off(two)
    planned = plan(two, domain) if copied else replace(plan(two, domain), disks=())
    store = type(two.source.session.store)
    begin = store.start_move_job

    async def by_hand(self: Any, *args: Any, **kwargs: Any) -> None:
        await two.source.host.run(["xl", "create", "-q", self.config_path(domain.uuid)])
        await begin(self, *args, **kwargs)

    monkeypatch.setattr(store, "start_move_job", by_hand)
    with pytest.raises(StoreError, match=r"has been started here meanwhile"):
        await Migrating(two.source).run(planned)
    assert await two.runs(domain.uuid) == (True, False)
    assert await two.stored(domain.uuid) == (True, False)
    assert left(two) == []
    assert (await two.source.inventory.find("web")).moving is None


async def test_one_that_was_changed_meanwhile_stays(two: Two) -> None:
    domain = await off(two)
    await two.source.definitions.rename(domain, "web2")
    with pytest.raises(NotAllowedError, match="it has been changed meanwhile"):
        await move(two, domain)
    assert left(two) == []


async def stays(two: Two, domain: Domain) -> None:
    """It is the source's, as it was, and starts there."""
    assert await two.stored(domain.uuid) == (True, False)
    now = await two.source.inventory.find("web")
    assert (now.moving, now.notice) == (None, "")
    await two.source.lifecycle.start(now)
    assert await two.runs(domain.uuid) == (True, False)


def _receiver_does(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Have the receiver do something else from its beginning."""
    real = remote.main_of("migration.disk_receiver")
    start = b"from xentui.agent.migration.disk_receiver import main"
    source, _, _ = real.rpartition(start)
    changed = (
        source
        + b"from xentui.agent.migration import disk_receiver as r\n"
        + what.encode()
        + start
        + b"\nmain()\n"
    )
    put = f"from xentui.agent import remote\nreal = remote.main_of\nchanged = {changed!r}\n".encode()
    put += b"remote.main_of = lambda *of: changed if of == ('migration.disk_receiver',) else real(*of)\n"
    end = b"from xentui.agent.job_process import main\nmain(sys.argv[1:])\n"
    program = remote.for_child(remote.JOB, put + end)
    monkeypatch.setattr(remote, "job_program", lambda: program)
