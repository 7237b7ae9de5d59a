"""Reading one entry without a lock, and finishing what a killed writer began.

A version is committed by its log record.  The text goes to ``config.cfg.new`` before and to ``config.cfg``
after, so a reader meets one of three things: ``config.cfg`` is what the log says; it is not, but
``config.cfg.new`` is (the commit only has to be finished); or neither is (somebody edited it by hand).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Tuple

from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import TEXT_LIMIT
from xentui.agent.store import entry_log, install_record, move_record

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import Marks, WithheldAnswer

CONFIG, PENDING, LOG, VERSIONS = "config.cfg", "config.cfg.new", "log.jsonl", "versions"
CHECKPOINT, PART, RESUMING = "checkpoint.chk", "checkpoint.part", "checkpoint.resuming"
RUNNING, ONEOFF, SAVED = "running.json", "oneoff.cfg", "saved.json"
#: The link in the autostart folder, while it is taken away.
AUTOSTART = "autostart.json"
_ATTEMPTS = 40


class StoreEntry(NamedTuple):
    """One entry as it stands.

    ``data`` is the current text as bytes, None where there is none; ``pending`` tells whether
    ``config.cfg.new`` holds it; ``damaged`` says why the entry cannot be used, empty where it can.
    """

    folder: str
    log: Optional[entry_log.Log]
    data: Optional[bytes]
    sha256: str
    pending: bool
    hand_edited: bool
    damaged: str

    @property
    def current(self) -> entry_log.Record:
        """The record of the current version; an empty one where the log is unreadable."""
        return (self.log.last_version() if self.log else None) or {}

    @property
    def version(self) -> int:
        """The number of the current version, 0 where the log is unreadable."""
        return int(self.current.get("version", 0))

    @property
    def name(self) -> str:
        """The name the entry is stored under, empty where the log is unreadable."""
        return str(self.current.get("name", ""))


def digest(data: bytes) -> str:
    """Return the sha256 of a text, in hex."""
    return hashlib.sha256(data).hexdigest()


def version_path(folder: str, number: int) -> str:
    """Return where the text of one version lies."""
    return os.path.join(folder, VERSIONS, f"{number:04d}.cfg")


def version_numbers(folder: str) -> List[int]:
    """Return the versions whose texts are there, in order."""
    try:
        files = os.listdir(f"{folder}/{VERSIONS}")
    except OSError:
        return []
    return sorted(
        int(name[:-4]) for name in files if name.isascii() and name[:-4].isdigit() and name[-4:] == ".cfg"
    )


def load(folder: str, dead_event: str = "deleted") -> StoreEntry:
    """Read an entry; raises code ``missing`` where there is none, and never for damage inside.

    ``dead_event`` is the event whose record, at the end of the log, belongs to a move of the folder that
    never happened: ``deleted`` among the domains, ``undeleted`` in the trash.
    """
    # A text that is what the log says is right whenever it was read; anything else counts only if no writer
    # was at work meanwhile.
    found = _load_once(folder, dead_event)
    for _attempt in range(_ATTEMPTS):
        if not (found.hand_edited or found.damaged):
            break
        before = _stamp(folder)
        found = _load_once(folder, dead_event)
        if _stamp(folder) == before:
            break
    return found


def _stamp(folder: str) -> Tuple[object, ...]:
    status = os.stat(folder)
    if not stat.S_ISDIR(status.st_mode):
        raise AgentError("missing", "no such entry", folder)
    stamps = [(status.st_ino, status.st_mtime_ns, status.st_size)]
    for name in (CONFIG, LOG, PENDING):
        try:
            status = os.stat(f"{folder}/{name}")
        except OSError as error:
            stamps.append((-1, error.errno or 0, 0))
        else:
            stamps.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(stamps)


def _load_once(folder: str, dead_event: str) -> StoreEntry:
    try:
        log = entry_log.read_log(f"{folder}/{LOG}").without(dead_event)
    except (OSError, AgentError) as error:
        return _damaged(folder, None, f"log.jsonl: {reason_of(error)}")
    recorded = str((log.last_version() or {})["sha256"])
    try:
        data = fsio.read_bounded(f"{folder}/{CONFIG}", TEXT_LIMIT)
        problem = ""
    except (OSError, AgentError) as error:
        data, problem = None, f"config.cfg: {reason_of(error)}"
    sha = digest(data) if data is not None else ""
    if sha == recorded:
        return _checked(folder, log, data, sha)
    pending = _pending(folder, recorded)
    if pending is not None and (data is None or sha == _recorded_before(log)):
        return _checked(folder, log, pending, recorded, pending=True)
    if data is None:
        return _damaged(folder, log, problem)
    return _checked(folder, log, data, sha, hand_edited=True)


def _recorded_before(log: entry_log.Log) -> str:
    """Return the sha256 of the version before the last: what ``config.cfg`` holds until a commit is finished."""
    hashes = [str(record["sha256"]) for record in log.records if "version" in record]
    return hashes[-2] if len(hashes) > 1 else ""


def _pending(folder: str, recorded: str) -> Optional[bytes]:
    try:
        data = fsio.read_bounded(f"{folder}/{PENDING}", TEXT_LIMIT)
    except (OSError, AgentError):
        return None
    return data if digest(data) == recorded else None


def _checked(
    folder: str,
    log: entry_log.Log,
    data: Optional[bytes],
    sha: str,
    *,
    pending: bool = False,
    hand_edited: bool = False,
) -> StoreEntry:
    damaged = ""
    try:
        (data or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        damaged = f"config.cfg: is not UTF-8 text (byte {error.start})"
    return StoreEntry(folder, log, data, sha, pending, hand_edited, damaged)


def _damaged(folder: str, log: Optional[entry_log.Log], reason: str) -> StoreEntry:
    return StoreEntry(folder, log, None, "", False, False, reason)


def reason_of(error: Exception) -> str:
    """Return why something in an entry cannot be used, in a few words."""
    if isinstance(error, AgentError):
        return error.message
    if isinstance(error, OSError):
        return "is missing" if error.errno == errno.ENOENT else from_os_error(error).message
    return f"cannot be read: {type(error).__name__}: {error}"


def settle(folder: str) -> StoreEntry:
    """Finish or drop what a killed writer left in an entry, then read it.  The caller holds the lock."""
    found = load(folder)
    pending = f"{folder}/{PENDING}"
    if found.pending:
        os.rename(pending, f"{folder}/{CONFIG}")
        fsio.sync_folder(folder)
    elif os.path.lexists(pending):
        fsio.discard(pending)
    return found._replace(pending=False)


def is_part(name: str) -> bool:
    """Return whether a file of an entry is an unfinished memory image: of a save (``checkpoint.part-…``), or of
    none.
    """
    return name == PART or name.startswith(f"{PART}-")


def marks(folder: str) -> Marks:
    """Return what lies beside the configuration: checkpoint states and the mark of what was last booted."""
    try:
        present = set(os.listdir(folder))
    except OSError:
        present = set()
    running = None
    if RUNNING in present:
        with contextlib.suppress(OSError, AgentError, ValueError, RecursionError):
            running = json.loads(fsio.read_bounded(os.path.join(folder, RUNNING), TEXT_LIMIT))
    return {
        "suspended": CHECKPOINT in present,
        "resuming": RESUMING in present,
        "saving": any(is_part(name) for name in present),
        "running": running if isinstance(running, dict) else None,
        "oneoff": ONEOFF in present,
        "withheld": withheld(folder) if AUTOSTART in present else None,
        "saved": _saved(folder, running) if SAVED in present else "",
        "install": install_record.read(folder) if install_record.RECORD in present else None,
        "moving": move_record.read(folder) if move_record.RECORD in present else None,
    }


def _saved(folder: str, running: Any) -> str:
    """Return the file a domain was saved to, while that is there and the domain has not been booted since; else
    empty.
    """
    try:
        record = json.loads(fsio.read_bounded(os.path.join(folder, SAVED), TEXT_LIMIT))
        path, saved = record["path"], record["time"]
        booted = running.get("time") if isinstance(running, dict) else None
        # Both are spelt alike, so that the later one is the greater.
        if (
            not isinstance(path, str)
            or not os.path.isfile(path)
            or (isinstance(booted, str) and booted > saved)
        ):
            return ""
    except (OSError, AgentError, ValueError, RecursionError, KeyError, TypeError):
        return ""
    return path


def withheld(folder: str) -> Optional[WithheldAnswer]:
    """Return the record of an autostart link that was taken away: ``order`` is its place, or None; None where there is
    none.

    One that cannot be read is of a link without a place.
    """
    try:
        kept = json.loads(fsio.read_bounded(os.path.join(folder, AUTOSTART), TEXT_LIMIT))
        order = kept["order"]
    except FileNotFoundError:
        return None
    except (OSError, AgentError, ValueError, RecursionError, KeyError, TypeError):
        order = None
    known = isinstance(order, int) and not isinstance(order, bool) and 0 <= order <= 99
    return {"order": order if known else None}
