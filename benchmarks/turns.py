"""How many turns of the line to a far host the usual things take: questions that wait for an answer, over OpenSSH.

Run as ``python -m benchmarks.turns``, with OpenSSH's server installed; exits 1 where a limit is passed.  ``xl`` is a
script behind an sshd of our own, the line a relay that delays.  A turn is as long as the line takes there and back,
with something asked in it: what is asked at once is one turn, and what this machine takes over it is none.  A command
takes two by itself: OpenSSH opens a channel, and asks for the command then.  One that is told something on its standard
input takes three: sshd takes none before it runs.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.recorded import recorded_tools
from benchmarks.slow_line import Relay, Server
from xentui import agent
from xentui.hosts.ssh import SshHost
from xentui.service.hypervisor import Hypervisor

DELAY = 0.4
"""Seconds each way: what this machine does between two questions has to be shorter."""
LIMITS = {"list, cold": 6, "list, warm": 2, "form": 3, "start": 6}
"""Besides the turns of the login, and of a start besides those of ``xl create``."""
COMMAND = 2
_ACKNOWLEDGED = (36, 72, 124)
"""Lengths of what asks for nothing: packets of the SSH protocol that end a channel or widen its window."""
_LATE = 0.97
"""The share of a turn after which something sent can be owed to what came back."""
_WEB1 = "11111111-2222-3333-4444-000000000001"
_TEXT = 'name = "{name}"\nuuid = "{uuid}"\nmemory = 64\nbootloader = "pygrub"\ndisk = ["{disk},raw,xvda,w"]\n'


class CountingRelay(Relay):
    """A line that counts its turns."""

    def __init__(self, port: int) -> None:
        self._lock = threading.Lock()
        self._begun = 0.0
        self._turns = 0
        super().__init__(port, DELAY, buffer=1 << 20)

    def asked(self, length: int) -> None:
        """Count a turn where none is under way."""
        if length in _ACKNOWLEDGED:
            return
        with self._lock:
            now = time.monotonic()
            if now - self._begun >= 2 * DELAY * _LATE:
                self._begun, self._turns = now, self._turns + 1

    def counted(self) -> int:
        """The turns since this was asked last."""
        time.sleep(3 * DELAY)  # what ends a connection is under way still
        with self._lock:
            turns, self._turns, self._begun = self._turns, 0, 0.0
        return turns


def tools(folder: Path) -> Path:
    """An ``xl`` that says what was recorded, and starts whatever it is told to."""
    made = recorded_tools(folder, 13)
    script = (made / "xl").read_text()
    (made / "xl").write_text(script.replace("\nesac\n", "\ncreate*) exit 0;;\nesac\n"))
    return made


def stored(root: Path, disk: Path) -> None:
    """A store with a domain that is off, and a few more."""
    disk.write_bytes(b"\0" * 4096)
    for number in range(1, 8):
        name, uuid = f"turn{number}", f"{_WEB1[:-1]}{number}"
        text = _TEXT.format(name=name, uuid=uuid, disk=disk)
        agent.dispatch(str(root), "create", {"uuid": uuid, "name": name, "text": text})


class Bench:
    """A far host, and the line to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = f"{tools(folder)}:{os.environ['PATH']}"
        self._server = Server(folder, f"SetEnv PATH={path}\n")
        self.relay = CountingRelay(self._server.port)
        self.ssh = self._server.client(self.relay.port)
        self.store = folder / "store"
        stored(self.store, folder / "disk")
        settings = folder / "config" / "xentui"
        settings.mkdir(parents=True)
        (settings / "config.toml").write_text(
            f'[hosts.far]\naddress = "ssh://127.0.0.1"\nstore = "{self.store}"\nssh = "{shlex.join(self.ssh)}"\n'
        )
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
        self._environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder)}

    def xentui(self, *words: str) -> None:
        """Run a command of the command line there."""
        argv = [sys.executable, "-m", "xentui", "--host", "far", *words]
        done = subprocess.run(argv, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{shlex.join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}")

    def login(self) -> int:
        """The turns of a login by itself."""
        options = (
            "-o",
            "ControlMaster=yes",
            "-o",
            f"ControlPath={self._folder}/alone",
            "-o",
            "BatchMode=yes",
        )
        subprocess.run([*self.ssh, *options, "-f", "-N", "127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
        turns = self.relay.counted()
        subprocess.run([*self.ssh, *options, "-O", "exit", "127.0.0.1"], check=True, capture_output=True)
        self.relay.counted()
        return turns

    def hang_up(self) -> None:
        """End the kept connection, and forget the agent there."""
        for control in (self._folder / "xentui").iterdir():
            options = ("-o", f"ControlPath={control}", "-O", "exit")
            subprocess.run([*self.ssh, *options, "127.0.0.1"], check=True, capture_output=True)
        shutil.rmtree(self.store / "agent", ignore_errors=True)
        self.relay.counted()

    async def session(self) -> dict[str, int]:
        """What is done in a session that has looked at the host already."""
        counted = {}
        host = SshHost("ssh://127.0.0.1", command=shlex.join(self.ssh), store_root=str(self.store))
        hypervisor = Hypervisor(host)
        domain = await hypervisor.inventory.find("turn1")
        await asyncio.to_thread(self.relay.counted)
        await hypervisor.inventory.poll()
        counted["a look"] = await asyncio.to_thread(self.relay.counted)
        await hypervisor.editing.open(await hypervisor.inventory.current(domain) or domain)
        counted["form"] = await asyncio.to_thread(self.relay.counted)
        await hypervisor.lifecycle.start(domain)
        counted["start"] = await asyncio.to_thread(self.relay.counted) - COMMAND
        await host.close()
        return counted

    def close(self) -> None:
        """End it."""
        self.hang_up()
        self._server.close()


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="xentui-turns-", ignore_cleanup_errors=True) as root:
        bench = Bench(Path(root))
        try:
            counted = {"login": bench.login()}
            bench.xentui("list")
            bench.hang_up()
            bench.xentui("list")
            counted["list, cold"] = bench.relay.counted() - counted["login"]
            bench.xentui("list")
            counted["list, warm"] = bench.relay.counted()
            counted |= asyncio.run(bench.session())
            bench.xentui("start", "turn2")
            counted["start, a command of its own"] = bench.relay.counted() - COMMAND
        finally:
            bench.close()
    for name, turns in counted.items():
        print(f"{name:30} {turns:4} turns", f"  limit {LIMITS[name]}" if name in LIMITS else "")
    passed = all(counted[name] <= limit for name, limit in LIMITS.items())
    print(f"within the limits: {'yes' if passed else 'NO'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
