"""The agent as a process of its own: requests on standard input, answers on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO, Dict

from xentui.agent import source_cache
from xentui.agent.errors import AgentError
from xentui.agent.protocol import wire
from xentui.agent.protocol.operations import dispatch


def main(opening: Dict[str, Any], first: bytes, source: bytes) -> None:
    """What a far Python runs that has read its ``opening`` (:func:`xentui.agent.remote.opening`), and has the source.

    ``first`` is the first request: it came before the source, which may not have come at all.
    """
    root, sha256 = str(opening["root"]), str(opening["sha256"])
    if opening["sent"] and opening["keep"]:
        source_cache.keep(root, sha256, source)
    if opening.get("console"):
        from xentui.agent.console import host_end  # what answers requests holds no console

        host_end.serve(opening, first)
    else:
        serve(sys.stdin.buffer, sys.stdout.buffer, root, str(opening["greeting"]), first)
    if opening["keep"]:
        source_cache.keep_compiled(root, sha256, opening["whole"], opening["compiled"])


def serve(stdin: BinaryIO, stdout: BinaryIO, root: str, greeting: str = "", first: bytes = b"") -> None:
    """Answer requests, the ``first`` where it was read already, until the input ends or the answers' reader has gone.

    A ``greeting`` comes first, on a line of its own whatever stood there before.

    A request is run only once its whole line is there, so a connection that breaks in the middle of one does
    nothing; one that breaks during an operation lets it finish, unheard.
    """
    try:
        if greeting:
            stdout.write(b"\n" + greeting.encode("ascii") + b"\n")
            stdout.flush()
        while True:
            request, first = first or stdin.readline(wire.LINE_LIMIT), b""
            if not request.endswith(b"\n"):
                return
            stdout.write(wire.line(answer(root, request)))
            stdout.flush()
    except ConnectionError:
        return


def answer(root: str, request: bytes) -> Dict[str, Any]:
    """Return the answer to one line; whatever is wrong with it becomes an error in the answer."""
    number = None
    try:
        message = json.loads(request)
        if not isinstance(message, dict):
            raise AgentError("invalid", "the request is not an object")
        number = message.get("id")
        operation, arguments, module = message.get("op"), message.get("args", {}), message.get("in", "")
        if not (isinstance(operation, str) and isinstance(arguments, dict) and isinstance(module, str)):
            raise AgentError("invalid", "the request has no operation")
        decoded = {name: wire.decode(value) for name, value in arguments.items()}
        return {"id": number, "ok": wire.encode(dispatch(root, operation, decoded, module))}
    except AgentError as error:
        return {"id": number, "error": error.to_json()}
    except (ValueError, RecursionError) as error:
        failure = AgentError("invalid", f"the request cannot be read: {error}")
        return {"id": number, "error": failure.to_json()}
    except Exception as error:  # noqa: BLE001 - the process serves on; the fault goes to who asked
        failure = AgentError("internal", f"{type(error).__name__}: {error}")
        return {"id": number, "error": failure.to_json()}
