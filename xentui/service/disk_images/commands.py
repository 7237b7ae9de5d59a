"""What ``qemu-img`` and ``losetup`` are given.  Formats are always named: what a guest wrote is never probed."""

from __future__ import annotations

from xentui.errors import UsageError
from xentui.service.disk_images.volume import VolumePlace

FORMATS = ("raw", "qcow2", "vhd")
"""What an image can be made as."""
READABLE = (*FORMATS, "vmdk", "qed", "qcow", "vdi", "vhdx")
"""What an image can be converted from."""
PASSING = "{image}"
"""Stands for the name an image has while it is written (:mod:`xentui.agent.images.image_jobs`)."""
_DRIVERS = {"vhd": "vpc", "vhd-fixed": "vpc"}


def require_made(format: str) -> None:
    """Raise UsageError for a format images are not made in."""
    if format not in FORMATS:
        raise UsageError("is not a format for images", subject=format, hint=f"one of {', '.join(FORMATS)}")


def driver(format: str) -> str:
    """Return what qemu-img calls a format; raises UsageError for one that is not read."""
    if format not in READABLE:
        raise UsageError("is not a format of an image", subject=format, hint=f"one of {', '.join(READABLE)}")
    return _DRIVERS.get(format, format)


def create(
    format: str, size: int, *, preallocated: bool, backing: tuple[str, str] | None = None, path: str = PASSING
) -> list[str]:
    """Return the command that makes an image of ``size`` bytes; ``backing`` is path and format of what it is based
    on.
    """
    based = ["-b", backing[0], "-F", driver(backing[1])] if backing else []
    return [
        "qemu-img",
        "create",
        "-q",
        "-f",
        driver(format),
        *_options(format, preallocated),
        *based,
        path,
        str(size),
    ]


def convert(
    source: str, source_format: str, format: str, *, preallocated: bool = False, path: str = PASSING
) -> list[str]:
    """Return the command that makes an image of another format of what ``source`` holds."""
    options = _options(format, preallocated)
    return [
        "qemu-img",
        "convert",
        "-p",
        "-f",
        driver(source_format),
        "-O",
        driver(format),
        *options,
        source,
        path,
    ]


def _options(format: str, preallocated: bool) -> list[str]:
    if format == "vhd":
        # Else the size is rounded to what cylinders, heads and sectors can say.
        return ["-o", f"force_size=on,subformat={'fixed' if preallocated else 'dynamic'}"]
    if preallocated:
        return ["-o", "preallocation=falloc"]
    return []


def resize(path: str, format: str, size: int, *, smaller: bool) -> list[str]:
    """Return the command that gives an image of a format of its own another size."""
    return [
        "qemu-img",
        "resize",
        "-q",
        "-f",
        driver(format),
        *(["--shrink"] if smaller else []),
        path,
        str(size),
    ]


def loops_of(path: str) -> list[str]:
    """Return the command that lists the loop devices of a file, a line each."""
    return ["losetup", "--list", "--noheadings", "--output", "NAME", "--associated", path]


def loop_grown(device: str) -> list[str]:
    """Return the command that has a loop device take the size its file has now."""
    return ["losetup", "--set-capacity", device]


def named_later(place: VolumePlace) -> dict[str, list[str]]:
    """Return the commands that give a volume its name once it is whole, or take it away before and after that."""
    manager, passing = place.manager, place.beside(PASSING)
    return {
        "name": manager.rename(passing, place.name),
        "drop": manager.remove(passing),
        "undo": manager.remove(place),
    }
