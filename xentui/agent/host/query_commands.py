"""Commands that only look and end soon, run by the agent: a session of sshd for each costs more than they do."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, List

from xentui.agent.protocol import arguments
from xentui.agent.protocol.operations import host_operation

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import SaidAnswer

#: Seconds a command may take here, and bytes it may say: others wait for the agent meanwhile.
PATIENCE, LIMIT = 1.0, 1 << 20
#: Seconds within which a killed command ends, unless something holds it beyond any kill.
_DYING = 0.5
_NOT_FOUND, _NOT_ALLOWED = 127, 126

#: Commands that were killed and have not ended: a hanging host holds them beyond any kill.
_held: "List[subprocess.Popen[bytes]]" = []


@host_operation("ask", argv=arguments.ARGV)
def ask(*, argv: List[str]) -> "SaidAnswer":
    """Run ``argv``; tells its exit status (128 + signal) and what it has said, bytes that are no UTF-8 as surrogates.

    The exit status is None where that takes longer than :data:`PATIENCE`, or is more than :data:`LIMIT`, or an earlier
    one still hangs: the caller has it run by other means.
    """
    _held[:] = [child for child in _held if child.poll() is None]
    if _held:
        return _unsaid()
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (FileNotFoundError, PermissionError) as error:
        missing = isinstance(error, FileNotFoundError)
        words = "command not found" if missing else "permission denied"
        return {"exit": _NOT_FOUND if missing else _NOT_ALLOWED, "out": "", "err": f"{argv[0]}: {words}\n"}
    try:
        out, err = child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        _let_go(child)
        return _unsaid()
    except BaseException:
        _let_go(child)
        raise
    if len(out) + len(err) > LIMIT:
        return _unsaid()
    code = child.returncode
    return {"exit": code if code >= 0 else 128 - code, "out": _text(out), "err": _text(err)}


def _unsaid() -> "SaidAnswer":
    return {"exit": None, "out": "", "err": ""}


def _let_go(child: "subprocess.Popen[bytes]") -> None:
    """Kill a command with all it has begun; nobody waits long for its end.

    It is reaped here, since the next command may be asked minutes later: until then it would be a zombie of the host.
    """
    with contextlib.suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
    try:
        child.wait(_DYING)
    except subprocess.TimeoutExpired:
        _held.append(child)


def _text(said: bytes) -> str:
    return said.decode("utf-8", "surrogateescape")
