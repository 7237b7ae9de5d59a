"""Images of disks by the service, on the simulated host: real files, real jobs, real qemu-img."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import running
from tests.waiting import until
from xentui.agent import remote
from xentui.agent.errors import from_os_error
from xentui.agent.images import image_jobs, image_worker
from xentui.agent.jobs import launch
from xentui.errors import ConfigError, HostError, NotAllowedError, StoreError, UsageError, XentuiError
from xentui.hosts import operations
from xentui.hosts.base import Completed
from xentui.model.disk_image import ImageKind
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs import run as job_run

needs_qemu = pytest.mark.skipif(shutil.which("qemu-img") is None, reason="there is no qemu-img here")
MIB = 1 << 20


def real(host: Faulty, path: str) -> Path:
    return Path(host.host_path(path))


def left(host: Faulty, folder: str = "/srv/guests") -> set[str]:
    return {path.name for path in real(host, folder).iterdir()}


async def refused(work: Awaitable[object]) -> XentuiError:
    with pytest.raises(XentuiError) as caught:
        await work
    return caught.value


def test_what_is_larger_than_a_file_may_be_is_not_told_as_a_lack_of_space() -> None:
    told = from_os_error(OSError(errno.EFBIG, "File too large"))
    assert told.code == "full" and "no file that large" in told.message


async def test_what_lacks_is_told_in_a_unit_one_can_read(hypervisor: Hypervisor) -> None:
    error = await refused(hypervisor.images.create("/srv/guests/huge.img", 1 << 56, preallocated=True))
    assert "it needs 65536.0 TiB" in error.message


def allocating(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Have the job, a process of its own that is sent its source, take an image's room otherwise."""
    source, of = Path(image_worker.__file__).read_text(), remote._source
    (head,) = re.findall(r"(?m)^def _allocated\(.*\n", source)
    changed = source.replace(head, head + body)
    monkeypatch.setattr(
        remote, "_source", lambda name: changed if name == "images.image_worker" else of(name)
    )


async def test_a_sparse_image_has_its_size_and_takes_no_room(host: Faulty, hypervisor: Hypervisor) -> None:
    image = await hypervisor.images.create("/srv/guests/new disk.img", 1 << 30)
    assert (image.size, image.used, image.promise, image.kind) == (1 << 30, 0, 1 << 30, ImageKind.FILE)


@pytest.mark.parametrize("zeros", [False, True], ids=["fallocate", "written"])
async def test_a_preallocated_image_has_all_its_room(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, zeros: bool
) -> None:
    if zeros:
        allocating(monkeypatch, "    return False\n")
    seen: list[tuple[int, str]] = []

    def progress(percent: int, words: str = "") -> None:
        seen.append((percent, words))

    image = await hypervisor.images.create(
        "/srv/guests/full.img", 8 * MIB, preallocated=True, progress=progress
    )
    assert image.size == 8 * MIB and (image.used or 0) >= 8 * MIB
    assert not any(name.startswith(".xentui") for name in left(host))
    assert real(host, image.path).read_bytes() == bytes(8 * MIB)


@needs_qemu
@pytest.mark.parametrize(("form", "size"), [("qcow2", 64 * MIB), ("vhd", 1000 * MIB)])
async def test_an_image_of_a_format_of_its_own_has_exactly_its_size(
    hypervisor: Hypervisor, form: str, size: int
) -> None:
    image = await hypervisor.images.create("/srv/guests/new", size, format=form)
    assert (image.format, image.size) == (form, size)


@pytest.mark.parametrize("make", ["create", "fill", "copy", "convert"])
async def test_what_is_there_is_never_written_over(host: Faulty, hypervisor: Hypervisor, make: str) -> None:
    there = real(host, "/srv/guests/there.img")
    there.write_bytes(b"precious")
    source = real(host, "/srv/guests/source.img")
    source.write_bytes(bytes(512))
    work: dict[str, Callable[[], Awaitable[object]]] = {
        "create": lambda: hypervisor.images.create("/srv/guests/there.img", MIB),
        "fill": lambda: hypervisor.images.create("/srv/guests/there.img", MIB, preallocated=True),
        "copy": lambda: hypervisor.images.copy("/srv/guests/source.img", "/srv/guests/there.img"),
        "convert": lambda: hypervisor.images.convert(
            "/srv/guests/source.img", "/srv/guests/there.img", format="qcow2"
        ),
    }
    error = await refused(work[make]())
    assert isinstance(error, StoreError) and error.code == "exists"
    assert there.read_bytes() == b"precious"


async def test_more_than_is_free_is_refused_before_anything_is_made(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    before = left(host)
    error = await refused(hypervisor.images.create("/srv/guests/huge.img", 1 << 50, preallocated=True))
    assert isinstance(error, StoreError) and error.code == "full"
    assert left(host) == before


async def test_work_that_is_cancelled_leaves_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    allocating(monkeypatch, "    while True:\n        time.sleep(0.01)\n        report(1)\n")
    before = left(host)
    begun = asyncio.Event()

    def progress(percent: int, words: str = "") -> None:
        begun.set()

    warned: list[str] = []
    hypervisor.session.warn = warned.append
    work = asyncio.ensure_future(
        hypervisor.images.create("/srv/guests/full.img", 8 * MIB, preallocated=True, progress=progress)
    )
    await begun.wait()
    assert any(name.startswith(".xentui") for name in left(host)), "it is written under a name of nobody's"
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert left(host) == before and not warned, "of nothing there is nothing to say"


async def test_work_goes_on_when_the_line_breaks(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01,))
    call = host.call

    async def broken(operation: object, *_: object, **arguments: object) -> object:
        if operation == "look_job":
            raise HostError("the line is cut")
        return await call(operation, **arguments)  # type: ignore[arg-type]

    host.call = broken  # type: ignore[method-assign, assignment]
    error = await refused(hypervisor.images.create("/srv/guests/full.img", MIB, preallocated=True))
    assert isinstance(error, job_run.GoesOnError)
    host.call = call  # type: ignore[method-assign]
    await until(lambda: "full.img" in left(host), "the image was not made")


async def test_a_job_that_was_killed_leaves_nothing_once_somebody_looks(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.images.create("/srv/guests/one.img", MIB)  # so that there is a store
    before = left(host)
    root, name = host.store_root, "a" * 32
    image = {"path": host.host_path("/srv/guests/full.img"), "size": MIB, "room": 0}
    spawn = launch.spawn
    launch.spawn = lambda place, lock, task: None
    try:
        record = image_jobs.start_image_job(root, job=name, kind="image-fill", prefix=[], image=image)
    finally:
        launch.spawn = spawn
    Path(record["path"]).write_bytes(b"half")

    async def as_before() -> bool:
        await hypervisor.inventory.poll()
        return left(host) == before

    await until(as_before)


async def test_a_copy_has_the_data_and_not_the_holes(host: Faulty, hypervisor: Hypervisor) -> None:
    source = real(host, "/srv/guests/source.img")
    with source.open("wb") as file:
        os.truncate(file.fileno(), 64 * MIB)
        os.pwrite(file.fileno(), b"data" * 1024, 5 * MIB)
        os.pwrite(file.fileno(), bytes(2 * MIB), 20 * MIB)  # written, and nothing but zeros
        os.pwrite(file.fileno(), b"end", 64 * MIB - 3)
    image = await hypervisor.images.copy("/srv/guests/source.img", "/srv/guests/copy.img")
    copy = real(host, image.path)
    assert copy.read_bytes() == source.read_bytes()
    assert copy.stat().st_blocks * 512 <= 64 << 10


@needs_qemu
async def test_a_converted_image_is_read_as_what_its_domain_says_never_as_what_it_begins_with(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.images.create("/srv/guests/q.qcow2", MIB, format="qcow2")
    error = await refused(
        hypervisor.images.convert("/srv/guests/q.qcow2", "/srv/guests/raw.img", format="raw")
    )
    assert isinstance(error, UsageError) and "--from" in str(error.hint)
    image = await hypervisor.images.convert(
        "/srv/guests/q.qcow2", "/srv/guests/raw.img", format="raw", source_format="qcow2"
    )
    assert (image.format, image.size) == ("raw", MIB)


async def test_an_image_a_running_domain_has_is_not_removed_nor_cut_nor_copied(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = "/srv/guests/web.img"
    real(host, path).write_bytes(bytes(MIB))
    await running(host, hypervisor, disk=f"['{path},raw,xvda,w']")
    (image,) = [each for each in (await hypervisor.images.list()).images if each.path == path]
    assert (image.domains, image.running) == (("web",), ("web",))
    for work, why in (
        (hypervisor.images.remove(path), "would continue with outdated knowledge"),
        (hypervisor.images.resize(path, 512), "would continue with outdated knowledge"),
        (hypervisor.images.copy(path, "/srv/guests/copy.img"), "is read while a guest writes"),
    ):
        error = await refused(work)
        assert isinstance(error, ConfigError)
        assert why in hint(error) and "stop that domain first" in hint(error)
    assert real(host, path).stat().st_size == MIB
    told = await hypervisor.images.resize(path, 2 * MIB)
    assert real(host, path).stat().st_size == 2 * MIB and "web sees it at its next read or write" in told


async def test_nothing_is_cut_off_that_a_file_system_ends_in(host: Faulty, hypervisor: Hypervisor) -> None:
    from xentui.simulator.guest_images import load
    from xentui.simulator.sample_host import DEBIAN_MENU

    data = load(DEBIAN_MENU)
    assert data is not None and len(data) == 256 << 10
    path = "/srv/guests/fs.img"
    real(host, path).write_bytes(data)
    os.truncate(real(host, path), MIB)
    details = await hypervisor.images.info(path)
    assert [(part.kind, part.end) for part in details.parts] == [("ext4", 256 << 10)]
    assert isinstance(await refused(hypervisor.images.resize(path, 255 << 10)), NotAllowedError)
    await hypervisor.images.resize(path, 256 << 10)
    assert real(host, path).stat().st_size == 256 << 10


@needs_qemu
async def test_what_another_image_is_based_on_is_not_removed(hypervisor: Hypervisor) -> None:
    await hypervisor.images.create("/srv/guests/base.img", MIB)
    await hypervisor.images.create(
        "/srv/guests/top.qcow2", MIB, format="qcow2", backing=("/srv/guests/base.img", "raw")
    )
    error = await refused(hypervisor.images.remove("/srv/guests/base.img"))
    assert "/srv/guests/top.qcow2 is based on it" in error.message
    await hypervisor.images.remove("/srv/guests/top.qcow2")
    await hypervisor.images.remove("/srv/guests/base.img")


async def test_volumes_are_made_grown_and_removed_by_lvm(hypervisor: Hypervisor) -> None:
    image = await hypervisor.images.create("/dev/vg0/new", 5 * MIB)
    assert (image.kind, image.size) == (ImageKind.VOLUME, 8 * MIB), "LVM rounds up to its extents"
    thin = await hypervisor.images.create("/dev/vg0/thin1", 1 << 40, preallocated=False)
    assert (thin.kind, thin.used, thin.lies_on) == (ImageKind.THIN, 0, "vg0/thin")
    await hypervisor.images.resize("/dev/vg0/new", 16 * MIB)
    await hypervisor.images.remove("/dev/vg0/new")
    paths = [each.path for each in (await hypervisor.images.list()).images]
    assert "/dev/vg0/thin1" in paths and "/dev/vg0/new" not in paths


@pytest.mark.parametrize("size", ["", "much", "inf", "nan", "1e999"])
async def test_a_size_lvm_does_not_tell_is_said(host: Faulty, hypervisor: Hypervisor, size: str) -> None:
    row = {"vg_name": "vg0", "vg_free": size}
    answer = json.dumps({"report": [{"vg": [row]}]}).encode()
    host.answer = lambda argv: Completed(tuple(argv), 0, answer, b"") if "vgs" in argv else None
    if size:
        error = await refused(hypervisor.images.list())
        assert isinstance(error, HostError) and "do not say how large" in error.message
    else:
        assert (await hypervisor.images.list()).images


async def test_a_device_that_is_listed_has_details(host: Faulty, hypervisor: Hypervisor) -> None:
    listed = {image.path: image for image in (await hypervisor.images.list()).images}
    for path, use in {"/dev/sda": "has parts", "/dev/sda1": "mounted at /"}.items():
        assert (await hypervisor.images.info(path)).image == listed[path]
        assert listed[path].use == use
    host.answer = lambda argv: Completed(tuple(argv), 1, b"", b"") if "lsblk" in argv else None
    assert "there is no such image" in (await refused(hypervisor.images.info("/dev/sda"))).message


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("relative.img", StoreError),
        ("/srv/guests", StoreError),
        ("/srv/none/x.img", StoreError),
        ("/dev/sda", UsageError),
        ("/dev/novg/x", UsageError),
        ("/dev/vg0/a b", UsageError),
    ],
)
async def test_a_place_that_is_none_is_refused(
    hypervisor: Hypervisor, path: str, kind: type[XentuiError]
) -> None:
    assert isinstance(await refused(hypervisor.images.create(path, MIB)), kind)


async def test_a_dry_run_says_the_commands_and_does_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    before = left(host)
    said: list[str] = []
    hypervisor.session.dry_run, hypervisor.session.announce = True, said.append
    await hypervisor.images.create("/srv/guests/a b.img", MIB)
    await hypervisor.images.create("/srv/guests/f.img", MIB, preallocated=True)
    await hypervisor.images.create("/srv/guests/v.vhd", MIB, format="vhd")
    await hypervisor.images.create("/dev/vg0/x", MIB)
    assert said == [
        f"truncate --size={MIB} '/srv/guests/a b.img'",
        f"fallocate --length {MIB} /srv/guests/f.img",
        f"qemu-img create -q -f vpc -o force_size=on,subformat=dynamic /srv/guests/v.vhd {MIB}",
        f"lvcreate --yes --wipesignatures y --size {MIB}b --name x vg0",
    ]
    assert left(host) == before


def test_what_grows_an_image_that_is_not_there_yet_is_what_resize_runs(hypervisor: Hypervisor) -> None:
    grown, place = hypervisor.images.grown, hypervisor.host.host_path("/srv/guests/x.qcow2")
    assert grown("/dev/vg0/x", "raw", MIB) == ["lvextend", "--size", f"{MIB}b", "vg0/x"]
    assert grown("/srv/guests/x.img", "raw", MIB) == ["truncate", f"--size={MIB}", "/srv/guests/x.img"]
    assert grown("/srv/guests/x.qcow2", "qcow2", MIB) == [
        "qemu-img",
        "resize",
        "-q",
        "-f",
        "qcow2",
        place,
        str(MIB),
    ]


async def test_promises_beyond_what_is_free_are_told(hypervisor: Hypervisor) -> None:
    await hypervisor.images.create("/srv/guests/huge.img", 1 << 43)
    (room,) = (await hypervisor.images.list("/srv/guests")).rooms
    assert room.overcommitted and room.promised >= 1 << 43


@needs_qemu
async def test_a_base_is_known_however_it_is_spelled_and_before_anybody_is_asked(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.images.create("/srv/guests/base.img", MIB)
    await hypervisor.images.create(
        "/srv/guests/top.qcow2", MIB, format="qcow2", backing=("/srv/guests/base.img", "raw")
    )
    top = real(host, "/srv/guests/top.qcow2")
    spelled = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "../guests/base.img", "-F", "raw", str(top)]
    await asyncio.to_thread(subprocess.run, spelled, check=True)
    for refusal in (
        hypervisor.images.removal("/srv/guests/base.img"),
        hypervisor.images.remove("/srv/guests/base.img"),
    ):
        error = await refused(refusal)
        assert "/srv/guests/top.qcow2 is based on it" in error.message


async def test_folders_are_asked_for_together(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a far host is asked in one turn of the line, however many folders the images of its guests lie in."""
    for name in ("one", "two", "three"):
        real(host, f"/srv/{name}").mkdir()
        real(host, f"/srv/{name}/disk.img").write_bytes(bytes(4096))
        path = host.guest(name, disk=f'["/srv/{name}/disk.img,raw,xvda,rw"]')
        await hypervisor.definitions.new(path)
    call, at_once, most = host.call, 0, 0

    async def counted(operation: Any, **arguments: Any) -> Any:
        nonlocal at_once, most
        if operation is not operations.list_images:
            return await call(operation, **arguments)
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        try:
            return await call(operation, **arguments)
        finally:
            at_once -= 1

    monkeypatch.setattr(host, "call", counted)
    found = {image.path for image in (await hypervisor.images.list()).images}
    assert {f"/srv/{name}/disk.img" for name in ("one", "two", "three")} <= found
    assert most >= 3
