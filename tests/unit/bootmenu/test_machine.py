"""For which machine a disk's system was made, by what lies on it."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.unit.bootmenu.test_disk import shown
from xentui.bootmenu.machine import kernel_machine
from xentui.domuloader.readers import PATH


def pe(machine: int) -> bytes:
    head = bytearray(512)
    head[:2], head[0x3C:0x40] = b"MZ", struct.pack("<I", 0x80)
    head[0x80:0x86] = b"PE\0\0" + struct.pack("<H", machine)
    return bytes(head)


def arm64() -> bytes:
    return bytes(0x38) + b"ARM\x64" + bytes(4096)


def x86() -> bytes:
    return bytes(0x202) + b"HdrS" + bytes(4096)


def elf(machine: int, order: str = "<") -> bytes:
    return (
        b"\x7fELF\2" + (b"\1" if order == "<" else b"\2") + bytes(10) + struct.pack(f"{order}HH", 2, machine)
    )


@pytest.mark.parametrize(
    ("head", "machine"),
    [
        (x86(), "x86_64"),
        (arm64(), "aarch64"),
        (pe(0xAA64), "aarch64"),
        (pe(0x8664), "x86_64"),
        (elf(0x16, ">"), "s390x"),
        (elf(0x3E), "x86_64"),
        (b"", ""),
        (b"MZ" + b"\xff" * 100, ""),
        (b"\x7fELF", ""),
        (b"a kernel", ""),
    ],
)
def test_a_kernel_tells_its_machine_by_its_first_bytes(head: bytes, machine: str) -> None:
    assert kernel_machine(head) == machine


def image(folder: Path, files: dict[str, bytes]) -> Path:
    """An ext4 file system with these files."""
    program = shutil.which("mke2fs", path=PATH)
    if program is None or not (shutil.which("grub-fstest", path=PATH) or shutil.which("debugfs", path=PATH)):
        pytest.skip("needs e2fsprogs")
    root = folder / "root"
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    made = folder / "disk.img"
    subprocess.run([program, "-q", "-F", "-t", "ext4", "-d", str(root), str(made), "16M"], check=True)
    return made


def test_kernels_and_loaders_of_a_disk_are_told(tmp_path: Path) -> None:
    big = arm64() + bytes(3 << 20)
    disk = image(
        tmp_path,
        {"boot/vmlinuz-6.1.0-arm64": big, "boot/efi/EFI/BOOT/BOOTAA64.EFI": b"x", "boot/other": b"x"},
    )
    told = shown(disk, "--machine")
    assert told["machine"] == {
        "sector": False, "efi": ["bootaa64.efi"], "kernels": ["vmlinuz-6.1.0-arm64"], "kernel": "aarch64"
    }  # fmt: skip
    assert "error" in told, "there is no menu, and the machine is told all the same"
    assert "machine" not in shown(disk)


def test_a_sector_that_a_bios_starts_is_seen(tmp_path: Path) -> None:
    disk = image(tmp_path, {"boot/vmlinuz-1": x86()})
    with disk.open("r+b") as file:
        file.write(b"\xeb\x63\x90")
        file.seek(510)
        file.write(b"\x55\xaa")
    told = shown(disk, "--machine")["machine"]
    assert (told["sector"], told["kernel"]) == (True, "x86_64")
