"""What carries a migration between two simulated hosts, and how it breaks.

The line is a process, as ssh is below ``xl migrate``: who kills that cuts the line.  Tests and ``xentui sim`` can also
have it die at a phase, or hold the migration there: in the state of the source's host, see :func:`planned`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from xentui.simulator.call import Call
from xentui.simulator.simulator import Simulator

#: In the order in which a migration comes to them.  ``go`` is the sender's permission to run, ``report`` what the
#: receiver answers: the one that is named is lost.
PHASES = ("connect", "copy", "suspend", "transfer", "go", "report")
#: Of guests of libvirt, behind all these: the one word that lets a guest go on that has arrived.
RESUME = "resume"
CUT, HOLD = "cut", "hold"
_KEY = "migration_plan"
_STEP = 0.05


class CutError(Exception):
    """The line between the two hosts is dead."""


def plan(simulator: Simulator, phase: str, does: str) -> None:
    """Have the next migrations from this host cut or held at ``phase``; with ``does`` "" none."""
    with simulator.state.change():
        simulator.state.put(_KEY, [phase, does] if does else None)


def planned(call: Call, phase: str) -> str:
    """Return what is to happen at that phase: :data:`CUT`, :data:`HOLD`, or "" for nothing."""
    found = call.state.get(_KEY)
    return str(found[1]) if isinstance(found, list) and found[0] == phase else ""


class Transport:
    """The line to the other host, with a process that stands for ssh."""

    def __init__(self, call: Call, other: Simulator, host: str) -> None:
        self._call = call
        self._other = other
        self._process = self._started(host)

    def _started(self, host: str) -> subprocess.Popen[bytes]:
        """Return the process of the line: its argv is what `ps` shows below a real xl.

        It ends with its input, so with the migration.
        """
        argv = ["sh", "-c", "read line", "ssh", host, "xl", "migrate-receive"]
        return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def close(self) -> None:
        """Let go of the other host."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def reach(self, phase: str) -> None:
        """Come to a phase: stay there while it is held; raises CutError where the line dies, or has died, there."""
        if planned(self._call, phase) == CUT:
            self._process.kill()
            raise CutError
        while planned(self._call, phase) == HOLD:
            self._alive()
            self._call.wait_until(lambda: False, limit=_STEP)
        self._alive()

    def wait(self, seconds: float) -> None:
        """Let that many seconds of the host's pace pass over the line; raises CutError where it dies meanwhile."""
        end = self._call.clock() + seconds * self._call.machine.pace
        while (left := end - self._call.clock()) > 0:
            self._alive()
            self._call.wait_until(lambda: False, limit=min(_STEP, left))
        self._alive()

    def _alive(self) -> None:
        if self._process.poll() is not None or self._other.state.get("away", False):
            raise CutError


def over(call: Call, other: Simulator, host: str, do: Callable[[Transport], int]) -> int:
    """Do something over a line to the other host, which is closed afterwards."""
    line = Transport(call, other, host)
    try:
        return do(line)
    finally:
        line.close()
