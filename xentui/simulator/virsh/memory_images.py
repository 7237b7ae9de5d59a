"""The commands of virsh that write memory images and boot from them."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xentui.simulator.call import Call
from xentui.simulator.guest import Guest
from xentui.simulator.virsh.domain_actions import VirshWords, by_libxl, entry_of, running
from xentui.simulator.virsh.driver_files import LibvirtEntry, LibvirtFiles
from xentui.simulator.xl import images

_MAGIC = b"libvirt-xml\n \0 \r"
_HEAD = struct.Struct("<16sII40x")


def _managedsave(call: Call, words: Sequence[str]) -> int:
    entry, guest = running(call, words[0], "save domain")
    return _saved(call, entry, guest, LibvirtFiles.of(call).image(entry))


def _save(call: Call, words: Sequence[str]) -> int:
    entry, guest = running(call, words[0], "save domain")
    return _saved(call, entry, guest, words[1])


def _saved(call: Call, entry: LibvirtEntry, guest: Guest, path: str) -> int:
    real = Path(call.real_path(path))
    real.parent.mkdir(parents=True, exist_ok=True)
    by_libxl(images.save, f"Failed to save domain '{entry.name}' to {path}")(call, guest, [path])
    real.write_bytes(image_head(entry.live or entry.xml) + real.read_bytes())
    return 0


def image_head(xml: str) -> bytes:
    """Return what stands before a guest's memory in a file of libvirt's (libxl_conf.h, libxlSavefileHeader)."""
    data = xml.encode() + b"\0"
    return _HEAD.pack(_MAGIC, 2, len(data)) + data


def _managedsave_remove(call: Call, words: Sequence[str]) -> int:
    entry, kept = entry_of(call, words[0]), LibvirtFiles.of(call)
    call.files.path(kept.image(entry)).unlink(missing_ok=True)
    return 0


def _restore(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    return restored(call, given.operands[0], paused="--paused" in given)


def restored(call: Call, path: str, *, paused: bool) -> int:
    """Boot a guest from the image at ``path``, which stays; returns the exit code."""
    real = Path(call.real_path(path))
    data = real.read_bytes() if real.is_file() else b""
    if not data.startswith(_MAGIC):
        why = (
            "image magic is incorrect"
            if data
            else f"cannot read domain image '{path}': No such file or directory"
        )
        call.err(f"error: Failed to restore domain from {path}\n")
        raise call.fail(f"error: {why}")
    length = _HEAD.unpack_from(data)[2]
    xml = data[_HEAD.size : _HEAD.size + length].rstrip(b"\0").decode()
    before = {guest.domid for guest in call.state.guests()}
    silent = replace(call, stderr=lambda _data: None)
    with tempfile.NamedTemporaryFile() as memory:
        memory.write(data[_HEAD.size + length :])
        memory.flush()
        if images.restore(silent, [*(["-p"] if paused else []), memory.name]):
            raise call.fail(f"error: Failed to restore domain from {path}")
    for guest in call.state.guests():
        if guest.domid not in before:
            LibvirtFiles.of(call).runs(xml, guest)
    return 0


VERBS = {
    "managedsave": _managedsave,
    "managedsave-remove": _managedsave_remove,
    "save": _save,
    "restore": _restore,
}
