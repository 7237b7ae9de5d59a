"""The agent's own source, kept in the store of a host: it is sent there once.

It is run only by its digest, which the caller tells (:mod:`xentui.agent.remote`): what is damaged is sent again.
Beside it is kept what the host's Python has compiled of it, and of the program that reads disks.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import re
import stat
import sys
import zlib
from typing import Any, Callable, Dict, List, Tuple

from xentui.agent import remote
from xentui.agent.errors import AgentError
from xentui.agent.files import safe_folder
from xentui.agent.protocol.arguments import BYTES, STRING
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

#: So many versions are kept: who works from several machines has not the same one on each.
KEPT = 4
_NAME = re.compile(r"[0-9a-f]{64}\Z")


def keep(root: str, sha256: str, source: bytes) -> None:
    """Keep a source for the next connection, where there is a store that can be written; forget the oldest ones."""
    if len(source) < remote.LIMIT:
        _keep(root, sha256, sha256, lambda: source)


def keep_compiled(root: str, sha256: str, whole: bytes, before: int) -> None:
    """Keep what this process has compiled of its own source, where it has compiled anything.

    Arguments: ``whole`` is what the source as one piece is compiled to, ``before`` how many of its modules were
    compiled when it began.
    """
    codes: remote.Codes = getattr(remote, "CODES", {})

    def packed() -> bytes:
        found: Dict[str, bytes] = {"": whole}
        for name, code in codes.items():
            found[name] = code if isinstance(code, bytes) else marshal.dumps(code)
        return _sealed(sha256, found)

    if len(codes) > before:
        _keep(root, sha256, sha256 + remote.COMPILED, packed)


@store_operation("keep_program", of=STRING, data=BYTES)
def keep_program(root: str, *, of: str, data: bytes) -> bool:
    """Keep the program that reads disks, compiled, beside the agent whose source has the digest ``of``.

    Arguments: ``data`` is what :func:`xentui.bootmenu.packing.sources` returns.  Returns whether something is kept at
    :func:`xentui.agent.remote.reader_path` now.  Raises AgentError for what is no such program.
    """
    try:
        sent = marshal.loads(data)  # noqa: S302 - of who may run anything here
        texts = marshal.loads(zlib.decompress(sent["texts"]))  # noqa: S302
        codes = {name: marshal.dumps(compile(text, "<%s>" % name, "exec")) for name, text in texts.items()}
        program = {"names": sent["names"], "texts": sent["texts"], "codes": codes}
    except (EOFError, ValueError, TypeError, KeyError, SyntaxError, zlib.error) as error:
        raise AgentError("invalid", "is no program: %s" % error) from None
    _keep(root, of, of + remote.READER, lambda: _sealed(hashlib.sha256(data).hexdigest(), program))
    return os.path.exists(remote.reader_path(root, of))


def _sealed(sha256: str, compiled: Dict[str, Any]) -> bytes:
    """Return what this Python has compiled of a source with that digest, behind a digest that shows damage."""
    data = marshal.dumps(compiled)
    return hashlib.sha256((sha256 + sys.version).encode() + data).digest() + data


def _keep(root: str, sha256: str, name: str, data: Callable[[], bytes]) -> None:
    """Keep what belongs to a source under a name."""
    if not _NAME.match(sha256):
        return
    # Whatever is wrong with the store is for those to say who ask for something of it.
    with contextlib.suppress(OSError, AgentError):
        if layout.usable(root):
            with safe_folder.private_folder(os.path.join(root, remote.FOLDER)) as folder:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder.fd)  # whosever it is: the folder is ours alone
                folder.write(name, data(), exclusive=True)
                _sweep(folder, sha256)


def _sweep(folder: safe_folder.Folder, newest: str) -> None:
    """Remove the oldest sources, but never the ``newest``, whatever the clock was when the others came."""
    found: List[Tuple[int, str]] = []
    names = set(folder.names())
    for name in names:
        status = folder.look(name) if _NAME.match(name) and name != newest else None
        if status is not None and stat.S_ISREG(status.st_mode):
            found.append((status.st_mtime_ns, name))
    for _when, name in sorted(found, reverse=True)[KEPT - 1 :]:
        folder.remove(name)
        names.discard(name)
    for name in names:
        source, dot, rest = name.partition(".")
        if dot + rest in (remote.COMPILED, remote.READER) and source not in names:
            folder.remove(name)
