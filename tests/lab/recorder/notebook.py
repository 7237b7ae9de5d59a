"""Runs commands and keeps what they answered, verbatim, as readable JSON."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any


def run(argv: list[str], *, stdin: bytes = b"", timeout: float = 120.0) -> tuple[int, bytes, bytes, float]:
    """Run a command: exit status, standard output, standard error, seconds.

    A command still running after ``timeout`` seconds is ended with SIGTERM; its status is then -15.
    """
    start = time.monotonic()
    child = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"},
    )
    try:
        out, err = child.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        child.terminate()
        out, err = child.communicate()
    return child.returncode, out, err, time.monotonic() - start


def verbatim(data: bytes) -> list[str]:
    """Bytes as a list of lines whose concatenation is the output exactly, ``\\r`` and escapes included."""
    return [line.decode("utf-8", "backslashreplace") for line in data.splitlines(keepends=True)]


def _entry(entry: dict[str, Any]) -> str:
    """One entry as JSON: short values on one line each, lists of lines one line each."""
    parts = []
    for key, value in entry.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and key != "argv" and value:
            items = ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in value)
            text = f"[\n  {items}]"
        parts.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "}"


class Notebook:
    """One file of recordings: each entry an argv with its exit status and outputs."""

    def __init__(self, folder: Path, name: str, about: str) -> None:
        self.path = folder / f"{name}.json"
        self.about = about
        self.entries: list[dict[str, Any]] = []

    def record(self, what: str, *argv: str, stdin: bytes = b"", timeout: float = 120.0) -> str:
        """Run ``argv``, keep the answer under the heading ``what``, and return its standard output."""
        status, out, err, seconds = run(list(argv), stdin=stdin, timeout=timeout)
        entry: dict[str, Any] = {"what": what, "argv": list(argv), "exit": status}
        if stdin:
            entry["stdin"] = verbatim(stdin)
        if status < 0:
            entry["ended_after"] = timeout
        entry |= {"seconds": round(seconds, 2), "stdout": verbatim(out), "stderr": verbatim(err)}
        self.entries.append(entry)
        self.save()
        return out.decode("utf-8", "replace")

    def note(self, what: str, **values: Any) -> None:
        """Keep something that is not the answer of one command (a time line, the text of a file)."""
        self.entries.append({"what": what, **values})
        self.save()

    def save(self) -> None:
        """Write the file; done after each entry, so that a run cut short keeps what it has."""
        body = ",\n".join(_entry(entry) for entry in self.entries)
        about = json.dumps(self.about, ensure_ascii=False)
        self.path.write_text(f'{{"about": {about},\n"entries": [\n{body}\n]}}\n', encoding="utf-8")
