"""The shell as a user meets it: ``xentui --host sim shell`` on a terminal."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

_SEQUENCE = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>])|\x0f|\r")
_WHERE_IS_THE_CURSOR = "\x1b\\[6n"
PATIENCE = 60


class Terminal:
    """A terminal of 80x24 with a shell in it, as text without its control sequences."""

    def __init__(self, state: Path, *options: str, term: str = "xterm") -> None:
        environment = {
            **os.environ,
            "XDG_STATE_HOME": str(state),
            "XDG_CONFIG_HOME": str(state),
            "TERM": term,
            "LC_ALL": "C.UTF-8",
        }
        self.raw = ""
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "xentui", "--host", "sim", *options, "shell"],
            env=environment,
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=PATIENCE,
        )

    def until(self, text: str) -> str:
        """Read until ``text`` is shown; returns what was shown before it."""
        seen = ""
        while True:
            found = self.child.expect([_WHERE_IS_THE_CURSOR, text, pexpect.EOF])
            seen += self.child.before or ""
            self.raw += f"{self.child.before}{self.child.after}"
            assert found != 2, f"ended without {text!r}: {seen}"
            if found == 1:
                return _SEQUENCE.sub("", seen)
            self.child.send("\x1b[1;1R")

    def send(self, keys: str) -> None:
        self.child.send(keys)

    def interrupt(self, answer: str) -> None:
        """Press Ctrl-C until it is answered: in the moment between the prompt and the verb it is nobody's."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.send("\x03")
            if self.child.expect([answer, pexpect.TIMEOUT], timeout=2) == 0:
                return
        raise AssertionError(f"Ctrl-C was never answered with {answer!r}")

    def line(self, text: str) -> None:
        """Wait for a prompt and give it a line."""
        self.until(">")
        self.child.send(text + "\r")

    def leave(self) -> int:
        """Wait for the end; returns the exit status."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.signalstatus is None
        return int(self.child.exitstatus or 0)


Open = Callable[..., Terminal]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Open]:
    opened: list[Terminal] = []

    def start(*options: str, term: str = "xterm") -> Terminal:
        opened.append(Terminal(tmp_path, *options, term=term))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.child.close(force=True)


def test_lines_are_answered_until_exit(shell: Open) -> None:
    terminal = shell()
    terminal.until("Ctrl-D leaves")
    terminal.line("list --state suspended")
    terminal.until("lab")
    terminal.line("start nosuch")
    terminal.until("nosuch: no such domain")
    terminal.line("start --help")
    terminal.until("usage: xentui start")
    terminal.line("exit")
    assert terminal.leave() == 0


def test_tab_offers_the_domains_that_can_be_started(shell: Open) -> None:
    terminal = shell()
    terminal.until(">")
    terminal.send("start \t")
    offered = terminal.until("router") + terminal.until("managed")
    assert "backup" in offered
    for running in ("web1", "db1", "Domain-0", "lab"):
        assert running not in offered
    terminal.send("b\t")
    terminal.until("ackup")
    terminal.send("\x03")
    terminal.line("exit")
    assert terminal.leave() == 0


def test_ctrl_c_ends_the_verb_and_not_the_shell(shell: Open) -> None:
    terminal = shell()
    terminal.line("sim hang 600")
    terminal.line("list")
    terminal.until("list")
    terminal.until("\n")
    terminal.interrupt("interrupted")
    terminal.line("host")
    terminal.until("managed domains are stored in")
    terminal.line("quit")
    assert terminal.leave() == 0


def test_a_console_takes_the_terminal_and_gives_it_back(shell: Open) -> None:
    terminal = shell()
    terminal.line("console web1")
    terminal.until("Ctrl-] leaves the console")
    terminal.until("guest up")
    terminal.send("\r")
    terminal.until("#")
    terminal.send("\x1d")
    terminal.until("it keeps running")
    terminal.line("host")
    terminal.until("managed domains are stored in")
    terminal.send("\x04")
    assert terminal.leave() == 0


def test_history_outlives_the_shell_and_is_the_owners_alone(shell: Open, tmp_path: Path) -> None:
    first = shell()
    first.line("show router")
    first.until("name:")
    first.line("exit")
    assert first.leave() == 0
    folder = tmp_path / "xentui"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "shell-history").stat().st_mode) == 0o600
    second = shell()
    second.until(">")
    second.send("sh\x1b[A\r")
    second.until("router")
    second.until("name:")
    second.line("exit")
    assert second.leave() == 0


def test_a_read_only_session_says_so_and_refuses(shell: Open) -> None:
    terminal = shell("--read-only")
    terminal.until("read-only")
    terminal.line("start backup")
    terminal.until("this session is read-only")
    terminal.line("exit")
    assert terminal.leave() == 0


def test_a_dumb_terminal_gets_plain_text(shell: Open) -> None:
    terminal = shell(term="dumb")
    terminal.line("list --state suspended")
    terminal.until("lab")
    terminal.line("nosuch")
    terminal.until("is not a command of xentui")
    terminal.line("exit")
    assert terminal.leave() == 0
    assert "lab" in terminal.raw
    assert "\x1b" not in terminal.raw


@pytest.mark.parametrize(("wish", "coloured"), [("", True), ("1", False)])
def test_colour_is_left_out_where_it_is_not_wanted(
    shell: Open, monkeypatch: pytest.MonkeyPatch, wish: str, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", wish)
    terminal = shell()
    terminal.until(">")
    terminal.send("start \t")
    terminal.until("router")
    # An SGR sequence to its end: ESC [ 31 C only moves the cursor.
    assert bool(re.search(r"\x1b\[(?:[0-9]+;)*(?:3|4|9|10)[0-9](?:;[0-9]+)*m", terminal.raw)) == coloured
    terminal.send("\x03")
    terminal.line("exit")
    assert terminal.leave() == 0
