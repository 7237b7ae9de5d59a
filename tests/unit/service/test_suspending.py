"""Two at one domain: whoever suspends it last, or starts it, never costs it its memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.agent import steps
from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty, during_a_look
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import NoSuchDomainError, NotAllowedError, StoreError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.model.job import HostJob, HostJobState
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, reason_against


class Held:
    """``xl save`` waits at two points: before it begins, and after it has ended the domain."""

    def __init__(self, host: Faulty) -> None:
        self._jobs = host.interposed()
        self._jobs.hold("save")

    async def began(self) -> None:
        """Wait until xl is about to begin."""
        await self._jobs.reached("save", "began")

    async def ended(self) -> None:
        """Wait until xl has ended the domain, and has not returned yet."""
        await self._jobs.reached("save", "ended")

    def may_begin(self) -> None:
        """Let xl begin."""
        self._jobs.let("save", "begin")

    def may_return(self) -> None:
        """Let xl return."""
        self._jobs.let("save", "return")


@pytest.fixture
async def other(host: Faulty) -> AsyncIterator[Hypervisor]:
    """A second admin on the same host, with a process of their own."""
    async with Hypervisor(Faulty(Path(host.store_root).parent), user="other@desk") as made:
        yield made


def images(host: Faulty, domain: Domain) -> list[str]:
    """The memory images of a domain, without what tells one save from another."""
    folder = Path(host.store_root, "domains", domain.uuid)
    return sorted(path.name.partition("-")[0] for path in folder.glob("checkpoint*"))


def age(host: Faulty, domain: Domain) -> None:
    """Let what a save has left be old."""
    for path in Path(host.store_root, "domains", domain.uuid).glob("checkpoint.part*"):
        os.utime(path, (1_000_000, 1_000_000))


@pytest.mark.parametrize("listed", ["before", "meanwhile"])
@pytest.mark.parametrize("point", ["began", "ended"])
async def test_of_two_who_suspend_a_domain_one_does(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor, listed: str, point: str
) -> None:
    domain = await running(host, hypervisor)
    held = Held(host)
    first = asyncio.ensure_future(hypervisor.lifecycle.suspend(domain))
    await held.began()
    if listed == "meanwhile":
        domain = await other.inventory.find("web")
    if point == "ended":
        held.may_begin()
        await held.ended()
    with pytest.raises((StoreError, NotAllowedError)):
        await other.lifecycle.suspend(domain)
    held.may_begin()
    held.may_return()
    await first
    assert images(host, domain) == ["checkpoint.chk"]
    suspended = await other.inventory.find("web")
    assert suspended.state is DomainState.SUSPENDED
    await other.lifecycle.resume(suspended)
    assert (await other.inventory.find("web")).state.alive


async def test_a_domain_listed_long_ago_is_looked_at_again(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor
) -> None:
    """A bulk suspend reaches its last domain minutes after the list was shown."""
    listed = await running(host, hypervisor)
    await other.lifecycle.suspend(listed)
    with pytest.raises(NotAllowedError, match="it is suspended") as caught:
        await hypervisor.lifecycle.suspend(listed)
    assert "resume" in hint(caught.value)
    await other.lifecycle.destroy(await other.inventory.find("web"))
    with pytest.raises(NotAllowedError, match="it is off"):
        await hypervisor.lifecycle.suspend(listed)
    await other.definitions.delete(await other.inventory.find("web"))
    with pytest.raises(NoSuchDomainError, match="it no longer exists"):
        await hypervisor.lifecycle.suspend(listed)


async def test_a_domain_rebooted_since_it_was_listed_is_suspended_as_it_is(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor
) -> None:
    listed = await running(host, hypervisor)
    await other.lifecycle.destroy(listed)
    await other.lifecycle.start(await other.inventory.find("web"))
    await hypervisor.lifecycle.suspend(listed)
    assert (await hypervisor.inventory.find("web")).state is DomainState.SUSPENDED


async def test_a_suspend_that_xentui_did_not_survive_can_be_made_again(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    Path(steps.take(host.store_root, "checkpoint_begin", uuid=domain.uuid)).write_bytes(b"half")
    with pytest.raises(StoreError, match="in progress") as caught:
        await hypervisor.lifecycle.suspend(domain)
    assert (caught.value.code, bool(caught.value.hint)) == ("busy", True)
    age(host, domain)
    await hypervisor.lifecycle.suspend(domain)
    assert images(host, domain) == ["checkpoint.chk"]


@pytest.mark.parametrize("way", ["start", "create"])
async def test_a_domain_is_not_booted_between_its_save_and_the_commit(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor, way: str
) -> None:
    """It counts as off by then, and the image would be resumed onto disks that have moved on."""
    domain = await running(host, hypervisor)
    held = Held(host)
    first = asyncio.ensure_future(hypervisor.lifecycle.suspend(domain))
    held.may_begin()
    await held.ended()
    off = await other.inventory.find("web")
    assert off.state is DomainState.OFF
    boots: dict[str, Callable[[], object]] = {
        "start": lambda: other.lifecycle.start(off),
        "create": lambda: other.lifecycle.create(host.guest("web")),
    }
    for refused in (boots[way](), other.lifecycle.destroy(off)):
        with pytest.raises((NotAllowedError, StoreError), match=r"is being suspended|is in progress"):
            await refused  # type: ignore[misc]
    held.may_return()
    await first
    assert (await other.inventory.find("web")).state is DomainState.SUSPENDED


async def test_a_save_is_under_way_for_as_long_as_it_takes(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor
) -> None:
    """A guest may take minutes over its suspend, in which nothing is written."""
    domain = await running(host, hypervisor)
    held = Held(host)
    first = asyncio.ensure_future(hypervisor.lifecycle.suspend(domain))
    held.may_begin()
    await held.ended()
    age(host, domain)
    with pytest.raises(NotAllowedError, match="it is being suspended on the host"):
        await other.lifecycle.start(await other.inventory.find("web"))
    held.may_return()
    await first
    assert images(host, domain) == ["checkpoint.chk"]


async def test_a_dry_run_of_a_start_writes_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor)
    steps.take(host.store_root, "checkpoint_begin", uuid=domain.uuid)
    async with Hypervisor(host, dry_run=True) as dry:
        await dry.lifecycle.start(domain)
    assert len(images(host, domain)) == 1


def test_a_guest_stopped_for_its_save_is_not_said_to_have_shut_down() -> None:
    """A hint to destroy it would cost it its memory."""
    asleep = Domain("web", "u", DomainState.SHUTDOWN, domid=4, managed=True, asleep=True)
    saving = replace(
        asleep, job=HostJob("1", "suspend", "u", "web", "anna@desk", 0.0, HostJobState.RUNNING, 66)
    )
    for action in (Action.SUSPEND, Action.START, Action.DESTROY):
        assert "it is being suspended on the host, 66 % (asked for by anna@desk)" in reason_against(
            saving, action
        )
    assert "stopped for a save" in reason_against(asleep, Action.SUSPEND)
    assert not reason_against(asleep, Action.UNPAUSE)
    assert not reason_against(asleep, Action.RESUME)
    assert not reason_against(asleep, Action.DESTROY)


async def test_a_suspend_that_ends_during_a_look_is_no_guest_beside_its_image(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """The list was read while the guest still ran, the store when its image was whole."""
    domain = await running(host, hypervisor)
    before = await host.run(["xl", "list", "-v"])
    await hypervisor.lifecycle.suspend(domain)
    late = [before]
    host.answer = lambda argv: late.pop() if tuple(argv) == ("xl", "list", "-v") and late else None
    seen = await hypervisor.inventory.find("web")
    assert (seen.state, seen.notice) == (DomainState.SUSPENDED, "")


async def test_a_suspend_that_ends_between_the_looks_at_the_store_is_no_guest_left_asleep(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list was read while the guest was stopped for it, the store before its end and the jobs after."""
    domain = await running(host, hypervisor)
    before = await host.run(["xl", "list", "-v"])
    row = next(line for line in before.stdout.splitlines() if line.startswith(b"web "))
    stopped = row.replace(b"-b----", b"---ss-").replace(b"r-----", b"---ss-")
    assert stopped != row
    late = [replace(before, stdout=before.stdout.replace(row, stopped))]
    during_a_look(hypervisor, monkeypatch, lambda: hypervisor.lifecycle.suspend(domain))
    host.answer = lambda argv: late.pop() if tuple(argv) == ("xl", "list", "-v") and late else None
    snapshot = await hypervisor.inventory.look()
    (seen,) = [found for found in snapshot.domains if found.uuid == domain.uuid]
    assert (seen.state, seen.asleep, seen.notice) == (DomainState.SUSPENDED, False, "")


async def test_a_suspend_that_ends_between_the_looks_at_the_store_was_not_cut_short(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its image was still being written when the store was read, and nothing went on when the jobs were."""
    domain = await running(host, hypervisor)
    held = Held(host)
    suspending = asyncio.create_task(hypervisor.lifecycle.suspend(domain))
    held.may_begin()
    await held.ended()

    async def end() -> None:
        held.may_return()
        await suspending

    during_a_look(hypervisor, monkeypatch, end)
    snapshot = await hypervisor.inventory.look()
    (seen,) = [found for found in snapshot.domains if found.uuid == domain.uuid]
    assert (seen.state, seen.notice) == (DomainState.SUSPENDED, "")


async def test_a_resume_that_ends_between_the_looks_at_the_store_leaves_no_image_out_of_date(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its image was taken when the store was read, and nothing went on when the jobs were."""
    domain = await running(host, hypervisor)
    await hypervisor.lifecycle.suspend(domain)
    suspended = await hypervisor.inventory.find("web")
    jobs = host.interposed()
    jobs.hold("unpause")
    resuming = asyncio.create_task(hypervisor.lifecycle.resume(suspended))
    await jobs.reached("unpause", "began")

    async def end() -> None:
        jobs.let("unpause", "begin")
        jobs.let("unpause", "return")
        await resuming

    during_a_look(hypervisor, monkeypatch, end)
    snapshot = await hypervisor.inventory.look()
    (seen,) = [found for found in snapshot.domains if found.uuid == domain.uuid]
    assert (seen.state.alive, seen.memory_image, seen.notice) == (True, "", "")


async def test_a_save_that_ends_between_the_looks_at_the_store_is_no_domain_that_is_off_for_good(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was said to be saved when the store was read, and the domain was gone when the list was."""
    domain = await running(host, hypervisor)
    before = await host.run(["xl", "list", "-v"])
    row = next(line for line in before.stdout.splitlines(keepends=True) if line.startswith(b"web "))
    late = [replace(before, stdout=before.stdout.replace(row, b""))]
    during_a_look(hypervisor, monkeypatch, lambda: hypervisor.lifecycle.save(domain, "/srv/guests/web.save"))
    host.answer = lambda argv: late.pop() if tuple(argv) == ("xl", "list", "-v") and late else None
    snapshot = await hypervisor.inventory.look()
    (seen,) = [found for found in snapshot.domains if found.uuid == domain.uuid]
    assert (seen.state, seen.saved_to) == (DomainState.OFF, host.host_path("/srv/guests/web.save"))


async def test_a_guest_that_stays_asleep_is_looked_at_twice_only_once(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """Who looks again and again knows by the second time that there is nothing to wait for."""
    await running(host, hypervisor)
    before = await host.run(["xl", "list", "-v"])
    row = next(line for line in before.stdout.splitlines() if line.startswith(b"web "))
    stopped = row.replace(b"-b----", b"---ss-").replace(b"r-----", b"---ss-")
    asked: list[str] = []

    def answer(argv: Sequence[str]) -> Completed | None:
        if tuple(argv) != ("xl", "list", "-v"):
            return None
        asked.append("list")
        return replace(before, stdout=before.stdout.replace(row, stopped))

    host.answer = answer
    for _ in range(3):
        snapshot = await hypervisor.inventory.look()
        (seen,) = [found for found in snapshot.domains if found.name == "web"]
        assert seen.asleep
    assert len(asked) == 4, "the first look takes two, the others one"
