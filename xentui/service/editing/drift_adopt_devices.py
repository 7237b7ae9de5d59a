"""Disks and interfaces of a running domain taken into a stored text."""

from __future__ import annotations

from dataclasses import replace

from xentui import config as language
from xentui.config import Document
from xentui.model.configuration import DomainConfig, describe_disk, vif_pairs
from xentui.model.devices import Disk, Vif

_VIF_FIELDS = ("mac", "bridge", "ip", "model", "script", "vifname", "backend")
"""What is compared of an interface; the toolstack fills in the rest by itself."""


def disks(document: Document, running: DomainConfig, apart: frozenset[str]) -> Document:
    """Return ``document`` with the running disks by vdev: changed ones in their place, missing ones at the end."""
    wanted = {disk.vdev: disk for disk in running.disks}
    gone: list[int] = []
    for index, spec in enumerate(document.strings("disk")):
        old = language.parse_disk(spec)
        if f"disk {old.vdev}" not in apart:
            wanted.pop(old.vdev, None)
        elif old.vdev in wanted:
            document = document.replace_item(
                "disk", index, language.format_disk(_disk(old, wanted[old.vdev]))
            )
        else:
            gone.append(index)
    present = {language.parse_disk(spec).vdev for spec in document.strings("disk")}
    document = _without(document, "disk", gone)
    for vdev, disk in wanted.items():
        if vdev not in present:
            document = document.append_item("disk", language.format_disk(_disk(None, disk)))
    return document


def _disk(old: Disk | None, new: Disk) -> Disk:
    """Return the running disk as it is written: what differs is changed, all else stays as it was said."""
    if old is not None and (old.target, _format(old)) == (new.target, _format(new)):
        return replace(old, access=new.access, cdrom=new.cdrom)
    if describe_disk(new).startswith("(empty)"):
        return replace(new, prefix="", format="raw")
    return replace(new, prefix="")


def _format(disk: Disk) -> str:
    return "raw" if disk.format == "empty" else disk.format


def vifs(document: Document, running: DomainConfig, apart: frozenset[str]) -> Document:
    """Return ``document`` with the running interfaces, by MAC address; one without gets the address it runs with."""
    if not any(field.startswith("vif ") for field in apart):
        return document
    stored = [language.parse_vif(spec) for spec in document.strings("vif")]
    pairs = vif_pairs(stored, running.vifs)
    left = [vif for place, vif in enumerate(running.vifs) if place not in pairs.values()]
    gone = [index for index in range(len(stored)) if index not in pairs]
    for index, place in pairs.items():
        vif = _vif(stored[index], running.vifs[place])
        if vif != stored[index]:
            document = document.replace_item("vif", index, language.format_vif(vif))
    document = _without(document, "vif", gone)
    for vif in left:
        said = Vif(**{name: getattr(vif, name) for name in _VIF_FIELDS})
        document = document.append_item("vif", language.format_vif(said))
    return document


def _vif(stored: Vif, running: Vif) -> Vif:
    """Return the stored interface with what runs of the settings it has; what it leaves open stays open."""
    changed = {
        name: getattr(running, name)
        for name in _VIF_FIELDS
        if getattr(stored, name) and getattr(stored, name).lower() != getattr(running, name).lower()
    }
    if not stored.mac:
        changed["mac"] = running.mac
    return replace(stored, **changed)


def _without(document: Document, key: str, indices: list[int]) -> Document:
    for index in reversed(indices):
        document = document.remove_item(key, index)
    return document
