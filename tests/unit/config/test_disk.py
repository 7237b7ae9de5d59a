"""Disk specifications: xl's grammar, xm's words, and the way back."""

from __future__ import annotations

import pytest

from xentui.config import RefusedError, format_disk, parse_disk, parse_disk_words
from xentui.errors import ConfigError
from xentui.model.devices import Access, Disk


@pytest.mark.parametrize(
    ("spec", "disk"),
    [
        ("phy:/dev/vg0/web,xvda,w", Disk("/dev/vg0/web", "xvda", prefix="phy")),
        ("phy:vg0/web,xvda,r", Disk("vg0/web", "xvda", access=Access.READ, prefix="phy")),
        ("file:/x.img,hda", Disk("/x.img", "hda", prefix="file")),
        ("tap:aio:/x.img,xvda,w", Disk("/x.img", "xvda", prefix="tap:aio")),
        ("tap2:vhd:/x.vhd,xvda,w", Disk("/x.vhd", "xvda", format="vhd", prefix="tap2:vhd")),
        ("qcow2:/x.q,xvda,w", Disk("/x.q", "xvda", format="qcow2", prefix="qcow2")),
        ("iscsi:iqn:d,xvda,w", Disk("iqn:d", "xvda", prefix="iscsi", script="block-iscsi")),
        ("/x.img,raw,xvda,rw", Disk("/x.img", "xvda")),
        ("/x.img,,xvda", Disk("/x.img", "xvda")),
        ("/x.img,raw,xvda,w=", Disk("/x.img", "xvda")),
        ("  /x.img, qcow2, xvda, ro", Disk("/x.img", "xvda", format="qcow2", access=Access.READ)),
        ("a:b:/x,raw,xvda,w", Disk("a:b:/x", "xvda")),
        ("/x.iso,raw,hdc:cdrom,rw", Disk("/x.iso", "hdc", access=Access.READ, cdrom=True)),
        ("/x.iso,raw,hdc,devtype=cdrom", Disk("/x.iso", "hdc", access=Access.READ, cdrom=True)),
        (",hdc:cdrom,r", Disk("", "hdc", format="empty", access=Access.READ, cdrom=True)),
        ("cdrom,vdev=hdc", Disk("", "hdc", format="empty", access=Access.READ, cdrom=True)),
        ("format=empty,vdev=hdc,cdrom", Disk("", "hdc", format="empty", access=Access.READ, cdrom=True)),
        ("format=raw,vdev=xvda,access=w,target=/a,b=c", Disk("/a,b=c", "xvda")),
        ("vdev=xvda,backend=d,backendtype=qdisk,script=s,target=/x",
         Disk("/x", "xvda", backend="d", backendtype="qdisk", script="s")),
        ("vdev=xvda,direct-io-safe,discard,no-discard,target=/x",
         Disk("/x", "xvda", extra=(("direct-io-safe", ""), ("no-discard", "")))),
        ("vdev=xvda,specification=virtio,colo-port=7,target=/x",
         Disk("/x", "xvda", extra=(("colo-port", "7"), ("specification", "virtio")))),
    ],
)  # fmt: skip
def test_what_xl_reads(spec: str, disk: Disk) -> None:
    assert parse_disk(spec) == disk
    assert parse_disk(format_disk(disk)) == disk


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("file:/x.img,xvda,w!", "unknown value for access: near `w!' in `file:/x.img,xvda,w!'"),
        ("/x,xvda,w", "unknown value for format: near `xvda' in `/x,xvda,w'"),
        ("/x,raw,xvda,w,dom0", "too many positional parameters: near `dom0' in `/x,raw,xvda,w,dom0'"),
        ("foo:/x,xvda,w", "unknown deprecated disk prefix: near `foo:' in `foo:/x,xvda,w'"),
        ("/x=y,raw,xvda", "bad disk syntax: near `=y,raw,xvda' in `/x=y,raw,xvda'"),
        ("/x,raw,hdc:dvd", "unknown deprecated type: near `dvd' in `/x,raw,hdc:dvd'"),
        ("vdev=a,devtype=x", "unknown value for type: near `devtype=x' in `vdev=a,devtype=x'"),
        ("vdev=a,foo=b,target=/x", "unknown parameter: near `foo=b,' in `vdev=a,foo=b,target=/x'"),
        ("vdev=a,vdev=b,target=/x", "vdev respecified: near `b' in `vdev=a,vdev=b,target=/x'"),
        ("qcow:/x,format=raw", "format respecified: near `raw' in `qcow:/x,format=raw'"),
        ("backendtype=x,vdev=a,target=/x",
         "unknown value for backendtype: near `x' in `backendtype=x,vdev=a,target=/x'"),
        ("colo-port=x,vdev=a,target=/x",
         "unknown value for colo_port: near `x' in `colo-port=x,vdev=a,target=/x'"),
        ("specification=x,vdev=a,target=/x",
         "unknown value for specification: near `x' in `specification=x,vdev=a,target=/x'"),
        ("bare,vdev=a,target=/x", "target respecified: near `/x' in `bare,vdev=a,target=/x'"),
        ("/x", "no vdev specified in `/x'"),
        ("", "no vdev specified in `'"),
        ("vdev=xvda", "no target specified (and device not removable) in `vdev=xvda'"),
    ],
)  # fmt: skip
def test_what_xl_refuses_in_its_words(spec: str, words: str) -> None:
    with pytest.raises(RefusedError) as caught:
        parse_disk(spec, source="web1.cfg", line=4, column=9)
    assert caught.value.words[0] == f"web1.cfg: config parsing error in disk specification: {words}"
    assert (caught.value.line, caught.value.column) == (4, 9)
    assert caught.value.hint


def test_shared_access_is_xm_only() -> None:
    disk = parse_disk("file:/x.img,xvda,w!", allow_shared=True)
    assert disk.access is Access.SHARED
    assert format_disk(disk) == "file:/x.img,xvda,w!"


@pytest.mark.parametrize("spec", ["/x\n,raw,xvda,w", "x" * 20_000])
def test_what_no_specification_needs(spec: str) -> None:
    with pytest.raises(ConfigError, match="absurdly long"):
        parse_disk(spec)


@pytest.mark.parametrize(
    ("disk", "spec"),
    [
        (Disk("/dev/vg0/web", "xvda"), "/dev/vg0/web,raw,xvda,w"),
        (Disk("/x.img", "xvda", prefix="file", access=Access.READ), "file:/x.img,xvda,r"),
        (Disk("", "hdc", format="empty", access=Access.READ, cdrom=True), ",hdc:cdrom,r"),
        (Disk("/a,b", "xvda"), "format=raw,vdev=xvda,access=w,target=/a,b"),
        (Disk("/a,", "xvda"), "format=raw,vdev=xvda,access=w,target=/a,,"),
        (Disk("nbd:x", "xvda"), "format=raw,vdev=xvda,access=w,target=nbd:x"),
        (Disk("cdrom", "xvda"), "format=raw,vdev=xvda,access=w,target=cdrom"),
        (Disk("/x", "xvda", script="s"), "/x,raw,xvda,w,script=s"),
    ],
)
def test_a_disk_is_written_short_where_that_is_clear(disk: Disk, spec: str) -> None:
    assert format_disk(disk) == spec
    assert parse_disk(spec) == disk


@pytest.mark.parametrize("disk", [Disk("/x", "a,b"), Disk("/x\n", "xvda"), Disk("/x", "xvda", script="a,b")])
def test_values_that_no_specification_can_hold(disk: Disk) -> None:
    with pytest.raises(ConfigError):
        format_disk(disk)


@pytest.mark.parametrize(
    ("words", "disk"),
    [
        (["file:/mnt/data/hdd", "/dev/xvdb", "w"], Disk("/mnt/data/hdd", "xvdb", prefix="file")),
        (["phy:/dev/vg0/x", "xvdb"], Disk("/dev/vg0/x", "xvdb", prefix="phy")),
        (["/mnt/data/hdd", "xvdb", "r"], Disk("/mnt/data/hdd", "xvdb", access=Access.READ)),
        (["phy:/x", "xvdb", "w", "storage"], Disk("/x", "xvdb", prefix="phy", backend="storage")),
        (["phy:/dev/vg0/x,xvdb,w"], Disk("/dev/vg0/x", "xvdb", prefix="phy")),
        (["format=raw", "vdev=xvdb", "access=rw", "target=/x"], Disk("/x", "xvdb")),
        (["/x", "raw", "xvdb"], Disk("/x", "xvdb")),
        (["/x", "raw,xvdb"], Disk("/x", "xvdb")),
        (["file:/x", "51728", "w"], Disk("/x", "51728", prefix="file")),
    ],
)
def test_block_attach_as_the_wiki_and_as_xl_write_it(words: list[str], disk: Disk) -> None:
    assert parse_disk_words(words) == disk


@pytest.mark.parametrize(
    "words",
    [[], ["file:/x", "nonsense", "w"], ["file:/x", "xvdb", "x"], ["file:/x"], ["file:/x", "xvdb", "w!"]],
)
def test_block_attach_arguments_xl_would_refuse(words: list[str]) -> None:
    with pytest.raises(ConfigError):
        parse_disk_words(words)


def test_block_attach_of_a_shared_disk() -> None:
    assert parse_disk_words(["file:/x", "xvdb", "w!"], allow_shared=True).access is Access.SHARED
