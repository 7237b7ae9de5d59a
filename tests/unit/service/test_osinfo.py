"""Which system: one of ours, or a release of it that the host's osinfo-db tells of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.agent.host.test_osinfo import DEBIAN
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_disk_images import refused
from tests.unit.service.test_making import INSTALL, put, said
from xentui.hosts import operations
from xentui.service.hypervisor import Hypervisor

FOLDER = "/usr/share/osinfo/os/vendor"
WINDOWS = (
    DEBIAN.replace("debian12", "win11")
    .replace("Debian 12", "Microsoft Windows 11")
    .replace(">debian<", ">win<")
    .replace(">linux<", ">winnt<")
    .replace("1073741824", "4294967296")
)


async def test_a_release_has_memory_and_processors_of_its_own_with_the_reason(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    put(host, f"{FOLDER}/debian-12.xml", DEBIAN.replace("1073741824", "2147483648").encode())
    plan = await hypervisor.making.plan(replace(INSTALL, system="debian12"))
    assert (said(plan.text)["memory"], said(plan.text)["vcpus"], said(plan.text)["type"]) == (2048, 2, "pv")
    assert "osinfo-db has 2G of memory and 2 vCPUs for Debian 12" in plan.reasons
    assert said(plan.install)["kernel"] == "/srv/guests/vmlinuz", (
        "it installs as what it is a release of does"
    )
    own = await hypervisor.making.plan(replace(INSTALL, system="debian12", memory=700, vcpus=1))
    assert said(own.text)["memory"] == 700 and not any("osinfo" in each for each in own.reasons)


async def test_a_plan_reads_the_database_once(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(host, f"{FOLDER}/debian-12.xml", DEBIAN.encode())
    call, reads = host.call, 0

    async def counted(operation: Any, /, **arguments: Any) -> Any:
        nonlocal reads
        reads += operation is operations.osinfo
        return await call(operation, **arguments)

    monkeypatch.setattr(host, "call", counted)
    assert (await hypervisor.making.plan(replace(INSTALL, system="debian12"))).system.id == "debian12"
    assert reads == 1


async def test_windows_is_a_whole_machine_with_emulated_devices(host: Faulty, hypervisor: Hypervisor) -> None:
    put(host, f"{FOLDER}/win-11.xml", WINDOWS.encode())
    (one,) = (await hypervisor.making.known_systems()).of("windows")
    assert (one.types, one.emulated, one.memory, one.disk) == (("hvm",), True, 4096, 20 << 30)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (None, "the host has no osinfo-db"),
        ("<os>", "tells of no system"),
        ("<!DOCTYPE x>" + DEBIAN, "tells of no"),
    ],
)
async def test_without_one_or_with_a_damaged_one_there_are_ours_and_a_note(
    host: Faulty, hypervisor: Hypervisor, text: str | None, note: str
) -> None:
    if text is not None:
        put(host, f"{FOLDER}/debian-12.xml", text.encode())
    assert (await hypervisor.making.plan(INSTALL)).system.id == "debian"
    error = await refused(hypervisor.making.plan(replace(INSTALL, system="debian12")))
    assert "is not a system that xentui knows" in error.message and note in error.plain_hint


async def test_what_is_beyond_belief_is_cut(host: Faulty, hypervisor: Hypervisor) -> None:
    text = DEBIAN.replace("1073741824", "1").replace(">2<", ">99999<").replace("21474836480", "9" * 15)
    put(host, f"{FOLDER}/debian-12.xml", text.encode())
    put(host, f"{FOLDER}/odd.xml", DEBIAN.replace("debian12", "x\u202ey").encode())
    put(host, f"{FOLDER}/own.xml", DEBIAN.replace("debian12", "debian").encode())
    (one,) = (await hypervisor.making.known_systems()).systems
    assert (one.memory, one.vcpus, one.disk) == (832, 64, 4 << 40)
