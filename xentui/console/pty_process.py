"""A child process on a pseudo-terminal: started, given a size, and ended or abandoned."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pexpect

from xentui.errors import HostError, UsageError

_CLOSING = 0.05
"""Seconds given to the child after each of hang-up, interrupt and kill."""


class PtyProcess:
    """Runs ``argv`` on a pseudo-terminal of ``size`` (lines, columns); ``master`` is this side's descriptor.

    It does not block.  Takes as long as ``exec`` does.  Raises UsageError where the program is missing, HostError
    where this machine has no room for one more.
    """

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], size: tuple[int, int]) -> None:
        # A command without arguments would be split at its blanks.
        command = argv[0] if len(argv) > 1 else shlex.quote(argv[0])
        try:
            child: Any = pexpect.spawn(
                command, list(argv[1:]), env=dict(environment), dimensions=size, timeout=None
            )
        except pexpect.ExceptionPexpect as error:
            raise UsageError(f"cannot run `{argv[0]}`: {error}") from error
        except (OSError, ValueError) as error:
            raise no_room(argv[0], error) from error
        child.delayafterclose = child.delayafterterminate = _CLOSING
        child.ptyproc.delayafterclose = child.ptyproc.delayafterterminate = _CLOSING
        self._child = child
        self.pid = int(child.pid)
        self.master = int(child.child_fd)
        os.set_inheritable(self.master, False)
        os.set_blocking(self.master, False)

    def alive(self) -> bool:
        """Return whether it still runs; one that does not is reaped."""
        return bool(self._child.isalive())

    def resize(self, size: tuple[int, int]) -> None:
        """Give the pseudo-terminal another size; raises OSError where it is gone."""
        self._child.setwinsize(*size)

    def abandon(self) -> None:
        """Close the pseudo-terminal and let the child live on; who waits for it is the caller's concern."""
        # pexpect would kill it when collected.
        self._child.ptyproc.fileobj.close()
        self._child.closed = self._child.ptyproc.closed = True

    def end(self) -> int:
        """Close the pseudo-terminal, end the child if it has not; its exit code, 128 + signal if it was killed."""
        with contextlib.suppress(pexpect.ExceptionPexpect):
            self._child.close(force=True)
        if self._child.exitstatus is not None:
            return int(self._child.exitstatus)
        return 128 + int(self._child.signalstatus or 0)


def no_room(program: str, error: Exception) -> HostError:
    """Return the error for a machine that has no descriptor, process or thread left."""
    return HostError(f"cannot start `{program}`: {error}", hint="close other consoles, then try again")
