"""The size of a guest's terminal: told to a guest whose shell waits for a command."""

from __future__ import annotations

from xentui.console.prompt import at_shell_prompt
from xentui.console.shown_console import ShownConsole
from xentui.tui.consoles.view import ConsoleView


def against_fit(console: ShownConsole) -> str:
    """Return why a guest cannot be told the size of its terminal; "" where it can."""
    if console.ended:
        return "the console has ended"
    if console.watching:
        return "it is watched only"
    if console.session.read_only:
        return "this session is read-only"
    if not at_shell_prompt(console.session.emulator):
        return "no shell prompt is recognised (log in, end the program, or clear the line: Ctrl-U)"
    return ""


def can_fit(view: ConsoleView) -> bool:
    """Return whether a shell waits in a guest that uses less than ``view`` has room for."""
    emulator, size = view.emulator, view.size
    if emulator is None or view.console is None or view.console.session.read_only:
        return False
    small = size.width > emulator.columns or size.height > emulator.lines + 1
    return small and at_shell_prompt(emulator)


def fit(console: ShownConsole, columns: int, lines: int) -> None:
    """Give console and guest a size, by a command typed at the guest's shell."""
    console.session.resize(columns, lines)
    console.session.write(f" stty rows {lines} cols {columns}\r".encode())
