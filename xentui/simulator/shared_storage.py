"""What the simulated host has mounted, and the folder it shares with others of its kind.

``/srv`` is on a disk of its own until two hosts share it: then it is one folder of the machine, which both have mounted
from a file server, as far as they can tell.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Any, Protocol

from xentui.errors import StoreCode, StoreError
from xentui.simulator.files import HostFiles
from xentui.simulator.state import State

_MOUNTINFO = "/proc/self/mountinfo"
_FOLDER = "/srv"
_SHARED = "shared"
_SERVER = "nas:/export/srv"
_DISKS = (("/", "254:1", "/dev/vda1"), (_FOLDER, "254:2", "/dev/vda2"))
_MOUNTED = "mounted"
_INSTALLED = ("/usr/sbin/exportfs", "/usr/sbin/mount.nfs", "/usr/sbin/o2cb", "/usr/sbin/mkfs.ocfs2")
_SOFT, _SQUASHED = "soft_mount", "squashed"
_LEFT = "/srv/xen/left.img"
_PROBES = ("leave_probe", "find_probe", "look_at_storage")
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
    """Return the folder of another host: ``sim``, ``sim:NAME`` or any that is there already; None where that is
    none.
    """
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
    """Have the list of what is mounted tell how it is now, and the programs there that share storage."""
    for program in _INSTALLED:
        if not files.path(program).exists():
            files.write(program, b"")
    files.path("/etc/ocfs2").mkdir(parents=True, exist_ok=True)
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
        options = _OPTIONS.format(hard="soft" if state.get(_SOFT, False) else "hard")
        made.append(f"31 29 0:41 / {_FOLDER} rw,relatime shared:3 - nfs4 {_SERVER} {options}\n")
    for number, (source, folder, kind) in enumerate(state.get(_MOUNTED, []), 42):
        options = _OPTIONS.format(hard="hard") if kind == "nfs4" else "rw,heartbeat=local"
        names = (name.replace("\\", "\\134").replace(" ", "\\040") for name in (folder, kind, source))
        made.append(
            "{0} 29 0:{0} / {1} rw,relatime shared:{0} - {2} {3} {4}\n".format(number, *names, options)
        )
    return made


def mounted(host: _SharingHost, source: str, folder: str, kind: str) -> None:
    """Have something mounted at a folder."""
    with host.state.change():
        host.state.put(_MOUNTED, [*host.state.get(_MOUNTED, []), (source, folder, kind)])


# Devices


def _as_device(state: State, place: dict[str, Any]) -> None:
    """Have a file that stands for a volume look like one: of LVM on a disk of this host, or of ZFS."""
    folder, _slash, name = place["real"].rpartition("/")
    if place["kind"] != "file" or not (folder == "/dev" or folder.startswith("/dev/")):
        return
    host = hashlib.sha256(state.path.parent.name.encode()).hexdigest()[:16]
    layers = [{"kind": "zvol" if name.startswith("zd") else "disk", "name": name, "ids": {}}]
    if folder != "/dev":
        uuid = hashlib.sha256(f"{host} {place['real']}".encode()).hexdigest()[:32]
        layers = [
            {
                "kind": "lvm",
                "name": f"{folder.rpartition('/')[2]}-{name.replace('-', '--')}",
                "ids": {"uuid": f"LVM-{uuid}"},
            },
            {"kind": "part", "name": "sda2", "ids": {"part": "2", "start": "67110912", "size": "838860800"}},
            {"kind": "disk", "name": "sda", "ids": {"wwid": f"naa.5{host[1:]}"}},
        ]
    place.update(kind="block", free=None, room=None, writable=False, layers=layers)


# Faults


def break_(host: _SharingHost, fault: str) -> None:
    """Put a fault of :data:`FAULTS` into what a host has mounted."""
    if fault == "stray-loop":
        leak_loop(host, _LEFT)
        return
    with host.state.change():
        host.state.put(_SHARED, True)
        host.state.put(_SOFT if fault == "soft-mount" else _SQUASHED, True)


FAULTS = ("soft-mount", "root-squash", "stray-loop")


def repair(host: _SharingHost) -> None:
    """Take these faults out; what is shared stays so."""
    for name in (path.name for path in host.files.path("/sys/block").glob("loop*")):
        free_loop(host, name)
    with host.state.change():
        host.state.put(_SOFT, False)
        host.state.put(_SQUASHED, False)


def leak_loop(host: _SharingHost, image: str) -> str:
    """Have a loop device hold an image, as a domain leaves it whose end was not waited for; returns its name."""
    if not host.files.path(image).exists():
        host.files.write(image, b"\0" * 4096)
    number = next(number for number in range(256) if not host.files.path(f"/sys/block/loop{number}").exists())
    place = f"/sys/block/loop{number}"
    words = {"dev": f"7:{number}", "loop/backing_file": image, "loop/offset": "0", "loop/dio": "0"}
    for name, text in words.items():
        host.files.write(f"{place}/{name}", f"{text}\n".encode())
    return f"loop{number}"


def free_loop(host: _SharingHost, name: str) -> bool:
    """Let go of a loop device; whether it held anything."""
    place = host.files.path(f"/sys/block/{name}")
    known = place.is_dir() and place.name.startswith("loop")
    shutil.rmtree(place, ignore_errors=True)
    return known


def seen(state: State, operation: str, answer: Any) -> Any:
    """Return what a host is answered: of volumes, that they are devices; of a file server, what it lets a root do whom
    it takes for nobody.  Raises StoreError where such a one may not write.

    ``answer`` is what it would be otherwise, None before anything is done.
    """
    if operation == "look_at_storage" and answer:
        for place in answer["places"].values():
            _as_device(state, place)
    if operation not in _PROBES or not (state.get(_SHARED, False) and state.get(_SQUASHED, False)):
        return answer
    if operation == "leave_probe":
        raise StoreError("permission denied", code=StoreCode.PERMISSION)
    if operation == "find_probe" and answer and answer["found"]:
        return {"found": True, "data": "", "error": "Permission denied"}
    if operation == "look_at_storage" and answer:
        for place in answer["places"].values():
            place["writable"] = place["writable"] and place["mount"]["kind"] != "nfs4"
    return answer
