"""The shell: verbs one a line, over one kept connection to a host."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from xentui.hosts.base import Host
from xentui.shell.batch import run_batch


def run(hosts: Sequence[Host], *, read_only: bool = False, dry_run: bool = False, yes: bool = False) -> int:
    """Take verbs for one host or several, from the terminal or from standard input where that is none.

    Returns the exit status.

    On a terminal the status is 0, since every line has shown its own; from a pipe or a file it is that of the
    last line that failed, 0 where none did.  130 stands for an end by a signal.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        from xentui.shell.interactive import run_interactive  # a pipe needs no line editor

        return run_interactive(hosts, read_only=read_only, dry_run=dry_run, yes=yes)
    return run_batch(hosts, read_only=read_only, dry_run=dry_run, yes=yes)
