"""What QEMU of Xen 3 took beside the disks: CD images, floppies, serial ports, kernels."""

from __future__ import annotations

import pytest

from tests.unit.config.convert.conftest import HVM, lines
from tests.unit.config.convert.test_xend import domain, told
from xentui.config.convert import convert
from xentui.config.libxl.translation import translate

DISK = "(device (vbd (dev hda:disk) (uname file:/srv/a.img) (mode w)))"
FIRMWARE = "(kernel /usr/lib/xen/boot/hvmloader)"


def test_a_cd_image_is_a_drive() -> None:
    made = domain(f"(hvm {FIRMWARE} (cdrom /srv/boot.iso) (boot d))", DISK)
    assert made.document.strings("disk") == ("file:/srv/a.img,hda,w", "file:/srv/boot.iso,hdc:cdrom,r")
    assert made.document.get("kernel") is None
    assert not made.failed
    assert "(cdrom /srv/boot.iso)" in told(made)


@pytest.mark.parametrize(
    ("image", "spec"),
    [
        ("/dev/cdrom", "phy:/dev/cdrom,hdc:cdrom,r"),
        ("/a=b", "format=raw,vdev=hdc,access=r,devtype=cdrom,target=/a=b"),
    ],
)
def test_a_drive_of_the_host_and_an_odd_path(image: str, spec: str) -> None:
    assert domain(f"(hvm (cdrom '{image}'))").document.strings("disk") == (spec,)


def test_a_drive_whose_place_is_taken_is_an_error() -> None:
    made = domain("(hvm (cdrom /srv/boot.iso))", DISK.replace("hda", "hdc"))
    assert made.failed
    assert "another disk is hdc" in told(made)["(image (hvm (cdrom /srv/boot.iso)))"]


def test_floppies_are_options_of_qemu() -> None:
    made = domain("(hvm (fda /srv/a.img) (fdb /srv/b.img))", DISK)
    assert made.document.strings("device_model_args_hvm") == ("-fda", "/srv/a.img", "-fdb", "/srv/b.img")


def test_several_serial_ports() -> None:
    assert domain("(hvm (serial (pty /dev/ttyS1)))", DISK).document.strings("serial") == ("pty", "/dev/ttyS1")
    assert domain("(hvm (serial pty))", DISK).document.string("serial") == "pty"


def test_a_kernel_of_an_hvm_guest() -> None:
    image = (
        "(hvm (loader /x/hvmloader) (kernel /boot/k) (ramdisk /boot/r) (root '/dev/sda1 ro') (args quiet))"
    )
    made = domain(image, DISK)
    b_info = translate(made.document).config["b_info"]
    assert isinstance(b_info, dict)
    assert [b_info[key] for key in ("kernel", "ramdisk", "cmdline")] == [
        "/boot/k", "/boot/r", "root=/dev/sda1 ro quiet",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cdrom = '/srv/x.iso'", "# cdrom = '/srv/x.iso'\ndisk += [\"file:/srv/x.iso,hdc:cdrom,r\"]"),
        (
            "cdrom = '/srv/x.iso'\ndisk = ['phy:/d,hda,w']",
            "# cdrom = '/srv/x.iso'\ndisk = ['phy:/d,hda,w']\ndisk += [\"file:/srv/x.iso,hdc:cdrom,r\"]",
        ),
        ("disk = ['phy:/d,hdc,w']\ncdrom = '/x'", "disk = ['phy:/d,hdc,w']\n# cdrom = '/x'"),
        ("cdrom = ''", "# cdrom = ''"),
        ("fda = '/srv/a.img'", '# fda = \'/srv/a.img\'\ndevice_model_args_hvm += ["-fda", "/srv/a.img"]'),
    ],
)
def test_files_of_xm(before: str, after: str) -> None:
    assert lines(before, HVM) == after
    translate(convert(f"{HVM}{before}\n", as_xm=True).document)


def test_a_file_that_xl_takes_gets_no_drive() -> None:
    (change,) = convert(f"{HVM}cdrom = '/srv/x.iso'\n").changes
    assert (change.before, change.after) == ("cdrom = '/srv/x.iso'", "")
    assert '`disk += ["file:/srv/x.iso,hdc:cdrom,r"]` asks for it' in change.reason
