"""The commands of a dom0 that make disks: qemu-img as the machine has it, LVM and losetup as far as xentui asks.

The simulated host has one volume group, ``vg0``: its volumes are files below its own /dev/vg0.  What LVM says is as
LVM 2.03.16 says it (Debian 12).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from xentui.simulator import shared_storage
from xentui.simulator.call import Call

GROUP = "vg0"
_EXTENT = 4 << 20
_GROUP_SIZE = 400 << 30
_POOL, _POOL_SIZE = "thin", 100 << 30
_THIN = "thin-volumes"
_VOLUME = re.compile(r"(?:/dev/)?([\w.+-]+)/([\w.+-]+)\Z")


def qemu_img(call: Call, words: Sequence[str]) -> int:
    """``qemu-img``, on the files as they really lie."""
    program = shutil.which("qemu-img")
    if program is None:
        raise call.fail("qemu-img: command not found", 127)
    argv = [call.real_path(word) if word.startswith("/") else word for word in words]
    process = subprocess.Popen(
        [program, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - pipes were asked for
    while piece := os.read(process.stdout.fileno(), 4096):
        call.stdout(piece)
    call.stderr(process.stderr.read())
    return process.wait()


def losetup(call: Call, words: Sequence[str]) -> int:
    """``losetup --list …``, ``--set-capacity``, ``--detach DEVICE`` and ``--direct-io=on DEVICE`` as util-linux 2.38.1
    has them; the images of its guests need no loop devices.
    """
    if list(words[:1]) == ["--detach"] and len(words) == 2:
        if not shared_storage.free_loop(call, words[1].rpartition("/")[2]):
            raise call.fail(f"losetup: {words[1]}: detach failed: No such device or address", 1)
        return 0
    if list(words[:2]) == ["--list", "--json"] or (words and words[0].startswith("--direct-io=")):
        place = call.files.path(f"/sys/block/{words[-1].rpartition('/')[2]}/loop")
        if not place.is_dir():
            raise call.fail(f"losetup: {words[-1]}: failed to use device: No such device", 1)
        if words[0] != "--list":
            if (place / "indirect").exists():
                raise call.fail(f"losetup: {words[-1]}: set direct io failed: Invalid argument", 1)
            (place / "dio").write_text("1\n" if words[0] == "--direct-io=on" else "0\n", encoding="ascii")
            return 0
        file = (place / "backing_file").read_text(encoding="utf-8").removesuffix("\n")
        on = (place / "dio").read_text(encoding="ascii") == "1\n"
        call.out(json.dumps({"loopdevices": [{"dio": on, "back-file": file}]}, indent=3) + "\n")
        return 0
    return 0 if words and words[0] in ("--list", "--set-capacity") else 1


def lsblk(call: Call, words: Sequence[str]) -> int:  # noqa: ARG001 - it has one answer
    """``lsblk --json``: a disk with the host's own file system and the volume group."""
    parts = [
        {"name": "/dev/sda1", "type": "part", "size": 32 << 30, "fstype": "ext4", "mountpoint": "/"},
        {
            "name": "/dev/sda2",
            "type": "part",
            "size": _GROUP_SIZE,
            "fstype": "LVM2_member",
            "mountpoint": None,
        },
    ]
    disk = {"name": "/dev/sda", "type": "disk", "size": 440 << 30, "fstype": None, "mountpoint": None}
    call.out(json.dumps({"blockdevices": [{**disk, "children": parts}]}) + "\n")
    return 0


def lvs(call: Call, words: Sequence[str]) -> int:  # noqa: ARG001 - it has one answer
    """``lvs --reportformat json``: the volumes, and the pool of thin ones."""
    thin = _thin(call)
    rows = [_row(path, path.name in thin) for path in _paths(call)]
    used = sum(path.stat().st_blocks * 512 for path in _paths(call) if path.name in thin)
    pool = {"lv_name": _POOL, "vg_name": GROUP, "lv_size": str(_POOL_SIZE), "pool_lv": ""}
    rows.append(
        {**pool, "data_percent": f"{100 * used / _POOL_SIZE:.2f}", "lv_attr": "twi-aotz--", "origin": ""}
    )
    call.out(json.dumps({"report": [{"lv": rows}]}) + "\n")
    return 0


def _row(path: Path, thin: bool) -> dict[str, str]:
    status = path.stat()
    share = f"{100 * status.st_blocks * 512 / max(1, status.st_size):.2f}"
    return {
        "lv_name": path.name,
        "vg_name": GROUP,
        "lv_size": str(status.st_size),
        "pool_lv": _POOL if thin else "",
        "data_percent": share if thin else "",
        "lv_attr": "Vwi-aotz--" if thin else "-wi-ao----",
        "origin": "",
    }


def vgs(call: Call, words: Sequence[str]) -> int:  # noqa: ARG001 - it has one answer
    """``vgs --reportformat json``."""
    row = {"vg_name": GROUP, "vg_free": str(_free(call)), "vg_extent_size": str(_EXTENT)}
    call.out(json.dumps({"report": [{"vg": [row]}]}) + "\n")
    return 0


def lvcreate(call: Call, words: Sequence[str]) -> int:
    """``lvcreate --name NAME --size SIZE GROUP``, or ``--virtualsize`` with a ``--thinpool``; ``--snapshot`` of a thin
    volume.
    """
    if "--snapshot" in words:
        return _snapshot(call, words)
    options = dict(zip(words[1::2], words[2::2], strict=False))
    name, group = options.get("--name", ""), words[-1]
    size = _rounded(options.get("--size") or options.get("--virtualsize", "0b"))
    path = _folder(call) / name
    if group != GROUP:
        raise call.fail(f'  Volume group "{group}" not found\n  Cannot process volume group {group}', 5)
    if path.exists():
        raise call.fail(f'  Logical Volume "{name}" already exists in volume group "{group}"', 5)
    if "--thinpool" not in options and size > _free(call):
        missing = f"{size // _EXTENT} required, {_free(call) // _EXTENT} available"
        raise call.fail(f'  Volume group "{group}" has insufficient free space: {missing}.', 5)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    os.truncate(path, size)
    if "--thinpool" in options:
        with call.state.change():
            call.state.put(_THIN, [*_thin(call), name])
    call.out(f'  Logical volume "{name}" created.\n')
    return 0


def _snapshot(call: Call, words: Sequence[str]) -> int:
    """``lvcreate --snapshot --setactivationskip n --name NAME GROUP/THIN``."""
    origin, name = _volume(call, words[-1]), words[words.index("--name") + 1]
    if origin.name not in _thin(call):
        raise call.fail("  Please specify either size or extents with snapshots.", 3)
    if (path := origin.with_name(name)).exists():
        raise call.fail(f'  Logical Volume "{name}" already exists in volume group "{GROUP}"', 5)
    shutil.copyfile(origin, path)
    with call.state.change():
        call.state.put(_THIN, [*_thin(call), name])
    call.out(f'  Logical volume "{name}" created.\n')
    return 0


def lvrename(call: Call, words: Sequence[str]) -> int:
    """``lvrename GROUP OLD NEW``."""
    group, old, new = words[-3:]
    path = _volume(call, f"{group}/{old}")
    if (to := path.with_name(new)).exists():
        raise call.fail(f'  Logical Volume "{new}" already exists in volume group "{GROUP}"', 5)
    path.rename(to)
    with call.state.change():
        call.state.put(_THIN, [new if name == old else name for name in _thin(call)])
    call.out(f'  Renamed "{old}" to "{new}" in volume group "{GROUP}"\n')
    return 0


def lvextend(call: Call, words: Sequence[str]) -> int:
    """``lvextend --size SIZE GROUP/NAME``."""
    path, size = _volume(call, words[-1]), _rounded(words[words.index("--size") + 1])
    if size <= path.stat().st_size:
        raise call.fail("  New size given is not larger than existing size", 5)
    os.truncate(path, size)
    call.out(f"  Logical volume {words[-1]} successfully resized.\n")
    return 0


def lvreduce(call: Call, words: Sequence[str]) -> int:
    """``lvreduce --size SIZE GROUP/NAME``."""
    os.truncate(_volume(call, words[-1]), _rounded(words[words.index("--size") + 1]))
    call.out(f"  Logical volume {words[-1]} successfully resized.\n")
    return 0


def lvremove(call: Call, words: Sequence[str]) -> int:
    """``lvremove GROUP/NAME``."""
    path = _volume(call, words[-1])
    path.unlink()
    with call.state.change():
        call.state.put(_THIN, [name for name in _thin(call) if name != path.name])
    call.out(f'  Logical volume "{path.name}" successfully removed.\n')
    return 0


def _folder(call: Call) -> Path:
    return call.files.path(f"/dev/{GROUP}")


def _paths(call: Call) -> list[Path]:
    folder = _folder(call)
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _thin(call: Call) -> list[str]:
    return [str(name) for name in call.state.get(_THIN, [])]


def _free(call: Call) -> int:
    thin = _thin(call)
    taken = sum(path.stat().st_size for path in _paths(call) if path.name not in thin)
    return max(0, _GROUP_SIZE - _POOL_SIZE - taken)


def _volume(call: Call, word: str) -> Path:
    found = _VOLUME.match(word)
    path = _folder(call) / (found[2] if found and found[1] == GROUP else "")
    if not path.is_file():
        raise call.fail(f'  Failed to find logical volume "{word}"', 5)
    return path


def _rounded(text: str) -> int:
    """Return a size in bytes (``…b``), in whole extents."""
    return -(-int(text.removesuffix("b")) // _EXTENT) * _EXTENT
