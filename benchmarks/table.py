"""The list of domains with 2,000 of them on a real pseudo-terminal of 80x24, against a Textual DataTable.

Run as ``python -m benchmarks.table``; exits 1 where a limit is passed.  Each list runs in a process of its own, whose
output is counted byte by byte.  Every figure of every running domain changes each second, which no host does: what a
quiet one sends is less.
"""

from __future__ import annotations

import asyncio
import json
import os
import pty
import random
import statistics
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.statistics import Load
from xentui.tui.domain_list.row import DomainRow

DOMAINS, COLUMNS, LINES = 2000, 80, 24
SECONDS, MOVES, WAIT = 6, 60, 0.06
LIMIT_SHOW_MS, LIMIT_IDLE, LIMIT_MOVE = 5.0, 4000, 1000
DOWN = b"\x1b[B"


def domains() -> list[Domain]:
    """Nine in ten run; names as they are given to guests."""
    rng = random.Random(7)  # noqa: S311 - only figures
    made = []
    for number in range(DOMAINS):
        state = (
            DomainState.OFF if number % 10 == 9 else rng.choice((DomainState.RUNNING, DomainState.BLOCKED))
        )
        name = f"{rng.choice(('web', 'db', 'mail', 'build'))}-{rng.choice(('prod', 'test'))}-{number}"
        domid = number if state.exists else None
        uuid = f"{number:08x}-0000-4000-8000-000000000000"
        memory = rng.choice((512, 1024, 1536, 4096)) * 1024
        managed = number % 7 != 0
        made.append(
            Domain(name, uuid, state, domid, managed=managed, memory_kib=memory, maxmem_kib=memory, vcpus=2)
        )
    return made


def sample(known: Sequence[Domain], second: int) -> list[DomainRow]:
    """Entries after so many seconds: the domains as they were, all their figures moved."""
    rng = random.Random(second)  # noqa: S311 - only figures
    entries = []
    for domain in known:
        if domain.domid is None:
            entries.append(DomainRow(domain.uuid, domain))
            continue
        numbers = [rng.random() * 10 ** rng.randint(2, 7) for _ in range(4)]
        load = Load(domain.name, rng.random() * 90, domain.memory_kib, *numbers)
        entries.append(DomainRow(domain.uuid, domain, load, (load.cpu_percent,) * 60, 86400.0 * 3 + second))
    return entries


def child(way: str, control: int) -> None:
    """Run one of the lists, and answer questions on a socket: what it has cost, and what samples cost to show."""
    from textual.app import App, ComposeResult  # the parent needs none of it
    from textual.widget import Widget

    known = domains()
    make, show = theirs() if way == "theirs" else ours()

    class Bench(App[None]):
        CSS_PATH = [Path(__file__).parents[1] / "styles" / "table.tcss"]

        def compose(self) -> ComposeResult:
            self.table: Widget = make()
            yield self.table

        def on_mount(self) -> None:
            self.table.focus()
            if way == "sorted":
                self.table.sort_by("cpu")  # type: ignore[attr-defined]
                self.table.filter("!state:off web")  # type: ignore[attr-defined]
            started = time.process_time()
            show(self.table, sample(known, 0))
            self.first = time.process_time() - started
            asyncio.get_running_loop().add_reader(control, self.asked)
            self.call_after_refresh(self.say, ready=True)

        def say(self, **words: Any) -> None:
            os.write(control, json.dumps(words).encode() + b"\n")

        def asked(self) -> None:
            question = os.read(control, 100).decode().strip()
            if question == "cost":
                self.say(cpu=time.process_time(), first=self.first)
            elif question == "samples":
                self.run_worker(self.samples())
            else:
                self.exit()

        async def samples(self) -> None:
            spent = []
            for second in range(1, SECONDS + 1):
                entries = sample(known, second)
                started = time.process_time()
                show(self.table, entries)
                spent.append(time.process_time() - started)
                await asyncio.sleep(1)
            self.say(spent=spent)

    Bench().run()


Show = Callable[[Any, Sequence[DomainRow]], None]


def ours() -> tuple[Callable[[], Any], Show]:
    """The list of this project."""
    from xentui.tui.domain_list.table import DomainTable

    return DomainTable, DomainTable.show


def theirs() -> tuple[Callable[[], Any], Show]:
    """A DataTable with the same columns, of which only cells that have changed are updated."""
    from rich.text import Text
    from textual.widgets import DataTable

    from xentui.tui.domain_list.columns import fit

    columns = fit(COLUMNS - 10)[1:]  # a DataTable pads each cell
    texts: dict[str, list[str]] = {}

    def show(table: DataTable[Text], entries: Sequence[DomainRow]) -> None:
        if not texts:
            for column in columns:
                table.add_column(column.title, key=column.id, width=max(column.width - 1, 1))
        for entry in entries:
            now = [column.text(entry) for column in columns]
            last = texts.get(entry.key)
            if last is None:
                table.add_row(*map(Text, now), key=entry.key)
            else:
                for column, old, new in zip(columns, last, now, strict=True):
                    if old != new:
                        table.update_cell(entry.key, column.id, Text(new))
            texts[entry.key] = now

    return lambda: DataTable(cursor_type="row"), show


@dataclass(frozen=True, slots=True)
class Measured:
    """What one list costs; CPU in seconds."""

    first: float
    show: float
    idle_bytes: float
    idle_cpu: float
    move_bytes: float
    move_typical: float
    move_cpu: float


class Terminal:
    """A list in a child process, the pseudo-terminal it draws on, and the socket it answers on."""

    def __init__(self, way: str, colours: str) -> None:
        import socket

        self.near, far = socket.socketpair()
        self.screen, slave = pty.openpty()
        termios.tcsetwinsize(slave, (LINES, COLUMNS))
        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
        environment = {**kept, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"}
        if colours == "truecolor":
            environment["COLORTERM"] = colours
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.table", way, str(far.fileno())],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=[far.fileno()],
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        far.close()
        self.answers = self.near.makefile("r")
        self.bytes = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        try:
            while data := os.read(self.screen, 65536):
                self.bytes += len(data)
        except OSError:
            return

    def ask(self, question: str = "") -> dict[str, Any]:
        """The answer to a question, or the next word of the child."""
        if question:
            self.near.sendall(question.encode() + b"\n")
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return answer

    def settle(self) -> int:
        """The bytes sent once no more come."""
        while True:
            last = self.bytes
            time.sleep(0.3)
            if self.bytes == last:
                return last

    def move(self) -> int:
        """Bytes of one step down."""
        before = self.bytes
        os.write(self.screen, DOWN)
        deadline = time.monotonic() + 2
        while self.bytes == before and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(WAIT)
        return self.bytes - before

    def close(self) -> None:
        """End the child."""
        self.near.sendall(b"end\n")
        self.process.wait(10)


def measure(way: str, colours: str) -> Measured:
    """Start a list, let it show samples, and step down through it."""
    terminal = Terminal(way, colours)
    terminal.ask()
    sent, before = terminal.settle(), terminal.ask("cost")
    spent = terminal.ask("samples")["spent"]
    idle = terminal.settle() - sent
    mid = terminal.ask("cost")
    moves = [terminal.move() for _ in range(MOVES)]
    after = terminal.ask("cost")
    terminal.close()
    return Measured(
        first=before["first"],
        show=min(spent),
        idle_bytes=idle / SECONDS,
        idle_cpu=(mid["cpu"] - before["cpu"]) / SECONDS,
        move_bytes=sum(moves) / MOVES,
        move_typical=statistics.median(moves),
        move_cpu=(after["cpu"] - mid["cpu"]) / MOVES,
    )


def main() -> int:
    mine, other = measure("ours", "truecolor"), measure("theirs", "truecolor")
    few, busy = measure("ours", "256"), measure("sorted", "truecolor")
    rows = (
        ("first show, ms CPU", 1000 * mine.first, 1000 * other.first, None),
        ("show of new figures, ms CPU", 1000 * mine.show, 1000 * other.show, LIMIT_SHOW_MS),
        ("  sorted by load, filtered", 1000 * busy.show, None, LIMIT_SHOW_MS),
        ("bytes a second at rest", mine.idle_bytes, other.idle_bytes, LIMIT_IDLE),
        ("  the same in 256 colours", few.idle_bytes, None, LIMIT_IDLE),
        ("  all rows move, by load", busy.idle_bytes, None, None),
        ("bytes a move, mean", mine.move_bytes, other.move_bytes, LIMIT_MOVE),
        ("bytes a move, median", mine.move_typical, other.move_typical, LIMIT_MOVE),
        ("a move, ms CPU", 1000 * mine.move_cpu, 1000 * other.move_cpu, None),
    )
    failed = False
    print(
        f"{f'{DOMAINS} domains, {COLUMNS}x{LINES}':<30} {'ours':>9} {'DataTable':>10} {'ratio':>6} {'limit':>7}"
    )
    for title, value, theirs_, limit in rows:
        ratio = f"{theirs_ / value:6.1f}" if theirs_ is not None and value else f"{'':6}"
        reference = f"{theirs_:10.1f}" if theirs_ is not None else f"{'':10}"
        print(f"{title:<30} {value:9.1f} {reference} {ratio} {limit if limit is not None else '':>7}")
        failed |= limit is not None and value > limit
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        child(sys.argv[1], int(sys.argv[2]))
    else:
        sys.exit(main())
