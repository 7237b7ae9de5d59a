"""The user's terminal attached to a command, and as it is given back in the modes a guest has left."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from tests.unit.console.support import PATIENCE, RAW, XENCONSOLE, python
from xentui.console import attach
from xentui.console.exit_result import ExitResult
from xentui.console.user_terminal import LEAVE, restoring
from xentui.terminal import Emulator

COLUMNS, LINES = 20, 6


def after(left_behind: bytes, **modes: bool) -> Emulator:
    """A terminal that got ``left_behind`` and was taken back, and then a shell's prompt."""
    emulator = Emulator(COLUMNS, LINES)
    emulator.feed(left_behind)
    emulator.feed(restoring(**modes) + b"\r\nprompt$ ")
    return emulator


def test_the_prompt_follows_the_guests_last_words() -> None:
    assert [text.rstrip() for text in after(b"one\r\ntwo").text()][:3] == ["one", "two", "prompt$"]


def test_margins_are_given_up_and_the_cursor_stays() -> None:
    emulator = after(b"\x1b[2;4r\x1b[3;1Htwo")
    assert emulator.text()[3].rstrip() == "prompt$"
    emulator.feed(b"\r\na\r\nb\r\nc")
    assert emulator.text()[5].rstrip() == "c", "the whole screen scrolls"


def test_an_origin_at_the_margins_is_given_up() -> None:
    emulator = after(b"\x1b[2;4r\x1b[?6hguest", origin=True)
    assert emulator.text()[LINES - 1].rstrip() == "prompt$"
    emulator.feed(b"\x1b[1;1Htop")
    assert emulator.text()[0].startswith("top")


@pytest.mark.parametrize("charset", [b"\x1b(0", b"\x1b)0\x0e", b"\x1b)0"])
def test_letters_are_letters(charset: bytes) -> None:
    emulator = after(charset)
    assert "prompt$" in "".join(emulator.text())
    emulator.feed(b"\x0eqqq\x0f")
    assert "qqq" in "".join(emulator.text()), "the second charset too"


def test_modes_are_taken_back() -> None:
    emulator = after(b"\x1b[?5h\x1b[?1004h\x1b[?2004h\x1b[?1h\x1b=\x1b[?25l\x1b[?1003h")
    assert not emulator.reverse_screen
    assert not emulator.focus_events
    assert not emulator.bracketed_paste
    assert not emulator.application_cursor
    assert not emulator.application_keypad
    assert emulator.cursor_visible
    assert not emulator.mouse_mode


def test_the_alternate_screen_is_left_before_the_rest() -> None:
    emulator = after(b"shell\x1b[?1049h\x1b[2;4r\x1b[7mguest", alternate_screen=True)
    assert not emulator.alternate_screen
    assert [text.rstrip() for text in emulator.text()][:2] == ["shell", "prompt$"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["\x1b[?1049h"], {"alternate_screen": True}),
        (["\x1b[?10", "49h"], {"alternate_screen": True}),
        (["\x1b[?25;6;47h"], {"alternate_screen": True, "origin": True}),
        (["\x1b[?6h", "\x1b[?6;1049l"], {}),
        (["\x1b[?16h\x1b[6h"], {}),
        (["\x1b[?10\0", "49h"], {"alternate_screen": True}),
        (["\x9b?1049h"], {"alternate_screen": True}),
        (["\x1b[?" + "0" * 70 + "1049h"], {"alternate_screen": True}),
        (["\x1b[?1049h\x1b[?1049s\x1b[?1049l\x1b[?1049r"], {}),
        (["\x1b[?6h\x1b7\x1b[?6l\x1b8"], {"origin": True}),
        (["\x1b[3g"], {"tab_stops": 80}),
    ],
)
def test_modes_are_followed_however_they_come(
    tmp_path: Path, written: list[str], expected: dict[str, int]
) -> None:
    guest = f"import sys, time; [(print(t, end='', flush=True), time.sleep(0.2)) for t in {written!r}]"
    script = tmp_path / "attached.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(attach.__file__).parents[2])!r})\n"
        "from xentui.console.attach import attach\n"
        f"attach([sys.executable, '-c', {guest!r}])\n"
    )
    child: pexpect.spawn[str] = pexpect.spawn(sys.executable, [str(script)], timeout=60, encoding="ascii")
    child.expect(pexpect.EOF)
    child.close()
    alternate_screen, origin = bool(expected.get("alternate_screen")), bool(expected.get("origin"))
    restored = restoring(
        alternate_screen=alternate_screen, origin=origin, tab_stops=expected.get("tab_stops", 0)
    )
    assert str(child.before).endswith(restored.decode() + "\r\n")


Attached = Callable[..., "pexpect.spawn[bytes]"]


@pytest.fixture
def attached(tmp_path: Path) -> Attached:
    """A program with a terminal that attaches to a command, then tells the :class:`ExitResult`."""

    def spawn(argv: list[str], **options: bool) -> pexpect.spawn[bytes]:
        script = tmp_path / "attached.py"
        script.write_text(
            "import sys\n"
            f"sys.path.insert(0, {str(Path(attach.__file__).parents[2])!r})\n"
            "from xentui.console.attach import attach\n"
            f"print('ended', attach({argv!r}, **{options!r}), flush=True)\n"
            "print('next', repr(sys.stdin.readline()), flush=True)\n"
        )
        return pexpect.spawn(sys.executable, [str(script)], timeout=PATIENCE, dimensions=(24, 80))

    return spawn


def ended(child: pexpect.spawn[bytes], *, code: int = 0, left: bool, last_lines: tuple[str, ...]) -> None:
    """Expect how it ended, and that nothing which was typed is left for the next to read."""
    child.expect_exact(f"ended {ExitResult(code, left, last_lines)!r}".encode())
    child.send(b"\r")
    child.expect_exact(rb"next '\n'")
    child.expect(pexpect.EOF)
    child.close()


def test_a_command_that_fails_is_explained(attached: Attached) -> None:
    program = r"import sys; print('\x1b[31mxenconsole: Could not lock\x1b[m'); sys.exit(11)"
    child = attached([sys.executable, "-c", program])
    ended(child, code=11, left=False, last_lines=("xenconsole: Could not lock",))


def test_a_command_of_one_word_may_have_blanks(attached: Attached, tmp_path: Path) -> None:
    script = tmp_path / "a b"
    script.write_text("#!/bin/sh\necho fine\n")
    script.chmod(0o700)
    ended(attached([str(script)]), left=False, last_lines=("fine",))


def test_a_program_that_is_missing_is_told_on_the_terminal_as_it_is(attached: Attached) -> None:
    child = attached(["/nowhere/xl"])
    child.expect_exact(b"cannot run `/nowhere/xl`")
    assert b"\x1b" not in bytes(child.before or b"").partition(b"UsageError")[0].rpartition(b"\n")[2]
    child.close()


def test_what_was_typed_before_the_leave_key_arrives_and_what_is_typed_behind_it_is_nobodys(
    attached: Attached,
) -> None:
    """All of it may come in one piece over a slow line; xenconsole leaves at a Ctrl-] that it reads alone."""
    child = attached(python(XENCONSOLE))
    child.expect_exact(b"ready")
    child.send(b"halt\x1dls")
    ended(child, left=True, last_lines=("ready", "b'halt'"))


def test_another_size_reaches_the_command(attached: Attached) -> None:
    child = attached(python(RAW + "while os.read(0, 1) != b'q': print(os.get_terminal_size(), flush=True)"))
    child.expect_exact(b"ready")
    child.send(b"x")
    child.expect_exact(b"columns=80, lines=24")
    child.setwinsize(43, 132)
    deadline = time.monotonic() + PATIENCE
    while child.expect_exact([b"columns=132, lines=43", pexpect.TIMEOUT], timeout=0.2):
        assert time.monotonic() < deadline
        child.send(b"x")  # the signal has no place among the keys
    child.send(b"q")
    child.expect_exact(b"left=False")
    child.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back_and_ends_the_command(
    attached: Attached, number: signal.Signals
) -> None:
    child = attached(["sh", "-c", "echo $$ is up; exec sleep 600"])
    child.expect(rb"(\d+) is up")
    pid = int(child.match.group(1)) if isinstance(child.match, re.Match) else 0
    child.kill(number)
    child.expect_exact(restoring())
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_terminal_that_takes_nothing_can_be_left(attached: Attached) -> None:
    """The guest floods it, and nobody reads it: the leave key works all the same."""
    child = attached(["sh", "-c", "stty raw -echo; echo flood; exec yes"])
    child.expect_exact(b"flood")
    time.sleep(0.3)  # nobody reads: what the terminal holds fills
    child.send(LEAVE)
    child.expect_exact(b"left=True")
    child.close()


def test_a_command_that_reads_nothing_can_be_left(attached: Attached) -> None:
    child = attached(["sh", "-c", "stty raw -echo; echo deaf; sleep 300"])
    child.expect_exact(b"deaf")
    os.set_blocking(child.child_fd, False)
    deadline = time.monotonic() + PATIENCE
    to_type = b"a" * 100_000 + LEAVE  # many times what a terminal holds
    while to_type:
        assert time.monotonic() < deadline, f"{len(to_type)} bytes were not even read"
        try:
            to_type = to_type[os.write(child.child_fd, to_type[:512]) :]
        except BlockingIOError:
            time.sleep(0.01)
    ended(child, left=True, last_lines=("deaf",))


def test_what_is_only_looked_at_is_given_nothing_but_the_leave_key(attached: Attached) -> None:
    program = "stty raw -echo; echo ready; dd bs=1 count=1 2>/dev/null | od -An -c"
    child = attached(["sh", "-c", program], read_only=True)
    child.expect_exact(b"ready")
    child.send(b"rm -rf /\r")
    child.send(LEAVE)
    ended(child, left=True, last_lines=("ready", "035"))
