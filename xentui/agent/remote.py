"""The agent on a host that has nothing but Python: its own source, kept there once it was sent.

The far Python is told the digest of the source, and where it may lie (``root/agent``).  A file that only its own user
may have written and that has that digest is run; any other is not, and the source asked for on the same connection.
So a caller that finds it there says no more than its first request, and waits for nothing but the answer to that.

Beside it lies what was compiled of it, a digest before it: to compile the source takes most of the time in which an
agent begins.  Nobody knows that digest elsewhere, it only shows damage: who may have written the file is looked at.
"""

from __future__ import annotations

import binascii
import functools
import hashlib
import json
import marshal
import os
import re
import sys
import zlib
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Callable, Dict, List, Optional, Tuple, Union, cast

from xentui.agent.protocol import wire

#: Where the source is kept, below the root of the store; the largest there may be, in bytes.
FOLDER, LIMIT = "agent", 4 << 20
#: What is behind the source's name where the same Python has compiled it.
COMPILED = ".compiled"
#: What is behind the source's name where it is the program that reads disks
#: (:func:`xentui.agent.source_cache.keep_program`).
READER = ".reader"

#: What modules are compiled to, by their names: bytes where none of this process has asked for the module yet.
Codes = Dict[str, Union[CodeType, bytes]]

#: What the far Python does.  No exclamation mark and no apostrophe: the login shell there may be any.
_START = f"""
import binascii, hashlib, io, json, marshal, os, stat, sys, zlib
def kept(path):
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
                return file.read({LIMIT})
    except OSError:
        pass
    return b""
from_us, to_us = sys.stdin.buffer, sys.stdout.buffer
begun = io.BytesIO(binascii.a2b_base64(sys.argv[1])) if sys.argv[1:] else from_us
told = json.loads(begun.readline({1 << 16}))
first = begun.readline({wire.LINE_LIMIT})
source = kept(told["path"])
told["sent"] = not hashlib.sha256(source).hexdigest() == told["sha256"]
if told["sent"]:
    to_us.write(b"\\n" + told["wanted"].encode() + b"\\n")
    to_us.flush()
    source = zlib.decompress(from_us.read(int(from_us.readline(16))))
compiled, of = kept(told["path"] + "{COMPILED}"), (told["sha256"] + sys.version).encode()
sound = compiled[:32] == hashlib.sha256(of + compiled[32:]).digest()
codes = marshal.loads(compiled[32:]) if sound else {{"": marshal.dumps(compile(source, "xentui", "exec"))}}
told["whole"] = codes.pop("")
exec(marshal.loads(told["whole"]))
CODES.update(codes)
told["compiled"] = len(CODES)
from xentui.agent.server import main
main(told, first, source)
"""

#: What to start it as: ``python3 -I -X utf8 -u -c BOOTSTRAP``.  One line, for the same shells.
BOOTSTRAP = f"exec({json.dumps(_START)})"

#: What the process of a job is started as: it reads a length, so many bytes, and runs them.
JOB_BOOTSTRAP = (
    "import sys,zlib;i=sys.stdin.buffer;"
    "exec(compile(zlib.decompress(i.read(int(i.readline(16)))),'xentui','exec'))"
)

#: What a far agent runs, and the process of a job with the programs that it has others run: they come with all that
#: they import.
AGENT = ("server", "catalogue", "console.host_end")
JOB = (
    "job_process",
    "systems.system_tree",
    "netboot.tree_program",
    "migration.store_receiver",
    "migration.disk_receiver",
    "drain.remote_moves",
    "drain.target_check",
)

_IMPORT = re.compile(r"^from xentui\.agent((?:\.\w+)*) import (\([^)]*\)|[^\n]*)", re.M)
#: A name that is imported, with the one that it is given there where that is another; a comment.
_NAME, _COMMENT = re.compile(r"(\w+)(?: as \w+)?"), re.compile(r"#.*")

#: Has the modules imported from their sources as any other: each when the first asks for it, compiled once.  What has
#: an empty source is a package.
_INSTALL = """
import marshal, sys
from importlib.machinery import ModuleSpec
CODES = {}
class Sources:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in SOURCES:
            return ModuleSpec(name, Sources, is_package=not SOURCES[name])
    @staticmethod
    def create_module(spec):
        return None
    @staticmethod
    def exec_module(module):
        name = module.__name__
        module.SOURCES, module.CODES = SOURCES, CODES
        code = CODES.get(name) or compile(SOURCES[name], name, "exec")
        CODES[name] = code = marshal.loads(code) if isinstance(code, bytes) else code
        exec(code, module.__dict__)
sys.meta_path.insert(0, Sources)
"""

#: Takes what this process has compiled: to do it anew takes longer than all that a job does besides.  Another Python,
#: which was put in the place of this one meanwhile, knows nothing of it and compiles the sources.
_COMPILED = """
compiled = i.read(int(i.readline(16)))
if sys.version == {version!r}:
    CODES.update(marshal.loads(compiled))
"""


def modules(*names: str, read: Optional[Callable[[str], str]] = None) -> Dict[str, str]:
    """Return the sources of modules of the agent and of all they import, by their names, sorted; ``read`` gives one."""
    found: Dict[str, str] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = (read or _source)(name)
            wanted += _imported(found[name])
    return {name: found[name] for name in sorted(found)}


def _source(name: str) -> str:
    # Where the agent itself was sent there are no files.
    sent: Dict[str, str] = getattr(sys.modules[__name__], "SOURCES", {})
    if sent:
        return sent[f"xentui.agent.{name}"]
    with open(_path(name), encoding="utf-8") as file:
        return file.read()


def _path(name: str) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name.replace('.', os.sep)}.py")


def _code(name: str, source: str) -> Union[CodeType, bytes]:
    """Return what the source of a module is compiled to, or the bytes of that: kept beside its file where there is one,
    else once a process.
    """
    module = f"xentui.agent.{name}"
    sent: Optional[Codes] = getattr(sys.modules[__name__], "CODES", None)
    if sent is None:
        with open(_path(name), encoding="utf-8") as file:
            if file.read() == source:
                return cast("CodeType", SourceFileLoader(module, _path(name)).get_code(module))
        return compile(source, module, "exec")  # the file is another by now
    if module not in sent:
        sent[module] = compile(source, module, "exec")
    return sent[module]


def _imported(source: str) -> List[str]:
    """Return the modules of the agent that one imports as it begins; what only mypy reads is indented."""
    found: List[str] = []
    for place, names in _IMPORT.findall(source):
        below = place[1:]
        if below and not _is_package(below):
            found.append(below)
        else:
            several = _NAME.findall(_COMMENT.sub("", names))
            found += [f"{below}.{name}" if below else name for name in several]
    return found


def _is_package(name: str) -> bool:
    sent: Dict[str, str] = getattr(sys.modules[__name__], "SOURCES", {})
    return not sent.get(f"xentui.agent.{name}", name) if sent else os.path.isdir(_path(name)[: -len(".py")])


def bundle(*names: str) -> bytes:
    """Modules of the agent and what they import, as one piece of source that has an empty process import them."""
    return _bundled(modules(*names))


def _bundled(found: Dict[str, str]) -> bytes:
    sources = {"xentui": "", "xentui.agent": ""}
    sources.update({f"xentui.agent.{name.partition('.')[0]}": "" for name in found if "." in name})
    sources.update({f"xentui.agent.{name}": source for name, source in found.items()})
    return f"SOURCES = {sources!r}\n{_INSTALL}".encode()


def main_of(name: str, *more: str) -> bytes:
    """Return what runs ``main`` of a module: that and ``more`` of them, with what they import."""
    return bundle(name, *more) + f"from xentui.agent.{name} import main\nmain()\n".encode()


def program() -> bytes:
    """Return the source of a far agent, with what it needs to begin jobs."""
    return bundle(*AGENT, *JOB)


def digest(source: bytes) -> str:
    """By what a source is known on a host, and called there."""
    return hashlib.sha256(source).hexdigest()


def opening(
    root: str, sha256: str, *, greeting: str = "", wanted: str = "", keep: bool = False, console: bool = False
) -> bytes:
    """Return the line to write to a process running :data:`BOOTSTRAP`, before the first request
    (:mod:`xentui.agent.protocol.wire`); or to start it with, see :func:`argument`.

    Arguments: ``root`` is that of the store to serve, ``sha256`` the digest of the source that is to be run.
    Without that the far side says ``wanted`` on a line of its own, and waits for :func:`packed` behind the request;
    ``keep`` has it kept there.  The agent says ``greeting``, on such a line too, before any answer: what comes before
    that is of the login shell.  With ``console`` it serves one (:mod:`xentui.agent.console.host_end`), not requests.
    """
    path = os.path.join(root, FOLDER, sha256)
    told = {
        "root": root,
        "path": path,
        "sha256": sha256,
        "greeting": greeting,
        "wanted": wanted,
        "keep": keep,
        "console": console,
    }
    return wire.line(told)


def reader_path(root: str, sha256: str) -> str:
    """Return where the program that reads disks is kept, beside the source with that digest."""
    return os.path.join(root, FOLDER, sha256 + READER)


def argument(opened: bytes, request: bytes) -> str:
    """Return an opening and the first request as a word behind :data:`BOOTSTRAP`, which reads neither then.

    It saves a turn of the line, since sshd takes no input before the command runs; all users of the host may read it.
    No login shell reads anything into the characters of base64.
    """
    return binascii.b2a_base64(opened + request, newline=False).decode("ascii")


def packed(source: bytes, *, level: int = 9) -> bytes:
    """Return a source as it is sent: its length on a line, then so many bytes, made small with zlib's ``level``."""
    data = zlib.compress(source, level)
    return b"%d\n" % len(data) + data


@functools.lru_cache(maxsize=8)
def _parts(names: Tuple[str, ...], read: Callable[[str], str]) -> Tuple[bytes, bytes]:
    """Modules and what they import, as ``read`` gives their sources, as one piece, and what they are compiled to.

    Made once a process, which takes 20 ms: what it starts is of its own version, whatever lies in the files since.
    """
    sources = modules(*names, read=read)
    compiled = {f"xentui.agent.{name}": _code(name, source) for name, source in sources.items()}
    return _bundled(sources), marshal.dumps(compiled)


def for_child(names: Tuple[str, ...], entry: bytes) -> bytes:
    """Return what a child of this process is given that runs :data:`JOB_BOOTSTRAP` by the same Python.

    Arguments: ``names`` are the modules it needs, ``entry`` is what is run then; what it reads further follows.
    """
    bundled, compiled = _parts(names, _source)
    source = bundled + _COMPILED.format(version=sys.version).encode() + entry
    # No line lies between: to make it small would take longer than to send it.
    return packed(source, level=0) + b"%d\n" % len(compiled) + compiled


def job_program() -> bytes:
    """Return what the process of a job is given on its standard input, to be run (:mod:`xentui.agent.jobs.control`)."""
    return for_child(JOB, b"from xentui.agent.job_process import main\nmain(sys.argv[1:])\n")
