"""The verbs about the host itself: info, dmesg."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.simulator import host
from xentui.simulator.call import Call
from xentui.simulator.xl.options import parse


def info(call: Call, words: Sequence[str]) -> int:
    """``xl info [-n] [KEY]``: KEY is compared as a prefix (xl_info.c)."""
    given = parse(call, "info", words, "n", 0, {"numa": "n"})
    call.now()
    lines = host.information(call.state, numa="n" in given)
    if given.arguments:
        wanted = given.arguments[0]
        call.out("".join(f"{value}\n" for key, value in lines if value and key.startswith(wanted)))
        return 0
    for key, value in lines:
        plain = not value and (" " in key or ":" in key)
        call.out(f"{key}\n" if plain else f"{key:<23}: {value}\n")
    return 0


def dmesg(call: Call, words: Sequence[str]) -> int:
    """``xl dmesg [-c]``: the hypervisor's log; ``-c`` empties it after printing."""
    given = parse(call, "dmesg", words, "c", 0)
    cleared = bool(call.state.get("dmesg_cleared", False))
    lines = [] if cleared else host.boot_messages(host.hardware(call.state))
    lines += call.state.get("dmesg", [])
    call.out("".join(f"{line}\n" for line in lines))
    if "c" in given:
        with call.state.change():
            call.state.put("dmesg_cleared", True)
            call.state.put("dmesg", [])
    return 0
