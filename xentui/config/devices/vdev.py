"""Virtual disk names and their numbers (xen-vbd-interface(7), and libxl's reading of it)."""

from __future__ import annotations

import re

from xentui.config.numbers import c_long
from xentui.config.refusal import printable
from xentui.errors import ConfigError

_NAME = re.compile(r"(xvd|hd|sd)([a-z]{1,8})([1-9][0-9]{0,4})?")
_PLAIN = re.compile(r"d([0-9]{1,7})(?:p([0-9]{1,4}))?")
_MAX_DISK = (1 << 20) - 1
_MAX_PARTITION = 255


def vdev_number(vdev: str) -> int:
    """Return the number of a virtual disk: ``xvda`` 51712, ``xvda1`` 51713, ``hda`` 768, ``51712`` itself.

    Raises ConfigError for what xl answers with "Invalid or unsupported virtual disk identifier",
    ``/dev/xvdb`` included.
    """
    if match := _PLAIN.fullmatch(vdev):
        number = _xvd(int(match.group(1)), int(match.group(2) or 0))
    elif match := _NAME.fullmatch(vdev):
        kind, letters, part = match.groups()
        number = _NUMBERING[kind](_index(letters), int(part or 0))
    else:
        number = c_long(vdev)
        if number is not None and not 0 <= number < 1 << 31:
            number = None
    if number is None:
        hint = (
            "Use a name such as xvdb, without a path." if vdev.startswith("/") else "Use a name such as xvda."
        )
        raise ConfigError(
            f"'{printable(vdev)}' is not a virtual disk name", hint=hint, details=(refusal_words(vdev),)
        )
    return number


def refusal_words(vdev: str) -> str:
    """Return what xl says of a name that is none."""
    return f"Invalid or unsupported virtual disk identifier {printable(vdev, 200)}"


def vdev_meant(word: str) -> str:
    """Return the name of the disk a user means: ``xvdb``, ``/dev/xvdb``, or its number, ``vbd/`` before it or not."""
    name = word.removeprefix("/dev/").removeprefix("vbd/")
    return vdev_name(int(name)) if name.isascii() and name.isdigit() else name


def vdev_name(number: int) -> str:
    """Return the usual name of a disk number; raises ConfigError for a number that is no disk's."""
    major, minor = number >> 8, number & 0xFF
    if number >= 1 << 28 and number >> 28 == 1:
        return _spell("xvd", (number >> 8) & _MAX_DISK, minor)
    if major == 202:
        return _spell("xvd", minor >> 4, minor & 15)
    if major == 8:
        return _spell("sd", minor >> 4, minor & 15)
    if major in (3, 22):
        return _spell("hd", (minor >> 6) + (2 if major == 22 else 0), minor & 63)
    raise ConfigError(f"{number} is not the number of a virtual disk")


def _spell(kind: str, disk: int, part: int) -> str:
    letters = ""
    disk += 1
    while disk:
        disk, rest = divmod(disk - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return f"{kind}{letters}{part or ''}"


def _index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("a") + 1
    return index - 1


def _xvd(disk: int, part: int) -> int | None:
    if disk > _MAX_DISK or part > _MAX_PARTITION:
        return None
    return 202 << 8 | disk << 4 | part if disk <= 15 and part <= 15 else 1 << 28 | disk << 8 | part


def _hd(disk: int, part: int) -> int | None:
    if disk > 3 or part > 63:
        return None
    return (3 if disk < 2 else 22) << 8 | (disk & 1) << 6 | part


def _sd(disk: int, part: int) -> int | None:
    return 8 << 8 | disk << 4 | part if disk <= 15 and part <= 15 else None


_NUMBERING = {"xvd": _xvd, "hd": _hd, "sd": _sd}
