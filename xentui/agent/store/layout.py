"""Where things lie in the store, who may own it, and the one lock of its writers.

::

    root/lock                      held (flock) by the one process that changes the store
    root/domains/<uuid>/           one managed domain: config.cfg, versions/, log.jsonl, checkpoint.chk, ...
    root/names/<quoted name>       link to ../domains/<uuid>: a look-up by name needs no scan
    root/trash/<uuid>[.N]          deleted domains with their history
    root/staging/                  what a writer is building; anything in it while the lock is free is litter
    root/audit.jsonl               who did what
    root/bin/                      programs of xentui that xl runs
    root/drain.json                what was taken off this host while it is emptied (``drain.drain_record``)
    root/drain.lock                held (flock) by the agent of whoever empties this host, or brings it back
    root/agent/<sha256>            the agent's own source, sent by a caller elsewhere (:mod:`xentui.agent.source_cache`)
    root/index.jsonl               derived cache, safe to delete

Folders have mode 0700, files 0600: configurations hold VNC passwords.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from typing import Iterator

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_folder

#: How long a writer waits for another one, in seconds.
LOCK_PATIENCE = 30.0
_FOLDERS = ("domains", "trash", "staging")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+@:.")


def quote(name: str) -> str:
    """Return a domain name as a file name: everything but plain characters percent-quoted, a leading dot too.

    Raises code ``invalid`` where the result is longer than a file name may be.
    """
    parts = []
    for position, character in enumerate(name):
        if character in _PLAIN and (position or character != "."):
            parts.append(character)
        else:
            parts.extend(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
    quoted = "".join(parts)
    if not quoted or len(quoted) > 240:
        raise AgentError("invalid", "the name is empty or too long to be stored")
    return quoted


def domains(root: str) -> str:
    """Return the folder of the managed domains."""
    return os.path.join(root, "domains")


def entry(root: str, uuid: str) -> str:
    """Return the folder of one managed domain."""
    return f"{root}/domains/{uuid}"


def names(root: str) -> str:
    """Return the folder of the name links."""
    return os.path.join(root, "names")


def trash(root: str) -> str:
    """Return the folder of deleted domains."""
    return os.path.join(root, "trash")


def staging(root: str, name: str) -> str:
    """Return a place to build something before it gets its name; free once the lock is held."""
    return os.path.join(root, "staging", name)


def usable(root: str) -> bool:
    """Return whether the store exists; raises code ``permission``, ``untrusted`` or ``invalid`` where it must not be
    trusted.

    Its configurations are booted with all rights, so nobody but its owner and root may write there, or put another in
    its place.
    """
    try:
        status = os.stat(root)
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        raise AgentError("invalid", "the store is not a folder", root)
    if status.st_uid not in (0, os.geteuid()):
        raise AgentError("permission", f"the store belongs to user id {status.st_uid}", root)
    if status.st_mode & 0o022:
        mode = stat.S_IMODE(status.st_mode)
        raise AgentError("permission", f"other users may write to the store (mode {mode:04o})", root)
    with safe_folder.open_folder(root):
        return True


def prepare(root: str) -> None:
    """Make the store's folders where they are missing, after checking its owner and mode."""
    if not usable(root):
        with safe_folder.open_folder(root, make=True):
            pass
    made = False
    for name in _FOLDERS:
        try:
            os.mkdir(os.path.join(root, name), 0o700)
            made = True
        except FileExistsError:
            continue
    if made:
        fsio.sync_folder(root)


@contextlib.contextmanager
def writing(root: str) -> Iterator[None]:
    """Hold the store for changing it: made where missing, locked, the litter of a killed writer swept.

    Raises code ``busy`` where another writer holds it for longer than :data:`LOCK_PATIENCE`.
    """
    prepare(root)
    path = os.path.join(root, "lock")
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        take_lock(fd, path)
        _sweep(root)
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):
                _sweep(root)
            raise
    finally:
        os.close(fd)


def _sweep(root: str) -> None:
    """Remove what a writer was building when it was killed, or gave up."""
    for name in os.listdir(os.path.join(root, "staging")):
        fsio.discard(staging(root, name))


def take_lock(fd: int, path: str) -> None:
    """Lock ``fd`` against other writers, waiting at most :data:`LOCK_PATIENCE` seconds."""
    deadline = time.monotonic() + LOCK_PATIENCE
    pause = 0.001
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise AgentError("busy", "another process has locked the store for too long", path) from None
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        else:
            return


def unquote(quoted: str) -> str:
    """Return the name a link of the names folder stands for."""
    parts = quoted.encode("utf-8", "surrogateescape").split(b"%")
    data = parts[0]
    for part in parts[1:]:
        try:
            data += bytes((int(part[:2], 16),)) + part[2:]
        except ValueError:
            data += b"%" + part
    return data.decode("utf-8", "replace")
