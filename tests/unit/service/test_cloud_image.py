"""Cloud images: looked at before they are copied, copied, grown, and told at their first boot who may log in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_disk_images import refused
from tests.unit.service.test_first_boot import HASH, key
from tests.unit.service.test_iso9660 import read
from tests.unit.service.test_making import failing, found, put, said, there
from xentui.errors import HostError, StoreError, UsageError
from xentui.model.boot_menu import BootEntry, BootMenu, BootPlace, ImageMachine, PygrubEntry, PygrubMenu
from xentui.service import boot_menu
from xentui.service.hypervisor import Hypervisor
from xentui.service.making import (
    Answers,
    FirstBoot,
    GuestSource,
    SourceKind,
    WantedDisk,
    WantedInterface,
    cloud_image,
)
from xentui.service.making.plan import Plan

IMAGE, DISK, SEED = "/srv/guests/guest-grubcfg.img", "/srv/guests/web9.img", "/srv/guests/web9-cidata.iso"
CLOUD = Answers(
    name="web9",
    system="debian",
    source=GuestSource(SourceKind.CLOUD, path=IMAGE),
    first_boot=FirstBoot(user="ada", keys=(key(),), password=HASH, address="192.0.2.10/24", gateway="192.0.2.1"),
    disks=(WantedDisk(DISK, 1 << 30),),
    interfaces=(WantedInterface("xenbr0"),),
)  # fmt: skip


def kernel(args: str = "root=/dev/vda1 ro", place: str = "ext4", volume: str = "") -> BootEntry:
    return BootEntry("Linux", kernel="/boot/vmlinuz-6.1-amd64", args=args, default=True,
                     place=BootPlace(1, 1 << 20, place, volume))  # fmt: skip


def menu(entry: BootEntry | None = None, loader: str = "grub2", pygrub: PygrubMenu | None = None) -> BootMenu:
    return BootMenu(loader, (entry or kernel(),), partition=1, filesystem="ext4", pygrub=pygrub)


def shows(monkeypatch: pytest.MonkeyPatch, machine: ImageMachine) -> None:
    """Have the host tell this of every image."""

    async def told(*_given: Any) -> ImageMachine:
        return machine

    monkeypatch.setattr(boot_menu, "machine_of", told)


async def planned(hypervisor: Hypervisor, **changes: Any) -> Plan:
    return await hypervisor.making.plan(replace(CLOUD, **changes))


# Made


async def test_it_runs_from_a_copy_with_what_it_is_told_beside_it_read_only(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    plan = await planned(hypervisor)
    assert said(plan.text)["disk"] == [f"{DISK},raw,xvda,w", f"{SEED},raw,xvdb,r"] and not plan.install
    made = await hypervisor.making.make(plan)
    assert made.started and made.disks == (DISK, SEED), made.trouble
    domain = await found(hypervisor, "web9")
    assert [disk.access for disk in domain.config.disks] == ["w", "r"]
    seed = Path(host.host_path(SEED))
    assert seed.stat().st_mode & 0o777 == 0o600 and Path(host.host_path(DISK)).stat().st_size == 1 << 30
    told = read(seed.read_bytes(), joliet=True)
    assert json.loads(told["meta-data"])["instance-id"] == domain.uuid
    one = json.loads(told["network-config"])["ethernets"]["eth0"]
    assert one["match"]["macaddress"] == domain.config.vifs[0].mac != ""
    audit = str(await hypervisor.audit())
    assert SEED in audit
    assert HASH not in audit and HASH not in "\n".join(map(str, host.ran))


async def test_what_is_told_of_the_plan_has_no_password_in_it(hypervisor: Hypervisor) -> None:
    plan = await planned(hypervisor)
    assert any("user ada with 1 ssh key and a password" in disk.words for disk in plan.disks)
    assert any("boots vmlinuz" in reason for reason in plan.reasons)
    assert not any("installer" in reason for reason in plan.reasons)
    assert HASH not in plan.text


async def test_of_a_whole_machine_what_it_is_told_has_no_emulated_twin(
    hypervisor: Hypervisor, monkeypatch: Any
) -> None:
    shows(monkeypatch, ImageMachine(sector=True, menu=menu()))
    plan = await planned(hypervisor, type="hvm")
    assert f"{SEED},raw,xvde,r" in str(said(plan.text)["disk"])


async def test_where_the_store_refuses_both_disks_are_taken_back(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await planned(hypervisor)

    async def refuse(*_given: object, **_named: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(hypervisor.definitions, "define", refuse)
    error = await refused(hypervisor.making.make(plan))
    assert "full" in error.message and not there(host, DISK) and not there(host, SEED), error.details


async def test_what_lies_in_its_place_is_not_written_over(host: Faulty, hypervisor: Hypervisor) -> None:
    plan = await planned(hypervisor)
    put(host, SEED, b"somebody's")
    await refused(hypervisor.making.make(plan))
    assert not there(host, DISK) and Path(host.host_path(SEED)).read_bytes() == b"somebody's"
    assert "is there already" in (await refused(planned(hypervisor))).message


async def test_a_guest_that_is_whole_stays_where_its_start_fails(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    plan = await planned(hypervisor)
    failing(host, "xl", "create")
    made = await hypervisor.making.make(plan)
    assert made.trouble is not None and there(host, SEED)


async def test_a_dry_run_makes_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    lines: list[str] = []
    dry = hypervisor.stricter(read_only=False, dry_run=True, announce=lines.append)
    await dry.making.make(await planned(hypervisor))
    assert any(SEED in line for line in lines) and f"truncate --size={1 << 30} {DISK}" in lines
    assert not there(host, DISK) and not there(host, SEED) and HASH not in "\n".join(lines)


# Refused where it is answered


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": GuestSource(SourceKind.CLOUD)}, "the cloud image is needed"),
        ({"source": GuestSource(SourceKind.CLOUD, path="/srv/none")}, "there is no such file"),
        ({"source": GuestSource(SourceKind.CLOUD, path="/srv/guests")}, "is a folder"),
        ({"source": GuestSource(SourceKind.CLOUD, path="x.img")}, "not absolute"),
        ({"first_boot": FirstBoot()}, "nobody could log in"),
        ({"interfaces": ()}, "needs an interface"),
        ({"first_boot": FirstBoot(keys=(key(),), path=DISK)}, "is named twice"),
        ({"first_boot": FirstBoot(keys=(key(),), path="/srv/none/x.iso")}, "no such folder"),
        ({"first_boot": FirstBoot(keys=(key(),), path="/dev/vg0/seed")}, "not a valid place for a file"),
        ({"first_boot": FirstBoot(keys=(key(),), path="seed.iso")}, "not absolute"),
        ({"disks": (WantedDisk(DISK, 1 << 10),)}, "is smaller than the image"),
    ],
)
async def test_what_cannot_be_is_refused(
    hypervisor: Hypervisor, changes: dict[str, Any], message: str
) -> None:
    error = await refused(planned(hypervisor, **changes))
    assert message in error.message and error.plain_hint, error.headline


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (ImageMachine(efi=("bootaa64.efi",)), "aarch64: BOOTAA64.EFI"),
        (ImageMachine(kernel="aarch64"), "its kernel is one for aarch64"),
        (ImageMachine(kernels=("vmlinuz-6.1.0-13-arm64",)), "vmlinuz-6.1.0-13-arm64"),
        (ImageMachine(kernels=("vmlinuz-6.8.0-31.s390x",)), "for s390x"),
        (ImageMachine(kernels=("vmlinuz-5.14.0-70.el9.ppc64le",)), "for ppc64"),
        (ImageMachine(efi=("bootriscv64.efi",)), "for riscv64"),
    ],
)
async def test_an_image_for_another_processor_is_refused(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, machine: ImageMachine, why: str
) -> None:
    shows(monkeypatch, machine)
    error = await refused(hypervisor.making.check_source(CLOUD))
    assert "is an image for" in error.message and why in error.message and "amd64" in error.plain_hint


@pytest.mark.parametrize(
    "machine",
    [
        ImageMachine(efi=("bootaa64.efi", "bootx64.efi")),
        ImageMachine(kernel="x86_64", kernels=("vmlinuz-6.1-arm64",)),
        ImageMachine(kernels=("vmlinuz-6.1.0-13-cloud-amd64",)),
        ImageMachine(kernels=("vmlinuz",)),
    ],
)
async def test_an_image_for_this_one_too_or_that_does_not_tell_is_taken(machine: ImageMachine) -> None:
    cloud_image.refuse_other_machine(machine, IMAGE)


# As what it boots


@pytest.mark.parametrize(
    ("machine", "got", "words"),
    [
        (ImageMachine(sector=True, menu=menu()), "pv", "with pygrub"),
        (ImageMachine(sector=True, menu=menu(kernel(place="xfs"))), "pvh", "GRUB for PVH"),
        (ImageMachine(sector=True, menu=menu(kernel(place="xfs"), loader="extlinux")), "hvm", "as a PC does"),
        (ImageMachine(sector=True, why="no file system that a boot loader reads"), "hvm", "as a PC does"),
        (ImageMachine(sector=False, menu=menu(kernel(volume="lvm/vg-root"))), "pvh", "GRUB for PVH"),
        (ImageMachine(sector=None, why="the host has no program that reads x"), "pv", "with pygrub"),
        (ImageMachine(sector=True, why="reading the menu takes longer than 5 s"), "pv", "with pygrub"),
    ],
)  # fmt: skip
async def test_it_boots_by_what_is_found_on_it(
    hypervisor: Hypervisor,
    monkeypatch: pytest.MonkeyPatch,
    machine: ImageMachine,
    got: str,
    words: str,
) -> None:
    shows(monkeypatch, machine)
    plan = await planned(hypervisor, system="ubuntu")
    assert plan.found.type == got and any(words in reason for reason in plan.reasons), plan.reasons


@pytest.mark.parametrize(
    ("machine", "asked", "why"),
    [
        (ImageMachine(sector=False, menu=menu()), "hvm", "with EFI only"),
        (ImageMachine(menu=menu(kernel(place="btrfs"))), "pv", "pygrub reads no btrfs"),
        (ImageMachine(menu=menu(kernel(volume="lvm/x"))), "pv", "pygrub reads no LVM"),
        (ImageMachine(menu=menu(BootEntry("Linux", default=True))), "pv", "names no kernel"),
        (ImageMachine(menu=menu(pygrub=PygrubMenu(entries=(PygrubEntry("x"),)))), "pv", "finds no kernel"),
        (
            ImageMachine(why="no boot loader's configuration on it"),
            "pvh",
            "it: no boot loader's configuration on",
        ),
    ],
)
async def test_what_it_cannot_boot_as_is_refused_with_the_reason(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, machine: ImageMachine, asked: str, why: str
) -> None:
    shows(monkeypatch, machine)
    error = await refused(hypervisor.making.check_source(replace(CLOUD, type=asked)))
    assert isinstance(error, UsageError) and why in error.message


UNREAD = ImageMachine(sector=True, why="no boot loader's configuration on it")


@pytest.mark.parametrize("kind", [SourceKind.IMAGE, SourceKind.DISK])
@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (ImageMachine(sector=True, menu=menu()), ("", "pv", "with pygrub", "")),
        (
            ImageMachine(sector=True, menu=menu(kernel(place="xfs"))),
            ("", "pvh", "not pv: pygrub reads no xfs", ""),
        ),
        (UNREAD, ("", "hvm", "not pv: no boot menu can be read on it", "")),
        (UNREAD, ("pv", "pv", "with pygrub", "as PV it may not boot: no boot menu can be read on it")),
        (replace(UNREAD, sector=False), ("", "pv", "with pygrub", "as PV it may not boot: no boot menu")),
    ],
)
async def test_what_a_disk_with_any_system_may_not_boot_as_is_warned_of_only(
    hypervisor: Hypervisor,
    monkeypatch: pytest.MonkeyPatch,
    kind: SourceKind,
    machine: ImageMachine,
    expected: tuple[str, str, str, str],
) -> None:
    shows(monkeypatch, machine)
    asked, got, reason, warning = expected
    disk = WantedDisk(IMAGE) if kind is SourceKind.DISK else CLOUD.disks[0]
    source = GuestSource(kind, path="" if kind is SourceKind.DISK else IMAGE)
    answers = replace(
        CLOUD, source=source, first_boot=FirstBoot(), system="ubuntu", type=asked, disks=(disk,)
    )
    plan = await hypervisor.making.plan(answers)
    assert plan.found.type == got
    assert any(reason in each for each in plan.reasons), plan.reasons
    warned = [each for each in plan.warnings if "boot" in each]
    assert [warning in each for each in warned] == [True] * bool(warning), plan.warnings


async def test_a_console_that_is_not_seen_is_told(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows(monkeypatch, ImageMachine(sector=True, menu=menu(kernel("ro console=tty0 console=ttyS0,115200"))))
    assert any("console ttyS0" in each for each in (await planned(hypervisor)).warnings)
    assert not any("hvc0" in each for each in (await planned(hypervisor, type="hvm")).warnings)
    shows(monkeypatch, ImageMachine(sector=True, menu=menu(kernel("ro console=tty0 console=hvc0"))))
    assert not any("console" in each for each in (await planned(hypervisor)).warnings)


async def test_of_a_whole_machine_only_what_is_of_the_console_is_left_out(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreadable(*_given: object) -> ImageMachine:
        raise HostError("cannot read /srv/hvc0.img")

    monkeypatch.setattr(boot_menu, "machine_of", unreadable)
    warnings = (await planned(hypervisor, type="hvm")).warnings
    assert any("is not known: cannot read /srv/hvc0.img" in each for each in warnings), warnings
