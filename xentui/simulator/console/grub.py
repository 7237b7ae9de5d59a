"""GRUB 2's menu inside a PVH guest: plain characters at 80x24, the countdown redrawn each second."""

from __future__ import annotations

from collections.abc import Callable

from xentui.simulator.bootmenu import BootMenu
from xentui.simulator.console.terminal import Terminal

_WIDTH = 76
_UP, _DOWN = ("\x1b[A", "\x1bOA"), ("\x1b[B", "\x1bOB")
_HELP = (
    "Use the ^ and v keys to select which entry is highlighted.",
    "Press enter to boot the selected OS, `e' to edit the commands",
    "before booting or `c' for a command-line.",
)


def choose(
    terminal: Terminal, menu: BootMenu, left: Callable[[], float | None], on_key: Callable[[], None]
) -> int | None:
    """Show the menu until an entry is chosen; returns its number, None where the countdown ran out.

    ``left`` and ``on_key`` as for :func:`xentui.simulator.console.pygrub.choose`.
    """
    submenu, chosen, counting, shown = "", 0, True, -1
    terminal.keys()
    _draw(terminal, menu, submenu, chosen)
    try:
        while True:
            seconds = left() if counting else None
            if counting and seconds is not None:
                if seconds <= 0:
                    return None
                if int(seconds) != shown:
                    shown = int(seconds)
                    text = f"The highlighted entry will be executed automatically in {shown}s."
                    terminal.write(f"\x1b[21;4H{text:<{_WIDTH}}\x1b[5;78H")
            key = terminal.key(0.2)
            if key is None:
                continue
            if counting:
                counting = False
                on_key()
                terminal.write(f"\x1b[21;4H{'':<{_WIDTH}}")
            rows = _rows(menu, submenu)
            if key in ("\r", "\n"):
                number = rows[chosen][1]
                if number is not None:
                    return number
                submenu, chosen = rows[chosen][0], 0
            elif key == "\x1b":
                submenu, chosen = "", 0
            else:
                chosen += -1 if key in _UP else 1 if key in _DOWN else 0
                chosen = max(0, min(len(rows) - 1, chosen))
            _draw(terminal, menu, submenu, chosen)
    finally:
        terminal.write("\x1b[H\x1b[J")
        terminal.lines()


def _rows(menu: BootMenu, submenu: str) -> list[tuple[str, int | None]]:
    """What one menu shows: titles, each with the number of its entry, None for a submenu."""
    rows: list[tuple[str, int | None]] = []
    for number, entry in enumerate(menu.entries):
        if entry.submenu == submenu:
            rows.append((entry.title, number))
        elif not submenu and (entry.submenu, None) not in rows:
            rows.append((entry.submenu, None))
    return rows


def _draw(terminal: Terminal, menu: BootMenu, submenu: str, chosen: int) -> None:
    parts = ["\x1b[m\x1b[H\x1b[J\x1b[2;29HGNU GRUB  version 2.06-13+deb12u1"]
    parts.append(f"\x1b[4;2H+{'-' * _WIDTH}+")
    parts += [f"\x1b[{row};2H|\x1b[{row};{_WIDTH + 3}H|" for row in range(5, 17)]
    parts.append(f"\x1b[17;2H+{'-' * _WIDTH}+")
    parts += [f"\x1b[{18 + number};7H{line}" for number, line in enumerate(_HELP)]
    for row, (title, _) in enumerate(_rows(menu, submenu)[:12]):
        mark = "\x1b[7m*" if row == chosen else " "
        parts.append(f"\x1b[{5 + row};3H{mark}{title[: _WIDTH - 2]:<{_WIDTH - 1}}\x1b[m")
    terminal.write("".join(parts) + f"\x1b[{5 + chosen};{_WIDTH + 2}H")
