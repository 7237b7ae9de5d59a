"""One verb from its words to its exit status."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from xentui import console
from xentui.cli.confirmation import ask_on_terminal, ask_secret_on_terminal, confirm_on_terminal
from xentui.cli.progress import progress_bar
from xentui.commands.command import Command
from xentui.commands.context import Context
from xentui.commands.run import run_verb
from xentui.commands.suggestions import as_command_line
from xentui.errors import Render, Suggest, UsageError, XentuiError
from xentui.hosts.base import Host
from xentui.service.hypervisor import Hypervisor
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.console.attach import BegunConsole, Share
    from xentui.console.exit_result import ExitResult
    from xentui.console.transcript import Transcript
    from xentui.service.danger import Question

INTERRUPTED = 130
_INPUT_LIMIT = 1 << 20


def terminal_context(
    hypervisor: Hypervisor, *, render: Render, yes: bool = False, reads: bool = False
) -> Context:
    """Return the context of a command line: standard output, standard error, this terminal.

    ``render`` words the commands that are suggested; ``yes`` agrees to what would be asked;
    ``reads`` says that standard input is the command's to read.
    """

    asking = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))

    return Context(
        hypervisor,
        print_line,
        _write_note,
        progress=progress_bar,
        attach=partial(_attach, hypervisor),
        begin_console=partial(_begin_console, hypervisor),
        terminal=sys.stdout.isatty(),
        raw=_write_raw,
        own_terminal=True,
        render=render,
        ask=partial(_ask, render) if asking else None,
        confirm=_confirm if asking else None,
        ask_secret=_ask_secret if asking else None,
        yes=yes,
        standard_input=_standard_input if reads else None,
    )


def _attach(
    hypervisor: Hypervisor,
    argv: list[str],
    keep_child: bool,
    transcript: Transcript | None,
    share: Share | None,
) -> ExitResult:
    return console.attach.attach(
        argv,
        hypervisor.host.pty_environment(),
        keep_child=keep_child,
        read_only=hypervisor.session.read_only,
        transcript=transcript,
        share=share,
    )


def _begin_console(
    hypervisor: Hypervisor, argv: list[str], transcript: Transcript, share: Share | None
) -> BegunConsole:
    begun = console.attach.BegunConsole(
        argv, hypervisor.host.pty_environment(), transcript=transcript, share=share
    )
    begun.begin()
    return begun


async def _ask(render: Render, question: Question) -> bool:
    _flush_output()
    return await ask_on_terminal(question, render)


async def _confirm(question: str, about: Sequence[str] = ()) -> bool:
    _flush_output()
    for line in about:
        print_note(line)
    return await confirm_on_terminal(question)


async def _ask_secret(question: str) -> str | None:
    _flush_output()
    return await ask_secret_on_terminal(question)


def _write_note(line: str) -> None:
    """Write a line to standard error, after what was written to standard output."""
    _flush_output()
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _write_raw(text: str) -> None:
    """Write a text to standard output byte for byte."""
    with _standard_output():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))


def _flush_output() -> None:
    with _standard_output():
        sys.stdout.flush()


def _standard_input() -> bytes:
    """Standard input, up to a byte more than a configuration may have."""
    if sys.stdin is None:
        raise UsageError("standard input is closed", subject="-")
    try:
        return sys.stdin.buffer.read(_INPUT_LIMIT + 1)
    except OSError as error:
        words = (error.strerror or str(error)).lower()
        raise XentuiError(f"standard input cannot be read: {words}") from error


def run_command(host: Host, command: Command, args: argparse.Namespace) -> int:
    """Run one verb as a command of its own; SIGINT and SIGTERM cancel it in good order."""

    async def work() -> int:
        async with Hypervisor(
            host,
            read_only=getattr(args, "read_only", False),
            dry_run=getattr(args, "dry_run", False),
            announce=print_command,
            warn=print_warning,
        ) as hypervisor:
            cancel_on(signal.SIGTERM)
            return await run_verb(
                command, args, terminal_context(hypervisor, render=as_command_line(named_host), reads=True)
            )

    named_host = getattr(args, "host", "")
    try:
        return asyncio.run(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        listing = as_command_line(named_host)(Suggest("host.list"))
        print_note(f"interrupted; {listing} shows where things stand")
        return INTERRUPTED


def print_line(line: str) -> None:
    """Write a line to standard output."""
    with _standard_output():
        sys.stdout.write(line + "\n")


def print_command(command: str) -> None:
    """Write a command of a dry run to standard output; one with line feeds in its words has several lines."""
    for line in command.split("\n"):
        print_line(printable(line))


def print_warning(line: str) -> None:
    """Tell the person what went wrong beside the work itself."""
    print_note(f"warning: {line}")


def print_note(line: str) -> None:
    """Write a line to the person: standard error, without control characters."""
    _write_note(printable(line))


def print_error(error: XentuiError) -> None:
    """Tell the person of an error that no verb has told of."""
    for line in error.report(as_command_line()):
        print_note(line)


def leave(status: int) -> NoReturn:
    """Exit with ``status``; a reader of our output that has gone away is no error."""
    try:
        with _standard_output():
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        status = 128 + signal.SIGPIPE
    except XentuiError as error:
        print_error(error)
        status = int(error.exit_status)
    sys.exit(status)


@contextlib.contextmanager
def _standard_output() -> Iterator[None]:
    """Report a write that fails, as where the output's file system is full, in a sentence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_output()  # the buffer would fail again at each flush
        raise XentuiError(
            f"standard output cannot be written: {(error.strerror or str(error)).lower()}",
            hint="what was asked for may be done all the same; look before you repeat it",
        ) from error


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def cancel_on(number: signal.Signals) -> None:
    """Cancel the running task where that signal comes."""
    task = asyncio.current_task()
    if task is not None:
        with contextlib.suppress(NotImplementedError, RuntimeError):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
