"""Suspended domains that start with the host: at its next boot they are resumed, and never booted beside their image.

The xendomains script first restores every file of its own folder (XENDOMAINS_SAVE; ``xl restore FILE``) and removes
each that it could restore; then it boots what lies in ``/etc/xen/auto`` (XENDOMAINS_AUTO).  So of a suspended domain
the link there is taken away, and one to its memory image put into that folder.  When the script has resumed it, it
removes the link, and only that: the image is spent then, which is how it is known.

What is done for a domain is on record in ``root/held/<uuid>``: ``auto``, the folder of the link that was taken away;
``link``, that to the image ("" where the script restores nothing here); ``placed``, whether it is there for sure; and
the ``boot`` of the host in which that was written.  Checked against the scripts of Debian (which goes by the names of
files) and of Xen itself (which looks for the names of configurations as words among those of its files: so the link
has a name that is one word and no domain's).
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import re
from typing import Any, Dict, List, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, open_files, safe_folder
from xentui.agent.protocol.arguments import COUNT, FLAG, NAME, PATH, UUID, is_uuid, optional, or_none
from xentui.agent.protocol.operations import host_operation, store_operation
from xentui.agent.store import audit, autostart, entry, layout, names

AUTO_DIR = "/etc/xen/auto"
SETTINGS = ("/etc/default/xendomains", "/etc/sysconfig/xendomains")
_LIMIT = 64 << 10
_KEPT = 1000
_ASIDE = ".outdated"
_SCRIPT = "xendomains"
#: Whose memory a file has, as long as it is the same file: a look reads none twice.
_told: Dict[str, Tuple[Any, str]] = {}
_SETTING = r"""(?m)^[ \t]*(XENDOMAINS_\w+)=(["']?)([^"'\n#]*)\2[ \t]*(?:#.*)?$"""

Record = Dict[str, Any]


def save_folder(base: str) -> str:
    """Return the folder xendomains restores from at the host's boot; empty where it restores nothing.

    ``base`` stands before the paths of the host: empty on a real one.
    """
    for path in SETTINGS:
        try:
            text = fsio.read_bounded(base + path, _LIMIT).decode("utf-8", "replace")
        except (OSError, AgentError):
            continue
        given: Dict[str, str] = {name: value.strip() for name, _quote, value in re.findall(_SETTING, text)}
        # Debian's script takes any word for true, that of Xen this one only.
        if given.get("XENDOMAINS_RESTORE") != "true" or not given.get("XENDOMAINS_SAVE", "").startswith("/"):
            return ""
        return base + given["XENDOMAINS_SAVE"].rstrip("/")
    return ""


def hold(root: str, auto_dir: str, uuid: str) -> None:
    """A domain is about to be suspended: take its link away from what is booted with the host, if it has one.

    The caller holds the store; :func:`place` follows when the image is there.
    """
    if not auto_dir or not autostart.starts(root, auto_dir, uuid):
        return
    known = _record(root, uuid)
    if known is None or not known["link"]:
        # First the record: whoever is killed in between leaves a link that nobody has to put back.
        _write(root, uuid, {"auto": auto_dir, "link": "", "placed": False, "boot": audit.boot_id()})
    autostart.withhold(root, auto_dir, uuid)


def place(root: str, uuid: str) -> None:
    """Have xendomains resume a domain that is held and suspended; the caller holds the store."""
    record = _record(root, uuid)
    if record is None or (record["link"] and (record["placed"] or record["boot"] != audit.boot_id())):
        return
    folder = save_folder(_base(record["auto"]))
    if not folder:
        return
    name = _link_name(names.last_name(layout.entry(root, uuid)) or "domain", uuid)
    with safe_folder.open_folder(folder, make=True) as opened:
        opened.sweep()
        link = os.path.join(folder, name)
        _write(root, uuid, {**record, "link": link})
        try:
            opened.link_to(os.path.join(layout.entry(root, uuid), entry.CHECKPOINT), name)
        except (AgentError, OSError):
            if opened.look(name) is None:
                _write(root, uuid, record)  # a link that was never there is none that xendomains has removed
            raise
        opened.sync()
    record["link"] = link
    _write(root, uuid, {**record, "placed": True})


def release(root: str, uuid: str) -> None:
    """A domain is suspended no longer: it starts with the host as it did before; the caller holds the store."""
    record = _record(root, uuid)
    if record is None:
        return
    # Its record stays where something fails, and says what is to be done yet: nothing else may fail for it.
    done = False
    with contextlib.suppress(AgentError, OSError):
        _unlink(root, record, uuid)
        done = True
    with contextlib.suppress(AgentError, OSError):
        autostart.put_back(root, record["auto"], uuid)
        if done:
            fsio.discard(_path(root, uuid))


def let_go(root: str, uuid: str) -> None:
    """A suspended domain is not to start with the host any more; the caller holds the store."""
    record = _record(root, uuid)
    if record is not None:
        if record["link"]:
            # So that a link which goes now, and the record of which stays, is not taken for one of a restored domain.
            _write(root, uuid, {**record, "placed": False, "boot": audit.boot_id()})
        removed = _unlink(root, record, uuid)
        if record["link"] and ((record["placed"] and not removed) or _at_work(root, uuid)):
            # The script was quicker, or has begun meanwhile: it may have resumed the domain, whose image is spent then.
            _write(root, uuid, {**record, "placed": True})
            return
        fsio.discard(_path(root, uuid))


@store_operation(
    "link_autostart",
    auto_dir=PATH,
    name=NAME,
    target=PATH,
    order=optional(or_none(COUNT)),
    keep_order=optional(FLAG),
)
def link_autostart(
    root: str, *, auto_dir: str, name: str, target: str, order: Optional[int] = None, keep_order: bool = True
) -> str:
    """As :func:`xentui.agent.store.autostart.link_autostart`; a suspended domain is resumed with the host instead."""
    uuid = os.path.basename(os.path.dirname(target))
    if is_uuid(uuid) and _record(root, uuid) is not None:
        with layout.writing(root):
            _catch_up(root, uuid)
    link = autostart.link_autostart(root, auto_dir, name, target, order=order, keep_order=keep_order)
    image = os.path.join(layout.entry(root, uuid), entry.CHECKPOINT)
    if os.path.exists(image):  # a suspend that ends later finds the link
        with layout.writing(root):
            if os.path.exists(image):
                if _record(root, uuid) is None:
                    hold(root, auto_dir, uuid)
                place(root, uuid)
    return link


@store_operation("unlink_autostart", auto_dir=PATH, uuid=UUID)
def unlink_autostart(root: str, *, auto_dir: str, uuid: str) -> List[str]:
    """As :func:`xentui.agent.store.autostart.unlink_autostart`, of a suspended domain too."""
    if layout.usable(root):
        with layout.writing(root):
            _catch_up(root, uuid)
            let_go(root, uuid)
    return autostart.unlink_autostart(root, auto_dir, uuid)


def spent(root: str) -> List[str]:
    """Return the uuids of suspended domains whose images are spent: xendomains has resumed them at the host's boot."""
    try:
        found = sorted(os.listdir(os.path.join(root, "held")))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [uuid for uuid in found if is_uuid(uuid) and is_spent(root, uuid)]


def is_spent(root: str, uuid: str) -> bool:
    """Return whether the link to a domain's image has gone: only xendomains removes it, and only when it has resumed
    it.

    Where the power went while it was being made nobody knows: it counts as gone then, for an image that may be spent
    must not be resumed.
    """
    record = _record(root, uuid)
    if record is None or not record["link"] or os.path.lexists(record["link"]):
        return False
    return bool(record["placed"]) or record["boot"] != audit.boot_id()


@store_operation("retire_spent", uuid=UUID, runs=FLAG)
def retire_spent(root: str, *, uuid: str, runs: bool) -> None:
    """Put aside the image of a domain that xendomains has resumed, or drop it where the domain runs for sure."""
    with layout.writing(root):
        _retire(root, uuid, runs=runs)


def _retire(root: str, uuid: str, *, runs: bool) -> None:
    if not is_spent(root, uuid):
        return
    folder = layout.entry(root, uuid)
    image = os.path.join(folder, entry.CHECKPOINT)
    if os.path.exists(image):
        if runs:
            os.unlink(image)
        else:
            os.rename(image, os.path.join(folder, entry.RESUMING))
        fsio.try_sync_folder(folder)
    release(root, uuid)


def _catch_up(root: str, uuid: str) -> None:
    """Before the link to an image is changed: take in what xendomains has done, which only that link tells.

    Code ``busy`` while it is resuming the domain, or may yet remove the link.  The caller holds the store.
    """
    record = _record(root, uuid)
    if record is not None and record["link"] and os.path.lexists(record["link"]) and _at_work(root, uuid):
        image = os.path.join(layout.entry(root, uuid), entry.CHECKPOINT)
        raise AgentError("busy", "the domain is being resumed from its memory image", image)
    _retire(root, uuid, runs=False)


def _at_work(root: str, uuid: str) -> bool:
    """Return whether the script may be resuming the domain: after ``xl restore`` it removes the link a moment later."""
    return open_files.is_open(os.path.join(layout.entry(root, uuid), entry.CHECKPOINT)) or open_files.runs(
        _SCRIPT
    )


def kept(auto_dir: str) -> Dict[str, str]:
    """Return the files xendomains saved domains to when the host was shut down, by uuid: it has not restored them yet.

    What it could not restore it leaves there, and tries again at the next boot of the host.
    """
    folder = save_folder(_base(auto_dir))
    found: Dict[str, str] = {}
    try:
        with os.scandir(folder or "/nonexistent") as scan:
            for item in itertools.islice(scan, _KEPT):
                # What begins with a dot the script does not see; links are ours.
                if not item.name.startswith(".") and item.is_file(follow_symlinks=False):
                    uuid = _uuid_of(item.path, item.stat(follow_symlinks=False))
                    if uuid:
                        found[uuid] = item.path
    except OSError:
        return found
    return found


def is_kept(path: str, auto_dir: str) -> bool:
    """Return whether a file lies where xendomains would restore it at the host's next boot."""
    folder = save_folder(_base(auto_dir))
    return bool(folder) and os.path.realpath(os.path.dirname(path)) == os.path.realpath(folder)


def drop(path: str) -> None:
    """Remove a file that xendomains saved: its domain goes on from it, and must not do so twice."""
    with safe_folder.open_folder(os.path.dirname(path)) as folder:
        folder.remove(os.path.basename(path))
        folder.sync()


@host_operation("put_aside", auto_dir=PATH, uuid=UUID)
def put_aside(*, auto_dir: str, uuid: str) -> str:
    """Let xendomains no longer restore a domain that is about to be booted afresh: its file is hidden, not removed.

    Returns where it is then, for :func:`put_back`; empty where there is none.
    """
    path = kept(auto_dir).get(uuid)
    if path is None:
        return ""
    folder, name = os.path.split(path)
    return _renamed(folder, name, f".{name}{_ASIDE}") or _renamed(
        folder, name, f".{name}.{os.urandom(4).hex()}{_ASIDE}"
    )


@host_operation("put_back", path=PATH)
def put_back(*, path: str) -> None:
    """The boot came to nothing: let xendomains restore the domain after all, unless another file has its name."""
    folder, name = os.path.split(path)
    if not (name.startswith(".") and name.endswith(_ASIDE)):
        raise AgentError("invalid", "was not moved aside", path)
    _renamed(folder, name, name[1 : -len(_ASIDE)])


def _renamed(place: str, name: str, to: str) -> str:
    """Give a file of the script's folder another name that none has; returns its path, empty where it is taken."""
    with safe_folder.open_folder(place) as folder:
        try:
            # Unlike a rename, this never replaces.
            os.link(name, to, src_dir_fd=folder.fd, dst_dir_fd=folder.fd, follow_symlinks=False)
        except FileExistsError:
            return ""
        os.unlink(name, dir_fd=folder.fd)
        folder.sync()
    return os.path.join(place, to)


def _uuid_of(path: str, status: os.stat_result) -> str:
    known = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    if _told.get(path, (None, ""))[0] != known:
        from xentui.agent.memory import save_files  # most hosts have saved no memory

        if len(_told) > _KEPT:
            _told.clear()
        _told[path] = (known, save_files.identity(path)["uuid"].lower())
    return _told[path][1]


def _unlink(root: str, record: Record, uuid: str) -> bool:
    """Remove the link to the image, if it is one; whether it was there."""
    folder, name = os.path.split(record["link"])
    try:
        if not name or os.readlink(record["link"]) != os.path.join(
            layout.entry(root, uuid), entry.CHECKPOINT
        ):
            return False
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EINVAL):
            return False
        raise
    with safe_folder.open_folder(folder) as opened:
        removed = opened.remove(name)
        opened.sync()
    return removed


def _base(auto_dir: str) -> str:
    return auto_dir[: -len(AUTO_DIR)] if auto_dir.endswith(AUTO_DIR) else ""


def _link_name(name: str, uuid: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)[:100] + "_" + uuid[:8]


def _path(root: str, uuid: str) -> str:
    return os.path.join(root, "held", uuid)


def _record(root: str, uuid: str) -> Optional[Record]:
    try:
        record = json.loads(fsio.read_bounded(_path(root, uuid), _LIMIT))
    except (OSError, AgentError, ValueError, RecursionError):
        return None
    texts = isinstance(record, dict) and all(
        isinstance(record.get(key), str) for key in ("auto", "link", "boot")
    )
    return record if texts and isinstance(record.get("placed"), bool) else None


def _write(root: str, uuid: str, record: Record) -> None:
    folder = os.path.join(root, "held")
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
        fsio.try_sync_folder(root)
    staged = layout.staging(root, "held")
    fsio.discard(staged)
    fsio.write_new(staged, json.dumps(record).encode("ascii"))
    os.rename(staged, _path(root, uuid))
    fsio.try_sync_folder(folder)
