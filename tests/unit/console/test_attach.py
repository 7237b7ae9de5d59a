"""The terminal as it is given back, on a terminal emulator and in the modes a guest has left."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pexpect
import pytest

from xentui.console import attach
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
    child: pexpect.spawn[str] = pexpect.spawn(sys.executable, [str(script)], timeout=30, encoding="ascii")
    child.expect(pexpect.EOF)
    child.close()
    alternate_screen, origin = bool(expected.get("alternate_screen")), bool(expected.get("origin"))
    restored = restoring(
        alternate_screen=alternate_screen, origin=origin, tab_stops=expected.get("tab_stops", 0)
    )
    assert str(child.before).endswith(restored.decode() + "\r\n")


def test_a_command_that_reads_nothing_can_be_left(tmp_path: Path) -> None:
    script = tmp_path / "attached.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(attach.__file__).parents[2])!r})\n"
        "from xentui.console.attach import attach\n"
        "print('left', attach(['sh', '-c', 'stty raw -echo; echo deaf; sleep 300']).left)\n"
    )
    child: pexpect.spawn[bytes] = pexpect.spawn(sys.executable, [str(script)], timeout=30)
    child.expect(b"deaf")
    os.set_blocking(child.child_fd, False)
    deadline = time.monotonic() + 30
    to_type = b"a" * 100_000 + LEAVE  # many times what a terminal holds
    while to_type:
        assert time.monotonic() < deadline, f"{len(to_type)} bytes were not even read"
        try:
            to_type = to_type[os.write(child.child_fd, to_type[:512]) :]
        except BlockingIOError:
            time.sleep(0.01)
    child.expect(b"left True")
    child.close()


def test_what_is_only_looked_at_is_given_nothing_but_the_leave_key(tmp_path: Path) -> None:
    script = tmp_path / "attached.py"
    program = "stty raw -echo; echo ready; dd bs=1 count=1 2>/dev/null | od -An -c"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(attach.__file__).parents[2])!r})\n"
        "from xentui.console.attach import attach\n"
        f"print('left', attach(['sh', '-c', {program!r}], read_only=True).left)\n"
    )
    child: pexpect.spawn[bytes] = pexpect.spawn(sys.executable, [str(script)], timeout=30)
    child.expect(b"ready")
    child.send(b"rm -rf /\r")
    child.send(LEAVE)
    child.expect(b"035")
    child.expect(b"left True")
    child.close()
