"""Which disk a configuration boots from, and what is said of that."""

from __future__ import annotations

import pytest

from xentui.errors import NotAllowedError
from xentui.model.boot_menu import BootMenu
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Disk
from xentui.service.boot_source import BootImage, boot_source

DISK, CD = Disk("/srv/a.img", "hda"), Disk("/srv/a.iso", "hdc", cdrom=True)
EMPTY = Disk("", "hdc", cdrom=True)


def source(config: DomainConfig) -> BootImage:
    found = boot_source(config, "web1")
    assert not isinstance(found, BootMenu)
    return found


@pytest.mark.parametrize(
    ("order", "disks", "path", "note"),
    [
        ("cda", (CD, DISK), "/srv/a.img", ""),
        ("dc", (DISK, EMPTY), "/srv/a.img", ""),
        ("dc", (DISK, CD), "/srv/a.iso", "boots the CD in hdc first (boot='dc')"),
        ("d", (DISK, CD), "/srv/a.iso", ""),
        ("nc", (DISK, CD), "/srv/a.img", "asks the network first (boot='nc')"),
        ("cn", (DISK, CD), "/srv/a.img", ""),
        ("n", (DISK, CD), "/srv/a.img", "asks the network first (boot='n')"),
    ],
)
def test_firmware_takes_the_disk_its_order_comes_to(
    order: str, disks: tuple[Disk, ...], path: str, note: str
) -> None:
    found = source(DomainConfig("web1", type="hvm", boot_order=order, disks=disks))
    assert found.path == path
    assert len(found.notes) == bool(note)
    assert note in "".join(found.notes)


def test_a_disk_stands_behind_a_cd() -> None:
    found = source(DomainConfig("web1", type="hvm", boot_order="dc", disks=(DISK, CD)))
    assert [image.path for image in found.chain] == ["/srv/a.iso", "/srv/a.img"]
    assert source(DomainConfig("web1", type="hvm", boot_order="cd", disks=(DISK, CD))).otherwise is None


def test_grub_as_a_kernel_reads_the_disk_and_is_told() -> None:
    kernel = "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"
    found = source(DomainConfig("web1", type="pvh", kernel=kernel, disks=(DISK,)))
    assert found == BootImage(
        "/srv/a.img", "raw", (f"GRUB itself, {kernel} of the host, shows this menu in the guest",)
    )


def test_the_format_is_the_configurations() -> None:
    disk = Disk("/srv/a.q", "xvda", format="qcow2")
    assert source(DomainConfig("web1", bootloader="pygrub", disks=(disk,))).format == "qcow2"
    with pytest.raises(NotAllowedError, match="its disk xvda is a qed image, whose boot menu is not read"):
        source(DomainConfig("web1", bootloader="pygrub", disks=(Disk("/a", "xvda", format="qed"),)))
