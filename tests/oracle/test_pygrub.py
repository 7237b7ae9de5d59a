"""pygrub's own parsers against ours, where the host has them: `XENTUI_PYGRUB` names the folder with `grub/`."""

from __future__ import annotations

import importlib
import logging
import os
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.bootmenu.grub_scripts import Generator
from xentui.bootmenu.pygrub_parsers import UnreadError, parse

_FOLDERS = [os.environ.get("XENTUI_PYGRUB", ""), *map(str, Path("/usr/lib").glob("xen*/lib/python"))]
_SCRIPTS = 400


@pytest.fixture(scope="module")
def pygrub() -> dict[str, ModuleType]:
    """pygrub's modules."""
    folder = next((each for each in _FOLDERS if each and (Path(each) / "grub/GrubConf.py").exists()), "")
    if not folder:
        pytest.skip("needs pygrub (Debian: xen-utils-4.17)")
    logging.disable(logging.WARNING)
    sys.path.insert(0, folder)
    try:
        return {name: importlib.import_module(f"grub.{name}") for name in ("GrubConf", "ExtLinuxConf")}
    finally:
        sys.path.remove(folder)


def theirs(pygrub: dict[str, ModuleType], path: str, text: str) -> Any:
    """The entries and the default as pygrub has them; None where it raises."""
    kind = {
        "grub.cfg": ("GrubConf", "Grub2ConfigFile"),
        "menu.lst": ("GrubConf", "GrubConfigFile"),
        "extlinux.conf": ("ExtLinuxConf", "ExtLinuxConfigFile"),
    }[path.rpartition("/")[2]]
    config = getattr(pygrub[kind[0]], kind[1])()
    config.filename = path
    try:
        config.parse(text)
    except Exception:  # noqa: BLE001 - pygrub itself takes any
        return None
    entries = [
        (
            image.title,
            image.kernel[1] if image.kernel else None,
            image.initrd[1] if image.initrd else "",
            (image.args or "").split(),
        )
        for image in config.images
    ]
    return entries, config.default if config.default < len(entries) else 0


def ours(path: str, text: str) -> Any:
    try:
        entries, default = parse(path, text.encode())
    except UnreadError:
        return None
    return [(each.title, each.kernel, each.initrd, each.args.split()) for each in entries], default


_LINES = {
    "grub.cfg": (
        "set default=1", 'set default="2"', "set default=saved", 'set default="${saved_entry}"', "set timeout=5",
        "set default=-1", "menuentry 'A' --id a {", 'menuentry "B" {', "menuentry C {", "menuentry 'D'{", "}", "}", "}",
        "submenu 'S' {", "function f {", "if true; then", "fi", "linux /k a=b c", "linux ($root)/k", "linux /k",
        "linux (hd0,1)/k x", "initrd /i /j", "initrd /i", "set root='hd0,msdos1'", "set root=lvm/x", "linux16 /k 'x y'",
        "multiboot /xen", "# no", "", "  echo 'x'", "blscfg",
    ),
    "menu.lst": (
        "default 1", "default=2", "default saved", "timeout 5", "title A", "title  B b", "title", "root (hd0,0)",
        "root (hd0)", "root hd", "kernel /k a b=c", "kernel (hd0,0)/k a", "kernel (hd0,0/k", "initrd /i",
        "initrd (hd0,1)/i",
        "module /m", "rootnoverify (hd0,1)", "chainloader +1", "savedefault", "# c", "kernel --no-mem-option /k",
        "password --md5 x", "uuid 1", "quiet",
    ),
    "extlinux.conf": (
        "default a", "DEFAULT b", "timeout 50", "label a", "LABEL b", "label linux c", "kernel /k", "KERNEL k x=y",
        "append root=/dev/x initrd=/i quiet", "append a=b", 'append "x y"', "linux /k", "initrd /i", "menu label ^A",
        "menu default", "# c", "prompt 1", "ipappend 2",
        "kernel mboot.c32", "append /xen a --- /k b --- /i", "append /k --- /i", "append x ---  --- ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(_LINES))
def test_lines_in_any_order(pygrub: dict[str, ModuleType], name: str) -> None:
    chance = random.Random(name)  # noqa: S311 - the same each time
    path = f"/boot/grub/{name}"
    read = 0
    for _ in range(4000):
        text = "\n".join(chance.choices(_LINES[name], k=chance.randint(1, 14)))
        expected = theirs(pygrub, path, text)
        read += expected is not None
        assert ours(path, text) == expected, text
    assert read > 300


def test_scripts_that_make_menus(pygrub: dict[str, ModuleType]) -> None:
    for seed in range(_SCRIPTS):
        script = Generator(seed).script()
        assert ours("/boot/grub/grub.cfg", script) == theirs(pygrub, "/boot/grub/grub.cfg", script), script
