"""What lies beside a stored configuration: memory images, the running mark, the one-off configuration.

A memory image is written by ``xl save`` to ``checkpoint.part`` and becomes ``checkpoint.chk`` only when
whole; for a resume it is renamed to ``checkpoint.resuming``, so that a crash never leaves one that would be
resumed twice: a guest resumed from an old image onto a disk that has moved on destroys its file systems.
"""

from __future__ import annotations

import os
import stat
from typing import Any, Dict, Optional

from xentui.agent import entry, fsio, layout, records
from xentui.agent.errors import AgentError

RECORD_LIMIT = 64 << 10


def mark_running(root: str, uuid: str, record: Optional[Dict[str, Any]]) -> None:
    """Note what was last booted under a uuid; None takes the mark away, and the one-off text with it."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        path = os.path.join(folder, entry.RUNNING)
        if record is None:
            fsio.discard(path)
            fsio.discard(os.path.join(folder, entry.ONEOFF))
            fsio.settle_folder(folder)
            return
        line = records.line({"time": records.now(), **record})
        if len(line) > RECORD_LIMIT:
            raise AgentError("large", "the record is too long", path)
        _replace(root, path, line)


def write_oneoff(root: str, uuid: str, text: str) -> str:
    """Keep the text of a one-off boot beside the stored one; returns its path."""
    with layout.writing(root):
        path = os.path.join(_folder(root, uuid), entry.ONEOFF)
        _replace(root, path, text.encode("utf-8"))
        return path


def checkpoint_begin(root: str, uuid: str) -> str:
    """Make an empty, owner-only file for ``xl save`` to write the memory image to; returns its path.

    Code ``busy`` where there is an image already.  What an earlier save left unfinished is dropped.
    """
    with layout.writing(root):
        folder = _folder(root, uuid)
        held = entry.marks(folder)
        if held["suspended"] or held["resuming"]:
            raise AgentError("busy", "the domain has a saved memory image already", folder)
        path = os.path.join(folder, entry.PART)
        fsio.discard(path)
        fsio.write_new(path, b"")
        fsio.settle_folder(folder)
        return path


def checkpoint_commit(root: str, uuid: str) -> str:
    """The memory image is whole: flush it and make it the one to resume from; returns its path."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        fsio.sync_file(_present(folder, entry.PART, "no save is under way"))
        return _move(folder, entry.PART, entry.CHECKPOINT)


def checkpoint_abort(root: str, uuid: str) -> None:
    """The save failed: drop the unfinished image, if any."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        fsio.discard(os.path.join(folder, entry.PART))
        fsio.settle_folder(folder)


def resume_begin(root: str, uuid: str) -> str:
    """Take the memory image for a resume; returns its path for ``xl restore``."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        _present(folder, entry.CHECKPOINT, "the domain has no saved memory image")
        return _move(folder, entry.CHECKPOINT, entry.RESUMING)


def resume_commit(root: str, uuid: str) -> None:
    """The domain runs again: its image is spent and removed."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        fsio.discard(os.path.join(folder, entry.RESUMING))
        fsio.settle_folder(folder)


def resume_abort(root: str, uuid: str) -> str:
    """The restore failed: the image is the one to resume from again; returns its path."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        _present(folder, entry.RESUMING, "no resume is under way")
        return _move(folder, entry.RESUMING, entry.CHECKPOINT)


def remove_file(root: str, path: str) -> None:
    """Remove a memory image of the store; any other file is code ``permission``."""
    folder, name = os.path.split(os.path.normpath(path))
    above, uuid = os.path.split(folder)
    inside = os.path.realpath(above) == os.path.realpath(layout.domains(root))
    if (
        not inside
        or not layout.UUID.match(uuid)
        or name not in (entry.CHECKPOINT, entry.PART, entry.RESUMING)
    ):
        raise AgentError("permission", "is not a memory image of the store", path)
    with layout.writing(root):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise AgentError("invalid", "is not a regular file", path)
        os.unlink(path)
        fsio.settle_folder(folder)


def _folder(root: str, uuid: str) -> str:
    folder = layout.entry(root, uuid)
    if not os.path.isdir(folder):
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", folder)
    return folder


def _present(folder: str, name: str, otherwise: str) -> str:
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        raise AgentError("missing", otherwise, path)
    return path


def _move(folder: str, name: str, to: str) -> str:
    path = os.path.join(folder, to)
    os.rename(os.path.join(folder, name), path)
    fsio.settle_folder(folder)
    return path


def _replace(root: str, path: str, data: bytes) -> None:
    staged = layout.staging(root, "mark")
    fsio.write_new(staged, data)
    os.rename(staged, path)
    fsio.settle_folder(os.path.dirname(path))
