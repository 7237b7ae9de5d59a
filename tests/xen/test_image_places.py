"""Images in places of other kinds, with the real file systems of a dom0: XFS, and NFS that cannot set room aside."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.xen.conftest import LabHost
from tests.xen.test_images import MIB, info
from tests.xen.test_scenarios import LabWorld

XFS, NFS = "/srv/xfs", "/srv/nfs"
pytestmark = pytest.mark.long


def taken(lab: LabHost, path: str) -> int:
    """Bytes a file really takes."""
    return int(lab.run(["stat", "-c", "%b", path]).stdout) * 512


@pytest.fixture
def xfs(clean_host: LabHost, tmp_path: Path) -> Iterator[LabWorld]:
    """A host with an XFS of 300 MiB, made here: the dom0 has no mkfs.xfs."""
    image, packed = tmp_path / "xfs.img", tmp_path / "xfs.tar.gz"
    with image.open("wb") as file:
        file.truncate(300 * MIB)
    for argv in (
        ["mkfs.xfs", "-q", str(image)],
        ["tar", "-C", str(tmp_path), "-Sczf", str(packed), image.name],
    ):
        subprocess.run(argv, check=True)
    with packed.open("rb") as stream:
        subprocess.run([*clean_host.ssh, "tar -xz -C /srv"], stdin=stream, check=True, timeout=300)
    clean_host.run(f"mkdir -p {XFS} && mount -o loop /srv/xfs.img {XFS}")
    world = LabWorld(clean_host)
    try:
        yield world
    finally:
        world.close()
        clean_host.run(f"umount {XFS}; rm -rf {XFS} /srv/xfs.img")


@pytest.fixture
def nfs(clean_host: LabHost) -> Iterator[LabWorld]:
    """A host with NFS 4.0 of its own, which has neither fallocate nor holes that can be asked for."""
    clean_host.run(
        "mkdir -p /srv/export /srv/nfs && echo '/srv/export 127.0.0.1(rw,sync,no_subtree_check,no_root_squash)'"
        " >/etc/exports && systemctl start nfs-server"
    )
    clean_host.run(f"mount -t nfs -o vers=4.0,hard 127.0.0.1:/srv/export {NFS}")
    world = LabWorld(clean_host)
    try:
        yield world
    finally:
        world.close()
        clean_host.run(f"umount {NFS}; systemctl stop nfs-server; rm -rf /srv/export {NFS} /etc/exports")


def test_images_on_xfs(xfs: LabWorld) -> None:
    """Room that is set aside, a copy that shares its data, growing, and too little room told before."""
    kept, sparse, copy = (f"{XFS}/{name}.img" for name in ("kept", "sparse", "copy"))
    xfs.run("image", "create", kept, "32M", "--preallocated")
    assert taken(xfs.lab, kept) >= 32 * MIB
    xfs.run("image", "create", sparse, "64M")
    assert taken(xfs.lab, sparse) < MIB
    xfs.lab.run(f"echo data | dd of={sparse} bs=1M seek=8 conv=notrunc,fsync 2>/dev/null")
    xfs.run("image", "copy", sparse, copy)
    xfs.lab.run(["cmp", sparse, copy])
    assert taken(xfs.lab, copy) < 2 * MIB
    xfs.run("image", "resize", copy, "80M")
    assert (info(xfs, copy)["size"], info(xfs, copy)["lies_on"]) == (80 * MIB, XFS)
    said = xfs.run("image", "create", f"{XFS}/large.img", "400M", "--preallocated", status=1)
    assert "free" in said
    assert "large" not in xfs.lab.run(["ls", "-A", XFS]).stdout
    xfs.run("image", "rm", "--yes", kept, sparse, copy)
    assert not xfs.lab.run(["ls", "-A", XFS]).stdout


def test_images_on_nfs_that_cannot_set_room_aside(nfs: LabWorld) -> None:
    """Zeros are written in the place of fallocate; a copy keeps holes although they cannot be asked for."""
    kept, sparse, copy = (f"{NFS}/{name}.img" for name in ("kept", "sparse", "copy"))
    assert nfs.lab.run(["fallocate", "-l", "1M", f"{NFS}/try"], check=False).returncode, "it can, by now"
    nfs.lab.run(["rm", "-f", f"{NFS}/try"])
    nfs.run("image", "create", kept, "16M", "--preallocated")
    assert taken(nfs.lab, "/srv/export/kept.img") >= 16 * MIB
    nfs.run("image", "create", sparse, "64M")
    nfs.lab.run(f"echo data | dd of={sparse} bs=1M seek=8 conv=notrunc,fsync 2>/dev/null")
    nfs.run("image", "copy", sparse, copy)
    nfs.lab.run(["cmp", sparse, copy])
    assert taken(nfs.lab, "/srv/export/copy.img") < 2 * MIB
    nfs.run("image", "resize", copy, "80M")
    assert info(nfs, copy)["size"] == 80 * MIB
    made, grown = f"{NFS}/made.qcow2", f"{NFS}/grown.qcow2"
    nfs.run("image", "convert", sparse, made, "--format", "qcow2")  # qemu-img has locks of its own
    assert info(nfs, made)["size"] == 64 * MIB
    nfs.run("image", "create", grown, "32M", "--format", "qcow2")
    nfs.run("image", "resize", grown, "48M")
    assert info(nfs, grown)["size"] == 48 * MIB
    assert "something with that name exists already" in nfs.run("image", "create", kept, "8M", status=1)
    nfs.run("image", "rm", "--yes", kept, sparse, copy, made, grown)
