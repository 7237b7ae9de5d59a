"""The screen on a simulated host of 2,000 domains, on a real pseudo-terminal, against an empty Textual app.

Run as ``python -m benchmarks.screen``; exits 1 where a limit is passed.  xentop samples once a second, the host is
polled every three.  The simulated host answers in the process of the screen itself, so its work counts as well: on
a real one it is ``xl``'s.  The first list is therefore held to its limit on tools that say what was recorded.  Times
of a key are from writing it to the terminal until the first bytes after that,
held to the least of several rounds.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.held import LoopWatch, watched_feed, windows
from benchmarks.pacing import poll_steadily
from benchmarks.recorded import recorded_tools, store_all
from benchmarks.terminal import Terminal, environment, rest_together

DOMAINS = 2_000
STARTS, ROUNDS, KEYS = 4, 2, 40
STAYS, REST = 12.0, 8.0
HELD_SECONDS = 15.0
_WINDOW = 3.0
"""Seconds in which one poll falls."""
_MOMENTS, _SETTLES = 8, 8.0
UP, DOWN = b"\x1b[A", b"\x1b[B"
READY = "an empty app"
FRONTS: tuple[tuple[str, list[bytes], str], ...] = (
    ("the list itself", [], "web1"),
    ("help", [b"?"], "Life cycle"),
    ("form", [DOWN, b"e"], "F2"),
    ("log", [b"L"], "Jobs"),
    ("sort dialog", [b"o"], "Sort"),
    ("palette", [b"\x10"], "Search"),
    ("console", [b"/web1\r", b"c"], "attached"),
)
FRONT_LIMITS = dict.fromkeys(("help", "form", "log", "sort dialog", "console"), 0.0)
"""Nothing that is seen of the list changes there."""

EMPTY = f'''
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        self.text = Static("{READY}")
        yield self.text

    def on_key(self, event):
        self.pressed = getattr(self, "pressed", 0) + 1
        self.text.update(f"{{event.key}} {{self.pressed}}")

Empty().run()
'''


@dataclass
class Start:
    """What it takes until something can be used, in ms."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def start(make: Callable[[], Terminal], seen: Callable[[Terminal], bool], into: Start) -> Terminal:
    """Start a program and wait until it can be used."""
    terminal = make()
    at = terminal.until(lambda: seen(terminal))
    into.cpu.append(terminal.cpu * 1000)
    into.wall.append((at - terminal.started) * 1000)
    return terminal


def usable(terminal: Terminal) -> bool:
    """Whether the list is there: the cursor stands on a domain."""
    return marked(terminal) is not None


def marked(terminal: Terminal) -> str | None:
    """The name under the cursor of the list."""
    rows = [line for line in terminal.emulator.text() if line.startswith(">")]
    return rows[0].split()[1] if rows else None


@dataclass(frozen=True, slots=True)
class Keys:
    """One round of keys; times in ms."""

    half: float
    most: float
    cpu: float
    bytes: float


def keys(terminal: Terminal, seen: Callable[[], object]) -> Keys:
    """Move the cursor about at odd moments, so that some keys meet a poll or a sample; ``seen`` tells it moved."""
    rng = random.Random(1)  # noqa: S311 - only moments
    waits, used, sent = [], [], []
    for number in range(KEYS):
        terminal.rest(rng.uniform(0.03, 0.11))
        before, spent, count = seen(), terminal.cpu, terminal.bytes
        pressed = terminal.send(DOWN if number % 20 < 10 else UP)
        shown = terminal.until(lambda before=before: seen() != before, 5)  # type: ignore[misc]
        waits.append((shown - pressed) * 1000)
        used.append((terminal.cpu - spent) * 1000)
        terminal.rest(0.12)
        sent.append(terminal.bytes - count)
    waits.sort()
    return Keys(
        statistics.median(waits), waits[int(KEYS * 0.95)], statistics.median(used), statistics.median(sent)
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report."""

    title: str
    value: float
    limit: float | None = None
    baseline: float | None = None

    def __str__(self) -> str:
        base = f"{self.baseline:9.1f} {self.value / self.baseline:6.2f}" if self.baseline else f"{'':16}"
        return f"{self.title:<48} {self.value:9.1f} {base} {self.limit if self.limit is not None else '':>7}"


def measure(folder: Path) -> list[Figure]:
    surroundings = environment(folder)
    subprocess.run(
        [sys.executable, "-m", "xentui", "sim", "reset", "--domains", str(DOMAINS)],
        env=surroundings,
        check=True,
        capture_output=True,
    )
    script = folder / "empty.py"
    script.write_text(EMPTY)

    def ours(columns: int = 80, lines: int = 24) -> Terminal:
        argv = [sys.executable, "-m", "xentui", "--host", "sim"]
        return Terminal(argv, surroundings, columns=columns, lines=lines)

    def empty() -> Terminal:
        return Terminal([sys.executable, str(script)], surroundings)

    recorded = folder / "recorded"
    recorded.mkdir()
    elsewhere = environment(recorded, PATH=f"{recorded_tools(recorded, DOMAINS)}:{os.environ['PATH']}")
    settings = recorded / "config" / "xentui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'store = "{recorded / "store"}"\n')

    def local() -> Terminal:
        return Terminal([sys.executable, "-m", "xentui", "--host", "local"], elsewhere)

    mine, simulated, theirs = Start(), Start(), Start()
    for number in range(1 + STARTS):
        for make, seen, into in (
            (empty, lambda terminal: terminal.shows(READY), theirs),
            (local, usable, mine),
            (ours, usable, simulated),
        ):
            start(make, seen, into if number else Start()).close()  # the first compiles
    ratios = [one / other for one, other in zip(mine.wall, theirs.wall, strict=True)]
    figures = [
        Figure("first usable list, ms CPU", min(mine.cpu), 2 * min(theirs.cpu), min(theirs.cpu)),
        Figure("first usable list, ms", min(mine.wall), None, min(theirs.wall)),
        Figure("  times an empty app, least of pairs", min(ratios), 2.0),
        Figure("  median of pairs", statistics.median(ratios)),
        Figure("  with a simulated host's own work", min(simulated.wall), None, min(theirs.wall)),
    ]

    other = start(empty, lambda terminal: terminal.shows(READY), Start())
    other.rest(1)
    base = [keys(other, lambda: other.emulator.text()[0])]
    base_memory = other.resident
    other.close()

    terminal = start(ours, usable, Start())
    terminal.rest(3)
    early = terminal.resident
    rounds = [keys(terminal, lambda: marked(terminal)) for _ in range(ROUNDS)]
    wide = start(lambda: ours(120, 40), usable, Start())
    rest_together([terminal, wide], 3)
    idle, idle_wide = (count / STAYS for count in rest_together([terminal, wide], STAYS))
    late = terminal.resident
    terminal.close()
    move_wide = keys(wide, lambda: marked(wide)).bytes
    wide.close()

    def least(name: str, of: list[Keys]) -> float:
        return float(min(getattr(each, name) for each in of))

    return [
        *figures,
        Figure("key to first changed byte, ms p50", least("half", rounds), 15.0, least("half", base)),
        Figure("key to first changed byte, ms p95", least("most", rounds), 50.0, least("most", base)),
        Figure("  ms CPU until then", least("cpu", rounds), None, least("cpu", base)),
        Figure("bytes a cursor move, median", least("bytes", rounds), 1000.0),
        Figure("  at 120x40", move_wide),
        Figure("bytes a second at rest", idle, 4000.0),
        Figure("  at 120x40", idle_wide),
        Figure("resident, MB", early, 120.0, base_memory),
        Figure(f"  after keys and {STAYS:.0f} s at rest", late, 120.0, base_memory),
    ]


def at_rest(folder: Path) -> list[Figure]:
    """What is sent while something stands before a list of 13 domains whose figures change: of all fronts at once."""
    surroundings = environment(folder)
    terminals: list[Terminal] = []
    opened = []
    for _, typed, sign in FRONTS:
        terminal = Terminal([sys.executable, "-m", "xentui", "--host", "sim"], surroundings)
        terminal.until(partial(usable, terminal))
        terminals.append(terminal)
        rest_together(terminals, 2)
        before = terminal.bytes
        for key in typed:
            terminal.send(key)
            rest_together(terminals, 0.5)
        terminal.until(partial(terminal.shows, sign))
        rest_together(terminals, 0.5)
        opened.append(terminal.bytes - before)
    resting = rest_together(terminals, REST)
    figures = []
    for (title, *_), terminal, first, count in zip(FRONTS, terminals, opened, resting, strict=True):
        figures.append(Figure(f"bytes a second at rest, {title}", count / REST, FRONT_LIMITS.get(title)))
        figures.append(Figure("  to open it, bytes", first))
        terminal.close()
    return figures


def held(folder: Path) -> list[Figure]:
    """How long the event loop is held while a host of managed domains is polled and sampled."""
    folder.mkdir()
    surroundings = environment(
        folder, PATH=f"{recorded_tools(folder, DOMAINS, moments=_MOMENTS)}:{os.environ['PATH']}"
    )
    settings = folder / "config" / "xentui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'store = "{folder / "store"}"\n')
    store_all(folder)
    read, write = os.pipe()
    argv = [sys.executable, "-m", "benchmarks.screen", "held", str(write)]
    terminal = Terminal(argv, surroundings, pass_fds=[write])
    os.close(write)
    terminal.until(lambda: usable(terminal), 120)
    terminal.rest(_SETTLES)
    terminal.rest(HELD_SECONDS)
    terminal.close()
    with os.fdopen(read) as answers:
        found = windows(answers.read())[-int(HELD_SECONDS / _WINDOW) :]
    stalls = [each.stall * 1000 for each in found]
    return [
        Figure("event loop held around a poll, ms CPU, most", max(each.turn for each in found) * 1000, 15.0),
        Figure("  one callback", max(each.cpu for each in found) * 1000),
        Figure("  a tick late, ms, least of polls", min(stalls)),
        Figure("  median", statistics.median(stalls)),
    ]


def watched(control: int) -> None:
    """Run the screen with its event loop watched, in windows of which each has a poll."""
    watch = LoopWatch(_WINDOW)
    from xentui.main import main as xentui  # after the loop is patched

    poll_steadily()
    watched_feed(watch, control)
    xentui(["--host", "local"])


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="xentui-bench-") as name:
        folder = Path(name)
        figures = measure(folder)
        figures += held(folder / "held")
        figures += at_rest(folder / "few")
    print(f"{f'{DOMAINS} domains, 80x24':<48} {'screen':>9} {'empty app':>9} {'ratio':>6} {'limit':>7}")
    for figure in figures:
        print(figure)
    return int(any(figure.limit is not None and figure.value > figure.limit for figure in figures))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        watched(int(sys.argv[2]))
    else:
        sys.exit(main())
