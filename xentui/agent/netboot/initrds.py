"""Initrds with something of one guest's own in them, made on the host: a kernel reads archives that follow each other.

What is added comes first and is not packed.  ``libxenguest`` up to Xen 4.19 unpacks what begins as gzip
(xg_dom_core.c, ``xc_dom_build_module``), takes its last four bytes for the size of that, and builds no guest where
these are another's; behind a plain archive it leaves all as it is.
"""

from __future__ import annotations

import os

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_folder
from xentui.agent.protocol.arguments import BYTES, PATH
from xentui.agent.protocol.operations import host_operation

#: Bytes an initrd may have.
LIMIT = 1 << 30
_CHUNK = 1 << 20


@host_operation("write_initrd", path=PATH, data=BYTES, source=PATH)
def write_initrd(*, path: str, data: bytes, source: str) -> None:
    """Write ``data`` and behind it the file ``source`` to a new file, its owner's only, whole or not at all.

    Code ``exists`` for a file that is there, ``missing`` and ``invalid`` for a source that is none.
    """
    try:
        fd, status = fsio.open_regular(source)
    except FileNotFoundError:
        raise AgentError("missing", "the initrd to be copied is not there", source) from None
    try:
        if not 0 < status.st_size <= LIMIT:
            raise AgentError("invalid", "is not an initrd: it is empty or too large", source)
        folder, name = safe_folder.open_parent(path, follow=False)
        with folder:
            folder.write_new(name, lambda to: _joined(to, data, fd, status.st_size, source))
    finally:
        os.close(fd)


def _joined(to: int, data: bytes, source: int, size: int, name: str) -> None:
    fsio.write_all(to, data)
    left = size
    while left:
        chunk = os.read(source, min(_CHUNK, left))
        if not chunk:
            raise AgentError("conflict", "was changed while it was copied", name)
        fsio.write_all(to, chunk)
        left -= len(chunk)
