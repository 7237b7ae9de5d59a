"""``zfs`` of a dom0, as far as xentui asks it.

The simulated host has one pool, ``tank``, with a file system ``tank/vm``.  A volume is a file /dev/zdN, with the link
of udev to it below /dev/zvol.  What it says is as OpenZFS 2.2 says it (libzfs_dataset.c, zfs_main.c); it is recorded
from no real host.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from xentui.simulator.call import Call

POOL = "tank"
_FILE_SYSTEMS = (POOL, f"{POOL}/vm")
_POOL_SIZE = 200 << 30
_BLOCK = 16 << 10
_MINORS = 16
_VOLUMES, _SNAPSHOTS = "zfs-volumes", "zfs-snapshots"
_NAME = re.compile(r"[A-Za-z0-9_.: /-]+\Z")


def zfs(call: Call, words: Sequence[str]) -> int:
    """``zfs list``, ``create -V``, ``set volsize=``, ``rename``, ``snapshot`` and ``destroy`` without ``-r``."""
    verbs: Mapping[str, Callable[[Call, Sequence[str]], None]] = {
        "list": _list,
        "create": _create,
        "set": _set,
        "rename": _rename,
        "snapshot": _snapshot,
        "destroy": _destroy,
    }
    if not words or words[0] not in verbs:
        raise call.fail(f"unrecognized command '{words[0] if words else ''}'", 2)
    verbs[words[0]](call, words[1:])
    return 0


def _list(call: Call, words: Sequence[str]) -> None:
    options = dict(pairwise(words))
    if words[:1] != ("-Hp",) or "-t" not in options or "-o" not in options:
        raise call.fail("invalid option", 2)
    rows = {name: _file_system(call) for name in _FILE_SYSTEMS}
    rows.update({name: _volume(call, name) for name in _volumes(call)})
    columns = options["-o"].split(",")
    for name in sorted(rows):
        row = {"name": name, **rows[name]}
        if row["type"] in options["-t"].split(","):
            call.out("\t".join(row.get(column, "-") for column in columns) + "\n")


def _file_system(call: Call) -> dict[str, str]:
    free = _free(call)
    return {
        "type": "filesystem",
        "available": str(free),
        "used": str(_POOL_SIZE - free),
        "refreservation": "0",
    }


def _volume(call: Call, name: str) -> dict[str, str]:
    sparse = bool(_volumes(call)[name]["sparse"])
    status = _device(call, name).stat()
    written = status.st_blocks * 512
    return {
        "type": "volume",
        "available": str(_free(call) + (0 if sparse else max(0, status.st_size - written))),
        "used": str(written if sparse else status.st_size),
        "volsize": str(status.st_size),
        "volblocksize": str(_BLOCK),
        "refreservation": "0" if sparse else str(status.st_size),
    }


def _create(call: Call, words: Sequence[str]) -> None:
    name = words[-1]
    if "-V" not in words[:-2]:
        raise call.fail("the simulated host makes volumes only", 2)
    size = -(-int(words[words.index("-V") + 1]) // _BLOCK) * _BLOCK
    parent = name.rpartition("/")[0]
    if not _NAME.match(name):
        raise call.fail(f"cannot create '{name}': invalid character in name")
    if name.partition("/")[0] != POOL:
        raise call.fail(f"cannot create '{name}': no such pool '{name.partition('/')[0]}'")
    if parent not in _FILE_SYSTEMS:
        raise call.fail(f"cannot create '{name}': parent does not exist")
    if name in _FILE_SYSTEMS or name in _volumes(call):
        raise call.fail(f"cannot create '{name}': dataset already exists")
    if "-s" not in words and size > _free(call):
        raise call.fail(f"cannot create '{name}': out of space")
    taken = {str(each["node"]) for each in _volumes(call).values()}
    minors = range(0, (len(taken) + 1) * _MINORS, _MINORS)
    node = next(node for node in (f"zd{minor}" for minor in minors) if node not in taken)
    device = call.files.path(f"/dev/{node}")
    device.parent.mkdir(parents=True, exist_ok=True)
    device.touch(mode=0o600)
    os.truncate(device, size)
    _link(call, name, node)
    _put(call, {**_volumes(call), name: {"sparse": "-s" in words, "node": node}})


def _set(call: Call, words: Sequence[str]) -> None:
    size, name = int(words[0].removeprefix("volsize=")), words[-1]
    device = _device(call, name)
    if size % _BLOCK:
        raise call.fail(
            f"cannot set property for '{name}': 'volsize' must be a multiple of volume block size (16K)"
        )
    if not _volumes(call)[name]["sparse"] and size - device.stat().st_size > _free(call):
        raise call.fail(f"cannot set property for '{name}': size is greater than available space")
    os.truncate(device, size)


def _rename(call: Call, words: Sequence[str]) -> None:
    old, new = words[-2:]
    volumes = _volumes(call)
    _device(call, old)
    if new in volumes or new in _FILE_SYSTEMS:
        raise call.fail(f"cannot rename '{old}': dataset already exists")
    call.files.path(f"/dev/zvol/{old}").unlink()
    _link(call, new, str(volumes[old]["node"]))
    _put(call, {new if name == old else name: each for name, each in volumes.items()})


def _snapshot(call: Call, words: Sequence[str]) -> None:
    _device(call, words[-1].partition("@")[0])
    with call.state.change():
        call.state.put(_SNAPSHOTS, [*_snapshots(call), words[-1]])


def _destroy(call: Call, words: Sequence[str]) -> None:
    if len(words) != 1:
        raise call.fail("the simulated host destroys one dataset at a time", 2)
    name = words[0]
    if "@" in name:
        with call.state.change():
            call.state.put(_SNAPSHOTS, [each for each in _snapshots(call) if each != name])
        return
    device = _device(call, name)
    if children := [each for each in _snapshots(call) if each.startswith(f"{name}@")]:
        listed = "\n".join(children)
        raise call.fail(
            f"cannot destroy '{name}': volume has children\nuse '-r' to destroy the following datasets:\n{listed}"
        )
    call.files.path(f"/dev/zvol/{name}").unlink()
    device.unlink()
    _put(call, {each: volume for each, volume in _volumes(call).items() if each != name})


def _link(call: Call, name: str, node: str) -> None:
    link = call.files.path(f"/dev/zvol/{name}")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("../" * (name.count("/") + 1) + node)


def _volumes(call: Call) -> dict[str, dict[str, Any]]:
    return {str(name): dict(each) for name, each in call.state.get(_VOLUMES, {}).items()}


def _put(call: Call, volumes: Mapping[str, Mapping[str, Any]]) -> None:
    with call.state.change():
        call.state.put(_VOLUMES, volumes)


def _snapshots(call: Call) -> list[str]:
    return [str(name) for name in call.state.get(_SNAPSHOTS, [])]


def _device(call: Call, name: str) -> Path:
    volume = _volumes(call).get(name)
    if volume is None:
        raise call.fail(f"cannot open '{name}': dataset does not exist")
    return call.files.path(f"/dev/{volume['node']}")


def _free(call: Call) -> int:
    taken = 0
    for volume in _volumes(call).values():
        status = call.files.path(f"/dev/{volume['node']}").stat()
        taken += status.st_blocks * 512 if volume["sparse"] else status.st_size
    return max(0, _POOL_SIZE - taken)
