"""How a command on a pseudo-terminal ended, whoever watched it."""

from __future__ import annotations

import re

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
    ``left`` says that the user left it; ``last_lines`` are the last it printed, for explaining a failure.
    """

    exit_code: int
    left: bool
    last_lines: tuple[str, ...] = ()


def last_lines(output: bytes) -> tuple[str, ...]:
    """Return the last lines of ``output`` as plain text: at most eight, none empty, no escape sequences."""
    lines = plain_lines(_SEQUENCES.sub("", output.decode("utf-8", "replace")))
    return tuple(line.strip() for line in lines if line.strip())[-_LINES:]
