"""The guest's files, as a boot loader sees them."""

from __future__ import annotations

import posixpath

from xentui.bootmenu.limits import BYTES, FILES, BootMenuError
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object  # there is none before Python 3.8


class Files(Protocol):
    """What can be read of a guest's disk; devices are in GRUB's words without parentheses, "" is the menu's own."""

    def read(self, device: str, path: str) -> bytes | None:
        """Return the first bytes of a regular file, at most :data:`~xentui.bootmenu.limits.FILE`; None where there is
        none.
        """

    def names(self, device: str, path: str) -> list[str] | None:
        """Return the names in a folder, those of folders with a slash at their end; None where there is none."""

    def search(self, kind: str, value: str) -> str | None:
        """Return the device whose file system has this ``fs-uuid`` or ``label``, or that has this ``file``; None for
        none.
        """


class MemoryFiles:
    """Files that are there already: ``{device: {path: content}}``."""

    def __init__(self, devices: dict[str, dict[str, bytes]], uuids: dict[str, str] | None = None) -> None:
        self._devices = devices
        self._uuids = uuids or {}

    def read(self, device: str, path: str) -> bytes | None:
        """Return the content of a file."""
        return self._devices.get(device, {}).get(normal(path))

    def names(self, device: str, path: str) -> list[str] | None:
        """Return what lies in a folder."""
        folder = normal(path).rstrip("/") + "/"
        found = set()
        for each in self._devices.get(device, {}):
            if each.startswith(folder):
                name, slash, _ = each[len(folder) :].partition("/")
                found.add(name + slash)
        return sorted(found) if found or folder == "/" else None

    def search(self, kind: str, value: str) -> str | None:
        """Return a device by what it has."""
        if kind == "file":
            return next((name for name, files in self._devices.items() if normal(value) in files), None)
        return self._uuids.get(value)


class Counted:
    """Files of which no more than a bound are read."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._left, self._bytes = FILES, BYTES

    def read(self, device: str, path: str) -> bytes | None:
        """As :meth:`Files.read`; raises BootMenuError where too much has been read."""
        self._count()
        data = self._files.read(device, path)
        self._bytes -= len(data or b"")
        if self._bytes < 0:
            raise BootMenuError(f"it reads more than {BYTES >> 20} MiB")
        return data

    def names(self, device: str, path: str) -> list[str] | None:
        """As :meth:`Files.names`; raises BootMenuError where too much has been read."""
        self._count()
        return self._files.names(device, path)

    def search(self, kind: str, value: str) -> str | None:
        """As :meth:`Files.search`; raises BootMenuError where too much has been read."""
        self._count()
        return self._files.search(kind, value)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise BootMenuError(f"it reads more than {FILES} files")


def normal(path: str) -> str:
    """Return a path from the root, without ``.``, ``..`` and doubled slashes."""
    return posixpath.normpath("/" + path.lstrip("/"))


def text_of(data: bytes) -> str:
    """Return a configuration's text; what is not UTF-8 is taken for latin-1, byte by byte, as a boot loader would show
    it.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").partition("\0")[0]
