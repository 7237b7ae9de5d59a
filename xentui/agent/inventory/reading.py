"""Looking at stored configurations without changing anything: one text, one history."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.inventory import entry_facts
from xentui.agent.protocol.arguments import COUNT, NAME, TEXT_LIMIT, UUID
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import entry, entry_log, layout, names, trash

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import ItemAnswer, Record, VersionTextAnswer


@store_operation("read", uuid=UUID)
def read(root: str, *, uuid: str) -> ItemAnswer:
    """Return a domain as the list tells it, with its text; codes ``missing``, and ``damaged`` where it cannot be
    read.
    """
    return entry_facts.sound(root, uuid)


@store_operation("read_version", uuid=UUID, version=COUNT)
def read_version(root: str, *, uuid: str, version: int) -> VersionTextAnswer:
    """Return the text, name and sha256 of one version.

    Codes: ``missing`` without such an entry or version, ``damaged`` where the text cannot be read.
    """
    folder = _folder(root, uuid)
    path = entry.version_path(folder, version)
    found = entry.load(folder)
    record = found.log.version(version) if found.log else None
    if found.log is not None and record is None:
        raise AgentError("missing", f"there is no version {version}", path)
    data = fsio.read_bounded(path, TEXT_LIMIT)
    sha = entry.digest(data)
    if record is not None and record["sha256"] != sha:
        raise AgentError("damaged", f"version {version} is not what was recorded", path)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AgentError("damaged", f"is not UTF-8 text (byte {error.start})", path) from None
    name = str((record or {}).get("name", ""))
    return {"uuid": uuid, "name": name, "version": version, "config_sha256": sha, "text": text}


@store_operation("history", uuid=UUID)
def history(root: str, *, uuid: str) -> List[Record]:
    """Return the records of a domain, oldest first, times in seconds since 1970; of the trash where it is deleted.

    Where the log is unreadable, the versions there are, by number, time and size.
    """
    folder = _folder(root, uuid, deleted=True)
    dead = "undeleted" if os.path.dirname(folder) == layout.trash(root) else "deleted"
    found = entry.load(folder, dead)
    if found.log is None:
        return _versions(folder)
    return [{**record, "time": entry_log.epoch(record.get("time"))} for record in found.log.records]


@store_operation("find", name=NAME)
def find(root: str, *, name: str) -> Optional[str]:
    """Return the uuid stored under a name, None where there is none."""
    return names.find(root, name) if layout.usable(root) else None


def _folder(root: str, uuid: str, deleted: bool = False) -> str:
    if layout.usable(root):
        folder = layout.entry(root, uuid)
        if os.path.isdir(folder):
            return folder
        place = trash.locate(root, uuid) if deleted else None
        if place is not None:
            return place
    raise AgentError("missing", f"no domain with uuid {uuid} is stored", root)


def _versions(folder: str) -> List[Record]:
    found: List[Record] = []
    for number in entry.version_numbers(folder):
        try:
            status = os.stat(entry.version_path(folder, number))
        except OSError:  # a file somebody else put there
            continue
        found.append({
            "version": number,
            "event": "log lost",
            "time": status.st_mtime,
            "user": "",
            "reason": "",
            "name": "",
            "sha256": "",
            "size": status.st_size,
            "source": None,
        })  # fmt: skip
    return found
