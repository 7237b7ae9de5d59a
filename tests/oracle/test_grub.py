"""Menus as GRUB itself makes them: Debian's grub-emu runs a grub.cfg and shows what it makes of it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path

import pexpect
import pytest

from tests.unit.bootmenu.grub_scripts import Generator
from xentui.bootmenu.files import MemoryFiles
from xentui.bootmenu.grub_menu import read_menu
from xentui.terminal import Emulator

PROGRAM = shutil.which("grub-emu")
PATIENCE = 60.0
_COLUMNS, _LINES = 240, 100
_SHOWN = 200
"""Characters of a title that are surely in sight."""
_COUNTDOWN = "will be executed automatically in"
"""Comes below a menu that is complete; grub-emu keeps the processor busy as long as it waits."""
_ROW = re.compile(r"┃(.*)┃")
SEEDS = range(40)

if not os.environ.get("XENTUI_ORACLE_NEEDED"):
    pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs grub-emu")


def shown(folder: Path) -> tuple[list[str], int]:
    """The titles grub-emu shows for the grub.cfg in a folder, and which is the default."""
    assert PROGRAM is not None, "needs grub-emu (apt-get install grub-emu)"
    emulator = Emulator(_COLUMNS, _LINES)
    child: pexpect.spawn[bytes] = pexpect.spawn(
        PROGRAM,
        ["-d", str(folder)],
        dimensions=(_LINES, _COLUMNS),
        env={"TERM": "xterm", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            with contextlib.suppress(pexpect.TIMEOUT):
                emulator.feed(child.read_nonblocking(1 << 16, 0.3))
            lines = emulator.text()
            if any(_COUNTDOWN in line for line in lines):
                rows = [match[1].rstrip() for line in lines if (match := _ROW.search(line))]
                rows = [row for row in rows if row]
                chosen = next(number for number, row in enumerate(rows) if row.startswith("*"))
                return [row[1:].strip()[:_SHOWN] for row in rows], chosen
    finally:
        child.close(force=True)
    raise AssertionError("grub-emu shows no menu")


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_scripts_make_the_menu_grub_makes(seed: int, tmp_path: Path) -> None:
    text = Generator(seed).script()
    (tmp_path / "grub.cfg").write_text(f"{text}\nset timeout=600\n", encoding="utf-8")
    titles, default = shown(tmp_path)
    menu = read_menu(MemoryFiles({"": {"/boot/grub/grub.cfg": text.encode()}}), "", "/boot/grub/grub.cfg")
    mine: dict[int, str] = {}
    for entry in menu.entries:
        mine.setdefault(entry.position[0], (*entry.submenu, entry.title)[0].strip())
    cut = slice(0, _SHOWN)
    assert ([mine[number][cut] for number in sorted(mine)], menu.entries[menu.default].position[0]) == (
        titles,
        default,
    )
