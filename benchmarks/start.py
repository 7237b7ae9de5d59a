"""What it takes until something is there: ``--version``, ``list``, and the screen's first usable list.

Run as ``python -m benchmarks.start``; exits 1 where a limit is passed.  All is CPU time, in one run, each round of all
cases after the other, compared by the least of them; compiled modules are kept in a folder of the benchmark's own, as
an installed package has them.  ``list`` and the screen ask tools that say what was recorded, of 13 domains; what those
take is not taken away.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.cli_list import USUAL, cpu_ms, prepare
from benchmarks.recorded import recorded_tools
from benchmarks.screen import EMPTY, READY, Start, start, usable
from benchmarks.terminal import Terminal, environment

ROUNDS, STARTS = 15, 7
VERSION_TIMES, LIST_MS, SCREEN_TIMES = 2.0, 130.0, 1.6


def commands(folder: Path) -> dict[str, list[float]]:
    """CPU time of each command, in ms, a figure a round."""
    surroundings = prepare(folder, USUAL, managed=True)
    python = sys.executable
    cases = {
        "python -c pass": ["-c", "pass"],
        "python -c 'import asyncio'": ["-c", "import asyncio"],
        "xentui --version": ["-m", "xentui", "--version"],
        "xentui --help": ["-m", "xentui", "--help"],
        f"xentui list; {USUAL}": ["-m", "xentui", "--host", "local", "list"],
    }
    for argv in cases.values():
        cpu_ms([python, *argv], surroundings)  # compiles, reads the store for the first time
    used: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, argv in cases.items():
            used[name].append(cpu_ms([python, *argv], surroundings))
    return used


def screens(folder: Path) -> dict[str, list[float]]:
    """CPU time until the list can be used, and until an empty app is there, in ms."""
    script = folder / "empty.py"
    script.write_text(EMPTY)
    surroundings = environment(folder, PATH=f"{recorded_tools(folder, USUAL)}:{os.environ['PATH']}")
    settings = folder / "config" / "xentui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'store = "{folder / "store"}"\n')
    cases: dict[str, tuple[list[str], Callable[[Terminal], bool]]] = {
        "an empty Textual app": ([str(script)], lambda terminal: terminal.shows(READY)),
        f"the screen; {USUAL}": (["-m", "xentui", "--host", "local"], usable),
    }
    taken = {name: Start() for name in cases}
    for number in range(1 + STARTS):
        for name, (argv, seen) in cases.items():
            make = partial(Terminal, [sys.executable, *argv], surroundings)
            start(make, seen, taken[name] if number else Start()).close()  # the first compiles
    return {name: figures.cpu for name, figures in taken.items()}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="xentui-bench-") as name:
        for part in ("list", "screen"):
            (Path(name) / part).mkdir()
        used = commands(Path(name) / "list") | screens(Path(name) / "screen")
    print(f"{'CPU time (ms)':36} {'least':>8} {'median':>8}")
    for title, figures in used.items():
        print(f"{title:36} {min(figures):8.1f} {statistics.median(figures):8.1f}")
    least = {title: min(figures) for title, figures in used.items()}
    bare = least["python -c pass"]
    version = least["xentui --version"] / bare
    beyond = least[f"xentui list; {USUAL}"] - bare
    imports = beyond / (least["python -c 'import asyncio'"] - bare)
    screen = least[f"the screen; {USUAL}"] / least["an empty Textual app"]
    print(f"--version: {version:.2f} times an empty Python, at most {VERSION_TIMES}")
    print(f"list: {beyond:.0f} ms beyond Python ({imports:.2f} imports of asyncio), at most {LIST_MS:.0f}")
    print(f"first usable list: {screen:.2f} times an empty app, at most {SCREEN_TIMES}")
    return 0 if version <= VERSION_TIMES and beyond <= LIST_MS and screen <= SCREEN_TIMES else 1


if __name__ == "__main__":
    sys.exit(main())
