"""A stored text reduced to what lists and drift need, in a form the store can keep beside it.

Parsing two thousand texts takes seconds; reading their summaries takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from xentui.errors import ConfigError
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Access, Disk, Vif
from xentui.toolstack.configs import from_libxl

_FORMAT = 3
_VIF_FIELDS = tuple(item.name for item in fields(Vif) if item.name != "extra")
_PLAIN_FIELDS = tuple(
    item.name
    for item in fields(DomainConfig)
    if item.name not in ("disks", "vifs", "actions", "bootloader_args")
)


@dataclass(frozen=True, slots=True)
class Summary:
    """The comparable configuration of a text, or why it has none."""

    config: DomainConfig | None
    error: str = ""


def summarise(text: str) -> Summary:
    """Read a stored text; a text xl would refuse gives the reason instead of a configuration."""
    from xentui import config as language  # noqa: PLC0415 - texts the store has a summary of need no parser

    try:
        document = language.parse(text, source="stored configuration")
        config = from_libxl(language.to_libxl(document))
        shared = language.shared_vdevs(document)
        return Summary(replace(config, disks=language.marked(config.disks, shared)))
    except ConfigError as error:
        place = f" (line {error.line})" if error.line else ""
        return Summary(None, f"{error.message}{place}")


def to_table(summary: Summary) -> dict[str, Any]:
    """A summary as JSON can say it."""
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
    """The reverse of :func:`to_table`; None for a table of another format (it is made anew then)."""
    try:
        if table["format"] != _FORMAT:
            return None
        if "error" in table:
            return Summary(None, str(table["error"]))
        return Summary(
            DomainConfig(
                **{name: table[name] for name in _PLAIN_FIELDS},
                bootloader_args=tuple(table["bootloader_args"]),
                actions=table["actions"],
                disks=tuple(
                    Disk(target, vdev, form, Access(access), cdrom, prefix, backend, kind, script)
                    for target, vdev, form, access, cdrom, prefix, backend, kind, script in table["disks"]
                ),
                vifs=tuple(Vif(**dict(zip(_VIF_FIELDS, row, strict=True))) for row in table["vifs"]),
            )
        )
    except (KeyError, TypeError, ValueError):
        return None
