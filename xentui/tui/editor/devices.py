"""The disks, interfaces and frame buffers of a configuration as rows: what they are, asked for, changed, moved."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from xentui.config import Document, marked, parse_disk, parse_vif, shared_vdevs, with_shared
from xentui.errors import ConfigError
from xentui.model.configuration import describe_disk, describe_vif
from xentui.model.devices import Access, Disk, Vif
from xentui.tui.dialogs.field import Field
from xentui.tui.editor.device_fields import (
    Ask,
    disk_fields,
    disk_spec,
    vfb_fields,
    vfb_spec,
    vif_fields,
    vif_spec,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def describe(rows: str, spec: str) -> tuple[str, str]:
    """Return a row's name and what it is; of what cannot be read the text itself."""
    try:
        if rows == "disk":
            disk = parse_disk(spec, allow_shared=True)
            return disk.vdev, f"{disk.prefix + ':' if disk.prefix else ''}{describe_disk(disk)}"
        if rows == "vif":
            vif = parse_vif(spec)
            return vif.mac or "(new mac)", describe_vif(replace(vif, mac=""))
    except ConfigError as error:
        return "?", f"{spec}  ({error.message})"
    return rows, spec


def fields(
    rows: str,
    spec: str,
    document: Document,
    *,
    bridge: str = "",
    size: str = "",
    disk: Ask | None = None,
    bridges: Ask | None = None,
) -> list[Field]:
    """Return the dialog's fields for a row; ``spec`` is "" for a new one, an interface on ``bridge``.

    ``size`` is offered for a new image of a disk.
    ``disk`` and ``bridges`` have the host say what a path or the name of a bridge is.
    """
    if rows == "disk":
        there = parse_disk(spec, allow_shared=True) if spec else Disk("", next_vdev(document))
        return disk_fields(marked([there], shared_vdevs(document))[0], disk, drives=True, size=size)
    if rows == "vif":
        return vif_fields(parse_vif(spec) if spec else Vif(bridge=bridge), bridges)
    return vfb_fields(spec)


def spec_of(rows: str, answer: Mapping[str, str], spec: str) -> str:
    """Return what the answers of the dialog make of a row; raises ConfigError where xl would refuse it.

    A row with nothing changed stays as it is written.
    """
    if rows == "disk":
        return disk_spec(answer, spec)
    return vif_spec(answer, spec) if rows == "vif" else vfb_spec(answer, spec)


def without(document: Document, rows: str, index: int) -> Document:
    """Return the document without a row, and without the note that its disk is shared."""
    left = document.remove_item(rows, index)
    vdevs = {disk.vdev for disk in disks(left)}
    return with_shared(left, shared_vdevs(left) & vdevs) if rows == "disk" else left


def appended(document: Document, rows: str, spec: str) -> Document:
    """Return the document with a row more; what is not a list becomes one."""
    if document.parts(rows) and not document.items(rows) and not isinstance(document.get(rows), list):
        return document.set(rows, [spec])
    return document.append_item(rows, spec)


def moved(document: Document, rows: str, index: int, other: int) -> Document:
    """Return the document with two rows in each other's place."""
    return document.swap_items(rows, index, other) if 0 <= other < len(document.strings(rows)) else document


def noted(rows: str, answer: Mapping[str, str], spec: str, document: Document) -> Document:
    """Return the document that says of a disk, ``spec`` before, whether others write to it too."""
    if rows != "disk":
        return document
    shared = set(shared_vdevs(document))
    if spec:
        shared.discard(parse_disk(spec, allow_shared=True).vdev)
    if answer["access"] == Access.SHARED:
        shared.add(answer["vdev"].removeprefix("/dev/"))
    return with_shared(document, shared)


def disks(document: Document) -> list[Disk]:
    """Return the disks of a configuration that can be read."""
    found = []
    for spec in document.strings("disk"):
        with contextlib.suppress(ConfigError):
            found.append(parse_disk(spec, allow_shared=True))
    return found


def next_vdev(document: Document) -> str:
    """Return the next free guest device of the kind the configuration uses."""
    used = [disk.vdev for disk in disks(document)]
    prefix = next((vdev[:2] for vdev in used if vdev[:2] in ("hd", "sd")), "xvd")
    stems = {vdev.rstrip("0123456789") for vdev in used}
    return next((f"{prefix}{letter}" for letter in _LETTERS if f"{prefix}{letter}" not in stems), "")
