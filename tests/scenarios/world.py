"""A Xen host as a scenario uses it: xentui's command line, plain ``xl`` behind its back, and the host's files."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pexpect
from pexpect.popen_spawn import PopenSpawn

COMMAND_SECONDS = 240
_NUMBERS = itertools.count(11)
_END_OF_ANSWER = "end-of-answer"
"""No verb: the shell's complaint about it follows the whole answer to the line before."""


class World(ABC):
    """One host and how to reach it.

    ``patience`` is how many seconds a guest may take to boot or to obey.
    """

    host: str
    patience: float
    pause = 0.3
    """Seconds between two looks at what is waited for."""
    starts = 20
    """How often a guest is started where each start may go wrong by chance."""
    prompt = r"[~/] # "

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {**os.environ, **environment, "XENTUI_DEBUG": "1", "TERM": "xterm"}
        self._watch: PopenSpawn[str] | None = None

    def close(self) -> None:
        """End what the world keeps running."""
        if self._watch is not None:
            self._watch.sendeof()
            self._watch.proc.wait(COMMAND_SECONDS)
            self._watch = None

    @abstractmethod
    def xl(self, *words: str) -> str:
        """Run plain ``xl`` on the host, behind xentui's back; returns its standard output."""

    @abstractmethod
    def write(self, path: str, text: str) -> None:
        """Write a file on the host."""

    @abstractmethod
    def read(self, path: str) -> str:
        """Read a file of the host."""

    @abstractmethod
    def copy_image(self, image: str, to: str) -> None:
        """Copy a guest's disk image on the host."""

    @abstractmethod
    def small_system(self, path: str) -> None:
        """Make an archive on the host, the root file system of a guest that asks for a login."""

    @abstractmethod
    def fetch(self, path: str, to: Path) -> None:
        """Copy a file of the host to this machine."""

    @abstractmethod
    def put(self, image: Path, to: str) -> None:
        """Copy an image of this machine to the host, without its holes; it keeps its name."""

    @abstractmethod
    def digest(self, path: str) -> str:
        """A sum of what a file of the host holds."""

    def command(self, *words: str) -> list[str]:
        """The argv of one xentui command."""
        return [sys.executable, "-m", "xentui", "--host", self.host, *words]

    def run(self, *words: str, status: int = 0) -> str:
        """Run a xentui command that must end with ``status``; returns standard output, or the errors if it failed."""
        done = subprocess.run(
            self.command(*words),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        said = f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == status, said
        assert "Traceback" not in done.stderr, said
        return done.stderr if status else done.stdout

    def spawn(self, *words: str) -> pexpect.spawn[str]:
        """Start a xentui command on a terminal of 80x24."""
        command = self.command(*words)
        return pexpect.spawn(
            command[0],
            command[1:],
            env=self.environment,
            dimensions=(24, 80),
            timeout=self.patience,
            encoding="utf-8",
            codec_errors="replace",
        )

    def domains(self) -> dict[str, dict[str, Any]]:
        """``list --json`` by name."""
        return {item["name"]: item for item in self._asked("list --json")}

    def shown(self, name: str) -> dict[str, Any]:
        """``show --json`` of a domain."""
        found: dict[str, Any] = self._asked(f"show {name} --json")
        return found

    def asked(self, *words: str) -> Any:
        """The JSON that a command answers which only reads, and succeeds."""
        return self._asked(f"{shlex.join(words)} --json")

    def told(self, *words: str) -> str:
        """What a command prints which only reads, and succeeds: with what must be in it comes that it has."""
        return self._said(shlex.join(words))

    def _asked(self, line: str) -> Any:
        said = self._said(line)
        assert said.startswith(("[", "{")), said
        return json.loads(said)

    def _said(self, line: str) -> str:
        """What a line answers in a ``xentui shell`` that is kept: most of a command's time is its start."""
        if self._watch is None:
            command = self.command("shell")
            self._watch = PopenSpawn(command, env=self.environment, timeout=COMMAND_SECONDS, encoding="utf-8")
        self._watch.sendline(line)
        self._watch.sendline(_END_OF_ANSWER)
        self._watch.expect(f"{_END_OF_ANSWER}: [^\n]*\n[^\n]*\n")
        return str(self._watch.before)

    def domain(self, name: str) -> dict[str, Any]:
        """One domain of ``xentui list --json``."""
        found = self.domains()
        assert name in found, f"{name} is not listed: {sorted(found)}"
        return found[name]

    def xl_rows(self) -> dict[str, tuple[int, str]]:
        """What plain ``xl list`` shows: domid and state letters by name."""
        rows = {}
        for row in self.xl("list").splitlines()[1:]:
            name, domid, _memory, _vcpus, state, _seconds = row.rsplit(None, 5)
            rows[name.strip()] = (int(domid), state)
        return rows

    def wait(self, what: str, check: Callable[[], bool], *, patience: float = 0.0) -> None:
        """Wait until ``check`` holds; fails with ``what`` past ``patience`` seconds, by default the world's own.

        Where a look takes long, it is what the host is at meanwhile: two thirds of the time are left to the rest.
        """
        deadline = time.monotonic() + (patience or self.patience)
        began = time.monotonic()
        while not check():
            now = time.monotonic()
            assert now < deadline, f"never saw: {what}\n{self.xl('list')}"
            time.sleep(max(self.pause, 2 * (now - began)))
            began = time.monotonic()

    def wait_state(self, name: str, *states: str) -> None:
        """Wait until xentui lists a domain in one of ``states``."""
        self.wait(f"{name} {states}", lambda: self.domains().get(name, {}).get("state") in states)

    def guest(self, name: str, **settings: str | int) -> str:
        """A configuration file for a guest that boots the host's small kernel directly; returns its path."""
        lines = {
            "name": name,
            "kernel": "/srv/guests/vmlinuz",
            "ramdisk": "/srv/guests/guest-initrd.gz",
            "extra": "console=hvc0",
            "memory": 128,
            "vcpus": 1,
            **settings,
        }
        text = "# a guest of the scenarios\n" + "".join(
            f"{key} = {value}\n"
            if isinstance(value, int) or value.startswith("[")
            else f'{key} = "{value}"\n'
            for key, value in lines.items()
        )
        path = f"/etc/xen/{name}.cfg"
        self.write(path, text)
        return path

    @abstractmethod
    def ask_for_login(self, name: str) -> None:
        """Have a running guest, booted with ``login`` on its command line, ask who is there: root, ``sesam``."""

    def boot_to_prompt(self, child: pexpect.spawn[str]) -> None:
        """Wait for the guest's shell on an attached console."""
        child.expect("guest up: ")
        self.wake(child)

    def wake(self, child: pexpect.spawn[str]) -> None:
        """Press Enter until the guest's shell prompts: an idle guest is silent until then."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            child.send("\r")
            if child.expect([self.prompt, pexpect.TIMEOUT], timeout=2) == 0:
                # Prompts still on their way would be taken for the next command's: they come before its answer.
                number = next(_NUMBERS)
                self.type_command(child, f"echo awake-$(({number}*7))-", f"awake-{number * 7}-\r")
                return
        raise AssertionError(f"no prompt: {child.before!r}")

    def type_command(self, child: pexpect.spawn[str], command: str, answer: str) -> None:
        """Type a command at the guest's prompt and wait for its answer (not its echo)."""
        child.send(command + "\r")
        child.expect(answer)
        child.expect(self.prompt)

    def leave(self, child: pexpect.spawn[str]) -> None:
        """Leave a console by Ctrl-]."""
        child.send("\x1d")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0, child.before
