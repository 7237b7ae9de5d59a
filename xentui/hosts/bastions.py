"""Connections to jump hosts: one is shared by all hosts behind it; ssh would open one for each host."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Sequence

from xentui.errors import HostError
from xentui.hosts import process
from xentui.hosts.base import Completed
from xentui.hosts.login_retry import until_taken
from xentui.hosts.logins import Logins
from xentui.hosts.ssh_errors import login_failed

_HOP = re.compile(
    r"(?:ssh://)?(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*@)?(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9a-fA-F:.]+\])(?::[0-9]+)?"
)
_LOGIN_SECONDS = 70.0
_ASIDE = 10.0
_LOOK = 0.05
_FAILED = 255


async def way_through(
    logins: Logins, command: Sequence[str], keeping: Sequence[str], jumps: str
) -> tuple[str, ...]:
    """Return the options by which ssh uses a shared connection to the last of ``jumps`` (as in ``ProxyJump``).

    ``logins`` are the turns for logins; ``command`` is the ssh that is run, without ``-J``; ``keeping`` are the options
    of a connection that is kept.  No options are needed without a jump host, or for one that ssh should handle itself.
    Raises HostError if the jump host cannot be reached; all that wait for it get the same result.
    """
    *before, last = jumps.split(",")
    if not last or last == "none" or not all(_HOP.fullmatch(hop) for hop in (*before, last)):
        return ()
    target = last if last.startswith("ssh://") else f"ssh://{last}"
    ssh = (*_for_a_jump(command), *keeping, *(("-J", ",".join(before)) if before else ()))
    await logins.once((*ssh, target), lambda: _connect(logins, ssh, target))
    # ssh expands what begins with a %: of the words only those at the end are for this expansion.
    words = [word.replace("%", "%%") for word in ssh]
    return "-o", f"ProxyCommand={shlex.join([*words, '-W', '[%h]:%p', '--', target])}"


async def _connect(logins: Logins, ssh: tuple[str, ...], target: str) -> None:
    check = await process.run([*ssh, "-O", "check", "--", target], timeout=_ASIDE)
    if check.exit_code == 0:
        return
    # Many jump hosts run no command for anybody, so none is asked for.
    argv = [*ssh, "-N", "-f", "--", target]
    done = await until_taken(lambda: _log_in(logins, argv, target))
    if done.exit_code != 0:
        name = target.removeprefix("ssh://")
        failed = login_failed(name, name, done)
        raise HostError(f"the jump host {name}: {failed.message}", hint=failed.hint, details=failed.details)


async def _log_in(logins: Logins, argv: Sequence[str], target: str) -> Completed:
    """Log in once, in turn; returns the output of ssh, and 0 or its own exit status for failures."""
    async with logins.turn():
        stream = await process.ProcessStream.start(argv)
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                while stream.running:  # noqa: ASYNC110 - what goes on in the background may keep its pipes
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            raise HostError(
                f"the login did not end within {_LOGIN_SECONDS:.0f} s",
                subject=target.removeprefix("ssh://"),
                hint=f"run `{shlex.join(['ssh', target])}` by hand and see where it stops",
            ) from None
        finally:
            code = await stream.close()
    return Completed(tuple(argv), _FAILED if code else 0, b"", stream.error_text.encode())


def without_jump(command: Sequence[str]) -> tuple[list[str], str]:
    """Return an ssh command without its ``-J``, and the jump hosts that it names."""
    words, jump = [], ""
    given = iter(command)
    for word in given:
        if word == "-J":
            jump = next(given, "")
        elif word.startswith("-J"):
            jump = word[2:]
        else:
            words.append(word)
    return words, jump


def _for_a_jump(command: Sequence[str]) -> list[str]:
    """Return an ssh command without the port and user that are the host's."""
    words: list[str] = []
    given = iter(command)
    for word in given:
        if word in ("-p", "-l"):
            next(given, "")
        else:
            words.append(word)
    return words
