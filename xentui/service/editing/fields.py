"""What an edit changes, field by field, in people's words and units."""

from __future__ import annotations

from xentui import config as language
from xentui.config.schema import BOOLEAN, NUMBER
from xentui.config.secrets import HIDDEN, is_secret, masked
from xentui.errors import ConfigError
from xentui.model.configuration import Difference, describe_disk
from xentui.model.devices import Disk, Vif
from xentui.service.editing import device_pairs
from xentui.text import plain

_LONGEST = 300
_GIB = 1024
_MIB = " MiB"


def readable(text: str) -> language.Document | None:
    """Return the text as a document; None where it cannot be parsed."""
    try:
        return language.parse(text)
    except ConfigError:
        return None


def differences(old: language.Document | None, new: language.Document | None) -> tuple[Difference, ...]:
    """Return every field whose value is not the same; how it is written does not matter."""
    found: list[Difference] = []
    keys = {**dict.fromkeys(new.keys() if new else ()), **dict.fromkeys(old.keys() if old else ())}
    for key in keys:
        before, after = value(old, key), value(new, key)
        if before.endswith(_MIB) != after.endswith(_MIB):
            before, after = value(old, key, in_mib=True), value(new, key, in_mib=True)
        if before == after and _differs(old, new, key):
            after = f"{after} (another)"
        if key == "disk":
            found += _disks(device_pairs.disks(old), device_pairs.disks(new))
        elif key == "vif":
            found += _vifs(device_pairs.vifs(old), device_pairs.vifs(new))
        elif before != after:
            found.append(Difference(term(key), before, after))
    return tuple(found)


def _differs(old: language.Document | None, new: language.Document | None, key: str) -> bool:
    """Return whether a password differs, which is not shown."""
    if old is None or new is None or HIDDEN not in value(new, key):
        return False
    return old.get(key) != new.get(key)


def term(key: str) -> str:
    """Return what people call a parameter."""
    known = language.SCHEMA.get(key)
    return known.term if known else plain(key, 60)


def value(document: language.Document | None, key: str, *, in_mib: bool = False) -> str:
    """Return the value of a parameter in words; what holds without it where it is not set.

    ``in_mib`` gives each size in MiB: two that are compared have one unit.
    """
    known = language.SCHEMA.get(key)
    found = document.get(key) if document else None
    if document is None or found is None:
        return f"default ({known.default})" if known and known.default else ""
    if is_secret(key):
        return HIDDEN
    if isinstance(found, list):
        return plain(", ".join(masked(str(item)) for item in found), _LONGEST)
    number = document.number(key)
    if number is not None and known and known.kind == BOOLEAN:
        return "yes" if number else "no"
    if number is not None and known and known.kind == NUMBER and "MiB" in known.doc:
        return f"{number}{_MIB}" if in_mib else mebibytes(number)
    return plain(str(found), _LONGEST) or "(empty)"


def mebibytes(number: int) -> str:
    """Return a size as people say it."""
    return f"{number // _GIB} GiB" if number and number % _GIB == 0 else f"{number}{_MIB}"


def _disks(old: tuple[Disk, ...], new: tuple[Disk, ...]) -> list[Difference]:
    found = []
    for pair in device_pairs.changed_disks(old, new):
        before = describe_disk(pair.old) if pair.old else ""
        after = describe_disk(pair.new) if pair.new else ""
        if before == after and pair.old and pair.new:
            before, after = _written(pair.old), _written(pair.new)
        found.append(Difference(plain(pair.field, 60), plain(before, _LONGEST), plain(after, _LONGEST)))
    before, after = _order(old, new), _order(new, old)
    if before != after:
        found.append(Difference("order of the disks", plain(before, _LONGEST), plain(after, _LONGEST)))
    return found


def _order(mine: tuple[Disk, ...], others: tuple[Disk, ...]) -> str:
    """Return the disks both have, in order: the first one is booted."""
    shared = {disk.vdev for disk in others}
    return " ".join(disk.vdev for disk in mine if disk.vdev in shared)


def _written(disk: Disk) -> str:
    try:
        return language.format_disk(disk)
    except ConfigError:
        return describe_disk(disk)


def _vifs(old: tuple[Vif, ...], new: tuple[Vif, ...]) -> list[Difference]:
    return [
        Difference(pair.field, _interface(pair.old), _interface(pair.new))
        for pair in device_pairs.changed_vifs(old, new)
    ]


def _interface(vif: Vif | None) -> str:
    if vif is None:
        return ""
    try:
        return plain(language.format_vif(vif).replace(",", " "), _LONGEST) or "default"
    except ConfigError:
        return "default"
