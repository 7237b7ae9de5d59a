"""Keys, pastes and mouse events as the bytes a guest expects, after xterm's ctlseqs and terminfo's ``xterm``."""

from __future__ import annotations

import re
import unicodedata

from xentui.frozen import dataclass

_CURSOR = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F", "kp_begin": "E"}
_TILDE = {
    "insert": 2,
    "delete": 3,
    "pageup": 5,
    "pagedown": 6,
    "f5": 15,
    "f6": 17,
    "f7": 18,
    "f8": 19,
    "f9": 20,
    "f10": 21,
    "f11": 23,
    "f12": 24,
    "f13": 25,
    "f14": 26,
    "f15": 28,
    "f16": 29,
    "f17": 31,
    "f18": 32,
    "f19": 33,
    "f20": 34,
}
_SS3 = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_SIMPLE = {"tab": b"\t", "escape": b"\x1b", "space": b" "}
_KEYPAD = {**{f"kp_{digit}": str(digit) for digit in range(10)}, "kp_enter": "\r", "kp_add": "+"}
_KEYPAD |= {"kp_subtract": "-", "kp_multiply": "*", "kp_divide": "/", "kp_decimal": ".", "kp_separator": ","}
_CONTROL_SIGNS = {
    "@": 0x00,
    "space": 0x00,
    " ": 0x00,
    "at": 0x00,
    "2": 0x00,
    "[": 0x1B,
    "left_square_bracket": 0x1B,
    "3": 0x1B,
    "\\": 0x1C,
    "backslash": 0x1C,
    "4": 0x1C,
    "]": 0x1D,
    "right_square_bracket": 0x1D,
    "5": 0x1D,
    "^": 0x1E,
    "circumflex_accent": 0x1E,
    "6": 0x1E,
    "_": 0x1F,
    "underscore": 0x1F,
    "/": 0x1F,
    "slash": 0x1F,
    "7": 0x1F,
    "?": 0x7F,
    "8": 0x7F,
}
_OTHER_NAMES = {
    "slash": "solidus",
    "backslash": "reverse solidus",
    "at": "commercial at",
    "minus": "hyphen-minus",
    "hyphen_minus": "hyphen-minus",
    "plus": "plus sign",
    "underscore": "low line",
    "less_than_sign": "less-than sign",
    "greater_than_sign": "greater-than sign",
}
"""Names of keys that are not the characters' own in Unicode."""
_MODIFIERS = {"shift": 1, "alt": 2, "meta": 2, "ctrl": 4, "control": 4}
_SHIFT, _ALT, _CTRL = 1, 2, 4
_NOT_PASTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PASTE_START, _PASTE_END = b"\x1b[200~", b"\x1b[201~"


@dataclass(frozen=True, slots=True)
class MouseEvent:
    """A mouse event at a cell (from 0).

    ``button``: 0 left, 1 middle, 2 right, 3 none, 64 wheel up, 65 wheel down.  ``action``: ``press``, ``release``
    or ``move``.
    """

    button: int
    action: str
    line: int
    column: int
    shift: bool = False
    alt: bool = False
    ctrl: bool = False


def encode_key(
    name: str,
    character: str | None = None,
    *,
    application_cursor: bool = False,
    application_keypad: bool = False,
    new_line: bool = False,
    backspace: bytes = b"\x7f",
) -> bytes:
    """Return the bytes of a key press, none for a key that has no bytes.

    Arguments: ``name`` is the key with its modifiers, ``up``, ``ctrl+right``, ``shift+tab``, ``f5``, ``alt+x``,
    ``kp_5``; ``character`` what it types, where it types something.  ``new_line`` makes Enter send CR LF (LNM).
    """
    modifiers, key = _split(name)
    if key in ("enter", "return"):
        data = b"\r\n" if new_line else b"\r"
    elif key == "backspace" and not modifiers & _CTRL:
        # Ctrl-H, on most keyboards, and to be told from the key: a guest's erase character may be either.
        data = b"\b" if character == "\b" else backspace
    elif key in ("backtab", "tab") and (key == "backtab" or modifiers & _SHIFT):
        data = b"\x1b[Z"
    elif (special := _special(key, modifiers, application_cursor)) is not None:
        return special
    elif key in _KEYPAD:
        return _keypad(key, application_keypad=application_keypad, new_line=new_line)
    else:
        data = _typed(key, modifiers, character)
    return b"\x1b" + data if data and modifiers & _ALT else data


def encode_paste(text: str, *, bracketed: bool) -> bytes:
    """Pasted text as typed: line ends as Enter, no control characters but tabs; between marks if ``bracketed``."""
    lines = text.replace("\r\n", "\r").replace("\n", "\r")
    data = _NOT_PASTED.sub("", lines).encode("utf-8", "replace")
    return _PASTE_START + data + _PASTE_END if bracketed else data


def encode_mouse(event: MouseEvent, *, mode: int, sgr: bool) -> bytes:
    """Return a mouse event in the coding that was asked for, nothing if ``mode`` does not want it.

    Without ``sgr`` (1006) cells past column or line 223 cannot be told and give nothing.
    """
    wheel = event.button >= 64
    wanted = {
        "press": mode in (9, 1000, 1002, 1003) and not (mode == 9 and wheel),
        "release": mode in (1000, 1002, 1003) and not wheel,
        "move": mode == 1003 or (mode == 1002 and event.button != 3),
    }
    if not wanted.get(event.action, False):
        return b""
    code = event.button + (32 if event.action == "move" else 0)
    if mode != 9:
        code += 4 * event.shift + 8 * event.alt + 16 * event.ctrl
    if sgr:
        final = "m" if event.action == "release" else "M"
        return f"\x1b[<{code};{event.column + 1};{event.line + 1}{final}".encode()
    if not (0 <= event.column < 223 and 0 <= event.line < 223):
        return b""
    if event.action == "release":
        code = code - event.button + 3
    return b"\x1b[M" + bytes((32 + code, 33 + event.column, 33 + event.line))


def _split(name: str) -> tuple[int, str]:
    """Modifiers as bits, and the key; ``ctrl++`` is Ctrl with the plus sign."""
    modifiers = 0
    rest = name
    while (head := rest.partition("+"))[1] and head[2] and head[0] in _MODIFIERS:
        modifiers |= _MODIFIERS[head[0]]
        rest = head[2]
    return modifiers, rest


def _special(key: str, modifiers: int, application_cursor: bool) -> bytes | None:
    """Arrows, editing and function keys; None for any other."""
    if key in _CURSOR:
        if modifiers:
            return f"\x1b[1;{1 + modifiers}{_CURSOR[key]}".encode()
        return f"\x1b{'O' if application_cursor else '['}{_CURSOR[key]}".encode()
    if key in _SS3:
        return f"\x1b[1;{1 + modifiers}{_SS3[key]}".encode() if modifiers else f"\x1bO{_SS3[key]}".encode()
    if key in _TILDE:
        return (
            f"\x1b[{_TILDE[key]};{1 + modifiers}~".encode() if modifiers else f"\x1b[{_TILDE[key]}~".encode()
        )
    return None


def _keypad(key: str, *, application_keypad: bool, new_line: bool) -> bytes:
    sign = _KEYPAD[key]
    if not application_keypad:
        return b"\r\n" if sign == "\r" and new_line else sign.encode()
    return b"\x1bO" + bytes((ord(sign) + 0x40,))


def _typed(key: str, modifiers: int, character: str | None) -> bytes:
    """Return a key that types a character, or one with Ctrl."""
    if modifiers & _CTRL:
        if len(key) == 1 and key.isascii() and key.isalpha():
            return bytes((ord(key.upper()) & 0x1F,))
        if key in _CONTROL_SIGNS:
            return bytes((_CONTROL_SIGNS[key],))
        if key == "backspace":
            return b"\b"
    if key in _SIMPLE:
        return _SIMPLE[key]
    if character is None or len(character) != 1:
        character = key if len(key) == 1 else _named(key)
    return character.encode("utf-8", "replace")


def _named(key: str) -> str:
    """Return the character of a key called by its name in Unicode, ``full_stop``; ``""`` where there is none."""
    try:
        return unicodedata.lookup(_OTHER_NAMES.get(key, key).replace("_", " "))
    except KeyError:
        return ""
