"""The agent: all file work on a host, in this process for a local one, in a far Python for one over SSH.

It runs on the host's own Python (3.9 or later) with the standard library alone, and imports nothing of xentui
but itself.  Each of its folders is a subject; they import downwards only::

    drain                                          hosts that are emptied
    migration, systems, netboot, storage, console  guests that leave, guests that are made, what a host has
    images                                         images of disks
    jobs                                           what goes on when nobody waits for it
    memory                                         memory images, and the marks of a run
    inventory, host                                the list of domains; the host itself
    store                                          entries, their records and names
    files                                          files of the host
    protocol                                       operations, their arguments and answers

Beside them are what runs as a process (``server``, ``job_process``), what has all operations imported
(``catalogue``), and how the source gets to a host (``remote``, ``source_cache``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xentui.agent.errors import CODES, AgentError

if TYPE_CHECKING:
    from xentui.agent.protocol.operations import dispatch
    from xentui.agent.protocol.wire import decode, encode, request
    from xentui.agent.remote import BOOTSTRAP, argument, digest, opening, packed, program, reader_path
else:
    # Most who need a part of the agent need none of these, which load a fifth of what a simulated command does.
    _LATER = {
        "dispatch": "protocol.operations",
        "BOOTSTRAP": "remote",
        "argument": "remote",
        "digest": "remote",
        "opening": "remote",
        "packed": "remote",
        "program": "remote",
        "reader_path": "remote",
        "decode": "protocol.wire",
        "encode": "protocol.wire",
        "request": "protocol.wire",
    }

    def __getattr__(name):
        if name not in _LATER:
            raise AttributeError(name)
        return getattr(import_module(f"xentui.agent.{_LATER[name]}"), name)


__all__ = [
    "BOOTSTRAP",
    "CODES",
    "AgentError",
    "argument",
    "decode",
    "digest",
    "dispatch",
    "encode",
    "opening",
    "packed",
    "program",
    "reader_path",
    "request",
]
