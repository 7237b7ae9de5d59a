"""``xl console`` (xl_console.c): looks the domain up and becomes xenconsole."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.simulator.call import Call
from xentui.simulator.console import client
from xentui.simulator.xl import lookup
from xentui.simulator.xl.options import parse


def console(call: Call, words: Sequence[str]) -> int:
    """``xl console [-t pv|serial|vuart] [-n NUMBER] DOM``."""
    given = parse(call, "console", words, "n:t:", 1)
    if given.options.get("t", "pv") not in ("pv", "serial", "vuart"):
        raise call.fail("console type supported are: pv, serial, vuart", 2)
    number, guest = lookup.existing(call, given.arguments[0])
    if number == 0:
        raise call.fail("Can't specify Domain-0", 22)
    if guest is None:
        lookup.no_type(call, number)
        raise call.fail("Unable to attach console")
    options = given.options
    return client.attach(
        call, number, options.get("t", ""), int(options.get("n", 0)) if "t" in options else 0
    )
