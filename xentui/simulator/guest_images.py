"""The disks of the sample domains: small ext4 file systems with a boot menu and kernels, as a host's readers read them.

They come with xentui: the machine a simulator runs on may have nothing that makes file systems.  After a change of
the menus ``python -m xentui.simulator.guest_images`` makes them anew, with mke2fs(8).
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import zlib
from pathlib import Path

from xentui.simulator.bootmenu import MAGIC
from xentui.simulator.sample_host import DEBIAN_GRUB, DEBIAN_MENU, GRUB_CFG, MENU_LST

MENUS = {"menu-lst": MENU_LST, "grub-cfg": GRUB_CFG, "debian-menu": DEBIAN_MENU, "debian-grub": DEBIAN_GRUB}
_FOLDER = Path(__file__).parent / "images"
_UUID = "5e1f1e55-0000-4000-8000-{:012d}"
_FILES = re.compile(r"(?:kernel|linux|initrd) (/boot/\S+)")


def load(menu: str) -> bytes | None:
    """Return the file system whose boot menu has that text; None where none was made."""
    name = next((name for name, text in MENUS.items() if text == menu), None)
    return zlib.decompress((_FOLDER / f"{name}.img.z").read_bytes()) if name else None


def image(menu: str) -> bytes:
    """Return the beginning of a guest image with this ``menu.lst`` or ``grub.cfg``; a file system where one was made of
    it.
    """
    return load(menu) or MAGIC + menu.encode() + b"\0"


def make(menu: str, number: int, first_line: bytes) -> bytes:
    """Make one: a menu, ``first_line`` above it, and a file for each it names."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "root")
        (root / "boot/grub").mkdir(parents=True)
        name = "grub.cfg" if "menuentry" in menu else "menu.lst"
        (root / "boot/grub" / name).write_bytes(first_line + menu.encode())
        for path in sorted(set(_FILES.findall(menu))):
            (root / path[1:]).write_bytes(b"a kernel, or an initrd\n")
        for path in root.rglob("*"):
            os.utime(path, (1_700_000_000, 1_700_000_000))
        made = Path(scratch, "image")
        uuid = _UUID.format(number)
        options = ["-b", "1024", "-N", "48", "-m", "0", "-O", "^has_journal,^resize_inode", "-U", uuid]
        argv = [
            "mke2fs",
            "-q",
            "-F",
            "-t",
            "ext4",
            *options,
            "-E",
            f"hash_seed={uuid}",
            "-d",
            str(root),
            str(made),
            "256k",
        ]
        subprocess.run(argv, check=True, env={**os.environ, "E2FSPROGS_FAKE_TIME": "1700000000"})
        return made.read_bytes()


if __name__ == "__main__":
    for place, (title, content) in enumerate(MENUS.items(), 1):
        (_FOLDER / f"{title}.img.z").write_bytes(zlib.compress(make(content, place, MAGIC), 9))
