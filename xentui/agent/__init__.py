"""The agent: all file work on a host, in this process for a local one, in a far Python for one over SSH.

It runs on the host's own Python (3.9 or later) with the standard library alone, and imports nothing of xentui
but itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xentui.agent.errors import CODES, AgentError

if TYPE_CHECKING:
    from xentui.agent.operations import dispatch
    from xentui.agent.remote import BOOTSTRAP, digest, opening, packed, program
    from xentui.agent.wire import decode, encode, request
else:
    # Most who need a part of the agent need none of these, which load a fifth of what a simulated command does.
    _LATER = {
        "dispatch": "operations",
        "BOOTSTRAP": "remote",
        "digest": "remote",
        "opening": "remote",
        "packed": "remote",
        "program": "remote",
        "decode": "wire",
        "encode": "wire",
        "request": "wire",
    }

    def __getattr__(name):
        if name not in _LATER:
            raise AttributeError(name)
        return getattr(import_module(f"xentui.agent.{_LATER[name]}"), name)


__all__ = [
    "BOOTSTRAP",
    "CODES",
    "AgentError",
    "decode",
    "digest",
    "dispatch",
    "encode",
    "opening",
    "packed",
    "program",
    "request",
]
