"""What is mounted where, as the kernel tells it (proc(5), mountinfo): nothing is run, and no file system looked at."""

from __future__ import annotations

import os
import re
from typing import Dict, List, NamedTuple

#: Bytes read of the list, and mounts kept of it.
LIMIT, MOST = 32 << 20, 50_000
_ESCAPE = re.compile(rb"\\([0-7]{3})")


class Mount(NamedTuple):
    """A file system at its place.

    ``point`` is where, ``source`` what was mounted (``server:/export``, a device), ``kind`` its type, ``options`` those
    of this place and of the file system, ``below`` the folder of it that is seen here, ``device`` its ``MAJOR:MINOR``.
    """

    point: str
    source: str
    kind: str
    options: str
    below: str
    device: str


def mounts(proc: str = "/proc") -> Dict[str, Mount]:
    """Return what is to be seen at each mount point: of what was mounted over another, the last.  Empty where none is
    told.
    """
    try:
        with open(os.path.join(proc, "self/mountinfo"), "rb") as file:
            return parsed(file.read(LIMIT))
    except OSError:
        return {}


def parsed(data: bytes) -> Dict[str, Mount]:
    """Return the mounts of such a list by their points; a line that makes no sense is left out.

    Lines end at line feeds only, words at blanks: both are escaped inside of a name.
    """
    found: Dict[str, Mount] = {}
    for line in data.split(b"\n"):
        words = line.split(b" ")
        if b"-" not in words[6:]:
            continue
        own, rest = words[:6], words[words.index(b"-", 6) + 1 :]
        if len(rest) < 2:
            continue
        number, below, point, options = own[2:6]
        mount = Mount(
            _name(point), _name(rest[1]), _name(rest[0]), _options(options, rest), _name(below), _name(number)
        )
        if not mount.point.startswith("/") or (len(found) >= MOST and mount.point not in found):
            continue
        found[mount.point] = mount
    return found


def _options(own: bytes, rest: List[bytes]) -> str:
    """Return the options of the place, then those of the file system that it does not have by the same name."""
    words = _name(own).split(",")
    if len(rest) > 2:
        words += [word for word in _name(rest[2]).split(",") if word not in words]
    # Whether it may be written to is said of both: a place can be read-only where the file system is not.
    if "ro" in words:
        words = [word for word in words if word != "rw"]
    return ",".join(words)


def _name(word: bytes) -> str:
    return os.fsdecode(_ESCAPE.sub(lambda found: bytes([int(found.group(1), 8) & 0xFF]), word))


def point_of(path: str, points: Dict[str, Mount]) -> str:
    """Return the mount point an absolute path lies below, links left aside; "/" where none is known."""
    while path not in points and path != "/":
        path = os.path.dirname(path)
    return path


def kind_of(device: int, proc: str = "/proc") -> str:
    """Return the type of the file system with a device number (``st_dev``); "" where that is not mounted, or not
    told.
    """
    name = f"{os.major(device)}:{os.minor(device)}"
    return next((mount.kind for mount in mounts(proc).values() if mount.device == name), "")
