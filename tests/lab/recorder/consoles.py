"""Console sessions byte for byte: boot menus, kernel boot, a shell, `top` and `vi`, on an 80x24 terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import termios
import time
from pathlib import Path

from .guests import config, create, destroy_all, wait_booted


class Session:
    """A command on a terminal of 24 lines by 80 columns; its output and the keys sent are kept, timed."""

    def __init__(self, argv: list[str], rows: int = 24, columns: int = 80) -> None:
        self.output = bytearray()
        self.log: list[list[object]] = []
        self.start = time.monotonic()
        self.argv = argv
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvp(argv[0], argv)  # noqa: S606

    def read(self, seconds: float, until: bytes = b"") -> bool:
        """Read for ``seconds``, or until ``until`` appears in what is new; says whether it did."""
        deadline, begin = time.monotonic() + seconds, len(self.output)
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self.descriptor], [], [], min(left, 0.5))[0]:
                continue
            try:
                data = os.read(self.descriptor, 65536)
            except OSError:
                return False
            if not data:
                return False
            self.log.append([round(time.monotonic() - self.start, 3), "out", len(data)])
            self.output += data
            if until and until in self.output[begin:]:
                return True
        return False

    def send(self, keys: str, then: float = 1.0, until: bytes = b"") -> bool:
        """Send keys, then read."""
        self.log.append([round(time.monotonic() - self.start, 3), "in", keys])
        os.write(self.descriptor, keys.encode())
        return self.read(then, until)

    def save(self, folder: Path, name: str, what: str) -> None:
        """End the command; write ``name.bin`` (the bytes) and ``name.json`` (their times, and the keys)."""
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        (folder / f"{name}.bin").write_bytes(self.output)
        head = json.dumps({"what": what, "argv": self.argv, "rows": 24, "columns": 80}, ensure_ascii=False)
        lines = ",\n ".join(json.dumps(entry) for entry in self.log)
        (folder / f"{name}.json").write_text(f'{head[:-1]}, "log": [\n {lines}\n]}}\n', encoding="utf-8")
        print(f"console/{name}: {len(self.output)} bytes", flush=True)  # noqa: T201


PROMPT = b"# "
DOWN = "\x1bOB"


def consoles(folder: Path) -> None:
    """All console recordings."""
    folder = folder / "console"
    folder.mkdir(exist_ok=True)
    pygrub(folder)
    pvh(folder)
    shell(folder)


def pygrub(folder: Path) -> None:
    """pygrub's menu: the default after its countdown; the second entry by arrow key; its editor."""
    path = config("pygrub")
    session = Session(["xl", "create", "-c", path])
    session.read(180, b"guest up:")
    session.read(3)
    session.send("\r", 2, PROMPT)
    session.send("cat /proc/cmdline\r", 2)
    session.send("poweroff\r", 15)
    session.save(folder, "pygrub-default", "pygrub's countdown runs out, kernel boot, a command, power off")
    destroy_all()
    session = Session(["xl", "create", "-c", path])
    session.read(60, b"seconds")
    session.send(DOWN, 1.5)
    session.send("e", 1.5)
    session.send("\x1b", 1.5)
    session.send("q", 1.5)
    if b"Booting" not in session.output:
        session.send("\r", 150, b"guest up:")
    session.read(3)
    session.send("\r", 2, PROMPT)
    session.send("\x1d", 2)
    session.save(folder, "pygrub-keys", "pygrub: arrow down, e, Escape, q, Enter, then Ctrl-]")
    destroy_all()
    session = Session(["xl", "create", "-c", path])
    session.read(60, b"seconds")
    session.send(DOWN, 1.5)
    session.send("\r", 150, b"guest up:")
    session.read(3)
    session.send("\r", 2, PROMPT)
    session.send("cat /proc/cmdline\r", 2)
    session.send("\x1d", 2)
    session.save(folder, "pygrub-second", "pygrub: second entry by arrow key, boot, a command, Ctrl-]")
    destroy_all()


def pvh(folder: Path) -> None:
    """GRUB 2's menu in a PVH guest: down, into the submenu, the rescue entry."""
    session = Session(["xl", "create", "-c", config("pvh")])
    session.read(120, b"automatically in")
    session.read(3)
    session.send("\x1b[B", 2)
    session.send("\r", 4)
    session.send("\r", 180, b"guest up:")
    session.read(3)
    session.send("\r", 2, PROMPT)
    session.send("cat /proc/cmdline\r", 2)
    session.send("reboot\r", 25)
    session.send("\x1d", 2)
    session.save(
        folder, "grub2-submenu", "GRUB 2.06 in a PVH guest: the countdown, a submenu, rescue entry, reboot"
    )
    destroy_all()


def shell(folder: Path) -> None:
    """The backlog of an idle guest, a shell, `top` and `vi`, a crash."""
    create(config("direct"))
    wait_booted("direct")
    session = Session(["xl", "console", "direct"])
    session.read(4)
    session.send("\r", 2, PROMPT)
    for command in (
        "uname -a",
        "ls -la /",
        "cat /proc/cpuinfo | head -30",
        "dmesg | tail -40",
        "seq 1 300",
        "printf '\\033[1;31mred\\033[0m \\033[44mblue\\033[0m \\342\\234\\223\\n'",
        "nosuchcommand",
    ):
        session.send(command + "\r", 3)
    session.send("\x1d", 2)
    session.save(folder, "shell", "an idle guest's backlog, then commands in its shell, Ctrl-]")
    session = Session(["xl", "console", "direct"])
    session.read(2)
    session.send("\r", 2, PROMPT)
    session.send("export TERM=vt102; stty rows 24 cols 80\r", 2)
    session.send("top -d 1\r", 6)
    session.send("P", 2)
    session.send("q", 2)
    session.save(folder, "top", "busybox top at 80x24")
    session = Session(["xl", "console", "direct"])
    session.read(2)
    session.send("\r", 2, PROMPT)
    session.send("seq 1 200 > /tmp/numbers; echo 'a line of text' > /root/t; stty rows 24 cols 80\r", 2)
    session.send("mkdir -p /tmp; seq 1 200 >/tmp/numbers; vi /tmp/numbers\r", 3)
    for keys in (
        "\x06",
        "\x06",
        "\x02",
        "jjj",
        "llxxx",
        "ihello world\x1b",
        "oa new line below\x1b",
        "dd",
        "G",
        "kkdd",
        "p",
        "/150\r",
        "u",
        "1G",
        ":set nu\r",
        ":s/1/one/\r",
        ":q!\r",
    ):
        session.send(keys, 1)
    session.send("clear\r", 1)
    session.save(folder, "vi", "busybox vi at 80x24: pages, inserting, deleting, search, a command line")
    session = Session(["xl", "console", "direct"])
    session.read(2)
    session.send("\r", 2, PROMPT)
    session.send("echo c > /proc/sysrq-trigger\r", 15)
    session.save(folder, "crash", "the guest's kernel crashes; on_crash=destroy ends the session")
    destroy_all()
