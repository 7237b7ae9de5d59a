"""What lies below paths of a host – mounts, devices –, and probes that prove whether two hosts share a folder.

Nothing here waits for a file system whose server has gone (:mod:`xentui.agent.storage.timed_child`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List

from xentui.agent.files import mounts
from xentui.agent.protocol.arguments import PATH, PATHS, STRING
from xentui.agent.protocol.operations import ArgumentCheck, host_operation
from xentui.agent.storage import block_layers, loops, timed_child
from xentui.agent.storage.path_inspection import PROBE

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import (
        AroundStorageAnswer,
        FoundProbe,
        LeftProbe,
        MountFacts,
        PlaceFacts,
        StorageAnswer,
    )

_SHARED = (
    "nfs",
    "cifs",
    "smb3",
    "ceph",
    "glusterfs",
    "fuse.gluster",
    "fuse.ceph",
    "ocfs2",
    "gfs",
    "lustre",
    "9p",
)
#: Mounts that are told.
_MOST = 500
_NOWHERE: MountFacts = {
    "point": "",
    "source": "",
    "kind": "",
    "options": "",
    "below": "",
    "layers": [],
}


def _probe_name(value: Any) -> str:
    if not isinstance(value, str) or not PROBE.match(value):
        raise ValueError("is no probe's")
    return value


_PROBE = ArgumentCheck(_probe_name)


@host_operation("look_at_storage", paths=PATHS, root=STRING)
def look_at_storage(*, paths: List[str], root: str) -> StorageAnswer:
    """Return what lies below each path, and the name the machine has for itself (``node``).

    Of each: ``kind`` as of :func:`xentui.agent.files.access.stat_paths`, or ``hanging`` where the file system does
    not answer (``hangs`` is its mount point); ``real`` the path with its links followed, ``inode``, ``size`` in
    bytes, ``mount`` where it lies, ``layers`` of a block device; of what lies on a file system ``free`` and ``room``,
    and whether it is ``writable``.  ``root`` is before what a simulated host calls its own, "" on a real one.
    """
    proc = os.path.join(root or "/", "proc")
    seen = timed_child.looks(paths, root, list(mounts.mounts(proc)))
    points = mounts.mounts(proc)  # anew: a look may have had one mounted
    known: Dict[str, MountFacts] = {}
    found: Dict[str, PlaceFacts] = {}
    for number, path in enumerate(paths):
        facts = seen[number]
        real = str(facts.get("real") or "")
        point = mounts.point_of(real, points) if real.startswith("/") else str(facts.get("hangs") or "")
        if point not in known:
            known[point] = _mount(points[point], root) if point in points else _NOWHERE
        place: PlaceFacts = {
            "kind": str(facts.get("kind", "missing")),
            "error": str(facts.get("error", "")),
            "hangs": str(facts.get("hangs", "")),
            "real": real,
            "mount": known[point],
            "inode": int(facts.get("inode", 0)),
            "size": int(facts.get("size", 0)),
            "free": facts.get("free"),
            "room": facts.get("room"),
            "writable": bool(facts.get("writable")),
            "layers": [],
        }
        if place["kind"] == "block":
            device = str(facts["number"])
            place["layers"] = _layers(device, root, real)
            place["size"] = block_layers.size(device, f"{root}/sys") or 0
        found[path] = place
    return {"node": os.uname().nodename, "places": found}


@host_operation("around_storage", root=STRING)
def around_storage(*, root: str) -> AroundStorageAnswer:
    """Return the points of what is ``mounts`` of file servers and cluster file systems, ``truncated`` where there are
    more, and the ``loops`` that have a file; ``root`` as for :func:`look_at_storage`.  No file system is looked at.
    """
    points = mounts.mounts(os.path.join(root or "/", "proc"))
    shared = sorted(point for point, mount in points.items() if mount.kind.startswith(_SHARED))
    return {
        "mounts": shared[:_MOST],
        "truncated": len(shared) > _MOST,
        "loops": loops.loops(root),
    }


def _mount(mount: mounts.Mount, root: str) -> MountFacts:
    on_device = mount.source.startswith("/dev/") and not mount.device.startswith("0:")
    return {
        "point": mount.point,
        "source": mount.source,
        "kind": mount.kind,
        "options": mount.options,
        "below": mount.below,
        "layers": _layers(mount.device, root, mount.source) if on_device else [],
    }


def _layers(number: str, root: str, called: str) -> Any:
    return block_layers.layers(number, f"{root}/sys", f"{root}/dev", called)


@host_operation("leave_probe", folder=PATH)
def leave_probe(*, folder: str) -> LeftProbe:
    """Leave a file in a folder that nobody else could have written: its ``name``, its ``data`` in hexadecimal.

    ``owner`` is the user it has become the file of, ``own`` whether that is who has written it: a server that takes
    root for nobody (``root_squash``) makes it somebody else's.  What others left there for an hour is taken away.
    Raises code ``untrusted`` where others may write to the folder, ``busy`` where it does not answer.
    """
    answer: Any = timed_child.ask("leave", folder=folder)
    left: LeftProbe = answer
    return left


@host_operation("find_probe", folder=PATH, name=_PROBE)
def find_probe(*, folder: str, name: str) -> FoundProbe:
    """Return whether a probe that another host has left is ``found`` in a folder, and its ``data``, "" where they are
    not for us to read; raises as :func:`leave_probe`.
    """
    answer: Any = timed_child.ask("find", folder=folder, name=name)
    found: FoundProbe = answer
    return found


@host_operation("remove_probe", folder=PATH, name=_PROBE)
def remove_probe(*, folder: str, name: str) -> None:
    """Take a probe away, if it is there; raises as :func:`leave_probe`."""
    timed_child.ask("remove", folder=folder, name=name)
