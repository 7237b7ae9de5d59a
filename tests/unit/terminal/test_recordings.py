"""Streams recorded from a real Xen look as they do in tmux, row for row."""

from __future__ import annotations

import pytest

from tests.recordings import twins
from xentui.terminal import Emulator

NAMES = sorted(path.stem for path in twins.CONSOLE.glob("*.txt"))


def test_there_are_boot_menus_and_full_screen_programs_among_them() -> None:
    assert {"grub2-submenu", "pygrub-keys", "shell", "top", "vi"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_screen_on_the_way_is_that_of_tmux(name: str) -> None:
    data = (twins.CONSOLE / f"{name}.bin").read_bytes()
    emulator = Emulator(twins.COLUMNS, twins.LINES)
    sent = 0
    for place, rows in twins.screens(name):
        emulator.feed(data[sent:place])
        sent = place
        assert emulator.text() == rows, f"{name} after {place} bytes"
    assert sent == len(data)
