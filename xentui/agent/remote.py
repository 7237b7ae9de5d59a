"""Sending the agent to a host that has nothing but Python: its own source, packed, over standard input."""

from __future__ import annotations

import os
import zlib
from typing import Sequence

#: What the far Python runs (``python3 -I -X utf8 -u -c BOOTSTRAP``): read a length, so many bytes, run them.
BOOTSTRAP = (
    "import sys,zlib;i=sys.stdin.buffer;"
    "exec(compile(zlib.decompress(i.read(int(i.readline(16)))),'xentui','exec'))"
)

#: The modules that all need, each after those it imports.
_GROUND = (
    "errors",
    "fsio",
    "guarded",
    "layout",
    "records",
    "entry",
    "names",
    "autostart",
    "audit",
    "holders",
    "images",
    "xendomains",
)

#: Those of the agent, in that order.
_MODULES = (
    *_GROUND,
    "sources",
    "changes",
    "trash",
    "memory",
    "image_place",
    "jobs",
    "listing",
    "reading",
    "files",
    "image_heads",
    "disks",
    "scratch",
    "programs",
    "surroundings",
    "operations",
    "wire",
    "serving",
)

#: Those the process of a job needs, sent with the job.
_JOB_MODULES = (
    *_GROUND,
    "memory",
    "image_place",
    "jobs",
    "waking",
    "working",
    "saving",
)

_INSTALL = """
import sys, types
for name in ("xentui", "xentui.agent"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
sys.modules["xentui"].agent = sys.modules["xentui.agent"]
for name, source in SOURCES:
    module = types.ModuleType("xentui.agent." + name)
    sys.modules[module.__name__] = module
    setattr(sys.modules["xentui.agent"], name, module)
    exec(compile(source, module.__name__, "exec"), module.__dict__)
"""


def bundle(modules: Sequence[str] = _MODULES) -> bytes:
    """Modules of the agent as one piece of Python source that installs them in an empty process."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sources = []
    for name in modules:
        with open(os.path.join(folder, f"{name}.py"), encoding="utf-8") as file:
            sources.append((name, file.read()))
    return f"SOURCES = {sources!r}\n{_INSTALL}".encode()


def payload(root: str, greeting: str = "") -> bytes:
    """What to write to a process running :data:`BOOTSTRAP`: the bundle, and the root of the store to serve.

    The agent says the ``greeting`` as a line of its own before anything else: what comes before it is of the login
    shell.  After it come requests, as :mod:`xentui.agent.wire` spells them.
    """
    start = (
        "sys.modules['xentui.agent.serving']"
        f".serve(sys.stdin.buffer, sys.stdout.buffer, {root!r}, {greeting!r})\n"
    )
    return _packed(bundle() + start.encode())


def job_program() -> bytes:
    """What the process of a job is given to run (:mod:`xentui.agent.jobs`)."""
    return _packed(bundle(_JOB_MODULES) + b"sys.modules['xentui.agent.working'].main(sys.argv[1:])\n")


def _packed(source: bytes) -> bytes:
    packed = zlib.compress(source, 9)
    return b"%d\n" % len(packed) + packed
