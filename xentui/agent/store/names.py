"""The names of stored domains: a link each, so that a look-up reads one link whatever the store holds.

A link is made before the domain it names, and removed after: one that leads to nothing, or to a domain of
another name, is what a killed writer left.  It counts for nothing and is replaced when its name is wanted.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Iterator, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import is_uuid
from xentui.agent.store import entry, entry_log, layout


def last_name(folder: str) -> Optional[str]:
    """Return the name an entry is stored under; empty where its log is unreadable, None where it is gone."""
    try:
        log = entry_log.read_log(f"{folder}/{entry.LOG}")
    except (OSError, AgentError):
        return "" if os.path.isdir(folder) else None
    return str((log.last_version() or {})["name"])


def stored_names(root: str) -> Iterator[Tuple[str, str]]:
    """Yield every uuid with the name it is stored under, found by reading all entries."""
    try:
        uuids = os.listdir(layout.domains(root))
    except FileNotFoundError:
        return
    for uuid in uuids:
        name = last_name(layout.entry(root, uuid)) if is_uuid(uuid) else None
        if name:
            yield uuid, name


def find(root: str, name: str) -> Optional[str]:
    """Return the uuid a name is stored under, None where there is none: one link is read, no folder."""
    link = os.path.join(layout.names(root), layout.quote(name))
    try:
        uuid = os.path.basename(os.readlink(link))
    except FileNotFoundError:
        if os.path.isdir(layout.names(root)):
            return None
        return next((uuid for uuid, stored in stored_names(root) if stored == name), None)
    except OSError as error:
        if error.errno == errno.EINVAL:  # not a link: whatever it is, it is none of ours
            return None
        raise
    if not is_uuid(uuid):
        return None
    # An entry whose log is unreadable keeps its name: it may come back with a restored version.
    return uuid if last_name(layout.entry(root, uuid)) in (name, "") else None


def reserve(root: str, name: str, uuid: str) -> str:
    """Point the link of a name at a uuid, flushed; code ``exists`` if another domain has it.

    Returns the link, for :func:`release` where the change fails; empty where the uuid had it before.
    """
    _make_folder(root)
    holder = find(root, name)
    link = os.path.join(layout.names(root), layout.quote(name))
    if holder == uuid:
        return ""
    if holder is not None:
        raise AgentError("exists", f"the name {name} is already stored", link)
    staged = layout.staging(root, "name")
    os.symlink(os.path.join("..", "domains", uuid), staged)
    os.rename(staged, link)
    try:
        fsio.sync_folder(layout.names(root))
    except OSError:
        release(link)
        raise
    return link


def _make_folder(root: str) -> None:
    """Make the folder of names where it is missing, with the links of what is stored."""
    folder = layout.names(root)
    if os.path.isdir(folder):
        return
    staged = layout.staging(root, "names")
    os.mkdir(staged, 0o700)
    for uuid, name in stored_names(root):
        with contextlib.suppress(FileExistsError):
            os.symlink(os.path.join("..", "domains", uuid), os.path.join(staged, layout.quote(name)))
    fsio.sync_folder(staged)
    os.rename(staged, folder)
    fsio.sync_folder(root)


def forget(root: str, name: str, uuid: str) -> None:
    """Remove the link of a name if it points to that uuid; a link left behind is harmless."""
    with contextlib.suppress(OSError, AgentError):
        link = os.path.join(layout.names(root), layout.quote(name))
        if os.path.basename(os.readlink(link)) == uuid:
            os.unlink(link)


def release(link: str) -> None:
    """Give a reserved name back; an empty link is none."""
    if link:
        with contextlib.suppress(OSError):
            os.unlink(link)


def linked(root: str, uuid: str) -> str:
    """Return the name whose link points to a uuid, found the slow way; the uuid itself where there is none."""
    folder = layout.names(root)
    for quoted in sorted(os.listdir(folder) if os.path.isdir(folder) else ()):
        with contextlib.suppress(OSError):
            if os.path.basename(os.readlink(os.path.join(folder, quoted))) == uuid:
                return layout.unquote(quoted)
    return uuid
