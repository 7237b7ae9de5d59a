"""The view of what images lie on: what is wrong there, what is freed, and what is set up step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.tui.looks import Look
from tests.unit.tui.stage import NARROW, Noon, StageHost, stage
from tests.unit.tui.test_looks import colour, scene
from xentui.errors import HostError
from xentui.service.hypervisor import Hypervisor
from xentui.service.storage import cautions, report
from xentui.service.storage.places import MountPoint, StoragePlace
from xentui.service.storage.report import ImageStore, LoopDevice, StorageReport
from xentui.simulator import control, shared_storage
from xentui.tui.screens import storage as screen

__all__ = ["colour"]


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    """A simulated host without guests."""
    return StageHost(tmp_path / "sim")


def real(host: StageHost, path: str) -> Path:
    return Path(host.host_path(path))


async def test_a_loop_device_nobody_uses_is_freed_after_asking(host: StageHost) -> None:
    shared_storage.leak_loop(host.simulator, "/srv/guests/a.img")
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+f")
        await it.shows("Storage of sim: 1 warning", "/dev/loop0 holds /srv/guests/a.img")
        await it.press("f")
        await it.shows("detach it?")
        await it.press("y")
        await it.shows("Storage of sim: nothing is wrong")
        assert ("losetup", "--detach", "/dev/loop0") in host.ran
        await it.press("f")
        await it.shows("there is no unused loop device there")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_it_is_left_once(host: StageHost) -> None:
    """Esc typed twice over a slow line takes away nothing else."""
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+f")
        await it.shows("Storage of sim: nothing is wrong")
        shown = it.app.screen
        assert isinstance(shown, screen.StorageScreen)
        shown.action_back()
        shown.action_back()
        await it.until(lambda: it.in_list)
        await it.settled()
        assert it.app.screen is it.app.main


async def test_a_mount_is_set_up_step_by_step(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+f")
        await it.shows("Storage of sim: nothing is wrong")
        await it.press("n")
        await it.shows("Mount a shared disk")
        await it.press("down", "enter")
        await it.shows("SERVER:/FOLDER")
        await it.fill("nas:/vm", "/srv/nfs")
        await it.shows("1 of 2: Mount nas:/vm at /srv/nfs?", "run mkdir -p /srv/nfs")
        assert not real(host, "/srv/nfs").exists(), "nothing is done before it is agreed to"
        await it.press("y")
        await it.shows("2 of 2: Mount it whenever the host boots")
        await it.press("n")
        await it.shows("/srv/nfs", "nfs4")
        assert not real(host, "/etc/fstab").exists()


@pytest.mark.parametrize("broken", [HostError("the line is cut"), KeyError("odd")])
async def test_a_step_that_breaks_ends_the_set_up_and_what_is_done_by_then_is_told(
    host: StageHost, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    async def breaks(*_: object) -> tuple[str, ...]:
        raise broken

    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+f")
        await it.shows("Storage of sim: nothing is wrong")
        await it.press("n")
        await it.shows("Mount a shared disk")
        await it.press("down", "enter")
        await it.shows("SERVER:/FOLDER")
        await it.fill("nas:/vm", "/srv/nfs")
        await it.shows("1 of 2: Mount nas:/vm at /srv/nfs?")
        monkeypatch.setattr(screen, "carry_out_step", breaks)
        await it.press("y")
        await it.quiet()
        job = it.app.jobs.all[-1]
        told = [*job.output, *(job.error.account() if job.error else ())]
        assert any("not done: mount nas:/vm at /srv/nfs, mount it whenever" in line for line in told)
        assert "2 of 2" not in it.screen


async def test_what_cannot_be_set_up_is_said_in_the_dialog(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+f")
        await it.shows("Storage of sim: nothing is wrong")
        await it.press("n")
        await it.shows("Export a folder")
        await it.press("enter")
        await it.shows("the host that is to mount it")
        await it.fill("/srv/none", "xen2")
        await it.shows("is not a folder of the host")


async def test_a_read_only_session_changes_nothing(host: StageHost) -> None:
    shared_storage.leak_loop(host.simulator, "/srv/guests/a.img")
    async with stage(host, size=NARROW, read_only=True) as it:
        await it.press("ctrl+f")
        await it.shows("f Free (read-only)", "n Set up (read-only)")
        await it.shows("Storage of sim: 1 warning")
        await it.press("f")
        await it.shows("this session is read-only")


async def test_a_host_that_is_away_is_said(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        control.vanish(host.simulator)
        await it.press("ctrl+f")
        await it.shows("Storage of the host: cannot be read")


GIB = 1 << 30
NFS = MountPoint("/srv", "nas:/export/vm", "nfs4", ("rw", "vers=4.2", "soft", "local_lock=none"))
PLACE = StoragePlace("/srv", "dir", "/srv", NFS, writable=True)
LEFT = LoopDevice("/dev/loop0", "/srv/web1.img", ())
FOUND = StorageReport(
    "sim",
    (
        ImageStore(
            NFS.point,
            NFS.kind,
            NFS.source,
            NFS.options,
            free=180 * GIB,
            room=400 * GIB,
            domains=("web1", "web2"),
            running=("web1",),
            cautions=(report.stray(LEFT), cautions.cached(("web1", "web2")), *cautions.of_mount(NFS, PLACE)),
            loops=(LEFT,),
        ),
        ImageStore(
            "vg0", "lvm", below="LVM vg0-db1, partition sda2, disk sda (naa.600140512)", domains=("db1",)
        ),
        ImageStore("/", "ext4", "/dev/vda1", ("rw",), "disk vda", 12 * GIB, 40 * GIB),
    ),
)


async def test_how_it_looks(noon: Noon, look: Look, colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(_hypervisor: Hypervisor) -> StorageReport:
        return FOUND

    monkeypatch.setattr(report, "report", found)
    async with scene(noon.host(), look, colour) as camera:
        await camera.it.press("ctrl+f")
        await camera.it.shows("Storage of sim: 3 warnings", "/dev/loop0 holds")
        await camera.take("storage")
