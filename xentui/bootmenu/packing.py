"""The program as a host runs it: its modules, which the host's own Python takes from standard input, or from a file
that was sent there once.
"""

from __future__ import annotations

import hashlib
import marshal
import zlib
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from xentui.bootmenu import NAME

_DISK = ("__init__", "children", "disk_view", "partitions", "readers", "tuples")
"""What it shares with domUloader."""
LIMIT, NOT_KEPT = 4 << 20, 66
"""The most bytes the program may have where it is kept, and what it exits with where it is not (``EX_NOINPUT``)."""
_ANY_PYTHON = 2
"""The form of marshal that all of Python 3 reads: of bytes, texts, lists and dicts of them."""
_SENT = """
import gc, marshal, sys
from _frozen_importlib_external import MAGIC_NUMBER
gc.disable()
words = sys.argv[2:]
sent = marshal.loads(sys.stdin.buffer.read())
codes = sent["codes"] if sent["magic"] == MAGIC_NUMBER else {}
"""
_KEPT = f"""
import gc, hashlib, marshal, os, stat, sys
gc.disable()
path, sha256, *words = sys.argv[2:]
data = b""
try:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
            data = file.read({LIMIT})
except OSError:
    pass
if data[:32] != hashlib.sha256((sha256 + sys.version).encode() + data[32:]).digest():
    os._exit({NOT_KEPT})
sent = marshal.loads(data[32:])
codes = sent["codes"]
"""
_RUN = """
from _frozen_importlib import ModuleSpec
texts = {}
def text(name):
    if not texts:
        import zlib
        texts.update(marshal.loads(zlib.decompress(sent["texts"])))
    return texts[name]
class Sent:
    def find_spec(self, name, path=None, target=None):
        if name in sent["names"]:
            return ModuleSpec(name, self, is_package=name.count(".") < 2)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        name = module.__name__
        code = marshal.loads(codes[name]) if name in codes else compile(text(name), "<%s>" % name, "exec")
        exec(code, module.__dict__)
sys.meta_path.insert(0, Sent())
from xentui.bootmenu.program import main
gc.enable()
try:
    main(words)
except SystemExit as end:
    # Taking this Python apart would cost a twentieth of all.
    import os
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(end.code or 0)
"""


def argv(*words: str) -> list[str]:
    """Return the command that runs it, with these arguments; :func:`sources` is its standard input.

    It is begun without the host's site-packages, which take longer to be looked at than a menu.
    """
    return ["python3", "-S", "-I", "-c", _SENT + _RUN, NAME, *words]


def kept_argv(path: str, *words: str) -> list[str]:
    """Return the command that runs it from a file of the host, where :func:`xentui.agent.source_cache.keep_program`
    keeps it.

    It exits with :data:`NOT_KEPT`, and says nothing, where that is not this program as the host's Python compiles it,
    or another user could have written it.
    """
    return ["python3", "-S", "-I", "-c", _KEPT + _RUN, NAME, path, digest(), *words]


@cache
def digest() -> str:
    """Return the digest of :func:`sources`, by which the program is known on a host."""
    return hashlib.sha256(sources()).hexdigest()


@cache
def sources(*, compiled: bool = False) -> bytes:
    """Return all its modules, compressed; ``compiled`` adds what this Python makes of them, for the same on the other
    side.

    That is four times as much to send, and saves half of the processor's time where it is near.  It reads files the
    first time: nothing for an event loop.
    """
    files = _files()
    texts = {"xentui": "", **{name: path.read_text(encoding="utf-8") for name, path in files.items()}}
    codes = {}
    if compiled:
        # As this Python keeps them once it has imported them: compiling them anew takes ten times as long.
        codes = {
            name: marshal.dumps(SourceFileLoader(name, str(path)).get_code(name))
            for name, path in files.items()
        }
    sent = {
        "names": sorted(texts),
        "texts": zlib.compress(marshal.dumps(texts, _ANY_PYTHON), 9),
        "magic": MAGIC_NUMBER if compiled else b"",
        "codes": codes,
    }
    return marshal.dumps(sent, _ANY_PYTHON)


def _files() -> dict[str, Path]:
    """Return its modules, by their names."""
    here = Path(__file__).parent
    names = sorted(path.stem for path in here.glob("*.py") if path.stem != "packing")
    files = {f"xentui.bootmenu.{name}": here / f"{name}.py" for name in names}
    files.update({f"xentui.domuloader.{name}": here.parent / "domuloader" / f"{name}.py" for name in _DISK})
    return {name.removesuffix(".__init__"): path for name, path in files.items()}
