"""Two at one domain: whoever suspends it last, or starts it, never costs it its memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import CommandError, HostError, NoSuchDomainError, NotAllowedError, StoreError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, reason_against


class Held:
    """A host whose ``xl save`` waits at two points: before it begins, and after it has ended the domain."""

    def __init__(self, host: Faulty) -> None:
        self.began, self.ended = asyncio.Event(), asyncio.Event()
        self.may_begin, self.may_return = asyncio.Event(), asyncio.Event()
        self._run = host.run
        host.run = self.run  # type: ignore[method-assign]

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None
    ) -> Completed:
        """Run a command; a save is held."""
        if tuple(argv[:2]) != ("xl", "save"):
            return await self._run(argv, stdin=stdin, timeout=timeout)
        self.began.set()
        await self.may_begin.wait()
        done = await self._run(argv, stdin=stdin, timeout=timeout)
        self.ended.set()
        await self.may_return.wait()
        return done


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
    await held.began.wait()
    if listed == "meanwhile":
        domain = await other.inventory.find("web")
    if point == "ended":
        held.may_begin.set()
        await held.ended.wait()
    with pytest.raises((StoreError, NotAllowedError)):
        await other.lifecycle.suspend(domain)
    held.may_begin.set()
    held.may_return.set()
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
    assert "resume" in caught.value.hint
    await other.lifecycle.destroy(await other.inventory.find("web"))
    with pytest.raises(NotAllowedError, match="it is off"):
        await hypervisor.lifecycle.suspend(listed)
    await other.definitions.delete(await other.inventory.find("web"))
    with pytest.raises(NoSuchDomainError, match="it is gone"):
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
    Path(await hypervisor.session.store.checkpoint_begin(domain.uuid)).write_bytes(b"half")
    with pytest.raises(StoreError, match="under way") as caught:
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
    held.may_begin.set()
    await held.ended.wait()
    off = await other.inventory.find("web")
    assert off.state is DomainState.OFF
    boots: dict[str, Callable[[], object]] = {
        "start": lambda: other.lifecycle.start(off),
        "create": lambda: other.lifecycle.create(host.guest("web")),
    }
    with pytest.raises(StoreError, match="a save of the domain is under way"):
        await boots[way]()  # type: ignore[misc]
    with pytest.raises(StoreError, match="under way"):
        await other.lifecycle.destroy(off)
    held.may_return.set()
    await first
    assert (await other.inventory.find("web")).state is DomainState.SUSPENDED


async def test_a_save_that_comes_to_its_end_after_a_boot_leaves_no_image_to_resume(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor
) -> None:
    """The one who suspended it was cut off for so long that another took it for left behind."""
    domain = await running(host, hypervisor)
    held = Held(host)
    first = asyncio.ensure_future(hypervisor.lifecycle.suspend(domain))
    held.may_begin.set()
    await held.ended.wait()
    age(host, domain)
    await other.lifecycle.start(await other.inventory.find("web"))
    held.may_return.set()
    with pytest.raises(StoreError, match="booted"):
        await first
    assert images(host, domain) == ["checkpoint.part"]
    assert (await other.inventory.find("web")).state.alive


async def test_a_save_that_failed_drops_no_image_but_its_own(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    held = Held(host)
    first = asyncio.ensure_future(hypervisor.lifecycle.suspend(domain))
    await held.began.wait()
    age(host, domain)
    host_of_other = other.session.host
    assert isinstance(host_of_other, Faulty)

    def refuse(argv: Sequence[str]) -> Completed | None:
        if tuple(argv[:2]) != ("xl", "save"):
            return None
        return Completed(tuple(argv), 1, b"", b"Failed to save domain, resuming domain\n")

    host_of_other.answer = refuse
    with pytest.raises(CommandError):
        await other.lifecycle.suspend(domain)
    held.may_begin.set()
    held.may_return.set()
    await first
    assert (await hypervisor.inventory.find("web")).state is DomainState.SUSPENDED


async def test_a_lost_connection_never_makes_anothers_image_the_one_to_resume(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    real = host.run

    async def lost(argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None) -> Completed:
        if tuple(argv[:2]) == ("xl", "save"):
            raise HostError("the connection was cut")
        return await real(argv, stdin=stdin, timeout=timeout)

    host.run = lost  # type: ignore[method-assign]
    with pytest.raises(HostError):
        await hypervisor.lifecycle.suspend(domain)
    host.run = real  # type: ignore[method-assign]
    still = await hypervisor.inventory.find("web")
    assert still.state.alive
    assert images(host, domain) == ["checkpoint.part"], "xl may be at work on it yet"


async def test_a_dry_run_of_a_start_writes_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor)
    await hypervisor.session.store.checkpoint_begin(domain.uuid)
    async with Hypervisor(host, dry_run=True) as dry:
        await dry.lifecycle.start(domain)
    assert len(images(host, domain)) == 1


def test_a_guest_stopped_for_its_save_is_not_said_to_have_shut_down() -> None:
    """A hint to destroy it would cost it its memory."""
    saving = Domain("web", "u", DomainState.SHUTDOWN, domid=4, managed=True, memory_image="checkpoint.part")
    assert "being suspended" in reason_against(saving, Action.SUSPEND)
    assert "being suspended" in reason_against(saving, Action.START)
