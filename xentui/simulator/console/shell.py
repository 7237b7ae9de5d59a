"""The shell of a simulated guest: a busybox ash in little, enough to see that commands reach a guest."""

from __future__ import annotations

import os
import re
import shlex
import signal
import time
from collections.abc import Callable, Iterator

from xentui.simulator.console import kernel
from xentui.simulator.console.mounts import Mounts
from xentui.simulator.console.terminal import Terminal
from xentui.simulator.guest import CRASH, POWEROFF, REBOOT
from xentui.simulator.simulator import Simulator

#: busybox asks the terminal where its cursor is after each prompt.
PROMPT = "/ # \x1b[6n"
_GREETING = """

BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) built-in shell (ash)
Enter 'help' for a list of built-in commands.

"""
_LIMIT = 1 << 20
_SYSRQ = {"c": CRASH, "b": REBOOT, "o": POWEROFF}
_SUM = re.compile(r"\$\(\((\d{1,9})([+*-])(\d{1,9})\)\)")
_ROOT = "bin      dev      etc      init     lib      mnt      proc     root     sbin     sys\n"


class GuestShell:
    """Reads commands from a guest's console and answers them; files written live as long as the guest, those on a disk
    that is mounted as long as that.
    """

    def __init__(
        self, terminal: Terminal, simulator: Simulator, facts: kernel.GuestFacts, domid: int, started: float
    ) -> None:
        self._terminal = terminal
        self._simulator = simulator
        self._facts = facts
        self._domid = domid
        self._started = started
        self._files: dict[str, str] = {}
        self._mounts = Mounts(simulator, domid)
        self._status = 0

    def run(self, *, greet: bool) -> None:
        """Prompt, read, answer, for ever; a restored guest (``greet`` False) has shown its prompt before."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if greet:
            self._remember()
            self._terminal.write(_GREETING + PROMPT)
        else:
            self._files = dict(self._simulator.state.get(self._memory, {}))
        history: list[str] = []
        while True:
            try:
                line = self._terminal.line(history)
            except KeyboardInterrupt:
                line = ""
            except EOFError:
                line = "exit"
            if line.strip():
                history = [*history[-99:], line]
            try:
                self._answer(line)
            except KeyboardInterrupt:
                self._status = 130
                self._terminal.write("\n")
            self._terminal.write(PROMPT)

    @property
    def _memory(self) -> str:
        """Where the guest's files outlive this process: a saved guest finds them again when it is restored."""
        guest = self._simulator.state.guest(self._domid)
        return f"memory:{guest.uuid if guest else self._domid}"

    def _remember(self) -> None:
        with self._simulator.state.change():
            self._simulator.state.put(self._memory, self._files)

    def _answer(self, line: str) -> None:
        for command in line.replace("&&", ";").split(";"):
            try:
                self._pipeline(command)
            except ValueError:
                self._terminal.write("sh: syntax error: unterminated quoted string\n")

    def _pipeline(self, text: str) -> None:
        stages = [shlex.split(_SUM.sub(_sum, stage)) for stage in text.split("|")]
        if not any(stages):
            return
        target, append, words = _redirected(stages[-1])
        stages[-1] = words
        if len(stages) == 1 and not target:
            self._run(stages[0], "", self._terminal.write)
            return
        data = ""
        for stage in stages:
            pieces: list[str] = []
            self._run(stage, data, pieces.append, limit=_LIMIT)
            data = "".join(pieces)[:_LIMIT]
        if target == "/proc/sysrq-trigger":
            self._stop(_SYSRQ.get(data[:1]))
        elif self._mounts.covers(target):
            before = (self._mounts.read(target) or "") if append else ""
            self._mounts.write(target, before + data)
        elif target:
            self._files[target] = ((self._files.get(target, "") if append else "") + data)[:_LIMIT]
            self._remember()
        else:
            self._terminal.write(data)

    def _run(
        self, words: list[str], given: str, out: Callable[[str], object], limit: int | None = None
    ) -> None:
        if not words:
            return
        name, *rest = words
        answer = getattr(self, f"_do_{name.replace('-', '_')}", None)
        if answer is None:
            self._terminal.write(f"sh: {name}: not found\n")
            self._status = 127
            return
        printed = 0
        for piece in answer(rest, given):
            out(piece)
            printed += len(piece)
            if limit is not None and printed > limit:
                break
        self._status = 0

    def _stop(self, reason: int | None) -> None:
        """The guest ends; the console's server says its last words."""
        if reason is None:
            return
        with self._simulator.state.change():
            guest = self._simulator.state.guest(self._domid)
            if guest is not None:
                self._simulator.machine.stop(guest, reason, self._simulator.clock())
        while True:
            time.sleep(3600)

    @property
    def _uptime(self) -> float:
        return max(1.0, self._simulator.clock() - self._started)

    # -- commands: words and what the stage before printed in, pieces of output out
    # -----------------------------

    def _do_echo(self, words: list[str], _given: str) -> Iterator[str]:
        end = "" if words[:1] == ["-n"] else "\n"
        yield " ".join(words[1:] if not end else words).replace("$?", str(self._status)) + end

    def _do_printf(self, words: list[str], _given: str) -> Iterator[str]:
        text = words[0] if words else ""
        for argument in words[1:]:
            text = text.replace("%s", argument, 1)
        yield (
            text.encode("latin-1", "replace")
            .decode("unicode_escape")
            .encode("latin-1", "replace")
            .decode("utf-8", "replace")
        )

    def _do_cat(self, words: list[str], given: str) -> Iterator[str]:
        if not words:
            yield given
        for word in words:
            text = self._file(word)
            if text is None:
                yield f"cat: can't open '{word}': No such file or directory\n"
            else:
                yield text

    def _file(self, path: str) -> str | None:
        if self._mounts.covers(path):
            return self._mounts.read(path)
        facts, total = self._facts, self._facts.memory_kb
        known = {
            "/proc/cmdline": facts.command_line + "\n",
            "/proc/uptime": f"{self._uptime:.2f} {self._uptime * 0.9:.2f}\n",
            "/proc/version": f"Linux version {kernel.RELEASE} {kernel.VERSION}\n",
            "/etc/hostname": facts.name + "\n",
            "/proc/meminfo": f"MemTotal:  {total:10d} kB\nMemFree:   {total // 2:10d} kB\n",
        }
        return self._files.get(path, known.get(path))

    def _do_mount(self, words: list[str], _given: str) -> Iterator[str]:
        device, point = (words if words[:1] != ["-t"] else words[2:])[-2:] if len(words) > 1 else ("", "")
        yield self._mounts.mount(device, point)

    def _do_umount(self, words: list[str], _given: str) -> Iterator[str]:
        yield self._mounts.unmount(words[-1] if words else "")

    def _do_uname(self, words: list[str], _given: str) -> Iterator[str]:
        parts = {"-r": kernel.RELEASE, "-n": "tinyguest", "-m": "x86_64", "-v": kernel.VERSION}
        everything = f"Linux tinyguest {kernel.RELEASE} {kernel.VERSION} x86_64 GNU/Linux"
        yield (everything if "-a" in words else parts.get(words[0] if words else "", "Linux")) + "\n"

    def _do_hostname(self, _words: list[str], _given: str) -> Iterator[str]:
        yield "tinyguest\n"

    def _do_ls(self, words: list[str], _given: str) -> Iterator[str]:
        if "-l" in words or "-la" in words:
            for name in _ROOT.split():
                yield f"drwxr-xr-x    2 0        0                60 Nov 22 10:00 {name}\n"
        else:
            yield _ROOT

    def _do_ps(self, _words: list[str], _given: str) -> Iterator[str]:
        yield "PID   USER     COMMAND\n    1 0        /bin/init\n    2 0        [kthreadd]\n"
        yield "   61 0        -/bin/sh\n   74 0        ps\n"

    def _do_free(self, _words: list[str], _given: str) -> Iterator[str]:
        total = self._facts.memory_kb
        yield "              total        used        free      shared  buff/cache   available\n"
        used, rest = total // 4, total // 2
        yield f"Mem:     {total:10d}  {used:10d}  {rest:10d}  {60:10d}  {used:10d}  {rest:10d}\n"
        yield "Swap:             0           0           0\n"

    def _do_uptime(self, _words: list[str], _given: str) -> Iterator[str]:
        minutes = int(self._uptime) // 60
        clock = time.strftime("%H:%M:%S", time.gmtime(self._simulator.clock()))
        yield f" {clock} up {minutes} min,  0 users,  load average: 0.00, 0.00, 0.00\n"

    def _do_dmesg(self, _words: list[str], _given: str) -> Iterator[str]:
        for _, line in kernel.boot_log(self._facts):
            yield line + "\n"

    def _do_seq(self, words: list[str], _given: str) -> Iterator[str]:
        numbers = [int(word) for word in words if word.lstrip("-").isdecimal()] or [0]
        first = 1 if len(numbers) == 1 else numbers[0]
        last = numbers[-1]
        for number in range(first, min(last, first + 10_000_000) + 1):
            yield f"{number}\n"

    def _do_yes(self, words: list[str], _given: str) -> Iterator[str]:
        text = (" ".join(words) or "y") + "\n"
        while True:
            yield text * 64

    def _do_sleep(self, words: list[str], _given: str) -> Iterator[str]:
        time.sleep(min(float(words[0]), 86400.0) if words else 0)
        yield ""

    def _do_clear(self, _words: list[str], _given: str) -> Iterator[str]:
        yield "\x1b[H\x1b[J"

    def _do_reset(self, _words: list[str], _given: str) -> Iterator[str]:
        yield "\x1bc\x1b(B\x1b[0m\x1b[J\x1b[?25h"

    def _do_true(self, _words: list[str], _given: str) -> Iterator[str]:
        yield ""

    def _do_stty(self, _words: list[str], _given: str) -> Iterator[str]:
        yield ""

    def _do_export(self, _words: list[str], _given: str) -> Iterator[str]:
        yield ""

    def _do_head(self, words: list[str], given: str) -> Iterator[str]:
        yield "".join(_lines(given)[: _count(words)])

    def _do_tail(self, words: list[str], given: str) -> Iterator[str]:
        yield "".join(_lines(given)[-_count(words) :])

    def _do_grep(self, words: list[str], given: str) -> Iterator[str]:
        for line in _lines(given):
            if words and words[-1] in line:
                yield line

    def _do_wc(self, _words: list[str], given: str) -> Iterator[str]:
        yield f"{given.count(chr(10))}\n"

    def _do_top(self, _words: list[str], _given: str) -> Iterator[str]:
        total = self._facts.memory_kb
        self._terminal.keys()
        try:
            while True:
                yield (
                    f"\x1b[H\x1b[JMem: {total // 4}K used, {total * 3 // 4}K free, 60K shrd, 8K cached\r\n"
                    "CPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq\r\n"
                    f"Load average: 0.00 0.00 0.00 1/{60 + int(self._uptime) % 9} 74\r\n"
                    "\x1b[7m  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND\x1b[m\r\n"
                    "   61     1 0        S     2260   2%   0   0% -/bin/sh\r\n"
                    "    1     0 0        S     2260   2%   0   0% /bin/init\r\n"
                )
                if self._terminal.key(2.0) in ("q", "\x03"):
                    return
        finally:
            self._terminal.lines()

    def _do_exit(self, _words: list[str], _given: str) -> Iterator[str]:
        yield _GREETING

    def _do_poweroff(self, _words: list[str], _given: str) -> Iterator[str]:
        self._stop(POWEROFF)
        yield ""

    def _do_halt(self, _words: list[str], _given: str) -> Iterator[str]:
        self._stop(POWEROFF)
        yield ""

    def _do_reboot(self, _words: list[str], _given: str) -> Iterator[str]:
        self._stop(REBOOT)
        yield ""

    def _do_crash(self, _words: list[str], _given: str) -> Iterator[str]:
        self._stop(CRASH)
        yield ""

    def _do_help(self, _words: list[str], _given: str) -> Iterator[str]:
        names = sorted(name.removeprefix("_do_") for name in dir(self) if name.startswith("_do_"))
        yield " ".join(names) + os.linesep


def _sum(match: re.Match[str]) -> str:
    """Return the value of a small arithmetic expansion."""
    left, right = int(match[1]), int(match[3])
    return str({"+": left + right, "-": left - right, "*": left * right}[match[2]])


def _redirected(words: list[str]) -> tuple[str, bool, list[str]]:
    """Return where the output of a stage goes ("" to the terminal), whether it is added there, and the stage's
    words.
    """
    for number, word in enumerate(words):
        if word in (">", ">>") and number + 1 < len(words):
            return words[number + 1], word == ">>", words[:number]
        if word.startswith(">") and len(word) > 1:
            return word.lstrip(">"), word.startswith(">>"), words[:number]
    return "", False, words


def _count(words: list[str]) -> int:
    for word in words:
        digits = word.lstrip("-n")
        if digits.isdecimal():
            return int(digits)
    return 10


def _lines(text: str) -> list[str]:
    """Return lines with their line feeds."""
    return [line + "\n" for line in text.split("\n")[:-1]] + (
        [text.rpartition("\n")[2]] if text[-1:] != "\n" else []
    )
