"""``ssh`` of the simulated host: to the others of its kind, which lie in folders beside this one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import closing

from xentui.simulator.call import Call
from xentui.simulator.shared_storage import peer
from xentui.simulator.simulator import Simulator

_VALUED = "opilFJ"
"""Options whose value may be a word of its own."""
FAILED = 255
_CONNECTION = "192.0.2.1 40022 192.0.2.2 22"
"""What sshd says of a login: both ends of it."""


def ssh(call: Call, words: Sequence[str]) -> int:
    """``ssh [OPTION …] [--] HOST COMMAND``; of shell syntax the command may have ``&&``."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "--":
            break
        if len(word) == 2 and word[1] in _VALUED:
            rest = rest[1:]
    if not rest:
        raise call.fail("usage: ssh destination [command]", FAILED)
    name = rest[0].rpartition("@")[2]
    folder = peer(call.files.folder, name)
    if folder is None and name == call.files.folder.name:
        folder = call.files.folder
    if folder is None:
        raise call.fail(f"ssh: Could not resolve hostname {name}: Name or service not known", FAILED)
    with closing(Simulator(folder, clock=call.clock, domains=0)) as other:
        if other.state.get("away", False):
            raise call.fail(f"ssh: connect to host {name} port 22: No route to host", FAILED)
        other.furnish()
        code = 0
        for command in " ".join(rest[1:]).split(" && "):
            argv = shlex.split(command)
            if argv[:1] == ["echo"]:
                call.out(" ".join(argv[1:]).replace("$SSH_CONNECTION", _CONNECTION) + "\n")
                continue
            code = other.execute(argv, call.stdout, call.stderr, stdin=call.stdin, cancel=call.cancel)
            if code:
                break
        return code
