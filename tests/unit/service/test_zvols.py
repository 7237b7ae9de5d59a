"""Volumes of ZFS by the service, on the simulated host: looked at, made, grown, cut, cloned, removed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_cloning import domain as clonable
from tests.unit.service.test_disk_images import MIB, real, refused
from tests.unit.service.test_disposing import domain, stored
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import (
    CommandError,
    ConfigError,
    HostError,
    NotAllowedError,
    StoreCode,
    StoreError,
    UsageError,
)
from xentui.hosts.base import Completed
from xentui.model.disk_image import DiskImage, ImageKind, NewImage
from xentui.service.disk_images import creating, volumes
from xentui.service.disk_images.volume import Volume
from xentui.service.disk_images.zfs import ZFS
from xentui.service.hypervisor import Hypervisor

GIB = 1 << 30
BLOCK = 16 << 10
DISK = "/dev/zvol/tank/vm/web1"
ROW = "tank/vm/web1\tvolume\t1000\t0\t2097152\t16384\t0"
POOL_ROW = "tank\tfilesystem\t107374182400\t0\t-\t-\t0"


async def by_path(hypervisor: Hypervisor) -> dict[str, DiskImage]:
    return {image.path: image for image in (await hypervisor.images.list()).images}


def changes(host: Faulty) -> list[tuple[str, ...]]:
    return [argv for argv in host.ran if argv[0] == "zfs"]


async def zvols(host: Faulty) -> dict[str, Volume]:
    found = (await volumes.look(host)).volumes
    return {path: volume for path, volume in found.items() if volume.place.manager is ZFS}


def zfs_says(host: Faulty, text: str, *, code: int = 0, error: str = "") -> None:
    def answer(argv: tuple[str, ...]) -> Completed | None:
        return Completed(argv, code, text.encode(), error.encode()) if "zfs" in argv[:3] else None

    host.answer = lambda argv: answer(tuple(argv))


async def test_one_with_its_room_is_made_grown_and_removed(host: Faulty, hypervisor: Hypervisor) -> None:
    image = await hypervisor.images.create(DISK, 5 * MIB + 1)
    assert (image.kind, image.size) == (ImageKind.VOLUME, 5 * MIB + BLOCK), "ZFS rounds up to its blocks"
    assert (image.used, image.lies_on, image.promise) == (image.size, "", 0)
    await hypervisor.images.resize(DISK, 8 * MIB + 1)
    await hypervisor.images.remove(DISK)
    assert DISK not in await by_path(hypervisor)
    assert not os.path.lexists(real(host, DISK))
    assert changes(host) == [
        ("zfs", "create", "-V", str(5 * MIB + 1), "tank/vm/web1"),
        ("zfs", "set", f"volsize={8 * MIB + BLOCK}", "tank/vm/web1"),
        ("zfs", "destroy", "tank/vm/web1"),
    ]


async def test_a_sparse_one_takes_room_of_its_pool_as_it_is_written(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    image = await hypervisor.images.create(DISK, 1 << 40, preallocated=False)
    assert (image.kind, image.used, image.lies_on, image.free) == (ImageKind.THIN, 0, "tank", 200 * GIB)
    with real(host, DISK).open("r+b") as file:
        os.pwrite(file.fileno(), b"data" * 1024, 0)
    details = await hypervisor.images.info(DISK)
    assert details.image.used == 4096 and details.image.promise == (1 << 40) - 4096
    for name in (DISK, "/dev/zd0"):
        room = (await hypervisor.images.info(name)).room
        assert room and room.name == "tank" and room.overcommitted
        assert room.promised == (1 << 40) - 4096, "it is one volume, however it is named"
    await hypervisor.images.resize(DISK, 2 << 40)
    assert changes(host)[0] == ("zfs", "create", "-s", "-V", str(1 << 40), "tank/vm/web1")


async def test_one_partly_reserved_is_sparse_too(host: Faulty) -> None:
    zfs_says(
        host, f"{POOL_ROW}\ntank/a\tvolume\t9\t8\t4096\t512\t4095\ntank/b\tvolume\t9\t8\t4096\t512\t4200\n"
    )
    found = (await volumes.look(host)).volumes
    assert (found["/dev/zvol/tank/a"].pool, found["/dev/zvol/tank/b"].pool) == ("tank", "")


async def test_more_than_the_pool_has_is_refused_before(host: Faulty, hypervisor: Hypervisor) -> None:
    error = await refused(hypervisor.images.create(DISK, 201 * GIB))
    assert isinstance(error, StoreError) and error.code == "full" and "200G are free" in error.message
    await hypervisor.images.create(DISK, 150 * GIB)
    error = await refused(hypervisor.images.resize(DISK, 300 * GIB))
    assert isinstance(error, StoreError) and error.code == "full"
    error = await refused(hypervisor.images.create("/dev/zvol/tank/other", 60 * GIB))
    assert isinstance(error, StoreError) and error.code == "full"
    assert len(changes(host)) == 1


async def test_a_pool_that_fills_up_meanwhile_is_told_in_the_words_of_zfs(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    full = b"cannot create 'tank/vm/web1': out of space\n"
    host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"", full) if list(argv[:2]) == ["zfs", "create"] else None
    )
    error = await refused(hypervisor.images.create(DISK, MIB))
    assert isinstance(error, CommandError) and "out of space" in f"{error.message} {error.details}"


async def test_one_is_cut_only_where_nothing_ends_beyond(host: Faulty, hypervisor: Hypervisor) -> None:
    from xentui.simulator.guest_images import load
    from xentui.simulator.sample_host import DEBIAN_MENU

    data = load(DEBIAN_MENU)
    assert data is not None and len(data) == 256 << 10
    await hypervisor.images.create(DISK, MIB)
    with real(host, DISK).open("r+b") as file:
        file.write(data)
    danger = await hypervisor.images.cut(DISK, 256 << 10)
    assert danger is not None and danger.typed == "256K"
    assert isinstance(await refused(hypervisor.images.cut(DISK, 240 << 10)), NotAllowedError)
    assert isinstance(await refused(hypervisor.images.resize(DISK, 240 << 10)), NotAllowedError)
    await hypervisor.images.resize(DISK, 256 << 10)
    assert (await hypervisor.images.info(DISK)).image.size == 256 << 10


async def test_the_size_it_has_in_whole_blocks_is_no_change(hypervisor: Hypervisor) -> None:
    await hypervisor.images.create(DISK, MIB)
    error = await refused(hypervisor.images.resize(DISK, MIB - 1))
    assert "has 1M already" in error.message


async def test_what_its_snapshots_keep_is_told_and_stays(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.images.create(DISK, MIB)
    await host.run(["zfs", "snapshot", "tank/vm/web1@monday"])
    error = await refused(hypervisor.images.remove(DISK))
    assert isinstance(error, CommandError) and "tank/vm/web1@monday" in f"{error.message} {error.details}"
    assert DISK in await by_path(hypervisor)
    assert changes(host)[-1] == ("zfs", "destroy", "tank/vm/web1"), "never with -r"


@pytest.mark.parametrize("path", [DISK, "/dev/zd0"])
async def test_a_running_domain_keeps_it_by_either_name(
    host: Faulty, hypervisor: Hypervisor, path: str
) -> None:
    await hypervisor.images.create(DISK, MIB)
    await running(host, hypervisor, disk=f"['phy:{path},xvda,w']")
    listed = await by_path(hypervisor)
    assert listed[DISK].running == ("web",) and "/dev/zd0" not in listed
    for name in (DISK, "/dev/zd0"):
        image = (await hypervisor.images.info(name)).image
        assert (image.kind, image.running) == (ImageKind.VOLUME, ("web",))
        for work in (hypervisor.images.remove(name), hypervisor.images.resize(name, BLOCK)):
            assert isinstance(await refused(work), (ConfigError, NotAllowedError))
    told = await hypervisor.images.resize(path, 2 * MIB)
    assert "web sees it at its next read or write" in told
    assert real(host, "/dev/zd0").stat().st_size == 2 * MIB


async def test_one_is_removed_by_its_own_name_only(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.images.create(DISK, MIB)
    for work in (hypervisor.images.removal("/dev/zd0"), hypervisor.images.remove("/dev/zd0")):
        assert f"is the volume {DISK}" in (await refused(work)).message
    assert len(changes(host)) == 1


async def test_a_volume_of_lvm_is_known_by_another_path_too(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.images.create("/dev/vg0/web", 4 * MIB)
    for path in ("/dev/mapper/vg0-web", "/dev/shm/web"):
        real(host, path).parent.mkdir(parents=True, exist_ok=True)
        real(host, path).symlink_to("../vg0/web")
    await managed(host, hypervisor, disk="['phy:/dev/mapper/vg0-web,xvda,w']")
    listed = await by_path(hypervisor)
    assert listed["/dev/vg0/web"].domains == ("web",) and "/dev/mapper/vg0-web" not in listed
    assert (await hypervisor.images.info("/dev/mapper/vg0-web")).image.kind is ImageKind.VOLUME
    other = (await hypervisor.images.info("/dev/shm/web")).image
    assert other.kind is not ImageKind.VOLUME, "where anybody may put a link it is no name of a volume"


async def test_it_is_a_new_disk_of_a_guest_and_goes_where_that_fails(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    web = await managed(host, hypervisor)
    disk = await hypervisor.devices.attach_disk(web, [DISK], new=NewImage("", MIB))
    assert (disk.target, disk.format) == (DISK, "raw")

    async def fails() -> None:
        raise StoreError("no", code=StoreCode.FULL, subject="x")

    other = "/dev/zvol/tank/other"
    assert isinstance(await refused(hypervisor.images.made_for(NewImage(other, MIB), fails)), StoreError)
    assert set(await by_path(hypervisor)) & {DISK, other} == {DISK}


async def test_its_device_may_come_a_moment_later(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creating, "_PAUSES", (0.001,) * 3)
    asleep, slept = asyncio.sleep, 0

    async def late(seconds: float) -> None:
        nonlocal slept
        slept += seconds == 0.001
        if slept == 2 and hidden.exists():
            hidden.rename(real(host, "/dev/zvol"))
        await asleep(seconds)

    hidden = Path(f"{real(host, '/dev/zvol')}.later")
    run = host.run

    async def made(argv: list[str], **words: object) -> Completed:
        done = await run(argv, **words)  # type: ignore[arg-type]
        if argv[:2] == ["zfs", "create"]:
            real(host, "/dev/zvol").rename(hidden)
        return done

    warned: list[str] = []
    hypervisor.session.warn = warned.append
    host.run = made  # type: ignore[method-assign, assignment]
    monkeypatch.setattr(asyncio, "sleep", late)
    await hypervisor.images.make(NewImage(DISK, MIB))
    assert real(host, DISK).exists() and slept == 2 and not warned


async def test_one_whose_device_does_not_come_is_made_and_said(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creating, "_PAUSES", (0.001,))
    warned: list[str] = []
    hypervisor.session.warn = warned.append
    host.answer = lambda argv: (
        Completed(tuple(argv), 0, b"", b"") if list(argv[:2]) == ["zfs", "create"] else None
    )
    await hypervisor.images.make(NewImage(DISK, MIB))
    assert len(warned) == 1 and "its device is not there yet" in warned[0]


async def test_it_goes_with_its_domain(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.images.create(DISK, MIB)
    plan = await hypervisor.disposing.plan(await domain(host, hypervisor, "web1", "phy:/dev/zd0,xvda,w"))
    assert [image.path for image in plan.images] == [DISK], "it is removed by its own name"
    await hypervisor.disposing.dispose(plan)
    assert DISK not in await by_path(hypervisor) and await stored(hypervisor) == set()
    assert not real(host, "/dev/zd0").exists()


@pytest.mark.parametrize("sparse", [False, True])
async def test_it_is_cloned_beside_itself_as_sparse_as_it_is(
    host: Faulty, hypervisor: Hypervisor, sparse: bool
) -> None:
    await hypervisor.images.create(DISK, 4 * MIB, preallocated=not sparse)
    with real(host, DISK).open("r+b") as file:
        os.pwrite(file.fileno(), b"data" * 1024, MIB)
    plan = await hypervisor.cloning.plan(
        await clonable(host, hypervisor, disk=f"['phy:{DISK},xvda,w']"), "web2"
    )
    assert [(copy.path, copy.snapshot) for copy in plan.copies] == [("/dev/zvol/tank/vm/web2", False)]
    await hypervisor.cloning.clone(plan)
    made = (await by_path(hypervisor))["/dev/zvol/tank/vm/web2"]
    assert made.kind is (ImageKind.THIN if sparse else ImageKind.VOLUME) and made.domains == ("web2",)
    assert real(host, made.path).read_bytes() == real(host, DISK).read_bytes()
    assert real(host, made.path).stat().st_blocks * 512 <= 64 << 10, "zeros are left out: it is blank"
    assert {path.name for path in real(host, "/dev/zvol/tank/vm").iterdir()} == {"web1", "web2"}


async def test_a_file_can_become_one_and_one_a_volume_of_lvm(host: Faulty, hypervisor: Hypervisor) -> None:
    plan = await hypervisor.cloning.plan(
        await clonable(host, hypervisor), "web2", paths={"xvda": "/dev/zvol/tank/web2"}
    )
    await hypervisor.cloning.clone(plan)
    second = await hypervisor.inventory.find("web2")
    plan = await hypervisor.cloning.plan(second, "web3", paths={"xvda": "/dev/vg0/web3"})
    await hypervisor.cloning.clone(plan)
    first = real(host, "/srv/guests/web1.img").read_bytes()
    assert real(host, "/dev/zvol/tank/web2").read_bytes() == first
    assert real(host, "/dev/vg0/web3").read_bytes() == first


async def test_a_clone_larger_than_the_pool_is_refused_and_a_sparse_one_is_not(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.images.create(DISK, 150 * GIB)
    web = await clonable(host, hypervisor, disk=f"['phy:{DISK},xvda,w']")
    error = await refused(hypervisor.cloning.plan(web, "web2"))
    assert isinstance(error, StoreError) and error.code == "full"
    await hypervisor.images.create("/dev/zvol/tank/vm/db1", 1 << 40, preallocated=False)
    db = await clonable(host, hypervisor, name="db1", disk="['phy:/dev/zvol/tank/vm/db1,xvda,w']")
    assert [copy.path for copy in (await hypervisor.cloning.plan(db, "db2")).copies] == [
        "/dev/zvol/tank/vm/db2"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/dev/zvol/tank/a b",
        "/dev/zvol/tank/a@monday",
        "/dev/zvol/tank/a#mark",
        "/dev/zvol/tank/%recv",
        "/dev/zvol/tank/a+b",
        "/dev/zvol/tank/..",
        "/dev/zvol/tank/.",
        "/dev/zvol/tank/\x1b[31m",
        "/dev/zvol/tank/a\nb",
        "/dev/zvol/tank/ü",
        f"/dev/zvol/tank/{'x' * 251}",
        "/dev/zvol/none/x",
        "/dev/zvol/tank/none/x",
        "/dev/zvol/tank/-o/x",
        "/dev/zvol/tank",
        "/dev/zvol/",
        "/dev/zd0",
    ],
)
async def test_a_name_that_is_none_is_refused_before_zfs_sees_it(
    host: Faulty, hypervisor: Hypervisor, path: str
) -> None:
    assert isinstance(await refused(hypervisor.images.create(path, MIB)), (UsageError, StoreError))
    assert not changes(host)


async def test_a_name_that_looks_like_an_option_is_one_word_behind_its_pool(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.images.create("/dev/zvol/tank/-r", MIB)
    await hypervisor.images.remove("/dev/zvol/tank/-r")
    assert changes(host)[-1] == ("zfs", "destroy", "tank/-r")


async def test_other_formats_and_another_pool_are_refused(host: Faulty, hypervisor: Hypervisor) -> None:
    error = await refused(hypervisor.images.create(DISK, MIB, format="qcow2"))
    assert "a volume holds raw bytes" in error.message
    error = await refused(hypervisor.images.create(DISK, MIB, pool="thin"))
    assert "--pool is for LVM" in hint(error)
    await hypervisor.images.create(DISK, MIB)
    error = await refused(hypervisor.images.create(DISK, MIB))
    assert isinstance(error, StoreError) and error.code == "exists"
    assert len(changes(host)) == 1


async def test_a_dry_run_says_the_commands_and_does_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    said: list[str] = []
    hypervisor.session.dry_run, hypervisor.session.announce = True, said.append
    await hypervisor.images.create(DISK, MIB)
    await hypervisor.images.create(DISK, MIB, preallocated=False)
    assert said == [f"zfs create -V {MIB} tank/vm/web1", f"zfs create -s -V {MIB} tank/vm/web1"]
    assert hypervisor.images.grown(DISK, "raw", MIB) == ["zfs", "set", f"volsize={MIB}", "tank/vm/web1"]
    assert not changes(host)


@pytest.mark.parametrize(
    ("code", "error", "why"),
    [
        (127, "", "there is no `zfs` command"),
        (
            1,
            "The ZFS modules are not loaded.\nTry running 'modprobe zfs' as root to load them.\n",
            "modprobe zfs",
        ),
    ],
    ids=["no tool", "no module"],
)
async def test_a_host_without_zfs_shows_nothing_and_says_what_is_missing(
    host: Faulty, hypervisor: Hypervisor, code: int, error: str, why: str
) -> None:
    zfs_says(host, "", code=code, error=error)
    await hypervisor.images.create("/dev/vg0/web1", 4 * MIB)
    assert not any(path.startswith("/dev/zvol") for path in await by_path(hypervisor))
    told = await refused(hypervisor.images.create(DISK, MIB))
    assert isinstance(told, UsageError) and why in told.message and "zfsutils-linux" in hint(told)


async def test_of_thousands_of_file_systems_a_few_are_named(host: Faulty, hypervisor: Hypervisor) -> None:
    rows = [POOL_ROW, *(POOL_ROW.replace("tank", f"tank/{number}") for number in range(5000))]
    zfs_says(host, "\n".join(rows))
    assert len(hint(await refused(hypervisor.images.create("/dev/zvol/tank/none/x", MIB)))) < 120


async def test_without_a_pool_that_is_said(host: Faulty, hypervisor: Hypervisor) -> None:
    zfs_says(host, "", error="no datasets available\n")
    told = await refused(hypervisor.images.create(DISK, MIB))
    assert "no ZFS file system tank/vm" in told.message and "an imported pool" in hint(told)


@pytest.mark.parametrize(
    "row",
    [
        "tank/x",
        "tank/x\tvolume",
        ROW + "\t0",
        ROW.replace("\t", " "),
        ROW.replace("2097152", "2M"),
        ROW.replace("2097152", "-"),
        ROW.replace("2097152", "-5"),
        ROW.replace("2097152", "9" * 5000),
        ROW.replace("2097152", "٢"),
        ROW.replace("16384", "0"),
        ROW.replace("volume", "snapshot"),
        ROW.replace("tank/vm/web1", "tank"),
        POOL_ROW.replace("107374182400", "100G"),
        "\0",
    ],
)
async def test_what_makes_no_sense_is_said_and_not_guessed(host: Faulty, row: str) -> None:
    zfs_says(host, f"{POOL_ROW}\n{row}\n", error="\x1b[31mwhat\n")
    error = await refused(volumes.look(host))
    assert isinstance(error, HostError) and "`zfs list` does not say" in error.message
    assert "\x1b" not in str(error.details)


@pytest.mark.parametrize(
    "name", ["tank/%recv", "tank/x@y", "-o/x", "tank/../../sda", "tank//x", "tank/\x1b[31m"]
)
async def test_a_name_xentui_cannot_spell_is_left_out(host: Faulty, name: str) -> None:
    zfs_says(host, f"{POOL_ROW}\n{ROW}\n{ROW.replace('tank/vm/web1', name)}\n")
    assert set(await zvols(host)) == {DISK}


async def test_a_blank_in_a_name_is_a_plus_in_the_link(host: Faulty) -> None:
    zfs_says(host, f"{POOL_ROW}\n{ROW.replace('web1', 'my web')}\n")
    (volume,) = (await zvols(host)).values()
    assert volume.path == "/dev/zvol/tank/vm/my+web"
    assert ZFS.remove(volume.place) == ["zfs", "destroy", "tank/vm/my web"]


@given(st.text(alphabet="tank/vol\t0123456789-ume\n%@ \0", max_size=200))
def test_no_output_is_more_than_an_error(text: str) -> None:
    class Says:
        async def run(self, argv: list[str], **_: object) -> Completed:
            return Completed(tuple(argv), 0, text.encode(), b"")

    try:
        found = asyncio.run(ZFS.look(Says()))  # type: ignore[arg-type]
    except HostError:
        return
    for path, volume in found.volumes.items():
        assert path.startswith("/dev/zvol/") and volume.size >= 0 and volume.block > 0


async def test_a_group_of_lvm_and_a_pool_of_the_same_name_are_two(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    zfs_says(host, POOL_ROW.replace("tank", "vg0") + "\n")
    found = await volumes.look(host)
    lvm, zfs = volumes.place_of("/dev/vg0/x"), volumes.place_of("/dev/zvol/vg0/x")
    assert lvm and zfs and found.free(zfs) == 100 * GIB != found.free(lvm) > 0


async def test_a_cancelled_one_is_taken_away_again(host: Faulty, hypervisor: Hypervisor) -> None:
    run, begun = host.run, asyncio.Event()

    async def slow(argv: list[str], **words: object) -> Completed:
        if argv[:2] == ["zfs", "create"]:
            begun.set()
            await asyncio.sleep(0.05)
        return await run(argv, **words)  # type: ignore[arg-type]

    host.run = slow  # type: ignore[method-assign, assignment]
    work = asyncio.ensure_future(hypervisor.images.create(DISK, MIB))
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert changes(host)[-1] == ("zfs", "destroy", "tank/vm/web1")
    assert DISK not in await by_path(hypervisor)


Refusal = Callable[[], Awaitable[object]]


async def test_a_read_only_session_changes_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.images.create(DISK, MIB)
    hypervisor.session.read_only = True
    works: list[Refusal] = [
        lambda: hypervisor.images.create("/dev/zvol/tank/x", MIB),
        lambda: hypervisor.images.resize(DISK, 2 * MIB),
        lambda: hypervisor.images.remove(DISK),
    ]
    for work in works:
        assert isinstance(await refused(work()), NotAllowedError)
    assert len(changes(host)) == 1
