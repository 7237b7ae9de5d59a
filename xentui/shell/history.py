"""The shell's history: one line a command, in an owner-only file that stays small."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import History

from xentui.agent import AgentError
from xentui.agent.files import safe_folder
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
        with contextlib.suppress(OSError, AgentError):
            _cut(path)

    def load_history_strings(self) -> Iterable[str]:
        """Return the lines of the file, the last first."""
        try:
            with _folder(self._path) as folder:
                lines = _end(folder, self._path.name).decode("utf-8", "replace").split("\n")
        except (OSError, AgentError):
            return []
        return [plain(line, _LINE) for line in reversed(lines) if line.strip()]

    def append_string(self, string: str) -> None:
        """Remember each line of ``string``."""
        for line in string.split("\n"):
            if line.strip() and self._loaded_strings[:1] != [line]:
                super().append_string(line)

    def store_string(self, string: str) -> None:
        """Append one line to the file."""
        if string.startswith(" ") or len(string) > _LINE:
            return
        data = (plain(string, _LINE) + "\n").encode("utf-8", "replace")
        with contextlib.suppress(OSError, AgentError), _folder(self._path) as folder:
            file = folder.open_own(self._path.name, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(file, data)
            finally:
                os.close(file)


def _folder(path: Path) -> safe_folder.Folder:
    """Return the folder of the file, where nobody else reads what was typed."""
    return safe_folder.private_folder(str(path.parent))


def _cut(path: Path) -> None:
    with _folder(path) as folder:
        file = folder.open_own(path.name, os.O_RDONLY)
        try:
            long = os.fstat(file).st_size > 2 * _READ
        finally:
            os.close(file)
        if long:
            folder.write(path.name, _end(folder, path.name), exclusive=False)


def _end(folder: safe_folder.Folder, name: str) -> bytes:
    """Return the last :data:`_READ` bytes of the file, from the start of a line."""
    with os.fdopen(folder.open_own(name, os.O_RDONLY), "rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _READ))
        data = stream.read(_READ)
    return data.partition(b"\n")[2] if size > _READ else data
