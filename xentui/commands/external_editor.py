"""The user's own editor and terminal: texts are edited here, whatever host they belong to."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from xentui.agent import AgentError
from xentui.agent.files import safe_folder, scratch
from xentui.errors import XentuiError

FALLBACK = "vi"
LIMIT = 1 << 20
STALE = 86400.0
"""Seconds after its last change until the folder of a killed editor is removed."""
_EDITING, _KEPT = "xentui-edit-", "xentui-kept-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_UNFIT = re.compile(r"[^A-Za-z0-9_.:+-]")


class Workspace:
    """An owner-only folder of this machine with the text being edited; it goes unless :meth:`keep` is called.

    It is locked for as long as somebody works in it, be it only the editor that has outlived xentui: what a killed one
    left is removed when a day old.  Raises XentuiError where there is no folder for it.
    """

    def __init__(self, name: str, text: str) -> None:
        try:
            with safe_folder.open_folder(scratch.folder()) as place:
                _sweep(place)
                own = f"{_EDITING}{os.urandom(8).hex()}"
                os.mkdir(own, 0o700, dir_fd=place.fd)
                self._lock = os.open(own, _FOLDER, dir_fd=place.fd)
                self._folder = Path(place.spelt(own))
        except AgentError as error:
            raise XentuiError(f"cannot edit text there: it {error.message}", subject=error.path) from error
        except OSError as error:
            raise XentuiError(
                f"cannot edit text there: {error.strerror}", subject=tempfile.gettempdir()
            ) from error
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._file = f"{_UNFIT.sub('_', name)[:80].lstrip('.-') or 'domain'}.cfg"
        self.kept = False
        self.write(text)

    @property
    def path(self) -> Path:
        """The file with the text."""
        return self._folder / self._file

    def edit(self) -> None:
        """Let the user edit the text on this terminal; raises as :func:`run`."""
        run(self.path, self._lock)

    def write(self, text: str) -> None:
        """Replace the text."""
        self.path.write_bytes(text.encode("utf-8"))
        self.path.chmod(0o600)

    def read(self) -> str:
        """Return the text as it is now; raises XentuiError where it is none."""
        try:
            with self.path.open("rb") as file:
                data = file.read(LIMIT + 1)
            if len(data) > LIMIT:
                raise XentuiError("the text is longer than 1 MiB", subject=str(self.path))
            return data.decode("utf-8")
        except OSError as error:
            raise XentuiError(f"cannot be read: {error.strerror}", subject=str(self.path)) from error
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise XentuiError(f"is not UTF-8 text (line {line})", subject=str(self.path)) from error

    def keep(self) -> str:
        """Leave the file for its user to find, where nobody sweeps; returns its path."""
        if not self.kept:
            self.kept = True
            kept = self._folder.with_name(self._folder.name.replace(_EDITING, _KEPT, 1))
            with contextlib.suppress(OSError):
                self._folder = self._folder.rename(kept)
        return str(self.path)

    def close(self) -> None:
        """Remove the folder, whatever else the editor has left in it, unless the text is kept."""
        if not self.kept:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _sweep(place: safe_folder.Folder) -> None:
    """Remove what killed editors left a day ago: one's own folders that nobody has locked."""
    oldest = time.time() - STALE
    with contextlib.suppress(OSError):
        for name in place.names():
            if name.startswith(_EDITING):
                with contextlib.suppress(OSError):
                    _sweep_one(place, name, oldest)


def _sweep_one(place: safe_folder.Folder, name: str, oldest: float) -> None:
    status = place.look(name)
    if status is None or not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return
    fd = os.open(name, _FOLDER, dir_fd=place.fd)
    try:
        changes = [os.stat(file, dir_fd=fd, follow_symlinks=False).st_mtime for file in os.listdir(fd)]  # noqa: PTH208 - by its descriptor
        if max([status.st_mtime, *changes]) < oldest:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(name, dir_fd=place.fd)
    finally:
        os.close(fd)


def command(environment: Mapping[str, str]) -> list[str]:
    """Return the argv of the user's editor: ``$VISUAL``, else ``$EDITOR``, else vi.  Raises XentuiError."""
    for name in ("VISUAL", "EDITOR"):
        if (value := environment.get(name, "")).strip():
            try:
                return shlex.split(value)
            except ValueError:
                raise XentuiError(
                    "cannot be read as a command", subject=f"{name}={value}", hint="quote it as in a shell"
                ) from None
    return [FALLBACK]


def run(path: Path, held: int | None = None) -> None:
    """Let the user edit a file on this terminal; raises XentuiError where the editor fails.

    The editor inherits the descriptor ``held``, and the lock on it.
    """
    argv = [*command(os.environ), str(path)]
    try:
        with _keys_are_the_editors():
            status = subprocess.run(argv, check=False, pass_fds=() if held is None else (held,)).returncode
    except OSError as error:
        raise XentuiError(
            f"the editor cannot be run: {(error.strerror or str(error)).lower()}",
            subject=argv[0],
            hint="set VISUAL or EDITOR to an installed editor",
        ) from error
    if status != 0:
        raise XentuiError(f"the editor ended with status {status}", subject=argv[0])


def ask(question: str, answers: str) -> str:
    """Return one of the letters of ``answers``, the first for an empty line and the last where the input ends."""
    while True:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            return answers[-1]
        word = line.strip().lower()[:1] or answers[0]
        if word in answers:
            return word


def has_terminal() -> bool:
    """Return whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


@contextlib.contextmanager
def _keys_are_the_editors() -> Iterator[None]:
    """Leave Ctrl-C and Ctrl-\\ to the editor: a handler is not inherited, as ignoring them would be."""
    before = {}
    with contextlib.suppress(ValueError):  # not in the main thread: nobody's keys
        for number in (signal.SIGINT, signal.SIGQUIT):
            before[number] = signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
