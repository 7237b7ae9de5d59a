"""``xentui``: where it begins."""

from __future__ import annotations

import gc
import sys

from xentui import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line; exits with the statuses of :class:`~xentui.errors.ExitStatus`.

    ``words`` are those behind the program's name, by default its own.
    """
    given = list(sys.argv[1:] if words is None else words)
    if given == ["--version"] and sys.stdout is not None:
        # Scripts ask for it often, and all the rest has nothing to say to it.
        sys.stdout.write(f"xentui {__version__}\n")
        sys.exit(0)
    collecting = gc.isenabled()
    gc.disable()  # what is loaded is there to stay: to look through it again and again is a part of each start
    from xentui.front_end import run

    if collecting:
        gc.enable()
    run(given)


if __name__ == "__main__":
    main()
