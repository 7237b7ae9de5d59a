"""The commands of a dom0 that set up shared storage: NFS exports and mounts, OCFS2, and what looks at a device."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.simulator import shared_storage
from xentui.simulator.call import Call

_OCFS2 = b"OCFSV2"


def exportfs(call: Call, words: Sequence[str]) -> int:
    """``exportfs -ra``: takes what /etc/exports says."""
    if list(words) != ["-ra"]:
        raise call.fail("exportfs: the simulated host knows -ra only", 1)
    return 0


def mount(call: Call, words: Sequence[str]) -> int:
    """``mount -t nfs|ocfs2 [-o OPTIONS] SOURCE FOLDER``."""
    kind, source, folder = words[words.index("-t") + 1], words[-2], words[-1]
    if not call.files.path(folder).is_dir():
        raise call.fail(f"mount: {folder}: mount point does not exist.", 32)
    if kind == "ocfs2" and not call.files.head(source, 16).startswith(_OCFS2):
        raise call.fail(f"mount: {folder}: wrong fs type, bad option, bad superblock on {source}.", 32)
    shared_storage.mounted(call, source, folder, "nfs4" if kind == "nfs" else kind)
    return 0


def blkid(call: Call, words: Sequence[str]) -> int:
    """``blkid -p DEVICE``: 2 where it finds nothing."""
    if not (data := call.files.head(words[-1], 4096).strip(b"\0")):
        return 2
    kind = "ocfs2" if data.startswith(_OCFS2) else "ext4"
    call.out(f'{words[-1]}: LABEL="xen" BLOCK_SIZE="4096" TYPE="{kind}" USAGE="filesystem"\n')
    return 0


def wipefs(call: Call, words: Sequence[str]) -> int:
    """``wipefs --noheadings DEVICE``: what it would take away."""
    if call.files.head(words[-1], 4096).strip(b"\0"):
        call.out(f"{words[-1].rpartition('/')[2]} 0x2000 ocfs2\n")
    return 0


def mkfs_ocfs2(call: Call, words: Sequence[str]) -> int:
    """``mkfs.ocfs2 -T vmstore -N SLOTS -L LABEL DEVICE``."""
    if call.files.path(words[-1]).stat().st_size < 2 << 30:
        call.out("mkfs.ocfs2 1.8.7\n")
        raise call.fail("mkfs.ocfs2: Selected file system type requires a device of at least 2 gigabytes", 1)
    with call.files.path(words[-1]).open("r+b") as file:
        file.write(_OCFS2)
    call.out("mkfs.ocfs2 1.8.7\nmkfs.ocfs2 successful\n")
    return 0


def o2cb(call: Call, words: Sequence[str]) -> int:
    """``o2cb register-cluster NAME``: one that its file has."""
    text = call.files.head("/etc/ocfs2/cluster.conf").decode("utf-8", "replace")
    if f"name = {words[-1]}\n" not in text:
        raise call.fail(f"o2cb: Unknown cluster '{words[-1]}'", 1)
    return 0
