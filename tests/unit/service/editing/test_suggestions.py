"""What may stand in a field, as the host has it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.editing.conftest import Make
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.service.editing import suggestions
from xentui.service.hypervisor import Hypervisor


def put(host: Faulty, *paths: str) -> None:
    """Make files on the host; folders where a path ends with a slash."""
    for path in paths:
        place = Path(host.store_root).parent / "root" / path.strip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.touch()


async def test_bridges_are_the_devices_that_are_bridges(host: Faulty, hypervisor: Hypervisor) -> None:
    put(host, "/sys/class/net/br7/bridge/", "/sys/class/net/eth7/")
    found = await hypervisor.editing.suggestions("bridge", "b")
    assert "br7" in found
    assert "eth7" not in await hypervisor.editing.suggestions("bridge")


async def test_kernels_are_those_in_use_and_those_of_boot(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    await managed()
    put(host, "/boot/vmlinuz-9", "/boot/initrd.img-9", "/boot/config-9")
    kernels = await hypervisor.editing.suggestions("kernel")
    assert kernels[0] == "/srv/guests/vmlinuz"
    assert "/boot/vmlinuz-9" in kernels
    assert "/boot/config-9" not in kernels
    assert "/boot/initrd.img-9" in await hypervisor.editing.suggestions("ramdisk")


async def test_paths_are_completed_as_they_are_typed(host: Faulty, hypervisor: Hypervisor) -> None:
    put(host, "/srv/disks/web.img", "/srv/disks/old/")
    assert await hypervisor.editing.suggestions("image", "/srv/disks/") == (
        "/srv/disks/old/",
        "/srv/disks/web.img",
    )


async def test_images_lie_where_other_images_lie(host: Faulty, hypervisor: Hypervisor, managed: Make) -> None:
    await managed(disk=f"['{host.image('web.img')},raw,xvda,w']")
    host.image("other.img")
    assert "/srv/guests/other.img" in await hypervisor.editing.suggestions("image")


async def test_loaders_keymaps_and_cpus(host: Faulty, hypervisor: Hypervisor) -> None:
    put(host, "/usr/lib/xen-4.17/bin/pygrub", "/usr/share/qemu/keymaps/de", "/usr/share/qemu/keymaps/common")
    assert "pygrub" in await hypervisor.editing.suggestions("bootloader")
    assert await hypervisor.editing.suggestions("keymap", "d") == ("de",)
    cpus = await hypervisor.editing.suggestions("cpu")
    assert cpus[0] == "all"
    assert "0" in cpus


async def test_pools_are_asked_of_xl(host: Faulty, hypervisor: Hypervisor) -> None:
    table = (
        b"Name               CPUs   Sched     Active   Domain count\nPool-0  4 credit2 y 1\nfast 2 rtds y 0\n"
    )
    host.answer = lambda argv: Completed(tuple(argv), 0, table, b"") if "cpupool-list" in argv else None
    assert await hypervisor.editing.suggestions("pool") == ("Pool-0", "fast")


@pytest.mark.parametrize(
    "kind", ["bridge", "kernel", "image", "block-device", "keymap", "cpu", "pool", "bootloader"]
)
async def test_a_host_that_fails_suggests_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async def gone(*_: object, **__: object) -> object:
        raise HostError("gone")

    monkeypatch.setattr(host, "call", gone)
    monkeypatch.setattr(host, "run", gone)
    assert await hypervisor.editing.suggestions(kind) == ()


async def test_an_answer_is_kept_for_a_moment_and_asked_for_once(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.gather(*(hypervisor.editing.suggestions("cpu", prefix) for prefix in ("", "0", "a")))
    assert len([argv for argv in host.ran if argv == ("xl", "info")]) == 1
    monkeypatch.setattr(suggestions, "KEPT", 0.0)
    await hypervisor.editing.suggestions("cpu")
    assert len([argv for argv in host.ran if argv == ("xl", "info")]) == 2


async def test_a_host_that_hangs_is_not_waited_for(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "PATIENCE", 0.01)
    release = asyncio.Event()
    real = host.call

    async def slow(operation: Any, **arguments: Any) -> object:
        await release.wait()
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", slow)
    assert await hypervisor.editing.suggestions("keymap") == ()
    release.set()
    await asyncio.sleep(0)


async def test_an_unknown_kind_has_no_suggestions(hypervisor: Hypervisor) -> None:
    assert await hypervisor.editing.suggestions("weather") == ()
