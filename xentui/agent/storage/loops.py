"""The loop devices that have a file, and who uses each: as the kernel tells it, so that no file system is looked at."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Dict, Iterator, List, Tuple

from xentui.agent.files import mounts

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import LoopFacts

_MOST, _PROCESSES, _WORD, _USERS = 1024, 32_768, 4096, 32
_TEXT = 1 << 20
_DELETED = " (deleted)"


def loops(root: str = "") -> List[LoopFacts]:
    """``device``, ``file`` behind it, as it was called last, ``offset`` in bytes, and ``users``.

    These are words for an admin: a domain's backend (``domain 3``), a mount, swap, a device above, a process that has
    it open.  Who is not seen there does not use it: a process is looked for by the names of what it has open.
    """
    folder = os.path.join(root or "/", "sys/block")
    found: Dict[str, LoopFacts] = {}
    numbers: Dict[str, str] = {}
    for name in _listed(folder):
        file = _word(os.path.join(folder, name, "loop/backing_file"))
        if not name.startswith("loop") or not file or len(found) >= _MOST:
            continue
        offset = _word(os.path.join(folder, name, "loop/offset"))
        found[name] = {
            "device": f"/dev/{name}",
            "file": file[: -len(_DELETED)] if file.endswith(_DELETED) else file,
            "offset": int(offset) if offset.isdigit() else 0,
            "users": [f"device {holder}" for holder in _holders(os.path.join(folder, name))],
        }
        for part in (name, *_parts(folder, name)):
            place = os.path.join(folder, name) if part == name else os.path.join(folder, name, part)
            numbers[_word(os.path.join(place, "dev"))] = name
    if found:
        for number, user in (*_domains(root), *_mounted(root)):
            if number in numbers:
                _add(found[numbers[number]], user)
        for device, user in (*_swaps(root), *_open(root)):
            name = next(
                (each for each in found if device == f"/dev/{each}" or device.startswith(f"/dev/{each}p")), ""
            )
            if name:
                _add(found[name], user)
    return [found[name] for name in sorted(found, key=lambda each: (len(each), each))]


def _add(loop: LoopFacts, user: str) -> None:
    if user not in loop["users"] and len(loop["users"]) < _USERS:
        loop["users"].append(user)


def _parts(folder: str, name: str) -> List[str]:
    return [each for each in _listed(os.path.join(folder, name)) if each.startswith(f"{name}p")]


def _holders(place: str) -> List[str]:
    name = os.path.basename(place)
    folders = [place, *(os.path.join(place, part) for part in _parts(os.path.dirname(place), name))]
    return sorted({holder for folder in folders for holder in _listed(os.path.join(folder, "holders"))})[
        :_USERS
    ]


def _domains(root: str) -> Iterator[Tuple[str, str]]:
    """Yield the devices that domains' back ends have open (drivers/block/xen-blkback: ``physical_device``,
    hexadecimal).
    """
    folder = os.path.join(root or "/", "sys/bus/xen-backend/devices")
    for name in _listed(folder)[:_PROCESSES]:
        words = name.split("-")
        if words[0] == "vbd" and len(words) == 3:
            major, _colon, minor = _word(os.path.join(folder, name, "physical_device")).partition(":")
            with contextlib.suppress(ValueError):
                yield f"{int(major, 16)}:{int(minor, 16)}", f"domain {words[1]}"


def _mounted(root: str) -> Iterator[Tuple[str, str]]:
    for mount in mounts.mounts(os.path.join(root or "/", "proc")).values():
        yield mount.device, f"mounted at {mount.point}"


def _swaps(root: str) -> Iterator[Tuple[str, str]]:
    try:
        with open(os.path.join(root or "/", "proc/swaps"), encoding="utf-8", errors="replace") as file:
            text = file.read(_TEXT)
    except OSError:
        return
    for line in text.split("\n")[1:]:
        yield line.split(" ")[0].split("\t")[0], "swap"


def _open(root: str) -> Iterator[Tuple[str, str]]:
    """Yield what processes have open, by name: reading a name asks no file system."""
    proc = os.path.join(root or "/", "proc")
    for process in [name for name in _listed(proc) if name.isdigit()][:_PROCESSES]:
        for fd in _listed(os.path.join(proc, process, "fd")):
            with contextlib.suppress(OSError):
                target = os.readlink(os.path.join(proc, process, "fd", fd))
                if target.startswith("/dev/loop"):
                    yield target, f"process {process} ({_word(os.path.join(proc, process, 'comm'))})"


def _listed(folder: str) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _word(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(_WORD).rstrip("\n")
    except (OSError, ValueError):
        return ""
