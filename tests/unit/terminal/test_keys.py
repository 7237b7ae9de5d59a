"""Keys, pastes and mouse events as bytes."""

from __future__ import annotations

import pytest

from tests.unit.terminal.helpers import fed
from xentui.terminal import MouseEvent
from xentui.terminal.keys import encode_key, encode_mouse, encode_paste


@pytest.mark.parametrize(
    ("name", "character", "data"),
    [
        ("a", "a", b"a"),
        ("A", "A", b"A"),
        ("é", "é", "é".encode()),
        ("full_stop", ".", b"."),
        ("space", " ", b" "),
        ("enter", "\r", b"\r"),
        ("tab", "\t", b"\t"),
        ("shift+tab", None, b"\x1b[Z"),
        ("backtab", None, b"\x1b[Z"),
        ("escape", "\x1b", b"\x1b"),
        ("backspace", "\x7f", b"\x7f"),
        ("ctrl+h", "\x08", b"\x08"),
        ("delete", None, b"\x1b[3~"),
        ("insert", None, b"\x1b[2~"),
        ("pageup", None, b"\x1b[5~"),
        ("pagedown", None, b"\x1b[6~"),
        ("up", None, b"\x1b[A"),
        ("down", None, b"\x1b[B"),
        ("right", None, b"\x1b[C"),
        ("left", None, b"\x1b[D"),
        ("home", None, b"\x1b[H"),
        ("end", None, b"\x1b[F"),
        ("shift+up", None, b"\x1b[1;2A"),
        ("alt+left", None, b"\x1b[1;3D"),
        ("ctrl+right", None, b"\x1b[1;5C"),
        ("ctrl+shift+end", None, b"\x1b[1;6F"),
        ("ctrl+pageup", None, b"\x1b[5;5~"),
        ("f1", None, b"\x1bOP"),
        ("f4", None, b"\x1bOS"),
        ("f5", None, b"\x1b[15~"),
        ("f10", None, b"\x1b[21~"),
        ("f12", None, b"\x1b[24~"),
        ("f20", None, b"\x1b[34~"),
        ("shift+f1", None, b"\x1b[1;2P"),
        ("ctrl+f5", None, b"\x1b[15;5~"),
        ("ctrl+a", "\x01", b"\x01"),
        ("ctrl+c", None, b"\x03"),
        ("ctrl+z", "\x1a", b"\x1a"),
        ("ctrl+@", "\x00", b"\x00"),
        ("ctrl+space", None, b"\x00"),
        ("ctrl+left_square_bracket", None, b"\x1b"),
        ("ctrl+backslash", "\x1c", b"\x1c"),
        ("ctrl+right_square_bracket", None, b"\x1d"),
        ("ctrl+circumflex_accent", "\x1e", b"\x1e"),
        ("ctrl+underscore", "\x1f", b"\x1f"),
        ("ctrl+i", None, b"\t"),
        ("ctrl+m", None, b"\r"),
        ("alt+x", "x", b"\x1bx"),
        ("alt+shift+x", "X", b"\x1bX"),
        ("alt+enter", None, b"\x1b\r"),
        ("alt+backspace", None, b"\x1b\x7f"),
        ("ctrl+alt+a", None, b"\x1b\x01"),
        ("+", "+", b"+"),
        ("kp_5", None, b"5"),
        ("kp_enter", None, b"\r"),
        ("f99", None, b""),
        ("print_screen", None, b""),
        ("", None, b""),
    ],
)
def test_keys(name: str, character: str | None, data: bytes) -> None:
    assert encode_key(name, character) == data


@pytest.mark.parametrize(
    ("modes", "name", "data"),
    [
        ("\x1b[?1h", "up", b"\x1bOA"),
        ("\x1b[?1h", "home", b"\x1bOH"),
        ("\x1b[?1h", "ctrl+up", b"\x1b[1;5A"),
        ("\x1b[?1h", "pageup", b"\x1b[5~"),
        ("\x1b=", "kp_5", b"\x1bOu"),
        ("\x1b=", "kp_enter", b"\x1bOM"),
        ("\x1b=", "kp_subtract", b"\x1bOm"),
        ("\x1b=", "up", b"\x1b[A"),
        ("\x1b[20h", "enter", b"\r\n"),
        ("\x1b[20h", "kp_enter", b"\r\n"),
        ("\x1b[?67h", "backspace", b"\b"),
        ("\x1b[?1h\x1b[?1l", "up", b"\x1b[A"),
    ],
)
def test_keys_follow_the_modes_of_the_guest(modes: str, name: str, data: bytes) -> None:
    assert fed(modes).key(name) == data


class TestPaste:
    def test_line_ends_are_enter(self) -> None:
        assert encode_paste("a\nb\r\nc\td", bracketed=False) == b"a\rb\rc\td"

    def test_control_characters_are_left_out(self) -> None:
        assert encode_paste("a\x1b[201~b\x03\x9bc", bracketed=True) == b"\x1b[200~a[201~bc\x1b[201~"

    def test_it_is_marked_where_the_guest_wants_it(self) -> None:
        assert fed("\x1b[?2004h").paste("é") == b"\x1b[200~\xc3\xa9\x1b[201~"
        assert fed().paste("é") == "é".encode()


class TestMouse:
    PRESS = MouseEvent(0, "press", 2, 4)
    RELEASE = MouseEvent(0, "release", 2, 4)
    DRAG = MouseEvent(0, "move", 2, 4)
    MOTION = MouseEvent(3, "move", 2, 4)
    WHEEL = MouseEvent(64, "press", 2, 4)

    @pytest.mark.parametrize(
        ("mode", "told"),
        [
            (0, ()),
            (9, (PRESS,)),
            (1000, (PRESS, RELEASE, WHEEL)),
            (1002, (PRESS, RELEASE, DRAG, WHEEL)),
            (1003, (PRESS, RELEASE, DRAG, MOTION, WHEEL)),
        ],
    )
    def test_the_guest_is_told_what_it_asked_for(self, mode: int, told: tuple[MouseEvent, ...]) -> None:
        events = (self.PRESS, self.RELEASE, self.DRAG, self.MOTION, self.WHEEL)
        assert tuple(event for event in events if encode_mouse(event, mode=mode, sgr=True)) == told

    def test_in_sgr_coding(self) -> None:
        emulator = fed("\x1b[?1002;1006h")
        assert emulator.mouse(self.PRESS) == b"\x1b[<0;5;3M"
        assert emulator.mouse(self.RELEASE) == b"\x1b[<0;5;3m"
        assert emulator.mouse(self.DRAG) == b"\x1b[<32;5;3M"
        assert emulator.mouse(MouseEvent(2, "press", 0, 500, shift=True, ctrl=True)) == b"\x1b[<22;501;1M"

    def test_in_the_old_coding(self) -> None:
        emulator = fed("\x1b[?1000h")
        assert emulator.mouse(self.PRESS) == b"\x1b[M %#"
        assert emulator.mouse(self.RELEASE) == b"\x1b[M#%#"
        assert emulator.mouse(self.WHEEL) == b"\x1b[M`%#"
        assert emulator.mouse(MouseEvent(0, "press", 0, 223)) == b""

    def test_an_action_that_is_none_is_not_told(self) -> None:
        assert encode_mouse(MouseEvent(0, "hover", 0, 0), mode=1003, sgr=True) == b""


def test_focus_is_told_where_the_guest_wants_it() -> None:
    assert fed().focus(gained=True) == b""
    assert fed("\x1b[?1004h").focus(gained=True) == b"\x1b[I"
    assert fed("\x1b[?1004h").focus(gained=False) == b"\x1b[O"
