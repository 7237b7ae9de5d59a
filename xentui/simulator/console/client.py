"""xenconsole's part: the user's terminal joined to a guest's console."""

from __future__ import annotations

from xentui.simulator.call import Call


def attach(call: Call, domid: int) -> int:  # noqa: ARG001
    """Join standard input and output to a domain's console until Ctrl-] or the domain's end."""
    raise call.fail("Unable to attach console")
