"""GRUB 2's menu inside a PVH guest: plain characters at 80x24, the countdown redrawn each second."""

from __future__ import annotations

from collections.abc import Callable

from xentui.simulator.bootmenu import SimulatedMenu
from xentui.simulator.console.terminal import Terminal

_WIDTH = 76
_UP, _DOWN = ("\x1b[A", "\x1bOA"), ("\x1b[B", "\x1bOB")
_HELP = (
    "Use the ^ and v keys to select which entry is highlighted.",
    "Press enter to boot the selected OS, `e' to edit the commands",
    "before booting or `c' for a command-line. ESC to return",
    "previous menu.",
)
_PLAIN, _BAR = "\x1b[37m\x1b[40m", "\x1b[30m\x1b[47m"


def choose(
    terminal: Terminal, menu: SimulatedMenu, left: Callable[[], float | None], on_key: Callable[[], None]
) -> int | None:
    """Show the menu until an entry is chosen; returns its number, None where the countdown ran out.

    ``left`` and ``on_key`` as for :func:`xentui.simulator.console.pygrub.choose`.
    """
    terminal.keys()
    terminal.write(f"{_BAR}Welcome to GRUB!\n\r\n\r{_PLAIN}")
    _draw(terminal, menu, "", 0)
    shown = -1
    try:
        while (key := terminal.key(0.2)) is None:
            seconds = left()
            if seconds is None:
                continue
            if seconds <= 0:
                return None
            if int(seconds + 0.999) != shown:
                shown = int(seconds + 0.999)
                text = f"   The highlighted entry will be executed automatically in {shown}s."
                terminal.write(f"\x1b[22;1H{text:<79}\x1b[5;78H")
        on_key()
        terminal.write(f"\x1b[22;1H{'':<79}\x1b[23;1H{'':<79}\x1b[5;78H")
        return _pick(terminal, menu, key)
    finally:
        terminal.write("\x1b[?25h\x1b[H\x1b[J\x1b[1;1H")
        terminal.lines()


def _pick(terminal: Terminal, menu: SimulatedMenu, key: str | None) -> int:
    """Move through the menus until an entry is chosen; ``key`` is the first one typed."""
    submenu, chosen = "", 0
    while True:
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
        key = terminal.key(None)


def _rows(menu: SimulatedMenu, submenu: str) -> list[tuple[str, int | None]]:
    """Return what one menu shows: titles, each with the number of its entry, None for a submenu."""
    rows: list[tuple[str, int | None]] = []
    for number, entry in enumerate(menu.entries):
        if entry.submenu == submenu:
            rows.append((entry.title, number))
        elif not submenu and (entry.submenu, None) not in rows:
            rows.append((entry.submenu, None))
    return rows


def _draw(terminal: Terminal, menu: SimulatedMenu, submenu: str, chosen: int) -> None:
    parts = [
        f"\x1b[?25l{_PLAIN}\x1b[H\x1b[J\x1b[1;1H\x1b[2;24HGNU GRUB  version 2.06-13+deb12u2\n\r\n\r{_PLAIN}"
    ]
    parts.append(f"\x1b[4;2H+{'-' * _WIDTH}+")
    parts += [f"\x1b[{row};2H|\x1b[{row};{_WIDTH + 3}H|" for row in range(5, 16)]
    parts.append(f"\x1b[16;2H+{'-' * _WIDTH}+{_PLAIN}\x1b[17;2H\x1b[18;2H{_PLAIN}")
    parts.append(
        "\n\r".join(f"{'':>{5 if number == 0 else 6}}{line:<68}" for number, line in enumerate(_HELP))
    )
    rows = [title for title, _ in _rows(menu, submenu)][:11]
    for row in range(11):
        title = rows[row] if row < len(rows) else ""
        mark, colour = ("*", _BAR) if row == chosen else (" ", _PLAIN)
        text = f"{mark}{title[: _WIDTH - 2]:<{_WIDTH - 1}}"
        parts.append(f"{colour}\x1b[{5 + row};3H{text}{_PLAIN}\x1b[{5 + row};78H")
    terminal.write("".join(parts) + f"\x1b[{5 + chosen};78H")
