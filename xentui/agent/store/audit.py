"""The audit log of a host: what is done to it, told before it is done and again when it has ended.

A command has two lines of one ``id``: an opening one (``event`` is ``opened``, ``by`` the process that stands for
the command) and a closing one (``closed``) with ``exit`` and ``seconds``.  The closing line repeats what was done, so
that it can be read alone; a line without ``event`` is a command that was only told of when it had ended.  Lines are
only ever appended, so what a killed process or a broken connection has left open stays open: :func:`audit_tail` says
of such a one that its outcome is unknown.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterator, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import COUNT, OBJECT, STRING, optional
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import entry_log, layout

Record = Dict[str, Any]
LINE_LIMIT = 64 << 10
_TAIL = 4 << 20
_OPENED, _CLOSED = "opened", "closed"


@store_operation("audit_append", record=OBJECT)
def audit_append(root: str, *, record: Record) -> None:
    """Append one record of something that has ended; ``time`` is added where missing."""
    _append(root, {"time": entry_log.now(), **record})


@store_operation("audit_open", record=OBJECT, id=optional(STRING))
def audit_open(root: str, *, record: Record, id: str = "") -> str:
    """Append the opening line of a command that is about to run; returns the id to close it by.

    The calling process stands for the command: while it lives the command counts as running.  A process that takes
    a command over opens it once more with its ``id``.
    """
    number = id or os.urandom(8).hex()
    _append(root, {"time": entry_log.now(), **record, "id": number, "event": _OPENED, "by": process()})
    return number


@store_operation("audit_close", id=STRING, record=OBJECT)
def audit_close(root: str, *, id: str, record: Record) -> None:
    """Append the closing line of the command opened as ``id``: ``exit`` (null where it is not known), ``seconds``."""
    _append(root, {"time": entry_log.now(), **record, "id": id, "event": _CLOSED})


@store_operation("audit_tail", limit=optional(COUNT))
def audit_tail(root: str, *, limit: int = 100) -> List[Record]:
    """Return the last ``limit`` commands, oldest first, one record each; unreadable lines are left out.

    ``time`` is when it ended and ``began`` when it was opened.  A command whose end is not told has ``exit`` and
    ``seconds`` null, ``time`` when it was opened, and an ``outcome``: ``running``, or ``unknown`` where the process
    that stood for it has gone.  A missing log is empty.
    """
    if limit <= 0 or not layout.usable(root):
        return []
    found: List[Record] = []
    ended: Dict[str, Record] = {}
    begun: Dict[str, Record] = {}
    waiting = set()
    for record in _newest_first(os.path.join(root, "audit.jsonl")):
        event = record.get("event")
        number = str(record.get("id"))
        known = isinstance(record.get("id"), str) and event in (_OPENED, _CLOSED)
        shown = {name: value for name, value in record.items() if name not in ("event", "by")}
        if known and number in begun:
            begun[number]["time"] = record.get("time")  # opened anew by whoever took it over
        elif known and number in ended:
            if event == _OPENED:
                ended[number].update({**shown, **ended[number], "began": record.get("time")})
                waiting.discard(number)
        elif len(found) < limit:
            if known and event == _OPENED:
                shown.update(exit=None, seconds=None, outcome=_outcome(record.get("by")))
                begun[number] = shown
            elif known:
                if shown.get("exit") is None:
                    shown.update(exit=None, outcome="unknown")
                ended[number] = shown
                waiting.add(number)
            found.append(shown)
        if len(found) == limit and not waiting:
            break
    return found[::-1]


def process() -> Record:
    """Return what tells this process from every other this host has had or will have."""
    return {"pid": os.getpid(), "since": _since(os.getpid()), "boot": boot_id()}


def _outcome(by: object) -> str:
    """Return whether the process that stands for an open command still lives."""
    if not isinstance(by, dict) or not isinstance(by.get("pid"), int) or by.get("boot") != boot_id():
        return "unknown"
    since = _since(by["pid"])
    return "running" if since is not None and since == by.get("since") else "unknown"


def _since(pid: int) -> Optional[int]:
    """Return when a process started, in ticks since the host's boot (proc(5)); None where there is none or no
    telling.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read(4096).rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def boot_id() -> str:
    """Return what tells this boot of the host from others."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read(64).strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _append(root: str, record: Record) -> None:
    """Append one record as one write to a file opened for appending."""
    path = os.path.join(root, "audit.jsonl")
    data = entry_log.line(record)
    if len(data) > LINE_LIMIT:
        raise AgentError("large", f"the record is longer than {LINE_LIMIT} bytes", path)
    layout.prepare(root)
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(path, flags, 0o600)
    try:
        layout.take_lock(fd, path)
        end = os.fstat(fd).st_size
        if end and os.pread(fd, 1, end - 1) != b"\n":
            data = b"\n" + data  # a line torn by a full disk or a crash stays a line of its own
        try:
            fsio.write_all(fd, data)
            os.fsync(fd)
        except OSError:
            os.ftruncate(fd, end)
            raise
        if not end:
            fsio.try_sync_folder(root)
    finally:
        os.close(fd)


def _newest_first(path: str) -> Iterator[Record]:
    """Yield the readable records of the end of the log, the last one first."""
    try:
        fd, status = fsio.open_regular(path)
    except FileNotFoundError:
        return
    try:
        start = max(0, status.st_size - _TAIL)
        data = os.pread(fd, status.st_size - start, start)
    finally:
        os.close(fd)
    lines = data.split(b"\n")
    if start:
        del lines[0]
    for text in reversed(lines):
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record
