"""What libvirt 9.0.0 answered: see ``record`` and ``record_migration``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from xentui.hosts.base import Completed

FOLDER = Path(__file__).parent
UUID = "11111111-2222-4333-8444-000000000001"


def entries(name: str) -> list[dict[str, Any]]:
    """The entries of ``virsh`` or ``native``, in the order they were run."""
    return list(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["entries"])


def answers(*words: str) -> list[Completed]:
    """What virsh answered to these words, each time they were said."""
    found = [entry for entry in entries("virsh") if entry["argv"][4:] == list(words)]
    assert found, words
    return [
        Completed(
            tuple(entry["argv"]),
            entry["exit"],
            "".join(entry["stdout"]).encode(),
            "".join(entry["stderr"]).encode(),
        )
        for entry in found
    ]


def migrations(case: str, verb: str, host: str = "source") -> Completed:
    """What virsh answered in a case of the recorded migrations, of which there is one such answer."""
    found = [
        entry
        for entry in entries("migration")
        if (entry["case"], entry["host"]) == (case, host) and entry["argv"][4:5] == [verb]
    ]
    assert found, (case, verb, host)
    entry = found[-1]
    return Completed(
        tuple(entry["argv"]),
        entry["exit"],
        "".join(entry["stdout"]).encode(),
        "".join(entry["stderr"]).encode(),
    )


def conversion(what: str) -> tuple[str, str, str]:
    """A text of xl's, the XML libvirt made of it, and the text it made of that again ("" for what it refused)."""
    entry = next(entry for entry in entries("native") if entry["what"] == what)
    return entry["text"], "".join(entry["from"]["stdout"]), "".join(entry.get("to", {}).get("stdout", ()))
