"""What a domain's console has printed, byte for byte, in a file for its owner only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from xentui.agent import AgentError
from xentui.agent.files import safe_folder
from xentui.console.log_names import older_name, transcript_path
from xentui.console.log_times import SUFFIX, TimesWriter
from xentui.console.redaction import Redactor
from xentui.text import plain

_RETRY = 2.0
"""Seconds between two attempts to write where writing has failed."""
_NOTE_LIMIT = 1000
_PATIENCE = 2.0
"""Seconds to wait for another program that moves the file on."""


class Transcript:
    """Every byte of a console, appended to the file at ``path``; the file is 0600, its folder 0700.

    A file holds at most ``limit`` bytes, then it becomes ``path.1`` and a new one begins; ``keep`` such older files
    are kept (``path.1`` the newest).  When each piece came is kept beside each (:mod:`xentui.console.log_times`).
    Nothing is opened before the first byte, and nothing here raises: what goes wrong is said in ``problem`` while it
    does, and how many bytes were lost is written to the file once it works again.  All methods may be called from any
    thread.
    """

    def __init__(self, path: Path, *, limit: int = 8 << 20, keep: int = 3) -> None:
        self.path = path
        self.problem = ""
        """Why bytes are being lost; ``""`` while none are."""
        self._limit = max(1, limit)
        self._keep = max(0, keep)
        self._lock = threading.Lock()
        self._file = -1
        self._times = TimesWriter()
        self._size = 0
        self._line_begins = True
        self._lost = 0
        self._retry_at = 0.0
        self._redactor = Redactor()

    def hide(self, words: Collection[str]) -> Callable[[], None]:
        """Keep these out of what is appended from now on; returns what ends that."""
        with self._lock:
            key = self._redactor.hide(words)

        def stop() -> None:
            with self._lock:
                self._redactor.show(key)

        return stop

    def write(self, data: bytes) -> None:
        """Append what the console printed."""
        with self._lock:
            if passed := self._redactor.passed(data):
                self._append(passed)

    def note(self, text: str) -> None:
        """Append a line of our own, made plain; it begins on a line of its own."""
        with self._lock:
            self._append(_line(text), own_line=True)

    def mark(self, words: str) -> None:
        """Append a line of our own that says what is done with the console, and when."""
        self.note(f"--- {words} at {time.strftime('%Y-%m-%d %H:%M:%S')} ---")

    def close(self) -> None:
        """Close the file; a later write opens it again."""
        with self._lock:
            if rest := self._redactor.rest():
                self._append(rest)
            self._close()

    def _append(self, data: bytes, *, own_line: bool = False) -> None:
        if self.problem and time.monotonic() < self._retry_at:
            self._lost += len(data)
            return
        rest = data
        try:
            self._ready()
            if self._lost:
                words = f"--- {self._lost} bytes are missing here: {self.problem} ---"
                self._put(b"\n" + _line(words), note=True)
                self._lost = 0
            if own_line and not self._line_begins:
                self._put(b"\n", note=True)
            while rest:
                rest = self._put(rest, note=own_line)
            self.problem = ""
        except (OSError, AgentError) as error:
            self._lost += len(rest)
            self.problem = f"the console's log cannot be written: {_reason(error)}"
            self._retry_at = time.monotonic() + _RETRY
            self._close()

    def _put(self, data: bytes, *, note: bool = False) -> bytes:
        """Write the beginning of ``data``, into the next file if this one is full; returns the rest."""
        if self._size >= self._limit:
            self._rotate()
        now = time.time_ns() // 1000
        written = os.write(self._file, data[: self._limit - self._size])
        # Where it went only the file knows: another program may have written too, somebody may have emptied it.
        end = os.lseek(self._file, 0, os.SEEK_CUR)
        if end < self._size:
            self._times.restart()
        self._times.add(end - written, data[:written], now, note=note)
        self._size = end
        self._line_begins = data[written - 1 : written] == b"\n"
        return data[written:]

    def _ready(self) -> None:
        if self._file >= 0:
            return
        with safe_folder.private_folder(str(self.path.parent)) as folder:
            self._file = folder.open_own(self.path.name, os.O_RDWR | os.O_APPEND)
            status = os.fstat(self._file)
            self._times.open(folder, self.path.name, status)
        self._size = status.st_size
        self._line_begins = not self._size or os.pread(self._file, 1, self._size - 1) == b"\n"

    def _rotate(self) -> None:
        # Another program of the same user may have the file open too: only one of them moves it on.
        self._take_turn()
        with safe_folder.private_folder(str(self.path.parent)) as folder:
            if self._is_current(folder):
                # First the times: cut short, this leaves an index beside a log it does not fit, and is not believed.
                name = self.path.name
                for suffix in (SUFFIX, ""):
                    for number in range(self._keep, 0, -1):
                        newer, older = older_name(name, number - 1), older_name(name, number)
                        try:
                            folder.move(newer + suffix, older + suffix)
                        except FileNotFoundError:
                            if suffix:
                                folder.remove(older + suffix)
                    if not self._keep:
                        folder.remove(self.path.name + suffix)
        self._close()
        self._ready()
        if self._size >= self._limit:
            self._rotate()

    def _take_turn(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise OSError("another program keeps it locked") from None
                time.sleep(0.01)
            else:
                return

    def _is_current(self, folder: safe_folder.Folder) -> bool:
        there = folder.look(self.path.name)
        return there is not None and os.path.samestat(os.fstat(self._file), there)

    def _close(self) -> None:
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1
        self._times.close()


def transcript_of(host: str, domain_name: str, uuid: str) -> Transcript:
    """Return the log of a domain's console; one whose uuid nobody knows yet, "", gets a log of its own."""
    return Transcript(transcript_path(host, domain_name, uuid or secrets.token_hex(4)))


def _line(text: str) -> bytes:
    return (plain(text, _NOTE_LIMIT) + "\n").encode("utf-8", "replace")


def _reason(error: OSError | AgentError) -> str:
    if isinstance(error, AgentError):
        return f"{error.path} {error.message}" if error.path else error.message
    return error.strerror or str(error)


__all__ = ["Transcript", "transcript_of"]
