"""One admin's work on one host: what is run, who ran it, and whether it may be.

Everything that changes a host goes through :meth:`Session.change` (commands) or :meth:`Session.store_change`
(the managed store), so that read-only sessions, dry runs and the audit log have one place each.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.hosts.base import Completed, Host, StderrWatcher
from xentui.service.failures import explain
from xentui.store import ManagedStore

QUERY_TIMEOUT = 60.0
"""Seconds a reading command may take before the host counts as hanging."""

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has run, as the audit log keeps it: argv, what it was done to, exit status and seconds."""

    argv: tuple[str, ...]
    subject: str
    exit_code: int
    seconds: float


_Result = TypeVar("_Result")


@dataclass(slots=True)
class Session:
    """The shared ground of all service parts.

    Arguments: ``acting`` is who acts (default: the login user); ``read_only`` refuses all changes; ``dry_run``
    hands the exact commands to ``announce`` instead of running them; ``warn`` is given what went wrong beside the
    work itself; ``observe`` of each command that has run.
    """

    host: Host
    acting: str = ""
    read_only: bool = False
    dry_run: bool = False
    announce: Announce | None = None
    warn: Announce | None = None
    observe: Callable[[Ran], None] | None = None
    store: ManagedStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = ManagedStore(self.host)

    @property
    def user(self) -> str:
        """Who acts, as the audit log and the version history name them."""
        return self.acting or acting_user()

    async def query(self, argv: Sequence[str], *, subject: str = "") -> Completed:
        """Run a reading command; raises CommandError with the tool's own words when it fails."""
        done = await self.host.run(argv, timeout=QUERY_TIMEOUT)
        if done.exit_code != 0:
            raise explain(done, subject)
        return done

    async def change(
        self, argv: Sequence[str], *, subject: str, watcher: StderrWatcher | None = None
    ) -> Completed:
        """Run a changing command and record it.

        ``watcher`` is given the command's standard error as it comes.  Raises NotAllowedError when read-only,
        CommandError when the command fails.  In a dry run nothing runs and an empty success is returned.
        """
        self.require_writable()
        if self.dry_run:
            self.say(shlex.join(argv))
            return Completed(tuple(argv), 0, b"", b"")
        started = time.time()
        try:
            if watcher is None:
                done = await self.host.run(argv)
            else:
                done = await self.host.run_watched(argv, watcher)
        except asyncio.CancelledError:
            await asyncio.shield(self.record(argv, subject, started, exit_code=130))
            raise
        except HostError:
            await self.record(argv, subject, started, exit_code=1)
            raise
        await self.record(argv, subject, started, exit_code=done.exit_code)
        if done.exit_code != 0:
            raise explain(done, subject)
        return done

    async def store_change(
        self, words: Sequence[str], *, subject: str, action: Callable[[], Awaitable[_Result]]
    ) -> _Result | None:
        """Do one change of the managed store and record it; ``words`` name it in the log and in a dry run.

        Returns what ``action`` returns, None in a dry run.
        """
        self.require_writable()
        argv = ["xentui-store", *words]
        if self.dry_run:
            self.say(f"# {shlex.join(argv)}")
            return None
        started = time.time()
        try:
            result = await action()
        except XentuiError:
            await self.record(argv, subject, started, exit_code=1)
            raise
        await self.record(argv, subject, started, exit_code=0)
        return result

    def require_writable(self) -> None:
        """Raise NotAllowedError in a read-only session."""
        if self.read_only:
            raise NotAllowedError("this session is read-only", hint="start xentui without --read-only")

    def say(self, line: str) -> None:
        """Hand a line to whoever watches the dry run."""
        if self.announce is not None:
            self.announce(line)

    def caution(self, sentences: Iterable[str]) -> None:
        """Hand on what is in the way of nothing, but worth knowing before or while it is done."""
        if self.warn is not None:
            for sentence in sentences:
                self.warn(sentence)

    async def record(self, argv: Sequence[str], subject: str, started: float, *, exit_code: int) -> None:
        """Append to the audit log: who, when, host, exact command, exit status, duration.

        What is recorded has happened: a log that cannot be written is a warning, never a failure of the work.
        """
        seconds = round(time.time() - started, 3)
        if self.observe is not None:
            self.observe(Ran(tuple(argv), subject, exit_code, seconds))
        try:
            await self.store.audit_append(
                {
                    "user": self.user,
                    "host": self.host.name,
                    "domain": subject,
                    "argv": list(argv),
                    "exit": exit_code,
                    "seconds": seconds,
                }
            )
        except XentuiError as error:
            if self.warn is not None and not isinstance(error, HostError):
                self.warn(f"`{shlex.join(argv)}` ran, but the audit log has no record of it: {error.message}")


def acting_user() -> str:
    """``user@machine``, the login user behind sudo included."""
    from getpass import getuser  # noqa: PLC0415 - looking needs no name

    try:
        user = os.environ.get("SUDO_USER") or getuser()
    except (KeyError, OSError):
        user = str(os.geteuid())
    return f"{user}@{os.uname().nodename or 'localhost'}"
