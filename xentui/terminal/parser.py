"""The guest's bytes, cut into characters and control functions and carried out on a screen.

Well-formed input is told apart by one regular expression.  What it does not match (a sequence cut by the end of
the data, control characters inside one, garbage) goes through a machine that takes one character at a time, after
the parser of Williams (https://vt100.net/emu/dec_ansi_parser); both come to the same result.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from xentui.terminal import movement
from xentui.terminal.charsets import SLOTS
from xentui.terminal.fast_lines import draw_lines
from xentui.terminal.functions import CONTROL_SEQUENCES, CONTROLS, ESCAPE_SEQUENCES
from xentui.terminal.parameters import Parameters, parsed
from xentui.terminal.screen import Screen
from xentui.text import plain

LONGEST_SEQUENCE = 256
LONGEST_STRING = 4096
LONGEST_TITLE = 256

_PLACED, _STYLED, _FUNCTION, _CONTROL, _PLAIN_LINES, _TEXT, _LINE_END = 3, 5, 6, 7, 8, 9, 10
_LOOK = rf"\[[0-9:;]{{0,{LONGEST_SEQUENCE}}}m|\(B"
_LOOKS = rf"(?:\x1b(?:{_LOOK})|)"
_PIECE = r"([^\x00-\x1f\x7f]*+)"
_TOKEN = re.compile(
    # Sequences come first: told by their first character, they cost the others nothing.  A piece of a screen is a
    # place, what is changed of the looks, and text: taken together they cost little more than one of them.
    # An alternative that begins with a character, not a group, is passed over without being begun.
    rf"\x1b(\[[0-9]{{1,4}};[0-9]{{1,4}}H)({_LOOKS}{_LOOKS}{_LOOKS}){_PIECE}"
    rf"|\x1b((?:{_LOOK}){_LOOKS}{_LOOKS}){_PIECE}"
    rf"|\x1b(\[[<-?]?[0-9:;]{{0,{LONGEST_SEQUENCE}}}[ -/]{{0,4}}[@-~]|[ -/]{{0,4}}[0-OQ-WYZ\\`-~])"
    r"|(\r\n|[\x00-\x1a\x1c-\x1f\x7f])"
    r"|((?:[ -~]*+\r\n){3,1024})"
    r"|([^\x00-\x1f\x7f]++)(\r\n)?"
    r"|(\x1b)"
)
_COMPLETE = re.compile(
    rf"\x1b\[([<-?]?)([0-9:;]{{0,{LONGEST_SEQUENCE}}})([ -/]{{0,4}})([@-~])|\x1b([ -/]{{0,4}})([0-OQ-WYZ\\`-~])"
)
_ESCAPE_FINAL = 6
_INCOMPLETE = re.compile(rf"\x1b(?:[ -/]{{0,4}}|\[[<-?]?[0-9:;]{{0,{LONGEST_SEQUENCE}}}[ -/]{{0,4}})")
_STRING_END = re.compile("[\x18\x1a\x1b]")
_COMMAND_END = re.compile("[\a\x18\x1a\x1b]")
_EIGHT_BIT_CONTROLS = re.compile("[\x80-\x9f]")
_STRING_INTRODUCERS = "]PX^_"
_OPERATING_SYSTEM_COMMAND = "]"
_RESET_PALETTE, _SET_PALETTE = "R", "P"
"""Of the Linux console (linux(4)): commands without an end of their own; the second has seven digits behind it."""
_PALETTE_DIGITS = 7
_HEXADECIMAL = re.compile(f"[0-9A-Fa-f]{{0,{_PALETTE_DIGITS}}}")
_CANCELLING = "\x18\x1a"
_Called = tuple[Callable[[Screen, Parameters], None], Parameters]
_MOST_KNOWN, _LONGEST_KNOWN = 4096, 64
"""So many sequences are remembered with what they do, none longer than this."""


def _nothing(_screen: Screen, _parameters: Parameters) -> None:
    """Carry out a function that is not known."""


def _called(match: re.Match[str]) -> _Called:
    """Return the control function that a whole sequence is, and its parameters."""
    if match.lastindex != _ESCAPE_FINAL:
        private, parameters, intermediates, final = match.group(1, 2, 3, 4)
        name = private + intermediates + final
        if name == "m":
            return (lambda screen, _: screen.select_style(parameters)), ()
        function = CONTROL_SEQUENCES.get(name, _nothing)
        if function is movement.to_place:
            line, column = (*parsed(parameters), 0, 0)[:2]
            return function, (max(0, line - 1), max(0, column - 1))
        return function, parsed(parameters)
    intermediates, final = match.group(5, 6)
    if intermediates in SLOTS:
        return (lambda screen, _: screen.charsets.designate(intermediates, final)), ()
    escape = ESCAPE_SEQUENCES.get(intermediates + final)
    return (_nothing if escape is None else lambda screen, _: escape(screen)), ()


class Parser:
    """Feeds a screen; keeps what an unfinished character, sequence or string needs, and no more than that."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._known: dict[str, _Called] = {}
        self._sequence = ""
        self._ignoring = False
        self._string_kind = ""
        self._string: list[str] = []
        self._string_length = 0

    def feed(self, data: bytes) -> None:
        """Carry out ``data``, which may begin and end anywhere, even inside a character."""
        text = self._decode(data)
        if not text.isascii():
            # 8-bit controls (U+0080–U+009F) are short for ESC and a letter.
            text = _EIGHT_BIT_CONTROLS.sub(lambda match: "\x1b" + chr(ord(match[0]) - 0x40), text)
        position = self._advance(text, 0) if self._sequence or self._string_kind else 0
        while position < len(text):
            position = self._run(text, position)

    def _run(self, text: str, position: int) -> int:  # noqa: PLR0912, PLR0915 - a call costs more than a branch
        """Carry out well-formed input; returns where it ended.

        Pieces of different looks that stand side by side are put on their row together.
        """
        screen = self._screen
        draw, select_styles, known, controls = screen.draw, screen.select_styles, self._known, CONTROLS
        line_end, write = controls["\r\n"], screen.write
        pieces: list[str] = []
        styles: list[str] = []
        room = 0
        for match in _TOKEN.finditer(text, position):
            kind = match.lastindex
            if kind == _STYLED:
                looks, piece = match.group(4, 5)
                if not pieces:
                    room = screen.room()
                select_styles(looks)
                if piece and (room := room - len(piece)) >= 0 and piece.isascii():
                    pieces.append(piece)
                    styles.append(screen.style * len(piece))
                    continue
                if pieces:
                    write(pieces, styles)
                screen.last_character = ""
                if piece:
                    draw(piece)
                continue
            if pieces:
                write(pieces, styles)
            if kind == _TEXT:
                draw(match[_TEXT])
                continue
            if kind == _LINE_END:
                draw(match[_TEXT])
                line_end(screen)
                screen.last_character = ""
                continue
            if kind == _PLACED:
                place, looks, piece = match.group(1, 2, 3)
                function, parameters = known.get(place) or self._function(place)
                function(screen, parameters)
                if looks:
                    select_styles(looks)
                if piece:
                    screen.last_character = ""  # what is drawn may be nothing
                    draw(piece)
                    continue
            elif kind == _FUNCTION:
                sequence = match[_FUNCTION]
                function, parameters = known.get(sequence) or self._function(sequence)
                function(screen, parameters)
            elif kind == _CONTROL:
                control = controls.get(match[_CONTROL])
                if control is not None:
                    control(screen)
            elif kind == _PLAIN_LINES:
                draw_lines(screen, match[_PLAIN_LINES])
            else:
                self._sequence = "\x1b"
                return self._advance(text, match.end())
            screen.last_character = ""
        if pieces:
            write(pieces, styles)
        return len(text)

    def _function(self, sequence: str) -> _Called:
        """Return the control function of a whole sequence without its ESC, and its parameters."""
        match = _COMPLETE.fullmatch("\x1b" + sequence)
        called = (_nothing, ()) if match is None else _called(match)
        if len(sequence) <= _LONGEST_KNOWN:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[sequence] = called
        return called

    def _carry_out(self, match: re.Match[str]) -> None:
        """Carry out one whole sequence."""
        function, parameters = _called(match)
        function(self._screen, parameters)
        self._screen.last_character = ""

    def _advance(self, text: str, position: int) -> int:
        """Go on with an unfinished sequence or string; returns where it ended."""
        while position < len(text) and (self._sequence or self._string_kind):
            if self._sequence:
                self._step(text[position])
                position += 1
            else:
                position = self._collect(text, position)
        return position

    def _step(self, character: str) -> None:
        """Take one character of a sequence."""
        if character in _CANCELLING:
            self._leave()
        elif character == "\x1b":
            self._leave()
            self._sequence = "\x1b"
        elif character < " " or character == "\x7f":
            control = CONTROLS.get(character)
            if control is not None:
                control(self._screen)
            self._screen.last_character = ""
        elif self._ignoring:
            if character >= "@":
                self._leave()
        elif self._sequence == "\x1b" and character in _STRING_INTRODUCERS:
            self._leave()
            self._string_kind = character
        elif self._sequence == "\x1b" and character == "\\" and self._string_kind:
            self._end_string()
        else:
            self._string_kind = ""
            self._extend(character)

    def _extend(self, character: str) -> None:
        """Add a character to a sequence, and carry it out if that ends it."""
        self._sequence += character
        match = _COMPLETE.fullmatch(self._sequence)
        if match is not None:
            self._leave()
            self._carry_out(match)
        elif _INCOMPLETE.fullmatch(self._sequence) is None:
            malformed_control_sequence = self._sequence.startswith("\x1b[")
            self._leave()
            if malformed_control_sequence and character < "@":
                self._sequence, self._ignoring = "\x1b[", True

    def _leave(self) -> None:
        self._sequence, self._ignoring = "", False
        self._string_kind, self._string, self._string_length = "", [], 0

    def _collect(self, text: str, position: int) -> int:
        """Take what there is of a string; returns where that ended."""
        is_command = self._string_kind == _OPERATING_SYSTEM_COMMAND
        if is_command and not self._string_length and text[position] == _RESET_PALETTE:
            self._leave()
            return position + 1
        if is_command and (self._string or [text[position]])[0] == _SET_PALETTE:
            return self._collect_palette(text, position)
        match = (_COMMAND_END if is_command else _STRING_END).search(text, position)
        end = match.start() if match is not None else len(text)
        if self._string_length <= LONGEST_STRING:
            piece = text[position : min(end, position + LONGEST_STRING + 1)]
            if piece:
                self._string.append(piece)
                self._string_length += len(piece)
        if match is None:
            return end
        if match[0] == "\x1b":
            self._sequence = "\x1b"
        elif match[0] in _CANCELLING:
            self._leave()
        else:
            self._end_string()
        return match.end()

    def _collect_palette(self, text: str, position: int) -> int:
        """Pass over the digits of a colour, up to what is none; returns where they ended."""
        if not self._string:
            self._string.append(_SET_PALETTE)
            position += 1
        digits = _HEXADECIMAL.match(text[position : position + _PALETTE_DIGITS - self._string_length])
        count = len(digits[0]) if digits is not None else 0
        self._string_length += count
        position += count
        if self._string_length == _PALETTE_DIGITS or position < len(text):
            self._leave()
        return position

    def _end_string(self) -> None:
        """Heed the one string that means something here, a title (OSC 0 and 2)."""
        kind, length, string = self._string_kind, self._string_length, "".join(self._string)
        self._leave()
        number, separator, title = string.partition(";")
        if (
            kind == _OPERATING_SYSTEM_COMMAND
            and length <= LONGEST_STRING
            and separator
            and number in ("0", "2")
        ):
            self._screen.title = plain(title, LONGEST_TITLE)
