"""The user's own terminal handed to a running session and given back; the user is played by pexpect."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

import xentui
from tests.unit.console.support import PATIENCE
from xentui.console.attach_live import attach_live
from xentui.console.session import ConsoleSession
from xentui.console.user_terminal import restoring
from xentui.errors import UsageError
from xentui.terminal import Emulator

GUEST = """
import os, tty
tty.setraw(0)
os.write(1, b"\\x1b[31mguest\\x1b[m up\\r\\n")
while data := os.read(0, 60):
    os.write(1, {b"q": b"\\x1b[6n", b"a": b"\\x1b[?1049hfull", b"f": b"x" * 3_000_000}.get(data, repr(data).encode()))
    if data == b"e":
        break
"""

PROGRAM = """
import asyncio, sys, termios
sys.path.insert(0, {folder!r})
from xentui.console.attach_live import attach_live
from xentui.console.session import ConsoleSession, Phase

async def main():
    session = ConsoleSession([sys.executable, "-c", {guest!r}])
    await session.start()
    while "guest up" not in session.emulator.text()[0]:
        await asyncio.sleep(0.01)
    print("shell$", flush=True)
    before = termios.tcgetattr(0)
    await asyncio.to_thread(attach_live, session, leave={leave!r})
    assert termios.tcgetattr(0) == before
    await asyncio.sleep(0.2)
    print("phase", session.phase, "line", session.emulator.text()[1], flush=True)
    input()
    await asyncio.to_thread(attach_live, session, leave={leave!r})
    await session.close()
    print("over", flush=True)

asyncio.run(main())
"""


@pytest.fixture
def user(tmp_path: Path) -> Callable[..., pexpect.spawn[bytes]]:
    def spawn(leave: bytes = b"\x1d") -> pexpect.spawn[bytes]:
        folder = str(Path(xentui.__file__).parents[1])
        script = tmp_path / "program.py"
        script.write_text(textwrap.dedent(PROGRAM).format(folder=folder, guest=GUEST, leave=leave))
        child: pexpect.spawn[bytes] = pexpect.spawn(
            sys.executable, [str(script)], timeout=PATIENCE, dimensions=(24, 80)
        )
        child.expect_exact(b"shell$")
        child.expect_exact(b"up")
        return child

    return spawn


def finish(child: pexpect.spawn[bytes]) -> None:
    child.expect_exact(b"over")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_it_shows_the_screen_and_passes_keys_until_the_leave_key(
    user: Callable[..., pexpect.spawn[bytes]],
) -> None:
    child = user()
    emulator = Emulator(80, 24)
    emulator.feed(bytes(child.before or b"") + b"up")
    assert emulator.text()[0] == "guest up"
    assert emulator.cell(0, 0).fg == 1
    child.send(b"k")
    child.expect_exact(b"b'k'")
    child.send(b"typed\x1dlost")
    child.expect_exact(restoring() + b"\r\n")
    child.expect_exact(b"phase open line b'k'b'typed'")
    child.send(b"\r")
    child.expect_exact(b"b'typed'")
    child.send(b"\x1d")
    finish(child)


def test_the_users_terminal_answers_not_the_emulator(user: Callable[..., pexpect.spawn[bytes]]) -> None:
    child = user()
    child.send(b"q")
    child.expect_exact(b"\x1b[6n")
    child.send(b"\x1b[9;9R")
    child.expect_exact(rb"b'\x1b[9;9R'")
    child.send(b"\x1d")
    child.expect_exact(b"phase open")
    child.send(b"\r")
    child.expect_exact(b"guest")
    child.send(b"\x1d")
    finish(child)


def test_what_the_guest_left_on_is_taken_back(user: Callable[..., pexpect.spawn[bytes]]) -> None:
    child = user()
    child.send(b"a")
    child.expect_exact(b"full")
    child.send(b"\x1d")
    child.expect_exact(restoring(alternate_screen=True) + b"\r\n")
    child.expect_exact(b"phase open")
    child.send(b"\r")
    child.expect_exact(b"\x1b[?1049h")
    child.send(b"\x1d")
    child.expect_exact(restoring(alternate_screen=True) + b"\r\n")
    finish(child)


def test_it_ends_with_the_session(user: Callable[..., pexpect.spawn[bytes]]) -> None:
    child = user()
    child.send(b"e")
    child.expect_exact(b"phase ended")
    child.send(b"\r")
    finish(child)


def test_a_flood_comes_whole_and_the_leave_key_works_in_it(
    user: Callable[..., pexpect.spawn[bytes]],
) -> None:
    child = user()
    child.send(b"f")
    count = 0
    while count < 3_000_000:
        count += child.read_nonblocking(65536, timeout=PATIENCE).count(b"x")
    assert count == 3_000_000
    child.send(b"f")
    child.expect_exact(b"xxxxxxxx")
    child.send(b"\x1d")
    child.expect_exact(b"phase open")
    child.send(b"\r")
    child.expect_exact(b"\x1b[H\x1b[2J")
    child.send(b"\x1d")
    finish(child)


def test_another_leave_key(user: Callable[..., pexpect.spawn[bytes]]) -> None:
    child = user(leave=b"\x1c")
    child.send(b"x\x1c")
    child.expect_exact(b"phase open line b'x'")
    child.send(b"\r")
    child.expect_exact(b"b'x'")
    child.send(b"\x1c")
    finish(child)


def test_without_a_terminal_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/null") as null:
        monkeypatch.setattr(sys, "__stdin__", null)
        with pytest.raises(UsageError, match="needs a terminal"):
            attach_live(ConsoleSession(["cat"]))


async def test_on_the_event_loop_it_is_refused() -> None:
    with pytest.raises(AssertionError, match="worker thread"):
        attach_live(ConsoleSession(["cat"]))
    await asyncio.sleep(0)
