"""OCFS2 on a disk that both hosts of the lab have: set up by xentui, shown to be shared, and a guest that moves on it.

The tools are not part of the lab's image: the test fetches Debian's packages with apt-get on this machine.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.xen.conftest import LAB
from tests.xen.test_migration import ADDRESS, Pair, named_hosts, pair

__all__ = ["pair"]
pytestmark = pytest.mark.long
PACKAGES = ("ocfs2-tools", "libcmap4", "libcorosync-common4", "libdlm3", "libqb100", "psmisc")
DEVICE, FOLDER = "/dev/disk/by-id/virtio-labshared", "/srv/vm"


@pytest.fixture
def shared(pair: Pair, tmp_path: Path) -> Iterator[Pair]:
    """Both hosts with the tools and the disk."""
    done = subprocess.run(
        ["/usr/bin/apt-get", "download", "-q", *PACKAGES],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"needs Debian's packages: {done.stderr[-300:]}")
    packages = sorted(str(path) for path in tmp_path.glob("*.deb"))
    subprocess.run([LAB, "share"], check=True)
    for name, lab in pair.labs.items():
        lab.clean()
        lab.run("mkdir -p /root/debs")
        subprocess.run([LAB, "put", name, *packages, "/root/debs/"], check=True)
        lab.run("DEBIAN_FRONTEND=noninteractive dpkg -i /root/debs/*.deb")
        lab.run(f"for n in $(seq 60); do [ -e {DEVICE} ] && exit 0; sleep 1; done; lsblk; exit 1")
    yield pair
    for lab in pair.labs.values():
        lab.clean()
        lab.run(
            f"umount {FOLDER}; sed -i /ocfs2/d /etc/fstab; systemctl stop ocfs2 o2cb; systemctl disable ocfs2 o2cb; "
            "rm -rf /etc/ocfs2/cluster.conf; true"
        )
    subprocess.run([LAB, "unshare"], check=True)


def test_a_disk_of_both_is_set_up_and_a_guest_on_it_moves_whoever_looks(shared: Pair, tmp_path: Path) -> None:
    """The guest's line is cut as soon as it moves: the host does all that is left by itself."""
    named_hosts(shared, tmp_path, "xl")
    nodes = [word for name in ADDRESS for word in ("--node", f"xen-{name}={ADDRESS[name]}")]
    a, b = shared.worlds["a"], shared.worlds["b"]
    child = a.spawn("storage", "ocfs2", DEVICE, FOLDER, *nodes, "--format", "--yes")
    child.expect(r"\[type [^\]]*\]", timeout=300)
    child.sendline(DEVICE)
    child.expect(pexpect.EOF, timeout=300)
    child.wait()
    assert child.exitstatus == 0, child.before
    b.run("storage", "ocfs2", DEVICE, FOLDER, *nodes, "--yes")
    for lab in shared.labs.values():
        assert lab.run(["findmnt", "-no", "FSTYPE", FOLDER]).stdout == "ocfs2\n"
    told = a.run("storage", FOLDER, "--shared-with", "b")
    assert f"the same on b: a file written into {FOLDER} on {a.host} was read on b" in told
    shared.labs["a"].run(f"truncate -s 64M {FOLDER}/data.img")
    path = a.guest("mover", type="pvh", memory=128, disk=f"['{FOLDER}/data.img,raw,xvda,w']")
    a.run("new", path)
    a.run("autostart", "mover", "on", "--order", "7")
    a.run("start", "mover")
    a.wait_state("mover", "running", "blocked")
    with subprocess.Popen(
        a.command("migrate", "mover", "b", "--yes"), env=a.environment, stdin=subprocess.DEVNULL
    ) as client:
        a.wait("mover--incoming on b", lambda: "mover--incoming" in b.xl("list"))
        client.kill()
    b.wait("mover managed on b", lambda: bool(b.domains().get("mover", {}).get("managed")))
    arrived = b.domain("mover")
    assert (arrived["autostart"], arrived["autostart_order"]) == (True, 7)
    a.wait("mover gone from a", lambda: "mover" not in a.domains())
    b.wait_state("mover", "running", "blocked")
