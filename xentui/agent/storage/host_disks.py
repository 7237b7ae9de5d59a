"""What the host itself does with its disks: file systems it has mounted, where it swaps, what its volumes lie on.

A guest that writes there destroys it, or is destroyed by it.  xl refuses a block device that is mounted, and sees
neither an image that is mounted by a loop device, nor swap, nor the physical volume below a mounted one.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple

from xentui.agent.protocol.operations import host_operation
from xentui.agent.storage import disks

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import HostDisk

PROC = "/proc"
MOUNTED, SWAP, VOLUME = "mounted", "swap", "volume"
_USES = 512
_LIMIT = 1 << 20
_ESCAPE = re.compile(r"\\([0-7]{3})")


@host_operation("host_disks")
def host_disks() -> List[HostDisk]:
    """Return what the host uses, one entry for each device or file.

    ``how`` is ``mounted``, ``swap`` or ``volume``, ``where`` the mount point, the file or device, the volume's name;
    ``device`` the thing itself, and ``claims`` as of :func:`xentui.agent.storage.disks.look_at_disks`, by what it
    stands on.  A file system has the bytes of its device to itself, and shares those of what it has files on: its
    claims are not exact, so that only a disk that is the device, or a part of it, meets them.
    """
    found: List[HostDisk] = []
    for how, where, read_only, walk in _uses():
        if walk.claims and len(found) < _USES:
            device = walk.claims[0][0]
            below = walk.claims[1:] if how == VOLUME else walk.claims
            claims: List[List[Any]] = [[*claim[:4], read_only] for claim in below]
            found.append({"how": how, "where": where, "device": device, "claims": claims})
    return found


def _uses() -> Iterator[Tuple[str, str, bool, disks.Walk]]:
    for number, (where, read_only) in _mounts().items():
        yield MOUNTED, where, read_only, _from(number, exact=False)
    for path in _swaps():
        walk = disks.Walk()
        with contextlib.suppress(OSError):
            walk.path(path)
        walk.claims = [(*claim[:3], False, claim[4]) for claim in walk.claims]
        yield SWAP, path, False, walk
    for number, name in _volumes():
        yield VOLUME, name, False, _from(number, exact=True)


def _from(number: int, exact: bool) -> disks.Walk:
    walk = disks.Walk()
    walk.device(number, disks.DiskPart(0, disks.END, exact, False))
    return walk


def _mounts() -> Dict[int, Tuple[str, bool]]:
    """Return the devices file systems are mounted from, where, and whether only to read; each at its first place
    (proc(5)).
    """
    found: Dict[int, Tuple[str, bool]] = {}
    for line in _lines("self/mountinfo"):
        words = line.split(" ")
        if "-" not in words[6:]:
            continue
        rest = words[words.index("-", 6) + 1 :]
        number = _number(words[2], rest[1] if len(rest) > 1 else "")
        if number is None or number in found:
            continue
        found[number] = (_unescaped(words[4]), "ro" in (rest[2] if len(rest) > 2 else "").split(","))
    return found


def _number(place: str, source: str) -> Optional[int]:
    """Return the device a file system is on; of one that spans devices (Btrfs) the one it was mounted by."""
    with contextlib.suppress(ValueError, OverflowError):
        major, minor = (int(word) for word in place.split(":"))
        if major:
            return os.makedev(major, minor)
    with contextlib.suppress(OSError, ValueError):
        if source.startswith("/dev/"):
            status = os.stat(_unescaped(source))
            return status.st_rdev if stat.S_ISBLK(status.st_mode) else None
    return None


def _swaps() -> Iterator[str]:
    for line in _lines("swaps")[1:]:
        path = _unescaped(line.split(" ")[0].split("\t")[0])
        if path.startswith("/"):
            yield path


def _volumes() -> Iterator[Tuple[int, str]]:
    """Yield what is made of other devices: volumes of LVM, arrays, partitions in an image."""
    folder = os.path.join(disks.SYS, "block")
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(folder)):
            place = os.path.join(folder, name)
            with contextlib.suppress(OSError, ValueError, OverflowError):
                if os.listdir(os.path.join(place, "slaves")):
                    major, minor = _word(place, "dev").split(":")
                    yield os.makedev(int(major), int(minor)), _name(place, name)


def _name(place: str, name: str) -> str:
    try:
        return _word(place, "dm/name")
    except OSError:
        return name


def _word(place: str, name: str) -> str:
    with open(os.path.join(place, name), encoding="utf-8", errors="replace") as file:
        return file.read(4096).rstrip("\n")


def _lines(name: str) -> List[str]:
    try:
        with open(os.path.join(PROC, name), encoding="utf-8", errors="replace") as file:
            return file.read(_LIMIT).split("\n")
    except OSError:
        return []


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 8)), text)
