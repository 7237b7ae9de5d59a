"""The form of a configuration: opening it, a key in it, parsing and linting, against ``tomllib`` in the same run.

Run as ``python -m benchmarks.form``; exits 1 where a limit is passed.  The screens run without a terminal; what is
counted is CPU time, painting included.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from benchmarks.editor import configuration
from xentui.config import SCHEMA, lint, parse
from xentui.hosts.sim import SimHost
from xentui.service.editing import Draft
from xentui.settings import Settings
from xentui.tui.app import XentuiApp
from xentui.tui.editor.screen import EditorScreen
from xentui.tui.editor.sections import SECTIONS

LIMIT_OPEN_MS, LIMIT_KEY_MS, LIMIT_LINT_MS = 150.0, 16.0, 2.0
ROUNDS = 7


def two_hundred() -> str:
    """A file of 200 parameters, those of the schema first."""
    lines = ['name = "web1"', "memory = 512", 'kernel = "/boot/vmlinuz"']
    skipped = ("name", "memory", "kernel", "disk", "vif", "builder")
    for key in SCHEMA.values():
        if key.name not in skipped and len(lines) < 200:
            value = {"list": '["x"]', "number": "1", "boolean": "1"}.get(key.kind, '"x"')
            lines.append(f"{key.name} = {value}")
    lines += [f"more{number} = {number}" for number in range(200 - len(lines))]
    return "\n".join(lines) + "\n"


def least(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The least milliseconds of CPU time."""
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        found.append((time.process_time() - begun) * 1000)
    return min(found)


async def screens() -> tuple[float, float, float]:
    """Milliseconds to open the form, the slowest section of 200 keys, and a key in 2,000 lines."""
    with tempfile.TemporaryDirectory() as folder:
        app = XentuiApp(SimHost(Path(folder)), Settings())
        app.here.poller._watcher.pacing.interval = 3600.0
        async with app.run_test(size=(80, 24)) as pilot:
            while app.here.host_state.snapshot is None:
                await pilot.pause(0.05)
            await pilot.pause(1)
            opening, sections = [], []
            for _ in range(ROUNDS):
                begun = time.process_time()
                await app.push_screen(EditorScreen(app.here, Draft("", "web1", two_hundred()), None))
                await pilot.pause(0)
                opening.append(time.process_time() - begun)
                for _section in SECTIONS:
                    begun = time.process_time()
                    await pilot.press("ctrl+pagedown")
                    await pilot.pause(0)
                    sections.append(time.process_time() - begun)
                await app.pop_screen()
            await app.push_screen(
                EditorScreen(app.here, Draft("", "web1", configuration() + "memory = 5\n"), None)
            )
            await pilot.press("ctrl+pagedown", "enter")
            await pilot.pause(0.3)
            keys = []
            for _ in range(30):
                begun = time.process_time()
                await pilot.press("1")
                keys.append(time.process_time() - begun)
            return (
                min(opening) * 1000,
                max(sections[-len(SECTIONS) :]) * 1000,
                sorted(keys)[len(keys) // 2] * 1000,
            )


def main() -> int:
    """Measure, print, and say whether the limits are kept."""
    large = two_hundred()
    hundred = "".join(large.splitlines(keepends=True)[:100])
    toml_hundred = least(lambda: tomllib.loads(hundred))
    toml_large = least(lambda: tomllib.loads(large))
    toml_lines = least(lambda: tomllib.loads(configuration()))
    linting = least(lambda: lint(parse(hundred)), 30)
    opening, section, key = asyncio.run(screens())
    rows = (
        ("parse and lint, 100 lines", linting, toml_hundred, LIMIT_LINT_MS),
        ("open the form, 200 keys", opening, toml_large, LIMIT_OPEN_MS),
        ("another section, 200 keys", section, toml_large, 0.0),
        ("a key in a field, 2,000 lines", key, toml_lines, LIMIT_KEY_MS),
    )
    for what, took, base, limit in rows:
        held = f"limit {limit:.0f} ms" if limit else ""
        print(f"{what:<32} {took:7.2f} ms  {took / base:7.1f} x tomllib ({base:.2f} ms)  {held}")
    return int(any(limit and took > limit for _, took, _, limit in rows))


if __name__ == "__main__":
    sys.exit(main())
