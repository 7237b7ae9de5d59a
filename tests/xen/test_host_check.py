"""`check` on the lab's dom0: it only looks, so a read-only session does it too; each fault a test puts in is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.xen.conftest import COMMAND_SECONDS, LabHost

EXPECTED = {
    "xen": "ok",
    "toolstack": "ok",
    "boot": "unknown",  # QEMU boots it: there is no boot loader
    "versions": "ok",
    "pygrub": "ok",
    "dom0-memory": "ok",
    "iommu": "note",
    "xenstored": "ok",
    "xenconsoled": "ok",
    "console-log": "warning",  # Debian's default
    "xendomains": "ok",
    "loop": "ok",
    "bridges": "ok",
    "xen-tools": "ok",
    "time": "warning",  # nothing keeps it there
    "python": "ok",
    "ssh": "ok",
}


FAULTS = {
    "boot": (
        "mkdir -p /boot/grub; printf 'menuentry Debian { linux /vmlinuz\\n}\\n' >/boot/grub/grub.cfg",
        "rm /boot/grub/grub.cfg; rmdir /boot/grub",
        "fault",
    ),
    "versions": (
        "sed -i.away '/^Package: xen-utils-4.17$/,/^$/s/^Version: 4\\.17\\./Version: 4.16./' /var/lib/dpkg/status",
        "mv /var/lib/dpkg/status.away /var/lib/dpkg/status",
        "warning",
    ),
    "xenconsoled": ("pkill -x xenconsoled; sleep 1", "service xen start", "fault"),
    "xendomains": ("systemctl disable xendomains", "systemctl enable xendomains", "warning"),
    "relocation": (
        "echo '(xend-relocation-server yes)' >/etc/xen/xend-config.sxp",
        "rm /etc/xen/xend-config.sxp",
        "warning",
    ),
    "loop": (
        "modprobe -r loop && rm -f /dev/loop-control",
        "modprobe loop && systemd-tmpfiles --create --prefix=/dev/loop-control; udevadm settle",
        "fault",
    ),
    "bridges": ("ip link delete xenbr0", "ifdown --force xenbr0; ifup xenbr0", "warning"),
    "space": (
        "fallocate -l $(($(df --output=avail -B1 / | tail -n 1) - (150 << 20))) /srv/full",
        "rm /srv/full",
        "fault",
    ),
    "xen-tools": (
        "mv /usr/bin/xen-create-image /usr/bin/away",
        "mv /usr/bin/away /usr/bin/xen-create-image",
        "note",
    ),
    "time": ("date -s \"$(date -d '+1 hour')\"", "date -s \"$(date -d '-1 hour')\"", "warning"),
    "ssh": (
        "echo 'MaxSessions 2' >/etc/ssh/sshd_config.d/few.conf",
        "rm /etc/ssh/sshd_config.d/few.conf",
        "warning",
    ),
}
"""Of each check: how its fault is put in, how it is taken away, and what the line says then.

Not here: what Xen was started with (`dom0-memory`, `cpu`, `iommu`), and without which nothing answers (`xen`,
`toolstack`, `xenstored`, `python`).
"""
TOLD = {
    "boot": "no entry of Xen",
    "time": "ahead of this machine's",
    "ssh": "sshd allows 2 sessions",
}


def check(*words: str) -> tuple[dict[str, dict[str, Any]], int]:
    """The lines of ``check --json`` by their ids, and its exit status."""
    host = os.environ["XENTUI_LAB_HOST"]
    done = subprocess.run(
        [sys.executable, "-m", "xentui", "--read-only", "--host", host, "check", "--json", *words],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    told = json.loads(done.stdout)
    assert told["control_domain"]
    return {line["id"]: line for line in told["checks"]}, done.returncode


def test_a_real_dom0_is_told_how_it_stands() -> None:
    lines, status = check()
    assert {name: lines[name]["state"] for name in EXPECTED} == EXPECTED
    assert status == 5


@pytest.fixture
def faulty(lab_host: LabHost) -> Iterator[LabHost]:
    """A dom0 with each of the faults; they are gone afterwards, whatever could not be put in."""
    undo: dict[str, str] = {}
    try:
        for name, (put, away, _state) in FAULTS.items():
            lab_host.run(put)
            undo[name] = away
        yield lab_host
    finally:
        done = {name: lab_host.run(away, check=False) for name, away in undo.items()}
        assert not {name: each.stderr for name, each in done.items() if each.returncode}


@pytest.mark.long
def test_each_fault_of_a_real_dom0_turns_its_line(faulty: LabHost) -> None:
    """The line of each says so, the others what they said; without the faults all is as before."""
    lines, status = check()
    now = {name: lines[name]["state"] for name in FAULTS}
    assert now == {name: state for name, (_put, _away, state) in FAULTS.items()}
    told = {name: lines[name]["found"] for name in TOLD}
    assert [name for name, words in TOLD.items() if words not in told[name]] == [], told
    assert status == 6
