"""What crosses a line between a console on a host and who has it elsewhere: frames, each a letter, a length, and bytes.

Both ways go at most so many bytes that the other side has not said to have dealt with: what waits on the way cannot be
hurried, nor passed over.  Who is silent for too long is gone: a connection that was cut tells nobody.
"""

from __future__ import annotations

import struct
from typing import List, NamedTuple

#: What a frame is: bytes of the guest or for it; so many of them dealt with; that one is there; another size of the
#: terminal (lines, columns); the end, with an exit status and words.
DATA, DONE, HERE, SIZE, END = b"d", b"a", b"h", b"s", b"e"
#: Bytes that may be under way to who looks, to who only watches, and to the guest.
WINDOW, WATCH_WINDOW, TYPED_WINDOW = 64 << 10, 16 << 10, 16 << 10
#: Bytes of a frame's content.
LIMIT = 64 << 10
#: Seconds between two signs of life, and without any.
SIGN, SILENCE = 5.0, 30.0
#: The exit status of a console that somebody else has taken over, and how the words of that begin.
TAKEN, TAKEN_WORDS = 254, "taken over by "
#: Those of one that was watched: its holder has left it, or was cut off; it has ended itself; too many watch it.
LEFT, CUT, OVER, FULL = 253, 252, 251, 250
#: What is said of each.
END_WORDS = {
    LEFT: "who held the console has left it",
    CUT: "the line of who held the console was cut",
    OVER: "the console has ended",
    FULL: "as many as can watch it already",
}
#: That of a line that was cut, as ssh's own (ssh(1)).
LOST = 255

_HEAD = struct.Struct(">cI")
COUNT = struct.Struct(">I")
PAIR = struct.Struct(">HH")
STATUS = struct.Struct(">i")


class Frame(NamedTuple):
    """One frame."""

    kind: bytes
    content: bytes


class FrameError(Exception):
    """What came is no frame."""


def packed(kind: bytes, content: bytes = b"") -> bytes:
    """Return a frame as it crosses the line."""
    return _HEAD.pack(kind, len(content)) + content


class Frames:
    """Cuts what comes into frames."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def take(self, data: bytes) -> List[Frame]:
        """Return the frames that are whole now; raises :class:`FrameError`."""
        self._kept += data
        found: List[Frame] = []
        while len(self._kept) >= _HEAD.size:
            kind, size = _HEAD.unpack_from(self._kept)
            if size > LIMIT or kind not in (DATA, DONE, HERE, SIZE, END):
                raise FrameError("the data from the connection is not valid")
            whole = _HEAD.size + size
            if len(self._kept) < whole:
                break
            found.append(Frame(kind, bytes(self._kept[_HEAD.size : whole])))
            del self._kept[:whole]
        return found


def number(packing: struct.Struct, content: bytes) -> int:
    """Return the number in a frame; raises :class:`FrameError`."""
    if len(content) < packing.size:
        raise FrameError("the data from the connection is not valid")
    return int(packing.unpack_from(content)[0])
