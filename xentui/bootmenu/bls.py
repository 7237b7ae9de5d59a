"""Boot Loader Specification entries, as Fedora's GRUB takes them (blscfg; uapi-group.org, its specification)."""

from __future__ import annotations

import re

from xentui.bootmenu.files import Counted, text_of
from xentui.bootmenu.limits import ENTRIES, INITRDS, WORD
from xentui.bootmenu.menu import MenuEntry
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDERS = ("/boot/loader/entries", "/loader/entries")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")


def entries(files: Counted, device: str, variables: Mapping[str, str]) -> list[MenuEntry]:
    """Return the entries of a device, newest first; ``variables`` are GRUB's, which ``options`` may name."""
    found = []
    for folder in FOLDERS:
        names = files.names(device, folder)
        if names is None:
            continue
        names = sorted((name for name in names if name.endswith(".conf")), key=_Version, reverse=True)
        for name in names[:ENTRIES]:
            data = files.read(device, f"{folder}/{name}")
            entry = _entry(text_of(data), f"{folder}/{name}", variables) if data else None
            if entry is not None:
                found.append(entry._replace(device=device))
        if found:
            break
    return found


def _entry(text: str, source: str, variables: Mapping[str, str]) -> MenuEntry | None:
    values: dict[str, list[str]] = {}
    lines = text.split("\n")
    for line in lines:
        key, _, value = line.strip().replace("\t", " ").partition(" ")
        if key and not key.startswith("#"):
            values.setdefault(key, []).append(value.strip()[:WORD])
    kernel = values.get("linux", [""])[0]
    if not kernel:
        return None
    ident = source.rpartition("/")[2][: -len(".conf")]
    options = " ".join(values.get("options", ()))
    files = [
        word for value in values.get("initrd", ())[:INITRDS] for word in _filled(value, variables).split()
    ]
    return MenuEntry(
        values.get("title", [""])[0] or ident,
        ident=ident,
        kernel=kernel,
        initrd=tuple(files[:INITRDS]),
        args=_filled(options, variables),
        loader="linux",
        source=source,
        first=1,
        last=len(lines) - (not lines[-1]),
    )


def _filled(text: str, variables: Mapping[str, str]) -> str:
    """Return the text with what its variables stand for, as far as a line of arguments goes: each may be as long as
    one.
    """
    parts: list[str] = []
    at = size = 0
    for match in _VARIABLE.finditer(text):
        parts += (text[at : match.start()], variables.get(match[1] or match[2], ""))
        at, size = match.end(), size + len(parts[-2]) + len(parts[-1])
        if size >= WORD:
            break
    else:
        parts.append(text[at:])
    return " ".join("".join(parts)[:WORD].split())


class _Version:
    """A name as rpm compares versions (``rpmvercmp``)."""

    def __init__(self, text: str) -> None:
        self._parts = _SEGMENT.findall(text[: -len(".conf")][:256])

    def __lt__(self, other: _Version) -> bool:
        for one, two in zip(self._parts, other._parts):  # noqa: B905 - no such word before Python 3.10
            if one != two:
                return self._smaller(one, two)
        rest, others = self._parts[len(other._parts) :], other._parts[len(self._parts) :]
        if rest:
            return bool(rest[0] == "~")
        return bool(others) and bool(others[0] != "~")

    @staticmethod
    def _smaller(one: str, two: str) -> bool:
        if "~" in (one, two):
            return one == "~"
        if "^" in (one, two):
            return two != "^"
        if one.isdigit() != two.isdigit():
            return two.isdigit()
        return int(one) < int(two) if one.isdigit() else one < two
