"""Sending the agent to a host that has nothing but Python: its own source, packed, over standard input."""

from __future__ import annotations

import os
import re
import zlib
from typing import Dict, List

#: What the far Python runs (``python3 -I -X utf8 -u -c BOOTSTRAP``): read a length, so many bytes, run them.
BOOTSTRAP = (
    "import sys,zlib;i=sys.stdin.buffer;"
    "exec(compile(zlib.decompress(i.read(int(i.readline(16)))),'xentui','exec'))"
)

#: What a far agent runs, and the process of a job: they come with all that they import.
AGENT, JOB = ("serving", "catalogue"), ("job_process",)

_IMPORT = re.compile(r"^from xentui\.agent(?:\.(\w+) import| import (\([^)]*\)|[^\n]*))", re.M)
_WORD, _COMMENT = re.compile(r"\w+"), re.compile(r"#.*")

#: Has the modules imported from their sources as any other: each when the first asks for it.
_INSTALL = """
import sys
from importlib.machinery import ModuleSpec
class Sources:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in SOURCES:
            return ModuleSpec(name, Sources, is_package=name in ("xentui", "xentui.agent"))
    @staticmethod
    def create_module(spec):
        return None
    @staticmethod
    def exec_module(module):
        name = module.__name__
        exec(compile(SOURCES[name], name, "exec"), module.__dict__)
sys.meta_path.insert(0, Sources)
"""


def modules(*names: str) -> Dict[str, str]:
    """The sources of modules of the agent and of all they import, by their names, sorted."""
    found: Dict[str, str] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _source(name)
            wanted += _imported(found[name])
    return {name: found[name] for name in sorted(found)}


def _source(name: str) -> str:
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, f"{name}.py"), encoding="utf-8") as file:
        return file.read()


def _imported(source: str) -> List[str]:
    """The modules of the agent that one imports as it begins; what only mypy reads is indented."""
    found: List[str] = []
    for module, several in _IMPORT.findall(source):
        found += _WORD.findall(_COMMENT.sub("", several)) if several else [module]
    return found


def bundle(*names: str) -> bytes:
    """Modules of the agent and what they import, as one piece of source that has an empty process import them."""
    sources = {"xentui": "", "xentui.agent": ""}
    sources.update({f"xentui.agent.{name}": source for name, source in modules(*names).items()})
    return f"SOURCES = {sources!r}\n{_INSTALL}".encode()


def payload(root: str, greeting: str = "") -> bytes:
    """What to write to a process running :data:`BOOTSTRAP`: the bundle, and the root of the store to serve.

    The agent says the ``greeting`` as a line of its own before anything else: what comes before it is of the login
    shell.  After it come requests, as :mod:`xentui.agent.wire` spells them.
    """
    start = (
        "from xentui.agent.serving import serve\n"
        f"serve(sys.stdin.buffer, sys.stdout.buffer, {root!r}, {greeting!r})\n"
    )
    return _packed(bundle(*AGENT) + start.encode())


def job_program() -> bytes:
    """What the process of a job is given to run (:mod:`xentui.agent.jobs`)."""
    return _packed(bundle(*JOB) + b"from xentui.agent.job_process import main\nmain(sys.argv[1:])\n")


def _packed(source: bytes) -> bytes:
    packed = zlib.compress(source, 9)
    return b"%d\n" % len(packed) + packed
