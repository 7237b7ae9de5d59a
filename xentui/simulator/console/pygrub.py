"""pygrub's menu, drawn as its curses draws it on the vt100 that libxl gives it (tools/pygrub/src/pygrub)."""

from __future__ import annotations

from collections.abc import Callable

from xentui.simulator.bootmenu import BootMenu
from xentui.simulator.console.terminal import Terminal

_START = "\x1b(B\x1b)0\x1b[1;24r\x1b[m\x0f\x1b[?7h\x1b[?1h\x1b=\x1b[H\x1b[J"
_END = "\x1b[24;1H\x1b[J\r\x1b[?1l\x1b>"
_UP, _DOWN = "\x1bOA", "\x1bOB"
_HELP = (
    "Press enter to boot the selected OS, 'e' to edit the",
    "commands before booting, 'a' to modify the kernel arguments ",
    "before booting, or 'c' for a command line.",
)


def choose(
    terminal: Terminal, menu: BootMenu, left: Callable[[], float | None], on_key: Callable[[], None]
) -> int | None:
    """Show the menu until an entry is chosen; returns its number, None where the countdown ran out.

    ``left`` tells the seconds still to wait (None: for ever), ``on_key`` is called at the first key, which
    stops
    the countdown for good.  Only the application-mode arrows move the bar: other sequences count as any key.
    """
    chosen, counting, shown = menu.default, True, -1
    terminal.keys()
    terminal.write(_frame())
    _entries(terminal, menu, chosen)
    try:
        while True:
            seconds = left() if counting else None
            if counting and seconds is not None:
                if seconds <= 0:
                    return None
                if int(seconds) != shown:
                    shown = int(seconds)
                    terminal.write(f"\x1b[21;6HWill boot selected entry in {shown:2d} seconds")
            key = terminal.key(0.2)
            if key is None:
                continue
            if counting:
                counting = False
                on_key()
                terminal.write("\x1b[21;6H\x1b[K")
            if key in ("\r", "\n"):
                return chosen
            if key == "e" and _edit(terminal, menu, chosen):
                return chosen
            if key == "e":
                terminal.write(_frame())
            chosen = max(0, min(len(menu.entries) - 1, chosen + {_UP: -1, _DOWN: 1}.get(key, 0)))
            _entries(terminal, menu, chosen)
    finally:
        terminal.write(_END)
        terminal.lines()


def _frame() -> str:
    box = [f"\x1b[3;2H\x0el{'q' * 72}k"]
    box += [f"\x1b[{row};2Hx\x1b[{row};75Hx" for row in range(4, 12)]
    box += [f"\x1b[12;2Hm{'q' * 72}j\x0f"]
    keys = "\x1b[13;6HUse the \x0e-\x0f and \x0e.\x0f keys to select which entry is highlighted."
    rows = "".join(f"\x1b[{14 + number};6H{line}" for number, line in enumerate(_HELP))
    return f"{_START}\x1b[2;5HpyGRUB  version 0.7" + "".join(box) + keys + rows


def _entries(terminal: Terminal, menu: BootMenu, chosen: int) -> None:
    first = max(0, chosen - 7)
    for row, entry in enumerate(menu.entries[first : first + 8]):
        text = f"{entry.title[:70]:<70}"
        marked = f"\x1b[7m{text}\x1b[m\x0f" if first + row == chosen else text
        terminal.write(f"\x1b[{4 + row};4H{marked}")


def _edit(terminal: Terminal, menu: BootMenu, chosen: int) -> bool:
    """The commands of an entry; whether it is to be booted from there."""
    entry = menu.entries[chosen]
    lines = ("root (hd0)", f"kernel /boot/vmlinuz {entry.arguments}", "initrd /boot/initrd")
    terminal.write(_frame().replace(_HELP[0], "Press 'b' to boot, or escape to go back to the main menu."))
    for row, line in enumerate(lines):
        terminal.write(f"\x1b[{4 + row};4H{line[:70]:<70}")
    while (key := terminal.key(None)) not in ("\x1b", "q"):
        if key == "b":
            return True
    return False
