"""Bytes to the user's terminal: consoles and the list, beside what tmux sends for the same and what the guest sent.

Run as ``python -m benchmarks.wire [SESSION …]``; exits 1 where a limit is passed.  Sessions of guests
(``benchmarks/sessions.py``) are played with their timing on the real screen of a simulated host, and in tmux: at 80x24
alone, at 120x40 beside something else, the guest's pane 80 wide.  The terminal is xterm as far as it answers; with
``--vt100`` it answers nothing beyond that.  Line speed is ``benchmarks.slow_line``'s.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks import least
from benchmarks.screen import marked, usable
from benchmarks.sessions import play, session, sessions
from benchmarks.terminal import Terminal, environment

READY = "guest is ready"
LEAVE, DOWN = b"\x1d", b"\x1b[B"
SETTLED = 0.8
"""Seconds after a session in which what is late is sent."""
KEYS = ("typing", "enter")
OVER_TMUX_KEYS, OVER_TMUX, OVER_RAW = 3.0, 1.4, 1.6


def guest(name: str, folder: Path) -> None:
    """Wait for the word, play a session, and say so."""
    tty.setraw(0)
    os.write(1, f"{READY}\r\n".encode())
    while not (folder / "go").exists():
        time.sleep(0.02)
    play(session(name))
    (folder / "done").touch()
    time.sleep(1000)


def screen_with(guest: Sequence[str], folder: Path) -> None:
    """Run the screen with a program of ours behind its consoles."""
    from xentui import tui
    from xentui.hosts.choose import HostChoice
    from xentui.hosts.sim import SimHost
    from xentui.settings import Settings
    from xentui.simulator import Simulator

    Simulator(folder / "sim", domains=13).close()

    class GuestHost(SimHost):
        def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
            del argv, survive_hangup
            return [sys.executable, "-m", *guest, str(folder)]

    tui.run(HostChoice(GuestHost(folder / "sim")), Settings())


def screen(name: str, folder: Path) -> None:
    """Run the screen with a guest that plays a session."""
    screen_with(["benchmarks.wire", "guest", name], folder)


def over_ssh(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a login over SSH, as sshd gives it."""
    made = environment(folder, SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22", LANG="C.UTF-8", **more)
    del made["COLORTERM"]
    return made


@dataclass(frozen=True, slots=True)
class Spent:
    """What a session has cost: bytes to the terminal and CPU seconds; ``shown`` is how it ended."""

    bytes: int
    cpu: float
    shown: list[str]


def played(terminal: Terminal, folder: Path, cpu: Callable[[], float]) -> Spent:
    """Have the guest play, and count."""
    terminal.until(lambda: terminal.shows(READY))
    terminal.rest(1.5)
    before, spent = terminal.bytes, cpu()
    (folder / "go").touch()
    while not (folder / "done").exists():
        terminal.rest(0.05)
    terminal.rest(SETTLED)
    return Spent(terminal.bytes - before, cpu() - spent, terminal.emulator.text())


def in_xentui(name: str, columns: int, lines: int, folder: Path, answering: bool) -> Spent:
    """A session on the screen."""
    argv = [sys.executable, "-m", "benchmarks.wire", "screen", name, str(folder)]
    terminal = Terminal(argv, over_ssh(folder), columns=columns, lines=lines, answering=answering)
    try:
        terminal.until(lambda: usable(terminal))
        terminal.send(b"/web1\r")
        terminal.until(lambda: marked(terminal) == "web1")
        terminal.send(b"c")
        return played(terminal, folder, lambda: terminal.cpu)
    finally:
        terminal.close()


def in_tmux(name: str, columns: int, lines: int, folder: Path) -> Spent:
    """A session in tmux; on a terminal that has room beside it the pane of the guest is 80x24."""
    surroundings = over_ssh(folder)
    socket = f"{folder}/tmux"
    tmux = ["tmux", "-S", socket, "-f", "/dev/null"]

    def run(*words: str) -> str:
        return subprocess.run(
            [*tmux, *words], env=surroundings, check=True, capture_output=True, text=True
        ).stdout

    player = f"exec {sys.executable} -m benchmarks.wire guest {name} {folder}"
    size = ("-x", str(columns), "-y", str(lines))
    if columns == 80:
        run("new-session", "-d", *size, player)
    else:
        run("new-session", "-d", *size, "exec sleep 1000")
        run("split-window", "-h", "-l", "80", player)
        run("split-window", "-d", "-v", "-l", str(lines - 25), "exec sleep 1000")
    run("set", "-g", "status", "off")
    pid = int(run("display", "-p", "#{pid}"))
    terminal = Terminal([*tmux, "attach"], surroundings, columns=columns, lines=lines)
    try:
        return played(terminal, folder, lambda: time.clock_gettime((~pid << 3) | 2))
    finally:
        run("kill-server")
        terminal.close()


@dataclass(frozen=True, slots=True)
class Row:
    """One session at one size."""

    name: str
    columns: int
    raw: int
    tmux: Spent
    ours: Spent

    @property
    def failures(self) -> list[str]:
        """The limits that are passed."""
        limit = OVER_TMUX_KEYS if self.name in KEYS else OVER_TMUX
        failed = [f"> {limit} x tmux"] if self.ours.bytes > limit * self.tmux.bytes else []
        if self.columns == 80 and self.name not in KEYS and self.ours.bytes > OVER_RAW * self.raw:
            failed.append(f"> {OVER_RAW} x raw")
        return failed

    def __str__(self) -> str:
        ours, theirs = self.ours, self.tmux
        return (
            f"{self.name:<12} {self.columns:4} {self.raw:8} {theirs.bytes:8} {ours.bytes:8}"
            f" {ours.bytes / self.raw:7.2f} {ours.bytes / theirs.bytes:7.2f}"
            f" {ours.cpu * 1000:8.0f} {theirs.cpu * 1000:7.0f}  {', '.join(self.failures)}"
        )


def consoles(names: Sequence[str], answering: bool) -> Iterator[Row]:
    """All sessions at both sizes, each beside tmux."""
    for each in sessions():
        if names and each.name not in names:
            continue
        with tempfile.TemporaryDirectory(prefix="xentui-bench-") as root, ThreadPoolExecutor(4) as pool:
            runs = []
            for columns, lines in ((80, 24), (120, 40)):
                folders = [Path(root, f"{columns}{who}") for who in "xt"]
                for folder in folders:
                    folder.mkdir()
                runs.append(
                    (
                        columns,
                        pool.submit(in_xentui, each.name, columns, lines, folders[0], answering),
                        pool.submit(in_tmux, each.name, columns, lines, folders[1]),
                    )
                )
            for columns, ours, theirs in runs:
                yield Row(each.name, columns, each.size, theirs.result(), ours.result())


# The list


@dataclass(frozen=True, slots=True)
class Action:
    """What something in the list has sent."""

    name: str
    columns: int
    bytes: float
    limit: float | None = None

    def __str__(self) -> str:
        late = self.limit is not None and self.bytes > self.limit
        limit = "" if self.limit is None else f"{self.limit:.0f}"
        return f"{self.name:<44} {self.columns:4} {self.bytes:9.0f} {limit:>8} {'PASSED' if late else ''}"


FRONTS = (
    ("help", b"?"),
    ("palette", b"\x10"),
    ("sort dialog", b"o"),
    ("destroy dialog", b"X"),
    ("form", b"e"),
)
MOST_TO_OPEN = 4000.0
MOVES, MOST_TO_MOVE = 10, 560.0
ESC = b"\x1b"


def lists(columns: int, lines: int) -> list[Action]:
    """Moves, dialogs, and a minute of nothing; the limits are those at 80x24."""
    limit = float if columns == 80 else lambda _: None
    with tempfile.TemporaryDirectory(prefix="xentui-bench-") as root:
        argv = [sys.executable, "-m", "xentui", "--host", "sim"]
        terminal = Terminal(argv, over_ssh(Path(root)), columns=columns, lines=lines, answering=True)
        terminal.until(lambda: usable(terminal))
        terminal.rest(4)
        moved, needed = [], []
        for _ in range(MOVES):
            before = least.shown(terminal.emulator)
            moved.append(costs(terminal, DOWN, 0.5))
            needed.append(least.least(before, least.shown(terminal.emulator)))
        need = sum(needed) / MOVES
        most = max(MOST_TO_MOVE, 1.1 * need)
        actions = [
            Action(f"cursor down, mean of {MOVES}", columns, sum(moved) / MOVES, limit(most)),
            Action("  no way is shorter than", columns, need),
        ]
        terminal.send(b"/")
        terminal.rest(0.7)
        typed = sum(costs(terminal, key, 0.5) for key in (b"w", b"e"))
        actions.append(Action("filter typed, 2 keys", columns, typed))
        terminal.send(b"\r")
        terminal.rest(0.7)
        for name, key in FRONTS:
            actions.append(Action(f"{name} opens", columns, costs(terminal, key, 1.2), limit(MOST_TO_OPEN)))
            if name == "form":
                actions.append(Action("  a key in it", columns, costs(terminal, DOWN, 0.7)))
            actions.append(Action("  closes", columns, costs(terminal, ESC, 1.2)))
        terminal.send(ESC)
        terminal.rest(4)
        spent = terminal.cpu
        actions.append(Action("idle minute, 13 domains", columns, terminal.rest(60), limit(3000)))
        actions.append(Action("  its CPU, ms", columns, (terminal.cpu - spent) * 1000))
        terminal.close()
    return actions


def costs(terminal: Terminal, key: bytes, seconds: float) -> int:
    """The bytes a key makes in a time."""
    terminal.send(key)
    return terminal.rest(seconds)


HEAD = "console      cols      raw     tmux   xentui   / raw  / tmux   CPU ms    tmux"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="SESSION")
    parser.add_argument(
        "--vt100", action="store_true", help="a terminal that knows no left and right margins"
    )
    parser.add_argument("--consoles", action="store_true", help="nothing else")
    parser.add_argument("--lists", action="store_true", help="nothing else")
    wanted = parser.parse_args()
    failed = False
    if not wanted.lists:
        print(HEAD)
        for row in consoles(wanted.names, not wanted.vt100):
            print(row, flush=True)
            failed = failed or bool(row.failures)
    if not wanted.consoles:
        print(f"\n{'list':<44} {'cols':>4} {'bytes':>9} {'limit':>8}")
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(lists, *size) for size in ((80, 24), (120, 40))]
            for future in both:
                for action in future.result():
                    print(action, flush=True)
                    failed = failed or (action.limit is not None and action.bytes > action.limit)
    return int(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["guest"]:
        guest(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["screen"]:
        screen(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(main())
