"""``python -m xentui.simulator.console FOLDER DOMID``: serve a guest's console in the background."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from xentui.simulator.console.server import Server
from xentui.simulator.simulator import Simulator


def main(words: Sequence[str]) -> int:
    """Detach from whoever started it, and serve until the domain is gone."""
    if os.fork():
        return 0
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Only now: a database must not be open across a fork.
    simulator = Simulator(Path(words[0]))
    os.chdir("/")
    guest = simulator.state.guest(int(words[1]))
    if guest is not None:
        Server(simulator, guest).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
