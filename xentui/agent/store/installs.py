"""The install of a domain, as it is kept beside the configuration until it has come to its end.

::

    install.cfg    what is booted to install it; nobody's but this install's
    install.json   its job, since when, the disks that were made for it, how it stands and why

It outlives its job, and a loss of power: an install that was broken off can be taken up again, or thrown away with the
disks that were made for it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_folder
from xentui.agent.protocol.arguments import TEXT_LIMIT, UUID
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import entry_log, layout
from xentui.agent.store.install_record import ANSWERS, INSTALLED, RECORD, TEXT, UNDER_WAY, read

if TYPE_CHECKING:
    from xentui.agent.protocol.job_answers import InstallAnswer, InstallTextAnswer

_WHY_LIMIT = 300


def begin(root: str, uuid: str, text: Optional[str], *, job: str, disks: List[str]) -> None:
    """An install is about to be begun, or taken up again where ``text`` is None; the caller holds the store.

    Code ``missing`` where there is none to take up.
    """
    folder = layout.entry(root, uuid)
    path = os.path.join(folder, TEXT)
    if text is not None:
        _replace(root, path, text.encode("utf-8"))
    elif not os.path.isfile(path):
        raise AgentError("missing", "it has no install that can be continued", folder)
    _write(root, folder, {"job": job, "time": entry_log.now(), "disks": disks, "state": UNDER_WAY, "why": ""})


def put_back(root: str, uuid: str, before: Optional[InstallAnswer]) -> None:
    """What was begun came to nothing: keep what there was of an earlier install; the caller holds the store."""
    folder = layout.entry(root, uuid)
    if before is None:
        drop(folder)
    else:
        _write(root, folder, {**before})


def leave(root: str, uuid: str, *, job: str, state: str, why: str) -> None:
    """Keep an install that goes on no further: how it stands, and why, in half a sentence."""
    with layout.writing(root):
        folder = layout.entry(root, uuid)
        found = read(folder)
        if found is not None and found["job"] == job:
            _write(root, folder, {**found, "state": state, "why": why[:_WHY_LIMIT]})


def forget(root: str, uuid: str, *, job: str) -> None:
    """An install has come to its end, or to nothing: nothing of it is kept."""
    with layout.writing(root):
        folder = layout.entry(root, uuid)
        found = read(folder)
        if found is not None and found["job"] == job:
            drop(folder)


def booted(folder: str) -> None:
    """The stored configuration runs: of an install that is done nothing more is to be told.  The caller holds the
    store.
    """
    found = read(folder)
    if found is not None and found["state"] == INSTALLED:
        _answers_gone(found)
        drop(folder)


def drop_answers(root: str, uuid: str) -> None:
    """What is stored runs: take the answers away that were made for its installer."""
    found = read(layout.entry(root, uuid))
    if found is not None:
        _answers_gone(found)


def _answers_gone(found: InstallAnswer) -> None:
    """Take away what answered an installer, where that is a plain file still which nobody else reads."""
    for path in found["disks"]:
        if not path.endswith(ANSWERS):
            continue
        with contextlib.suppress(AgentError, OSError):  # it is installed all the same
            folder, name = safe_folder.open_parent(path, follow=False)
            with folder:
                status = folder.look(name)
                if status is not None and stat.S_ISREG(status.st_mode) and not status.st_mode & 0o077:
                    folder.remove(name)
                    folder.sync()


def drop(folder: str) -> None:
    """Forget the install of an entry; the caller holds the store."""
    # The record first: a text without one is nobody's.
    fsio.discard(os.path.join(folder, RECORD))
    fsio.discard(os.path.join(folder, TEXT))
    fsio.try_sync_folder(folder)


@store_operation("read_install", uuid=UUID)
def read_install(root: str, *, uuid: str) -> InstallTextAnswer:
    """Return what is booted to install a domain; code ``missing`` where it has no recorded install."""
    folder = layout.entry(root, uuid)
    found = read(folder)
    path = os.path.join(folder, TEXT)
    if found is None or not os.path.isfile(path):
        raise AgentError("missing", "it has no recorded install", folder)
    try:
        text = fsio.read_bounded(path, TEXT_LIMIT).decode("utf-8")
    except UnicodeDecodeError:
        raise AgentError("damaged", "is not UTF-8 text", path) from None
    return {"text": text, "install": found}


def _write(root: str, folder: str, record: Dict[str, Any]) -> None:
    _replace(root, os.path.join(folder, RECORD), entry_log.line(record))


def _replace(root: str, path: str, data: bytes) -> None:
    staged = layout.staging(root, "install")
    fsio.write_new(staged, data)
    os.rename(staged, path)
    fsio.try_sync_folder(os.path.dirname(path))
