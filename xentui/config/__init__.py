"""The configuration language of xl: reading, editing, checking and translating configuration files.

No module of this package does any input or output.  The names below are looked up when they are first used: a
command that only reads a name need not load the checks and the translation.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xentui.config import convert as convert
    from xentui.config.devices.disk import format_disk, parse_disk, parse_disk_words
    from xentui.config.devices.sharing import disks_of, marked, shared_vdevs, sharing_note, with_shared
    from xentui.config.devices.vdev import vdev_meant, vdev_name, vdev_number
    from xentui.config.devices.vif import check_vif, format_vif, parse_vif
    from xentui.config.document import Document, PlainValue, parse
    from xentui.config.identities import Identity, check_name, checked_name, identity, with_identity
    from xentui.config.libxl.translation import Translation, to_libxl, translate
    from xentui.config.linting.linter import lint
    from xentui.config.linting.problems import Problem, Severity
    from xentui.config.overrides import override, override_words
    from xentui.config.refusal import RefusedError
    from xentui.config.schema import Key
    from xentui.config.secrets import masked
    from xentui.config.syntax import Assignment, List, Scalar
    from xentui.config.template_note import (
        Blanks,
        DiskBlank,
        DiskRule,
        blanks_of,
        filled,
        is_template,
        read_blanks,
        read_disk,
        still_template,
        with_blanks,
    )

    SCHEMA: Mapping[str, Key]
    """Every known parameter by name."""

__all__ = [
    "SCHEMA",
    "Assignment",
    "Blanks",
    "DiskBlank",
    "DiskRule",
    "Document",
    "Identity",
    "Key",
    "List",
    "PlainValue",
    "Problem",
    "RefusedError",
    "Scalar",
    "Severity",
    "Translation",
    "blanks_of",
    "check_name",
    "check_vif",
    "checked_name",
    "disks_of",
    "filled",
    "format_disk",
    "format_vif",
    "identity",
    "is_template",
    "lint",
    "marked",
    "masked",
    "override",
    "override_words",
    "parse",
    "parse_disk",
    "parse_disk_words",
    "parse_vif",
    "read_blanks",
    "read_disk",
    "shared_vdevs",
    "sharing_note",
    "still_template",
    "to_libxl",
    "translate",
    "vdev_meant",
    "vdev_name",
    "vdev_number",
    "with_blanks",
    "with_identity",
    "with_shared",
]

# No module may be called like a name in here: importing it would hide the name.
_MODULES = {
    "devices.disk": ("format_disk", "parse_disk", "parse_disk_words"),
    "document": ("Document", "PlainValue", "parse"),
    "identities": ("Identity", "check_name", "checked_name", "identity", "with_identity"),
    "libxl.translation": ("Translation", "to_libxl", "translate"),
    "linting.linter": ("lint",),
    "overrides": ("override", "override_words"),
    "linting.problems": ("Problem", "Severity"),
    "refusal": ("RefusedError",),
    "schema": ("Key",),
    "secrets": ("masked",),
    "devices.sharing": ("disks_of", "marked", "shared_vdevs", "sharing_note", "with_shared"),
    "syntax": ("Assignment", "List", "Scalar"),
    "template_note": (
        *("Blanks", "DiskBlank", "DiskRule"),
        *("blanks_of", "filled", "is_template", "read_blanks", "read_disk", "still_template", "with_blanks"),
    ),
    "devices.vdev": ("vdev_meant", "vdev_name", "vdev_number"),
    "devices.vif": ("check_vif", "format_vif", "parse_vif"),
}
_module = modules_of(__name__)
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "SCHEMA":
        value: object = import_module("xentui.config.schema").schema()
    elif name in _HOMES:
        value = getattr(import_module(f"xentui.config.{_HOMES[name]}"), name)
    else:
        return _module(name)
    globals()[name] = value
    return value
