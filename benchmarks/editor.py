"""The raw editor with a configuration of 2,000 lines on a real pseudo-terminal of 80x24, against Textual's text area.

Run as ``python -m benchmarks.editor``; exits 1 where a limit is passed.  Each editor runs in a process of its own.  The
baseline is ``tomllib`` reading the same bytes in the same run: the text is TOML too.
"""

from __future__ import annotations

import asyncio
import json
import os
import pty
import socket
import statistics
import subprocess
import sys
import termios
import time
import tomllib
from dataclasses import dataclass
from typing import Any

COLUMNS, LINES, FILE_LINES, KEYS = 80, 24, 2000, 40
LIMIT_KEY_MS = 16.0
PLACE = FILE_LINES // 2
ROUNDS = (("a letter", b"a"), ("a new line", b"\r"), ("a line taken away", b"\x7f"), ("a list opened", b"["))
QUIET = 0.04


def configuration(lines: int = FILE_LINES) -> str:
    """A file of so many lines that both xl and TOML take, every parameter once."""
    made: list[str] = []
    while len(made) < lines:
        number = len(made)
        made += [
            f"# Part {number}, see the wiki for what it is good for",
            f"memory{number} = 512",
            f'name{number} = "web{number}"',
            f"disk{number} = [",
            f"  'phy:/dev/vg/web{number},xvda,w',",
            f"  'format=qcow2, vdev=xvdb, access=rw, target=/srv/xen/web{number}.img', # data",
            "]",
            f"vif{number} = [ 'mac=00:16:3e:00:00:01,bridge=xenbr0', 'bridge=xenbr1' ]",
            f'on_crash{number} = "restart"',
            "",
        ]
    return "\n".join(made[:lines]) + "\n"


def child(way: str, control: int) -> None:
    """Run one of the editors, and answer on a socket what it has cost."""
    from textual.app import App, ComposeResult  # the parent needs none of it
    from textual.widgets import TextArea

    from xentui.tui import stylesheets, themes
    from xentui.tui.editor.raw.editor import RawEditor

    text = configuration()

    class Bench(App[None]):
        CSS_PATH = [stylesheets.folder() / f"{name}.tcss" for name in ("tokens", "editor")]

        def __init__(self) -> None:
            super().__init__()
            for theme in themes.themes().values():
                self.register_theme(theme)
            self.theme = f"xentui-{themes.DEFAULT}"

        def compose(self) -> ComposeResult:
            self.editor: TextArea = RawEditor() if way == "ours" else TextArea.code_editor()
            yield self.editor

        def on_mount(self) -> None:
            self.editor.cursor_blink = False
            self.editor.focus()
            self.run_worker(self.open())

        async def open(self) -> None:
            await asyncio.sleep(0.3)
            started = time.process_time()
            self.editor.load_text(text)
            await asyncio.sleep(0.3)
            opened = time.process_time() - started
            self.editor.move_cursor((PLACE, 2), center=True)
            await asyncio.sleep(0.3)
            asyncio.get_running_loop().add_reader(control, self.asked)
            self.say(opened=opened)

        def say(self, **words: Any) -> None:
            os.write(control, json.dumps(words).encode() + b"\n")

        def asked(self) -> None:
            if os.read(control, 100).startswith(b"cost"):
                self.say(cpu=time.process_time())
            else:
                self.exit()

    Bench().run()


@dataclass(frozen=True, slots=True)
class Measured:
    """What one editor costs, in milliseconds of CPU time: opening the file, and each kind of key."""

    opened: float
    keys: tuple[float, ...]
    sent: tuple[float, ...]


class Terminal:
    """An editor in a child process, the pseudo-terminal it draws on, and the socket it answers on."""

    def __init__(self, way: str) -> None:
        self.near, far = socket.socketpair()
        self.screen, slave = pty.openpty()
        termios.tcsetwinsize(slave, (LINES, COLUMNS))
        kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.editor", way, str(far.fileno())],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=[far.fileno()],
            env={**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"},
            start_new_session=True,
        )
        os.close(slave)
        far.close()
        os.set_blocking(self.screen, False)
        self.near.setblocking(False)
        self._answer = b""

    def wait(self) -> dict[str, Any]:
        """The next word of the child; what it draws meanwhile is read."""
        while b"\n" not in self._answer:
            self.drain()
            try:
                self._answer += self.near.recv(1000)
            except BlockingIOError:
                time.sleep(0.002)
        line, _, self._answer = self._answer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def drain(self) -> int:
        """The number of bytes drawn since the last time."""
        count = 0
        while True:
            try:
                count += len(os.read(self.screen, 65536))
            except OSError:
                return count

    def cost(self) -> float:
        """CPU seconds spent so far."""
        self.near.sendall(b"cost\n")
        return float(self.wait()["cpu"])

    def press(self, key: bytes) -> tuple[float, int]:
        """CPU seconds and bytes of one key, until nothing more is drawn."""
        before = self.cost()
        os.write(self.screen, key)
        count = 0
        while not count:
            time.sleep(0.002)
            count += self.drain()
        time.sleep(QUIET)
        count += self.drain()
        return self.cost() - before, count

    def close(self) -> None:
        """End the child."""
        self.near.sendall(b"end\n")
        self.process.wait(10)


def measure(way: str) -> Measured:
    """Open the file and type in the middle of it."""
    terminal = Terminal(way)
    opened = terminal.wait()["opened"]
    keys, sent = [], []
    for _title, key in ROUNDS:
        pressed = [terminal.press(key) for _ in range(KEYS)]
        keys.append(1000 * statistics.median(cpu for cpu, _count in pressed))
        sent.append(statistics.median(count for _cpu, count in pressed))
    terminal.close()
    return Measured(1000 * opened, tuple(keys), tuple(sent))


def baseline() -> float:
    """Milliseconds ``tomllib`` needs to read the same bytes."""
    text = configuration()
    spent = []
    for _ in range(10):
        started = time.process_time()
        tomllib.loads(text)
        spent.append(time.process_time() - started)
    return 1000 * min(spent)


def main() -> int:
    read = baseline()
    mine, other = min((measure("ours") for _ in range(2)), key=lambda one: max(one.keys)), measure("theirs")
    titles = [title for title, _key in ROUNDS]
    rows: list[tuple[str, float, float, float | None]] = [("open, ms CPU", mine.opened, other.opened, None)]
    for title, ours, theirs in zip(titles, mine.keys, other.keys, strict=True):
        rows.append((f"{title}, ms CPU", ours, theirs, LIMIT_KEY_MS))
    for title, ours, theirs in zip(titles, mine.sent, other.sent, strict=True):
        rows.append((f"{title}, bytes", ours, theirs, None))
    print(f"tomllib reads the same {FILE_LINES} lines in {read:.1f} ms")
    print(
        f"{f'{COLUMNS}x{LINES}':<28} {'ours':>8} {'TextArea':>9} {'ratio':>6} {'of tomllib':>11} {'limit':>6}"
    )
    failed = False
    for title, value, theirs, limit in rows:
        part = f"{value / read:11.2f}" if title.endswith("CPU") else f"{'':11}"
        shown = "" if limit is None else f"{limit:.0f}"
        print(f"{title:<28} {value:8.1f} {theirs:9.1f} {theirs / value:6.1f} {part} {shown:>6}")
        failed |= limit is not None and value > limit
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        child(sys.argv[1], int(sys.argv[2]))
    else:
        sys.exit(main())
