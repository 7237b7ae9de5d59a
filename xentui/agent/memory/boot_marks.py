"""What lies beside a stored configuration: memory images, the running mark, the one-off configuration.

A memory image is written by ``xl save`` to a file of that save alone (``checkpoint.part-`` and a random word),
which becomes ``checkpoint.chk`` only when whole.  A resume builds the guest from it, paused, and renames it to
``checkpoint.resuming`` before the guest runs: so it is known after a crash whether the guest can have run beside its
image, and none is resumed twice: a guest resumed from an old image onto a disk that has moved on destroys its file
systems.  A boot takes an unfinished image away from its save (``checkpoint.part``): it is kept,
but can no longer be committed beside the guest that has run since.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, open_files
from xentui.agent.inventory import entry_facts
from xentui.agent.memory import xendomains
from xentui.agent.protocol.arguments import OBJECT, PATH, TEXT, UUID, is_uuid, or_none
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import entry, entry_log, installs, layout, move_record

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import ItemAnswer

RECORD_LIMIT = 64 << 10
#: So long after its last change, in seconds, an unfinished image that no process holds may still be of a save under
#: way: xl opens it a moment after it was made, and it is committed a moment after xl has closed it.
SAVING = 60.0


@store_operation("mark_running", uuid=UUID, record=or_none(OBJECT))
def mark_running(root: str, *, uuid: str, record: Optional[Dict[str, Any]]) -> None:
    """Note what was last booted under a uuid; None takes the mark away, and the one-off text with it."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        path = os.path.join(folder, entry.RUNNING)
        if record is None:
            fsio.discard(path)
            fsio.discard(os.path.join(folder, entry.ONEOFF))
            fsio.try_sync_folder(folder)
            return
        line = entry_log.line({"time": entry_log.now(), **record})
        if len(line) > RECORD_LIMIT:
            raise AgentError("large", "the record is too long", path)
        _replace(root, path, line)
        if record.get("kind") == "stored":
            installs.booted(folder)


def require_bootable(root: str, uuid: str) -> None:
    """Take what saves have left unfinished away from them; code ``busy`` while one is under way, or where there is a
    memory image.  The caller holds the store.
    """
    folder = _folder(root, uuid)
    move_record.refuse(folder)
    _disown(folder)
    _no_image(folder)


@store_operation("write_oneoff", uuid=UUID, text=TEXT)
def write_oneoff(root: str, *, uuid: str, text: str) -> str:
    """Keep the text of a one-off boot beside the stored one, and do as :func:`boot_begin`; returns its path."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        move_record.refuse(folder)
        _disown(folder)
        path = os.path.join(folder, entry.ONEOFF)
        _replace(root, path, text.encode("utf-8"))
        return path


@store_operation("boot_begin", uuid=UUID)
def boot_begin(root: str, *, uuid: str) -> ItemAnswer:
    """Make an entry ready for a boot of its ``config.cfg``; returns it as :func:`xentui.agent.inventory.reading.read`
    does.

    That file is the current text then, which readers know however a writer was killed, and xl does not.  An image
    that a save has left unfinished is no save's to commit any more.  Code ``busy`` while a save is under way: its
    image would be resumed onto disks that the boot has changed.
    """
    with layout.writing(root):
        folder = _folder(root, uuid)
        move_record.refuse(folder)
        _disown(folder)
        entry.settle(folder)
        return entry_facts.sound(root, uuid)


def begin(root: str, uuid: str) -> str:
    """Make an empty, owner-only file for ``xl save`` to write the memory image to; returns its path.

    That path is the save's own, by which it is committed or aborted.  Code ``busy`` where there is an image already,
    or another save is under way.  What an earlier one has left unfinished is dropped: the caller has seen that the
    domain runs.  The caller holds the store.
    """
    folder = _folder(root, uuid)
    move_record.refuse(folder)
    _no_image(folder)
    for path in _left(folder):
        fsio.discard(path)
    path = os.path.join(folder, f"{entry.PART}-{os.urandom(8).hex()}")
    fsio.write_new(path, b"")
    fsio.try_sync_folder(folder)
    return path


def checkpoint_commit(root: str, *, uuid: str, part: str, auto_dir: str = "") -> str:
    """Return the memory image ``part`` is whole: flush it and make it the one to resume from; returns its path.

    A domain that starts with the host, by a link in ``auto_dir``, is resumed there from now on.

    Code ``missing`` where it is no longer the save's, ``busy`` where there is another image.
    """
    with layout.writing(root):
        folder = _folder(root, uuid)
        name = _own(folder, part)
        image = _present(folder, name, "the domain was booted, or its image dropped, since the save began")
        _no_image(folder)
        fsio.sync_file(image)
        # In this order: at no moment could it be booted beside its image.
        xendomains.hold(root, auto_dir, uuid)
        path = _move(folder, name, entry.CHECKPOINT)
        with contextlib.suppress(AgentError, OSError):
            xendomains.place(root, uuid)
        return path


def checkpoint_abort(root: str, *, uuid: str, part: str) -> None:
    """The save failed: drop its image, if it is there."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        fsio.discard(os.path.join(folder, _own(folder, part)))
        fsio.try_sync_folder(folder)


def whole(root: str, uuid: str) -> str:
    """Return the memory image to resume from; code ``missing`` without one.  The caller holds the store's lock."""
    folder = _folder(root, uuid)
    if xendomains.is_spent(root, uuid):
        raise AgentError(
            "missing", "xendomains has resumed the domain from its memory image with the host", folder
        )
    return _present(folder, entry.CHECKPOINT, "the domain has no saved memory image")


def resume_begin(root: str, *, uuid: str) -> str:
    """Return the guest built from the memory image is about to run: it is none to resume from any more; returns its
    path.
    """
    with layout.writing(root):
        folder = _folder(root, uuid)
        _present(folder, entry.CHECKPOINT, "the domain has no saved memory image")
        path = _move(folder, entry.CHECKPOINT, entry.RESUMING)
        xendomains.release(root, uuid)
        return path


def resume_commit(root: str, *, uuid: str) -> None:
    """The domain runs again: its image is spent and removed."""
    with layout.writing(root):
        folder = _folder(root, uuid)
        fsio.discard(os.path.join(folder, entry.RESUMING))
        fsio.try_sync_folder(folder)


def note_saved(root: str, uuid: str, path: str) -> None:
    """Note that a domain was saved to a file outside the store and ended: path and time, in ``saved.json``."""
    with layout.writing(root):
        place = os.path.join(_folder(root, uuid), entry.SAVED)
        _replace(root, place, entry_log.line({"time": entry_log.now(), "path": path}))


def forget_saved(root: str, uuid: str) -> None:
    """The domain goes on from the file it was saved to, or from another: the note of it is spent."""
    with layout.writing(root):
        folder = layout.entry(root, uuid)
        fsio.discard(os.path.join(folder, entry.SAVED))
        fsio.try_sync_folder(folder)


@store_operation("remove_file", path=PATH)
def remove_file(root: str, *, path: str) -> None:
    """Remove a memory image of the store; any other file is code ``permission``.

    ``checkpoint.part`` stands for every unfinished one.  Code ``busy`` while a save or restore is at work on it.
    """
    folder, name = os.path.split(os.path.normpath(path))
    above, uuid = os.path.split(folder)
    inside = os.path.realpath(above) == os.path.realpath(layout.domains(root))
    if (
        not inside
        or not is_uuid(uuid)
        or not (name in (entry.CHECKPOINT, entry.RESUMING) or entry.is_part(name))
    ):
        raise AgentError("permission", "is not a memory image of the store", path)
    with layout.writing(root):
        images = (_left(folder) if name == entry.PART else []) or [path]
        for image in images:
            if not stat.S_ISREG(os.lstat(image).st_mode):
                raise AgentError("invalid", "is not a regular file", image)
            if open_files.is_open(image):
                raise AgentError("busy", "a save or restore is using the memory image", image)
        for image in images:
            os.unlink(image)
        fsio.try_sync_folder(folder)
        if not entry.is_part(name):
            xendomains.release(root, uuid)


def _folder(root: str, uuid: str) -> str:
    folder = layout.entry(root, uuid)
    if not os.path.isdir(folder):
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", folder)
    return folder


def _no_image(folder: str) -> None:
    """Raise code ``busy`` where there is a memory image already, that another would replace."""
    marks = entry.marks(folder)
    if marks["suspended"] or marks["resuming"]:
        raise AgentError("busy", "the domain has a saved memory image already", folder)


def _left(folder: str) -> List[str]:
    """Return the unfinished images of saves that have ended; code ``busy`` where one is under way."""
    images = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if entry.is_part(name)]
    for image in images:
        age = time.time() - os.lstat(image).st_mtime
        if 0 <= age < SAVING or open_files.is_open(image):
            raise AgentError("busy", "a save of the domain is in progress, or has only just ended", folder)
    return images


def _disown(folder: str) -> None:
    """Take what saves have left unfinished away from them."""
    for image in _left(folder):
        os.rename(image, os.path.join(folder, entry.PART))
        fsio.try_sync_folder(folder)


def _own(folder: str, part: str) -> str:
    """Return the name of the file that a save was given; code ``invalid`` where that is none of this domain's."""
    above, name = os.path.split(part)
    if os.path.normpath(above) != os.path.normpath(folder) or not entry.is_part(name) or name == entry.PART:
        raise AgentError("invalid", "is not the memory image of a save", part)
    return name


def _present(folder: str, name: str, otherwise: str) -> str:
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        raise AgentError("missing", otherwise, path)
    return path


def _move(folder: str, name: str, to: str) -> str:
    path = os.path.join(folder, to)
    os.rename(os.path.join(folder, name), path)
    fsio.try_sync_folder(folder)
    return path


def _replace(root: str, path: str, data: bytes) -> None:
    staged = layout.staging(root, "mark")
    fsio.write_new(staged, data)
    os.rename(staged, path)
    fsio.try_sync_folder(os.path.dirname(path))
