"""The configuration language of xl: reading, editing, checking and translating configuration files.

No module of this package does any input or output.
"""

from __future__ import annotations

from xentui.config.disk import format_disk, parse_disk, parse_disk_words
from xentui.config.document import Document, PlainValue, parse
from xentui.config.identity import Identity, check_name, identity, with_identity
from xentui.config.libxl import Translation, to_libxl, translate
from xentui.config.override import override, override_words
from xentui.config.refusal import RefusedError
from xentui.config.syntax import Assignment, List, Scalar
from xentui.config.vdev import vdev_name, vdev_number
from xentui.config.vif import format_vif, parse_vif

__all__ = [
    "Assignment",
    "Document",
    "Identity",
    "List",
    "PlainValue",
    "RefusedError",
    "Scalar",
    "Translation",
    "check_name",
    "format_disk",
    "format_vif",
    "identity",
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
