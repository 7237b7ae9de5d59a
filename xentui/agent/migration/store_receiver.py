"""The other end of what is stored of a domain that has left a host: a process here, which ssh has started and feeds.

It reads a line of JSON – where the store is, whose domain it is, how it started with its host – and the packed entry
behind it, puts that in the store (:func:`xentui.agent.migration.store_moves.receive_entry`), and answers by a line.
Told the same twice, it does once what is to be done.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import Any, BinaryIO, Dict

from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.host import domain_list
from xentui.agent.memory import boot_marks, xendomains
from xentui.agent.migration import store_moves
from xentui.agent.protocol.arguments import is_uuid
from xentui.agent.store import audit, entry, layout

STORED = "stored"
_LINE = 1 << 20
_LIST_SECONDS = 60.0


def main() -> None:
    """Receive what standard input brings; answers on standard output."""
    try:
        request, packed = _read(sys.stdin.buffer)
        _recorded(request, packed)
        answer: Dict[str, Any] = {"ok": STORED}
    except AgentError as error:
        answer = {"error": error.to_json()}
    except OSError as error:
        answer = {"error": from_os_error(error).to_json()}
    except EOFError:
        sys.exit(1)
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()
    sys.exit(0 if "ok" in answer else 1)


def _read(stream: BinaryIO) -> Any:
    line = stream.readline(_LINE)
    if not line.endswith(b"\n"):
        raise EOFError
    request = json.loads(line)
    size = int(request["size"])
    if not 0 < size <= store_moves.LIMIT:
        raise AgentError("large", "the domain has too many versions to be received")
    packed = stream.read(size)
    if len(packed) < size:
        raise EOFError
    return request, packed


def _recorded(request: Dict[str, Any], packed: bytes) -> None:
    """Have the entry in the store, told to the audit log as whoever asked for the migration does it."""
    root, began = str(request["root"]), time.time()
    record = {name: str(request[name]) for name in ("user", "host")}
    record["domain"] = str(request["name"])
    argv = ["xentui-store", "receive", str(request["name"]), str(request["source"])]
    code = 1
    try:
        _arrive(root, request, packed)
        code = 0
    finally:
        taken = round(time.time() - began, 3)
        with contextlib.suppress(
            AgentError, OSError
        ):  # a log that cannot be written keeps nobody from the work
            audit.audit_append(root, record={**record, "argv": argv, "exit": code, "seconds": taken})


def _arrive(root: str, request: Dict[str, Any], packed: bytes) -> None:
    uuid = str(request["uuid"])
    if not is_uuid(uuid):
        raise AgentError("invalid", "is not a UUID")
    store_moves.receive_entry(
        root, uuid=uuid, packed=packed, user=str(request["user"]), reason=f"from {request['source']}"
    )
    folder = layout.entry(root, uuid)
    if request["starts"]:
        order = request["order"]
        xendomains.link_autostart(
            root,
            auto_dir=str(request["auto"]),
            name=entry.load(folder).name,
            target=os.path.join(folder, entry.CONFIG),
            order=order if isinstance(order, int) else None,
        )
    if request["mark"]:
        domid = _domid(request, uuid)
        if domid:
            boot_marks.mark_running(root, uuid=uuid, record={**request["mark"], "domid": domid})


def _domid(request: Dict[str, Any], uuid: str) -> int:
    """Return what the domain is here, 0 where it does not run, or the toolstack does not say: its mark is of no use
    then.
    """
    done = domain_list.ask([str(word) for word in (*request["prefix"], *request["list"])], _LIST_SECONDS)
    if done is None:
        return 0
    found = domain_list.rows(done.stdout.decode("utf-8", "replace"))
    return max((row.domid for row in found if row.uuid == uuid), default=0)
