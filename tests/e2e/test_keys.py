"""Keys from a real terminal through the screen to real programs, as fast as a terminal sends them."""

from __future__ import annotations

import codecs
import contextlib
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

import xentui
from xentui.terminal import Emulator

PATIENCE = 60.0
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from tests.unit.tui.stage import StageHost
from xentui.settings import Settings
from xentui.tui.app import XentuiApp
host = StageHost(Path({state!r}), domains=12)
host.console = {argv!r}
XentuiApp(host, Settings()).run()
"""
# Writes what it reads to a file, in the order it comes.
READER = """
import os, sys, tty
tty.setraw(0)
os.write(1, {modes!r} + b"guest is ready\\r\\n")
with open({path!r}, "ab", buffering=0) as kept:
    while data := os.read(0, 4096):
        kept.write(data)
"""


class Screen:
    """A terminal with the screen in it, and what that shows."""

    def __init__(self, script: Path, environment: dict[str, str]) -> None:
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            sys.executable, [str(script)], env=environment, dimensions=(24, 80), timeout=PATIENCE
        )
        self._emulator = Emulator(80, 24)
        self._decode = codecs.getincrementaldecoder(environment.get("PYTHONIOENCODING", "utf-8"))(
            "replace"
        ).decode

    def send(self, data: bytes) -> None:
        self.child.send(data)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something, reading what is written meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.text
            with contextlib.suppress(pexpect.TIMEOUT):
                self._emulator.feed(self._decode(self.child.read_nonblocking(65536, timeout=0.05)).encode())

    def shows(self, text: str) -> None:
        self.until(lambda: text in self.text)

    @property
    def text(self) -> str:
        return "\n".join(self._emulator.text())


Console = Callable[..., Screen]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Starts the screen with a program as a guest's console, and opens that."""
    started: list[Screen] = []

    def start(argv: list[str], ready: str = "attached", **environment: str) -> Screen:
        script = tmp_path / "screen.py"
        folder = str(Path(xentui.__file__).parents[1])
        script.write_text(
            textwrap.dedent(PROGRAM).format(folder=folder, state=str(tmp_path / "sim"), argv=argv)
        )
        known = {"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "HOME": str(tmp_path)}
        screen = Screen(script, {**known, **environment})
        started.append(screen)
        screen.shows("web1")
        screen.send(b":")
        # What is typed ahead is dropped where a busy machine takes long over the line.
        screen.shows("Enter Run")
        screen.send(b"console web1\r")
        screen.shows(ready)
        return screen

    yield start
    for screen in started:
        screen.child.close(force=True)


def reader(path: Path, modes: bytes = b"") -> list[str]:
    return [sys.executable, "-S", "-E", "-c", READER.format(path=str(path), modes=modes)]


def test_bytes_reach_the_guest_as_typed(console: Console, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    child = console(reader(kept), "guest is ready")
    typed = b"ihello\x1b:wq\r\x1b.\x1b/\x1b1\x1b9\x1bb\x1bf\x1b\x7f\x1b\r\x1b\t\x1b\x01\x1b<\x1b "
    typed += b"\x08\x7f\x1b[A\x1b[1;5C\x1bOP"
    child.send(typed)
    child.until(lambda: kept.exists() and len(kept.read_bytes()) >= len(typed))
    assert kept.read_bytes() == typed
    child.send(b"\x1b[46;3u\x1b[97;7u\x1b[120;;120u\x1b[27u")
    child.until(lambda: len(kept.read_bytes()) >= len(typed) + 6)
    assert kept.read_bytes().removeprefix(typed) == b"\x1b.\x1b\x01x\x1b"


def test_a_paste_with_the_leave_key_does_not_leave(console: Console, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    child = console(reader(kept), "guest is ready")
    child.send(b"\x1b[200~ab\x1b[31mc\x1dXyz\x1b[201~.")
    child.until(lambda: kept.exists() and kept.read_bytes().endswith(b"."))
    assert kept.read_bytes() == b"ab[31mcXyz."


def test_a_terminal_of_another_encoding_types_into_a_utf_8_guest(console: Console, tmp_path: Path) -> None:
    """What is no UTF-8 is a stand-in, and the screen goes on."""
    kept = tmp_path / "kept"
    child = console(reader(kept), "guest is ready")
    child.send(b"\xe4x")
    child.until(lambda: kept.exists() and kept.read_bytes().endswith(b"x"))
    assert kept.read_bytes() == "\ufffdx".encode()


def test_a_terminal_that_is_not_utf_8_gets_signs_it_has(console: Console, tmp_path: Path) -> None:
    """PYTHONIOENCODING plays a locale that may not be installed."""
    child = console(
        reader(tmp_path / "kept", "─│┌ 字\r\n".encode()), "guest is ready", PYTHONIOENCODING="iso8859-1"
    )
    assert "-|+ ??" in child.text
    assert "\\u" not in child.text
    child.send(b"\x1d?")
    child.shows("Help")
    assert "\\u" not in child.text


@pytest.mark.parametrize(
    ("editor", "delay"),
    # busybox's vi itself takes ESC and what comes within 50 ms for a key, and forgets both.
    [*(("vim -u NONE", delay) for delay in (0.0, 0.03, 0.06, 0.12)), ("busybox vi", 0.5)],
)
def test_vi_is_left_by_esc_and_a_command_at_once(
    console: Console, tmp_path: Path, editor: str, delay: float
) -> None:
    argv = editor.split()
    if shutil.which(argv[0]) is None:
        pytest.skip(f"there is no {argv[0]} here")
    text = tmp_path / "text"
    child = console([*argv, str(text)])
    child.shows("~")  # an editor draws when it has taken the terminal
    child.send(b"ihello\x1b")
    if delay:
        time.sleep(delay)
    child.send(b":wq\r")
    child.until(text.exists)
    assert text.read_bytes() == b"hello\n"


def test_alt_in_bash(console: Console, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash here")
    kept = tmp_path / "kept"
    child = console(["bash", "--norc", "--noprofile", "-i"], "ready$", PS1="ready$ ")
    before = child.text.count("ready$")
    child.send(b"echo one two\r")
    child.until(lambda: child.text.count("ready$") > before)
    child.send(f"echo \x1b. three\x1bb\x1bb\x1bf-x\x05 > {kept}\r".encode())
    child.until(lambda: kept.exists() and kept.read_bytes().endswith(b"\n"))
    assert kept.read_bytes() == b"two-x three\n"
