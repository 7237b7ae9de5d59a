"""Disk numbers of xen-vbd-interface(7)."""

from __future__ import annotations

import pytest

from xentui.config import vdev_name, vdev_number
from xentui.errors import ConfigError


@pytest.mark.parametrize(
    ("vdev", "number"),
    [
        ("xvda", 51712),
        ("xvda1", 51713),
        ("xvdb", 51728),
        ("xvdp15", 51967),
        ("xvdq", (1 << 28) | (16 << 8)),
        ("xvda16", (1 << 28) | 16),
        ("xvdaa", (1 << 28) | (26 << 8)),
        ("hda", 768),
        ("hda1", 769),
        ("hdb", 832),
        ("hdc", 5632),
        ("sda", 2048),
        ("sdb1", 2065),
        ("d0", 51712),
        ("d0p1", 51713),
        ("d16p2", (1 << 28) | (16 << 8) | 2),
        ("51712", 51712),
        ("0xca00", 51712),
    ],
)
def test_number_of_a_name(vdev: str, number: int) -> None:
    assert vdev_number(vdev) == number


@pytest.mark.parametrize(
    "vdev",
    [
        "",
        "/dev/xvdb",
        "xvd",
        "xvda01",
        "xvda256",
        "hde",
        "hda64",
        "sdq",
        "sda16",
        "-1",
        "disk1",
        "XVDA",
        "xvda1p1",
    ],
)
def test_names_xl_refuses(vdev: str) -> None:
    with pytest.raises(ConfigError) as caught:
        vdev_number(vdev)
    assert caught.value.details == (f"Invalid or unsupported virtual disk identifier {vdev}",)
    assert caught.value.hint


@pytest.mark.parametrize(
    "name", ["xvda", "xvda1", "xvdz", "xvdaa3", "hda", "hdb2", "hdc", "hdd", "sda", "sdp15"]
)
def test_name_of_a_number(name: str) -> None:
    assert vdev_name(vdev_number(name)) == name


def test_a_number_that_is_no_disk() -> None:
    with pytest.raises(ConfigError):
        vdev_name(7)
