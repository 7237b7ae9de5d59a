"""The recorded answers of a real xl, for tests: ``load("lifecycle")``, ``answer("lifecycle", "pause")``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded command: what it was run for, its argv, exit status and outputs, exactly."""

    what: str
    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Console output as it came: seconds since the start, and the bytes."""

    seconds: float
    data: bytes


@cache
def entries(name: str) -> tuple[dict[str, Any], ...]:
    """Every entry of ``NAME.json`` as it stands there, the notes (files, time lines) included."""
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return tuple(document["entries"])


@cache
def load(name: str) -> tuple[Answer, ...]:
    """The commands recorded in ``NAME.json``, in order."""
    return tuple(
        Answer(
            entry["what"],
            tuple(entry["argv"]),
            entry["exit"],
            "".join(entry["stdout"]),
            "".join(entry["stderr"]),
        )
        for entry in entries(name)
        if "argv" in entry
    )


def answer(name: str, what: str) -> Answer:
    """The first command in ``NAME.json`` under the heading ``what``.  Raises LookupError without one."""
    for recorded in load(name):
        if recorded.what == what:
            return recorded
    raise LookupError(f"{name}.json has no {what!r}")


def console(name: str) -> tuple[Piece, ...]:
    """A console session's output in the pieces it came in; joined they are ``console/NAME.bin``."""
    data = (FOLDER / "console" / f"{name}.bin").read_bytes()
    log: list[list[Any]] = json.loads((FOLDER / "console" / f"{name}.json").read_text(encoding="utf-8"))[
        "log"
    ]
    pieces, at = [], 0
    for seconds, direction, what in log:
        if direction == "out":
            pieces.append(Piece(float(seconds), data[at : at + what]))
            at += what
    return tuple(pieces)
