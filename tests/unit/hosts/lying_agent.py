"""An agent as a test wants it: its first argument is a file that says what it says, and what it does then; behind that
is what python3 is started with.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import time


def main() -> None:
    """Take the program as the bootstrap does, greet as it would, and answer each request as told."""
    with open(sys.argv[1], encoding="utf-8") as file:
        told = json.load(file)
    answer, then = told["answer"].encode("latin-1"), told["then"]
    out = sys.stdout.buffer
    begun = sys.argv[sys.argv.index("-c") + 2 :]
    first = io.BytesIO(base64.b64decode(begun[0]) if begun else b"")
    line_by_line = iter(lambda: first.readline() or sys.stdin.buffer.readline(), b"")
    if then == "read nothing":
        time.sleep(600)
    greeting = json.loads(next(line_by_line))["greeting"].encode()
    out.write(told["banner"].encode("latin-1"))
    out.flush()
    while then == "repeat the banner":
        say(told["banner"].encode("latin-1"))
    if then == "silence before the greeting":
        time.sleep(600)
    say(b"\n" + greeting + b"\n")
    for request in line_by_line:
        number = json.loads(request)["id"]
        if then == "silence":
            with open(sys.argv[1] + ".asked", "w"):
                pass
            time.sleep(600)
        if then == "late":
            time.sleep(1.5)
        said = answer.replace(b"%d", b"%d" % number).replace(b"%%", b"%")
        say(said)
        while then == "repeat the answer":
            say(said)
        if then == "end":
            return


def say(data: bytes) -> None:
    """Write at once."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


main()
