"""The program as it is sent to a host: its modules, for the host's own Python to take from standard input."""

from __future__ import annotations

import json
import marshal
import zlib
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from xentui.bootmenu import NAME

_DISK = ("__init__", "children", "partitions", "readers", "views")
"""What it shares with domUloader."""
_BEGIN = """
import importlib.util, json, marshal, sys, zlib
head, _, rest = sys.stdin.buffer.read().partition(b"\\n")
sources = json.loads(zlib.decompress(rest[: int(head)]).decode())
magic, codes = importlib.util.MAGIC_NUMBER, {}
if rest[int(head) :].startswith(magic):
    codes = marshal.loads(zlib.decompress(rest[int(head) + len(magic) :]))
class Sent:
    def find_spec(self, name, path=None, target=None):
        if name in sources:
            return importlib.util.spec_from_loader(name, self, is_package=name.count(".") < 2)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        name = module.__name__
        code = codes.get(name) or compile(sources[name], "<%s>" % name, "exec")
        exec(code, module.__dict__)
sys.meta_path.insert(0, Sent())
from xentui.bootmenu.program import main
main(sys.argv[2:])
"""


def argv(*words: str) -> list[str]:
    """The command that runs it, with these arguments; :func:`sources` is its standard input.

    It is begun without the host's site-packages, which take longer to be looked at than a menu.
    """
    return ["python3", "-S", "-I", "-c", _BEGIN, NAME, *words]


@cache
def sources(*, compiled: bool = False) -> bytes:
    """All its modules, compressed; ``compiled`` adds what this Python makes of them, for the same on the other side.

    That is three times as much to send, and saves a fifth of the processor's time where it is near.  It reads files
    the first time: nothing for an event loop.
    """
    files = _files()
    written = {"xentui": "", **{name: path.read_text(encoding="utf-8") for name, path in files.items()}}
    packed = zlib.compress(json.dumps(written).encode(), 9)
    sent = b"%d\n%s" % (len(packed), packed)
    if compiled:
        # As this Python keeps them once it has imported them: compiling them anew takes ten times as long.
        codes = {name: SourceFileLoader(name, str(path)).get_code(name) for name, path in files.items()}
        sent += MAGIC_NUMBER + zlib.compress(marshal.dumps(codes), 1)
    return sent


def _files() -> dict[str, Path]:
    """Its modules, by their names."""
    here = Path(__file__).parent
    names = sorted(path.stem for path in here.glob("*.py") if path.stem != "packing")
    files = {f"xentui.bootmenu.{name}": here / f"{name}.py" for name in names}
    files.update({f"xentui.domuloader.{name}": here.parent / "domuloader" / f"{name}.py" for name in _DISK})
    return {name.removesuffix(".__init__"): path for name, path in files.items()}
