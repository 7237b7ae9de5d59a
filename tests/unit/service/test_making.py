"""Guests made from nothing on the simulated host: checked where it is answered, and never half-made."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.kernels import PV, PVH, bzimage, elf
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_disk_images import needs_qemu, refused
from xentui import config as language
from xentui.errors import CommandError, ConfigError, NotAllowedError, StoreError, UsageError
from xentui.hosts.base import Completed
from xentui.model.disk_image import NewImage
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor
from xentui.service.making import (
    Answers,
    Display,
    GuestSource,
    SourceKind,
    WantedDisk,
    WantedInterface,
    texts,
)
from xentui.service.making.plan import Plan
from xentui.service.making.systems import system
from xentui.simulator import kernels as simulated

KERNEL, RAMDISK, ISO = "/srv/guests/vmlinuz", "/srv/guests/guest-initrd.gz", "/srv/iso/debian-12-amd64.iso"
DISK = "/srv/guests/fresh.img"
GIB = 1 << 30
INSTALL = Answers(
    name="fresh",
    system="debian",
    source=GuestSource(SourceKind.KERNEL, kernel=KERNEL, ramdisk=RAMDISK),
    disks=(WantedDisk(DISK, GIB),),
    interfaces=(WantedInterface("xenbr0"),),
)


def put(host: Faulty, path: str, data: bytes) -> str:
    place = Path(host.host_path(path))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return path


def there(host: Faulty, path: str = DISK) -> bool:
    return Path(host.host_path(path)).exists()


def said(text: str) -> dict[str, Any]:
    document = language.parse(text)
    return {key: document.get(key) for key in document.keys()}  # noqa: SIM118 - it is no mapping


def source(kind: SourceKind, **settings: Any) -> Answers:
    return replace(INSTALL, source=GuestSource(kind, **settings))


async def found(hypervisor: Hypervisor, name: str = "fresh") -> Domain:
    return await hypervisor.inventory.find(name)


# The two configurations


async def test_what_is_stored_boots_by_its_own_menu_and_what_installs_by_the_kernel(
    hypervisor: Hypervisor,
) -> None:
    plan = await hypervisor.making.plan(INSTALL)
    stored, install = said(plan.text), said(plan.install)
    assert stored == {
        "name": "fresh",
        "type": "pv",
        "memory": 1024,
        "vcpus": 1,
        "bootloader": "pygrub",
        "disk": [f"{DISK},raw,xvda,w"],
        "vif": ["bridge=xenbr0"],
    }
    del stored["bootloader"]
    assert install == {
        **stored,
        "kernel": KERNEL,
        "ramdisk": RAMDISK,
        "extra": "console=hvc0",
    }
    assert "the kernel 6.1.0-56-amd64 boots as PV and as PVH" in plan.reasons


@pytest.mark.parametrize(
    ("answers", "stored", "install"),
    [
        (
            source(SourceKind.ISO, path=ISO),
            {"type": "hvm", "boot": "c", "vnc": 0},
            {"boot": "dc", "disk": [f"{DISK},raw,xvda,w", f"{ISO},raw,hdc:cdrom,r"]},
        ),
        (
            replace(source(SourceKind.ISO, path=ISO), type="pv"),
            {"bootloader": "pygrub"},
            {
                "bootloader": "pygrub",
                "bootloader_args": ["--kernel=/install.amd/vmlinuz", "--ramdisk=/install.amd/initrd.gz"],
                "extra": "console=hvc0",
                "disk": [f"{ISO},raw,xvdz:cdrom,r", f"{DISK},raw,xvda,w"],
            },
        ),
        (replace(source(SourceKind.NETWORK), system="other"), {"type": "hvm", "boot": "c"}, {"boot": "n"}),
        (
            replace(INSTALL, type="pvh"),
            {"type": "pvh", "kernel": "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"},
            {"type": "pvh", "kernel": KERNEL},
        ),
        (
            replace(INSTALL, display=Display.VNC, memory=2048, vcpus=4),
            {"vfb": ["vnc=1,vnclisten=127.0.0.1"], "memory": 2048, "vcpus": 4},
            {"kernel": KERNEL},
        ),
        (
            replace(source(SourceKind.ISO, path=ISO), system="windows", display=Display.VNC),
            {"vnc": 1, "vif": ["bridge=xenbr0,model=e1000"], "memory": 4096},
            {"boot": "dc", "usbdevice": "tablet"},
        ),
    ],
    ids=["cd", "cd as pv", "network", "pvh", "screen", "windows"],
)
async def test_each_source_is_installed_from_in_its_own_way(
    hypervisor: Hypervisor, answers: Answers, stored: dict[str, object], install: dict[str, object]
) -> None:
    plan = await hypervisor.making.plan(answers)
    assert {key: said(plan.text).get(key) for key in stored} == stored
    assert {key: said(plan.install).get(key) for key in install} == install


@pytest.mark.parametrize(
    ("type", "names", "free"),
    [
        ("hvm", ["xvda", "hdc"], "hdd"),
        ("hvm", ["xvda", "xvdb", "xvdc", "xvdd"], ""),
        ("pv", ["xvda", "xvdz"], "xvdy"),
        ("pv", ["xvdw", "xvdx", "xvdy", "xvdz"], ""),
    ],
)
async def test_a_cd_is_put_where_a_drive_is_free_for_it(
    hypervisor: Hypervisor, type: str, names: list[str], free: str
) -> None:
    answers = replace(source(SourceKind.ISO, path=ISO), type=type)
    plan, cd = await hypervisor.making.plan(answers), await hypervisor.making.check_source(answers)
    debian = system(answers.system)
    disks = [f"/srv/{name}.img,raw,{name},w" for name in names]
    text = language.parse(plan.text).set("disk", disks).text
    if free:
        assert f"{ISO},raw,{free}:cdrom,r" in str(said(texts.installing(text, answers, debian, cd))["disk"])
    else:
        with pytest.raises(NotAllowedError, match="no device free for a CD drive"):
            texts.installing(text, answers, debian, cd)


@pytest.mark.parametrize(("memory", "told"), [(831, True), (832, False), (0, False)])
async def test_an_installer_that_would_have_too_little_memory_is_told_of(
    hypervisor: Hypervisor, memory: int, told: bool
) -> None:
    """Debian's asks, and ignores the language of a preseed, with less: seen on a real one with 800 MiB."""
    plan = await hypervisor.making.plan(replace(INSTALL, memory=memory))
    assert ("its installer needs 832 MiB of memory or more" in plan.warnings) is told


async def test_an_installer_gets_no_argument_of_the_stored_kernel(hypervisor: Hypervisor) -> None:
    plan = await hypervisor.making.plan(replace(INSTALL, type="pvh"))
    text = language.parse(plan.text).set("cmdline", "root=/dev/xvda1").text
    written = await hypervisor.making.plan(replace(INSTALL, type="pvh", configuration=text))
    assert said(written.install).get("cmdline") is None
    assert said(written.install)["extra"] == "console=hvc0"


async def test_a_tree_is_searched_for_the_kernel_of_its_system(host: Faulty, hypervisor: Hypervisor) -> None:
    put(host, "/srv/tree/debian-installer/amd64/linux", simulated.kernel())
    put(host, "/srv/tree/debian-installer/amd64/initrd.gz", b"initrd")
    plan = await hypervisor.making.plan(source(SourceKind.TREE, path="/srv/tree/"))
    assert said(plan.install)["kernel"] == "/srv/tree/debian-installer/amd64/linux"
    assert "the tree has debian-installer/amd64/linux and debian-installer/amd64/initrd.gz" in plan.reasons
    alone = source(SourceKind.TREE, path="/srv/tree", kernel="debian-installer/amd64/linux")
    plan = await hypervisor.making.plan(alone)
    assert said(plan.install).get("ramdisk") is None
    assert any("no initrd is named" in warning for warning in plan.warnings)
    with pytest.raises(StoreError, match="holds no kernel and initrd of Fedora"):
        await hypervisor.making.plan(replace(source(SourceKind.TREE, path="/srv/tree"), system="fedora"))


# What cannot be is refused where it is answered


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (source(SourceKind.KERNEL), "a kernel is needed"),
        (source(SourceKind.KERNEL, kernel="/srv/none"), "there is no such file"),
        (source(SourceKind.KERNEL, kernel="boot/vmlinuz"), "not absolute"),
        (source(SourceKind.KERNEL, kernel="/srv/guests"), "is a folder"),
        (source(SourceKind.KERNEL, kernel=KERNEL, ramdisk="/srv/none"), "there is no such file"),
        (source(SourceKind.KERNEL, kernel=RAMDISK), "is not a kernel"),
        (source(SourceKind.TREE), "the folder of the tree is needed"),
        (source(SourceKind.TREE, path=KERNEL), "is not a folder"),
        (source(SourceKind.IMAGE), "the image is needed"),
        (source(SourceKind.IMAGE, path="/srv/"), "is a folder"),
        (source(SourceKind.IMAGE, path="/srv/none.img"), "there is no such file"),
        (source(SourceKind.IMAGE, path="none.img"), "not absolute"),
        (source(SourceKind.ISO), "the image of the CD is needed"),
        (source(SourceKind.ISO, path=KERNEL), "is not an image of a CD"),
        (
            replace(source(SourceKind.ISO, path=ISO), system="linux", type="pv"),
            "cannot boot as PV: a PV guest has no",
        ),
        (replace(source(SourceKind.NETWORK), type="pv"), "cannot boot as PV: only a whole machine"),
        (replace(INSTALL, system="amiga"), "is not a system"),
    ],
)
async def test_a_source_that_boots_nothing_is_refused_at_its_step(
    hypervisor: Hypervisor, answers: Answers, message: str
) -> None:
    error = await refused(hypervisor.making.check_source(answers))
    assert message in error.message and error.plain_hint, error.message


@pytest.mark.parametrize(("notes", "wanted"), [((PV, PVH), "pv"), ((PVH,), "pvh"), ((), "hvm")])
async def test_a_guest_gets_the_type_its_kernel_can_boot_as(
    host: Faulty, hypervisor: Hypervisor, notes: Sequence[int], wanted: str
) -> None:
    put(host, KERNEL, bzimage(elf(notes)))
    assert (await hypervisor.making.check_source(replace(INSTALL, system="linux"))).type == wanted


@pytest.mark.parametrize(("notes", "type"), [(PVH, "pv"), (PV, "pvh")])
async def test_a_type_its_kernel_cannot_boot_as_is_refused(
    host: Faulty, hypervisor: Hypervisor, notes: int, type: str
) -> None:
    put(host, KERNEL, bzimage(elf((notes,))))
    error = await refused(hypervisor.making.check_source(replace(INSTALL, type=type)))
    assert error.message == f"it cannot boot as {type.upper()}: the kernel has no entry for {type.upper()}"


async def test_a_kernel_that_does_not_tell_is_taken_with_a_warning(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    put(host, KERNEL, bzimage(b"\x89LZO\x00" + bytes(99), ""))
    plan = await hypervisor.making.plan(INSTALL)
    assert any("is not known: it is compressed with lzo" in each for each in plan.warnings)
    assert any("do not unpack" in each for each in plan.warnings)


async def test_a_host_without_virtualization_boots_no_whole_machine(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    host.answer = lambda argv: (
        Completed(tuple(argv), 0, b"virt_caps              : pv\n", b"")
        if tuple(argv[:2]) == ("xl", "info")
        else None
    )
    error = await refused(
        hypervisor.making.check_source(replace(source(SourceKind.ISO, path=ISO), type="hvm"))
    )
    assert "no hardware virtualization" in error.message and error.plain_hint == "it can be pv"


@pytest.mark.parametrize(
    ("disks", "kind", "message"),
    [
        ((), UsageError, "it needs a disk"),
        ((WantedDisk("fresh.img", GIB),), StoreError, "not absolute"),
        ((WantedDisk("/srv/none/x.img", GIB),), StoreError, "no such folder"),
        ((WantedDisk("/srv/guests/data.img", GIB),), StoreError, "is there already"),
        ((WantedDisk("/srv/guests", GIB),), StoreError, "is there already"),
        ((WantedDisk("/srv/none.img"),), ConfigError, "does not exist"),
        ((WantedDisk(DISK, GIB), WantedDisk(DISK, GIB)), UsageError, "is named twice"),
        ((WantedDisk("/dev/sda", GIB),), UsageError, "is not a valid place for a new disk"),
        ((WantedDisk("/dev/nogroup/fresh", GIB),), UsageError, "no volume group nogroup"),
        ((WantedDisk("/srv/guests/x.img", 1 << 61),), StoreError, "no file that large"),
        ((WantedDisk("/srv/guests/x.img", 1 << 61, preallocated=True),), StoreError, "are free"),
        ((WantedDisk("/srv/guests/x.qcow2", 1 << 61, "qcow2", preallocated=True),), StoreError, "are free"),
        (tuple(WantedDisk(f"/srv/guests/{n}", GIB) for n in range(17)), UsageError, "more than 16"),
    ],
)
@pytest.mark.usefixtures("files_as_on_ext4")
async def test_a_disk_that_cannot_be_is_refused_at_its_step(
    hypervisor: Hypervisor, disks: tuple[WantedDisk, ...], kind: type[Exception], message: str
) -> None:
    error = await refused(hypervisor.making.check_disks(replace(INSTALL, disks=disks)))
    assert isinstance(error, kind) and message in error.headline, error.headline
    assert error.plain_hint


@pytest.mark.usefixtures("files_as_on_ext4")
async def test_what_no_space_would_help_is_not_told_to_be_a_lack_of_it(hypervisor: Hypervisor) -> None:
    disks = (WantedDisk("/srv/guests/x.img", 1 << 61),)
    error = await refused(hypervisor.making.check_disks(replace(INSTALL, disks=disks)))
    assert "smaller" in error.plain_hint and "sparse" not in error.plain_hint


async def test_a_bridge_the_host_does_not_have_is_refused(hypervisor: Hypervisor) -> None:
    answers = replace(INSTALL, interfaces=(WantedInterface("nobr"),))
    assert "no bridge nobr" in (await refused(hypervisor.making.check_network(answers))).message


async def test_a_name_that_is_taken_is_refused(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("fresh"))
    assert isinstance(await refused(hypervisor.making.plan(INSTALL)), NotAllowedError)


# Made


async def test_it_is_stored_and_its_installer_runs_once(host: Faulty, hypervisor: Hypervisor) -> None:
    made = await hypervisor.making.make(await hypervisor.making.plan(INSTALL))
    assert made.started and made.installs and made.disks == (DISK,)
    domain = await found(hypervisor)
    assert domain.managed and domain.domid is not None
    assert Path(host.host_path(DISK)).stat().st_size == GIB
    assert domain.running is not None and domain.running.kernel.endswith("vmlinuz")
    assert domain.stored is not None and domain.stored.bootloader == "pygrub"
    assert domain.running.vifs[0].mac == domain.stored.vifs[0].mac != ""


async def test_nothing_is_started_that_was_not_asked_for(hypervisor: Hypervisor) -> None:
    made = await hypervisor.making.make(await hypervisor.making.plan(INSTALL), start=False)
    assert not made.started and (await found(hypervisor)).domid is None


async def test_a_disk_that_is_there_is_started_as_it_is(host: Faulty, hypervisor: Hypervisor) -> None:
    plan = await hypervisor.making.plan(
        replace(source(SourceKind.DISK), disks=(WantedDisk("/srv/guests/guest-grubcfg.img"),))
    )
    assert not plan.install and not plan.new_disks
    made = await hypervisor.making.make(plan)
    assert made.started and (await found(hypervisor)).domid is not None


async def test_an_image_is_copied_and_grown(host: Faulty, hypervisor: Hypervisor) -> None:
    answers = source(SourceKind.IMAGE, path="/srv/guests/guest-grubcfg.img")
    made = await hypervisor.making.make(await hypervisor.making.plan(answers))
    assert made.started, made.trouble
    copy, origin = (Path(host.host_path(path)) for path in (DISK, "/srv/guests/guest-grubcfg.img"))
    assert copy.stat().st_size == GIB
    with copy.open("rb") as file:
        assert file.read(1 << 20) == origin.read_bytes()[: 1 << 20]
    small = replace(answers, name="small", disks=(WantedDisk("/srv/guests/small.img", 1 << 20),))
    assert "is smaller than the image" in (await refused(hypervisor.making.plan(small))).message


@needs_qemu
async def test_what_begins_as_an_image_and_nobody_names_is_not_guessed_at(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.images.create("/srv/guests/cloud.qcow2", 64 << 20, format="qcow2")
    answers = source(SourceKind.IMAGE, path="/srv/guests/cloud.qcow2")
    assert "no domain says" in (await refused(hypervisor.making.plan(answers))).message
    known = replace(answers, source=replace(answers.source, format="qcow2"))
    await hypervisor.making.make(await hypervisor.making.plan(known), start=False)
    assert (await hypervisor.images.info(DISK)).image.content == ""


async def test_what_was_written_by_hand_is_what_is_stored(hypervisor: Hypervisor) -> None:
    plan = await hypervisor.making.plan(INSTALL)
    text = plan.text.replace("memory = 1024", "memory = 512    # enough")
    changed = await hypervisor.making.plan(replace(INSTALL, configuration=text))
    assert said(changed.install)["memory"] == 512
    await hypervisor.making.make(changed, start=False)
    assert "# enough" in await hypervisor.history.text(await found(hypervisor), None)
    other = replace(INSTALL, name="other", disks=(WantedDisk("/srv/guests/other.img", GIB),))
    for wrong in ("name = 'other'\nmemory = [\n", "name = 'other'\nmemory = 64\n", text):
        answers = replace(other, configuration=wrong)
        assert isinstance(await refused(hypervisor.making.plan(answers)), ConfigError), wrong


# Not half-made


def failing(host: Faulty, *verb: str) -> None:
    host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"", b"no") if tuple(argv[: len(verb)]) == verb else None
    )


async def planned(hypervisor: Hypervisor) -> Plan:
    disks = (WantedDisk(DISK, GIB), WantedDisk("/srv/guests/more.img", GIB))
    return await hypervisor.making.plan(replace(INSTALL, disks=disks))


@pytest.mark.parametrize("why", ["xl refuses", "its kernel is gone"])
async def test_where_the_installer_does_not_start_all_is_taken_back(
    host: Faulty, hypervisor: Hypervisor, why: str
) -> None:
    plan = await planned(hypervisor)
    if why == "xl refuses":
        plan = replace(plan, text=plan.text.replace("memory = 1024", "memory = 1048576"))
        plan = replace(plan, install=plan.installed_by(plan.text))
    else:
        Path(host.host_path(RAMDISK)).unlink()
    error = await refused(hypervisor.making.make(plan))
    assert isinstance(error, CommandError | ConfigError), error
    assert not any("left" in line for line in error.details)
    assert not there(host) and not there(host, "/srv/guests/more.img")
    assert "fresh" not in [domain.name for domain in (await hypervisor.inventory.poll()).domains]


async def test_where_a_disk_cannot_be_made_those_before_it_are_taken_back(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    plan = await planned(hypervisor)
    put(host, "/srv/guests/more.img", b"somebody's")
    await refused(hypervisor.making.make(plan))
    assert not there(host)
    assert Path(host.host_path("/srv/guests/more.img")).read_bytes() == b"somebody's"


async def test_cancelled_it_leaves_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await planned(hypervisor)
    real, begun = hypervisor.images.make, asyncio.Event()

    async def make(new: NewImage, **settings: Any) -> Any:
        if new.path != DISK:
            begun.set()
            await asyncio.Event().wait()
        return await real(new, **settings)

    monkeypatch.setattr(hypervisor.images, "make", make)
    task = asyncio.ensure_future(hypervisor.making.make(plan))
    await begun.wait()
    assert there(host)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not there(host)


async def test_what_cannot_be_taken_back_is_told(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await planned(hypervisor)
    put(host, "/srv/guests/more.img", b"somebody's")

    async def remove(path: str) -> None:
        raise StoreError("the file system is read-only now", subject=path)

    monkeypatch.setattr(hypervisor.images, "remove", remove)
    error = await refused(hypervisor.making.make(plan))
    assert f"left behind: {DISK} (the file system is read-only now)" in error.details
    os.unlink(host.host_path(DISK))


async def test_a_guest_that_is_whole_stays_where_its_start_fails(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    answers = source(SourceKind.IMAGE, path="/srv/guests/guest-grubcfg.img")
    plan = await hypervisor.making.plan(answers)
    failing(host, "xl", "create")
    made = await hypervisor.making.make(plan)
    assert made.trouble is not None and not made.started and there(host)


async def test_a_dry_run_makes_nothing_and_a_read_only_session_refuses(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    lines: list[str] = []
    plan = await planned(hypervisor)
    await hypervisor.stricter(read_only=False, dry_run=True, announce=lines.append).making.make(plan)
    assert any(DISK in line for line in lines) and not there(host)
    strict = hypervisor.stricter(read_only=True, dry_run=False, announce=lines.append)
    assert isinstance(await refused(strict.making.make(plan)), NotAllowedError)
