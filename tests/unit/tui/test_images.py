"""The view of a host's images: what is there, what it may still take, and what is made, grown and removed from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.tui.looks import Look
from tests.unit.tui.stage import NARROW, Noon, StageHost, stage
from tests.unit.tui.test_looks import colour, scene
from xentui.model.disk_image import DiskImage, ImageKind, ImageList
from xentui.service.disk_images import listing
from xentui.tui.screens.images import ImagesScreen

__all__ = ["colour"]


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    """A simulated host without guests."""
    return StageHost(tmp_path / "sim")


def real(host: StageHost, path: str) -> Path:
    return Path(host.host_path(path))


async def test_an_image_is_made_grown_and_removed(host: StageHost) -> None:
    real(host, "/srv/guests/old.img").write_bytes(bytes(1 << 20))
    host.guest("web", disk="['/srv/guests/old.img,raw,xvda,w']")
    async with stage(host, size=NARROW) as it:
        await it.command("new /etc/xen/web.cfg")
        await it.until(lambda: "web" in it.names)
        await it.press("ctrl+d")
        await it.shows("/srv/guests/old.img", "Images of the host:")
        await it.until(lambda: isinstance(it.app.screen, ImagesScreen))
        await it.press("n")
        await it.shows("New image")
        await it.fill("/srv/guests/new.img", "2M")
        await it.shows("/srv/guests/new.img is made")
        await it.shows("file, raw, may grow by 2M")
        assert real(host, "/srv/guests/new.img").stat().st_size == 2 << 20
        await it.press("g")
        await it.shows("has 2M")
        await it.fill("4M")
        await it.until(lambda: real(host, "/srv/guests/new.img").stat().st_size == 4 << 20)
        await it.until(lambda: "may grow by 4M" in it.screen)
        await it.press("D")
        await it.shows("Remove /srv/guests/new.img?")
        await it.type("new.img", "enter")
        await it.until(lambda: not real(host, "/srv/guests/new.img").exists())
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_a_read_only_session_asks_for_nothing(host: StageHost) -> None:
    async with stage(host, size=NARROW, read_only=True) as it:
        await it.press("ctrl+d")
        await it.shows("Images of the host:")
        await it.press("n")
        await it.shows("this session is read-only")


async def test_a_device_of_the_host_has_details_and_keeps_its_size(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+d")
        await it.shows("/dev/sda2")
        await it.press("end")
        await it.shows("the host: LVM2_member")
        await it.press("enter")
        await it.shows("the host    LVM2_member", "no domain uses it")
        await it.press("escape")
        await it.shows("g Grow")
        await it.press("g")
        await it.shows("is a device of the host, which xentui does not resize")
        assert isinstance(it.app.screen, ImagesScreen)


async def test_what_is_there_is_not_made_again(host: StageHost) -> None:
    real(host, "/srv/guests/there.img").write_bytes(b"precious".ljust(512))
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+d")
        await it.shows("Images of the host:")
        await it.press("n")
        await it.shows("New image")
        await it.fill("/srv/guests/there.img", "3M")
        await it.shows("cannot make the image: something with that")
        await it.shows("New image", "/srv/guests/there.img", "3M", "choose another name")
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, ImagesScreen))
        assert real(host, "/srv/guests/there.img").read_bytes().startswith(b"precious")


GIB = 1 << 30


def shown(
    path: str, size: int, used: int, *domains: str, running: bool = False, form: str = "raw"
) -> DiskImage:
    return DiskImage(
        path,
        ImageKind.FILE,
        form,
        size=size,
        used=used,
        lies_on="/srv",
        free=3 * GIB,
        domains=domains,
        running=domains if running else (),
    )


LISTED = (
    DiskImage(
        "/dev/vg0/db1", ImageKind.VOLUME, size=20 * GIB, used=20 * GIB, domains=("db1",), running=("db1",)
    ),
    shown("/srv/iso/debian-12-amd64.iso", GIB // 2, GIB // 2),
    shown("/srv/xen/web1.img", 8 * GIB, GIB, "web1", running=True),
    shown("/srv/xen/a-long-folder/with-a-long-name/web2-data.qcow2", 8 * GIB, GIB, "web2", form="qcow2"),
    DiskImage("/srv/xen/gone.img", ImageKind.MISSING, domains=("old",)),
    DiskImage("/dev/sda", ImageKind.DEVICE, size=440 * GIB, used=440 * GIB, use="has parts"),
)


async def test_how_it_looks(noon: Noon, look: Look, colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: object) -> ImageList:
        return ImageList(LISTED, listing.rooms(LISTED))

    monkeypatch.setattr(listing, "look_around", found)
    async with scene(noon.host(), look, colour) as camera:
        await camera.it.press("ctrl+d")
        await camera.it.shows("/srv/xen/web1.img")
        await camera.it.press("down", "down")
        await camera.it.shows("may grow by 7G, 3G are free")
        await camera.take("images")
        await camera.it.press("n")
        await camera.it.shows("Allocate all its space now")
        await camera.take("new-image")
