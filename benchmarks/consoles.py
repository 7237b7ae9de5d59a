"""Consoles in the screen, on a real pseudo-terminal: bytes of a redraw, echo, a flood, memory of ten.

Run as ``python -m benchmarks.consoles``; exits 1 where a limit is passed.  The guests are Python processes on
pseudo-terminals in place of ``xl console``, the rest is the real screen on a simulated host of forty domains.
CPU time is that of the screen, without guests and without this process.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import tty
from collections.abc import Sequence
from pathlib import Path

from benchmarks.emulator import kernel_log
from benchmarks.held import LoopWatch, watched_feed, windows
from benchmarks.screen import Figure, marked, usable
from benchmarks.terminal import Terminal, environment

FLOOD = 10_000_000
REDRAWS, TYPED, FLOODS = 20, 60, 4
LEAVE, DOWN, UP = b"\x1d", b"\x1b[B", b"\x1b[A"
WINDOW = 0.5
SETTLING = 2.0
"""Seconds from asking for a flood until it comes: the change to the list is no part of it."""
GREETING, END = "guest ready", "the end of flood"


def grub(chosen: int, seconds: int) -> bytes:
    """GRUB 2's menu, drawn whole as GRUB does on a serial terminal."""
    width = 76
    parts = ["\x1b[H\x1b[J\x1b[1;1H\r\n", f"{'GNU GRUB  version 2.06':^80}\r\n\r\n"]
    parts.append(" \x1b[0;37;40m┌" + "─" * width + "┐\r\n")
    for entry in range(12):
        text = f" Debian GNU/Linux, with Linux 6.1.0-{20 + entry}-amd64"[:width]
        look = "\x1b[0;30;47m*" if entry == chosen else "\x1b[0;37;40m "
        parts.append(f" \x1b[0;37;40m│{look}{text:<{width - 1}}\x1b[0;37;40m│\r\n")
    parts.append(" └" + "─" * width + "┘\x1b[m\r\n\r\n")
    parts.append("      Use the ▲ and ▼ keys to select which entry is highlighted.\r\n")
    parts.append("      Press enter to boot the selected OS, `e' to edit the commands\r\n")
    parts.append(f"   The highlighted entry will be executed automatically in {seconds:2}s.\x1b[5;3H")
    return "".join(parts).encode()


def guest() -> None:
    """A guest: ``g`` draws the menu, ``f`` floods, ``b`` prints as a boot does, any other key is echoed."""
    tty.setraw(0)
    log = kernel_log()
    seconds, floods = 99, 0
    put(f"{GREETING}\r\n".encode())
    while key := os.read(0, 1):
        if key == b"g":
            seconds -= 1
            put(grub(3, seconds))
        elif key == b"f":
            time.sleep(SETTLING)
            left = FLOOD
            while left > 0:
                put(log[: min(left, len(log))])
                left -= len(log)
            put(f"\r\n{END} {floods}\r\n".encode())
            floods += 1
        elif key == b"b":
            put(b"\r\n".join(log.split(b"\r\n")[:5000]) + f"\r\n{GREETING}\r\n".encode())
        elif key == LEAVE:
            return
        else:
            put(key)


def put(data: bytes) -> None:
    """Write all of it."""
    while data:
        data = data[os.write(1, data[:65536]) :]


def screen(folder: str, control: int) -> None:
    """Run the screen, its loop watched, with guests of our own behind its consoles."""
    watch = LoopWatch(WINDOW)
    from xentui import tui  # after the loop is patched
    from xentui.hosts.choose import HostChoice
    from xentui.hosts.sim import SimHost
    from xentui.settings import Settings
    from xentui.simulator import Simulator

    Simulator(Path(folder) / "sim", domains=40).close()

    class GuestHost(SimHost):
        def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
            del argv, survive_hangup
            return [sys.executable, "-m", "benchmarks.consoles", "guest"]

    watched_feed(watch, control)
    tui.run(HostChoice(GuestHost(Path(folder) / "sim")), Settings())


class Screen(Terminal):
    """The screen in a process of its own."""

    def __init__(self, folder: Path, columns: int, lines: int) -> None:
        self._said, write = os.pipe()
        os.set_blocking(self._said, False)
        argv = [sys.executable, "-m", "benchmarks.consoles", "screen", str(folder), str(write)]
        super().__init__(argv, environment(folder), columns=columns, lines=lines, pass_fds=[write])
        os.close(write)
        self.until(lambda: usable(self))
        self.send(b"/vm\r")
        self.until(lambda: (marked(self) or "").startswith("vm"))
        self.rest(0.5)

    def open_console(self) -> None:
        """Open the console of the domain under the cursor."""
        self.send(b"c")
        self.until(lambda: self.shows(GREETING))
        self.rest(0.5)

    def held(self) -> str:
        """What the loop has said since last asked."""
        try:
            return os.read(self._said, 1 << 20).decode()
        except BlockingIOError:
            return ""


def redraw_and_echo(folder: Path) -> list[Figure]:
    terminal = Screen(folder, 80, 24)
    terminal.open_console()
    terminal.send(b"g")
    terminal.until(lambda: terminal.shows("98s"))
    terminal.rest(0.5)
    sent = []
    for number in range(REDRAWS):
        before, wanted = terminal.bytes, f"{97 - number}s"
        terminal.send(b"g")
        terminal.until(lambda wanted=wanted: terminal.shows(wanted))  # type: ignore[misc]
        terminal.rest(0.15)
        sent.append(terminal.bytes - before)
    terminal.send(b"\r\n")
    terminal.rest(0.5)
    used, waits = [], []
    for number in range(TYPED):
        line, column = terminal.emulator.cursor
        if number % 30 == 0:
            terminal.send(b"\r\n")
            terminal.rest(0.3)
        key = b"xy"[number % 2 : number % 2 + 1]
        before_text, spent = "".join(terminal.emulator.text()).count(key.decode()), terminal.cpu
        pressed = terminal.send(key)
        at = terminal.until(
            lambda key=key, count=before_text: (  # type: ignore[misc]
                "".join(terminal.emulator.text()).count(key.decode()) > count
            )
        )
        used.append((terminal.cpu - spent) * 1000)
        waits.append((at - pressed) * 1000)
        terminal.rest(0.05)
        del line, column
    terminal.close()
    return [
        Figure("full GRUB redraw, a row changed, bytes", statistics.median(sent), 400.0),
        Figure("typing echo painted, ms CPU, least third", sorted(used)[TYPED // 3], 5.0),
        Figure("  median", statistics.median(used)),
        Figure("  ms p50, guest and terminal included", statistics.median(waits)),
    ]


def flood(folder: Path) -> list[Figure]:
    """The console stands beside the list, whose cursor is moved while it floods."""
    terminal = Screen(folder, 120, 40)
    terminal.open_console()
    before = most = terminal.resident
    rounds: list[list[float]] = []
    used, said = [], ""
    for number in range(FLOODS):
        terminal.send(b"f")
        terminal.rest(0.1)
        terminal.send(LEAVE)
        terminal.rest(SETTLING - 0.2)
        terminal.held()
        waits: list[float] = []
        spent, begun = terminal.cpu, terminal.bytes
        while not terminal.shows(f"{END} {number}"):
            terminal.rest(0.02)
            row = marked(terminal)
            pressed = terminal.send(DOWN if len(waits) % 8 < 4 else UP)
            waits.append((terminal.until(lambda row=row: marked(terminal) != row) - pressed) * 1000)  # type: ignore[misc]
            most = max(most, terminal.resident)
        used.append(terminal.cpu - spent)
        said += terminal.held()  # whole windows only: what follows is none of the flood's
        sent = terminal.bytes - begun
        terminal.rest(0.5)
        rounds.append(sorted(waits))
        terminal.send(b"3")
        terminal.rest(0.5)
    after = terminal.resident
    terminal.close()
    held = windows(said)
    waits = min(rounds, key=lambda waits: waits[int(len(waits) * 0.95)])
    return [
        Figure("flood of 10 MB, s CPU, painting and keys included", min(used)),
        Figure("  kB sent to the user's terminal", sent / 1000),
        Figure("  loop held, ms CPU, most", max(each.turn for each in held) * 1000, 25.0),
        Figure("    one callback", max(each.cpu for each in held) * 1000),
        Figure("  a tick late, ms, least of windows", min(each.stall for each in held) * 1000),
        Figure("    median of windows", statistics.median(each.stall for each in held) * 1000),
        Figure(f"  key in the list, ms p95 of {len(waits)}", waits[int(len(waits) * 0.95)], 50.0),
        Figure("    p50", statistics.median(waits)),
        Figure("  memory gained at most, MB", most - before, 40.0),
        Figure("  resident afterwards, MB", after),
    ]


def ten(folder: Path) -> list[Figure]:
    terminal = Screen(folder, 80, 24)
    terminal.rest(2)
    before = terminal.resident
    for _ in range(10):
        terminal.open_console()
        terminal.send(b"b")
        terminal.rest(1)
        terminal.until(lambda: terminal.shows(GREETING))
        terminal.send(LEAVE)
        terminal.until(lambda: usable(terminal))
        row = marked(terminal)
        terminal.send(DOWN)
        terminal.until(lambda row=row: marked(terminal) != row)  # type: ignore[misc]
    terminal.rest(2)
    after = terminal.resident
    terminal.close()
    return [
        Figure("resident with no console, MB", before),
        Figure("ten live consoles, 5,000 lines each, MB", after, 150.0),
    ]


def main() -> int:
    figures: list[Figure] = []
    for part in (redraw_and_echo, flood, ten):
        with tempfile.TemporaryDirectory(prefix="xentui-bench-") as name:
            figures += part(Path(name))
    print(f"{'consoles':<48} {'measured':>9} {'':16} {'limit':>7}")
    for figure in figures:
        print(figure)
    return int(any(figure.limit is not None and figure.value > figure.limit for figure in figures))


if __name__ == "__main__":
    if sys.argv[1:2] == ["guest"]:
        guest()
    elif sys.argv[1:2] == ["screen"]:
        screen(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main())
