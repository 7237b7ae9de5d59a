"""Boot menus out of real disk images, by the program that is sent to hosts."""

from __future__ import annotations

import json
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

import pytest

from xentui.bootmenu import packing
from xentui.domuloader.readers import PATH

GRUB_CFG = """\
set timeout=7
search --no-floppy --fs-uuid --set=root 11111111-2222-3333-4444-555555555555
menuentry 'Linux 2' { linux /boot/vmlinuz-2 ro; initrd /boot/initrd-2; }
submenu Old { menuentry 'Linux 1' { linux /boot/vmlinuz-1 ro; } }
"""
UUID = "11111111-2222-3333-4444-555555555555"
MakeImage = Callable[..., Path]


def shown(image: Path, *words: str) -> dict[str, Any]:
    """What the program says of an image."""
    done = subprocess.run(
        packing.argv(*words, str(image)),
        input=packing.sources(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A guest's root file system."""
    folder = tmp_path_factory.mktemp("root")
    (folder / "boot/grub").mkdir(parents=True)
    (folder / "boot/grub/grub.cfg").write_text(GRUB_CFG, encoding="utf-8")
    for name in ("vmlinuz-1", "vmlinuz-2", "vmlinuz-3", "initrd-2"):
        (folder / "boot" / name).write_bytes(b"kernel")
    return folder


@pytest.fixture
def ext4(tmp_path: Path, root: Path) -> MakeImage:
    """Makes an ext4 image with so many bytes in front."""
    program = shutil.which("mke2fs", path=PATH)
    if program is None or not (shutil.which("grub-fstest", path=PATH) or shutil.which("debugfs", path=PATH)):
        pytest.skip("needs e2fsprogs")

    def make(start: int = 0) -> Path:
        path = tmp_path / "disk.img"
        with path.open("wb") as file:
            file.truncate(start + (8 << 20))
        argv = [
            program,
            "-q",
            "-F",
            "-t",
            "ext4",
            "-U",
            UUID,
            "-E",
            f"offset={start}",
            "-d",
            str(root),
            str(path),
            "8M",
        ]
        subprocess.run(argv, check=True, capture_output=True)
        return path

    return make


def dos(path: Path, *entries: tuple[int, int, int, int]) -> Path:
    """Write a DOS table: each entry is (active, type, first sector, sectors)."""
    table = b"".join(
        struct.pack("<B3xB3xII", 0x80 if on else 0, kind, first, size) for on, kind, first, size in entries
    )
    with path.open("r+b") as file:
        file.seek(446)
        file.write(table.ljust(64, b"\0") + b"\x55\xaa")
    return path


def test_a_whole_disk(ext4: MakeImage) -> None:
    answer = shown(ext4())
    menu = answer["menu"]
    assert [(entry["submenu"], entry["title"]) for entry in menu["entries"]] == [
        ([], "Linux 2"),
        (["Old"], "Linux 1"),
    ]
    assert (menu["loader"], menu["source"], menu["timeout"]) == ("grub2", "/boot/grub/grub.cfg", 7.0)
    assert answer["kernels"] == ["/boot/vmlinuz-3"]
    assert answer["places"] == [
        {
            "device": "hd0", "partition": 0, "start": 0, "length": 0,
            "kind": "ext4", "uuid": UUID, "label": "", "unclean": False, "size": 8 << 20,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("other", [False, True])
def test_what_is_compiled_already_answers_alike(ext4: MakeImage, other: bool) -> None:
    image = ext4()
    sent = packing.sources(compiled=True)
    if other:
        sent = sent.replace(MAGIC_NUMBER, bytes(len(MAGIC_NUMBER)))
    done = subprocess.run(
        [sys.executable, *packing.argv(str(image))[1:]], input=sent, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == shown(image)


def test_a_partition_and_the_file_with_its_entries(ext4: MakeImage) -> None:
    image = dos(ext4(2048 * 512), (0, 0x82, 34, 100), (1, 0x83, 2048, 16384))
    answer = shown(image, "--text")
    assert (answer["place"], answer["places"][0]["partition"]) == (0, 2)
    assert answer["menu"]["entries"][0]["device"] == "hd0,2"
    assert answer["files"] == {"/boot/grub/grub.cfg": GRUB_CFG}


def test_an_unclean_journal_is_told(ext4: MakeImage) -> None:
    image = ext4()
    with image.open("r+b") as file:
        file.seek(1024 + 96)
        features = struct.unpack("<I", file.read(4))[0] | 4
        file.seek(1024 + 96)
        file.write(struct.pack("<I", features))
    assert shown(image)["places"][0]["unclean"] is True


@pytest.mark.parametrize("content", [b"", b"\0" * 1_000_000, b"LUKS\xba\xbe" + b"\0" * 8192])
def test_where_nothing_is_to_be_read_it_says_what_was_seen(tmp_path: Path, content: bytes) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(content)
    assert "no file system that a boot loader reads: the whole disk" in shown(image)["error"]


def test_what_is_no_disk_is_said(tmp_path: Path) -> None:
    assert "No such file" in shown(tmp_path / "none.img")["error"]
    assert shown(tmp_path)["error"]


def test_a_file_system_without_a_configuration(ext4: MakeImage, root: Path) -> None:
    (root / "boot/grub/grub.cfg").rename(root / "boot/grub/hidden")
    try:
        image = ext4()
    finally:
        (root / "boot/grub/hidden").rename(root / "boot/grub/grub.cfg")
    assert shown(image)["error"] == "no boot loader's configuration on the whole disk (ext4)"


def test_corrupted_images_end_in_an_answer(ext4: MakeImage) -> None:
    image = ext4()
    whole = image.read_bytes()
    used = [at for at in range(0, len(whole), 512) if any(whole[at : at + 512])]
    chance = random.Random(7)  # noqa: S311 - the same images each time
    for _ in range(12):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            at = chance.choice(used) + chance.randrange(512)
            broken[at] ^= 1 << chance.randrange(8)
        image.write_bytes(broken)
        answer = shown(image)
        assert ("menu" in answer) != ("error" in answer)


def test_an_image_that_has_not_changed_is_not_read_again(ext4: MakeImage, root: Path) -> None:
    image = ext4()
    first = shown(image, "--stamps=-")
    assert first["changed"] == int((root / "boot/grub/grub.cfg").stat().st_mtime)
    assert shown(image, f"--stamps={first['stamp']}") == {"same": True, "stamp": first["stamp"]}
    image.touch()
    assert "menu" in shown(image, f"--stamps={first['stamp']}")
    assert "changed" not in shown(image)
    assert shown(Path("/no/such.img"), "--stamps=-")["stamp"] == ""


def pygrub(answer: dict[str, Any]) -> tuple[int, list[int], list[str]]:
    """What pygrub boots by itself, where the entries are in its list, and what is said of that."""
    seen = answer["pygrub"]
    return seen["default"], seen["numbers"], seen["notes"]


def test_pygrub_sees_less_of_a_script(ext4: MakeImage) -> None:
    # Its parser wants an entry on lines of its own.
    default, numbers, notes = pygrub(shown(ext4()))
    assert (default, numbers) == (-1, [-1, -1])
    assert notes == ["pygrub cannot read /boot/grub/grub.cfg: the entry “Linux 2” does not end"]


PLAIN_CFG = """\
menuentry 'One' --id one {
  linux /boot/vmlinuz-1 ro
}
menuentry 'Memory test' {
  linux16 /boot/memtest
}
if [ "$x" = y ]; then
menuentry 'Hidden' {
  linux /boot/vmlinuz-3
}
fi
submenu 'More' {
  menuentry 'Two' {
    linux /boot/vmlinuz-2 ro
    initrd /boot/initrd-2
  }
}
menuentry 'Firmware' {
  fwsetup
}
set default="More>Two"
"""


@pytest.fixture
def plain_menu(root: Path) -> Iterator[None]:
    """The root file system with a menu pygrub reads."""
    file = root / "boot/grub/grub.cfg"
    before = file.read_text(encoding="utf-8")
    file.write_text(PLAIN_CFG, encoding="utf-8")
    yield
    file.write_text(before, encoding="utf-8")


@pytest.mark.usefixtures("plain_menu")
def test_where_pygrubs_list_differs_is_said(ext4: MakeImage) -> None:
    answer = shown(ext4())
    assert [entry["title"] for entry in answer["menu"]["entries"]] == [
        "One",
        "Memory test",
        "Two",
        "Firmware",
    ]
    assert answer["menu"]["default"] == 2
    assert pygrub(answer) == (
        0,
        [0, 1, 3, 4],
        [
            "pygrub boots “One” by itself",
            "pygrub has 1 more, such as “Hidden”",
            "pygrub -l stops at its entry 4, “Firmware”, which has no kernel",
        ],
    )
    assert answer["kernel_places"] == [0, -1, 0, -1]


@pytest.mark.usefixtures("plain_menu")
@pytest.mark.parametrize(
    ("table", "said"),
    [
        (((0, 0x82, 34, 100), (1, 0x83, 2048, 16384)), []),
        (((0, 0x83, 34, 100), (0, 0x05, 2046, 16386)), ["it does not read logical partitions, such as 5"]),
    ],
)
def test_pygrub_looks_at_primary_partitions(
    ext4: MakeImage, table: tuple[tuple[int, int, int, int], ...], said: list[str]
) -> None:
    image = dos(ext4(2048 * 512), *table)
    if said:
        with image.open("r+b") as file:
            file.seek(2046 * 512 + 446)
            file.write(struct.pack("<B3xB3xII", 0, 0x83, 2, 16384).ljust(64, b"\0") + b"\x55\xaa")
    _default, numbers, notes = pygrub(shown(image))
    assert (numbers == [-1] * 4) is bool(said)
    assert all(any(part in note for note in notes) for part in said)
