"""From the words after ``virsh`` to the command that answers them (virsh.c, vsh.c)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import closing

from xentui.simulator.call import Call, Exit
from xentui.simulator.transport import CUT, RESUME, planned
from xentui.simulator.virsh import verbs
from xentui.simulator.virsh.migrate import far

_URI = "xen:///system"


def run(call: Call, words: Sequence[str]) -> int:
    """``virsh [-q] -c URI COMMAND …``, or several in one word, parted by semicolons.

    Of several the last one's exit status counts, and one that fails keeps none behind it from being run.
    """
    rest, uri = list(words), ""
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-c", "--connect") and rest:
            uri = rest.pop(0)
        elif option not in ("-q", "--quiet"):
            raise call.fail(f"error: unsupported option '{option}'. See --help.")
    if uri.startswith("xen+ssh://"):
        if rest[:1] == [RESUME] and planned(call, RESUME) == CUT:
            raise call.fail("error: Cannot recv data: Connection reset by peer")
        with closing(far(call, uri)) as other:
            return other.execute(
                ["virsh", "-q", "-c", _URI, *rest],
                call.stdout,
                call.stderr,
                stdin=call.stdin,
                cancel=call.cancel,
            )
    if uri != _URI or call.state.get("no_libvirt", False):
        call.err("error: failed to connect to the hypervisor\n")
        raise call.fail(
            "error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory"
        )
    if len(rest) != 1:
        return _one(call, rest)
    code = 0
    for command in _commands(rest[0]):
        code = _one(call, command)
    return code


def _commands(script: str) -> list[list[str]]:
    reader = shlex.shlex(script, posix=True, punctuation_chars=";")
    reader.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in reader:
        if word == ";":
            found.append([])
        else:
            found[-1].append(word)
    return [words for words in found if words]


def _one(call: Call, words: Sequence[str]) -> int:
    answer = verbs.VERBS.get(words[0]) if words else None
    if answer is None:
        call.err(f"error: unknown command: '{words[0] if words else ''}'\n")
        return 1
    try:
        return answer(call, tuple(words[1:]))
    except Exit as end:
        return end.code
