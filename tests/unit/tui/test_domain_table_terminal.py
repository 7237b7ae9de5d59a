"""The list on a real pseudo-terminal: painting only what differs leaves what a whole painting would.

Textual's own picture of the screen cannot tell, since it is not where the partial updates go.
"""

from __future__ import annotations

import json
import os
import pty
import random
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Sequence

import pytest

from tests.unit.tui.samples import entry
from xentui.model.state import DomainState
from xentui.terminal import Emulator
from xentui.tui.rows import Entry
from xentui.tui.widgets.domain_table import DomainTable

STEPS = 12


def sample(chance: random.Random) -> list[Entry]:
    """Up to sixty domains, one of them with a wide name, with figures and states of chance."""
    states = (DomainState.RUNNING, DomainState.PAUSED, DomainState.CRASHED, DomainState.OFF)
    made = []
    for number in range(chance.choice((3, 30, 60))):
        state = chance.choice(states) if chance.random() < 0.2 else DomainState.RUNNING
        cpu = chance.random() * 100 if state.exists else None
        made.append(
            entry(number, "日本語" * 9 if number == 2 else "", cpu=cpu, state=state, autostart=number == 4)
        )
    return made


def change(table: DomainTable, chance: random.Random) -> None:
    """Do one of the things that change what is shown."""
    changes = (
        lambda: table.show(sample(chance)),
        lambda: table.show(sample(chance)),
        table.action_cursor_down,
        table.action_page_down,
        table.action_cursor_up,
        table.toggle_mark,
        table.invert_marks,
        lambda: table.sort_by(chance.choice(("name", "cpu", "state"))),
        lambda: table.filter(chance.choice(("", "1", "state:running", "none such"))),
        lambda: table.stale("no answer"),
        table.fresh,
        lambda: table.scroll_relative(y=3, animate=False),
    )
    chance.choice(changes)()


def child(control: int) -> None:
    """Change the list step by step; after each, say what should be on the screen, and wait for the word to go on."""
    import asyncio  # noqa: PLC0415

    from tests.unit.tui.test_domain_table import Bench  # noqa: PLC0415

    class Changing(Bench):
        def on_mount(self) -> None:
            self.table.focus()
            self.run_worker(self.steps())

        async def steps(self) -> None:
            chance = random.Random(STEPS)  # noqa: S311 - the same at every run
            for _ in range(STEPS):
                for _ in range(chance.randint(1, 4)):
                    change(self.table, chance)
                await asyncio.sleep(0.1)
                lines = [strip.text for strip in self.screen._compositor.render_strips()]
                os.write(control, json.dumps(lines).encode() + b"\n")
                await asyncio.to_thread(os.read, control, 1)
            self.exit()

    Changing().run()


class Terminal:
    """An emulated terminal, and the list in a child process on it."""

    def __init__(self, columns: int, lines: int) -> None:
        self.emulator, self._lock = Emulator(columns, lines), threading.Lock()
        self.near, far = socket.socketpair()
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (lines, columns))
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.tui.test_domain_table_terminal", str(far.fileno())],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=[far.fileno()],
            env={**environment, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"},
            start_new_session=True,
        )
        os.close(slave)
        far.close()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while data := os.read(self._master, 65536):
                with self._lock:
                    self.emulator.feed(data)
        except OSError:
            return

    def shows(self, lines: Sequence[str], seconds: float = 5.0) -> list[str]:
        """What the terminal shows, as soon as that is ``lines``, at the latest after so many seconds."""
        wanted, deadline = [line.rstrip() for line in lines], time.monotonic() + seconds
        while True:
            with self._lock:
                shown = [line.rstrip() for line in self.emulator.text()]
            if shown == wanted or time.monotonic() > deadline:
                return shown
            time.sleep(0.02)


@pytest.mark.parametrize("size", [(80, 24), (38, 16)])
def test_the_terminal_shows_what_was_meant(size: tuple[int, int]) -> None:
    terminal = Terminal(*size)
    terminal.near.settimeout(20)
    steps = 0
    try:
        for said in terminal.near.makefile("r"):
            wanted = json.loads(said)
            assert terminal.shows(wanted) == [line.rstrip() for line in wanted]
            terminal.near.sendall(b".")
            steps += 1
        assert terminal.process.wait(20) == 0
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.wait()
    assert steps == STEPS


if __name__ == "__main__":
    child(int(sys.argv[1]))
