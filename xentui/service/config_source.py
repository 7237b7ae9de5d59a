"""Where the text of a configuration comes from: a file of the host or of this machine, or whoever has it already."""

from __future__ import annotations

import hashlib
import os
from functools import cache

from xentui.errors import ConfigError, StoreCode, StoreError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.hosts.local import DEFAULT_STORE, LocalHost

FILE_LIMIT = 1 << 20
"""Bytes a configuration file may have."""
SEARCH_FOLDER = "/etc/xen"
"""Where xm looked for a configuration file besides the present folder."""
LOCAL, HOST = "local:", "host:"
"""What stands before the path of a file of the machine xentui runs on, and of one of the host it works on."""

_CONFIGURATION = "configuration file"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A configuration as it was read: where it lies (what messages call it), its text, and that text's sha256.

    What does not lie ``on_host`` is not a file that can be compared with what is stored later.
    """

    path: str
    text: str
    sha256: str
    on_host: bool = True


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file of a host, by its path there; the bare name of a configuration is looked for in /etc/xen too, as xm did.

    With ``local`` the host is the machine xentui runs on, and is not searched; ``what`` is what messages call the file.
    """

    host: Host
    path: str
    local: bool = False
    what: str = _CONFIGURATION

    @property
    def label(self) -> str:
        """The word a user names it by."""
        return f"{LOCAL}{self.path}" if self.local else self.path

    async def read(self) -> SourceFile:
        """Read the file; raises StoreError where there is none, ConfigError where it is not text."""
        data, path = await self._found()
        label = f"{LOCAL}{path}" if self.local else path
        return SourceFile(label, decoded(data, label), hashlib.sha256(data).hexdigest(), not self.local)

    async def _found(self) -> tuple[bytes, str]:
        """Return the bytes of the file, and the path it was found at."""
        place = self.host.host_path(self.path)
        try:
            try:
                return await self._bytes(place), place
            except StoreError as error:
                if error.code != StoreCode.MISSING or "/" in self.path or not self._searched:
                    raise
            place = self.host.host_path(f"{SEARCH_FOLDER}/{self.path}")
            return await self._bytes(place), place
        except StoreError as error:
            raise StoreError(
                f"the {self.what} cannot be read: {error.message}",
                code=error.code,
                subject=self.label,
                hint=self._hint(error),
            ) from error

    def _hint(self, error: StoreError) -> str:
        if self.local:
            return "give the path of a file on this machine"
        if error.code == StoreCode.MISSING and os.path.isfile(_expanded(self.path)):  # noqa: PTH113
            return f"this machine has a file of that name: {LOCAL}{self.path}"
        return "give the path of a file on the host" + (
            f"; a bare name is looked for in {SEARCH_FOLDER} too" if self._searched else ""
        )

    @property
    def _searched(self) -> bool:
        return not self.local and self.what == _CONFIGURATION

    async def _bytes(self, place: str) -> bytes:
        return await self.host.call(operations.read_file, path=place, limit=FILE_LIMIT)


@dataclass(frozen=True, slots=True)
class Text:
    """A configuration that is in no file of the host; ``label`` is what messages call it."""

    text: str
    label: str

    async def read(self) -> SourceFile:
        """Return the text as if it had been read."""
        sha256 = hashlib.sha256(self.text.encode("utf-8")).hexdigest()
        return SourceFile(self.label, self.text, sha256, on_host=False)


ConfigSource = HostFile | Text


def named(host: Host, word: str | Text, what: str = _CONFIGURATION) -> ConfigSource:
    """Return the file a user names: one of the host, or behind ``local:`` one of the machine xentui runs on.

    ``what`` is what messages call it.
    """
    if isinstance(word, Text):
        return word
    if word.startswith(LOCAL):
        return HostFile(this_machine(), _expanded(word.removeprefix(LOCAL)), local=True, what=what)
    return HostFile(host, word.removeprefix(HOST), what=what)


def _expanded(path: str) -> str:
    """Return a path of this machine, with the home folder ``~`` stands for: shells leave it behind a colon."""
    return os.path.expanduser(path)  # noqa: PTH111 - as the user's shell does it


def decoded(data: bytes, label: str) -> str:
    """Return the text of a configuration; raises ConfigError, at its place, where it is none, or longer than any."""
    if len(data) > FILE_LIMIT:
        raise ConfigError("is longer than 1 MiB", source=label)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            "is not UTF-8 text", source=label, line=line, column=1, hint="convert it with iconv"
        ) from error


@cache
def this_machine() -> Host:
    """Return the machine xentui runs on, for reading its files."""
    return LocalHost(DEFAULT_STORE)
