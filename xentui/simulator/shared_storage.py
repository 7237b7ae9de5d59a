"""What the simulated host has mounted, and the folder it shares with others of its kind.

``/srv`` is on a disk of its own until two hosts share it: then it is one folder of the machine, which both have mounted
from a file server, as far as they can tell.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Protocol

from xentui.simulator.files import HostFiles
from xentui.simulator.state import State

_MOUNTINFO = "/proc/self/mountinfo"
_FOLDER = "/srv"
_SHARED = "shared"
_SERVER = "nas:/export/srv"
_DISKS = (("/", "254:1", "/dev/vda1"), (_FOLDER, "254:2", "/dev/vda2"))
_OPTIONS = (
    "rw,vers=4.2,rsize=524288,wsize=524288,namlen=255,{hard},proto=tcp,timeo=600,retrans=2,sec=sys,"
    "clientaddr=192.168.77.2,local_lock=none,addr=192.168.77.1"
)


class _SharingHost(Protocol):
    """A host that may share a folder."""

    @property
    def files(self) -> HostFiles:
        """Its files."""

    @property
    def state(self) -> State:
        """What it remembers."""


def peer(folder: Path, name: str) -> Path | None:
    """The folder of another host: ``sim``, ``sim:NAME`` or any that is there already; None where that is none."""
    name = name.replace(":", "-", 1) if name.startswith("sim:") else name
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) or name in (".", "..", folder.name):
        return None
    known = (folder.parent / name / "state.db").exists()
    return folder.parent / name if known or re.fullmatch(r"sim[0-9]*|sim-.+", name) else None


def share(ours: _SharingHost, theirs: _SharingHost) -> None:
    """Have both hosts see the same ``/srv``, that of the first; what the other had there is gone."""
    here, there = ours.files.path(_FOLDER), theirs.files.root / _FOLDER[1:]
    if not here.exists():
        return
    if not there.is_symlink() and not (here.is_symlink() and here.resolve() == there.resolve()):
        shutil.rmtree(there, ignore_errors=True)
        there.symlink_to(here)
    for host in (ours, theirs):
        if not host.state.get(_SHARED, False):
            with host.state.change():
                host.state.put(_SHARED, True)


def mount(files: HostFiles, state: State) -> None:
    """Have the list of what is mounted tell how it is now."""
    place = files.root / _MOUNTINFO[1:]
    data = "".join(_lines(state)).encode()
    if not place.is_file() or place.read_bytes() != data:
        place.parent.mkdir(parents=True, exist_ok=True)
        passing = place.with_name(f"mountinfo.{os.getpid()}")
        passing.write_bytes(data)
        passing.replace(place)


def _lines(state: State) -> list[str]:
    shared = bool(state.get(_SHARED, False))
    made = [
        f"{28 + number} 1 {device} / {point} rw,relatime shared:{number} - ext4 {source} rw\n"
        for number, (point, device, source) in enumerate(_DISKS, 1)
        if not (shared and point == _FOLDER)
    ]
    if shared:
        options = _OPTIONS.format(hard="hard")
        made.append(f"31 29 0:41 / {_FOLDER} rw,relatime shared:3 - nfs4 {_SERVER} {options}\n")
    return made
