"""pygrub's menu as its curses draws it on the vt100 that libxl gives it (tools/pygrub/src/pygrub)."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from xentui.simulator.bootmenu import SimulatedMenu
from xentui.simulator.console.terminal import Terminal

_START = "\x1b(B\x1b)0\x1b[1;24r\x1b[m\x0f\x1b[?7h\x1b[?1h\x1b=\x1b[H\x1b[J"
_END = "\x1b[?1l\x1b>\x1b[24;1H\r\x1b[?1l\x1b>"
#: Curses writes this whenever a key is waited for.
_KEYPAD = "\x1b[?1h\x1b="
_SIDE = "\x1b[0m\x0ex\x0f"
_LINE = "\r\x1b[1B "
_UP, _DOWN = "\x1bOA", "\x1bOB"
_HELP = (
    "Use the ↑ and ↓ keys to select which entry is highlighted.",
    "Press enter to boot the selected OS, 'e' to edit the",
    "commands before booting, 'a' to modify the kernel arguments",
    "before booting, or 'c' for a command line.",
)
_EDIT_HELP = (
    "Press 'b' to boot, 'e' to edit the selected command in the",
    "boot sequence, 'c' for a command-line, 'o' to open a new line",
    "after ('O' for before) the selected line, 'd' to remove the",
    "selected line, or escape to go back to the main menu.",
)
_ROWS, _WIDTH = 8, 70


def choose(
    terminal: Terminal, menu: SimulatedMenu, left: Callable[[], float | None], on_key: Callable[[], None]
) -> int | None:
    """Show the menu until an entry is chosen; returns its number, None where the countdown ran out.

    ``left`` tells the seconds still to wait (None: for ever), ``on_key`` is called at the first key, which stops
    the countdown for good.  Only the application-mode arrows move the bar: other sequences count as any key.
    """
    chosen, shown = menu.default, -1
    terminal.keys()
    kind, path = ("Grub2", "grub.cfg") if menu.grub2 else ("Grub", "menu.lst")
    terminal.write(f"Using <class 'grub.GrubConf.{kind}ConfigFile'> to parse /boot/grub/{path}\n")
    terminal.write(_START + _KEYPAD + _frame([entry.title for entry in menu.entries], chosen))
    try:
        while (key := terminal.key(0.2)) is None:
            seconds = left()
            if seconds is None:
                continue
            if seconds <= 0:
                return None
            whole = max(1, int(seconds + 0.999))
            if whole != shown:
                terminal.write(_countdown(whole, first=shown < 0))
                shown = whole
        on_key()
        terminal.write(f"{_KEYPAD}\r\x1b[J" if shown >= 0 else "")
        while key not in ("\r", "\n"):
            if key == "e" and _edit(terminal, menu, chosen):
                break
            chosen = max(0, min(len(menu.entries) - 1, chosen + {_UP: -1, _DOWN: 1}.get(key or "", 0)))
            _entries(terminal, menu, chosen)
            key = terminal.key(None)
        return chosen
    finally:
        terminal.write(_END)
        terminal.lines()


def _frame(titles: list[str], chosen: int) -> str:
    """Return the whole screen, byte for byte as curses paints it on an empty one."""
    first = max(0, chosen - _ROWS + 1)
    parts = [f"\x1b[1B    pyGRUB  version 0.7{_LINE}\x1b[0m\x0el{'q' * 72}k\x0f"]
    for row in range(first, first + _ROWS):
        title = titles[row][:_WIDTH] if row < len(titles) else ""
        if row == chosen:
            inside = f" \x1b[0;7m\x0f{title:<{_WIDTH}}\x1b[m\x0f "
        elif title:
            inside = f" {title}\x1b[{_WIDTH + 1 - len(title)}C"
        else:
            inside = f"\x1b[{_WIDTH + 2}C"
        parts.append(f"{_LINE}{_SIDE}{inside}{_SIDE}")
    parts.append(f"{_LINE}\x1b[0m\x0em{'q' * 72}j\x0f\x1b[1B\x1b[70D\x1b[0m\x0e\x0f{_HELP[0]}")
    for above, line in itertools.pairwise(_HELP):
        parts.append(f"\x1b[1B\x1b[{len(above)}D{line}")
    return "".join(parts)


def _countdown(seconds: int, *, first: bool) -> str:
    """Back to the bar, down to the countdown: curses' own way there."""
    text = f"\x1b[16B\x1b[68DWill boot selected entry in {seconds:2d} seconds"
    return f"\x1b[11A\x1b[26C{text}" if first else f"{_KEYPAD}\r\x1b[J\x1b[16A\x1b[73C{text}"


def _entries(terminal: Terminal, menu: SimulatedMenu, chosen: int) -> None:
    first = max(0, chosen - _ROWS + 1)
    for row, entry in enumerate(menu.entries[first : first + _ROWS]):
        text = f"{entry.title[:_WIDTH]:<{_WIDTH}}"
        marked = f"\x1b[0;7m\x0f{text}\x1b[m\x0f" if first + row == chosen else text
        terminal.write(f"\x1b[{4 + row};4H{marked}")
    terminal.write(_KEYPAD)


def _edit(terminal: Terminal, menu: SimulatedMenu, chosen: int) -> bool:
    """Return the commands of an entry; whether it is to be booted from there."""
    entry = menu.entries[chosen]
    lines = ("root (hd0)", f"kernel /boot/vmlinuz {entry.arguments}", "initrd /boot/initrd")
    _help(terminal, _EDIT_HELP)
    for row in range(_ROWS):
        line = lines[row] if row < len(lines) else ""
        shown = line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}>"
        terminal.write(f"\x1b[{4 + row};4H{shown:<{_WIDTH}}")
    while (key := terminal.key(None)) not in ("\x1b", "q"):
        if key == "b":
            return True
    for row in range(_ROWS):
        terminal.write(f"\x1b[{4 + row};4H{'':<{_WIDTH}}")
    _help(terminal, _HELP)
    return False


def _help(terminal: Terminal, lines: tuple[str, ...]) -> None:
    for row, line in enumerate(lines):
        terminal.write(f"\x1b[{13 + row};6H{line:<{_WIDTH - 5}}")
