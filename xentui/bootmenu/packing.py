"""The program as it is sent to a host: its modules, for the host's own Python to take from standard input."""

from __future__ import annotations

import marshal
import zlib
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from xentui.bootmenu import NAME

_DISK = ("__init__", "children", "partitions", "readers", "tuples", "views")
"""What it shares with domUloader."""
_ANY_PYTHON = 2
"""The form of marshal that all of Python 3 reads: of bytes, texts, lists and dicts of them."""
_BEGIN = """
import gc, marshal, sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER
gc.disable()
sent = marshal.loads(sys.stdin.buffer.read())
codes, texts = (sent["codes"] if sent["magic"] == MAGIC_NUMBER else {}), {}
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
    main(sys.argv[2:])
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
    return ["python3", "-S", "-I", "-c", _BEGIN, NAME, *words]


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
