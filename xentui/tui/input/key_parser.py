"""What the user's terminal sends, cut into keys, pastes and the terminal's own reports.

Textual's parser takes one character after the other and gives up on what it does not know by typing it as keys: Alt
gets lost with most of them, and a paste that holds ESC ends at it.  Here each sequence is told as a whole, and what
begins a paste is a paste until its end mark.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator

from textual import constants, events
from textual.message import Message

from xentui.patterns import late_pattern
from xentui.tui.input.extended_keys import extended_keys
from xentui.tui.input.reports import ANSWER, ANSWER_BEGINS, MARGINS, Answered, ModeReport
from xentui.tui.input.typed_keys import AltKey, LongPaste, UnknownSequence
from xentui.tui.textual_compat.keyboard import ANSI_SEQUENCES_KEYS, IgnoredSequence, KeySequences

LONGEST_PASTE = 1 << 20
"""Characters of a paste that are kept; a longer one is refused whole."""
ESCAPE_DELAY = constants.ESCAPE_DELAY if "ESCDELAY" in os.environ else 0.025
"""Seconds ESC, or Alt with a key that sequences begin with, waits for the rest of one: terminals send those whole."""
SILENCE = 5.0
"""Seconds without a character after which a paste whose end mark does not come is taken as it is."""
_SEQUENCE_PATIENCE = 0.1
"""Seconds the rest of a sequence may take that has surely begun."""
_REPLY_PATIENCE = 0.5
"""Seconds the rest of an answer of the terminal may take to come."""
_LONGEST_REPLY = 4096
_PRESSED = 3
"""Characters of Alt with a key that a sequence may begin with, and one more key."""
_TYPED_AT_ONCE = 16
"""Characters, at most, that come in one go from fingers; more after a silence belong to the paste before it."""

_ESC = "\x1b"
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
# [^\x00-\x1f] is [ -\U0010ffff], which takes twenty times as long to compile.
_TOKEN = late_pattern(
    r"(?P<mouse>\x1b\[M[^\x00-\x1f]{3})"
    r"|(?P<control>\x1b\[(?:\[[A-E]|\d{1,2}\$(?!y)|[0-?]{0,64}[ -/]{0,4}[@-~]))"
    r"|(?P<reply>\x1b(?:\](?=[\dlL])[^\x07\x1b]*(?:\x07|\x1b\\)|(?:P(?=[\d>!+$=])|_(?=G))[^\x1b]*\x1b\\))"
    # Not those of an application keypad, which nothing asks for: they would be taken from what is typed behind Alt-O.
    r"|(?P<shift>\x1bO[A-Za-d])"
    r"|(?P<escape>\x1b(?=\x1b))"
    r"|(?P<alt>\x1b[^\x1b])"
    r"|(?P<key>[^\x1b])"
)
_UNFINISHED = late_pattern(
    r"\x1b(?:|O|[\[]\[|\[[0-?]{0,64}[ -/]{0,4}|\[M[^\x00-\x1f]{0,2}|[\]P_]"
    r"|\][\dlL][^\x07\x1b]*\x1b?|P[\d>!+$=][^\x1b]*\x1b?|_G[^\x1b]*\x1b?)"
)
_REPLY_BEGINS = late_pattern(r"\x1b(?:\][\dlL]|P[\d>!+$=]|_G)")
_REPORT = late_pattern(
    r"\x1b\[(?:<\d+;-?\d+;-?\d+[Mm]|[IO]|\?\d+;\d\$y|48;\d+[\d:]*;\d+[\d:]*;\d+[\d:]*;\d+[\d:]*t)"
)
_REPORTS = late_pattern(rf"(?:{_REPORT.pattern})+")
_MODE_REPORT = late_pattern(r"\x1b\[\?(\d{1,5});(\d)\$y")
_OTHER_MOUSE = late_pattern(r"\x1b\[(\d+);(\d+);(\d+)M")
_ANSWER = late_pattern(r"\x1b\[[0-?]*[ -/]*[Rncty]")
_PLAIN = late_pattern(r"[@-~]")
_AMBIGUOUS = frozenset({"alt", "control"})
"""What a longer sequence may begin with."""
_X10_RELEASE = 3


class KeyParser(KeySequences):
    """Textual's parser with another way to cut; one thread feeds it.

    ``feed`` gives the messages of some input, ``tick`` those that time has brought, ``wait`` is how long that takes.
    """

    def __init__(self, debug: bool = False, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(debug)
        self._clock = clock
        self._rxvt = os.environ.get("TERM", "").startswith("rxvt")
        """Whether the terminal sends Ctrl with arrows as ESC O a."""
        self.expects: Callable[[], bool] = bool
        """Whether an answer of the terminal is under way, of which the beginning may be a key too."""
        self._rest = ""
        """The beginning of a sequence, or what came after a paste had fallen silent."""
        self._due: float | None = None
        self._paste: list[str] | None = None
        self._pasted = 0
        self._fallen_silent = False
        self._pressed = 0
        """The mouse button of the oldest coding, whose release does not say which."""

    def wait(self) -> float | None:
        """Return seconds until :meth:`tick` has something to do; None where nothing waits."""
        return None if self._due is None else max(0.0, self._due - self._clock())

    def feed(self, data: str) -> Iterable[Message]:
        """Yield the messages of further input; ``""`` is its end."""
        self._due = None
        data, self._rest = self._rest + data, ""
        if self._fallen_silent and not _REPORTS.fullmatch(data):
            if _PASTE_END not in data and len(data) <= _TYPED_AT_ONCE:
                self._rest, self._due = data, self._clock() + ESCAPE_DELAY
                return
            self._paste, self._pasted, self._fallen_silent = [], 0, False
        while data:
            if self._paste is not None:
                data = yield from self._collect(data)
            else:
                data = yield from self._cut(data)

    def tick(self) -> Iterable[Message]:
        """Give up waiting for the rest of something, where its time is over."""
        if self._due is None or self._clock() < self._due:
            return
        self._due = None
        rest, self._rest = self._rest, ""
        if self._paste is not None:
            self._paste.append(rest)
            self._fallen_silent = True
            yield from self._end_paste()
        elif self._fallen_silent:
            # Few characters after a silence: somebody types, the end mark was lost.
            self._fallen_silent = False
            yield from self.feed(rest)
        elif not _REPLY_BEGINS.match(rest) or len(rest) <= _PRESSED:
            yield from self._known(rest) or self._as_typed(rest)

    # Pastes

    def _collect(self, data: str) -> Generator[Message, None, str]:
        """Take text of a paste; returns what follows its end mark."""
        assert self._paste is not None  # noqa: S101 - for the type checker
        text, mark, behind = data.partition(_PASTE_END)
        if not mark:
            # The end mark may have begun.
            kept = next((size for size in range(5, 0, -1) if text.endswith(_PASTE_END[:size])), 0)
            if kept:
                text, self._rest = text[:-kept], text[-kept:]
            self._due = self._clock() + SILENCE
        if self._pasted <= LONGEST_PASTE:
            self._paste.append(text)
        self._pasted += len(text)
        if mark:
            yield from self._end_paste()
        return behind

    def _end_paste(self) -> Iterator[Message]:
        # The terminal may answer between two pieces of a paste.
        text, answers = ANSWER.subn("", "".join(self._paste or ()).replace("\0", ""))
        for _ in range(answers):
            yield Answered()
        too_long = self._pasted > LONGEST_PASTE
        self._paste, self._pasted, self._due = None, 0, None
        if too_long:
            yield LongPaste()
        elif text:
            yield events.Paste(text)

    # Everything else

    def _cut(self, data: str) -> Generator[Message, None, str]:
        """Tell sequences and keys apart; returns what follows the start mark of a paste."""
        position = 0
        while position < len(data):
            match = _TOKEN.match(data, position)
            if match is None or (match.lastgroup in _AMBIGUOUS and _UNFINISHED.fullmatch(data, position)):
                return self._keep(data[position:])
            position = match.end()
            token = match[0]
            if token == _PASTE_START:
                self._paste = []
                self._due = self._clock() + SILENCE
                return data[position:]
            if match.lastgroup == "control":
                yield from self._control(token)
            elif match.lastgroup == "mouse":
                yield from self._old_mouse(*(ord(sign) - 32 for sign in token[3:]))
            elif match.lastgroup == "shift":
                known = None if token[-1] in "abcd" and not self._rxvt else self._known(token)
                yield from known or self._as_typed(token)
            elif match.lastgroup != "reply":
                yield from self._as_typed(token)
        return ""

    def _keep(self, rest: str) -> str:
        """Wait for the rest of a sequence, but not for ever."""
        reply = _REPLY_BEGINS.match(rest) is not None
        # Past its bound an answer is cut short, and what follows goes the same way.
        self._rest = rest[:2] + rest[2 : _LONGEST_REPLY + 2] if reply else rest
        begun = _REPLY_PATIENCE if reply else max(ESCAPE_DELAY, _SEQUENCE_PATIENCE)
        if rest in ANSWER_BEGINS and self.expects():
            self._due = self._clock() + _REPLY_PATIENCE
        else:
            self._due = self._clock() + (begun if len(rest) > _PRESSED else ESCAPE_DELAY)
        return ""

    def _control(self, sequence: str) -> Iterator[Message]:
        """Yield a control sequence: a key, or what the terminal reports."""
        if ANSWER.fullmatch(sequence):
            yield Answered()
        elif (match := _MODE_REPORT.fullmatch(sequence)) is not None and int(match[1]) == MARGINS:
            yield ModeReport(int(match[1]), int(match[2]))
        elif _REPORT.fullmatch(sequence):
            yield from super().feed(sequence)
        elif (match := _OTHER_MOUSE.fullmatch(sequence)) is not None:
            yield from self._old_mouse(*(int(number) for number in match.groups()), origin=32)
        elif (keys := self._known(sequence)) is not None:
            yield from keys
        elif sequence[2:] and _PLAIN.fullmatch(sequence[2:]):
            yield from self._as_typed(sequence)
        elif not _ANSWER.fullmatch(sequence):
            yield UnknownSequence(sequence)

    def _known(self, sequence: str) -> list[events.Key] | None:
        """Return the keys of a sequence; None where it is that of no key."""
        if (keys := extended_keys(sequence)) is not None:
            return keys
        known = ANSI_SEQUENCES_KEYS.get(sequence)
        if known is None:
            return None
        if isinstance(known, IgnoredSequence):
            return [UnknownSequence(sequence)]
        if isinstance(known, str):
            return [self._plain(known)]
        return [events.Key(key.value, None) for key in known]

    def _as_typed(self, text: str) -> Iterator[events.Key]:
        """Keys as they were pressed: what follows an ESC is pressed with Alt."""
        if text == _ESC:
            yield events.Key("escape", _ESC)
            return
        if text.startswith(_ESC):
            yield self._with_alt(text[1])
            text = text[2:]
        for sign in text:
            yield self._plain(sign)

    def _with_alt(self, sign: str) -> AltKey:
        key = self._plain(sign)
        name = f"shift+{key.key.lower()}" if len(key.key) == 1 and key.key.isupper() else key.key
        apart = (events.Key("escape", _ESC), key) if sign != "\t" else (events.Key("shift+tab", None),)
        return AltKey(f"alt+{name}", sign, apart)

    def _plain(self, sign: str) -> events.Key:
        return next(iter(self.keys_of(sign)), events.Key(sign, sign))

    def _old_mouse(self, code: int, column: int, line: int, *, origin: int = 0) -> Iterator[Message]:
        """Yield a mouse event in a coding before SGR's, in which a release does not tell its button."""
        code -= origin
        release = code & 3 == _X10_RELEASE and not code & (32 | 64)
        if release:
            code += self._pressed - _X10_RELEASE
        elif not code & (32 | 64):
            self._pressed = code & 3
        event = self.parse_mouse_code(f"\x1b[<{code};{column};{line}{'m' if release else 'M'}")
        if event is not None:
            yield event
