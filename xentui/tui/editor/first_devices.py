"""The first disk and the first interface as one field each of the page that asks for a new guest.  No Textual."""

from __future__ import annotations

from dataclasses import replace

from xentui.config import Document, format_disk, format_vif, parse_disk, parse_vif
from xentui.errors import ConfigError
from xentui.model.devices import Access, Disk, Vif
from xentui.model.disk_image import format_by_name
from xentui.tui.editor import devices
from xentui.tui.editor.sections import FIRST_BRIDGE, FIRST_DISK

FIELDS = (FIRST_DISK, FIRST_BRIDGE)
_PREFIXES = ("phy", "file")


def shown(document: Document, name: str) -> str:
    """Return what a field says: the path of the first disk that is no CD drive; the bridge of the first interface."""
    if name == FIRST_DISK:
        found = _first_disk(document)
        return _spelled(found[1]) if found else ""
    vif = _first_vif(document)
    return vif.bridge if vif else ""


def problem(name: str, text: str) -> str:
    """Return why a field cannot say that, as the end of a sentence; "" where it can."""
    if not text:
        return ""
    if name == FIRST_BRIDGE:
        return "must be the name of a bridge, without blanks and commas" if set(text) & set(", \t\n") else ""
    prefix, target = _split(text)
    if not target.startswith("/") and not (prefix == "phy" and target):
        return "must be an absolute path on the host; a device may be phy:vg0/web1"
    try:
        parse_disk(format_disk(Disk(target, "xvda", prefix=prefix)))
    except ConfigError as error:
        return error.message
    return ""


def changed(document: Document, name: str, text: str) -> Document:
    """Return the document with what a field says; an empty one takes the device out.  Raises ConfigError."""
    text = text.strip()
    if text == shown(document, name):
        return document
    return _with_disk(document, text) if name == FIRST_DISK else _with_bridge(document, text)


def path_of(document: Document) -> str:
    """Return the path of the first disk, where it is one the host can be asked about, else ""."""
    found = _first_disk(document)
    disk = found[1] if found else None
    if disk is None or disk.script or disk.backend or disk.prefix not in ("", *_PREFIXES):
        return ""
    return disk.target if disk.target.startswith("/") else ""


def disk_index(document: Document) -> int:
    """Return the place of the first disk in the list of disks, -1 where there is none."""
    found = _first_disk(document)
    return found[0] if found else -1


def format_of(document: Document) -> str:
    """Return the format the first disk is given in; "" where there is none."""
    found = _first_disk(document)
    return found[1].format if found else ""


def with_format(document: Document, format: str) -> Document:
    """Return the document with the first disk given in another format; a prefix would say raw."""
    found = _first_disk(document)
    if found is None or found[1].format == format:
        return document
    index, disk = found
    return document.replace_item("disk", index, format_disk(replace(disk, format=format, prefix="")))


def _first_disk(document: Document) -> tuple[int, Disk] | None:
    for index, spec in enumerate(document.strings("disk")):
        try:
            disk = parse_disk(spec, allow_shared=True)
        except ConfigError:
            return None
        if not disk.cdrom:
            return index, disk
    return None


def _first_vif(document: Document) -> Vif | None:
    specs = document.strings("vif")
    try:
        return parse_vif(specs[0]) if specs else None
    except ConfigError:
        return None


def _spelled(disk: Disk) -> str:
    """Return the path; with its prefix where it would not be read without."""
    if disk.target.startswith("/") and disk.prefix in ("", *_PREFIXES):
        return disk.target
    return f"{disk.prefix}:{disk.target}" if disk.prefix else disk.target


def _split(text: str) -> tuple[str, str]:
    prefix, colon, target = text.partition(":")
    return (prefix, target) if colon and prefix in _PREFIXES else ("", text)


def _with_disk(document: Document, text: str) -> Document:
    found = _first_disk(document)
    if not text:
        return document if found is None else devices.without(document, "disk", found[0])
    prefix, target = _split(text)
    written = "raw" if prefix else format_by_name(target)
    if found is None:
        disk = Disk(target, devices.next_vdev(document), written, Access.WRITE, prefix=prefix)
        return devices.appended(document, "disk", format_disk(disk))
    index, disk = found
    made = replace(disk, target=target, format=written, prefix=prefix)
    spec = format_disk(made)
    parse_disk(spec, allow_shared=True)
    return document.replace_item("disk", index, spec)


def _with_bridge(document: Document, text: str) -> Document:
    vif = _first_vif(document)
    if not text:
        return document if vif is None else document.remove_item("vif", 0)
    if vif is None:
        return devices.appended(document, "vif", format_vif(Vif(bridge=text)))
    return document.replace_item("vif", 0, format_vif(replace(vif, bridge=text)))
