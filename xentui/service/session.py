"""The work of one user with one host: rights, dry run, audit log.

Everything that changes a host goes through :meth:`Session.change` (commands) or :meth:`Session.store_change`
(the managed store), so that read-only sessions, dry runs and the audit log are implemented in one place each.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import shlex
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from xentui.errors import HostError, NoAgentError, NotAllowedError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts.base import Completed, Host
from xentui.hosts.privilege import login_name
from xentui.store import ManagedStore
from xentui.toolstack.argv import masked_words

if TYPE_CHECKING:
    from xentui.service.session_change import SessionChange
    from xentui.toolstack.base import Toolstack

UNWRITABLE = ("permission", "full", "io")
"""Codes of a StoreError that mean that the store cannot be written at all."""

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A command that has run, as the audit log keeps it: argv, what it was done to, exit status and seconds.

    ``exit_code`` is None where the connection broke: it may have run to its end or not.
    """

    argv: tuple[str, ...]
    subject: str
    exit_code: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Opened:
    """A command that is about to run; ``id`` is its opening line in the audit log, "" where there is none."""

    argv: tuple[str, ...]
    subject: str
    started: float
    id: str = ""


_Result = TypeVar("_Result")


@dataclass(slots=True, repr=False, eq=False)
class Session:
    """The rights of a user on one host, shared by all parts of the service.

    ``toolstack`` is the engine of ``host``, ``store`` has its managed domains, ``acting`` is the user (default: the
    login user).  ``read_only`` refuses all changes; ``dry_run`` passes the exact commands to ``announce`` instead of
    running them.

    Callbacks: ``warn`` gets warnings about work that was done all the same, ``observe`` each command that has run,
    ``following`` the id of each job of the host that is waited for, ``done`` each change, as it can be undone.
    ``own`` is the time at which this session has changed a subject last; copies of the session share it.  ``leaving``
    returns whether the user leaves the session: jobs that can go on by themselves are not stopped then.
    """

    host: Host
    toolstack: Toolstack
    store: ManagedStore
    acting: str = ""
    read_only: bool = False
    dry_run: bool = False
    announce: Announce | None = None
    warn: Announce | None = None
    observe: Callable[[CommandRecord], None] | None = None
    following: Callable[[str], None] | None = None
    done: Callable[[SessionChange], None] | None = None
    own: dict[str, float] = field(default_factory=dict)
    leaving: Callable[[], bool] = lambda: False
    _unclosed: list[tuple[str, dict[str, Any]]] = field(init=False, default_factory=list)
    _unnoted: set[tuple[str, ...]] = field(init=False, default_factory=set)
    _unlogged: bool = field(init=False, default=False)

    @property
    def user(self) -> str:
        """The name of the user in the audit log and the version history."""
        return self.acting or acting_user()

    async def change(
        self,
        argv: Sequence[str],
        *,
        subject: str,
        worked: Callable[[], Awaitable[None]] | None = None,
    ) -> Completed:
        """Run a command that changes the host, and write it to the audit log.

        ``subject`` is what it is done to.  ``worked`` records more if the command succeeds.  In a dry run nothing runs,
        and an empty success is returned.  Raises NotAllowedError if read-only, CommandError if the command fails.
        """
        self.require_writable()
        if self.dry_run:
            self.say(shlex.join(masked_words(argv)))
            return Completed(tuple(argv), 0, b"", b"")
        opened = await self.begin(argv, subject)
        try:
            done = await self.host.run(argv)
        except asyncio.CancelledError:
            await asyncio.shield(self.finish(opened, exit_code=130))
            raise
        except HostError:
            await self.finish(opened, exit_code=None)
            raise
        if self.toolstack.failed(done):
            await self.finish(opened, exit_code=done.exit_code)
            raise self.toolstack.explain(done, subject)
        # The store is told both in one turn of the line.
        await asyncio.gather(self.finish(opened, exit_code=done.exit_code), *([worked()] if worked else ()))
        return done

    async def store_change(
        self, words: Sequence[str], *, subject: str, action: Callable[[], Awaitable[_Result]]
    ) -> _Result | None:
        """Make one change of the managed store by ``action``, and write it to the audit log.

        ``words`` name it in the log and in a dry run.  Returns what ``action`` returns, None in a dry run.
        """
        self.require_writable()
        argv = ["xentui-store", *words]
        if self.dry_run:
            self.say(f"# {shlex.join(masked_words(argv))}")
            return None
        opened = await self.begin(argv, subject)
        try:
            result = await action()
        except asyncio.CancelledError:
            await asyncio.shield(self.finish(opened, exit_code=None, done=False))
            raise
        except XentuiError as error:
            await self.finish(opened, exit_code=None if isinstance(error, HostError) else 1, done=False)
            raise
        await self.finish(opened, exit_code=0)
        return result

    def require_writable(self) -> None:
        """Raise NotAllowedError in a read-only session."""
        if self.read_only:
            raise NotAllowedError("this session is read-only", hint="start xentui without --read-only")

    @property
    def remembers(self) -> bool:
        """Whether changes are reported, so that what undoes them is worth looking up."""
        return self.done is not None and not self.dry_run

    def acts_on(self, subject: str, *, within: float) -> bool:
        """Return whether this session is changing ``subject``, or has changed it ``within`` so many seconds."""
        return time.time() - self.own.get(subject, 0.0) < within

    @contextlib.contextmanager
    def taking_part(self, subject: str) -> Iterator[None]:
        """Attribute what happens to ``subject`` to this session, although the job of another host does it."""
        self.own[subject] = math.inf
        try:
            yield
        finally:
            self.own[subject] = time.time()

    def made(self, done: SessionChange) -> None:
        """Report a change that was made, except in a dry run."""
        if self.done is not None and not self.dry_run:
            self.done(done)

    def say(self, line: str) -> None:
        """Announce a line of a dry run."""
        if self.announce is not None:
            self.announce(line)

    def caution(self, sentences: Iterable[str]) -> None:
        """Pass on warnings, which prevent nothing."""
        if self.warn is not None:
            for sentence in sentences:
                self.warn(sentence)

    async def begin(self, argv: Sequence[str], subject: str) -> Opened:
        """Open a record of the audit log before a command is run; :meth:`finish` closes it.

        A log that cannot be written does not prevent the command.
        """
        opened = Opened(tuple(masked_words(argv)), subject, time.time())
        self.own[subject] = math.inf
        self._unnoted.discard(opened.argv)
        try:
            return replace(opened, id=await self.store.audit_open(self._told(opened)))
        except XentuiError:
            return opened  # tried once more at the end, and said then

    async def finish(self, opened: Opened, *, exit_code: int | None, done: bool = True) -> None:
        """Record in the audit log how a command ended; ``exit_code`` None means that a broken connection hid it.

        If that fails, the user is warned, unless nothing was ``done``; the command itself has not failed.
        """
        seconds = round(time.time() - opened.started, 3)
        self.own[opened.subject] = time.time()
        if self.observe is not None:
            self.observe(CommandRecord(opened.argv, opened.subject, exit_code, seconds))
        record = {**self._told(opened), "exit": exit_code, "seconds": seconds}
        try:
            if opened.id:
                await self.store.audit_close(opened.id, record)
            elif exit_code is not None:
                await self.store.audit_append(record)
        except NoAgentError as error:
            if not self._unlogged:
                self._unlogged = True
                self.caution([f"what you do there is not recorded in the audit log: {error.message}"])
        except HostError:
            if opened.id:
                self._unclosed.append((opened.id, record))
        except XentuiError as error:
            if done:
                what = "does not say how it ended" if opened.id else "has no record of it"
                self.unnoted(opened.argv, f"the audit log {what}", error)
        else:
            await self._close_late()

    async def _close_late(self) -> None:
        """Close the records that a broken connection has left open; those that fail again stay queued.

        Another command may end meanwhile: each record is taken out of the queue before it is written.
        """
        while self._unclosed:
            late = self._unclosed.pop()
            try:
                await self.store.audit_close(*late)
            except BaseException as error:
                self._unclosed.append(late)
                if isinstance(error, XentuiError):
                    return
                raise

    def unnoted(self, argv: Sequence[str], what: str, error: XentuiError) -> None:
        """Warn, once for each command, that it was run but could not be recorded.

        This is no error: a user who reads of an error would repeat the command.
        """
        if self.warn is not None and tuple(argv) not in self._unnoted:
            self._unnoted.add(tuple(argv))
            self.warn(f"`{shlex.join(masked_words(argv))}` ran, but {what}: {error.message}")

    def _told(self, opened: Opened) -> dict[str, Any]:
        return {
            "user": self.user,
            "host": self.host.name,
            "domain": opened.subject,
            "argv": list(opened.argv),
        }


def acting_user() -> str:
    """Return ``user@machine``, with the user who called sudo in place of root."""
    user = os.environ.get("SUDO_USER") or login_name()
    return f"{user}@{os.uname().nodename or 'localhost'}"
