"""Disks: from a specification to the model and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from xentui.config.devices.disk_spec import FLAGS, DiskSpec, scan
from xentui.config.devices.vdev import vdev_number
from xentui.errors import ConfigError
from xentui.model.devices import Access, Disk

_FLAG_LIKE = {"cdrom", *FLAGS}
_AMBIGUOUS = re.compile(r"[=,:]|\A[ \t]")
_TARGET_AMBIGUOUS = re.compile(r"[=,]|\A[ \t]|\A[a-z][a-z0-9]*:")
_SCRIPTED = ("iscsi", "nbd", "enbd", "drbd")


def parse_disk(
    spec: str,
    *,
    source: str = "<configuration>",
    line: int = 0,
    column: int = 0,
    allow_shared: bool = False,
) -> Disk:
    """Read a disk specification of an xl configuration (xl-disk-configuration(5)).

    All of xl's grammar: positional, ``key=value``, ``target=`` last, the old prefixes (``phy:``, ``file:``,
    ``tap:``, …), CD-ROM drives, empty drives.  ``allow_shared`` also takes xm's ``w!``.  Raises
    ConfigError as xl would; the device name is taken as it is (:func:`~xentui.config.devices.vdev.vdev_number`
    judges it).
    """
    return _disk(scan((spec,), source=source, line=line, column=column, allow_shared=allow_shared))


def parse_disk_words(words: Sequence[str], *, allow_shared: bool = False) -> Disk:
    """Read the disk arguments of ``block-attach``.

    Either as the wiki and xm write them, BACKEND DEVICE MODE [BACKEND-DOMAIN] (``file:/mnt/data/hdd
    /dev/xvdb w``), or one or more specifications as xl takes them.  ``/dev/`` before the device is
    dropped, as xm did.  Raises ConfigError for what xl would refuse, a bad device name included.
    """
    if not words:
        raise ConfigError("no disk given", hint="Give BACKEND DEVICE MODE, for example file:/x.img xvdb w.")
    plain = 2 <= len(words) <= 4 and not any("," in word or "=" in word for word in words[1:])
    options = {"source": "command line", "allow_shared": allow_shared}
    if plain and words[1] not in ("", "raw", "qcow", "qcow2", "vhd", "qed", "empty"):
        target, vdev = words[0], words[1]
        mode = words[2] if len(words) > 2 else "w"
        specs = [target, vdev, mode]
        if not _TARGET_AMBIGUOUS.search(target):
            specs.insert(1, "raw")
        if len(words) > 3:
            specs.append(f"backend={words[3]}")
    else:
        specs = list(words)
    disk = _disk(scan(tuple(specs), **options))  # type: ignore[arg-type]
    vdev = disk.vdev.removeprefix("/dev/")
    vdev_number(vdev)
    return disk if vdev == disk.vdev else replace(disk, vdev=vdev)


def format_disk(disk: Disk) -> str:
    """Write a disk as a specification that xl reads back as the same disk.

    Short where the values allow it (``/dev/vg0/web,raw,xvda,w``, ``file:/x.img,xvda,w``), with keys
    otherwise.  A disk with ``w!`` is written so, and only ``parse_disk(…, allow_shared=True)`` takes it.
    Raises ConfigError for values no specification can hold.
    """
    for value in (disk.vdev, disk.backend, disk.script, *(value for _, value in disk.extra)):
        if "," in value or "\n" in value:
            raise ConfigError("a disk's device, backend and script cannot hold a comma or a line end")
    if "\n" in disk.target:
        raise ConfigError("a disk's target cannot hold a line end")
    prefix = f"{disk.prefix}:" if disk.prefix else ""
    scripted = any(name in _SCRIPTED for name in disk.prefix.split(":"))
    more = [f"{key}={value}" if value else key for key, value in disk.extra]
    if disk.backend:
        more.append(f"backend={disk.backend}")
    if disk.backendtype:
        more.append(f"backendtype={disk.backendtype}")
    if disk.script and not scripted:
        more.append(f"script={disk.script}")
    if _is_simple(disk):
        return ",".join([*_positional(disk, prefix), *more])
    words = [f"format={disk.format}", f"vdev={disk.vdev}"]
    words += ["cdrom"] if disk.cdrom else [f"access={disk.access}"]
    words += more
    if disk.target or not disk.cdrom:
        words.append(f"target={disk.target}{',' if disk.target.endswith(',') else ''}")
    return prefix + ",".join(words)


def _is_simple(disk: Disk) -> bool:
    return not (
        _TARGET_AMBIGUOUS.search(disk.target)
        or _AMBIGUOUS.search(disk.vdev)
        or not disk.vdev
        or disk.target in _FLAG_LIKE
        or disk.vdev in _FLAG_LIKE
    )


def _positional(disk: Disk, prefix: str) -> list[str]:
    vdev = f"{disk.vdev}:cdrom" if disk.cdrom else disk.vdev
    if prefix:
        return [f"{prefix}{disk.target}", vdev, disk.access]
    if not disk.target and disk.cdrom:
        return ["", vdev, disk.access]
    return [disk.target, disk.format, vdev, disk.access]


def _disk(spec: DiskSpec) -> Disk:
    extra = [*spec.flags.items()]
    if spec.specification:
        extra.append(("specification", spec.specification))
    access = Access.SHARED if spec.shared else Access.WRITE if spec.readwrite else Access.READ
    return Disk(
        target=spec.target or "",
        vdev=spec.vdev or "",
        format=spec.format or "raw",
        access=access,
        cdrom=spec.cdrom,
        prefix=":".join(spec.prefixes),
        backend=spec.backend or "",
        backendtype=spec.backendtype or "",
        script=spec.script or "",
        extra=tuple(extra),
    )
