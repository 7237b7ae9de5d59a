"""Boot menus out of damaged images: no hang, no crash, memory bounded, whatever is in them.

Run as ``python -m benchmarks.boot_menu_damage [COUNT] [KIND…]``: COUNT images of each file system (3,000 by default),
or of those named, damaged in one to eight places: bits, words of extremes, sectors of zeros, of noise, or of another
part of the image; half of it near the beginning, where superblocks are.  What mkfs the machine has is used.  Exits 1
where one answer was no answer, or took more of the processor, or of the memory, than readers may.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.ssh import used
from xentui.bootmenu import program
from xentui.bootmenu.limits import MEMORY, SECONDS

COUNT = 3_000
SECTOR, HEAD = 512, 1 << 17
_WORDS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\0\0\1\0")
_CFG = "set timeout=3\n" + "".join(
    f"menuentry 'Linux {n}' --id l{n} {{\n  linux /boot/vmlinuz-{n} root=/dev/xvda1 ro\n  initrd /boot/initrd-{n}\n}}\n"
    for n in range(4)
)


def ext4(root: Path, image: Path) -> list[str]:
    """Made whole."""
    return ["mke2fs", "-q", "-F", "-t", "ext4", "-d", str(root), str(image), "8M"]


def btrfs(root: Path, image: Path) -> list[str]:
    """Made whole."""
    with image.open("wb") as file:
        file.truncate(128 << 20)
    return ["mkfs.btrfs", "-q", "--rootdir", str(root), str(image)]


def iso9660(root: Path, image: Path) -> list[str]:
    """Made whole."""
    return ["xorriso", "-outdev", str(image), "-blank", "as_needed", "-map", str(root), "/"]


def vfat(root: Path, image: Path) -> list[str]:
    """mtools fill it."""
    with image.open("wb") as file:
        file.truncate(40 << 20)
    return ["sh", "-c", 'mkfs.vfat -F 32 "$1" && mcopy -s -i "$1" "$0/boot" ::/', str(root), str(image)]


def xfs(root: Path, image: Path) -> list[str]:
    """A prototype fills it."""
    with image.open("wb") as file:
        file.truncate(300 << 20)
    lines = ["/", "0 0", "d--755 0 0", "boot d--755 0 0", "grub d--755 0 0"]
    lines += [f"{each.name} ---644 0 0 {each}" for each in sorted((root / "boot/grub").iterdir())]
    lines += [
        "$",
        *(f"{each.name} ---644 0 0 {each}" for each in sorted((root / "boot").iterdir()) if each.is_file()),
    ]
    prototype = root.parent / "prototype"
    prototype.write_text("\n".join([*lines, "$", "$", ""]), encoding="utf-8")
    return ["mkfs.xfs", "-q", "-p", str(prototype), str(image)]


def qcow2(root: Path, image: Path) -> list[str]:
    """An ext4 image in clusters."""
    return _packed("qcow2", root, image)


def vhd(root: Path, image: Path) -> list[str]:
    """An ext4 image in blocks."""
    return _packed("vpc", root, image)


def _packed(form: str, root: Path, image: Path) -> list[str]:
    raw = image.with_suffix(".raw")
    subprocess.run(ext4(root, raw), check=True, capture_output=True)
    return ["qemu-img", "convert", "-O", form, str(raw), str(image)]


KINDS: tuple[Callable[[Path, Path], list[str]], ...] = (ext4, xfs, btrfs, vfat, iso9660, qcow2, vhd)


def make(kind: Callable[[Path, Path], list[str]], folder: Path) -> Path | None:
    """An image of that kind; None where the machine cannot make one."""
    root, image = folder / "root", folder / f"{kind.__name__}.img"
    if not root.exists():
        (root / "boot/grub").mkdir(parents=True)
        (root / "boot/grub/grub.cfg").write_text(_CFG, encoding="utf-8")
        for number in range(4):
            (root / f"boot/vmlinuz-{number}").write_bytes(b"kernel" * 500)
            (root / f"boot/initrd-{number}").write_bytes(b"initrd" * 500)
    try:
        subprocess.run(kind(root, image), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return image


@contextmanager
def damaged(image: Path, used: list[int], chance: random.Random) -> Iterator[None]:
    """The image damaged in a few places, and whole again afterwards."""
    before: list[tuple[int, bytes]] = []
    with image.open("r+b", buffering=0) as file:
        for _ in range(chance.randint(1, 8)):
            near = chance.random() < 0.5
            sector = (
                chance.choice([each for each in used if each * SECTOR < HEAD] or used)
                if near
                else chance.choice(used)
            )
            file.seek(sector * SECTOR)
            old = file.read(SECTOR)
            before.append((sector, old))
            file.seek(sector * SECTOR)
            file.write(_hurt(bytearray(old), chance, image, used))
    try:
        yield
    finally:
        with image.open("r+b", buffering=0) as file:
            for sector, old in reversed(before):
                file.seek(sector * SECTOR)
                file.write(old)


def _hurt(data: bytearray, chance: random.Random, image: Path, used: list[int]) -> bytes:
    way = chance.randrange(5)
    if way == 0:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif way == 1:
        at = chance.randrange(0, len(data) - 3, 4)
        data[at : at + 4] = chance.choice(_WORDS)
    elif way == 2:
        return bytes(len(data))
    elif way == 3:
        return chance.randbytes(len(data))
    else:
        with image.open("rb") as file:
            file.seek(chance.choice(used) * SECTOR)
            return file.read(SECTOR).ljust(len(data), b"\0")
    return bytes(data)


def data_of(image: Path) -> Iterator[tuple[int, bytes]]:
    """What an image holds, in pieces, each with where it begins: its holes, which are most of it, are left out."""
    with image.open("rb", buffering=0) as file:
        end = 0
        while True:
            try:
                start = os.lseek(file.fileno(), end, os.SEEK_DATA)
            except OSError:
                return
            end = min(os.lseek(file.fileno(), start, os.SEEK_HOLE), start + (1 << 20))
            yield start, os.pread(file.fileno(), end - start, start)


def used_sectors(image: Path) -> list[int]:
    """The sectors that are not all zero."""
    nothing = bytes(SECTOR)
    return [
        (start + at) // SECTOR
        for start, data in data_of(image)
        if data.count(0) != len(data)
        for at in range(0, len(data), SECTOR)
        if data[at : at + SECTOR] != nothing[: len(data) - at]
    ]


@dataclass(slots=True)
class Answers:
    """What was answered to damaged images, and the most that one of them took."""

    seen: Counter[str] = field(default_factory=Counter)
    wall: float = 0.0
    """Seconds."""
    cpu: float = 0.0
    """Seconds of the processor, this process and its children together."""

    @property
    def crashes(self) -> list[str]:
        """What was raised."""
        return [key for key in self.seen if key.startswith("CRASH")]


def memory() -> int:
    """Bytes that this process, or the largest child, has had at most."""
    return (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        << 10
    )


def run(image: Path, count: int) -> Answers:
    """Damage the image so often, and ask for its menu each time."""
    chance, sectors, answers = random.Random(image.name), used_sectors(image), Answers()  # noqa: S311 - the same damage each time
    whole = program.answer(str(image), text=False)
    for _ in range(count):
        with damaged(image, sectors, chance):
            started, before = time.monotonic(), used()
            try:
                said = program.answer(str(image), text=True)
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                answers.seen[f"CRASH {type(error).__name__}: {error}"[:100]] += 1
                continue
            answers.wall = max(answers.wall, time.monotonic() - started)
            answers.cpu = max(answers.cpu, (used() - before) / 1000)
            same = "menu" in said and said["menu"] == whole.get("menu")
            answers.seen["the same" if same else "another menu" if "menu" in said else "said so"] += 1
    return answers


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    names = [kind.__name__ for kind in KINDS]
    if unknown := [name for name in sys.argv[2:] if name not in names]:
        print(f"no such file system: {', '.join(unknown)}; there are {', '.join(names)}", file=sys.stderr)
        return 2
    passed = True
    with tempfile.TemporaryDirectory() as scratch:
        for kind in KINDS:
            if sys.argv[2:] and kind.__name__ not in sys.argv[2:]:
                continue
            image = make(kind, Path(scratch))
            if image is None:
                print(f"{kind.__name__:8} cannot be made here")
                continue
            answers = run(image, count)
            print(
                f"{kind.__name__:8} {count} damaged: {dict(answers.seen)}, at most {answers.cpu:.1f} s of the processor"
                f" ({answers.wall:.1f} s), {memory() >> 20} MiB",
                flush=True,
            )
            passed &= answers.cpu <= SECONDS and memory() <= MEMORY and not answers.crashes
            image.unlink()
    return 0 if passed else 1


if __name__ == "__main__":
    if shutil.which("mke2fs") is None:
        sys.exit("needs mke2fs")
    sys.exit(main())
