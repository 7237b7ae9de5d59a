"""A program between a job and the simulator's xl: it holds, answers for, or fails the verbs a test tells it to.

``interposer.py FOLDER COMMAND…``.  FOLDER holds ``<verb>.json`` for each verb that is interposed on, see
:class:`Interposed`, and gets ``<verb>.began`` and ``<verb>.ended``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

# It starts a thousand times: what takes longer to import than all it does is imported where it is used.

PATIENCE = 60.0


class Interposed:
    """What a job's commands meet on a host: nothing, until a test plans something for a verb of xl."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def prefix(self, real: tuple[str, ...]) -> tuple[str, ...]:
        """What stands before a job's argv instead of ``real``."""
        return (sys.executable, "-I", "-S", str(Path(__file__)), str(self.folder), *real)

    def answer(self, verb: str, code: int, said: str = "", *, run: bool = False) -> None:
        """Let ``xl VERB`` say that and end so; without being run, unless ``run``."""
        self._plan(verb, {"answer": [code, said], "run": run})

    def hold(self, verb: str) -> None:
        """Let ``xl VERB`` wait before it begins and after it has ended, see :meth:`let`."""
        self._plan(verb, {"hold": True, "run": True})

    def killed(self, verb: str) -> None:
        """Let ``xl VERB`` be killed when it has begun."""
        self._plan(verb, {"kill": True})

    def forget(self, verb: str) -> None:
        """Let a verb be as it is."""
        (self.folder / f"{verb}.json").unlink()

    def let(self, verb: str, what: str) -> None:
        """Let a held verb ``begin``, or ``return``."""
        (self.folder / f"{verb}.{what}").touch()

    async def reached(self, verb: str, point: str) -> None:
        """Wait until a held verb has ``began`` or ``ended``."""
        import asyncio

        async with asyncio.timeout(PATIENCE):
            while not (self.folder / f"{verb}.{point}").exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)

    def ran(self) -> list[list[str]]:
        """The commands jobs have run, as they asked for them; looks at the list left out."""
        path = self.folder / "ran"
        lines = path.read_text().splitlines() if path.exists() else []
        commands: list[list[str]] = [json.loads(line) for line in lines]
        return [command for command in commands if command[1:2] != ["list"]]

    def _plan(self, verb: str, plan: dict[str, object]) -> None:
        (self.folder / f"{verb}.json").write_text(json.dumps(plan))


def main(folder: Path, command: list[str]) -> int:
    """Run a command as planned."""
    start = next((n for n, word in enumerate(command) if word in ("xl", "xentui-wake")), 0)
    asked = command[start:]
    with (folder / "ran").open("a") as file:
        file.write(json.dumps(asked) + "\n")
    verb = asked[1] if asked[0] == "xl" else asked[0]
    try:
        plan = json.loads((folder / f"{verb}.json").read_text())
    except FileNotFoundError:
        os.execvp(command[0], command)  # noqa: S606 - an argv, as jobs run them
    if plan.get("kill"):
        return _killed(command)
    if plan.get("hold"):
        _wait(folder, verb, "began", "begin")
    code = 0
    if plan.get("run"):
        import subprocess

        code = subprocess.run(command, check=False).returncode
    if plan.get("hold"):
        _wait(folder, verb, "ended", "return")
    if "answer" in plan:
        code, said = plan["answer"]
        sys.stderr.write(said)
    return int(code)


def _killed(command: list[str]) -> int:
    """Run a command and kill it as soon as it has stopped its guest."""
    import subprocess

    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr is not None
    for line in process.stderr:
        if b"progress" in line:
            break
    process.kill()
    return 128 - process.wait()


def _wait(folder: Path, verb: str, reached: str, until: str) -> None:
    (folder / f"{verb}.{reached}").touch()
    deadline = time.monotonic() + PATIENCE
    while not (folder / f"{verb}.{until}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
