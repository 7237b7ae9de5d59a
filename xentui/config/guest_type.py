"""What type of guest a configuration asks for, as far as it says one."""

from __future__ import annotations

from xentui.config.document import Document

TYPES = ("hvm", "pv", "pvh")


def named_type(text: str) -> str:
    """Return the type a value of ``type`` names, which may be shortened and even empty, as in xl; empty for none."""
    return next((name for name in TYPES if name.startswith(text)), "")


def built_type(text: str) -> str:
    """Return the type a value of the older ``builder`` names, shortened or not; empty for none."""
    return "hvm" if "hvm".startswith(text) else "pv" if "generic".startswith(text) else ""


def type_of(document: Document) -> str:
    """``pv``, ``pvh`` or ``hvm``: by ``type``, else by ``builder``; what xl would refuse counts as not said."""
    kind, builder = document.string("type"), document.string("builder")
    built = built_type(builder) if builder is not None else ""
    return (named_type(kind) if kind is not None else "") or built or "pv"


def is_hvm(document: Document) -> bool:
    """Return whether the guest is fully virtual."""
    return type_of(document) == "hvm"
