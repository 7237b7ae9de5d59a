"""What of a guest's output reaches the user's own terminal, while a guest has that.

Text, looks, cursor and screen do.  What would reach beyond the screen does not: the clipboard (OSC 52), title, palette
and links (other OSC), keyboard macros and whatever else strings can carry (DCS, APC, PM, SOS), the window and the
printer, the terminal's encoding, and modes that nothing takes back afterwards.  Sequences come out well-formed, one
mode each, so that every terminal reads the same in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST_STRING = 1 << 20
"""Bytes of a string that are passed over at most; what follows is shown."""
_LONGEST_SEQUENCE = 256
_MOST_MODES = 32

# Well-formed UTF-8 without C1 controls; what is malformed has no meaning to a terminal in UTF-8.
_PLAIN = re.compile(
    rb"(?:[\x00-\x1a\x1c-\x7e]|\xc2[\xa0-\xbf]|[\xc3-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf4][\x80-\xbf]{3})+"
)
_CUT = re.compile(rb"[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2}")
_STRING_END = re.compile(rb"[\x18\x1a\x1b]|\xc2\x9c")
_COMMAND_END = re.compile(rb"[\x07\x18\x1a\x1b]|\xc2\x9c")
_CONTROL_SEQUENCE = re.compile(rb"([<-?]?)([0-9:;]*)([ -/]*)")
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")
_STRINGS = frozenset(b"]PX^_")
_ESCAPE, _CANCELLING = 0x1B, (0x18, 0x1A)
_PALETTE_DIGITS = 7

_FINALS = frozenset(
    # Cursor, erasing, inserting, deleting, scrolling, tab stops, modes, looks, questions.
    [bytes((sign,)) for sign in b"@ABCDEFGHIJKLMPSTWXZ^`abcdefghlmnrsux"]
    + [b"?" + bytes((sign,)) for sign in b"JKhlnrsucmW"]
    + [b">c", b">q", b">m", b">n", b">f", b">u", b"<u", b"=u", b"=c"]
    + [b"!p", b'"q', b" q", b" @", b" A", b"'}", b"'~", b"*x", b"$p", b"?$p"]
    + [b"$" + bytes((sign,)) for sign in b"rtvxz{"]
    + [b"#p", b"#q", b"#{", b"#}"]
)
"""Private marker, intermediates and final of the control sequences that pass."""
_ESCAPES_NOT_PASSED = re.compile(rb"[% !\"].*|[lkG}]", re.DOTALL)
"""Other encodings, 8-bit answers, sets of controls, locked lines, a title, and what single terminals have for more than
text: rxvt answers ESC G with a line feed, Terminology takes commands behind ESC }.
"""
_STRINGS_OF_SCREEN = frozenset(b'k"!')
"""Two ways to begin a title, and a message to all windows (ansi.c of GNU screen)."""
_ANSI_MODES = frozenset((4, 20))
_DEC_MODES = frozenset(
    (
        *(1, 4, 5, 6, 7, 8, 9, 12, 25, 41, 45, 47, 66, 67, 69),
        *(1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1045, 1047, 1048, 1049, 2004, 2026),
    )
)
_SCREENS = frozenset((47, 1047, 1048, 1049))
"""Not saved and restored: terminals differ in whether they do that."""


class GuestFilter:
    """Passes a guest's output, however it is cut; ``titles``: ESC k and its kin begin a string (screen, tmux)."""

    def __init__(self, *, titles: bool = False) -> None:
        self._titles = titles
        self._held = b""
        self._take: Callable[[bytes, int], int] = self._text
        self._sequence = bytearray()
        self._end = _STRING_END
        self._length = 0
        self._out: list[bytes] = []
        self.keyboards = 0
        """Kitty keyboard modes the guest has pushed and not popped."""
        self.keyboard_set = False
        """Whether it has set such a mode without pushing it."""
        self.other_keys = False
        """Whether it has changed xterm's modifyOtherKeys or its kin."""
        self.protecting = False
        """Whether it has protected characters from being erased."""
        self.cursor_shaped = False
        """Whether it has chosen a shape for the cursor."""

    def passed(self, data: bytes) -> bytes:
        """Return what of ``data`` the terminal gets; what is unfinished is kept back."""
        data, self._held = self._held + data, b""
        position = 0
        while position < len(data):
            position = self._take(data, position)
        out = b"".join(self._out)
        self._out.clear()
        return out

    # States; each takes some bytes and returns where the next begin.

    def _text(self, data: bytes, position: int) -> int:
        plain = _PLAIN.match(data, position)
        if plain is not None:
            self._out.append(plain[0])
            return plain.end()
        byte = data[position]
        if byte == _ESCAPE:
            self._begin(self._escape)
            return position + 1
        if _CUT.fullmatch(data, position):
            self._held = data[position:]
            return len(data)
        if byte == 0xC2 and 0x80 <= data[position + 1] <= 0x9F:
            # A C1 control is short for ESC and a letter.
            self._begin(self._escape)
            self._escape(bytes((data[position + 1] - 0x40,)), 0)
            return position + 2
        if byte != 0x7F:
            self._out.append(b"?" if byte < 0xA0 else data[position : position + 1])
        return position + 1

    def _begin(self, state: Callable[[bytes, int], int]) -> None:
        self._sequence.clear()
        self._length = 0
        self._take = state

    def _inside(self, byte: int) -> bool:
        """Deal with what ends a sequence early or is carried out inside of one; False where it is a part of it."""
        if byte == _ESCAPE:
            self._begin(self._escape)
        elif byte in _CANCELLING:
            self._begin(self._text)
        elif byte < 0x20:
            if byte:
                self._out.append(bytes((byte,)))
        else:
            return byte == 0x7F
        return True

    def _interrupted(self, byte: int, position: int) -> int | None:
        """Return where to go on if a byte is no part of a sequence, None if it is: a control is carried out there and
        then, a byte above 0x7f ends the sequence and is text.
        """
        if self._inside(byte):
            return position + 1
        if byte >= 0x80:
            self._begin(self._text)
            return position
        return None

    def _escape(self, data: bytes, position: int) -> int:
        byte = data[position]
        if (resume := self._interrupted(byte, position)) is not None:
            return resume
        if not self._sequence and byte == ord("["):
            self._begin(self._control)
        elif not self._sequence and (byte in _STRINGS or (self._titles and byte in _STRINGS_OF_SCREEN)):
            self._end = _COMMAND_END if byte == ord("]") else _STRING_END
            self._begin(self._command if byte == ord("]") else self._string)
        else:
            self._sequence.append(byte)
            if byte >= 0x30 or len(self._sequence) > _LONGEST_SEQUENCE:
                sequence = bytes(self._sequence)
                self._begin(self._text)
                if not _ESCAPES_NOT_PASSED.fullmatch(sequence) and len(sequence) <= _LONGEST_SEQUENCE:
                    self.protecting = self.protecting or sequence == b"V"
                    self._out.append(b"\x1b" + sequence)
        return position + 1

    def _control(self, data: bytes, position: int) -> int:
        byte = data[position]
        if (resume := self._interrupted(byte, position)) is not None:
            return resume
        if byte < 0x40:
            if len(self._sequence) <= _LONGEST_SEQUENCE:
                self._sequence.append(byte)
            return position + 1
        sequence = bytes(self._sequence)
        self._begin(self._text)
        match = _CONTROL_SEQUENCE.fullmatch(sequence)
        if match is not None and len(sequence) <= _LONGEST_SEQUENCE:
            self._pass_control(match[1], match[2], match[3] + bytes((byte,)))
        return position + 1

    def _command(self, data: bytes, position: int) -> int:
        """Return the first byte of an OSC: the Linux console has two that have no end."""
        byte = data[position]
        if byte == ord("R"):
            self._begin(self._text)
        elif byte == ord("P"):
            self._begin(self._palette)
        else:
            self._take = self._string
            return position
        return position + 1

    def _palette(self, data: bytes, position: int) -> int:
        if data[position] not in _HEXADECIMAL:
            self._begin(self._text)
            return position
        self._length += 1
        if self._length == _PALETTE_DIGITS:
            self._begin(self._text)
        return position + 1

    def _string(self, data: bytes, position: int) -> int:
        limit = position + LONGEST_STRING - self._length
        match = self._end.search(data, position, limit)
        if match is None:
            if data.endswith(b"\xc2") and len(data) < limit:
                self._held = b"\xc2"
                data = data[:-1]
            end = min(len(data), limit)
            self._length += end - position
            if self._length >= LONGEST_STRING:
                self._begin(self._text)
            return end + len(self._held)
        self._begin(self._escape if match[0] == b"\x1b" else self._text)
        return match.end()

    # Control sequences

    def _pass_control(self, marker: bytes, parameters: bytes, final: bytes) -> None:
        if marker + final not in _FINALS:
            return
        if final in (b"h", b"l", b"r", b"s") and (marker == b"?" or final in b"hl"):
            known = _ANSI_MODES if not marker else _DEC_MODES if final in b"hl" else _DEC_MODES - _SCREENS
            for part in parameters.split(b";", _MOST_MODES)[:_MOST_MODES]:
                digits = part.partition(b":")[0]
                if digits and int(digits) in known:
                    self._out.append(b"\x1b[%s%d%s" % (marker, int(digits), final))
            return
        if final == b"u" and marker in (b">", b"<"):
            count = int(parameters.split(b";")[0].partition(b":")[0] or b"1") if marker == b"<" else -1
            self.keyboards = max(0, self.keyboards - count)
        self.keyboard_set = self.keyboard_set or marker + final == b"=u"
        self.other_keys = self.other_keys or marker + final in (b">m", b">n", b">f")
        self.protecting = self.protecting or final == b'"q'
        self.cursor_shaped = self.cursor_shaped or final == b" q"
        self._out.append(b"\x1b[" + marker + parameters + final)
