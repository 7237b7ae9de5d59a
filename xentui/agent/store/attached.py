"""Texts kept beside a domain's configuration: scripts for its console, and what is watched for there.

Each is an entry of its own in a folder of the domain's, with the versions and the log a configuration has, and goes
with the domain into the trash and back.  A text that is taken away has an empty version.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Any, Dict, List

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import COUNT, TEXT, UUID, WORDS, optional
from xentui.agent.protocol.operations import ArgumentCheck, store_operation
from xentui.agent.store import changes, entry, entry_log, layout

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import AttachedText

FOLDER = "attached"
#: Texts a domain may have, and how many of those taken away keep their versions.
MOST = 100
_NAME = re.compile(r"[a-z]{1,20}(\.[A-Za-z0-9][A-Za-z0-9_-]{0,63})?\Z")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.match(value):
        raise ValueError("is not the name of a text that is kept beside a configuration")
    return value


ATTACHED = ArgumentCheck(_name)


@store_operation("list_attached", uuid=UUID)
def list_attached(root: str, *, uuid: str) -> List[AttachedText]:
    """Return the texts of a domain by name, those that cannot be read left out; code ``missing`` without such a
    domain.
    """
    place = os.path.join(_domain(root, uuid), FOLDER)
    try:
        names = _names(place)
    except FileNotFoundError:
        return []
    told: List[AttachedText] = []
    for name in names:
        # One taken away long ago may go for good meanwhile.
        with contextlib.suppress(AgentError, FileNotFoundError):
            text = _told(name, entry.load(os.path.join(place, name)))
            if text["text"] and len(told) < MOST:
                told.append(text)
    return told


@store_operation("read_attached", uuid=UUID, name=ATTACHED)
def read_attached(root: str, *, uuid: str, name: str) -> AttachedText:
    """Return one text with its version; one there is none of is empty, of version 0."""
    folder = os.path.join(_domain(root, uuid), FOLDER, name)
    if not os.path.isdir(folder):
        return {"name": name, "version": 0, "time": None, "user": "", "text": ""}
    found = entry.load(folder)
    if found.damaged:
        raise AgentError("damaged", found.damaged, folder)
    return _told(name, found)


@store_operation(
    "put_attached",
    uuid=UUID,
    name=ATTACHED,
    text=TEXT,
    expect_version=COUNT,
    user=optional(WORDS),
    reason=optional(WORDS),
)
def put_attached(
    root: str, *, uuid: str, name: str, text: str, expect_version: int, user: str = "", reason: str = ""
) -> int:
    """Store the next version of a text; returns its number.

    ``expect_version`` is the one the caller has seen, 0 for none: code ``conflict`` where another is current.
    """
    data = text.encode("utf-8")
    with layout.writing(root):
        place = os.path.join(changes.settled(root, uuid).folder, FOLDER)
        folder = os.path.join(place, name)
        if os.path.isdir(folder):
            found = entry.settle(folder)
            if found.damaged:
                raise AgentError("damaged", found.damaged, folder)
            _expect(expect_version, found.version, folder)
            if text and not found.data:
                _make_room(root, place, name)
            new = changes.NewVersion("changed", data, found.name, user, reason)
            made = changes.commit(root, uuid, found, new)
            return int(made["version"])
        _expect(expect_version, 0, folder)
        _make_place(root, place, name)
        record = changes.record_of(1, changes.NewVersion("created", data, name, user, reason))
        os.rename(changes.built(root, data, record), folder)
        fsio.try_sync_folder(place)
        return 1


def _expect(expected: int, found: int, folder: str) -> None:
    if expected != found:
        raise AgentError("conflict", f"expected version {expected}, found version {found}", folder)


def _make_place(root: str, place: str, name: str) -> None:
    """Make the folder of a domain's texts, or room in it for one more."""
    try:
        os.mkdir(place, 0o700)
    except FileExistsError:
        _make_room(root, place, name)
    else:
        fsio.sync_folder(os.path.dirname(place))


def _make_room(root: str, place: str, name: str) -> None:
    """Refuse a text where the domain has as many others; of those taken away the oldest make room."""
    others = [other for other in _names(place) if other != name]
    if len(others) < MOST:
        return
    loaded = [entry.load(os.path.join(place, other)) for other in others]
    gone = [each for each in loaded if not (each.damaged or each.hand_edited or each.data)]
    if len(loaded) - len(gone) >= MOST:
        raise AgentError("large", f"the domain has {MOST} texts already", place)
    gone.sort(key=lambda each: entry_log.epoch(each.current.get("time")) or 0.0)
    for each in gone[: max(0, len(gone) + 1 - MOST)]:
        staged = layout.staging(root, "taken-away")
        os.rename(each.folder, staged)
        fsio.discard(staged)
    fsio.try_sync_folder(place)


def _names(place: str) -> List[str]:
    return sorted(name for name in os.listdir(place) if _NAME.match(name))


def _domain(root: str, uuid: str) -> str:
    folder = layout.entry(root, uuid)
    if not layout.usable(root) or not os.path.isdir(folder):
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", root)
    return folder


def _told(name: str, found: entry.StoreEntry) -> AttachedText:
    current: Dict[str, Any] = found.current
    text = "" if found.damaged or found.data is None else found.data.decode("utf-8", "replace")
    return {
        "name": name,
        "version": found.version,
        "time": entry_log.epoch(current.get("time")),
        "user": str(current.get("user", "")),
        "text": text,
    }
