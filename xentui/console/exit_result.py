"""How a command on a pseudo-terminal ended, whoever watched it."""

from __future__ import annotations

import re

from xentui.agent.console.line_frames import TAKEN, TAKEN_WORDS
from xentui.frozen import dataclass
from xentui.text import plain_lines

_LINES = 8
_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ExitResult:
    """How a command on a pseudo-terminal ended.

    ``exit_code`` is the command's, 128 + signal where it was killed, 0 where it was cut off because it was left;
    ``left`` says that the user left it; ``last_lines`` are the last it printed, for explaining a failure;
    ``taken_by`` is who has had it let go of on its host, "" where nobody has.
    """

    exit_code: int
    left: bool
    last_lines: tuple[str, ...] = ()
    taken_by: str = ""


def last_lines(output: bytes) -> tuple[str, ...]:
    """Return the last lines of ``output`` as plain text: at most eight, none empty, no escape sequences."""
    lines = plain_lines(_SEQUENCES.sub("", output.decode("utf-8", "replace")))
    return tuple(line.strip() for line in lines if line.strip())[-_LINES:]


def exit_result(exit_code: int, left: bool, output: bytes) -> ExitResult:
    """Return how a command has ended that printed ``output`` last."""
    words = last_lines(output)
    mark = f"--- {TAKEN_WORDS}"
    if exit_code == TAKEN and words and words[-1].startswith(mark):
        return ExitResult(0, True, words[:-1], words[-1].removeprefix(mark).removesuffix(" ---"))
    return ExitResult(exit_code, left, words)
