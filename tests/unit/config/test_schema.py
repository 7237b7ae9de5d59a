"""The table of parameters."""

from __future__ import annotations

import pytest

import xentui.config
from xentui.config import SCHEMA

KINDS = {"string", "number", "boolean", "list", "string or list", "boolean or list"}


def test_every_key_is_described() -> None:
    assert len(SCHEMA) > 180
    for name, key in SCHEMA.items():
        assert key.name == name
        assert key.kind in KINDS
        assert key.doc.endswith(".")
        assert key.term
        assert key.toolstack in {"xl", "xm", "both"}


@pytest.mark.parametrize(
    "name", ["name", "memory", "disk", "vif", "bootloader", "on_crash", "pci", "vnc", "cpus"]
)
def test_what_both_tools_read(name: str) -> None:
    assert SCHEMA[name].toolstack == "both"


def test_what_to_write_in_place_of_xm_keys() -> None:
    assert SCHEMA["bootargs"].instead == 'bootloader_args = ["…"]'


def test_the_package_has_no_other_lazy_names() -> None:
    with pytest.raises(AttributeError):
        _ = xentui.config.NOTHING
