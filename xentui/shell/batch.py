"""The shell without a terminal: lines from a pipe or a file."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence

from xentui.cli.run import INTERRUPTED, print_note
from xentui.hosts.base import Host
from xentui.shell.hosts import close_all, several_of, shell_contexts
from xentui.shell.interpreter import LINE_LIMIT, Interpreter


def run_batch(hosts: Sequence[Host], *, read_only: bool, dry_run: bool, yes: bool = False) -> int:
    """Run each line of standard input in turn, whatever the ones before came to.

    Returns the exit status of the last line that failed, 0 where none did, 130 after SIGINT or SIGTERM: these
    end the whole, not one line.  Nobody is asked anything: a line that would lose something for good needs ``--yes``,
    or the whole has it.
    """
    contexts = shell_contexts(hosts, read_only=read_only, dry_run=dry_run, yes=yes)
    interpreter = Interpreter(contexts[0], several_of(contexts))
    with asyncio.Runner() as runner:
        try:
            # Between two lines no signal is caught, so that one ends a read that waits.
            while not interpreter.over and (line := _next_line()):
                runner.run(_one(interpreter, line))
                sys.stdout.flush()
        except (KeyboardInterrupt, asyncio.CancelledError):
            print_note("interrupted; `xentui list` shows where things stand")
            return INTERRUPTED
        finally:
            runner.run(close_all(hosts))
    return interpreter.failed


async def _one(interpreter: Interpreter, line: str) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine always runs in one
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await interpreter.run(line)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _next_line() -> str:
    """Return the next line with its newline, "" at the end; of one that is too long only so much that it is refused."""
    if sys.stdin is None:
        return ""
    stream = sys.stdin.buffer
    # Four bytes a character at most, and more than the limit even then.
    line = piece = stream.readline(LINE_LIMIT * 4 + 2)
    while piece and not piece.endswith(b"\n"):
        piece = stream.readline(LINE_LIMIT)
    return line.decode("utf-8", "replace")
