"""Starting domains with the host: links in ``/etc/xen/auto`` that the xendomains script boots in order.

The script runs ``xl create`` on every entry of the folder (xendomains(8), XENDOMAINS_AUTO); a link to the
stored configuration therefore always boots the current version.  A link bears the name of its domain: the script
leaves out what it has a memory image of, by that name, in its own folder (XENDOMAINS_SAVE).
"""

from __future__ import annotations

import contextlib
import os
from typing import Any, Dict, List, Optional

from xentui.agent import fsio, layout, names
from xentui.agent.errors import AgentError

_LIMIT = 10_000


def link_autostart(root: str, auto_dir: str, name: str, target: str) -> str:
    """Link ``name`` in ``auto_dir`` to a stored configuration, then remove its other links; returns the link.

    A link of the domain itself is replaced, and one of a domain that is stored no more.  That of another is code
    ``conflict``, any other file is the admin's and code ``exists``: the domain keeps the links it has.
    """
    uuid = _uuid_of(root, target)
    if uuid is None or not os.path.exists(target):
        raise AgentError("invalid", "is not a stored configuration", target)
    link = os.path.join(auto_dir, layout.quote(name))
    layout.make_folders(auto_dir)
    lock = os.open(auto_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        layout.take_lock(lock, auto_dir)
        _require_free(root, link, uuid)
        if not os.path.islink(link) or os.readlink(link) != target:
            _place(target, link)
        # Only now: at every moment it starts with the host.  One with two links is started once.
        _remove(root, auto_dir, uuid, but=link)
        return link
    finally:
        os.close(lock)


def _require_free(root: str, link: str, uuid: str) -> None:
    """Raise :class:`AgentError` where a link would replace what is not that domain's."""
    if not os.path.lexists(link):
        return
    holder = _uuid_of(root, _target(link)) if os.path.islink(link) else None
    if holder is None:
        raise AgentError("exists", "is not a link to a stored domain; it was left alone", link)
    if holder != uuid and os.path.isdir(layout.entry(root, holder)):
        other = names.last_name(layout.entry(root, holder)) or holder
        raise AgentError("conflict", f"starts the stored domain {other}; it was left alone", link)


def _place(target: str, link: str) -> None:
    folder = os.path.dirname(link)
    # Dot files are not among what xendomains boots.
    passing = os.path.join(folder, ".xentui-new")
    fsio.discard(passing)
    try:
        os.symlink(target, passing)
        os.rename(passing, link)
    except OSError:
        with contextlib.suppress(OSError):
            fsio.discard(passing)
        raise
    fsio.settle_folder(folder)


def unlink_autostart(root: str, auto_dir: str, uuid: str) -> List[str]:
    """Remove every link in ``auto_dir`` to that stored domain; returns the links removed."""
    return _remove(root, auto_dir, uuid)


def _remove(root: str, auto_dir: str, uuid: str, but: str = "") -> List[str]:
    removed = []
    for item in list_autostart(root, auto_dir):
        link = os.path.join(auto_dir, item["file"])
        if item["uuid"] == uuid and link != but:
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


def _uuid_of(root: str, target: str) -> Optional[str]:
    """The uuid of the stored domain whose ``config.cfg`` a path is, by its spelling or through links."""
    for place in (os.path.normpath(target), os.path.realpath(target)):
        folder, name = os.path.split(place)
        above, uuid = os.path.split(folder)
        own = (os.path.normpath(layout.domains(root)), os.path.realpath(layout.domains(root)))
        if name == "config.cfg" and above in own and layout.UUID.match(uuid):
            return uuid
    return None
