"""``python -m xentui.simulator``: where a command of the simulated host begins (:mod:`xentui.simulator.program`)."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line; exits as the command does.

    Nothing is looked through for garbage, neither as it is loaded nor at the end: the program lives for some
    milliseconds, and tests and jobs start it by the dozen.
    """
    gc.disable()
    from xentui.simulator.program import main as run

    status = run(sys.argv[1:])
    gc.freeze()
    sys.exit(status)


if __name__ == "__main__":
    main()
