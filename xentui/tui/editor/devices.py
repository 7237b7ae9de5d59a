"""Disks, interfaces and frame buffers as fields of a dialog, and back.  No Textual."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from xentui.config import (
    Document,
    format_disk,
    format_vif,
    marked,
    parse_disk,
    parse_vif,
    shared_vdevs,
    with_shared,
)
from xentui.errors import ConfigError
from xentui.model.configuration import describe_disk, describe_vif
from xentui.model.devices import Access, Disk, Vif
from xentui.tui.dialogs.form import Field

_PREFIXES = ("phy", "file")
_FORMATS = ("raw", "qcow2", "qcow", "vhd", "qed", "empty")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def describe(rows: str, spec: str) -> tuple[str, str]:
    """A row's name and what it is; of what cannot be read the text itself."""
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


def fields(rows: str, spec: str, document: Document) -> list[Field]:
    """The dialog's fields for a row; ``spec`` is "" for a new one."""
    if rows == "disk":
        disk = parse_disk(spec, allow_shared=True) if spec else Disk("", next_vdev(document))
        return _disk_fields(marked([disk], shared_vdevs(document))[0])
    if rows == "vif":
        return _vif_fields(parse_vif(spec) if spec else Vif())
    return _vfb_fields(spec)


def spec_of(rows: str, answer: Mapping[str, str], spec: str) -> str:
    """What the answers of the dialog make of a row; raises ConfigError where xl would refuse it.

    A row with nothing changed stays as it is written.
    """
    if rows == "disk":
        return _disk_spec(answer, spec)
    return _vif_spec(answer, spec) if rows == "vif" else _vfb_spec(answer, spec)


def without(document: Document, rows: str, index: int) -> Document:
    """The document without a row, and without the note that its disk is shared."""
    left = document.remove_item(rows, index)
    vdevs = {disk.vdev for disk in disks(left)}
    return with_shared(left, shared_vdevs(left) & vdevs) if rows == "disk" else left


def appended(document: Document, rows: str, spec: str) -> Document:
    """The document with a row more; what is no list becomes one."""
    if document.parts(rows) and not document.items(rows) and not isinstance(document.get(rows), list):
        return document.set(rows, [spec])
    return document.append_item(rows, spec)


def moved(document: Document, rows: str, index: int, other: int) -> Document:
    """The document with two rows in each other's place."""
    return document.swap_items(rows, index, other) if 0 <= other < len(document.strings(rows)) else document


def noted(rows: str, answer: Mapping[str, str], spec: str, document: Document) -> Document:
    """The document that says of a disk, ``spec`` before, whether others write to it too."""
    if rows != "disk":
        return document
    shared = set(shared_vdevs(document))
    if spec:
        shared.discard(parse_disk(spec, allow_shared=True).vdev)
    if answer["access"] == Access.SHARED:
        shared.add(answer["vdev"].removeprefix("/dev/"))
    return with_shared(document, shared)


def disks(document: Document) -> list[Disk]:
    """The disks of a configuration that can be read."""
    found = []
    for spec in document.strings("disk"):
        with contextlib.suppress(ConfigError):
            found.append(parse_disk(spec, allow_shared=True))
    return found


def next_vdev(document: Document) -> str:
    """The next free guest device of the kind the configuration uses."""
    used = [disk.vdev for disk in disks(document)]
    prefix = next((vdev[:2] for vdev in used if vdev[:2] in ("hd", "sd")), "xvd")
    stems = {vdev.rstrip("0123456789") for vdev in used}
    return next((f"{prefix}{letter}" for letter in _LETTERS if f"{prefix}{letter}" not in stems), "")


def _disk_fields(disk: Disk) -> list[Field]:
    return [
        disk_target(_spelled(disk), needed=False),
        Field("vdev", "Guest device", disk.vdev, help="xvda, xvdb …; hda, hdc for an emulated drive"),
        disk_access(disk.access.value),
        Field("format", "Format", disk.format, options=_FORMATS, help="of the image"),
        Field("cdrom", "CD-ROM drive", "yes" if disk.cdrom else "", switch=True),
    ]


def disk_target(value: str, *, needed: bool = True) -> Field:
    """The field that asks for a disk's path, in the same words everywhere; see :func:`disk_access` too."""
    return Field(
        "target",
        "Image or device",
        value,
        path=True,
        needed=needed,
        suggest="image block-device",
        help="a path of the host, also phy:/dev/vg/lv or file:/srv/a.img; the host tells the format",
    )


def disk_access(value: str) -> Field:
    """The field that asks who writes to a disk."""
    return Field(
        "access",
        "Access",
        value,
        options=("w", "r", "w!"),
        help="w writes, r only reads; w! writes, and so do others (a cluster file system)",
    )


def _spelled(disk: Disk) -> str:
    """A disk's path, with the prefix it was written with."""
    return f"{disk.prefix}:{disk.target}" if disk.prefix and disk.target else disk.target


def _disk_spec(answer: Mapping[str, str], spec: str) -> str:
    before = parse_disk(spec, allow_shared=True) if spec else Disk("", "")
    target, prefix = answer["target"], ""
    if target == _spelled(before):
        target, prefix = before.target, before.prefix
    for typed in _PREFIXES:
        if target.startswith(f"{typed}:"):
            target, prefix = target.removeprefix(f"{typed}:"), typed
    disk = replace(
        before,
        target=target,
        vdev=answer["vdev"].removeprefix("/dev/"),
        # xl has no word for w!: the document notes it (:func:`noted`).
        access=Access.READ if answer["access"] == "r" else Access.WRITE,
        format=answer["format"],
        cdrom=bool(answer["cdrom"]),
        # A prefix says raw.
        prefix=prefix if answer["format"] in ("raw", before.format) else "",
    )
    if not target and not disk.cdrom and answer["format"] != "empty":
        raise ConfigError("a disk needs a path; only a CD-ROM drive may be empty")
    if spec and disk == before:
        return spec
    made = format_disk(disk)
    parse_disk(made)
    return made


def _vif_fields(vif: Vif) -> list[Field]:
    more = ",".join(f"{name}={value}" for name, value in _rest(vif))
    return [
        Field("bridge", "Bridge", vif.bridge, needed=False, suggest="bridge"),
        Field("mac", "MAC address", vif.mac, needed=False, help="empty: made when it is stored, and kept"),
        Field("model", "Model", vif.model, needed=False, help="HVM: e1000, rtl8139, virtio-net …"),
        Field("ip", "IP address", vif.ip, needed=False),
        Field("more", "More", more, needed=False, help="script=…,type=…,rate=…,vifname=…,backend=…"),
    ]


def _rest(vif: Vif) -> Sequence[tuple[str, str]]:
    named = [(name, getattr(vif, name)) for name in ("type", "script", "vifname", "backend", "rate")]
    return [(name, value) for name, value in (*named, *vif.extra) if value]


def _vif_spec(answer: Mapping[str, str], spec: str) -> str:
    words = [f"{name}={answer[name]}" for name in ("mac", "bridge", "model", "ip") if answer[name]]
    made = parse_vif(",".join([*words, *filter(None, [answer["more"].strip(" ,")])]))
    return spec if spec and made == parse_vif(spec) else format_vif(made)


# Frame buffers: words xl reads of an item of vfb, all others are kept

_VFB = ("vnc", "vnclisten", "vncdisplay", "vncpasswd", "keymap", "sdl")


def _vfb_words(spec: str) -> list[tuple[str, str]]:
    words = [word.strip().partition("=") for word in spec.split(",") if word.strip()]
    return [(name.strip(), value.strip()) for name, _, value in words]


def _vfb_fields(spec: str) -> list[Field]:
    words = dict(_vfb_words(spec or "vnc=1,vnclisten=127.0.0.1"))
    more = ",".join(f"{name}={value}" for name, value in words.items() if name not in _VFB)
    return [
        Field("vnclisten", "Listens on", words.get("vnclisten", ""), needed=False, help="default 127.0.0.1"),
        Field("vncdisplay", "Display", words.get("vncdisplay", ""), needed=False, help="port 5900 and this"),
        Field("vncpasswd", "Password", words.get("vncpasswd", ""), needed=False),
        Field("keymap", "Keymap", words.get("keymap", ""), needed=False, suggest="keymap"),
        Field("more", "More", more, needed=False, help="vncunused=…,opengl=…,display=…,xauthority=…"),
        Field("vnc", "VNC", "yes" if words.get("vnc", "1") != "0" else "", switch=True),
        Field("sdl", "SDL window on the host", "yes" if words.get("sdl", "0") != "0" else "", switch=True),
    ]


def _vfb_spec(answer: Mapping[str, str], spec: str) -> str:
    """The words in the order they were in; new ones at the end."""
    before = dict(_vfb_words(spec))
    now = {name: answer[name] for name in _VFB if answer[name] and name not in ("vnc", "sdl")}
    for name, default in (("vnc", "1"), ("sdl", "0")):
        number = "1" if answer[name] else "0"
        if name in before and (before[name] != "0") == bool(answer[name]):
            now[name] = before[name]
        elif number != default or name in before or (not spec and name == "vnc"):
            now[name] = number
    now |= dict(_vfb_words(answer["more"]))
    if "," in "".join(now.values()):
        raise ConfigError("a comma ends a word of a frame buffer: it cannot be in a value")
    if now == before:
        return spec
    order = [name for name in dict.fromkeys((*before, *_VFB, *now)) if name in now]
    return ",".join(f"{name}={now[name]}" for name in order)
