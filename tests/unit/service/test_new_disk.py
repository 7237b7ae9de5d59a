"""Disks whose image is made with them: nothing is left of it where the disk does not come to be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import CommandError, ConfigError, NotAllowedError, StoreError
from xentui.hosts import operations
from xentui.hosts.base import Completed
from xentui.model.disk_image import NewImage, format_by_name
from xentui.model.job import JobLook
from xentui.service.devices import free_vdev
from xentui.service.hypervisor import Hypervisor

NEW = NewImage("", 4 << 20)
PATH = "/srv/guests/new.img"


def real(host: Faulty, path: str = PATH) -> Path:
    return Path(host.host_path(path))


async def test_a_path_is_enough(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    disk = await hypervisor.devices.attach_disk(domain, [PATH], new=NEW)
    assert (disk.vdev, disk.format, disk.access, disk.target) == (free_vdev(domain), "raw", "w", PATH)
    assert (real(host).stat().st_size, real(host).stat().st_blocks) == (4 << 20, 0)
    now = await hypervisor.inventory.find("web")
    assert now.running and now.running.disks[-1].target == PATH
    assert now.stored and now.stored.disks[-1].target == PATH
    assert now.version == 2, "made and attached is one version"


async def test_the_name_tells_the_format_and_what_is_said_outranks_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await managed(host, hypervisor)
    devices = hypervisor.devices
    disk = await devices.attach_disk(domain, ["/srv/guests/a.vhd,raw,xvdf,w"], new=NEW)
    assert (disk.vdev, disk.format) == ("xvdf", "raw")
    disk = await devices.attach_disk(domain, ["file:/srv/guests/b.vhd", "xvdg", "r"], new=NEW)
    assert (disk.vdev, disk.format, disk.access) == ("xvdg", "raw", "r")
    assert [format_by_name(f"/x{end}") for end in (".qcow2", ".vhd", ".img", "")] == [
        "qcow2",
        "vhd",
        "raw",
        "raw",
    ]


async def test_what_forbids_the_disk_is_known_before_anything_is_made(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    attach = hypervisor.devices.attach_disk
    await attach(domain, ["/srv/guests/first.img", "xvdb"], new=NEW)
    with pytest.raises(NotAllowedError, match="has a disk xvdb already"):
        await attach(domain, [PATH, "xvdb"], new=NEW)
    for words in (["phy:vg0/x", "xvdc"], ["drbd:x", "xvdc"], [f"{PATH},,hdc,cdrom"], ["a", "b"], []):
        with pytest.raises(ConfigError):
            await attach(domain, words, new=NEW)
    assert not real(host).exists()


async def test_what_is_there_already_stays_as_it_is(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    real(host).write_bytes(b"precious")
    with pytest.raises(StoreError, match="something with that name"):
        await hypervisor.devices.attach_disk(domain, [PATH], new=NEW)
    assert real(host).read_bytes() == b"precious"


async def test_nothing_is_left_of_an_image_that_could_not_be_attached(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    warned: list[str] = []
    hypervisor.session.warn = warned.append

    host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"", b"libxl: error: no\n") if "block-attach" in argv else None
    )
    with pytest.raises(CommandError):
        await hypervisor.devices.attach_disk(domain, [PATH], new=NEW)
    assert not real(host).exists()
    assert warned == []
    assert (await hypervisor.inventory.find("web")).version == 1


async def test_an_image_that_is_in_use_by_then_stays_and_that_is_said(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    warned: list[str] = []
    hypervisor.session.warn = warned.append

    async def used() -> None:
        await hypervisor.devices.attach_disk(domain, [PATH, "xvdb"])
        raise StoreError("it is attached, but NOT stored")

    with pytest.raises(StoreError, match="NOT stored"):
        await hypervisor.images.made_for(NewImage(PATH, 1 << 20), used)
    assert real(host).exists()
    assert warned == [f"the new image {PATH} stays on the host: web names it"]


@pytest.mark.parametrize("when", ["while it is made", "while it is attached"])
async def test_nothing_is_left_of_one_that_is_cancelled(
    host: Faulty, hypervisor: Hypervisor, when: str
) -> None:
    domain = await running(host, hypervisor)
    reached, go_on = asyncio.Event(), asyncio.Event()
    hold(host, when, reached, go_on)
    work = asyncio.ensure_future(hypervisor.devices.attach_disk(domain, [PATH], new=NEW))
    await reached.wait()
    work.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not real(host).exists()
    now = await hypervisor.inventory.find("web")
    assert (now.version, [disk.target for disk in now.config.disks]) == (
        1,
        [disk.target for disk in domain.config.disks],
    )


def hold(host: Faulty, when: str, reached: asyncio.Event, go_on: asyncio.Event) -> None:
    """Have the host wait in the middle of making the image, or before it attaches the disk."""
    call: Callable[..., Any] = host.call
    run: Callable[..., Any] = host.run

    async def slow_call(operation: Any, **arguments: Any) -> Any:
        done = await call(operation, **arguments)
        if operation is operations.make_image and when == "while it is made":
            reached.set()
            await go_on.wait()
        return done

    async def slow_run(argv: Sequence[str], **more: Any) -> Completed:
        if argv[1] == "block-attach" and when == "while it is attached":
            reached.set()
            await asyncio.Event().wait()  # until it is cancelled
        done: Completed = await run(argv, **more)
        return done

    host.call = slow_call  # type: ignore[method-assign, assignment]
    host.run = slow_run  # type: ignore[method-assign]


@pytest.mark.parametrize("late", [False, True])
async def test_a_preallocated_one_is_stopped_also_where_the_session_is_left(
    host: Faulty, hypervisor: Hypervisor, late: bool
) -> None:
    """What would be made on the host by itself would be an image that no domain names; also one made just before."""
    domain = await running(host, hypervisor)
    hypervisor.session.leaving = lambda: True
    begun = asyncio.Event()
    if late:
        look = hypervisor.session.store.look_job

        async def looked(job: str) -> JobLook:
            told = await look(job)
            if told.end is not None and not begun.is_set():
                begun.set()
                await asyncio.Event().wait()  # until it is cancelled
            return told

        hypervisor.session.store.look_job = looked  # type: ignore[method-assign]
    else:
        hypervisor.session.following = lambda _name: begun.set()
    new = NewImage("", 64 << 20, preallocated=True)
    work = asyncio.ensure_future(hypervisor.devices.attach_disk(domain, [PATH], new=new))
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not real(host).exists() and not list(real(host).parent.glob(".xentui-*"))
    assert (await hypervisor.inventory.find("web")).version == 1


async def test_a_dry_run_says_both(host: Faulty) -> None:
    said: list[str] = []
    hypervisor = Hypervisor(host)
    domain = await running(host, hypervisor)
    dry = hypervisor.stricter(read_only=False, dry_run=True, announce=said.append)
    await dry.devices.attach_disk(domain, [PATH], new=NEW)
    assert [line.split()[0] for line in said[:2]] == ["truncate", "xl"]
    assert not real(host).exists()


async def test_a_read_only_session_makes_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    hypervisor.session.read_only = True
    with pytest.raises(NotAllowedError, match="read-only"):
        await hypervisor.devices.attach_disk(domain, [PATH], new=NEW)
    assert not real(host).exists()


async def test_the_next_free_device_is_that_of_the_domain_as_it_is_now(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """Not of the domain as it was when somebody saw it."""
    host.image("b.img")
    seen = await running(host, hypervisor)
    await hypervisor.devices.attach_disk(seen, ["file:/srv/guests/b.img", free_vdev(seen), "w"])
    disk = await hypervisor.devices.attach_disk(seen, [PATH], new=NEW)
    assert disk.vdev != free_vdev(seen)
    assert [each.vdev for each in (await hypervisor.inventory.find("web")).config.disks][-1] == disk.vdev
