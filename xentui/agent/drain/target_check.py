"""Whether another host still takes guests that were to be moved there: a process there, which ssh has started.

It reads a line of JSON – the commands of that host, and of each guest its uuid, its name and the files of its disks –
and answers by a line: how much memory is free, which of these uuids and names are taken, and what tells the files from
all others.  Whoever asks compares that with what was agreed to.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from typing import Any, Dict, List

from xentui.agent.errors import AgentError
from xentui.agent.host import domain_list

_LINE, _REPORT = 4 << 20, 1 << 20
_SECONDS = 30.0
_FREE = re.compile(r"(?m)^free_memory\s*:\s*([0-9]{1,12})\s*$")
_INCOMING = "--incoming"


def main() -> None:
    """Answer what standard input asks; on standard output."""
    line = sys.stdin.buffer.readline(_LINE)
    if not line.endswith(b"\n"):
        sys.exit(1)
    try:
        answer: Dict[str, Any] = {"ok": look(json.loads(line))}
    except AgentError as error:
        answer = {"error": error.to_json()}
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def look(told: Dict[str, Any]) -> Dict[str, Any]:
    """Return what this host has: ``free`` memory in KiB, ``uuids`` and ``names`` that are taken, ``files`` by uuid."""
    prefix = [str(word) for word in told["prefix"]]
    free = _FREE.search(_said([*prefix, *told["info"]]))
    if free is None:
        raise AgentError("io", "it does not tell how much memory is free")
    there = {row.uuid for row in domain_list.rows(_said([*prefix, *told["list"]]))}
    guests = told["guests"]
    return {
        "free": int(free[1]) << 10,
        "uuids": [each["uuid"] for each in guests if each["uuid"] in there],
        "names": [each["uuid"] for each in guests if _is_taken([*prefix, *told["named"]], str(each["name"]))],
        "files": {str(each["uuid"]): digest(each["files"]) for each in guests},
    }


def _said(argv: List[str]) -> str:
    done = domain_list.ask(argv, _SECONDS)
    if done is None:
        raise AgentError("io", f"`{argv[-2] if len(argv) > 1 else argv[0]}` does not answer there")
    if done.returncode:
        raise AgentError("io", f"`{' '.join(argv[-2:])}` fails there")
    return done.stdout[:_REPORT].decode("utf-8", "replace")


def _is_taken(named: List[str], name: str) -> bool:
    """Return whether a domain there has the name, or that which it has while it arrives."""
    try:
        return any(
            done is None or done.returncode == 0
            for done in (domain_list.ask([*named, each], _SECONDS) for each in (name, f"{name}{_INCOMING}"))
        )
    except ValueError:
        return True  # that is not known


def digest(paths: List[str]) -> str:
    """Return what tells the files at these paths from any others."""
    found = []
    for path in paths:
        try:
            status = os.stat(path)
            found.append(f"{status.st_dev}:{status.st_ino}:{status.st_rdev}:{status.st_mode >> 12}")
        except (OSError, ValueError):
            found.append("missing")
    return hashlib.sha256("\n".join(found).encode("ascii")).hexdigest()
