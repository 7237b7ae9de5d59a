"""Looking at and writing single files on the host: configurations, images, logs."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Dict, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_folder
from xentui.agent.protocol.arguments import BYTES, COUNT, FLAG, PATH, PATHS, STRING, optional
from xentui.agent.protocol.operations import host_operation

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import FolderItem, FolderList, PathFacts

READ_LIMIT = 32 << 20
_SCAN_LIMIT = 200_000


@host_operation("read_file", path=PATH, limit=optional(COUNT))
def read_file(*, path: str, limit: int = READ_LIMIT) -> bytes:
    """Return all of a regular file; code ``large`` past ``limit`` bytes (32 MiB at most)."""
    return fsio.read_bounded(path, min(limit, READ_LIMIT))


@host_operation("read_head", path=PATH, limit=optional(COUNT))
def read_head(*, path: str, limit: int = 4096) -> bytes:
    """Return the first ``limit`` bytes of a regular file."""
    fd, _status = fsio.open_regular(path)
    try:
        return os.pread(fd, max(0, min(limit, READ_LIMIT)), 0)
    finally:
        os.close(fd)


@host_operation("read_tail", path=PATH, limit=optional(COUNT))
def read_tail(*, path: str, limit: int = 64 << 10) -> bytes:
    """Return the last ``limit`` bytes of a regular file."""
    fd, status = fsio.open_regular(path)
    try:
        size = max(0, min(limit, READ_LIMIT))
        start = max(0, status.st_size - size)
        return os.pread(fd, size, start)
    finally:
        os.close(fd)


@host_operation("stat", paths=PATHS)
def stat_paths(*, paths: List[str]) -> Dict[str, PathFacts]:
    """Return what each path is: ``kind`` (file, block, dir, other, missing), and for what is there ``size`` and
    ``allocated`` in bytes (None where unknown), ``mtime`` in seconds since 1970, ``readable``, ``writable``,
    and ``identity``, the same for every path that leads there: ``DEV:INODE``, or ``block MAJOR:MINOR``.

    Symbolic links are followed.  A path that may not be looked at is ``missing`` with ``error`` saying why.
    """
    return {path: _stat(path) for path in paths}


def _stat(path: str) -> PathFacts:
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        return {"kind": "missing", "error": getattr(error, "strerror", None) or str(error)}
    kind = _kind(status.st_mode)
    size: Optional[int] = status.st_size
    allocated: Optional[int] = status.st_blocks * 512
    if kind == "block":
        size = allocated = _device_size(path)
    return {
        "kind": kind,
        "size": size,
        "allocated": allocated,
        "mtime": status.st_mtime,
        "readable": os.access(path, os.R_OK),
        "writable": os.access(path, os.W_OK),
        "identity": _identity(status),
    }


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISBLK(mode):
        return "block"
    return "dir" if stat.S_ISDIR(mode) else "other"


def _identity(status: os.stat_result) -> str:
    """Return what tells a file from others: of a device node its number, whatever file system it lies on."""
    if stat.S_ISBLK(status.st_mode):
        return f"block {os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return f"{status.st_dev}:{status.st_ino}"


def _device_size(path: str) -> Optional[int]:
    with contextlib.suppress(OSError, AgentError):
        fd = fsio.open_kind(path, stat.S_ISBLK, "block device")[0]
        try:
            return os.lseek(fd, 0, os.SEEK_END)
        finally:
            os.close(fd)
    return None


@host_operation("list_dir", path=PATH, limit=optional(COUNT))
def list_dir(*, path: str, limit: int = 1000) -> FolderList:
    """Return the first ``limit`` entries of a folder by name, and whether some were left out (``truncated``).

    Each has ``name``, ``kind`` (as :func:`stat_paths` says), ``size`` and ``mtime``.
    """
    found = []
    truncated = False
    with os.scandir(path) as scan:
        for count, item in enumerate(scan):
            if count >= _SCAN_LIMIT:
                truncated = True
                break
            found.append(item)
    found.sort(key=lambda item: item.name)
    entries: List[FolderItem] = []
    for item in found[: max(0, limit)]:
        try:
            status = item.stat()
        except OSError:
            entries.append({"name": item.name, "kind": "missing", "size": 0, "mtime": 0.0})
            continue
        entries.append({
            "name": item.name,
            "kind": _kind(status.st_mode),
            "size": status.st_size,
            "mtime": status.st_mtime,
        })  # fmt: skip
    return {"entries": entries, "truncated": truncated or len(found) > limit}


@host_operation("complete", prefix=STRING, limit=optional(COUNT))
def complete(*, prefix: str, limit: int = 200) -> List[str]:
    """Return the paths that begin with ``prefix``, sorted, folders with a final slash.

    Hidden files are offered only when the prefix names the dot.
    """
    folder, start = os.path.split(prefix)
    found = []
    try:
        with os.scandir(folder or ".") as scan:
            for count, item in enumerate(scan):
                if count >= _SCAN_LIMIT:
                    break
                if item.name.startswith(start) and (start or not item.name.startswith(".")):
                    found.append(item)
    except OSError:
        return []
    found.sort(key=lambda item: item.name)
    paths = []
    for item in found[: max(0, limit)]:
        is_folder = False
        with contextlib.suppress(OSError):
            is_folder = item.is_dir()
        paths.append(os.path.join(folder, item.name) + ("/" if is_folder else ""))
    return paths


@host_operation("write_file", path=PATH, data=BYTES, exclusive=optional(FLAG))
def write_file(*, path: str, data: bytes, exclusive: bool = True) -> None:
    """Write a file whole or not at all, flushed; with ``exclusive`` an existing one is code ``exists``.

    A file that is replaced keeps its mode and owner.  Code ``untrusted`` where somebody but root and the acting user
    could exchange it, or owns it (:mod:`xentui.agent.files.safe_folder`).
    """
    folder, name = safe_folder.open_parent(path, follow=not exclusive)
    with folder:
        folder.write(name, data, exclusive=exclusive)
