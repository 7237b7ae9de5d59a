"""The head of a saved domain, as Xen 4.17.7 wrote it and as damage leaves it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, strategies as st

from xentui.agent.memory.save_head import MAGIC
from xentui.model.libxl import from_libxl
from xentui.simulator import checkpoint
from xentui.toolstack.xl.save_file import saved_config

CONFIG = b"""{
    "c_info": {
        "type": "pv",
        "name": "hdr",
        "uuid": "679986e1-b70a-48a6-b6e0-1b3908c72725"
    },
    "disks": [
        {
            "pdev_path": "/dev/mapper/xta",
            "vdev": "xvda",
            "format": "raw",
            "readwrite": 1
        }
    ]
}
\0"""


def head(config: bytes, *, order: str = "<", mandatory: int = 3, size: int | None = None) -> bytes:
    """What xl wrote: 4.17.7 said `new xl format (info 0x3/0x0/962)` of a configuration of 958 bytes."""
    fixed = struct.pack(f"{order}5I", 0x01020304, mandatory, 0, len(config) + 4, size or len(config))
    return MAGIC + fixed + config


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_configuration_of_a_saved_domain(order: str) -> None:
    found = saved_config(head(CONFIG, order=order) + b"LibxlFmt\0\0\0\2" + bytes(4096))
    assert found is not None
    config = from_libxl(found)
    assert (config.name, config.uuid) == ("hdr", "679986e1-b70a-48a6-b6e0-1b3908c72725")
    assert [disk.target for disk in config.disks] == ["/dev/mapper/xta"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MAGIC,
        head(CONFIG)[:60],
        head(CONFIG, mandatory=2),
        head(CONFIG, size=1 << 31),
        head(b"[]\0"),
        head(b"{" * 10_000),
        head(b"\xff\0"),
        head(CONFIG).replace(b"Xen saved", b"Not saved"),
    ],
)
def test_what_has_none(data: bytes) -> None:
    assert saved_config(data) is None


@given(st.binary(max_size=200))
def test_any_bytes_behind_the_magic_are_survived(tail: bytes) -> None:
    saved_config(MAGIC + tail)
    saved_config(MAGIC + b"\x04\x03\x02\x01" + tail)
    checkpoint.unpack(MAGIC + tail)


def test_the_simulator_writes_it_too() -> None:
    assert saved_config(checkpoint.pack({"c_info": {"name": "a"}}, {})) == {"c_info": {"name": "a"}}


def test_a_key_that_stands_twice_is_read_as_nothing() -> None:
    """libxl takes the first one, and would restore another domain than was looked at."""
    assert saved_config(head(b'{"c_info": {"name": "a"}, "c_info": {"name": "b"}}\0')) is None
