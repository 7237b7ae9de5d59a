"""The master of a Ganeti cluster, which answers as a real one of Ganeti 3.0.2 did."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests import recordings
from xentui.hosts.base import GANETI, Completed, Stream
from xentui.hosts.local import LocalHost


@cache
def answers() -> tuple[dict[str, Any], ...]:
    """What was run there, in order, and what it said."""
    document = json.loads((recordings.FOLDER / "ganeti" / "answers-3.0.2.json").read_text(encoding="utf-8"))
    return tuple(document["answers"])


def answered(command: str, turn: int = 0) -> Completed:
    """What a command, or the first that begins so, said the ``turn``-th time it was run; 127 for one that was not."""
    found = [each for each in answers() if each["command"] == command]
    found = found or [each for each in answers() if each["command"].startswith(command)]
    if not found:
        return Completed(tuple(command.split()), 127, b"", b"not found\n")
    answer = found[min(turn, len(found) - 1)]
    lines = {name: "".join(f"{line}\n" for line in answer[name]).encode() for name in ("stdout", "stderr")}
    return Completed(tuple(command.split()), answer["exit"], lines["stdout"], lines["stderr"])


class Said:
    """A recorded command that is followed."""

    def __init__(self, done: Completed) -> None:
        self._done = done
        self.error_text = done.stderr.decode()

    async def lines(self) -> AsyncIterator[bytes]:
        """What it printed."""
        for line in self._done.stdout.splitlines():
            yield line

    async def close(self) -> int:
        """Its exit status."""
        return self._done.exit_code


class Master(LocalHost):
    """The host; ``turn`` is how far the recorded commands are, ``ran`` what was run on it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "store"), name="ganeti://master", toolstack=GANETI)
        self.turn = 0
        self.ran: list[str] = []
        self.says: dict[str, Completed] = {}

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        """Answer as the real one."""
        command = " ".join(argv)
        self.ran.append(command)
        return self.says.get(command) or answered(command, self.turn)

    async def stream(self, argv: Sequence[str]) -> Stream:
        """The same of one that is followed."""
        self.ran.append(" ".join(argv))
        return Said(answered(" ".join(argv)))
