"""Keys, pastes and reports of the user's terminal, told apart, and what a guest gets of them."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterator, Sequence
from importlib.metadata import version

import pytest
from hypothesis import given, strategies as st
from textual import events, messages
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tests.unit.tui.typing import Terminal, guest_bytes
from xentui.tui.input.key_parser import LONGEST_PASTE, SILENCE
from xentui.tui.input.typed_keys import AltKey, LongPaste, UnknownSequence

ESC = "\x1b"
PRINTABLE = [sign for sign in string.printable if sign.isprintable()]
CONTROLS = [chr(code) for code in range(32) if code != 0x1B] + ["\x7f"]
SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
START, END = f"{ESC}[200~", f"{ESC}[201~"
LETTERS: dict[str | int, str] = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
NUMBERS: dict[str | int, str] = {
    2: "insert",
    3: "delete",
    5: "pageup",
    6: "pagedown",
    15: "f5",
    17: "f6",
    18: "f7",
    19: "f8",
    20: "f9",
}
NUMBERS |= {21: "f10", 23: "f11", 24: "f12"}
FUNCTIONS: dict[str | int, str] = {"P": "f1", "Q": "f2", "R": "f3", "S": "f4"}
MODIFIERS = {
    2: "shift",
    3: "alt",
    4: "alt+shift",
    5: "ctrl",
    6: "ctrl+shift",
    7: "alt+ctrl",
    8: "alt+ctrl+shift",
}


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def unshifted(sign: str) -> tuple[str, bool]:
    """The key of a sign on a US keyboard, and whether it takes Shift."""
    if sign.isupper():
        return sign.lower(), True
    return SHIFTED.get(sign, sign), sign in SHIFTED


def keys(found: Sequence[Message]) -> list[str]:
    return [event.key for event in found if isinstance(event, events.Key)]


def test_it_is_written_for_the_textual_that_is_installed() -> None:
    """Their parser and driver are not public; another major version may have them otherwise."""
    assert version("textual").split(".")[0] == "8"
    for name in ("run_input_thread", "exit_event", "process_message", "start_application_mode"):
        assert hasattr(LinuxDriver, name) or name in LinuxDriver.__init__.__code__.co_names


class TestAlt:
    @pytest.mark.parametrize("sign", [*PRINTABLE, *CONTROLS, "é", "я", "字"])
    def test_as_a_prefix(self, terminal: Terminal, sign: str) -> None:
        found = terminal.all_of(ESC + sign)
        assert [type(event) for event in found] == [AltKey]
        assert guest_bytes(found) == (ESC + sign).encode()

    @pytest.mark.parametrize("sign", sorted(set(PRINTABLE) - set("[]OP_")))
    def test_nothing_is_waited_for(self, terminal: Terminal, sign: str) -> None:
        assert guest_bytes(terminal.sends(ESC + sign)) == (ESC + sign).encode()
        assert terminal.parser.wait() is None

    @pytest.mark.parametrize("sign", PRINTABLE)
    def test_in_the_kitty_protocol(self, terminal: Terminal, sign: str) -> None:
        key, shift = unshifted(sign)
        expected = (ESC + sign).encode()
        assert guest_bytes(terminal.sends(f"{ESC}[{ord(key)};{4 if shift else 3}u")) == expected
        if shift:
            assert guest_bytes(terminal.sends(f"{ESC}[{ord(key)}:{ord(sign)};4u")) == expected
        assert guest_bytes(terminal.sends(f"{ESC}[{ord(key)};{68 if shift else 67}u")) == expected, (
            "Caps Lock"
        )

    @pytest.mark.parametrize("sign", PRINTABLE)
    def test_in_xterms_modify_other_keys(self, terminal: Terminal, sign: str) -> None:
        assert guest_bytes(terminal.sends(f"{ESC}[27;3;{ord(sign)}~")) == (ESC + sign).encode()

    @pytest.mark.parametrize(
        ("code", "data"),
        [(13, b"\x1b\r"), (9, b"\x1b\t"), (127, b"\x1b\x7f"), (27, b"\x1b\x1b"), (32, b"\x1b ")],
    )
    def test_of_keys_with_names(self, terminal: Terminal, code: int, data: bytes) -> None:
        assert guest_bytes(terminal.sends(f"{ESC}[{code};3u")) == data

    @pytest.mark.parametrize("letter", string.ascii_lowercase)
    def test_with_ctrl(self, terminal: Terminal, letter: str) -> None:
        control = bytes((ord(letter) & 31,))
        assert guest_bytes(terminal.sends(f"{ESC}[{ord(letter)};7u")) == b"\x1b" + control
        assert guest_bytes(terminal.sends(f"{ESC}[{ord(letter)};5u")) == control

    def test_it_types_nothing_into_a_line(self, terminal: Terminal) -> None:
        for sequence in (f"{ESC}x", f"{ESC}[120;3u", f"{ESC}."):
            assert not any(
                isinstance(event, events.Key) and event.is_printable for event in terminal.sends(sequence)
            )


class TestEscape:
    def test_alone_it_comes_by_itself(self, terminal: Terminal) -> None:
        assert terminal.sends(ESC) == []
        assert keys(terminal.waits()) == ["escape"]

    def test_it_is_waited_for_no_longer_than_the_delay(self, terminal: Terminal) -> None:
        terminal.sends(ESC)
        assert terminal.parser.wait() == pytest.approx(0.025)
        terminal.now += 0.015
        assert terminal.parser.wait() == pytest.approx(0.01)

    def test_a_sequence_that_has_begun_may_take_longer(self, terminal: Terminal) -> None:
        terminal.sends(f"{ESC}[1;")
        assert terminal.waits(0.09) == []
        assert keys(terminal.sends("3A")) == ["alt+up"]

    def test_twice_it_is_two(self, terminal: Terminal) -> None:
        assert keys(terminal.sends(ESC + ESC)) == ["escape"]
        assert keys(terminal.waits()) == ["escape"]

    @pytest.mark.parametrize("delay", [0, 0.03, 0.06, 0.12, 0.25])
    def test_vi_is_left_and_the_file_written_however_fast(self, terminal: Terminal, delay: float) -> None:
        found = terminal.sends(f"ihello{ESC}") + terminal.waits(delay) + terminal.sends(":wq\r")
        assert guest_bytes(found) == b"ihello\x1b:wq\r"

    @pytest.mark.parametrize("sign", [*PRINTABLE, *CONTROLS, "é"])
    @pytest.mark.parametrize("behind", ["", "x", "0", "\r", ESC, ":wq\r"])
    def test_with_any_key_behind_it_arrives(self, terminal: Terminal, sign: str, behind: str) -> None:
        data = ESC + sign + behind
        assert guest_bytes(terminal.all_of(data)) == data.encode()

    def test_before_an_arrow_it_is_a_key_of_its_own(self, terminal: Terminal) -> None:
        assert keys(terminal.sends(f"{ESC}{ESC}[A")) == ["escape", "up"]


class TestNamedKeys:
    @pytest.mark.parametrize("modifier", [1, *MODIFIERS])
    @pytest.mark.parametrize("kind", ["letters", "functions", "numbers"])
    def test_with_all_modifiers(self, terminal: Terminal, kind: str, modifier: int) -> None:
        prefix = f"{MODIFIERS[modifier]}+" if modifier > 1 else ""
        for code, name in {"letters": LETTERS, "functions": FUNCTIONS, "numbers": NUMBERS}[kind].items():
            if isinstance(code, int):
                sequence = f"{ESC}[{code};{modifier}~" if modifier > 1 else f"{ESC}[{code}~"
            elif modifier > 1:
                sequence = f"{ESC}[1;{modifier}{code}"
            else:
                sequence = f"{ESC}[{code}" if kind == "letters" else f"{ESC}O{code}"
            found = terminal.sends(sequence)
            assert keys(found) == [prefix + name]
            assert guest_bytes(found) == sequence.encode()

    @pytest.mark.parametrize(
        ("sequence", "key"),
        [
            (f"{ESC}OA", "up"),
            (f"{ESC}[[A", "f1"),
            (f"{ESC}[[E", "f5"),
            (f"{ESC}[11~", "f1"),
            (f"{ESC}[1~", "home"),
            (f"{ESC}[7~", "home"),
            (f"{ESC}[25~", "f13"),
            (f"{ESC}[3^", "ctrl+delete"),
            (f"{ESC}[Z", "shift+tab"),
            (f"{ESC}[57376u", "f13"),
            (f"{ESC}[13~", "f3"),
            (f"{ESC}[57414u", "enter"),
        ],
    )
    def test_of_other_terminals(self, terminal: Terminal, sequence: str, key: str) -> None:
        assert keys(terminal.sends(sequence)) == [key]

    def test_of_rxvt(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert keys(Terminal().all_of(f"{ESC}Oa")) == ["alt+shift+o", "a"]
        monkeypatch.setenv("TERM", "rxvt-unicode")
        assert keys(Terminal().all_of(f"{ESC}Oa")) == ["ctrl+up"]

    def test_with_an_intermediate_at_the_end(self, terminal: Terminal) -> None:
        assert keys(terminal.all_of(f"{ESC}[3$")) == ["shift+delete"]

    def test_what_no_key_is_known_for_goes_to_guests_only(self, terminal: Terminal) -> None:
        found = terminal.sends(f"{ESC}[99~")
        assert [type(event) for event in found] == [UnknownSequence]
        assert guest_bytes(found) == b"\x1b[99~"

    def test_modifiers_by_themselves_are_no_keys(self, terminal: Terminal) -> None:
        assert terminal.sends(f"{ESC}[57441;2u{ESC}[57358u{ESC}[57450u") == []


class TestKittyText:
    @pytest.mark.parametrize("sign", PRINTABLE)
    def test_it_types(self, terminal: Terminal, sign: str) -> None:
        key, shift = unshifted(sign)
        [event] = terminal.sends(f"{ESC}[{ord(key)};{2 if shift else ''};{ord(sign)}u")
        assert isinstance(event, events.Key)
        [plain] = Terminal().sends(sign)
        assert isinstance(plain, events.Key)
        assert event.key.removeprefix("shift+") == plain.key
        assert event.character == plain.character
        assert guest_bytes([event]) == sign.encode()

    def test_several_characters(self, terminal: Terminal) -> None:
        assert guest_bytes(terminal.sends(f"{ESC}[0;;8364:228u")) == "€ä".encode()

    def test_alt_may_choose_a_character(self, terminal: Terminal) -> None:
        assert guest_bytes(terminal.sends(f"{ESC}[50;3;8482u")) == "™".encode()

    @pytest.mark.parametrize(
        ("sequence", "data"),
        [
            ("[45:95;6u", b"\x1f"),
            ("[45;6u", b"\x1f"),
            ("[54:94;6u", b"\x1e"),
            ("[50;6u", b"\0"),
            ("[32;5u", b"\0"),
            ("[91;5u", b"\x1b"),
            ("[92;5u", b"\x1c"),
            ("[93;5u", b"\x1d"),
            ("[47;5u", b"\x1f"),
            ("[104;5u", b"\x08"),
            ("[127u", b"\x7f"),
            ("[46;5u", b"."),
            ("[13;2u", b"\r"),
        ],
    )
    def test_with_ctrl(self, terminal: Terminal, sequence: str, data: bytes) -> None:
        assert guest_bytes(terminal.sends(ESC + sequence)) == data


def test_ctrl_h_and_backspace_are_two_keys_to_a_guest(terminal: Terminal) -> None:
    found = terminal.sends("\x08\x7f")
    assert keys(found) == ["backspace", "backspace"]
    assert guest_bytes(found) == b"\x08\x7f"


class TestPaste:
    @pytest.mark.parametrize(
        "text",
        [
            "abc\x1b[31mdef\rrm -rf x\r",
            "ab\x1b[31mc\x1dXyz",
            f"one{START}two",
            f"{START}{START}\x1b\x1b[20\x1b[201",
            "\x1bOP\x1b[A\x1b]0;x\x07\x1bP\x1b\\",
            "q" * 20_000,
            "\r\n".join(f"line {number}" for number in range(3000)),
            "\x1b",
            "字é\t\x03",
        ],
    )
    def test_it_is_one_whatever_is_in_it(self, terminal: Terminal, text: str) -> None:
        [paste] = terminal.sends(START + text + END)
        assert isinstance(paste, events.Paste)
        assert paste.text == text
        assert terminal.parser.wait() is None

    def test_keys_go_on_before_and_behind(self, terminal: Terminal) -> None:
        found = terminal.sends(f"a{START}b{END}c{START}d{END}")
        assert [
            event.text if isinstance(event, events.Paste) else getattr(event, "key", "") for event in found
        ] == [
            "a",
            "b",
            "c",
            "d",
        ]

    @given(
        st.lists(st.sampled_from([ESC, "[", "2", "0", "1", "~", "x", "\r", "\x1d"]), max_size=12).map("".join)
    )
    def test_however_it_is_cut(self, text: str) -> None:
        whole = START + text.replace(END, "") + END
        text = whole.removeprefix(START)[: -len(END)].partition(END)[0]
        found = Terminal().sends(*whole)
        if text:
            assert isinstance(found[0], events.Paste)
            assert found[0].text == text
        assert [repr(event) for event in Terminal().sends(whole)] == [repr(event) for event in found]

    def test_one_that_is_too_long_is_refused_whole(self, terminal: Terminal) -> None:
        found = terminal.sends(START, *["x" * 4096] * (LONGEST_PASTE // 4096 + 2), f"{ESC}[A{END}a")
        assert [type(event) for event in found] == [LongPaste, events.Key]

    def test_without_its_end_it_is_taken_when_nothing_more_comes(self, terminal: Terminal) -> None:
        assert terminal.sends(f"{START}abc\x1b[20") == []
        assert terminal.waits(SILENCE - 0.1) == []
        [paste] = terminal.waits(0.2)
        assert isinstance(paste, events.Paste)
        assert paste.text == "abc\x1b[20"

    def test_what_comes_after_a_silence_is_still_a_paste(self, terminal: Terminal) -> None:
        """A line that stood still for long: no key of the rest is pressed."""
        terminal.sends(f"{START}abc")
        terminal.waits(SILENCE + 1)
        assert terminal.sends("X" * 40) == []
        found = terminal.sends(f"D\x1d{END}k")
        assert [type(event) for event in found] == [events.Paste, events.Key]
        assert isinstance(found[0], events.Paste)
        assert found[0].text == "X" * 40 + "D\x1d"

    def test_its_late_end_is_nothing(self, terminal: Terminal) -> None:
        terminal.sends(f"{START}abc")
        terminal.waits(SILENCE + 1)
        assert terminal.sends(END) == []
        assert keys(terminal.sends("k")) == ["k"]

    def test_keys_after_a_silence_are_keys_again(self, terminal: Terminal) -> None:
        terminal.sends(f"{START}abc")
        terminal.waits(SILENCE + 1)
        assert terminal.sends(f"{ESC}[A") == []
        assert keys(terminal.waits()) == ["up"]
        assert keys(terminal.sends("k")) == ["k"]

    def test_the_mouse_does_not_end_a_silence(self, terminal: Terminal) -> None:
        terminal.sends(f"{START}abc")
        terminal.waits(SILENCE + 1)
        assert [type(event) for event in terminal.sends(f"{ESC}[<35;2;2M{ESC}[I")] == [
            events.MouseMove,
            events.AppFocus,
        ]
        assert terminal.sends("X" * 40 + END)[0].__class__ is events.Paste


class TestReports:
    def test_focus_modes_and_size(self, terminal: Terminal) -> None:
        found = terminal.sends(f"{ESC}[I{ESC}[O{ESC}[?2026;2$y{ESC}[48;24;80;480;800t")
        assert [type(event) for event in found] == [
            events.AppFocus,
            events.AppBlur,
            messages.TerminalSupportsSynchronizedOutput,
            events.Resize,
        ]

    @pytest.mark.parametrize(
        "answer",
        [
            "[?62;1;6c",
            "[>41;379;0c",
            "[0n",
            "[8;24;80t",
            "]11;rgb:00/11/22\x07",
            "]10;rgb:b/b/b\x1b\\",
            "P1$r0m\x1b\\",
        ],
    )
    def test_answers_nobody_waits_for_press_no_key(self, terminal: Terminal, answer: str) -> None:
        assert keys(terminal.sends(ESC + answer + "k")) == ["k"]
        assert keys(Terminal().sends(*(ESC + answer), "k")) == ["k"]

    def test_an_answer_that_breaks_off_is_dropped(self, terminal: Terminal) -> None:
        assert terminal.sends(f"{ESC}]11;rgb:bbbb") + terminal.waits(1) == []
        assert keys(terminal.sends("k")) == ["k"]

    def test_an_endless_answer_is_not_kept(self, terminal: Terminal) -> None:
        terminal.sends(f"{ESC}]11;", *["b" * 4096] * 20)
        assert len(terminal.parser._rest) < 5000


class TestMouse:
    @pytest.mark.parametrize(
        ("sequence", "kind", "button"),
        [
            ("[<0;3;4M", events.MouseDown, 1),
            ("[<0;3;4m", events.MouseUp, 1),
            ("[<2;3;4M", events.MouseDown, 3),
            ("[<32;3;4M", events.MouseMove, 1),
            ("[<35;3;4M", events.MouseMove, 0),
            ("[<64;3;4M", events.MouseScrollUp, 0),
            ("[M #$", events.MouseDown, 1),
            ("[M##$", events.MouseUp, 1),
            ("[M@#$", events.MouseMove, 1),
            ("[M`#$", events.MouseScrollUp, 0),
            ("[32;3;4M", events.MouseDown, 1),
            ("[35;3;4M", events.MouseUp, 1),
        ],
    )
    def test_events(
        self, terminal: Terminal, sequence: str, kind: type[events.MouseEvent], button: int
    ) -> None:
        [event] = terminal.sends(ESC + sequence)
        assert type(event) is kind
        assert isinstance(event, events.MouseEvent)
        assert (event.button, event.x, event.y) == (button, 2, 3)

    def test_alt_is_told(self, terminal: Terminal) -> None:
        [event] = terminal.sends(f"{ESC}[<8;3;4M")
        assert isinstance(event, events.MouseDown)
        assert event.meta


def _pieces(text: str, cuts: list[int]) -> Iterator[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return (text[start:end] for start, end in itertools.pairwise(places))


TYPED = st.sampled_from(
    [
        *"aZ:. 1é\r\t\x08\x1d",
        ESC,
        f"{ESC}[A",
        f"{ESC}[1;5C",
        f"{ESC}OP",
        f"{ESC}[15~",
        f"{ESC}x",
        f"{ESC}.",
        f"{ESC}[<0;1;1M",
    ]
)


@given(st.lists(TYPED, max_size=15).map("".join), st.lists(st.integers(0, 60), max_size=6))
def test_a_guest_gets_the_same_however_the_input_is_cut(text: str, cuts: list[int]) -> None:
    whole = guest_bytes(Terminal().all_of(text))
    assert guest_bytes(Terminal().all_of(*_pieces(text, cuts))) == whole
    assert whole.decode() == text.replace(f"{ESC}[<0;1;1M", "")


@given(st.text(st.characters(max_codepoint=0x17F), max_size=40), st.lists(st.integers(0, 60), max_size=4))
def test_nothing_that_is_typed_is_a_fault(text: str, cuts: list[int]) -> None:
    terminal = Terminal()
    terminal.sends(*_pieces(text, cuts))
    for _ in range(3):
        terminal.waits(SILENCE + 1)
    assert len(terminal.parser._rest) <= 5000
