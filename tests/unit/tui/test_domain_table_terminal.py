"""The list on a real pseudo-terminal: painting only what differs leaves what a whole painting would.

Textual's own picture of the screen cannot tell, since it is not where the partial updates go.
"""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence

import pytest
from textual.driver import Driver

from tests.unit.tui.samples import entry
from xentui.model.state import DomainState
from xentui.terminal import Emulator
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.domain_list.table import DomainTable

ASKED = 10
"""How often the child is asked again what should be shown."""


def sample(second: int, count: int = 60) -> list[DomainRow]:
    """Domains one of which has a wide name; each second figures move, and one domain changes its state."""
    made = []
    for number in range(count):
        state = DomainState.OFF if number % 5 == 4 else DomainState.RUNNING
        if number == second:
            state = DomainState.PAUSED
        cpu = number + second / 10 if state.exists else None
        made.append(
            entry(number, "日本語" * 9 if number == 2 else "", cpu=cpu, state=state, autostart=number == 4)
        )
    return made


def steps(table: DomainTable) -> list[Callable[[], object]]:
    """What changes what is shown, one after the other."""
    return [
        lambda: table.show(sample(1)),
        lambda: table.show(sample(2)),
        table.action_cursor_down,
        lambda: table.show(sample(3)),
        table.action_cursor_down,
        table.toggle_mark,
        lambda: table.sort_by("cpu"),
        lambda: table.show(sample(4)),
        table.action_page_down,
        lambda: table.show(sample(5)),
        lambda: table.scroll_relative(y=-3, animate=False),
        lambda: table.show(sample(6, 40)),
        table.invert_marks,
        lambda: table.filter("1"),
        lambda: table.show(sample(7)),
        lambda: table.stale("no answer"),
        lambda: table.filter("none such"),
        table.fresh,
        lambda: table.show(sample(8, 3)),
        lambda: table.filter(""),
        lambda: table.show(sample(9, 3)),
        lambda: table.sort_by("name"),
        lambda: table.show(sample(10, 30)),
        lambda: table.show(sample(11, 30)),
    ]


def child(control: int) -> None:
    """Change the list step by step; after each, say what should be on the screen, and wait for the word to go on."""
    import asyncio

    from tests.unit.tui.test_domain_table import Bench
    from xentui.tui.driver import thrifty

    class Changing(Bench):
        def get_driver_class(self) -> type[Driver]:
            return thrifty(super().get_driver_class())

        def on_mount(self) -> None:
            self.table.focus()
            self.run_worker(self.change())

        async def change(self) -> None:
            for step in steps(self.table):
                step()
                answer = b"?"
                while answer == b"?":  # on a busy machine it may not have been laid out yet
                    await asyncio.sleep(0.05)
                    lines = [strip.text for strip in self.screen._compositor.render_strips()]
                    os.write(control, json.dumps(lines).encode() + b"\n")
                    answer = await asyncio.to_thread(os.read, control, 1)
            self.exit()

    Changing().run()


class Terminal:
    """An emulated terminal, and the list in a child process on it."""

    def __init__(self, columns: int, lines: int) -> None:
        self.emulator, self._lock = Emulator(columns, lines), threading.Lock()
        self.near, far = socket.socketpair()
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (lines, columns))
        # Textual takes COLUMNS and LINES for more than what the terminal says.
        unwanted = ("NO_COLOR", "COLUMNS", "LINES")
        environment = {name: value for name, value in os.environ.items() if name not in unwanted}
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

    def shows(self, lines: Sequence[str], seconds: float = 60.0) -> list[str]:
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
    terminal.near.settimeout(60)
    step = asked = 0
    try:
        for said in terminal.near.makefile("r"):
            wanted = [line.rstrip() for line in json.loads(said)]
            if terminal.shows(wanted, 2.0) != wanted and asked < ASKED:
                asked += 1
                terminal.near.sendall(b"?")
                continue
            assert terminal.shows(wanted) == wanted, f"after step {step}"
            terminal.near.sendall(b".")
            step, asked = step + 1, 0
        assert terminal.process.wait(60) == 0
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.wait()
    assert step == len(steps(DomainTable()))


if __name__ == "__main__":
    child(int(sys.argv[1]))
