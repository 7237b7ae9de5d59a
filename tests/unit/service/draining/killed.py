"""xentui as a process of its own, killed at once where it has asked a simulated host's agent for something.

Arguments: the operation, at which call of it (1 is the first), and the words of the command line.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from xentui.hosts.sim import SimHost
from xentui.main import main


def killed_at(operation: str, turn: int) -> None:
    """Have this process be killed as soon as the host has done that."""
    call = SimHost.call
    turns = 0

    async def until_then(self: SimHost, asked: Any, *_: Any, **arguments: Any) -> Any:
        nonlocal turns
        answer = await call(self, asked, **arguments)
        if asked == operation:
            turns += 1
            if turns == turn:
                os.kill(os.getpid(), signal.SIGKILL)
        return answer

    SimHost.call = until_then  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    killed_at(sys.argv[1], int(sys.argv[2]))
    main(sys.argv[3:])
