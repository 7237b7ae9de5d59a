"""Repeats logins that sshd drops before they begin, as it does under load (``MaxStartups``, sshd_config(5)).

Only logins are repeated, because they run nothing but ``true``.  Whether a command was run is unknown after its
connection has ended.  The same is true of a request to the agent, even before its greeting: the greeting may be lost.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

from xentui.hosts.base import Completed

TRIES = 4
"""How often a login is tried: with the usual ``10:30:100`` sshd drops three of ten where ten are unauthenticated."""
SSH_FAILED = 255
"""The exit status ssh keeps for its own failures (ssh(1))."""
_PAUSE = 1.0
"""Seconds, at most, before the second try."""
_BEFORE_LOGIN = ("kex_exchange_identification: ", "ssh_exchange_identification: ")
"""What ssh says of a server that has not named itself; the second until OpenSSH 8.1."""
_HUNG_UP = ("connection closed by remote host", "connection reset by peer")
_NO_WAY = ("open failed", "stdio forwarding failed", "refused", "could not resolve", "timed out", "no route")
"""What it says besides, where that is only the end of a way through another host or a ``ProxyCommand``."""


async def until_taken(log_in: Callable[[], Awaitable[Completed]], tries: int = TRIES) -> Completed:
    """Log in, up to ``tries`` times if sshd drops the login; returns the last output of ssh.

    A login that fails without any output is repeated once only: with ``LogLevel=QUIET`` it may have been refused, and
    hosts count refused logins.
    """
    done = await log_in()
    silent = 0
    for again in range(1, tries):
        silent += said_nothing(done)
        if not (was_dropped(done) or (said_nothing(done) and silent == 1)):
            break
        await asyncio.sleep(pause_before(again))
        done = await log_in()
    return done


def was_dropped(done: Completed) -> bool:
    """Return whether sshd hung up before the login began."""
    if done.exit_code == 0:
        return False
    text = done.stderr.decode("utf-8", "replace").lower()
    said = any(before in text for before in _BEFORE_LOGIN) and any(closed in text for closed in _HUNG_UP)
    return said and not any(word in text for word in _NO_WAY)


def said_nothing(done: Completed) -> bool:
    """Tell whether ssh failed without a word.

    So it does with ``LogLevel=ERROR`` where the far side hangs up after it has named itself: an sshd that is ended, a
    host that goes down or has only begun to come up.
    """
    return done.exit_code == SSH_FAILED and not done.stderr.strip()


def pause_before(again: int) -> float:
    """Return the seconds before a dropped login is tried again, for the ``again``-th time (from 1).

    The pause doubles each time, and is random, so that logins that were dropped together do not return together.
    """
    chance = int.from_bytes(os.urandom(2), "big") / 65536
    return _PAUSE * (0.5 + chance / 2) * 2.0 ** (again - 1)
