"""What real guests have printed, shown in a console: right on every frame, and in tmux and screen as well."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.unit.tui.output.frames import rendered
from tests.unit.tui.output.test_screen_update import KINDS, Line
from tests.waiting import PATIENCE
from xentui.terminal import Emulator
from xentui.tui.consoles.painting import strip_of
from xentui.tui.output.grid import Cursor

RECORDINGS = Path(__file__).parents[3] / "recordings" / "console"
NAMES = ("pygrub-keys", "vi", "top", "shell", "crash", "grub2-submenu")
BASE = Style(color="rgb(200,200,200)", bgcolor="rgb(16,16,16)")
FRAME = 1 / 30
CHECKED = 12
"""Frames between two looks at another terminal."""


def frames(name: str) -> Iterator[bytes]:
    """What a guest printed from one frame to the next."""
    together, before = b"", 0.0
    for at, data in chunks(name):
        if at - before > FRAME and together:
            yield together
            together, before = b"", at
        together += data
    yield together


def chunks(name: str) -> Iterator[tuple[float, bytes]]:
    """What it printed, as it came."""
    log = json.loads((RECORDINGS / f"{name}.json").read_text())["log"]
    data, at = (RECORDINGS / f"{name}.bin").read_bytes(), 0
    for when, direction, size in log:
        if direction == "out":
            yield when, data[at : at + size]
            at += size


class Console:
    """A console of 80 columns at the right of a screen, its newest rows above something that never changes."""

    def __init__(self, kind: str, columns: int, lines: int) -> None:
        self.line = Line(columns, lines, kind)
        self.guest = Emulator(80, 24)
        self.left, self.height = columns - 80, lines - 2
        names = [Strip([Segment(f"domain{line} running".ljust(columns), BASE)]) for line in range(lines)]
        self.line.frame(rendered([((line, 0), row) for line, row in enumerate(names)], columns, lines))

    def print(self, data: bytes) -> str:
        """The guest prints, the screen shows it; returns what is sent."""
        self.guest.feed(data)
        rows = self.guest.history_length + 24
        first = max(0, rows - self.height)
        shown = [
            strip_of(self.guest.row_runs(row), 80, BASE)
            for row in range(first, min(rows, first + self.height))
        ]
        pieces = [((at + 1, self.left), row) for at, row in enumerate(shown)]
        self.line.frame(rendered(pieces, self.line.terminal.columns, self.line.terminal.lines))
        line, column = self.guest.cursor
        line += self.guest.history_length - first + 1
        cursor = Cursor(line, column + self.left, self.guest.cursor_visible)
        self.line.point(cursor if line > 0 else None)
        return self.line.send()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("kind", "columns", "lines"),
    [*((kind, 80, 24) for kind in KINDS), ("xterm", 120, 40), ("screen", 120, 40)],
)
def test_every_frame_is_right(kind: str, columns: int, lines: int, name: str) -> None:
    console = Console(kind, columns, lines)
    for data in frames(name):
        console.print(data)


class Pane:
    """Another terminal emulator: it shows what is written to a FIFO."""

    def __init__(self, folder: Path, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self.text = ""
        self.fifo = folder / "fifo"
        os.mkfifo(self.fifo)
        self.shows = f"stty raw -echo; printf '\\033[?7l'; exec cat {self.fifo}"

    def lines_of(self, text: str) -> list[str]:
        """As many lines as there are, without blanks at their ends."""
        rows = [row.rstrip(" ") for row in text.split("\n")]
        return [*rows, *[""] * self.lines][: self.lines]


class TmuxPane(Pane):
    """A pane of tmux."""

    def __init__(self, folder: Path, columns: int, lines: int) -> None:
        super().__init__(folder, columns, lines)
        self._tmux = ["tmux", "-S", str(folder / "socket"), "-f", "/dev/null"]
        self._run("new-session", "-d", "-x", str(columns), "-y", str(lines), self.shows)
        self._run("set", "-g", "status", "off")
        self._run("resize-window", "-x", str(columns), "-y", str(lines))

    def _run(self, *words: str) -> str:
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        environment.pop("TMUX", None)
        return subprocess.run(
            [*self._tmux, *words], check=True, capture_output=True, text=True, env=environment
        ).stdout

    def seen(self) -> list[str]:
        return self.lines_of(self._run("capture-pane", "-p"))

    def close(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):  # it ends by itself
            self._run("kill-server")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[[int, int], TmuxPane]]:
    panes: list[TmuxPane] = []

    def make(columns: int, lines: int) -> TmuxPane:
        panes.append(TmuxPane(tmp_path, columns, lines))
        return panes[-1]

    yield make
    for pane in panes:
        pane.close()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (120, 40)])
def test_tmux_shows_the_same(
    tmux: Callable[[int, int], TmuxPane], columns: int, lines: int, name: str
) -> None:
    pane = tmux(columns, lines)
    console = Console("linux", columns, lines)
    with pane.fifo.open("wb", buffering=0) as terminal:
        for number, data in enumerate([*frames(name), b""]):
            terminal.write(console.print(data).encode())
            if number % CHECKED == 0 or not data:
                wanted = pane.lines_of("\n".join(console.line.wanted.text()))
                deadline = time.monotonic() + PATIENCE
                while (seen := pane.seen()) != wanted and time.monotonic() < deadline:
                    time.sleep(0.01)
                assert seen == wanted
