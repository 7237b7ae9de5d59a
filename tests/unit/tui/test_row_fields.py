"""Disks, interfaces and frame buffers as fields of a dialog, and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from xentui.config import parse, parse_disk, parse_vif, shared_vdevs
from xentui.errors import ConfigError
from xentui.tui.editor import devices
from xentui.tui.editor.devices import appended, moved

EMPTY = parse("")
DISKS = [
    "phy:/dev/vg/web,xvda,w",
    "file:/srv/x.img,hda,w",
    "/srv/x.img,raw,xvda,rw",
    "/srv/x.qcow2,qcow2,xvdb,r",
    "/srv/cd.iso,,hdc,cdrom",
    ",,hdc,cdrom,r",
    "format=raw, vdev=xvda, access=rw, target=/dev/sda",
    "vdev=xvda,format=raw,discard,script=block-x,target=a b",
]
VIFS = [
    "",
    "bridge=br0",
    "mac=00:16:3e:00:00:01,bridge=br0,script=vif-x,rate=1Mb/s",
    "ip=10.0.0.1 10.0.0.2,model=e1000",
]
VFBS = [
    "vnc=1",
    "type=vnc,vnclisten=0.0.0.0",
    "sdl=1, vnc=0,display=:0,xauthority=/x",
    "vncdisplay=3,vncpasswd=geheim",
]


def answers(rows: str, spec: str, **changes: str) -> dict[str, str]:
    made = {field.name: field.value for field in devices.fields(rows, spec, EMPTY)}
    assert changes.keys() <= made.keys()
    return made | changes


@pytest.mark.parametrize(("rows", "specs"), [("disk", DISKS), ("vif", VIFS), ("vfb", VFBS)])
def test_a_row_with_nothing_changed_stays_as_it_is_written(rows: str, specs: list[str]) -> None:
    for spec in filter(None, specs):
        assert devices.spec_of(rows, answers(rows, spec), spec) == spec


@pytest.mark.parametrize(
    ("spec", "changes", "made"),
    [
        ("", {"target": "phy:/dev/vg/x"}, "phy:/dev/vg/x,xvda,w"),
        ("", {"target": "file:/x.img", "access": "r"}, "file:/x.img,xvda,r"),
        ("", {"target": "/x.img", "vdev": "/dev/xvdf"}, "/x.img,raw,xvdf,w"),
        ("", {"target": "/x.img", "access": "w!"}, "/x.img,raw,xvda,w"),
        ("phy:/dev/vg/web,xvda,w!", {"target": "/dev/vg/other"}, "/dev/vg/other,raw,xvda,w"),
        ("phy:/dev/vg/web,xvda,w", {"format": "qcow2", "target": "/x"}, "/x,qcow2,xvda,w"),
    ],
)
def test_disks_are_made_of_fields(spec: str, changes: dict[str, str], made: str) -> None:
    assert parse_disk(devices.spec_of("disk", answers("disk", spec, **changes), spec)) == parse_disk(made)


def test_what_a_disk_has_no_field_for_is_kept() -> None:
    made = devices.spec_of("disk", answers("disk", DISKS[-1], vdev="xvdz"), DISKS[-1])
    assert parse_disk(made).script == "block-x"
    assert parse_disk(made).extra == parse_disk(DISKS[-1]).extra


def test_what_xl_would_refuse_is_refused() -> None:
    for changes in ({"target": ""}, {"target": "a\nb"}, {"target": "/x", "vdev": "a,b"}):
        with pytest.raises(ConfigError):
            devices.spec_of("disk", answers("disk", "", **changes), "")


@pytest.mark.parametrize(
    ("disks", "free"),
    [
        ("", "xvda"),
        ("'a,raw,xvda,w'", "xvdb"),
        ("'a,raw,xvda1,w', 'a,raw,xvdc,w'", "xvdb"),
        ("'a,raw,hda,w'", "hdb"),
        ("'a,raw,sda,w', 'nonsense'", "sdb"),
        (", ".join(f"'a,raw,xvd{letter},w'" for letter in "abcdefghijklmnopqrstuvwxyz"), ""),
    ],
)
def test_the_next_free_device_is_offered(disks: str, free: str) -> None:
    assert devices.next_vdev(parse(f"disk = [{disks}]\n")) == free


def test_interfaces_are_made_of_fields() -> None:
    spec = VIFS[2]
    made = parse_vif(devices.spec_of("vif", answers("vif", spec, bridge="br1"), spec))
    assert (made.bridge, made.script, made.rate) == ("br1", "vif-x", "1Mb/s")
    assert devices.spec_of("vif", answers("vif", ""), "") == ""
    two = parse_vif(
        devices.spec_of("vif", answers("vif", "", ip="10.0.0.1 10.0.0.2", more="type=ioemu, rate=1Mb/s"), "")
    )
    assert (two.ip, two.type, two.rate) == ("10.0.0.1 10.0.0.2", "ioemu", "1Mb/s")


def test_frame_buffers_are_made_of_fields() -> None:
    assert devices.spec_of("vfb", answers("vfb", ""), "") == "vnc=1,vnclisten=127.0.0.1"
    assert (
        devices.spec_of("vfb", answers("vfb", VFBS[1], vnc=""), VFBS[1]) == "type=vnc,vnclisten=0.0.0.0,vnc=0"
    )
    spec = VFBS[2]
    assert devices.spec_of("vfb", answers("vfb", spec, keymap="de"), spec) == (
        "sdl=1,vnc=0,display=:0,xauthority=/x,keymap=de"
    )
    with pytest.raises(ConfigError):
        devices.spec_of("vfb", answers("vfb", "", vncpasswd="a,b"), "")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(DISKS[:4]), st.sampled_from(["r", "w"]), st.sampled_from(["xvdq", "hdd"]))
def test_a_changed_disk_reads_as_what_was_asked(spec: str, access: str, vdev: str) -> None:
    before = parse_disk(spec)
    made = parse_disk(devices.spec_of("disk", answers("disk", spec, access=access, vdev=vdev), spec))
    assert (made.vdev, made.access.value, made.target, made.format) == (
        vdev,
        access,
        before.target,
        before.format,
    )


def test_rows_are_named_and_what_cannot_be_read_is_shown() -> None:
    assert devices.describe("disk", "phy:/dev/vg/web,xvda,w") == ("xvda", "phy:/dev/vg/web w")
    assert devices.describe("vif", "mac=00:16:3E:00:00:01,bridge=br0") == ("00:16:3e:00:00:01", "bridge=br0")
    assert devices.describe("vif", "") == ("(new mac)", "default")
    name, about = devices.describe("disk", "a,b,c,d,e,f")
    assert name == "?"
    assert about.startswith("a,b,c,d,e,f  (")


def test_rows_are_added_and_moved_item_by_item() -> None:
    document = parse("disk = [ 'a,raw,xvda,w', # one\n  'b,raw,xvdb,w',\n]\n")
    assert moved(document, "disk", 0, 1).text == "disk = [ 'b,raw,xvdb,w',\n  'a,raw,xvda,w', # one\n]\n"
    assert moved(document, "disk", 1, 2) is document
    assert "# one" in appended(document, "disk", "c,raw,xvdc,w").text
    assert appended(parse("disk = 'x'\n"), "disk", "c").strings("disk") == ("c",)
    assert appended(parse("vif = []\n"), "vif", "").strings("vif") == ("",)


@pytest.mark.parametrize(
    ("before", "access", "after"),
    [("", "w!", {"xvda"}), ("# xentui: shared disks: xvda, xvdb\n", "w", {"xvdb"})],
)
def test_a_disk_others_write_to_is_noted(before: str, access: str, after: set[str]) -> None:
    spec = "phy:/dev/vg/a,xvda,w"
    document = parse(f"disk = ['{spec}', 'phy:/dev/vg/b,xvdb,w']\n{before}")
    shown = {field.name: field.value for field in devices.fields("disk", spec, document)}
    assert shown["access"] == ("w!" if before else "w")
    answer = {**shown, "access": access}
    assert devices.spec_of("disk", answer, spec) == spec
    assert shared_vdevs(devices.noted("disk", answer, spec, document)) == after


def test_the_note_goes_with_its_disk() -> None:
    document = parse("disk = ['phy:/dev/vg/a,xvda,w']\n# xentui: shared disks: xvda\nmemory = 64\n")
    assert devices.without(document, "disk", 0).text == "disk = []\nmemory = 64\n"
