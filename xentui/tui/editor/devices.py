"""Disks, interfaces and frame buffers as fields of a dialog, and back.  No Textual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xentui.config import Document, format_disk, format_vif, parse_disk, parse_vif
from xentui.errors import ConfigError
from xentui.model.configuration import describe_disk, describe_vif
from xentui.model.devices import Access, Disk, Vif
from xentui.tui.dialogs.form import Field

_KINDS = ("phy", "file", "none")
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
            return vif.mac or "(new mac)", describe_vif(vif)
    except ConfigError as error:
        return "?", f"{spec}  ({error.message})"
    return rows, spec


def fields(rows: str, spec: str, document: Document) -> list[Field]:
    """The dialog's fields for a row; ``spec`` is "" for a new one."""
    if rows == "disk":
        return _disk_fields(parse_disk(spec, allow_shared=True) if spec else Disk("", next_vdev(document)))
    if rows == "vif":
        return _vif_fields(parse_vif(spec) if spec else Vif())
    return [
        Field(
            "spec", "Settings", spec or "type=vnc,vnclisten=127.0.0.1", help="KEY=VALUE, with commas between"
        )
    ]


def spec_of(rows: str, answer: Mapping[str, str], spec: str) -> str:
    """What the answers of the dialog make of a row; raises ConfigError where xl would refuse it."""
    if rows == "disk":
        return _disk_spec(answer, spec)
    if rows == "vif":
        return _vif_spec(answer, spec)
    return answer["spec"]


def next_vdev(document: Document) -> str:
    """The next free guest device of the kind the configuration uses."""
    used: list[str] = []
    for spec in document.strings("disk"):
        try:
            used.append(parse_disk(spec, allow_shared=True).vdev)
        except ConfigError:
            continue
    prefix = next((vdev[:2] for vdev in used if vdev[:2] in ("hd", "sd")), "xvd")
    stems = {vdev.rstrip("0123456789") for vdev in used}
    return next((f"{prefix}{letter}" for letter in _LETTERS if f"{prefix}{letter}" not in stems), "")


def _disk_fields(disk: Disk) -> list[Field]:
    return [
        Field(
            "kind",
            "Source",
            disk.prefix if disk.prefix in _KINDS else "none",
            options=_KINDS,
            help="phy: block device, file: image; none: path and format",
        ),
        Field("target", "Path on the host", disk.target, path=True, needed=False),
        Field("vdev", "Guest device", disk.vdev),
        Field(
            "access",
            "Access",
            disk.access.value,
            options=("w", "r", "w!"),
            help="w writes, r reads only; w!: shared, xl stores it as w",
        ),
        Field("format", "Format", disk.format, options=_FORMATS),
        Field("cdrom", "CD-ROM drive", "yes" if disk.cdrom else "", switch=True),
    ]


def _disk_spec(answer: Mapping[str, str], spec: str) -> str:
    before = parse_disk(spec, allow_shared=True) if spec else Disk("", "")
    target = answer["target"].removeprefix("phy:").removeprefix("file:")
    kind = answer["kind"] if answer["kind"] != "none" else ""
    if answer["target"].startswith(("phy:", "file:")):
        kind = answer["target"].partition(":")[0]
    disk = replace(
        before,
        target=target,
        vdev=answer["vdev"].removeprefix("/dev/"),
        # xl has no w!; writing is writing there, whoever else does.
        access=Access.READ if answer["access"] == "r" else Access.WRITE,
        format=answer["format"],
        cdrom=bool(answer["cdrom"]),
        prefix=kind if answer["format"] == "raw" else "",
    )
    made = format_disk(disk)
    parse_disk(made)
    return made


def _vif_fields(vif: Vif) -> list[Field]:
    more = " ".join(f"{name}={value}" for name, value in _rest(vif))
    return [
        Field("bridge", "Bridge", vif.bridge, needed=False, suggest="bridge"),
        Field("mac", "MAC address", vif.mac, needed=False, help="empty: made when it is stored, and kept"),
        Field("model", "Model", vif.model, needed=False, help="HVM: e1000, rtl8139, virtio-net …"),
        Field("ip", "IP address", vif.ip, needed=False),
        Field("more", "More", more, needed=False, help="script=… type=… rate=… vifname=… backend=…"),
    ]


def _rest(vif: Vif) -> Sequence[tuple[str, str]]:
    named = [(name, getattr(vif, name)) for name in ("type", "script", "vifname", "backend", "rate")]
    return [(name, value) for name, value in (*named, *vif.extra) if value]


def _vif_spec(answer: Mapping[str, str], _spec: str) -> str:
    words = [f"{name}={answer[name]}" for name in ("mac", "bridge", "model", "ip") if answer[name]]
    return format_vif(parse_vif(",".join([*words, *answer["more"].split()])))
