"""Where a host has its own packages from (sources.list(5)), which is where a guest's may come from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xentui.errors import HostError, StoreError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.text import lines

_FILE, _FOLDER = "/etc/apt/sources.list", "/etc/apt/sources.list.d"
_LIMIT, _MOST = 64 << 10, 50
_OPTION = re.compile(r"\[([^\]]*)\]")
_SOUND = re.compile(r"[!-~]{1,300}\Z")


@dataclass(frozen=True, slots=True)
class AptSource:
    """One source: where, which suite, which components; ``keyring`` is a file with its keys, "" where none is named."""

    uri: str
    suite: str
    components: tuple[str, ...]
    keyring: str = ""

    @property
    def line(self) -> str:
        """The same as a line of sources.list, without what is this host's own."""
        return " ".join(("deb", self.uri, self.suite, *self.components))


async def of_host(host: Host) -> tuple[AptSource, ...]:
    """Return what a host has its packages from, in its own order; nothing where it has no apt, or does not tell."""
    try:
        listed = await host.call(operations.list_dir, path=host.host_path(_FOLDER), limit=_MOST)
        names = sorted(str(item["name"]) for item in listed["entries"])
    except (StoreError, HostError):
        names = []
    paths = [_FILE, *(f"{_FOLDER}/{name}" for name in names if name.endswith((".list", ".sources")))]
    found: list[AptSource] = []
    for path in paths:
        try:
            data = await host.call(operations.read_file, path=host.host_path(path), limit=_LIMIT)
        except (StoreError, HostError):
            continue
        text = data.decode("utf-8", "replace")
        found += parse_stanzas(text) if path.endswith(".sources") else parse_lines(text)
    return tuple(found)


def parse_lines(text: str) -> list[AptSource]:
    """Return the sources of a file in the one-line form."""
    found = []
    for line in lines(text):
        words = line.partition("#")[0].strip()
        if not words.startswith(("deb ", "deb\t")):
            continue
        options = _OPTION.search(words)
        rest = _OPTION.sub("", words, count=1).split()[1:]
        if len(rest) < 3:
            continue
        said = dict(word.partition("=")[::2] for word in options[1].split()) if options else {}
        found += _sources([rest[0]], [rest[1]], rest[2:], said.get("signed-by", ""))
    return found


def parse_stanzas(text: str) -> list[AptSource]:
    """Return the sources of a file in the form of deb822(5)."""
    found: list[AptSource] = []
    for stanza in re.split(
        r"\n[ \t]*\n", "\n".join(line for line in lines(text) if not line.startswith("#"))
    ):
        fields: dict[str, str] = {}
        last = ""
        for line in lines(stanza):
            if line[:1] in (" ", "\t"):
                fields[last] = f"{fields.get(last, '')} {line.strip()}"
            else:
                last, _colon, value = line.partition(":")
                last = last.strip().lower()
                fields[last] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        keyring = fields.get("signed-by", "")
        found += _sources(
            fields.get("uris", "").split(),
            fields.get("suites", "").split(),
            fields.get("components", "").split(),
            keyring,
        )
    return found


def _sources(
    uris: Iterable[str], suites: Iterable[str], components: Iterable[str], keyring: str
) -> list[AptSource]:
    """Return every combination; one with what no line can hold is left out."""
    kept = tuple(components)
    own = keyring if keyring.startswith("/") and _SOUND.match(keyring) else ""
    return [
        AptSource(uri, suite, kept, own)
        for uri in uris
        for suite in suites
        if kept and all(_SOUND.match(word) for word in (uri, suite, *kept)) and len(kept) < 20
    ]
