"""The table of parameters."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

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
        assert key.kind == "number" or key.least is key.most is None
        assert not key.default.isdecimal() or key.holds(int(key.default))


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


def test_no_module_hides_a_name_of_the_package() -> None:
    names = set(xentui.config.__all__)
    assert names.isdisjoint(module.name for module in pkgutil.iter_modules(xentui.config.__path__))
    assert all(getattr(xentui.config, name) is not None for name in names)


def test_reading_a_name_loads_neither_checks_nor_translation() -> None:
    code = (
        "import sys; from xentui.config import identity, parse; identity(parse('name=1'));"
        " print(*(m for m in sys.modules if m.startswith('xentui.config.l')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
