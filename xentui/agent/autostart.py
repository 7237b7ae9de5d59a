"""Starting domains with the host: links in ``/etc/xen/auto`` that the xendomains script boots in order.

The script runs ``xl create`` on every entry of the folder (xendomains(8), XENDOMAINS_AUTO); a link to the
stored configuration therefore always boots the current version.
"""

from __future__ import annotations

import contextlib
import os
from typing import Any, Dict, List

from xentui.agent import fsio, layout
from xentui.agent.errors import AgentError

_LIMIT = 10_000


def link_autostart(root: str, auto_dir: str, name: str, target: str) -> str:
    """Link ``name`` in ``auto_dir`` to a stored configuration; returns the link.

    A link into the store is replaced; any other file of that name is the admin's and code ``exists``.
    """
    if _uuid_of(root, target) is None or not os.path.exists(target):
        raise AgentError("invalid", "is not a stored configuration", target)
    link = os.path.join(auto_dir, layout.quote(name))
    layout.make_folders(auto_dir)
    lock = os.open(auto_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        layout.take_lock(lock, auto_dir)
        if os.path.lexists(link):
            if not os.path.islink(link) or _uuid_of(root, _target(link)) is None:
                raise AgentError("exists", "is not a link to a stored domain; it was left alone", link)
            if os.readlink(link) == target:
                return link
        # Dot files are not among what xendomains boots.
        passing = os.path.join(auto_dir, ".xentui-new")
        fsio.discard(passing)
        try:
            os.symlink(target, passing)
            os.rename(passing, link)
        except OSError:
            with contextlib.suppress(OSError):
                fsio.discard(passing)
            raise
        fsio.settle_folder(auto_dir)
        return link
    finally:
        os.close(lock)


def unlink_autostart(root: str, auto_dir: str, uuid: str) -> List[str]:
    """Remove every link in ``auto_dir`` to that stored domain; returns the links removed."""
    removed = []
    for item in list_autostart(root, auto_dir):
        if item["uuid"] == uuid:
            link = os.path.join(auto_dir, item["file"])
            with contextlib.suppress(FileNotFoundError):
                os.unlink(link)
                removed.append(link)
    if removed:
        fsio.settle_folder(auto_dir)
    return removed


def list_autostart(root: str, auto_dir: str) -> List[Dict[str, Any]]:
    """What starts with the host, in the script's order.

    Each has ``file``, ``target`` (absolute), ``uuid`` of the stored domain it leads to (None for the
    admin's own files), and ``broken`` where the target is gone.
    """
    try:
        names = sorted(os.listdir(auto_dir))[:_LIMIT]
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = []
    for name in names:
        if name.startswith("."):
            continue
        path = os.path.join(auto_dir, name)
        target = _target(path)
        broken = not os.path.exists(path)
        found.append({"file": name, "target": target, "uuid": _uuid_of(root, target), "broken": broken})
    return found


def _target(path: str) -> str:
    try:
        return os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    except OSError:
        return path


def _uuid_of(root: str, target: str) -> Any:
    """The uuid of the stored domain whose ``config.cfg`` a path is, by its spelling or through links."""
    for place in (os.path.normpath(target), os.path.realpath(target)):
        folder, name = os.path.split(place)
        above, uuid = os.path.split(folder)
        own = (os.path.normpath(layout.domains(root)), os.path.realpath(layout.domains(root)))
        if name == "config.cfg" and above in own and layout.UUID.match(uuid):
            return uuid
    return None
