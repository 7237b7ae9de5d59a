"""What tmux shows of the recorded console streams, kept beside them as ``console/NAME.txt``.

``python -m tests.recordings.twins`` feeds each stream to a pane of 80x24 and captures it where a key was pressed and
at the end.  A twin is screens, each after a line that tells how many bytes had come.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CONSOLE = Path(__file__).parent / "console"
COLUMNS, LINES = 80, 24
_HEADING = re.compile(r"^=== after (\d+) bytes$", re.MULTILINE)
_MOST = 24
_GRAPHICS = str.maketrans("`afgjklmnopqrstuvwxyz{|}~", "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")


def stops(name: str) -> list[int]:
    """After how many bytes a stream is looked at: where keys were pressed (some of them), and the end."""
    log = json.loads((CONSOLE / f"{name}.json").read_text(encoding="utf-8"))["log"]
    places, total = set(), 0
    for _, direction, what in log:
        if direction == "out":
            total += what
        elif total:
            places.add(total)
    chosen = sorted(places)
    step = len(chosen) // _MOST + 1
    return sorted({*chosen[::step], (CONSOLE / f"{name}.bin").stat().st_size})


def screens(name: str) -> Iterator[tuple[int, list[str]]]:
    """A twin's screens: bytes that had come, and the rows without the blanks at their ends."""
    parts = _HEADING.split((CONSOLE / f"{name}.txt").read_text(encoding="utf-8"))
    for place, rows in zip(parts[1::2], parts[2::2], strict=True):
        yield int(place), rows.split("\n")[1:-1]


def _tmux(socket: str, *words: str) -> str:
    command = ["tmux", "-L", socket, "-f", "/dev/null", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _captured(socket: str) -> list[str]:
    """The pane when it has come to rest, line-drawing characters as such."""
    before = ""
    while (now := _tmux(socket, "capture-pane", "-p", "-e")) != before:
        before = now
        time.sleep(0.3)
    plain = re.sub("\x1b\\[[0-9;:]*m", "", now)
    drawn = re.sub("\x0e([^\x0f]*)\x0f?", lambda match: match[1].translate(_GRAPHICS), plain)
    rows = drawn.split("\n")[:LINES]
    return [row.rstrip() for row in rows]


def make(name: str) -> None:
    """Make one twin."""
    data = (CONSOLE / f"{name}.bin").read_bytes()
    socket = f"twins-{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "stream"
        os.mkfifo(pipe)
        size = ("-x", str(COLUMNS), "-y", str(LINES))
        _tmux(socket, "new-session", "-d", *size, f"stty raw -echo; cat {pipe}; sleep 1000")
        try:
            _tmux(socket, "set", "-g", "status", "off")
            _tmux(socket, "resize-window", *size)
            text, sent = "", 0
            with pipe.open("wb", buffering=0) as stream:
                for place in stops(name):
                    stream.write(data[sent:place])
                    sent = place
                    text += f"=== after {place} bytes\n" + "".join(f"{row}\n" for row in _captured(socket))
        finally:
            _tmux(socket, "kill-server")
    (CONSOLE / f"{name}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for stream in sys.argv[1:] or sorted(path.stem for path in CONSOLE.glob("*.bin")):
        make(stream)
