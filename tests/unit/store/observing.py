"""What can be seen of a store, without what differs from run to run (times, tokens)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from tests.unit.agent import steps

Seen = dict[str, Any]
#: What tells the unfinished image of one save from that of another.
_OWNER = re.compile(r"(?<=checkpoint\.part)-[0-9a-f]{16}$")


def call(root: Path, operation: str, **arguments: Any) -> Any:
    """One operation of the agent, or one step of a job, in this process."""
    return steps.dispatch(str(root), operation, arguments)


def observe(root: Path) -> Seen:
    """Everything a reader can learn: domains with all versions, names, trash, audit, autostart."""
    domains = {item["uuid"]: _domain(root, item) for item in call(root, "list")["entries"]}
    trash = [
        (item["trash"], item["name"], item["version"], item["damaged"], _history(root, item["uuid"]))
        for item in call(root, "list_trash")
        if item["uuid"] not in domains
    ]
    names = {name: call(root, "find", name=name) for name in ("web1", "front", "other", "a/b")}
    links = [(item["file"], item["uuid"]) for item in call(root, "list_autostart", auto_dir=str(auto(root)))]
    audit = [(item.get("verb"), item.get("exit")) for item in call(root, "audit_tail", limit=1000)]
    export = root.parent / "export.cfg"
    exported = export.read_bytes() if export.exists() else None
    return {
        "domains": domains,
        "trash": sorted(trash),
        "names": names,
        "autostart": links,
        "audit": audit,
        "export": exported,
    }


def _domain(root: Path, item: dict[str, Any]) -> Seen:
    kept = (
        "name",
        "version",
        "hand_edited",
        "text",
        "damaged",
        "suspended",
        "resuming",
        "saving",
        "oneoff",
        "withheld",
    )
    running = item["running"]
    return {
        **{key: item[key] for key in kept},
        "running": {key: value for key, value in running.items() if key != "time"} if running else None,
        "history": _history(root, item["uuid"]),
        "memory": _memory(root / "domains" / item["uuid"]),
    }


def _memory(folder: Path) -> dict[str, bytes]:
    return {_OWNER.sub("", path.name): path.read_bytes() for path in folder.glob("checkpoint.*")}


def _history(root: Path, uuid: str) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for item in call(root, "history", uuid=uuid):
        version = item.get("version")
        if version is not None and (root / "domains" / uuid).exists():
            text = call(root, "read_version", uuid=uuid, version=version)["text"]
        else:
            text = None
        found.append((item["event"], version, item.get("name"), text))
    return found


def auto(root: Path) -> Path:
    """The autostart folder that belongs to a store in these tests."""
    return root.parent / "auto"


def tree(root: Path) -> set[str]:
    """Every path around a store, relative to the folder it lies in."""
    found = set()
    for folder, names, files in os.walk(root.parent):
        for name in [*names, *files]:
            found.add(_OWNER.sub("", os.path.relpath(os.path.join(folder, name), root.parent)))
    return found
