"""The configuration language of xl: reading, editing, checking and translating configuration files.

No module of this package does any input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.config.disk import format_disk, parse_disk, parse_disk_words
from xentui.config.document import Document, PlainValue, parse
from xentui.config.identity import Identity, check_name, identity, with_identity
from xentui.config.libxl import Translation, to_libxl, translate
from xentui.config.lint import lint
from xentui.config.override import override, override_words
from xentui.config.problems import Problem, Severity
from xentui.config.refusal import RefusedError
from xentui.config.schema import Key
from xentui.config.syntax import Assignment, List, Scalar
from xentui.config.vdev import vdev_name, vdev_number
from xentui.config.vif import format_vif, parse_vif

if TYPE_CHECKING:
    from collections.abc import Mapping

    SCHEMA: Mapping[str, Key]
    """Every known parameter by name; the tables are read at the first look."""

__all__ = [
    "SCHEMA",
    "Assignment",
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
    "check_name",
    "format_disk",
    "format_vif",
    "identity",
    "lint",
    "override",
    "override_words",
    "parse",
    "parse_disk",
    "parse_disk_words",
    "parse_vif",
    "to_libxl",
    "translate",
    "vdev_name",
    "vdev_number",
    "with_identity",
]


def __getattr__(name: str) -> object:
    if name == "SCHEMA":
        from xentui.config.schema import schema  # noqa: PLC0415 - most commands never look at the tables

        return schema()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
