"""xentui's screen on a real terminal: a pseudo-terminal, and xentui's own emulator to see what a person would."""

from __future__ import annotations

import os
import re
import select
import signal
import termios
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect

from tests.scenarios.world import World
from xentui.terminal import Emulator

_KEYS = {"ctrl+]": b"\x1d", "ctrl+c": b"\x03", "ctrl+p": b"\x10", "ctrl+q": b"\x11"}
_ROW = re.compile(r"(?P<cursor>[>! ])[* ](?P<name>\S+) +[CMTcmt]\S* +(?:\S )?(?P<row>[a-z]+ .*)")
"""A row of the list at 80 columns: ``> web1   Ma b blocked  3 …``; without a letter while it is installed."""
_ASK_AGAIN = 15.0
"""Seconds until what was typed is taken for lost."""
_STOPPED = 20.0
"""Seconds a screen that is told to end may take on a busy machine."""


class ScreenDriver:
    """A terminal with a program in it, as its user has it.

    ``argv`` is the program, ``size`` its columns and lines, ``patience`` the seconds it may take for anything.
    What it writes is read at once by a thread of the driver, as a terminal does.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        patience: float,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        self.patience = patience
        self.raw = bytearray()
        """All it has written."""
        self._emulator = Emulator(*size)
        self._moved = threading.Condition()
        self._ended = False
        columns, lines = size
        # These two would be taken for the terminal's size, whatever becomes of it.
        inherited = {key: text for key, text in environment.items() if key not in ("LINES", "COLUMNS")}
        self._child = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            env={**inherited, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            dimensions=(lines, columns),
            timeout=patience,
        )
        self.modes_before = self.modes
        self._taking = threading.Event()
        self._taking.set()
        self._stop, self._stopping = os.pipe()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # What the user sees

    def text(self) -> list[str]:
        """The lines of the screen, without the blanks at their ends."""
        with self._moved:
            return self._emulator.text()

    def line(self, number: int) -> str:
        """One line, from 0; negative numbers count from the bottom."""
        return self.text()[number]

    def shows(self, text: str) -> bool:
        """Whether some line has ``text``."""
        return any(text in line for line in self.text())

    def row_of(self, name: str) -> str:
        """The row of a domain in the list, from its state's word on; "" where it is not listed."""
        return self.rows.get(name, "")

    def state_of(self, name: str) -> str:
        """A domain's state as the list says it in words; "" where it is not listed."""
        return (self.row_of(name).split() or [""])[0]

    def domid_of(self, name: str) -> int:
        """A domain's domid as the list says it, -1 for none."""
        cells = self.row_of(name).split()
        return int(cells[1]) if len(cells) > 1 and cells[1].isdecimal() else -1

    def look(self, text: str) -> tuple[object, ...]:
        """How the first place that shows ``text`` looks: its colours and whether it is bold, dim, reversed."""
        with self._moved:
            for number, line in enumerate(self._emulator.text()):
                if (column := line.find(text)) >= 0:
                    cell = self._emulator.cell(number, column)
                    return cell.fg, cell.bg, cell.bold, cell.dim, cell.reverse
        raise AssertionError(self.failed(repr(text)))

    @property
    def emulator(self) -> Emulator:
        """The terminal itself; what it holds may change at any time."""
        return self._emulator

    @property
    def modes(self) -> list[object]:
        """The pseudo-terminal's modes, without the special characters."""
        return termios.tcgetattr(self._child.child_fd)[:4]

    @property
    def rows(self) -> dict[str, str]:
        """Of each domain in sight, what follows its kind: its state in words, domid, memory …"""
        found = {}
        for line in self.text():
            if match := _ROW.match(line):
                found[match["name"]] = match["row"]
        return found

    def _chosen(self) -> tuple[int, dict[str, int]]:
        """The line of the cursor, -1 for none, and the line of each domain."""
        lines, cursor = {}, -1
        for number, line in enumerate(self.text()):
            if match := _ROW.match(line):
                lines[match["name"]] = number
                cursor = number if match["cursor"] == ">" else cursor
        return cursor, lines

    # What the user does

    def press(self, *keys: str) -> None:
        """Press keys: a character, or a name as Textual has it (``enter``, ``down``, ``ctrl+]``)."""
        for key in keys:
            with self._moved:
                data = _KEYS.get(key) or self._emulator.key(key, key if len(key) == 1 else None)
            assert data, f"there is no key {key!r}"
            self._child.send(data)

    def type(self, text: str) -> None:
        """Type text."""
        self._child.send(text.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        with self._moved:
            self._emulator.resize(columns, lines)
        self._child.setwinsize(lines, columns)

    def hang(self) -> None:
        """Take nothing from the program any more, as a terminal does whose line is dead."""
        self._taking.clear()

    def scribble(self, text: str) -> None:
        """Write to the terminal behind the program's back, as wall(1) does."""
        with self._moved:
            self._emulator.feed(text.encode())

    def go_on(self) -> None:
        """Take again what it writes."""
        self._taking.set()

    @property
    def full(self) -> bool:
        """Whether nothing more goes into the pseudo-terminal."""
        far = os.open(f"/proc/{self._child.pid}/fd/0", os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return not select.select([], [far], [], 0)[1]
        finally:
            os.close(far)

    def choose(self, name: str) -> None:
        """Move the cursor of the list to a domain that is in sight."""

        def there() -> bool:
            cursor, lines = self._chosen()
            return lines.get(name) == cursor

        deadline = time.monotonic() + self.patience
        while not there():
            self.until(lambda: name in self._chosen()[1], what=f"{name} in the list")
            cursor, lines = self._chosen()
            # Half a row may have come since; and the cursor may be on a host's line.
            steps = lines[name] - cursor if cursor >= 0 and name in lines else 1
            self.press(*(["down"] * steps if steps > 0 else ["up"] * -steps))
            assert time.monotonic() < deadline, self.failed(f"the cursor on {name}")
            # Pressed again while some are still on their way, they would lead past it.
            self._settle(there)

    # How the test waits

    def until(
        self, wanted: str | Callable[[], object], *, patience: float | None = None, what: str = ""
    ) -> float:
        """Wait until a text is shown, or a condition holds; returns the seconds it took."""
        started = time.monotonic()
        deadline = started + (self.patience if patience is None else patience)
        holds = (lambda: self.shows(wanted)) if isinstance(wanted, str) else wanted
        with self._moved:
            while not holds():
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    missing = what or (repr(wanted) if isinstance(wanted, str) else "what was waited for")
                    raise AssertionError(self.failed(missing))
                # What does not show on the screen is looked at again and again.
                self._moved.wait(min(left, 0.25))
        return time.monotonic() - started

    def ask(self, line: str, answer: str) -> None:
        """Type a line into a guest until its answer shows; one that still boots may lose what is typed."""
        deadline = time.monotonic() + self.patience
        while not self.shows(answer):
            assert time.monotonic() < deadline, self.failed(repr(answer))
            self.type(f"{line}\r")
            with self._moved:
                self._moved.wait_for(lambda: self.shows(answer) or self._ended, timeout=_ASK_AGAIN)

    def _settle(self, done: Callable[[], object]) -> None:
        """Wait for the answer to a key."""
        with self._moved:
            self._moved.wait_for(done, timeout=_ASK_AGAIN)

    def until_ended(self) -> int:
        """Wait for the program's end; returns its exit status, or minus the signal that ended it."""
        deadline = time.monotonic() + self.patience
        while self._child.isalive():
            assert time.monotonic() < deadline, self.failed("its end")
            self._reader.join(0.1)
            time.sleep(0.02)
        self._reader.join(_STOPPED)
        if self._child.signalstatus is not None:
            return -int(self._child.signalstatus)
        return int(self._child.exitstatus or 0)

    def quit(self) -> None:
        """Leave xentui from the list; it must end well, and without a word."""
        self.press("q")
        status = self.until_ended()
        assert status == 0, self.failed(f"exit status 0, but {status}")
        assert b"Traceback" not in self.raw, self.failed("a quiet end")

    def kill(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self._child.kill(number)

    @property
    def stopped(self) -> bool:
        """Whether it stands still after SIGSTOP or SIGTSTP, until SIGCONT."""
        state = (
            Path(f"/proc/{self._child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        )
        return state == "T"

    def close(self) -> None:
        """End the program, if it has not, and let go of the terminal."""
        if self._child.isalive():
            self._child.kill(signal.SIGHUP)
            deadline = time.monotonic() + _STOPPED
            while self._child.isalive() and time.monotonic() < deadline:
                self._reader.join(0.05)
        os.write(self._stopping, b"x")
        self.go_on()
        self._reader.join(_STOPPED)
        self._child.close(force=True)
        for descriptor in (self._stop, self._stopping):
            os.close(descriptor)

    def failed(self, missing: str) -> str:
        """What to say when ``missing`` never came: the screen."""
        columns = self._emulator.columns
        screen = "\n".join(f"│{line:<{columns}}│" for line in self._emulator.text())
        ended = " (the program has ended)" if self._ended else ""
        return f"never saw {missing}{ended}:\n┌{'─' * columns}┐\n{screen}\n└{'─' * columns}┘"

    # The terminal

    def _read(self) -> None:
        descriptor = self._child.child_fd
        while True:
            ready, _, _ = select.select([descriptor, self._stop], [], [])
            if self._stop in ready:
                return
            self._taking.wait()
            try:
                data = os.read(descriptor, 65536)
            except OSError:
                data = b""
            with self._moved:
                self.raw += data
                self._emulator.feed(data)
                answers = self._emulator.replies()
                self._ended = not data
                self._moved.notify_all()
            if not data:
                return
            if answers:
                os.write(descriptor, answers)


class ScreenWorld(World):
    """A host with screens on it; they are closed with it.

    ``slowness`` is how many seconds more than on an idle machine anything may take to show.
    """

    slowness: float

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(environment)
        self._screens: list[ScreenDriver] = []

    @property
    def soon(self) -> float:
        """Seconds within which the list shows what others do, where no event tells of it.

        Between two looks is forty times what one takes, and that may be two seconds on a busy machine.
        """
        return 90.0 + self.slowness

    @abstractmethod
    def cut(self) -> None:
        """Take the host away: what goes on there is cut off, and nothing reaches it any more."""

    @abstractmethod
    def mend(self) -> None:
        """The host can be reached again."""

    def screen(
        self, *options: str, size: tuple[int, int] = (80, 24), environment: Mapping[str, str] | None = None
    ) -> ScreenDriver:
        """Start xentui's screen, and wait until it lists what there is."""
        screen = self.terminal(self.command(*options), size=size, environment=environment)
        screen.until(lambda: "Domain-0" in screen.rows, what="the list")
        return screen

    def terminal(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
    ) -> ScreenDriver:
        """Start any program on a terminal."""
        screen = ScreenDriver(
            argv, {**self.environment, **(environment or {})}, patience=self.patience, size=size
        )
        self._screens.append(screen)
        return screen

    def end_screens(self) -> None:
        """End the screens, whatever they show."""
        while self._screens:
            self._screens.pop().close()

    def close(self) -> None:
        """End the screens, and what else there is of this world."""
        self.end_screens()
        super().close()

    def running(self, name: str, **settings: str | int) -> None:
        """Have a guest running, of an earlier scenario or a new one; it is transient."""
        if name not in self.xl_rows():
            self.xl("create", self.guest(name, **settings))

    def console_log(self, name: str) -> Path:
        """The file with all a guest has printed while xentui was there."""
        state = Path(self.environment["XDG_STATE_HOME"])
        (found,) = (state / "xentui" / "consoles").glob(f"*/{name}-*.log")
        return found
