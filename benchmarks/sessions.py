"""What guests print while somebody works in them: recorded once from real programs, played with their timing.

``python -m benchmarks.sessions record`` records those anew that were made here; pygrub's was taken on a real Xen
(``tests/recordings``).  A recording is a ``.bin`` of all that was printed, and a ``.json`` that says when which part
of it came.
"""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.emulator import kernel_log

HERE = Path(__file__).parent / "sessions"
ON_XEN = Path(__file__).parents[1] / "tests" / "recordings" / "console"
LONGEST_GAP = 1.0
"""Seconds of silence that are played, at most."""
PROMPT = b"root@guest:~# "


@dataclass(frozen=True, slots=True)
class Session:
    """Pieces of output, each with the seconds to wait before it."""

    name: str
    pieces: tuple[tuple[float, bytes], ...]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(len(data) for _, data in self.pieces)


def sessions() -> Iterator[Session]:
    """All of them."""
    yield Session("typing", tuple(typing()))
    yield Session("enter", tuple((0.1, b"\r\n" + PROMPT) for _ in range(50)))
    for name in ("ls", "vim", "less"):
        yield recorded(HERE, name)
    yield Session("boot", tuple((0.05, line + b"\n") for line in kernel_log().splitlines()[:600]))
    yield Session("flood", ((0.0, b"".join(line + b"\r\n" for line in kernel_log().splitlines()[:600])),))
    yield recorded(ON_XEN, "pygrub-keys")
    yield recorded(HERE, "htop")


def session(name: str) -> Session:
    """One of them."""
    return next(each for each in sessions() if each.name == name)


def typing() -> Iterator[tuple[float, bytes]]:
    """Two hundred keys echoed, in a few commands that print nothing."""
    text = "systemctl restart networking ; journalctl -f | grep -i error ; "
    for number in range(200):
        if number % 67 == 66:
            yield 0.07, b"\r\n" + PROMPT
        else:
            yield 0.07, text[number % len(text)].encode()


def recorded(folder: Path, name: str) -> Session:
    """A session in a folder, without what was typed."""
    log = json.loads((folder / f"{name}.json").read_text())["log"]
    data = (folder / f"{name}.bin").read_bytes()
    pieces, before = [], 0.0
    for at, direction, what in log:
        if direction == "out":
            pieces.append((min(LONGEST_GAP, at - before), data[:what]))
            data, before = data[what:], at
    return Session(name, tuple(pieces))


def play(played: Session, descriptor: int = 1) -> None:
    """Print a session as it was printed."""
    for wait, data in played.pieces:
        time.sleep(wait)
        rest = data
        while rest:
            rest = rest[os.write(descriptor, rest) :]


# Recording

Keys = Sequence[tuple[float, str]]
_DOWN = "\x1b[B"
SCRIPTS: dict[str, tuple[str, list[str], Keys]] = {
    "ls": (
        "a long listing",
        ["sh", "-c", "ls -l --color=always /usr/bin | head -150"],
        (),
    ),
    "vim": (
        "vim: moving, pages, inserting, deleting, a search, a command line",
        ["vim", "-u", "NONE", "-N", "-c", "syntax on", "-c", "set ruler showcmd hlsearch", "emulator.py"],
        [
            *((0.15, key) for key in "jjjjjjjjjjwwww"),
            *((0.5, key) for key in "\x06\x06\x06\x02\x04\x15"),
            *((0.12, key) for key in "10Go# a line that is typed in\x1b"),
            *((0.3, key) for key in ("dd", "dd", "p", "u", "J", "u")),
            *((0.12, key) for key in "/def\r"),
            *((0.3, key) for key in "nnnn"),
            *((0.12, key) for key in ":set number\r"),
            *((0.15, key) for key in "jjjjjjjjjjjj"),
            *((0.5, key) for key in "Ggg"),
            *((0.12, key) for key in ":q!\r"),
        ],
    ),
    "less": (
        "less: lines, pages, a search, the end",
        ["less", "README.md"],
        [
            *((0.2, key) for key in "jjjjjjjjjj"),
            *((0.5, key) for key in "   bb"),
            *((0.2, key) for key in "kkkkk"),
            *((0.12, key) for key in "/the\r"),
            *((0.5, key) for key in "nnnGgdddu"),
            (0.3, "q"),
        ],
    ),
    "htop": (
        "htop for half a minute, its cursor moved at times",
        ["htop", "-d", "10"],
        [*((3.0, key) for key in (_DOWN, _DOWN, _DOWN, "P", "M", _DOWN, _DOWN, _DOWN)), (3.0, "q")],
    ),
}
WORK = 'for n in 1 2 3 4 5 6 7 8 9; do while sleep 0.$n; do :; done & sleep 10$n & done; exec "$@"'


def record(name: str) -> None:
    """Run a program on a terminal of 80x24, type into it, and keep what it has printed."""
    what, argv, keys = SCRIPTS[name]
    if name == "htop":  # alone with some processes of its own
        argv = ["unshare", "-pf", "--mount-proc", "--uts", "sh", "-c", f"hostname guest; {WORK}", "sh", *argv]
    near, far = pty.openpty()
    termios.tcsetwinsize(far, (24, 80))
    environment = {
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "HOME": "/nowhere",
    }
    process = subprocess.Popen(
        argv, stdin=far, stdout=far, stderr=far, env=environment, cwd=HERE.parent, start_new_session=True
    )
    os.close(far)
    begun, printed, log = time.monotonic(), b"", []
    typed, due = iter(keys), begun + 1
    while process.poll() is None or select.select([near], [], [], 0.1)[0]:
        if select.select([near], [], [], max(0.0, due - time.monotonic()))[0]:
            try:
                data = os.read(near, 65536)
            except OSError:
                break
            printed += data
            log.append([round(time.monotonic() - begun, 3), "out", len(data)])
        if time.monotonic() >= due and (key := next(typed, None)) is not None:
            os.write(near, key[1].encode())
            due = time.monotonic() + key[0]
    process.wait()
    (HERE / f"{name}.bin").write_bytes(printed)
    text = ",\n ".join(map(json.dumps, log))
    head = json.dumps({"what": what, "argv": SCRIPTS[name][1], "rows": 24, "columns": 80})[:-1]
    (HERE / f"{name}.json").write_text(f'{head}, "log": [\n {text}\n]}}\n')


def main() -> None:
    if sys.argv[1:2] != ["record"]:
        for each in sessions():
            print(f"{each.name:<12} {each.size:8} bytes {sum(wait for wait, _ in each.pieces):6.1f} s")
        return
    for name in sys.argv[2:] or SCRIPTS:
        record(name)


if __name__ == "__main__":
    main()
