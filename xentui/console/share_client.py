"""What a watcher's terminal runs in place of xenconsole: shows what the holder of a console shares until Ctrl-]."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import tty

from xentui.agent.shares import WATCH, connected

_LEAVE = b"\x1d"
_PIECE = 4096
_GONE = 1


def main(folder: str, *words: str) -> int:
    """Show it; 0 where it was left, 1 where nobody shares it (any more).

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
                if not data:
                    os.write(1, b"\r\n--- who held the console has left it ---\r\n")
                    return _GONE
                while data:
                    data = data[os.write(1, data) :]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
