"""An emulator's screen as bytes that make another terminal show the same."""

from __future__ import annotations

from xentui.terminal import Colour, Emulator, MouseEvent, Style

_CLEARED = b"\x1b[m\x1b[H\x1b[2J"
_FLAGS = (
    ("bold", 1),
    ("dim", 2),
    ("italic", 3),
    ("underline", 4),
    ("blink", 5),
    ("reverse", 7),
    ("hidden", 8),
    ("strike", 9),
    ("overline", 53),
)
_MOUSE = (9, 1000, 1002, 1003)


def redraw(emulator: Emulator) -> bytes:
    """Return text and looks of the screen, cursor, and the modes that decide what keys, mouse and pastes send.

    The other terminal should have at least as many lines and columns.
    """
    screen = b"\x1b[?1049h" if emulator.alternate_screen else b""
    parts = [screen, _CLEARED]
    before = Style()
    for line in range(emulator.lines):
        text = []
        for run in emulator.runs(line):
            if run.style != before:
                text.append(sgr(run.style))
                before = run.style
            text.append(run.text)
        parts.append(f"\x1b[{line + 1};1H{''.join(text)}".encode("utf-8", "replace"))
    row, column = emulator.cursor
    parts.append(f"\x1b[m\x1b[{row + 1};{column + 1}H".encode())
    parts.append(_modes(emulator))
    return b"".join(parts)


def sgr(style: Style) -> str:
    """Return the control sequence that makes text look like that and nothing else."""
    codes = ["0", *(str(code) for name, code in _FLAGS if getattr(style, name))]
    return f"\x1b[{';'.join([*codes, *_colour(style.fg, 38), *_colour(style.bg, 48)])}m"


def _colour(colour: Colour, base: int) -> list[str]:
    if colour is None:
        return []
    if isinstance(colour, tuple):
        return [f"{base};2;{colour[0]};{colour[1]};{colour[2]}"]
    if colour < 8:
        return [str(base - 8 + colour)]
    return [f"{base};5;{colour}"]


def _modes(emulator: Emulator) -> bytes:
    numbers = {
        1: emulator.application_cursor,
        5: emulator.reverse_screen,
        1004: emulator.focus_events,
        2004: emulator.bracketed_paste,
    }
    on = [number for number, set_ in numbers.items() if set_]
    if emulator.mouse_mode in _MOUSE:
        coded = emulator.mouse(MouseEvent(0, "press", 0, 0))
        on += [emulator.mouse_mode, 1006] if coded.startswith(b"\x1b[<") else [emulator.mouse_mode]
    sequences = [f"\x1b[?{number}h" for number in on]
    if not emulator.cursor_visible:
        sequences.append("\x1b[?25l")
    if emulator.application_keypad:
        sequences.append("\x1b=")
    return "".join(sequences).encode()
