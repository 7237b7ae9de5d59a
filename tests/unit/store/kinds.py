"""The kinds of transaction the store knows, and the store each starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.store.observing import Seen, auto, call

WEB1 = "11111111-2222-3333-4444-000000000001"
WEB2 = "11111111-2222-3333-4444-000000000002"
OLD_TEXT, NEW_TEXT, HAND_TEXT = "name = 'web1'\n", "name = 'web1'\nmemory = 256\n", "name = 'web1'\n# mine\n"


@dataclass(frozen=True)
class Kind:
    """A kind of transaction: how the store is prepared, the operation, and how often it may be repeated."""

    prepare: Callable[[Path], None]
    operation: str
    arguments: dict[str, Any]
    between: Callable[[Seen], Seen] | None = None


def _nothing(root: Path) -> None:
    """No store at all."""


def _other(root: Path) -> None:
    call(root, "create", uuid=WEB2, name="other", text="name = 'other'\n")


def _stored(root: Path) -> None:
    _other(root)
    call(root, "create", uuid=WEB1, name="web1", text=OLD_TEXT)


def _edited(root: Path) -> None:
    _stored(root)
    (root / "domains" / WEB1 / "config.cfg").write_text(HAND_TEXT)


def _stale_name(root: Path) -> None:
    _other(root)
    (root / "names" / "web1").symlink_to(f"../domains/{WEB1}")


def _names_lost(root: Path) -> None:
    _other(root)
    (root / "names" / "other").unlink()
    (root / "names").rmdir()


def _two_versions(root: Path) -> None:
    _stored(root)
    call(root, "put", uuid=WEB1, name="web1", text="name = 'web1'\nmemory = 64\n")


def _unfinished(root: Path) -> None:
    """What a writer killed right after its commit leaves, with a torn record behind it."""
    _two_versions(root)
    folder = root / "domains" / WEB1
    (folder / "config.cfg").rename(folder / "config.cfg.new")
    (folder / "config.cfg").write_text(OLD_TEXT)
    with (folder / "log.jsonl").open("ab") as log:
        log.write(b'{"version": 3, "event": "cha')
    (root / "staging" / "left").mkdir()
    (root / "staging" / "left" / "over").write_text("litter")


def _config_lost(root: Path) -> None:
    _two_versions(root)
    (root / "domains" / WEB1 / "config.cfg").unlink()


def _log_lost(root: Path) -> None:
    _two_versions(root)
    (root / "domains" / WEB1 / "log.jsonl").unlink()


def _deleted(root: Path) -> None:
    _stored(root)
    call(root, "delete", uuid=WEB1)


def _deleted_and_stored(root: Path) -> None:
    _deleted(root)
    call(root, "create", uuid=WEB1, name="web1", text="name = 'web1'\nmemory = 1\n")


def _saving(root: Path) -> None:
    _stored(root)
    Path(call(root, "checkpoint_begin", uuid=WEB1)).write_bytes(b"memory")


def _part(root: Path) -> str:
    """The image of the save under way; of one that has ended, no file."""
    folder = root / "domains" / WEB1
    return str(next(folder.glob("checkpoint.part-*"), folder / "checkpoint.part-ended"))


def _suspended(root: Path) -> None:
    _saving(root)
    call(root, "checkpoint_commit", uuid=WEB1, part=_part(root))


def _resuming(root: Path) -> None:
    _suspended(root)
    call(root, "resume_begin", uuid=WEB1)


def _marked(root: Path) -> None:
    _stored(root)
    call(root, "write_oneoff", uuid=WEB1, text=NEW_TEXT)
    call(root, "mark_running", uuid=WEB1, record={"kind": "one-off"})


def _linked(root: Path) -> None:
    _stored(root)
    target = str(root / "domains" / WEB1 / "config.cfg")
    call(root, "link_autostart", auto_dir=str(auto(root)), name="web1", target=target)


def _withheld(root: Path) -> None:
    _stored(root)
    target = str(root / "domains" / WEB1 / "config.cfg")
    call(root, "link_autostart", auto_dir=str(auto(root)), name="web1", target=target, order=10)
    call(root, "withhold_autostart", auto_dir=str(auto(root)), uuid=WEB1)


def _audited(root: Path) -> None:
    _other(root)
    call(root, "audit_append", record={"verb": "new"})


def _torn_audit(root: Path) -> None:
    _audited(root)
    with (root / "audit.jsonl").open("ab") as log:
        log.write(b'{"verb": "st')


def _opened_audit(root: Path) -> None:
    _audited(root)
    call(root, "audit_open", record={"verb": "start"}, id="1")


def _exported(root: Path) -> None:
    _other(root)
    (root.parent / "export.cfg").write_bytes(b"before")


def _hand_edit_recorded(old: Seen) -> Seen:
    """Between the two commits of a change to a text edited by hand: the edit is a version already."""
    domain = old["domains"][WEB1]
    history = [*domain["history"], ("edited by hand", 2, "web1", HAND_TEXT)]
    recorded = {**domain, "version": 2, "hand_edited": False, "history": history}
    return {**old, "domains": {**old["domains"], WEB1: recorded}}


def _log_made_anew(old: Seen) -> Seen:
    """The lost log has been replaced by one that records the versions there are; nothing is restored yet."""
    domain = old["domains"][WEB1]
    history = [(event, version, "web1", text) for event, version, _name, text in domain["history"]]
    text = history[-1][3]
    mended = {**domain, "name": "web1", "version": 2, "text": text, "damaged": "", "history": history}
    return {**old, "domains": {**old["domains"], WEB1: mended}}


def _mark_without_text(old: Seen) -> Seen:
    """The mark goes before the text it is about."""
    domain = {**old["domains"][WEB1], "running": None}
    return {**old, "domains": {**old["domains"], WEB1: domain}}


def _linked_twice(old: Seen) -> Seen:
    """The new link is there before the old one goes."""
    return {**old, "autostart": [("front", WEB1), ("web1", WEB1)]}


def _ordered_twice(old: Seen) -> Seen:
    """As :func:`_linked_twice`, where only the place changes."""
    return {**old, "autostart": [("05-web1", WEB1), ("web1", WEB1)]}


def _on_record(old: Seen) -> Seen:
    """What is taken away is on record before it goes."""
    return {**old, "domains": {**old["domains"], WEB1: {**old["domains"][WEB1], "withheld": {"order": None}}}}


def _back_and_on_record(old: Seen) -> Seen:
    """The link is there before its record goes."""
    return {**old, "autostart": [("10-web1", WEB1)]}


PUT = {"uuid": WEB1, "name": "web1", "text": NEW_TEXT, "user": "root"}
_NEW = {"uuid": WEB1, "name": "web1", "text": OLD_TEXT, "user": "root"}
_BACK = {"uuid": WEB1, "version": 1}
_ONE = {"uuid": WEB1}
KINDS = {
    "create in no store": Kind(_nothing, "create", _NEW),
    "create": Kind(_other, "create", _NEW),
    "create, the name a stale link": Kind(_stale_name, "create", _NEW),
    "create, the names lost": Kind(_names_lost, "create", _NEW),
    "create, a name to be quoted": Kind(_other, "create", {**_NEW, "name": "a/b"}),
    "put": Kind(_stored, "put", PUT),
    "put a new name": Kind(_stored, "put", {**PUT, "name": "front"}),
    "put over a hand edit": Kind(_edited, "put", PUT, between=_hand_edit_recorded),
    "put where a commit is unfinished": Kind(_unfinished, "put", PUT),
    "restore": Kind(_two_versions, "restore", _BACK),
    "restore over a hand edit": Kind(_edited, "restore", _BACK, between=_hand_edit_recorded),
    "restore a damaged entry": Kind(_config_lost, "restore", _BACK),
    "restore where the log is lost": Kind(_log_lost, "restore", _BACK, between=_log_made_anew),
    "delete": Kind(_stored, "delete", _ONE),
    "delete for the second time": Kind(_deleted_and_stored, "delete", _ONE),
    "delete where a commit is unfinished": Kind(_unfinished, "delete", _ONE),
    "undelete": Kind(_deleted, "undelete", {"name_or_uuid": "web1"}),
    "mark running": Kind(_stored, "mark_running", {**_ONE, "record": {"kind": "stored"}}),
    "mark stopped": Kind(_marked, "mark_running", {**_ONE, "record": None}, between=_mark_without_text),
    "one-off text": Kind(_stored, "write_oneoff", {**_ONE, "text": NEW_TEXT}),
    "suspend begins": Kind(_stored, "checkpoint_begin", _ONE),
    "suspend ends": Kind(_saving, "checkpoint_commit", _ONE),
    "suspend fails": Kind(_saving, "checkpoint_abort", _ONE),
    "resume begins": Kind(_suspended, "resume_begin", _ONE),
    "resume ends": Kind(_resuming, "resume_commit", _ONE),
    "autostart on": Kind(_stored, "link_autostart", {"name": "web1"}),
    "autostart under a new name": Kind(_linked, "link_autostart", {"name": "front"}, between=_linked_twice),
    "autostart with a place": Kind(
        _linked, "link_autostart", {"name": "web1", "order": 5}, between=_ordered_twice
    ),
    "autostart off": Kind(_linked, "unlink_autostart", _ONE),
    "autostart withheld": Kind(_linked, "withhold_autostart", _ONE, between=_on_record),
    "autostart returned": Kind(_withheld, "return_autostart", _ONE, between=_back_and_on_record),
    "audit": Kind(_audited, "audit_append", {"record": {"verb": "start"}}),
    "audit after a torn line": Kind(_torn_audit, "audit_append", {"record": {"verb": "start"}}),
    "audit opens": Kind(_audited, "audit_open", {"record": {"verb": "start"}, "id": "1"}),
    "audit closes": Kind(_opened_audit, "audit_close", {"record": {"verb": "start", "exit": 0}, "id": "1"}),
    "export a file": Kind(_other, "write_file", {"data": b"after", "exclusive": True}),
    "replace a file": Kind(_exported, "write_file", {"data": b"after", "exclusive": False}),
}


def arguments_of(root: Path, kind: Kind) -> dict[str, Any]:
    """The arguments, with the paths of this run."""
    extra: dict[str, Any] = {}
    if "autostart" in kind.operation:
        extra["auto_dir"] = str(auto(root))
    if kind.operation == "link_autostart":
        extra["target"] = str(root / "domains" / WEB1 / "config.cfg")
    if kind.operation in ("checkpoint_commit", "checkpoint_abort"):
        extra["part"] = _part(root)
    if kind.operation == "write_file":
        extra["path"] = str(root.parent / "export.cfg")
    return {**kind.arguments, **extra}
