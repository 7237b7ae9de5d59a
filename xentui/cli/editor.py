"""The user's own editor and terminal: texts are edited here, whatever host they belong to."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from xentui.errors import XentuiError

FALLBACK = "vi"
LIMIT = 1 << 20
_UNFIT = re.compile(r"[^A-Za-z0-9_.:+-]")


class Workspace:
    """An owner-only folder of this machine with the text being edited; it goes unless :meth:`keep` is called."""

    def __init__(self, name: str, text: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="xentui-edit-"))
        self.path = self._folder / f"{_UNFIT.sub('_', name)[:80].lstrip('.-') or 'domain'}.cfg"
        self.kept = False
        self.write(text)

    def write(self, text: str) -> None:
        """Replace the text."""
        self.path.write_bytes(text.encode("utf-8"))
        self.path.chmod(0o600)

    def read(self) -> str:
        """The text as it is now; raises XentuiError where it is none."""
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
        """Leave the file where it is; returns its path."""
        self.kept = True
        return str(self.path)

    def close(self) -> None:
        """Remove the folder, whatever else the editor has left in it, unless the text is kept."""
        if not self.kept:
            shutil.rmtree(self._folder, ignore_errors=True)


def command(environment: Mapping[str, str]) -> list[str]:
    """The argv of the user's editor: ``$VISUAL``, else ``$EDITOR``, else vi.  Raises XentuiError."""
    for name in ("VISUAL", "EDITOR"):
        if (value := environment.get(name, "")).strip():
            try:
                return shlex.split(value)
            except ValueError:
                raise XentuiError(
                    "cannot be read as a command", subject=f"{name}={value}", hint="quote it as in a shell"
                ) from None
    return [FALLBACK]


def run(path: Path) -> None:
    """Let the user edit a file on this terminal; raises XentuiError where the editor fails."""
    argv = [*command(os.environ), str(path)]
    try:
        with _keys_are_the_editors():
            status = subprocess.run(argv, check=False).returncode
    except OSError as error:
        raise XentuiError(
            f"the editor cannot be run: {(error.strerror or str(error)).lower()}",
            subject=argv[0],
            hint="set VISUAL or EDITOR to one that is there",
        ) from error
    if status != 0:
        raise XentuiError(f"the editor ended with status {status}", subject=argv[0])


def ask(question: str, answers: str) -> str:
    """One of the letters of ``answers``, the first for an empty line and the last where the input ends."""
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
    """Whether somebody is there to be asked."""
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
