"""``python -m xentui.simulator --state FOLDER ARGV…``: a command of the simulated host on real input and
output.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from xentui.errors import XentuiError
from xentui.simulator.simulator import Simulator

_GONE = 255


def main(words: Sequence[str]) -> int:
    """Run one command; returns its exit status, 255 when the host is away, as ssh would."""
    if len(words) < 3 or words[0] != "--state":
        _write(2, b"usage: python -m xentui.simulator --state FOLDER COMMAND [ARGUMENT ...]\n")
        return 2
    cancel = threading.Event()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: cancel.set())
    try:
        return Simulator(Path(words[1])).execute(
            words[2:],
            lambda piece: _write(1, piece),
            lambda piece: _write(2, piece),
            cancel=cancel,
            attached=True,
        )
    except XentuiError as error:
        _write(2, ("\n".join(error.account()) + "\n").encode())
        return _GONE
    except BrokenPipeError:
        return 128 + signal.SIGPIPE


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
