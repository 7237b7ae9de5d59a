"""What a block device is made of, down to the disks below it, each by the number that is its own on every host.

All of it is read from sysfs: nothing is run, and no device opened.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Dict, List, Optional

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import BlockLayer

_MOST, _WORD = 64, 512
_DM_KINDS = (("LVM-", "lvm"), ("mpath-", "multipath"), ("part", "part"), ("CRYPT-", "crypt"))
_SESSION = re.compile(r"/(session[0-9]+)/target[^/]*/[0-9]+:[0-9]+:[0-9]+:([0-9]+)(?:/|\Z)")


def layers(number: str, sys: str = "/sys", dev: str = "/dev", called: str = "") -> List[BlockLayer]:
    """Return the layers of the device ``MAJOR:MINOR``, the top one first; what lies below DRBD is left out: it is each
    host's.  One that sysfs does not know is a ``device`` by the path it is ``called`` by.

    ``ids`` has what identifies one: ``uuid`` of a volume, an array or an encryption; ``part``, ``start`` and ``size``
    of a partition; ``wwid``, ``serial``, ``iqn`` and ``lun`` of a disk, of iSCSI's also the state of its ``session``,
    the ``portal`` and whether it has a write ``cache``; ``resource`` and ``volume`` of DRBD; ``image``
    of Ceph's; ``file`` of a loop device.
    """
    if called and not os.path.isdir(os.path.join(sys, "dev/block", number)):
        return [{"kind": "device", "name": os.path.basename(called), "ids": {}}]
    found: List[BlockLayer] = []
    todo, seen = [number], {number}
    while todo and len(found) < _MOST:
        place = os.path.realpath(os.path.join(sys, "dev/block", todo.pop(0)))
        layer = _layer(place, sys, dev)
        found.append(layer)
        for below in _below(place, layer["kind"]):
            if below not in seen:
                seen.add(below)
                todo.append(below)
    return found


def size(number: str, sys: str = "/sys") -> Optional[int]:
    """Return the bytes of a block device; None where the kernel does not tell."""
    text = _word(os.path.join(sys, "dev/block", number, "size"))
    return int(text) * 512 if text.isdigit() else None


def _layer(place: str, sys: str, dev: str) -> BlockLayer:
    name = os.path.basename(place)
    ids: Dict[str, str] = {}
    kind = "disk"
    if os.path.isdir(os.path.join(place, "dm")):
        ids["uuid"] = _word(os.path.join(place, "dm/uuid"))
        kind = next((word for start, word in _DM_KINDS if ids["uuid"].startswith(start)), "mapped")
        name = _word(os.path.join(place, "dm/name")) or name
    elif os.path.exists(os.path.join(place, "partition")):
        kind = "part"
        ids = {
            "part": _word(os.path.join(place, "partition")),
            "start": _word(os.path.join(place, "start")),
            "size": _word(os.path.join(place, "size")),
        }
    elif os.path.isdir(os.path.join(place, "loop")):
        kind, ids = "loop", {"file": _word(os.path.join(place, "loop/backing_file"))}
    elif os.path.isdir(os.path.join(place, "md")):
        kind, ids = "raid", {"uuid": _word(os.path.join(place, "md/uuid"))}
    elif name.startswith("drbd"):
        kind, ids = "drbd", _resource(name, dev)
    elif name.startswith("rbd"):
        device = os.path.join(sys, "bus/rbd/devices", name[3:])
        told = [_word(os.path.join(device, each)) for each in ("cluster_fsid", "pool_id", "image_id")]
        kind, ids = "rbd", {"image": "/".join(told) if all(told) else ""}
    elif name.startswith("nbd"):
        kind = "nbd"
    elif name.startswith("zd") and name[2:].isdigit():
        kind = "zvol"  # ZVOL_DEV_NAME of OpenZFS; sysfs does not tell which pool it is of
    else:
        ids = _disk(place, sys)
        kind = "iscsi" if "iqn" in ids else "disk"
    return {"kind": kind, "name": name, "ids": {key: text for key, text in ids.items() if text}}


def _disk(place: str, sys: str) -> Dict[str, str]:
    ids = {}
    for key in ("wwid", "serial"):
        ids[key] = _word(os.path.join(place, key)) or _word(os.path.join(place, "device", key))
    found = _SESSION.search(os.path.realpath(place))
    if found:
        session = os.path.join(sys, "class/iscsi_session", found.group(1))
        ids["iqn"], ids["lun"] = _word(os.path.join(session, "targetname")), found.group(2)
        ids["session"] = _word(os.path.join(session, "state"))
        line = os.path.join(sys, "class/iscsi_connection", f"connection{found.group(1)[7:]}:0")
        address, port = (_word(os.path.join(line, f"persistent_{each}")) for each in ("address", "port"))
        ids["portal"] = f"{address}:{port}" if address and port else ""
        ids["cache"] = _word(os.path.join(place, "queue/write_cache"))
    return ids


def _resource(name: str, dev: str) -> Dict[str, str]:
    """Resource and volume of a DRBD device: udev has links by them, ``by-res/RES/VOLUME``, or ``by-res/RES`` of old."""
    folder = os.path.join(dev, "drbd/by-res")
    with contextlib.suppress(OSError):
        for resource in sorted(os.listdir(folder))[:4096]:
            place = os.path.join(folder, resource)
            volumes = [""] if os.path.islink(place) else sorted(os.listdir(place))[:256]
            for volume in volumes:
                if os.path.basename(os.readlink(os.path.join(place, volume).rstrip("/"))) == name:
                    return {"resource": resource, "volume": volume or "0"}
    return {}


def _below(place: str, kind: str) -> List[str]:
    if kind == "drbd":
        return []
    if kind == "part" and os.path.exists(os.path.join(place, "partition")):
        above = _word(os.path.join(os.path.dirname(place), "dev"))
        return [above] if above else []
    folder = os.path.join(place, "slaves")
    try:
        names = sorted(os.listdir(folder))[:_MOST]
    except OSError:
        return []
    numbers = [_word(os.path.join(folder, name, "dev")) for name in names]
    return [number for number in numbers if number]


def _word(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_WORD).strip()
    except (OSError, ValueError):
        return ""
