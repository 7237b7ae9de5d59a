"""Where the text of a configuration comes from: a file of the host, or whoever has it already."""

from __future__ import annotations

import hashlib

from xentui.errors import ConfigError, StoreCode, StoreError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.base import Host

FILE_LIMIT = 1 << 20
"""Bytes a configuration file may have."""
SEARCH_FOLDER = "/etc/xen"
"""Where xm looked for a configuration file besides the present folder."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A configuration as it was read: where it lies (what messages call it), its text, and that text's sha256."""

    path: str
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class HostFile:
    """A configuration file of a host, by its path there; a bare name is looked for below /etc/xen too, as xm did."""

    host: Host
    path: str

    async def read(self) -> SourceFile:
        """Read the file; raises StoreError where there is none, ConfigError where it is no text."""
        data, path = await self._found()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ConfigError(
                "is not UTF-8 text", source=path, line=line, column=1, hint="convert it with iconv"
            ) from error
        return SourceFile(path, text, hashlib.sha256(data).hexdigest())

    async def _found(self) -> tuple[bytes, str]:
        """The bytes of the file, and the path it was found at."""
        place = self.host.host_path(self.path)
        try:
            try:
                return await self._bytes(place), place
            except StoreError as error:
                if error.code != StoreCode.MISSING or "/" in self.path:
                    raise
            place = self.host.host_path(f"{SEARCH_FOLDER}/{self.path}")
            return await self._bytes(place), place
        except StoreError as error:
            raise StoreError(
                f"the configuration file cannot be read: {error.message}",
                code=error.code,
                subject=self.path,
                hint="give the path of a file on the host; a bare name is looked for in /etc/xen too",
            ) from error

    async def _bytes(self, place: str) -> bytes:
        return await self.host.call(operations.read_file, path=place, limit=FILE_LIMIT)


@dataclass(frozen=True, slots=True)
class Text:
    """A configuration that is in no file xl could read; ``label`` is what messages call it."""

    text: str
    label: str

    async def read(self) -> SourceFile:
        """Return the text as if it had been read."""
        return SourceFile(self.label, self.text, hashlib.sha256(self.text.encode("utf-8")).hexdigest())


ConfigSource = HostFile | Text
