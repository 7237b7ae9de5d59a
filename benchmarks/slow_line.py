"""How old what one sees is over a slow line: SSH through a relay that delays and limits, beside tmux.

Run as ``python -m benchmarks.slow_line``, with OpenSSH's server installed; exits 1 where a limit is passed.  A guest
prints 20 lines of 80 columns a second; then it prints as fast as it can, and the console is left.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tty
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from benchmarks.emulator import kernel_log
from benchmarks.screen import marked, usable
from benchmarks.terminal import Terminal
from benchmarks.wire import LEAVE, READY, over_ssh, screen_with

DELAY = 0.05
"""Seconds each way."""
LINES, EVERY = 240, 0.05
FLOOD = 25.0
LIMITS = {9600: (1.0, 1.2, None), 64000: (0.2, 0.3, 1.2)}
"""By bits a second: seconds what is seen is old at most (median), of a key, and of leaving a flood."""
_LINE = re.compile(r"^#(\d{6}) (\d{3})")


class Relay:
    """A line to ``port``: bytes arrive ``delay`` seconds later, and ``rate`` of them a second, once that is set.

    It holds ``buffer`` bytes that are under way.
    """

    def __init__(self, port: int, delay: float = DELAY, buffer: int = 16384) -> None:
        self.delay = delay
        self._buffer = buffer
        self.rate = 0.0
        self.carried = 0
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listening.accept()
            far = socket.create_connection(("127.0.0.1", self._to))
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target, counts in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(source, target, counts), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):  # somebody has gone
            self._pass_on(source, target, counts)

    def _pass_on(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        waiting: deque[tuple[float, bytes]] = deque()
        held, free = 0, 0.0
        while True:
            now = time.monotonic()
            timeout = max(0.0, max(waiting[0][0], free) - now) if waiting else None
            if waiting and not timeout:
                _, data = waiting.popleft()
                piece = data[: max(1, int(self.rate * 0.01))] if self.rate else data
                if rest := data[len(piece) :]:
                    waiting.appendleft((0.0, rest))
                held -= len(piece)
                target.sendall(piece)
                self.carried += len(piece) * counts
                free = max(free, now - 0.02) + (len(piece) / self.rate if self.rate else 0.0)
            elif held >= self._buffer:
                time.sleep(timeout or 0.0)
            elif select.select([source], [], [], timeout)[0]:
                data = source.recv(self._buffer - held)
                if not data:
                    return
                if not counts:
                    self.asked(len(data))
                waiting.append((time.monotonic() + self.delay, data))
                held += len(data)

    def asked(self, length: int) -> None:
        """So many bytes go to the far side."""


class Server:
    """An sshd of our own at an ``address``, that lets this user in; ``settings`` are lines of its configuration."""

    def __init__(self, folder: Path, settings: str = "", address: str = "127.0.0.1") -> None:
        for name in ("host", "user"):
            subprocess.run(
                ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
            )
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress {address}\nHostKey {folder}/host\nStrictModes no\nUsePAM no\n"
            f"AuthorizedKeysFile {folder}/user.pub\nPidFile none\nPermitRootLogin yes\n{settings}"
        )
        Path("/run/sshd").mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL
        )
        self._key = folder / "user"
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise TimeoutError("sshd does not listen")

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def argv(self, port: int, command: str) -> list[str]:
        """What runs a command on a terminal over a line that leads here."""
        return [*self.client(port), "-tt", "127.0.0.1", command]

    def client(self, port: int) -> list[str]:
        """An ssh that takes a line that leads here."""
        options = (
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
            "Compression=no",
        )
        words = [word for option in options for word in ("-o", option)]
        return ["ssh", "-F", "none", "-i", str(self._key), "-p", str(port), *words]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def guest(kind: str, folder: Path) -> None:
    """Print lines, each with its number and how many keys were typed, at their pace or as fast as can be."""
    tty.setraw(0)
    os.write(1, f"{READY}\r\n".encode())
    while not (folder / "go").exists():
        time.sleep(0.02)
    texts = [line[15:].decode() for line in kernel_log().splitlines()[:64]]
    keys, number, begun = 0, 0, time.monotonic()
    (folder / "begun").write_text(str(begun))
    while number < LINES if kind == "lines" else time.monotonic() < begun + FLOOD:
        due = begun + number * EVERY if kind == "lines" else 0.0
        if select.select([0], [], [], max(0.0, due - time.monotonic()))[0]:
            keys += len(os.read(0, 100))
        elif time.monotonic() >= due:
            line = f"#{number:06} {keys:03} {number * 7919 % 99991:05} {texts[number * 31 % 64]}"
            os.write(1, f"{line[:79]:<79}\r\n".encode())
            number += 1
    os.write(1, b"THE END\r\n")
    (folder / "done").touch()
    time.sleep(1000)


def screen(kind: str, folder: Path) -> None:
    """The screen with that guest."""
    screen_with(["benchmarks.slow_line", "guest", kind], folder)


@dataclass
class Seen:
    """What a user has seen; seconds."""

    age: float = 0.0
    oldest: float = 0.0
    keys: tuple[float, ...] = ()
    caught_up: float = 0.0
    left: float | None = None
    kilobytes: float = 0.0


class Line:
    """A program at the other end of a line, ready to print."""

    def __init__(self, server: Server, folder: Path, program: str, kind: str, rate: int) -> None:
        folder.mkdir()
        self.folder = folder
        self.relay = Relay(server.port)
        there = over_ssh(folder)
        del there["SSH_CONNECTION"]  # sshd's own
        words = " ".join(f"{name}='{there[name]}'" for name in ("PATH", "HOME", "PYTHONPATH", "LANG"))
        words += f" XDG_STATE_HOME={folder}/state XDG_CONFIG_HOME={folder}/config"
        player = f"{sys.executable} -m benchmarks.slow_line"
        command = f"{player} screen {kind} {folder}"
        if program == "tmux":
            command = f"tmux -S {folder}/tmux -f /dev/null new-session {player} guest {kind} {folder}"
        self.terminal = Terminal(
            server.argv(self.relay.port, f"env {words} {command}"), there, answering=True
        )
        self.terminal.until(lambda: usable(self.terminal) or self.terminal.shows(READY), 60)
        if program != "tmux":
            self.terminal.send(b"/web1\r")
            self.terminal.until(lambda: marked(self.terminal) == "web1")
            self.terminal.send(b"c")
        self.terminal.until(lambda: self.terminal.shows(READY))
        self.terminal.rest(1)
        self.relay.rate = rate / 8
        self.terminal.rest(0.5)

    def begin(self) -> float:
        """Have the guest print; returns when it began."""
        (self.folder / "go").touch()
        while not (self.folder / "begun").exists() or not (self.folder / "begun").read_text():
            self.terminal.rest(0.02)
        return float((self.folder / "begun").read_text())

    def newest(self) -> tuple[int, int]:
        """Number and keys of the newest line in sight."""
        found = [_LINE.match(row) for row in self.terminal.emulator.text()]
        return max(((int(match[1]), int(match[2])) for match in found if match), default=(0, 0))

    def close(self) -> None:
        """End it, and the server of tmux, which would go on with its guest."""
        self.relay.rate = 0.0
        self.terminal.close()
        if (socket_of_tmux := self.folder / "tmux").exists():
            ended = ["tmux", "-S", str(socket_of_tmux), "kill-server"]
            subprocess.run(ended, check=False)


def lines(server: Server, folder: Path, program: str, rate: int) -> Seen:
    """Watch a guest that prints 20 lines a second, and type."""
    line = Line(server, folder, program, "lines", rate)
    terminal, seen, ages, waits = line.terminal, Seen(), [], []
    begun, carried = line.begin(), line.relay.carried
    typed, pressed, ends = 0, 0.0, line.folder / "done"
    while not ends.exists():
        terminal.take(0.02)
        now = time.monotonic()
        number, keys = line.newest()
        if now - begun > LINES * EVERY * 0.4:
            ages.append(now - begun - number * EVERY)
        if pressed and keys >= typed:
            waits.append(now - pressed)
            pressed = 0.0
        elif not pressed and now - begun > LINES * EVERY * 0.3 + typed * 0.9:
            typed += 1
            terminal.send(b"k")
            pressed = now
    ended = time.monotonic()
    try:
        terminal.until(lambda: terminal.shows("THE END"), 60)
        seen.caught_up = time.monotonic() - ended
    except TimeoutError:
        seen.caught_up = 60.0
    if pressed:
        waits.append(time.monotonic() - pressed)
    seen.age, seen.oldest, seen.keys = statistics.median(ages), max(ages), tuple(waits)
    seen.kilobytes = (line.relay.carried - carried) / 1000
    line.close()
    return seen


def leaving(server: Server, folder: Path, rate: int) -> float:
    """Leave the console of a guest that prints as fast as it can; returns when the list is seen."""
    line = Line(server, folder, "xentui", "flood", rate)
    line.begin()
    line.terminal.rest(6)
    pressed = time.monotonic()
    line.terminal.send(LEAVE)
    with contextlib.suppress(TimeoutError):
        line.terminal.until(lambda: usable(line.terminal), 60)
    took = time.monotonic() - pressed
    line.close()
    return took


def main() -> int:
    failed = False
    print(
        f"{'bit/s':>6} {'':<7} {'age':>6} {'most':>6} {'key':>6} {'most':>6} {'end':>6} {'kB':>6} {'leave':>6}"
    )
    with tempfile.TemporaryDirectory(prefix="xentui-bench-", ignore_cleanup_errors=True) as root:
        server = Server(Path(root))
        try:
            for rate, (old, late, gone) in LIMITS.items():
                for program in ("xentui", "tmux"):
                    seen = lines(server, Path(root, f"{rate}{program}"), program, rate)
                    if program == "xentui":
                        seen.left = leaving(server, Path(root, f"{rate}leaving"), rate)
                        passed = seen.age > old or statistics.median(seen.keys) > late
                        failed = failed or passed or (gone is not None and seen.left > gone)
                    left = "" if seen.left is None else f"{seen.left:6.2f}"
                    print(
                        f"{rate:6} {program:<7} {seen.age:6.2f} {seen.oldest:6.2f} {statistics.median(seen.keys):6.2f}"
                        f" {max(seen.keys):6.2f} {seen.caught_up:6.2f} {seen.kilobytes:6.1f} {left}",
                        flush=True,
                    )
        finally:
            server.close()
    return int(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["guest"]:
        guest(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["screen"]:
        screen(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(main())
