"""Keys as the kitty keyboard protocol and xterm's modifyOtherKeys send them, with their modifiers as numbers.

See https://sw.kovidgoyal.net/kitty/keyboard-protocol/ and xterm's ctlseqs, "PC-Style Function Keys".
"""

from __future__ import annotations

from textual import events
from textual.keys import Keys

from xentui.patterns import late_pattern
from xentui.tui.input.typed_keys import AltKey
from xentui.tui.textual_compat.keyboard import ANSI_SEQUENCES_KEYS, FUNCTIONAL_KEYS, character_to_key

# The key's code, the code it has with Shift; modifiers and kind of event; the text it types.
_SEQUENCE = late_pattern(
    r"\x1b\[(\d{0,7})(?::(\d{0,7}))?(?::\d{0,7})?(?:;(\d{0,4})(?::\d)?(?:;([\d:]{0,64}))?)?([u~A-FHPQRS])"
)
_OTHER_KEYS = late_pattern(r"\x1b\[27;(\d{1,4});(\d{1,7})~")
_SHIFT, _ALT, _CTRL = 1, 2, 4
_NAMES = {_SHIFT: "shift", _ALT: "alt", _CTRL: "ctrl", 8: "super", 16: "hyper", 32: "meta"}
_LOCKS = 64 | 128
_WRITES = {"backspace": "\x7f", "enter": "\r", "tab": "\t", "escape": "\x1b"}
# What Shift makes of a key where the terminal does not tell: as on the keyboards of the USA.
_SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))
_MODIFIER_CODES = {57358, 57359, 57360, *range(57441, 57455)}


def extended_keys(sequence: str) -> list[events.Key] | None:
    """Return the keys of a sequence that tells code and modifiers, several where it types several characters.

    None where it is no such sequence; empty where it is one of a key that does nothing by itself (Shift, Caps Lock), or
    that nobody knows.
    """
    other = _OTHER_KEYS.fullmatch(sequence)
    if other is not None:
        return _keys(int(other[2]), "u", None, int(other[1]), "")
    match = _SEQUENCE.fullmatch(sequence)
    if match is None or (match[5] != "u" and match[3] is None):
        return None
    code, shifted, modifiers, text, final = match.groups()
    if not code and final in "u~":
        return None
    return _keys(int(code or 1), final, int(shifted) if shifted else None, int(modifiers or 1), text or "")


def _keys(code: int, final: str, shifted: int | None, modifiers: int, codes: str) -> list[events.Key] | None:
    held = max(0, modifiers - 1) & ~_LOCKS
    named = FUNCTIONAL_KEYS.get(f"{code}{final}", "") or _numbered(code, final)
    if not named and final != "u":
        return None
    text = "".join(chr(int(part)) for part in codes.split(":") if part and _is_character(int(part)))
    if final == "u" and (code in _MODIFIER_CODES or not (named or text or _is_character(code))):
        return []
    own = chr(code) if not named and _is_character(code) else ""
    with_shift = chr(shifted) if shifted is not None and _is_character(shifted) else _with_shift(own)
    if text and not (held & _ALT and text in (own, with_shift)) and not held & _CTRL:
        return [_typed(sign, named if len(text) == 1 else "", held) for sign in text]
    return [_untyped(named, own, with_shift, held)]


def _untyped(named: str, own: str, with_shift: str, held: int) -> events.Key:
    """Return a key that types no text, or with Alt or Ctrl: by its name, or by the character ``own``."""
    if named:
        return _key(named, held, None if held else _WRITES.get(named))
    if held & _SHIFT and with_shift != own and not own.isalpha():
        return _key(character_to_key(with_shift), held & ~_SHIFT, with_shift)
    return _key(character_to_key(own), held, with_shift if held & _SHIFT else own)


def _typed(sign: str, named: str, held: int) -> events.Key:
    """Return a key that types a character; Shift is in that already, and so is Alt where it has chosen another one."""
    blank = sign.isspace()
    return _key(named or character_to_key(sign), held & ~_ALT if blank else held & ~(_ALT | _SHIFT), sign)


def _key(name: str, held: int, character: str | None) -> events.Key:
    tokens = [modifier for bit, modifier in _NAMES.items() if held & bit]
    key = "+".join([*sorted(tokens), name])
    if held & _ALT:
        return AltKey(key, character)
    # With Ctrl or another modifier a key types nothing.
    return events.Key(key, None if held & ~_SHIFT else character)


def _numbered(code: int, final: str) -> str:
    """Return the function key of a number the protocol has no name for, as other terminals count them."""
    known = ANSI_SEQUENCES_KEYS.get(f"\x1b[{code}~") if final == "~" else None
    return known[0].value if isinstance(known, tuple) and isinstance(known[0], Keys) else ""


def _with_shift(sign: str) -> str:
    return _SHIFTED.get(sign, sign.upper() if len(sign.upper()) == 1 else sign)


def _is_character(code: int) -> bool:
    """Return whether a code is that of a character, none of a control or of private use, as the protocol's keys are."""
    return 32 <= code <= 0x10FFFF and not 0x7F <= code < 0xA0 and not 0xD800 <= code < 0xF900
