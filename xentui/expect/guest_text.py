"""A guest's output as text to look in: decoded as it comes, without escape sequences and other controls."""

from __future__ import annotations

import codecs
import re
from typing import Final

_LONGEST: Final = 4096
"""Characters of a sequence that has not ended; one that is longer is none, and its text is looked in."""
_PALETTE: Final = r"R|P[0-9A-Fa-f]{7}"
"""What of ``ESC ]`` has no end of its own, on the Linux console."""
_SEQUENCE: Final = re.compile(
    rf"\x1b\](?:{_PALETTE})|\x1b[\]PX^_k][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]"
)
_BEGUN: Final = re.compile(
    rf"\x1b(?:\](?!{_PALETTE})[^\x07\x1b]*\x1b?|[PX^_k][^\x07\x1b]*\x1b?|\[[0-?]*[ -/]*|[ -/]*)\Z"
)
_RETURN: Final = re.compile(r"\r+(\n?)")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class GuestText:
    """Turns output, cut anywhere, into text: UTF-8, lines ended by a line feed.

    What was written over itself (a bare carriage return) is a line of its own.  What a guest hides in a title or in
    another string that is not shown is left out.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, data: bytes) -> str:
        """Return the text of the next bytes; the beginning of a sequence waits for its end."""
        text = self._held + self._decoder.decode(data)
        self._held = ""
        if begun := _BEGUN.search(text):
            held = begun[0]
            text = text[: begun.start()]
            if len(held) <= _LONGEST:
                self._held = held
            else:
                text += held[1:]
        text = _SEQUENCE.sub("", text)
        if text.endswith("\r") and not self._held:
            self._held = "\r"
            text = text.rstrip("\r")
        return _CONTROL.sub("", _RETURN.sub("\n", text))
