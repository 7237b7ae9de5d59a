"""The SSH connection of a host, which is made once and shared by all commands."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from xentui.errors import HostError
from xentui.hosts import process
from xentui.hosts.base import Completed
from xentui.hosts.login_retry import TRIES, until_taken
from xentui.hosts.ssh_errors import login_failed

if TYPE_CHECKING:
    from xentui.hosts.logins import Logins

CONNECT_TIMEOUT = 10
"""Seconds for a host to answer, unless the user has set ConnectTimeout."""
_LOGIN_SECONDS = 60
"""Seconds for what ConnectTimeout does not limit: the login itself, and one command."""
_ASIDE = 10.0
"""Seconds for what ssh does on this machine alone: reading its configuration, asking the kept connection."""
_BETWEEN_ATTEMPTS = 1
_SET_NOWHERE = "none"


class Connection:
    """Makes the connection before commands run in parallel: two at the same time would each log in.

    ``command`` returns the ssh argv for options and a remote command (None: none); ``name`` and ``target`` are the
    host's names for the user and for ssh; ``logins`` are the turns for logins if there are other hosts; ``prepare`` is
    awaited before each attempt, with the value of ``ProxyJump`` ("none" for no jump host).
    """

    def __init__(
        self,
        command: Callable[[Sequence[str], str | None], list[str]],
        *,
        name: str,
        target: str,
        logins: Logins | None = None,
        prepare: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._command = command
        self._name = name
        self._target = target
        self._logins = logins
        self._prepare = prepare
        self._jump = _SET_NOWHERE
        self.up = False
        """Whether there is one, as far as is known."""
        self._attempt: asyncio.Task[None] | None = None
        self._waiting = 0
        self._failed = False
        self._socket = ""
        self._limit: int | None = None
        self._set_by_user = False

    @property
    def options(self) -> tuple[str, ...]:
        """The option that limits the time for an answer, if the user has set none: ssh uses the first value it is
        given.
        """
        return () if self._set_by_user else ("-o", f"ConnectTimeout={CONNECT_TIMEOUT}")

    def lost(self) -> None:
        """Check the connection again before the next command, since one has failed."""
        self.up = False

    async def ready(self) -> None:
        """Wait until there is a connection; raises HostError, the same for all that wait for one attempt."""
        if self.up and not self._has_no_socket:
            return
        if self._attempt is None:
            self._attempt = asyncio.ensure_future(self._connect())
            self._attempt.add_done_callback(self._ended)
        attempt = self._attempt
        self._waiting += 1
        try:
            await asyncio.shield(attempt)
        finally:
            self._waiting -= 1
            if not self._waiting and not attempt.done():
                self._attempt = None
                attempt.cancel()  # nobody wants it any more

    def _ended(self, attempt: asyncio.Task[None]) -> None:
        if self._attempt is attempt:
            self._attempt = None
        if not attempt.cancelled():
            attempt.exception()  # whoever waited has it

    async def _connect(self) -> None:
        if self._prepare is not None:
            async with self._turn_aside():
                await self._read_limits()
            await self._prepare(self._jump)
        if not await self._is_kept():
            try:
                await self._log_in()
            except HostError:
                self._failed = True
                raise
        self.up, self._failed = True, False
        if self._has_no_socket:
            self._socket = ""  # the user's ssh keeps no connection

    async def _is_kept(self) -> bool:
        """Return whether ssh already has a connection; ssh is asked if its socket may exist."""
        if self._has_no_socket:
            return False
        async with self._turn_aside():
            check, _ = await asyncio.gather(
                process.run(self._command(("-O", "check"), None), timeout=_ASIDE), self._read_limits()
            )
        return check.exit_code == 0

    @property
    def _has_no_socket(self) -> bool:
        return bool(self._socket) and not os.path.lexists(self._socket)

    async def _log_in(self) -> None:
        """Make the connection, with several tries if sshd drops it; one that failed before is tried later."""
        started = await until_taken(self._try_to_log_in, 1 if self._failed else TRIES)
        if started.exit_code != 0:
            raise login_failed(self._name, self._target, started)

    async def _try_to_log_in(self) -> Completed:
        """Return one command: a master started by the first one keeps that command's pipes, one of its own does not."""
        limit = (self._limit or CONNECT_TIMEOUT) + _LOGIN_SECONDS
        try:
            async with self._turn():
                return await process.run(self._command(self.options, "true"), timeout=limit)
        except HostError as error:
            raise HostError(
                f"the login did not end within {limit} s",
                subject=self._name,
                hint=f"run `ssh {self._target} true` by hand and see where it stops",
            ) from error

    def _turn(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Wait for a turn to log in; hosts that could not be reached have turns of their own."""
        if self._logins is None:
            return contextlib.nullcontext()
        return (self._logins.again if self._failed else self._logins).turn()

    def _turn_aside(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Wait for a turn: with two hundred hosts there must not be as many processes before a list is shown."""
        return self._logins.aside.turn() if self._logins else contextlib.nullcontext()

    async def _read_limits(self) -> None:
        """Ask ssh for the user's own ConnectTimeout, from its configuration and its command line: ``ssh -G``."""
        if self._limit is not None:
            return
        try:
            done = await process.run(self._command(("-G",), None), timeout=_ASIDE)
        except HostError:
            return
        wanted = dict(line.partition(" ")[::2] for line in done.text.splitlines())
        timeout = _seconds(wanted.get("connecttimeout", _SET_NOWHERE))
        attempts = _seconds(wanted.get("connectionattempts", "1")) or 1
        self._set_by_user = timeout is not None
        self._jump = wanted.get("proxyjump", _SET_NOWHERE)
        self._socket = _socket(wanted.get("controlpath", ""))
        self._limit = ((timeout or CONNECT_TIMEOUT) + _BETWEEN_ATTEMPTS) * attempts


def _socket(path: str) -> str:
    """Return where the socket of a kept connection is, as ssh tells it; "" for what is not a whole path."""
    return path if path.startswith("/") and "%" not in path else ""


def _seconds(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 8 else None
