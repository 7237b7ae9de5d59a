"""Systems made by mmdebstrap, debootstrap and from archives, on the simulated host."""

from __future__ import annotations

import asyncio
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_making import DISK, GIB, INSTALL, KERNEL, RAMDISK, put, said, there
from tests.waiting import until
from xentui.errors import CommandError, NotAllowedError, StoreError, UsageError, XentuiError
from xentui.hosts import operations
from xentui.service.hypervisor import Hypervisor
from xentui.service.making import Answers, FirstBoot, GuestSource, SourceKind, WantedDisk, answers_file
from xentui.service.making.building import apt_sources
from xentui.service.making.building.building import last_words
from xentui.service.making.building.distributions import DISTRIBUTIONS, package_source
from xentui.simulator import systems

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBUCqE3V7ClKbkMm1v1cZ7d0qH3tK1bq0eHk8cX2c3Zm me@here"
HASH = "$6$saltsalt$" + "x" * 86
BUILD = replace(
    INSTALL,
    source=GuestSource(SourceKind.BUILD),
    first_boot=FirstBoot(keys=(KEY,)),
    disks=(WantedDisk(DISK, 4 * GIB),),
)


@pytest.fixture
def tools(host: Faulty) -> Faulty:
    """A host that has the tools."""
    host.simulator.furnish()
    return host


def source(answers: Answers = BUILD, **settings: Any) -> Answers:
    return replace(answers, source=replace(answers.source, **settings))


def archive(host: Faulty, *names: str) -> str:
    """An archive with these files, on the host."""
    data = BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))
    return put(host, "/srv/rootfs.tar.gz", data.getvalue())


async def test_what_would_be_made_is_shown(tools: Faulty, hypervisor: Hypervisor) -> None:
    plan = await hypervisor.making.plan(BUILD)
    assert plan.disks[0].words == (
        f"{DISK}: made, 4G, sparse, ext4, with bookworm of http://deb.debian.org/debian by mmdebstrap"
    )
    assert said(plan.text)["bootloader"] == "pygrub"
    assert (plan.install, plan.found.type) == ("", "pv")
    assert plan.warnings == ()
    recipe = plan.found.recipe
    assert recipe is not None
    assert recipe.tool[:3] == ("mmdebstrap", "--mode=root", "--variant=minbase")
    assert "linux-image-cloud-amd64" in recipe.tool[4] and "openssh-server" in recipe.tool[4]
    assert recipe.tool[5:] == (
        "bookworm",
        "{root}",
        "deb http://deb.debian.org/debian bookworm main",
        "deb http://deb.debian.org/debian bookworm-updates main",
        "deb http://deb.debian.org/debian-security bookworm-security main",
    )


async def test_the_system_is_made_and_its_domain_starts(tools: Faulty, hypervisor: Hypervisor) -> None:
    seen: list[tuple[int, str]] = []
    plan = await hypervisor.making.plan(BUILD)
    made = await hypervisor.making.make(
        plan, progress=lambda percent, words="": seen.append((percent, words))
    )
    assert made.trouble is None and made.started
    assert (made.disks, made.version) == ((DISK,), 1)
    domain = await hypervisor.inventory.find("fresh")
    assert domain.managed and domain.stored is not None and domain.stored.vifs[0].mac
    assert seen == sorted(seen, key=lambda each: each[0])


async def test_the_domain_is_stored_by_the_host_alone(tools: Faulty, hypervisor: Hypervisor) -> None:
    """Whoever asked for it is gone as soon as the job has begun."""
    plan = await hypervisor.making.plan(BUILD)
    begun = asyncio.Event()
    hypervisor.session.following = lambda _job: begun.set()
    hypervisor.session.leaving = lambda: True
    making = asyncio.ensure_future(hypervisor.making.make(plan, start=False))
    await begun.wait()
    await until((Path(tools.store_root) / "jobs").is_dir)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making

    async def is_stored() -> bool:
        return any(domain.name == "fresh" for domain in (await hypervisor.inventory.poll()).domains)

    await until(is_stored)
    assert there(tools)
    assert (await hypervisor.inventory.find("fresh")).managed


@pytest.mark.parametrize(
    ("fails", "words", "hint"),
    [
        ("mirror", "Temporary failure resolving|failed: process exited", "does the host reach the mirror"),
        ("keys", "is not signed", "the keys of the archive"),
        ("full", "No space left|process exited", "make the disk larger"),
        ("packages", "Unable to locate|process exited", "the suite has no such package"),
    ],
)
async def test_what_fails_is_told_in_the_words_of_the_tool_and_leaves_nothing(
    tools: Faulty, hypervisor: Hypervisor, fails: str, words: str, hint: str
) -> None:
    tools.simulator.state.put(systems.FAILS, fails)
    two = replace(BUILD, disks=(*BUILD.disks, WantedDisk(f"{DISK}2", GIB)))
    plan = await hypervisor.making.plan(two)
    with pytest.raises(CommandError, match=words) as failed:
        await hypervisor.making.make(plan)
    assert hint in failed.value.plain_hint
    assert "/output on the host has all of it" in failed.value.plain_hint
    assert not there(tools) and not there(tools, f"{DISK}2")
    assert not [domain for domain in (await hypervisor.inventory.poll()).domains if domain.name == "fresh"]


@pytest.mark.parametrize("folder", ["/dev/vg0", "/dev/zvol/tank/vm"])
async def test_a_volume_is_made_and_taken_away(tools: Faulty, hypervisor: Hypervisor, folder: str) -> None:
    volume = replace(BUILD, disks=(WantedDisk(f"{folder}/fresh", 2 * GIB),))
    tools.simulator.state.put(systems.FAILS, "full")
    with pytest.raises(CommandError):
        await hypervisor.making.make(await hypervisor.making.plan(volume))
    assert not there(tools, f"{folder}/fresh")
    tools.simulator.state.put(systems.FAILS, "")
    made = await hypervisor.making.make(await hypervisor.making.plan(volume), start=False)
    assert made.disks == (f"{folder}/fresh",)
    assert there(tools, f"{folder}/fresh")
    assert not list(Path(tools.host_path(folder)).glob("xentui-*"))


async def test_an_archive_is_unpacked(tools: Faulty, hypervisor: Hypervisor) -> None:
    path = archive(tools, "boot/vmlinuz-6.1", "etc/passwd")
    answers = replace(source(kind=SourceKind.ARCHIVE, path=path), system="alpine")
    plan = await hypervisor.making.plan(answers)
    assert plan.disks[0].words.endswith(f"ext4, with what {path} holds")
    await hypervisor.making.make(plan, start=False)
    assert there(tools)


@pytest.mark.parametrize(
    ("names", "words"),
    [(("etc/passwd",), "it has no kernel in /boot"), (("../x",), "Member name contains"), ((), "no kernel")],
    ids=["no kernel", "leads out", "empty"],
)
async def test_an_archive_that_makes_no_guest_leaves_nothing(
    tools: Faulty, hypervisor: Hypervisor, names: tuple[str, ...], words: str
) -> None:
    answers = source(kind=SourceKind.ARCHIVE, path=archive(tools, *names))
    with pytest.raises(CommandError) as failed:
        await hypervisor.making.make(await hypervisor.making.plan(answers))
    assert words in " ".join((failed.value.headline, *failed.value.details))
    assert not there(tools)


async def test_a_kernel_of_the_host_boots_it_where_one_is_named(
    tools: Faulty, hypervisor: Hypervisor
) -> None:
    plan = await hypervisor.making.plan(source(kernel=KERNEL, ramdisk=RAMDISK, filesystem="xfs"))
    stored = said(plan.text)
    assert (stored["kernel"], stored["ramdisk"]) == (KERNEL, RAMDISK)
    assert stored["extra"] == "root=/dev/xvda ro console=hvc0 net.ifnames=0"
    recipe = plan.found.recipe
    assert recipe is not None and not recipe.menu and "linux-image" not in recipe.tool[4]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (source(suite="book worm"), "is not a suite"),
        (source(suite="-o"), "is not a suite"),
        (source(mirror="--opt"), "is not a mirror"),
        (source(mirror="ftp://h/debian"), "is not a mirror"),
        (source(packages=("-x",)), "is not a package name"),
        (source(packages=("a,b",)), "is not a package name"),
        (source(filesystem="btrfs"), "is not a file system it can have"),
        (source(tool="rinse"), "is not a tool that makes systems"),
        (source(keyring="/srv/none.gpg"), "nothing would prove what is fetched"),
        (source(kind=SourceKind.ARCHIVE), "the archive is needed"),
        (source(kind=SourceKind.ARCHIVE, path="/srv/none.tar"), "there is no such file"),
        (source(kind=SourceKind.ARCHIVE, path="rootfs.tar"), "not absolute"),
        (replace(BUILD, type="hvm"), "no boot loader is put on its disk"),
        (replace(source(filesystem="xfs"), type="pv"), "pygrub cannot read current XFS"),
        (replace(BUILD, system="fedora"), "is not a system that debootstrap makes"),
        (replace(BUILD, system="ubuntu"), "the suite of ubuntu is needed"),
        (replace(BUILD, first_boot=FirstBoot(password="secret")), "is not a hash of a password"),  # noqa: S106 - it is none
        (replace(BUILD, first_boot=FirstBoot(hostname="a b")), "is not a host name"),
        (replace(BUILD, first_boot=FirstBoot(keys=("x",))), "is not a public key"),
        (replace(BUILD, disks=(WantedDisk(DISK),)), "is to be a new disk"),
        (replace(BUILD, disks=(WantedDisk(DISK, 4 * GIB, "qcow2"),)), "raw bytes"),
        (replace(BUILD, disks=(WantedDisk(DISK, 1 << 20),)), "is too small"),
    ],
)
async def test_what_cannot_be_is_refused_where_it_is_answered(
    tools: Faulty, hypervisor: Hypervisor, answers: Answers, message: str
) -> None:
    with pytest.raises((UsageError, StoreError), match=message):
        await hypervisor.making.plan(answers)
    assert not there(tools)


async def test_a_host_without_the_tools_says_what_to_install(tools: Faulty, hypervisor: Hypervisor) -> None:
    for path in ("/usr/bin/mmdebstrap", "/usr/sbin/debootstrap"):
        Path(tools.host_path(path)).unlink()
    with pytest.raises(NotAllowedError, match="neither mmdebstrap nor debootstrap") as refused:
        await hypervisor.making.check_source(BUILD)
    assert "apt install mmdebstrap" in refused.value.plain_hint
    Path(tools.host_path("/usr/bin/unshare")).unlink()
    with pytest.raises(NotAllowedError, match="no unshare"):
        await hypervisor.making.check_source(BUILD)


async def test_debootstrap_checks_the_keys_whatever_it_is_used_to(
    tools: Faulty, hypervisor: Hypervisor
) -> None:
    recipe = (await hypervisor.making.check_source(source(tool="debootstrap"))).recipe
    assert recipe is not None
    assert recipe.tool[1:5] == (
        "--debian-installer",
        "--variant=minbase",
        "--force-check-gpg",
        "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
    )
    assert recipe.tool[-3:] == ("bookworm", "{root}", "http://deb.debian.org/debian")


async def test_that_nobody_could_log_in_is_told(tools: Faulty, hypervisor: Hypervisor) -> None:
    found = await hypervisor.making.check_source(replace(BUILD, first_boot=FirstBoot()))
    assert any("nobody can log in" in warning for warning in found.warnings)


async def test_a_dry_run_makes_nothing(tools: Faulty, hypervisor: Hypervisor) -> None:
    told: list[str] = []
    hypervisor.session.dry_run = True
    hypervisor.session.announce = told.append
    await hypervisor.making.make(
        await hypervisor.making.plan(replace(BUILD, first_boot=FirstBoot(password=HASH)))
    )
    assert told[0] == f"truncate --size={4 * GIB} {DISK}"
    assert any("mmdebstrap --mode=root" in line and "bookworm /mnt" in line for line in told)
    assert not there(tools) and HASH not in " ".join(told)


@pytest.mark.parametrize(
    ("name", "hostname"), [(f"{'a' * 62}-b", "a" * 62), ("web_9", "web-9"), ("_web_", "web")]
)
async def test_a_long_or_odd_name_makes_a_host_name(
    tools: Faulty, hypervisor: Hypervisor, name: str, hostname: str
) -> None:
    recipe = (await hypervisor.making.plan(replace(BUILD, name=name))).found.recipe
    assert recipe is not None and recipe.hostname == hostname


async def test_by_a_kernel_of_the_host_only_what_is_of_an_installer_is_left_out(
    tools: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = tools.call

    async def told(operation: Any, /, **arguments: Any) -> Any:
        if operation is operations.look_at_kernel:
            return {"kind": "bzimage", "pv": None, "pvh": None, "why": "the notes of an installer's kernel"}
        return await call(operation, **arguments)

    monkeypatch.setattr(tools, "call", told)
    warnings = (await hypervisor.making.plan(source(kernel=KERNEL))).warnings
    assert any("the notes of an installer's kernel" in each for each in warnings), warnings
    assert not any("no initrd" in each for each in warnings)


async def test_two_of_one_name_are_not_made(tools: Faulty, hypervisor: Hypervisor) -> None:
    plan = await hypervisor.making.plan(BUILD)
    await hypervisor.making.make(plan, start=False)
    with pytest.raises(XentuiError):
        await hypervisor.making.make(plan, start=False)
    assert there(tools)


def test_answers_keep_what_is_made_by() -> None:
    answers = source(
        suite="bookworm",
        mirror="http://m/debian",
        packages=("vim", "less"),
        filesystem="xfs",
        tool="debootstrap",
        keyring="/k.gpg",
    )
    assert answers_file.read(answers_file.write(answers), "x") == answers


# Where packages come from


def test_both_forms_of_sources_are_read() -> None:
    lines = apt_sources.parse_lines(
        "# deb http://c x main\ndeb [signed-by=/k.gpg arch=amd64] http://m/debian bookworm main contrib # why\n"
        "deb-src http://m/debian bookworm main\ndeb http://m/flat ./\nnonsense\n"
    )
    assert lines == [apt_sources.AptSource("http://m/debian", "bookworm", ("main", "contrib"), "/k.gpg")]
    stanzas = apt_sources.parse_stanzas(
        "# a comment\nTypes: deb deb-src\nURIs: http://m/debian\nSuites: trixie\n trixie-updates\n"
        "Components: main\nSigned-By: /k.gpg\n\nTypes: deb\nURIs: http://o\nSuites: x\nComponents: y\nEnabled: no\n"
    )
    assert [each.line for each in stanzas] == [
        "deb http://m/debian trixie main",
        "deb http://m/debian trixie-updates main",
    ]


def test_sources_of_another_distribution_are_not_a_guests() -> None:
    host = apt_sources.parse_lines(
        "deb https://download.docker.com/linux/debian bookworm stable\n"
        "deb http://security.debian.org/debian-security bookworm-security main\n"
        "deb cdrom:[x]/ bookworm main\ndeb http://m/debian bookworm main\n"
    )
    found = package_source(GuestSource(SourceKind.BUILD), DISTRIBUTIONS["debian"], host)
    assert [each.line for each in found.sources] == [
        "deb http://m/debian bookworm main",
        "deb http://security.debian.org/debian-security bookworm-security main",
    ]
    other = package_source(GuestSource(SourceKind.BUILD, suite="trixie"), DISTRIBUTIONS["debian"], host)
    assert [each.line for each in other.sources] == ["deb http://m/debian trixie main"]
    alone = package_source(GuestSource(SourceKind.BUILD, suite="noble"), DISTRIBUTIONS["ubuntu"], host)
    assert alone.mirror == "http://archive.ubuntu.com/ubuntu"


@pytest.mark.parametrize(
    ("log", "words"), [(b"I: a\nW: b\n\n", "b"), (b"", ""), (b"E: no\n", "E: no"), (b"a\x07b\n", "a\\u0007b")]
)
def test_the_last_line_of_a_log_is_told_without_what_it_does(log: bytes, words: str) -> None:
    assert last_words(log) == words
