"""Between xl.cfg and libvirt's XML: its traps, as libvirt 9.0.0 set them, are guarded or said."""

from __future__ import annotations

import pytest

from tests.recordings.libvirt import conversion
from xentui import config as language
from xentui.toolstack.virsh import native, save_file


def test_a_disk_on_a_device_keeps_the_kernel_s_backend() -> None:
    text, xml, _ = conversion("a PVH guest")
    assert "<source file='/dev/vg/data'/>" in xml, "libvirt alone gives it to QEMU"
    disks = language.disks_of(language.parse(native.prepared(text)))
    assert [(disk.vdev, disk.backendtype) for disk in disks] == [("xvda", ""), ("xvdb", "phy"), ("hdc", "")]
    assert [disk.target for disk in disks] == ["/srv/p1.img", "/dev/vg/data", "/srv/a.iso"]


@pytest.mark.parametrize(
    "spec", ["/dev/vg/a,raw,xvda,w,backendtype=qdisk", "/dev/sr0,raw,hdc,cdrom", "/srv/a,raw,xvda,w"]
)
def test_what_is_written_or_no_device_stays_as_it_is(spec: str) -> None:
    text = f'name = "x"\ndisk = ["{spec}"]\n'
    assert native.prepared(text) == text


def test_what_libvirt_left_out_is_named() -> None:
    text, _, again = conversion("a PV guest, with what libvirt leaves out")
    assert native.left_out(text, again) == ("bootloader_args", "cpu_weight", "on_watchdog", "nosuchkey")
    text, _, again = conversion("a PVH guest")
    assert native.left_out(text, again) == ()
    text, _, again = conversion("an HVM guest")
    assert native.left_out(text, again) == ()


def test_that_files_are_qemu_s_is_said() -> None:
    text, _, _ = conversion("a PVH guest")
    assert native.advice(text) == (
        "libvirt gives xvda to a QEMU of its own (qdisk), not to a loop device as xl does",
    )
    assert native.advice('name = "x"\ndisk = ["/dev/vg/a,raw,xvda,w"]\n') == ()
    assert native.advice("name = [") == ()


def test_the_script_that_libvirt_writes_out_is_left_out() -> None:
    _, _, again = conversion("a PVH guest")
    assert again.count("script=vif-bridge") == 1
    vifs = [language.parse_vif(spec) for spec in language.parse(native.as_run(again)).strings("vif")]
    assert [vif.script for vif in vifs] == ["", "vif-route"]
    assert native.as_run("vif = [") == "vif = ["


def test_a_soft_reset_ends_a_guest_of_libvirts() -> None:
    """Seen on Xen 4.17: it would differ from what runs else, since xl's are reset."""
    _, _, again = conversion("a PVH guest")
    assert "on_soft_reset" not in again
    assert language.parse(native.as_run(again)).string("on_soft_reset") == "destroy"
    assert not any("on_soft_reset" in words for words in native.advice(native.as_run(again)))
    (told,) = native.advice("name = 'a'\non_soft_reset = 'soft-reset'\n")
    assert told.startswith("libvirt has no on_soft_reset")


def test_a_text_without_uuid_gets_another_one_each_time() -> None:
    _, xml, again = conversion("no uuid")
    assert "<uuid>" in xml
    assert language.identity(language.parse(again)).uuid is not None


XML = "<domain type='xen' id='3'><name>web1</name></domain>"


def image(xml: str = XML, *, length: int | None = None) -> bytes:
    data = xml.encode() + b"\0"
    return save_file.HEAD.pack(save_file.MAGIC, 2, len(data) if length is None else length) + data + b"memory"


def test_the_head_of_a_file_that_libvirt_saved() -> None:
    assert save_file.is_image(image())
    assert save_file.saved_image(save_file.xml_of(image())).name == "web1"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"LinuxGuestRecord",
        save_file.MAGIC,
        image(length=0),
        image(length=1 << 31),
        image(length=5000),
        image("<!DOCTYPE a><domain/>"),
        image("\xff"),
    ],
)
def test_a_head_that_says_nothing_names_nobody(head: bytes) -> None:
    assert save_file.saved_image(save_file.xml_of(head)).name == ""
