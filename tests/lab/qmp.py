"""``qmp.py SOCKET COMMAND``: one command to QEMU's human monitor, through its QMP socket."""

from __future__ import annotations

import json
import socket
import sys
from typing import Any, TextIO


def execute(stream: TextIO, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Send one QMP command and return its answer, events passed over."""
    stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    stream.flush()
    while True:
        answer: dict[str, Any] = json.loads(stream.readline())
        if "event" not in answer:
            return answer


def main() -> int:
    """Exit status 1, with QEMU's words on standard error, when the command is refused."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(sys.argv[1])
        stream = connection.makefile("rw")
        stream.readline()  # the greeting
        execute(stream, "qmp_capabilities", {})
        answer = execute(stream, "human-monitor-command", {"command-line": sys.argv[2]})
    if "error" in answer or answer.get("return", "").strip() not in ("", "OK"):  # drive_add says that
        sys.stderr.write(f"qmp.py: {sys.argv[2]}: {answer}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
