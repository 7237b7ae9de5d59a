"""Starting domains with the host: links in ``/etc/xen/auto`` that the xendomains script boots in order.

The script runs ``xl create`` on every entry of the folder by name (xendomains(8), XENDOMAINS_AUTO), the next one as
soon as that has returned; a link to the stored configuration therefore always boots the current version.  A link bears
the name of its domain, behind its place in the order where it has one: ``10-router``.  Two digits always: any locale
sorts them as numbers.

The links lie in the host's folder, so their lock is that of the store they lead to.  A domain whose link has been taken
away for a while (it is deleted, or must not be booted now) has a record of it beside its configuration.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_folder
from xentui.agent.protocol.arguments import PATH, is_uuid
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import entry, entry_log, layout, move_record, names

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import Link

#: The last place in the order; the first is 0.
LAST = 99
_LIMIT = 10_000
_NUMBERED = re.compile(r"([0-9][0-9])-.")


def link_name(name: str, order: Optional[int]) -> str:
    """Return what the link of a domain is called."""
    quoted = layout.quote(name)
    return quoted if order is None else f"{order:02d}-{quoted}"


def order_of(file: str, name: str) -> Optional[int]:
    """Return the place in the order that a link's name gives the domain stored as ``name``; None where it has none."""
    found = _NUMBERED.match(file)
    return int(found.group(1)) if found and file != layout.quote(name) else None


def link_autostart(
    root: str, auto_dir: str, name: str, target: str, *, order: Optional[int] = None, keep_order: bool = True
) -> str:
    """Link a domain's name in ``auto_dir`` to its stored configuration, then remove its other links; returns the link.

    ``order`` is its place, 0 to 99; without one it keeps that of its link, or has none where ``keep_order`` is False.
    A link of the domain itself is replaced, and one of a domain that is stored no more.  That of another is code
    ``conflict``, any other file is the admin's and code ``exists``: the domain keeps the links it has.
    Beside a memory image, and while the domain moves to another host, there is only a record of the link, which is
    withheld, and no link is returned.
    """
    if order is not None and not 0 <= order <= LAST:
        raise AgentError("invalid", f"a position in the order is a number from 0 to {LAST}")
    uuid = _uuid_of(root, target)
    if uuid is None or not os.path.exists(target):
        raise AgentError("invalid", "is not a stored configuration", target)
    with layout.writing(root):
        if order is None and keep_order:
            order = _order(root, auto_dir, uuid, name)
        folder = layout.entry(root, uuid)
        marks = entry.marks(folder)
        moves = move_record.read(folder) is not None
        if (
            moves
            or marks["suspended"]
            or (marks["withheld"] is not None and (marks["resuming"] or marks["saving"]))
        ):
            # Never by way of a link: at no moment could it be booted beside its image.
            if marks["withheld"] is None:
                _require_free(root, os.path.join(auto_dir, link_name(name, order)), uuid)
            _record(root, uuid, order)
            remove(root, auto_dir, uuid)
            return ""
        link = _link(root, auto_dir, uuid, link_name(name, order))
        _forget(root, uuid)
        return link


def unlink_autostart(root: str, auto_dir: str, uuid: str) -> List[str]:
    """Remove every link in ``auto_dir`` to that stored domain, and the record of one; returns the links removed."""
    if not layout.usable(root):
        return []
    with layout.writing(root):
        _forget(root, uuid)
        return remove(root, auto_dir, uuid)


def starts(root: str, auto_dir: str, uuid: str) -> bool:
    """Return whether a domain starts with the host, by a link or by the record of one."""
    if entry.withheld(layout.entry(root, uuid)) is not None:
        return True
    return any(item["uuid"] == uuid for item in list_autostart(root, auto_dir=auto_dir))


def withhold(root: str, auto_dir: str, uuid: str) -> bool:
    """Take a domain's links away until :func:`put_back`; whether it starts with the host.  The caller holds the store.

    It is on record before the first link goes: killed in between, it still starts with the host.
    """
    folder = layout.entry(root, uuid)
    if not note(root, auto_dir, uuid):
        return entry.withheld(folder) is not None
    remove(root, auto_dir, uuid)
    return True


def note(root: str, auto_dir: str, uuid: str) -> bool:
    """Put on record by what link a domain starts with the host; False where it has none.

    The caller holds the store.
    """
    files = [item["file"] for item in list_autostart(root, auto_dir=auto_dir) if item["uuid"] == uuid]
    if not files:
        return False
    _record(root, uuid, order_of(files[0], names.last_name(layout.entry(root, uuid)) or ""))
    return True


def _record(root: str, uuid: str, order: Optional[int]) -> None:
    folder = layout.entry(root, uuid)
    staged = layout.staging(root, "autostart")
    fsio.write_new(staged, entry_log.line({"order": order}))
    os.rename(staged, os.path.join(folder, entry.AUTOSTART))
    fsio.sync_folder(folder)


def put_back(root: str, auto_dir: str, uuid: str) -> str:
    """Put back the link that was taken away, under the name the domain has now; returns it, "" where none was.

    The caller holds the store.  Raises as :func:`link_autostart` does; the record stays then.
    """
    kept = entry.withheld(layout.entry(root, uuid))
    if kept is None:
        return ""
    name = names.last_name(layout.entry(root, uuid)) or names.linked(root, uuid)
    order = _order(root, auto_dir, uuid, name)
    link = _link(root, auto_dir, uuid, link_name(name, order))
    _forget(root, uuid)
    return link


def _link(root: str, auto_dir: str, uuid: str, file: str) -> str:
    link = os.path.join(auto_dir, file)
    target = os.path.join(layout.entry(root, uuid), entry.CONFIG)
    with _open(auto_dir) as folder:
        _require_free(root, link, uuid)
        folder.sweep()
        if not os.path.islink(link) or os.readlink(link) != target:
            folder.link_to(target, file)
    # Only now: at every moment it starts with the host.  One with two links is started once.
    remove(root, auto_dir, uuid, but=file)
    return link


def _open(auto_dir: str) -> safe_folder.Folder:
    """Return the autostart folder, made where it is missing; who may put a file there has it booted by root."""
    folder = safe_folder.open_folder(auto_dir, make=True)
    if folder.shared:
        os.close(folder.fd)
        raise AgentError(
            "untrusted", "other users may write to that folder: they could make root boot a file", folder.path
        )
    return folder


def _order(root: str, auto_dir: str, uuid: str, name: str) -> Optional[int]:
    """Return the place a domain has: by its link, else by the record of one."""
    for item in list_autostart(root, auto_dir=auto_dir):
        if item["uuid"] == uuid:
            # A change of the name is stored before the link follows it.
            former = [str(record["name"]) for record in _versions(root, uuid)]
            plain = item["file"] in {layout.quote(other) for other in (name, *former)}
            return None if plain else order_of(item["file"], name)
    kept = entry.withheld(layout.entry(root, uuid))
    return kept["order"] if kept else None


def _versions(root: str, uuid: str) -> List[entry_log.Record]:
    try:
        log = entry_log.read_log(os.path.join(layout.entry(root, uuid), entry.LOG))
    except (OSError, AgentError):
        return []
    return [record for record in log.records if "version" in record][-2:]


def _forget(root: str, uuid: str) -> None:
    """Drop the record of a link that was taken away."""
    folder = layout.entry(root, uuid)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, entry.AUTOSTART))
        fsio.try_sync_folder(folder)


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


def remove(root: str, auto_dir: str, uuid: str, but: str = "") -> List[str]:
    """Remove a domain's links but that of one name; returns them.  The caller holds the store."""
    files = [item["file"] for item in list_autostart(root, auto_dir=auto_dir) if item["uuid"] == uuid]
    files = [file for file in files if file != but]
    if not files:
        return []
    with _open(auto_dir) as folder:
        removed = [os.path.join(auto_dir, file) for file in files if folder.remove(file)]
        folder.sync()
    return removed


@store_operation("list_autostart", auto_dir=PATH)
def list_autostart(root: str, *, auto_dir: str) -> List[Link]:
    """Return what starts with the host, in the script's order.

    Each has ``file``, ``target`` (absolute), ``uuid`` of the stored domain it leads to (None for the
    admin's own files), and ``broken`` where the target is gone.
    """
    try:
        files = sorted(os.listdir(auto_dir))[:_LIMIT]
    except (FileNotFoundError, NotADirectoryError):
        return []
    found: List[Link] = []
    for file in files:
        if file.startswith("."):
            continue
        path = os.path.join(auto_dir, file)
        target = _target(path)
        broken = not os.path.exists(path)
        found.append({"file": file, "target": target, "uuid": _uuid_of(root, target), "broken": broken})
    return found


def _target(path: str) -> str:
    try:
        return os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    except OSError:
        return path


def _uuid_of(root: str, target: str) -> Optional[str]:
    """Return the uuid of the stored domain whose ``config.cfg`` a path is, by its spelling or through links."""
    for place in (os.path.normpath(target), os.path.realpath(target)):
        folder, name = os.path.split(place)
        above, uuid = os.path.split(folder)
        own = (os.path.normpath(layout.domains(root)), os.path.realpath(layout.domains(root)))
        if name == "config.cfg" and above in own and is_uuid(uuid):
            return uuid
    return None
