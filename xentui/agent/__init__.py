"""The agent: all file work on a host, in this process for a local one, in a far Python for one over SSH.

It runs on the host's own Python (3.9 or later) with the standard library alone, and imports nothing of xentui
but itself.
"""

from __future__ import annotations

from xentui.agent.errors import CODES, AgentError
from xentui.agent.operations import dispatch
from xentui.agent.remote import BOOTSTRAP, digest, opening, packed, program
from xentui.agent.wire import decode, encode, request

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
