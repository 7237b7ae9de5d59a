"""A guest's root file system, made by mke2fs without a mount."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
KERNEL = bytes(range(1, 251)) * 4000
LONG = "./" * 40 + "vmlinuz-6-xen"
MakeDisk = Callable[..., Path]


@pytest.fixture(scope="session")
def guest_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As SUSE has it, and with links of every kind."""
    root = tmp_path_factory.mktemp("guest")
    (root / "boot").mkdir()
    (root / "usr/lib").mkdir(parents=True)
    (root / "boot/vmlinuz-6-xen").write_bytes(KERNEL)
    (root / "boot/nothing").touch()
    links = {
        "boot/vmlinuz-xen": "vmlinuz-6-xen",
        "boot/absolute": "/boot/vmlinuz-6-xen",
        "boot/long": LONG,
        "boot/chain": "vmlinuz-xen",
        "boot/circle": "/boot/circle",
        "boot/out": "../../../../etc/passwd",
        "boot/odd": "a kernel",
        "lib": "usr/lib",
        "usr/lib/kernel": "../../../boot/vmlinuz-xen",
        "start": "/boot",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    return root


@pytest.fixture
def extended(tmp_path: Path, guest_root: Path) -> MakeDisk:
    """Makes an image of the guest's file system, of some format, with so much in front."""
    program = shutil.which("mke2fs", path=PATH)
    if program is None or shutil.which("debugfs", path=PATH) is None:
        pytest.skip("needs e2fsprogs")

    def make(*words: str, start: int = 0) -> Path:
        path = tmp_path / "ext.img"
        with path.open("wb") as file:
            file.truncate(start + (6 << 20))
        # Small blocks: a link of 93 bytes has one, and a directory is soon full.
        argv = [program, "-q", "-F", "-b", "1024", "-E", f"offset={start}", *words, "-d", str(guest_root)]
        subprocess.run([*argv, str(path), "6M"], check=True, capture_output=True)
        return path

    return make
