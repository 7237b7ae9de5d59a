"""A stored text reduced to what lists and drift need, in a form the store can keep beside it.

Parsing two thousand texts takes seconds; reading their summaries takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any, TypeVar

from xentui import config as language
from xentui.errors import ConfigError
from xentui.model.configuration import DomainConfig, Summary
from xentui.model.devices import Access, Disk, Vif
from xentui.model.libxl import from_libxl

_FORMAT = 4
_VIF_FIELDS = tuple(item.name for item in fields(Vif) if item.name != "extra")
_PLAIN_FIELDS: dict[str, type] = {
    item.name: type(item.default)
    for item in fields(DomainConfig)
    if item.name not in ("disks", "vifs", "actions", "bootloader_args")
}
_Kind = TypeVar("_Kind")


def summarise(text: str) -> Summary:
    """Read a stored text; a text xl would refuse gives the reason instead of a configuration."""
    try:
        document = language.parse(text, source="stored configuration")
        config = from_libxl(language.to_libxl(document))
        shared = language.shared_vdevs(document)
        disks, template = language.marked(config.disks, shared), language.is_template(document)
        return Summary(replace(config, disks=disks, template=template))
    except ConfigError as error:
        place = f" (line {error.line})" if error.line else ""
        return Summary(None, f"{error.message}{place}")


def to_table(summary: Summary) -> dict[str, Any]:
    """Return a summary as JSON can say it."""
    config = summary.config
    if config is None:
        return {"format": _FORMAT, "error": summary.error}
    return {
        "format": _FORMAT,
        **{name: getattr(config, name) for name in _PLAIN_FIELDS},
        "bootloader_args": list(config.bootloader_args),
        "actions": dict(config.actions),
        "disks": [
            [
                *(disk.target, disk.vdev, disk.format, disk.access.value, disk.cdrom),
                *(disk.prefix, disk.backend, disk.backendtype, disk.script),
            ]
            for disk in config.disks
        ],
        "vifs": [[getattr(vif, name) for name in _VIF_FIELDS] for vif in config.vifs],
    }


def from_table(table: Mapping[str, Any]) -> Summary | None:
    """Return the reverse of :func:`to_table`; None for a table of another format, or one whose values are of another
    kind.

    (It is made anew then.)
    """
    try:
        if table["format"] != _FORMAT:
            return None
        if "error" in table:
            return Summary(None, _is(str, table["error"]))
        actions = _is(dict, table["actions"])
        return Summary(
            DomainConfig(
                **{name: _shared(_is(kind, table[name])) for name, kind in _PLAIN_FIELDS.items()},
                bootloader_args=tuple(
                    _shared(_is(str, word)) for word in _is(list, table["bootloader_args"])
                ),
                actions=_actions(tuple((_is(str, key), _is(str, word)) for key, word in actions.items())),
                disks=tuple(_disk(row) for row in _is(list, table["disks"])),
                vifs=tuple(_vif(row) for row in _is(list, table["vifs"])),
            )
        )
    except (KeyError, TypeError, ValueError):
        return None


@lru_cache(maxsize=256)
def _actions(pairs: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return actions by their events; domains that say the same share them."""
    return MappingProxyType(dict(pairs))


def _shared(value: Any) -> Any:
    """Return a value of a summary: a text as one object however often it is told."""
    return intern(value) if type(value) is str else value


def _disk(row: Any) -> Disk:
    target, vdev, form, access, cdrom, prefix, backend, kind, script = map(_shared, row)
    for word in (target, vdev, form, prefix, backend, kind, script):
        _is(str, word)
    return Disk(target, vdev, form, Access(access), _is(bool, cdrom), prefix, backend, kind, script)


def _vif(row: Any) -> Vif:
    values = dict(zip(_VIF_FIELDS, map(_shared, row), strict=True))
    for name, value in values.items():
        if name != "devid" or value is not None:
            _is(int if name == "devid" else str, value)
    return Vif(**values)


def _is(kind: type[_Kind], value: Any) -> _Kind:
    """Return a value that has to be of a kind; a Boolean is not a number here."""
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
    return value
