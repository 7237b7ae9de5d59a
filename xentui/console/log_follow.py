"""A console log as it grows: the lines that are added, also where the log is moved on meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

from xentui.console.log_names import with_older
from xentui.console.log_times import believed, end_of_records
from xentui.console.logs import ConsoleLog, LogEnd, LogLine, open_regular, read_index

_MOST = 4 << 20
"""Bytes that are taken at a time."""


class LogFollower:
    """Follows the log at ``path`` from where reading it has ended: what comes meanwhile is told too."""

    def __init__(self, path: Path, end: LogEnd) -> None:
        self.path = path
        self._inode, self._place, self._index = end.inode, end.place, end.index
        self._begun = b""
        """A line that has not ended."""

    def take(self) -> list[LogLine]:
        """Return the lines that have ended since; their places count from the first of them.  Raises nothing."""
        lines: list[LogLine] = []
        for path in self._files():
            lines += self._grown(path)
        return lines

    def _files(self) -> list[Path]:
        """Return the file that was read last and those that came after it, oldest first."""
        newer = []
        for path in with_older(self.path):
            try:
                inode = path.stat().st_ino
            except OSError:
                break
            newer.append(path)
            if inode == self._inode:
                return newer[::-1]
        # What it was has gone: the newest is what is left to follow.
        return newer[:1]

    def _grown(self, path: Path) -> list[LogLine]:
        try:
            with open_regular(path) as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self._inode or status.st_size < self._place:
                    self._inode, self._place, self._index = status.st_ino, 0, 0
                file.seek(self._place)
                data = file.read(_MOST)
        except OSError:
            return []
        if not data:
            return []
        # A line that is cut begins before: its own times were told with it, those of its rest are.
        index = read_index(path, self._index)
        times = believed(index, data, status, base=self._place, at=len(self._begun))
        self._place += len(data)
        self._index += end_of_records(index, self._place)
        whole = self._begun + data
        end = whole.rfind(b"\n") + 1
        self._begun = whole[end:][-_MOST:]
        return list(ConsoleLog(path, whole[:end], times, status.st_mtime).lines())
