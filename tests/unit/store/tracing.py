"""Running a transaction in a child process and killing it at one of its system calls (ptrace(2)).

The child stops twice a system call, before and after it; the parent counts the stops and kills it at the one
asked for.  What the child has done to the file system by then is what a killed writer leaves behind.
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
from collections.abc import Callable
from typing import Any

_TRACEME, _SYSCALL = 0, 24
_CRASHED = 70


@functools.cache
def _call() -> Any:
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    call.restype = ctypes.c_long
    return call


def _ptrace(request: int, pid: int) -> int:
    return int(_call()(request, pid, None, None))


def permitted() -> bool:
    """Whether this process may trace a child of its own."""
    try:
        return run(lambda: None) > 0
    except PermissionError:
        return False


def run(action: Callable[[], object], kill_at: int = 0) -> int:
    """Run ``action`` in a child and kill it at its stop number ``kill_at`` (0: never).

    Returns the number of stops it made; fewer than ``kill_at`` where it had ended before.  Raises
    PermissionError where tracing is not permitted, AssertionError where the action itself failed.
    """
    pid = os.fork()
    if pid == 0:
        _child(action)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status):
        raise PermissionError("ptrace is not permitted")
    stops = 0
    while True:
        _ptrace(_SYSCALL, pid)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, "the transaction failed"
            return stops
        assert os.WIFSTOPPED(status), f"the child died by itself ({status})"
        stops += 1
        if stops == kill_at:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return stops


def _child(action: Callable[[], object]) -> None:
    status = _CRASHED
    try:
        if _ptrace(_TRACEME, 0) == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
            action()
            status = 0
    finally:
        os._exit(status)
