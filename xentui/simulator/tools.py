"""The few commands of a dom0 that are wanted besides xl's: cat, test, true, uname."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xentui.simulator import host
from xentui.simulator.call import Call

_LIMIT = 1 << 24


def true(call: Call, words: Sequence[str]) -> int:  # noqa: ARG001 - every command takes both
    """``true``."""
    return 0


def cat(call: Call, words: Sequence[str]) -> int:
    """``cat FILE …``; standard input without one."""
    call.now()
    if not words:
        call.stdout(call.stdin)
    code = 0
    for word in words:
        try:
            with Path(call.real_path(word)).open("rb") as file:
                call.stdout(file.read(_LIMIT))
        except OSError as error:
            call.err(f"cat: {word}: {error.strerror}\n")
            code = 1
    return code


def test(call: Call, words: Sequence[str]) -> int:
    """``test -e|-f|-d|-r|-x|-s FILE``."""
    if len(words) != 2 or words[0] not in ("-e", "-f", "-d", "-r", "-x", "-s"):
        return 2
    path = Path(call.real_path(words[1]))
    found = {"-f": path.is_file, "-d": path.is_dir}.get(words[0], path.exists)()
    if words[0] == "-s" and found:
        found = path.stat().st_size > 0
    return 0 if found else 1


def uname(call: Call, words: Sequence[str]) -> int:
    """``uname [-r|-n|-s|-m]``."""
    machine = host.hardware(call.state)
    answers = {"-r": machine.release, "-n": machine.name, "-s": "Linux", "-m": "x86_64"}
    call.out(answers.get(words[0] if words else "-s", "Linux") + "\n")
    return 0
