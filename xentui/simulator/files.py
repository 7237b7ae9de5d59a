"""The simulated host's own files: which paths are its own, and where they lie."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from xentui.frozen import dataclass

#: The folders of a dom0 the simulated host has of its own; every other path is the real one, and so is that of the
#: machine's folder for temporary files, wherever it lies.
OWN_FOLDERS = frozenset({"etc", "srv", "var", "dev", "boot", "mnt", "usr", "sys", "proc", "run"})
#: Below these nothing of the machine is ever meant.
_OWN_SYSTEM = ("/var/lib/dpkg/", "/run/systemd/")
#: Of those, where a user's working folder may be: a file that really is there is meant where the host has none.
_SHARED_FOLDERS = frozenset({"srv", "var", "mnt", "run"})


@dataclass(frozen=True, slots=True)
class HostFiles:
    """The files of the host simulated in ``folder``; its own ones lie under ``folder/root``."""

    folder: Path

    @property
    def root(self) -> Path:
        """Where the simulated host's own files lie."""
        return self.folder / "root"

    def path(self, path: str, cwd: str = "") -> Path:
        """Return where ``path`` really lies.

        Absolute paths below /etc, /srv, /var, /dev, /boot, /mnt, /usr, /sys, /proc and /run are the simulated host's
        own, unless they lie inside its folder, or below /srv, /var, /mnt or /run and only the real file exists;
        relative ones are real, taken from ``cwd`` (default: the process's own).
        """
        if not path.startswith("/"):
            return Path(cwd or os.getcwd()) / path  # noqa: PTH109 - Path.cwd() costs the same and reads worse here
        whole = os.path.normpath(path)
        if whole.startswith("//"):
            whole = whole[1:]
        temporary = os.environ.get("TMPDIR") or self.folder
        if (whole + "/").startswith((f"{self.folder}/", f"{temporary}/")):
            return Path(whole)
        top = whole.split("/", 2)[1]
        if top in OWN_FOLDERS:
            own = self.root / whole[1:]
            # What runs the machine itself (/etc, /usr) is never touched, whatever is asked of the simulator.
            shared = top in _SHARED_FOLDERS and not whole.startswith(_OWN_SYSTEM)
            if not shared or os.path.lexists(own) or not is_file(whole):
                return own
        return Path(whole)

    def write(self, path: str, data: bytes) -> None:
        """Write a file of the host's own, making the folders it needs."""
        own = self._own(path)
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_bytes(data)

    def _own(self, path: str) -> Path:
        """Return where the host's own file lies; what it writes itself goes there, whatever the machine has by that
        name.
        """
        return self.root / os.path.normpath(path).lstrip("/")

    def append(self, path: str, text: str, *, anew: bool = False) -> None:
        """Add to a log of the host, or begin it ``anew``; a log that cannot be written is no reason to stop."""
        with (
            contextlib.suppress(OSError),
            self._own(path).open("w" if anew else "a", encoding="utf-8") as file,
        ):
            file.write(text)

    def head(self, path: str, limit: int = 65536) -> bytes:
        """Return the first bytes of a file of the host; nothing where it cannot be read."""
        try:
            with self.path(path).open("rb") as file:
                return file.read(limit)
        except OSError:
            return b""


def exists(path: str | Path) -> bool:
    """Return whether a file is there; a name longer than any file's is of none."""
    try:
        return Path(path).exists()
    except OSError:
        return False


def is_file(path: str | Path) -> bool:
    """Return whether a regular file is there, as :func:`exists`."""
    try:
        return Path(path).is_file()
    except OSError:
        return False
