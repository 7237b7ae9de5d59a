"""The first disk and the bridge as one field each: what they say, and what is made of what is typed there."""

from __future__ import annotations

import pytest

from xentui.config import parse
from xentui.tui.editor import first_devices
from xentui.tui.editor.sections import FIRST_BRIDGE, FIRST_DISK


@pytest.mark.parametrize(
    ("written", "disk", "bridge"),
    [
        ("", "", ""),
        ("disk = []\nvif = []", "", ""),
        ('disk = ["file:/a.iso,hdc:cdrom,r", "phy:/dev/vg0/a,xvda,w"]', "/dev/vg0/a", ""),
        ('disk = ["phy:vg0/a,xvda,w"]', "phy:vg0/a", ""),
        ('disk = ["nonsense"]', "", ""),
        ('vif = ["mac=00:16:3e:00:00:01,bridge=br1", "bridge=br2"]', "", "br1"),
    ],
)
def test_what_is_shown(written: str, disk: str, bridge: str) -> None:
    document = parse(f"{written}\n")
    assert first_devices.shown(document, FIRST_DISK) == disk
    assert first_devices.shown(document, FIRST_BRIDGE) == bridge


@pytest.mark.parametrize(
    ("written", "text", "now"),
    [
        ("disk = []", "/srv/a.img", '["/srv/a.img,raw,xvda,w"]'),
        ("disk = []", "/srv/a.qcow2", '["/srv/a.qcow2,qcow2,xvda,w"]'),
        ("disk = []", "phy:vg0/a", '["phy:vg0/a,xvda,w"]'),
        ('disk = ["file:/a.img,sda1,r"]', "/dev/vg0/b", '["/dev/vg0/b,raw,sda1,r"]'),
        ('disk = ["/a.img,raw,xvda,w", "/b.img,raw,xvdb,w"]', "", '["/b.img,raw,xvdb,w"]'),
        ('disk = ["file:/c.iso,hdc:cdrom,r"]', "/a.img", '["file:/c.iso,hdc:cdrom,r", "/a.img,raw,hda,w"]'),
    ],
)
def test_a_disk(written: str, text: str, now: str) -> None:
    made = first_devices.changed(parse(f"{written}\n"), FIRST_DISK, text)
    assert made.text == f"disk = {now}\n"
    assert first_devices.changed(made, FIRST_DISK, first_devices.shown(made, FIRST_DISK)) is made


@pytest.mark.parametrize(
    ("written", "text", "now"),
    [
        ("vif = []", "br0", '["bridge=br0"]'),
        ('vif = ["mac=00:16:3e:00:00:01,bridge=br1"]', "br0", '["mac=00:16:3e:00:00:01,bridge=br0"]'),
        ('vif = ["bridge=br1", "bridge=br2"]', "", '["bridge=br2"]'),
    ],
)
def test_a_bridge(written: str, text: str, now: str) -> None:
    assert first_devices.changed(parse(f"{written}\n"), FIRST_BRIDGE, text).text == f"vif = {now}\n"


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        (FIRST_DISK, "", False),
        (FIRST_DISK, "/srv/a.img", False),
        (FIRST_DISK, "file:/srv/a.img", False),
        (FIRST_DISK, "phy:vg0/a", False),
        (FIRST_DISK, "srv/a.img", True),
        (FIRST_DISK, "file:a.img", True),
        (FIRST_DISK, "phy:", True),
        (FIRST_DISK, "/a\nb", True),
        (FIRST_BRIDGE, "br0", False),
        (FIRST_BRIDGE, "br0,ip=1", True),
        (FIRST_BRIDGE, "br 0", True),
    ],
)
def test_problems(name: str, text: str, wrong: bool) -> None:
    assert bool(first_devices.problem(name, text)) is wrong


def test_another_format_takes_the_place_of_the_prefix_that_said_raw() -> None:
    document = parse('disk = ["file:/a.img,xvda,w"]\n')
    assert first_devices.with_format(document, "qcow2").text == 'disk = ["/a.img,qcow2,xvda,w"]\n'
    assert first_devices.with_format(document, "raw") is document
