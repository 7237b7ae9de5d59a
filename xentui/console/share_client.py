"""What a watcher's terminal runs in place of xenconsole: shows what the holder of a console shares until Ctrl-]."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import tty

from xentui.agent.console.line_frames import CUT, DATA, STATUS, Frame, FrameError, Frames, number
from xentui.agent.console.shares import GONE, WATCH, connected
from xentui.text import plain

_LEAVE = b"\x1d"
_PIECE = 4096
_GONE = 1


def main(folder: str, *words: str) -> int:
    """Show it; 0 where it was left, 1 where nobody shares it, else how it has ended
    (:mod:`xentui.agent.console.line_frames`).

    ``words`` are what it may be called, and who watches.
    """
    *names, who = words
    with contextlib.suppress(OSError, termios.error):
        tty.setraw(0)
    try:
        shared = connected(folder, names, WATCH, who)
    except OSError as error:
        os.write(1, f"the console is not shared: {error.strerror or error}\r\n".encode())
        return _GONE
    frames = Frames()
    with shared:
        while True:
            ready, _, _ = select.select([0, shared.fileno()], [], [])
            if 0 in ready and os.read(0, _PIECE) in (b"", _LEAVE):
                return 0
            if shared.fileno() in ready:
                try:
                    data = shared.recv(_PIECE)
                except OSError:
                    data = b""
                try:
                    found = frames.take(data)
                except FrameError:
                    data = b""
                if not data:
                    return _tell(CUT, GONE)
                for frame in found:
                    if frame.kind != DATA:
                        return _ended(frame)
                    _show(frame.content)


def _ended(frame: Frame) -> int:
    return _tell(
        number(STATUS, frame.content) & 0xFF, frame.content[STATUS.size :].decode("utf-8", "replace")
    )


def _tell(code: int, words: str) -> int:
    _show(f"\r\n--- {plain(words, 200)} ---\r\n".encode("utf-8", "replace"))
    return code


def _show(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
