"""The audit log of a host: one line an action, only ever appended to."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List

from xentui.agent import fsio, layout, records
from xentui.agent.errors import AgentError

LINE_LIMIT = 64 << 10
_TAIL = 4 << 20


def audit_append(root: str, record: Dict[str, Any]) -> None:
    """Append one record as one write to a file opened for appending; ``time`` is added where missing."""
    path = os.path.join(root, "audit.jsonl")
    data = records.line({"time": records.now(), **record})
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
            fsio.settle_folder(root)
    finally:
        os.close(fd)


def audit_tail(root: str, limit: int = 100) -> List[Dict[str, Any]]:
    """The last ``limit`` records, oldest first; unreadable lines are left out, a missing log is empty."""
    if limit <= 0 or not layout.usable(root):
        return []
    try:
        fd, status = fsio.open_regular(os.path.join(root, "audit.jsonl"))
    except FileNotFoundError:
        return []
    try:
        start = max(0, status.st_size - _TAIL)
        data = os.pread(fd, status.st_size - start, start)
    finally:
        os.close(fd)
    lines = data.split(b"\n")
    if start:
        del lines[0]
    found: List[Dict[str, Any]] = []
    for text in reversed(lines):
        if len(found) == limit:
            break
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            found.append(record)
    return found[::-1]
