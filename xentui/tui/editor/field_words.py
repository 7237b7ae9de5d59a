"""The fields of the form in words: which a section has, what they show, what can stand in them, their help."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xentui.commands.completion import Candidate
from xentui.config import Document
from xentui.text import plain
from xentui.tui.editor import field_codec, first_devices
from xentui.tui.editor.device_fields import BRIDGE_HELP, TARGET_HELP
from xentui.tui.editor.sections import (
    ADD,
    BOOT,
    FIRST_BRIDGE,
    FIRST_DISK,
    METHOD,
    OTHER,
    BootMethod,
    Section,
    addable,
    boot_method,
    field_keys,
)

_LABELS = {METHOD: "boot method", ADD: "add a parameter", FIRST_DISK: "first disk", FIRST_BRIDGE: "bridge"}
_HELP = {
    METHOD: f"How it boots: Ctrl-Space lists the methods, F6 fills one in from its disk.\n{' | '.join(BootMethod)}",
    ADD: "Type the name of a parameter and press Enter: it gets a field of its own.\nCtrl-Space lists those xl knows.",
    FIRST_DISK: (
        f"Image or device: {TARGET_HELP}.\nF3 makes a new one. Format: what the host finds; other settings: Disks."
    ),
    FIRST_BRIDGE: (
        f"Bridge: {BRIDGE_HELP}; empty: no interface.\nIts other settings, and more interfaces: Network."
    ),
}
_EXAMPLES = {
    BootMethod.DOMULOADER: '["--entry=xvda1:/boot/vmlinuz-xen,/boot/initrd-xen"]',
    BootMethod.PYGRUB: '["--entry=0"]',
}


def field_names(section: Section, document: Document, extra: Iterable[str] = ()) -> list[str]:
    """Return the fields of a section."""
    keys = field_keys(section, document)
    if section is BOOT:
        return [METHOD, *keys]
    if section is OTHER:
        return [*keys, *(name for name in extra if name not in keys), ADD]
    return list(keys)


def text_of(document: Document, name: str) -> str:
    """Return what a field shows."""
    if name == METHOD:
        return boot_method(document).value
    if name in first_devices.FIELDS:
        return first_devices.shown(document, name)
    return "" if name == ADD else field_codec.shown(document, name)


LABEL_WIDTH = 18
"""Columns of a field's label (styles/forms.tcss)."""


def label_lines(label: str) -> str:
    """Return the whole label in lines that fit: a long name of a parameter goes on after one of its underscores."""
    lines = [""]
    for piece in re.findall(r"[^ _]{1,17}[ _]?|[ _]", plain(label, 120)):
        if lines[-1] and len((lines[-1] + piece).rstrip()) > LABEL_WIDTH:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip(" ") for line in lines)


def label_of(name: str) -> str:
    """Return what a field is called."""
    return _LABELS.get(name) or name


def may_become(name: str, text: str) -> bool:
    """Return whether what is typed is the beginning of something the field can have."""
    allowed = list(BootMethod) if name == METHOD else field_codec.key_of(name).values
    return any(value.startswith(text.strip()) for value in allowed)


def problem_of(name: str, text: str) -> str:
    """Return why a field cannot have that text."""
    text = text.strip()
    if name == METHOD:
        return "" if text in list(BootMethod) else "is not a boot method: Ctrl-Space lists them"
    if name == ADD:
        return (
            ""
            if not text or field_codec.is_name(text)
            else "is not a parameter name: use letters, digits, . and _"
        )
    if name in first_devices.FIELDS:
        return first_devices.problem(name, text)
    return field_codec.problem(name, text)


def help_of(name: str, document: Document | None = None) -> str:
    """Return the help of a field, as the document is."""
    if name in _HELP:
        return _HELP[name]
    example = (
        _EXAMPLES.get(boot_method(document)) if document is not None and name == "bootloader_args" else None
    )
    return f"{field_codec.about(name)}\nsuch as {example}" if example else field_codec.about(name)


def hint_of(name: str) -> str:
    """Return what is shown in a field with nothing in it."""
    key = field_codec.key_of(name)
    return f"default {key.default}" if key.default and not name.startswith("@") else ""


def words_of(name: str, document: Document) -> list[Candidate]:
    """Return what can stand in a field, where that can be listed."""
    if name == METHOD:
        return [Candidate(method.value) for method in BootMethod]
    if name == ADD:
        return [Candidate(key.name, key.doc) for key in addable(document)]
    key = field_codec.key_of(name)
    if key.kind == "boolean":
        return [Candidate("0"), Candidate("1")]
    return [Candidate(word) for word in key.values]
