"""What is written to a terminal beside the screen: modes, titles, the clipboard, questions, the bell."""

from __future__ import annotations

from typing import Final

from xentui.patterns import late_pattern

_FRAME: Final = late_pattern(r"\x1b\[\d+;\d+H")
"""What a frame of Textual begins with."""
_SEQUENCE: Final = late_pattern(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]|[^\x1b]"
)
_MODE: Final = late_pattern(r"\x1b\[\?(\d+)[hl]\Z")
_COMMAND: Final = late_pattern(r"\x1b\]\d+;")
_KEEP: Final = late_pattern(r"\x1b\[>\d*u\Z")
"""Has a terminal keep how its keyboard is, below what is set from now on."""
_SET: Final = late_pattern(r"\x1b\[=[\d;]*u\Z")
_GIVE_BACK: Final = "\x1b[<u"
SYNC: Final = late_pattern(r"\x1b\[\?2026[hl]\Z")


def pieces(data: str) -> list[str]:
    """Return the sequences ``data`` consists of; none where it is a frame."""
    return [] if _FRAME.match(data) else [match[0] for match in _SEQUENCE.finditer(data)]


class Waiting:
    """Sequences that wait for the terminal, in the order they were last written.

    Of each mode only the last setting is kept, as of each title and clipboard, and one of all others that are alike:
    so there are never many, however long the terminal takes nothing.  A keyboard that was to be kept and is to be given
    back is left alone: one given back more often than kept is another program's.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, sequence: str) -> None:
        """Have a sequence wait behind the others."""
        name = sequence
        if sequence == _GIVE_BACK and (kept := [each for each in self._waiting if _KEEP.match(each)]):
            for each in [*kept, *filter(_SET.match, list(self._waiting))]:
                del self._waiting[each]
            return
        if match := _MODE.match(sequence):
            name = match[1]
        elif match := _COMMAND.match(sequence):
            name = match[0]
        self._waiting.pop(name, None)
        self._waiting[name] = sequence

    def take(self) -> str:
        """Return all of them, and none is left."""
        taken = "".join(self._waiting.values())
        self._waiting.clear()
        return taken
