"""The shell's history: one line a command, in an owner-only file that stays small."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import History

from xentui.text import plain

_READ = 256 * 1024
"""Bytes of the file's end that are read; a file of twice that is cut down to it."""
_LINE = 4096


class LineHistory(History):
    """Commands in ``path``, appended as they are given, so that several shells share it.

    A file that cannot be read or written costs the memory of other sessions, nothing else.  Lines that begin
    with a blank are kept for this session only, a repeated line once.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        with contextlib.suppress(OSError):
            _make_private(path)
            _cut(path)

    def load_history_strings(self) -> Iterable[str]:
        """The lines of the file, the last first."""
        try:
            lines = _end(self._path).decode("utf-8", "replace").splitlines()
        except OSError:
            return []
        return [plain(line, _LINE) for line in reversed(lines) if line.strip()]

    def append_string(self, string: str) -> None:
        """Remember each line of ``string``."""
        for line in string.splitlines():
            if line.strip() and self._loaded_strings[:1] != [line]:
                super().append_string(line)

    def store_string(self, string: str) -> None:
        """Append one line to the file."""
        if string.startswith(" ") or len(string) > _LINE:
            return
        data = (plain(string, _LINE) + "\n").encode("utf-8", "replace")
        with contextlib.suppress(OSError):
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, data)
            finally:
                os.close(file)


def _make_private(path: Path) -> None:
    """See to it that nobody else reads what was typed."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)


def _cut(path: Path) -> None:
    if path.stat().st_size <= 2 * _READ:
        return
    kept = _end(path)
    passing = path.with_name(f"{path.name}.{os.getpid()}")
    file = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(kept)
    passing.replace(path)


def _end(path: Path) -> bytes:
    """The last :data:`_READ` bytes of the file, from the start of a line."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _READ))
        data = stream.read(_READ)
    return data.partition(b"\n")[2] if size > _READ else data
