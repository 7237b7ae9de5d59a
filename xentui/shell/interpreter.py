"""One line of the shell: from its text to its exit status."""

from __future__ import annotations

import argparse
import contextlib
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xentui.cli.run import INTERRUPTED
from xentui.commands import help as manual, registry
from xentui.commands.command import Command
from xentui.commands.context import Context
from xentui.commands.parsing import parse
from xentui.commands.run import run_verb
from xentui.errors import ExitStatus, FaultError, UsageError, XentuiError
from xentui.service.session import Session
from xentui.shell.builtins import OUTSIDE, OWN, Leave
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.commands.several_hosts import SeveralHosts

LINE_LIMIT = 65536
"""Characters a line may have."""


class Interpreter:
    """Runs lines one after the other; no error of a line ends it.

    Arguments: ``context`` is what verbs work with; ``several`` the hosts they are for, where that is more than one.

    ``last`` is the exit status of the last verb, ``failed`` that of the last one that failed (0: none), ``over``
    whether the user has asked to leave.
    """

    def __init__(self, context: Context, several: SeveralHosts | None = None) -> None:
        self._context = context
        self._several = several
        self.last = 0
        self.failed = 0
        self.over = False

    async def run(self, line: str) -> int:
        """Run one line and return its exit status; blank lines and those beginning with ``#`` change nothing.

        Raises CancelledError when cancelled, BrokenPipeError when nobody reads the output any more, SystemExit
        when a signal has ended a console.
        """
        line = line.strip()
        if not line or line.startswith("#"):
            return self.last
        self.last = INTERRUPTED
        try:
            self.last = await self._run(line)
        finally:
            self.failed = self.last or self.failed
        return self.last

    async def _run(self, line: str) -> int:
        try:
            name, words = registry.split(_words(line))
            verb = manual.find(name, {**OWN, **OUTSIDE})
            args = _parsed(verb, words)
            if args is None:
                return ExitStatus.DONE
            if hasattr(args, "host"):
                raise UsageError("the shell stays with its host", hint=f"xentui --host {args.host} shell")
            if hasattr(args, "hosts"):
                raise UsageError("the shell stays with its hosts", hint=f"xentui --hosts {args.hosts} shell")
            with contextlib.ExitStack() as stricter:
                for context in self._several.contexts if self._several else (self._context,):
                    stricter.enter_context(_stricter(context.hypervisor.session, args))
                if self._several is not None and (verb.across or not verb.front_end):
                    return await self._several.run(verb, args)
                return await run_verb(verb, args, self._context)
        except Leave:
            self.over = True
            return ExitStatus.DONE
        except XentuiError as error:
            self._context.report_error(error)
            return error.exit_status
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault in one verb must not take the shell with it
            self._context.report_error(FaultError(error))
            return ExitStatus.FAILED


def _words(line: str) -> list[str]:
    """Return the words of a line; raises UsageError where it cannot be read."""
    if len(line) > LINE_LIMIT:
        raise UsageError(f"the line is longer than {LINE_LIMIT} characters")
    if plain(line.replace("\t", " "), LINE_LIMIT) != line.replace("\t", " "):
        raise UsageError("the line has control characters in it", hint="type it again")
    try:
        words = shlex.split(line)
    except ValueError as error:
        what = "ends in a backslash" if "escape" in str(error) else "has a quotation mark that is not closed"
        raise UsageError(
            f"the line {what}", hint="quote odd names as in a shell: 'my guest' or my\\ guest"
        ) from None
    # What a message tells to type starts with the program's name.
    return words[1:] if words[0] == "xentui" and len(words) > 1 else words


def _parsed(command: Command, words: list[str]) -> argparse.Namespace | None:
    """Return the arguments of a verb; None after ``--help``, which argparse has printed."""
    try:
        args: argparse.Namespace = parse(command, words, manual.options_of(command))
    except SystemExit:
        return None
    return args


@contextmanager
def _stricter(session: Session, args: argparse.Namespace) -> Iterator[None]:
    """``--read-only`` and ``--dry-run`` of one line; neither lifts what the session forbids."""
    before = session.read_only, session.dry_run
    session.read_only = session.read_only or getattr(args, "read_only", False)
    session.dry_run = session.dry_run or getattr(args, "dry_run", False)
    try:
        yield
    finally:
        session.read_only, session.dry_run = before
