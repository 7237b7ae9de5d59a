"""Images made to deceive: a sentence or a menu in time, nothing of the host's shown, nothing that a terminal obeys."""

from __future__ import annotations

import json
import os
import resource
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.bootmenu.test_disk import dos, shown
from xentui.bootmenu.limits import ENTRIES, FILE, INITRDS, MEMORY, SECONDS, TOLD, WORD
from xentui.domuloader.readers import PATH
from xentui.hosts.local import LocalHost
from xentui.service import boot_menu

Fill = Callable[[Path], object]
ENTRY = "menuentry '{}' {{\n linux /boot/vmlinuz ro\n}}\n"


@pytest.fixture
def image(tmp_path: Path) -> Callable[[Fill], Path]:
    """Makes an ext4 image whose ``/boot/grub`` is filled by a function."""
    program = shutil.which("mke2fs", path=PATH)
    if program is None or not (shutil.which("grub-fstest", path=PATH) or shutil.which("debugfs", path=PATH)):
        pytest.skip("needs e2fsprogs")

    def make(fill: Fill) -> Path:
        folder = tmp_path / "root/boot/grub"
        folder.mkdir(parents=True)
        fill(folder)
        path = tmp_path / "disk.img"
        argv = [program, "-q", "-F", "-t", "ext4", "-d", str(tmp_path / "root"), str(path), "32M"]
        subprocess.run(argv, check=True, capture_output=True)
        return path

    return make


def text(words: str) -> Fill:
    return lambda folder: (folder / "grub.cfg").write_text(words, encoding="utf-8")


def said(path: Path, *words: str) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = shown(path, *words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert took < 2 * SECONDS  # beside the readers' own limit, Python has to begin
    return answer


def test_a_configuration_of_four_gib(image: Callable[[Fill], Path]) -> None:
    def fill(folder: Path) -> None:
        with (folder / "grub.cfg").open("wb") as file:
            file.write(ENTRY.format("first").encode())
            file.truncate(4 << 30)

    assert said(image(fill))["error"] == "/boot/grub/grub.cfg on the whole disk: it is larger than 1 MiB"


def test_a_file_too_large_to_read_is_there_all_the_same(image: Callable[[Fill], Path]) -> None:
    def fill(folder: Path) -> None:
        (folder / "grub.cfg").write_text(
            "search --file --set=found /boot/grub/big\n" + 'menuentry "on $found" { linux /k; }'
        )
        (folder / "big").write_bytes(b"x" * (2 << 20))

    (entry,) = said(image(fill))["menu"]["entries"]
    assert entry["title"] == "on hd0"


@pytest.mark.parametrize(
    ("entry", "count"),
    [("menuentry {}{{\nlinux /k\n}}\n", 30_000), ("menuentry {}{{}}\n", 50_000), (ENTRY, 100_000)],
)
def test_a_hundred_thousand_entries(image: Callable[[Fill], Path], entry: str, count: int) -> None:
    words = "".join(entry.format(number) for number in range(count))
    answer = said(image(text(words)))
    if len(words) > FILE:
        assert "error" in answer
    else:
        assert len(answer["menu"]["entries"]) == ENTRIES and answer["notes"]


LONG = "set a=" + "\U0001f600" * 4000 + "\n"


@pytest.mark.parametrize(
    "entries",
    [
        {"": "".join(f"menuentry x{n} {{\n linux /k {'$a ' * 120}\n}}\n" for n in range(1000))},
        {"": "".join('menuentry "$a" {\n linux /k\n}\n' for _ in range(1000))},
        {"": 'submenu "$a" {\n' * 45 + "menuentry x {\n linux /k\n}\n" * 1000 + "}\n" * 45},
        {"": "menuentry x {\n linux /k\n" + "module $a\n" * 400 + "}\n"},
        {"": "blscfg\n", "1.conf": "title x\nlinux /k\n" + ("options " + "$a" * 2000 + "\n") * 200},
        {"": "blscfg\n", "1.conf": "title x\nlinux /k\n" + ("initrd " + "$a " * 1300 + "\n") * 200},
        {"": "blscfg\n", **{f"{n}.conf": f"title {'t' * 4000}\nlinux /k\n" for n in range(60)}},
    ],
    ids=["arguments", "titles", "submenus", "modules", "bls-options", "bls-initrds", "bls-titles"],
)
def test_what_is_told_of_a_menu_has_an_end(image: Callable[[Fill], Path], entries: dict[str, str]) -> None:
    def fill(folder: Path) -> None:
        (folder / "grub.cfg").write_text(LONG + entries[""], encoding="utf-8")
        (folder / "../loader/entries").resolve().mkdir(parents=True)
        for name in filter(None, entries):
            (folder / "../loader/entries" / name).write_text(entries[name], encoding="utf-8")

    answer = said(image(fill))
    assert len(json.dumps(answer["menu"])) < 2 * TOLD and len(json.dumps(answer["pygrub"])) < 2 * TOLD
    assert len(answer["kernel_places"]) == len(answer["menu"]["entries"])
    for entry in answer["menu"]["entries"]:
        assert len(entry["args"]) <= WORD and len(entry["initrd"]) <= INITRDS
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10 < MEMORY


@pytest.mark.parametrize("name", ["fifo", "link", os.devnull])
def test_nothing_but_a_file_or_a_block_device_is_opened(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo", 0o644)
    (tmp_path / "link").symlink_to("fifo")
    path = tmp_path / name
    assert said(path)["error"] == f"{path} is neither a file nor a block device"


@pytest.mark.parametrize("depth", [40, 100, 20_000])
def test_submenus_within_submenus(image: Callable[[Fill], Path], depth: int) -> None:
    words = "submenu a {\n" * depth + ENTRY.format("deep") + "}\n" * depth + ENTRY.format("last")
    answer = said(image(text(words)))
    if depth == 40:
        assert answer["menu"]["entries"][0]["submenu"] == ["a"] * 40
    else:
        assert "error" in answer or answer["notes"]


async def test_titles_hold_nothing_that_a_terminal_obeys(image: Callable[[Fill], Path]) -> None:
    title = "a\x1b]0;own\x07\x1b[2J\x9b31m\u202eb[bold]c"
    path = image(text(ENTRY.format(title) + f"set default='{title}'\n"))
    menu = await boot_menu.of_image(LocalHost(), str(path), text=True)
    shown_title = menu.entries[0].title
    assert shown_title.isprintable() and "[bold]c" in shown_title
    assert all(each.isprintable() for each in (*menu.notes, menu.entries[0].args, menu.source))


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../../../../../etc/passwd", "grub.cfg", "/proc/self/environ"]
)
def test_links_lead_to_places_of_the_guest(image: Callable[[Fill], Path], target: str) -> None:
    answer = said(image(lambda folder: (folder / "grub.cfg").symlink_to(target)), "--text")
    assert "error" in answer
    assert "root:" not in str(answer)


def test_a_folder_that_is_a_link_out_of_the_guest(image: Callable[[Fill], Path]) -> None:
    def fill(folder: Path) -> None:
        folder.rmdir()
        folder.symlink_to("/etc")

    assert "error" in said(image(fill), "--text")


@pytest.mark.parametrize("at", [0, 1, 2046, 2048])
def test_tables_that_point_into_themselves(image: Callable[[Fill], Path], at: int) -> None:
    path = dos(image(text(ENTRY.format("x"))), (0, 0x05, at, 4096), (0, 0x83, at, 1 << 31), (0, 0x0F, at, 1))
    with path.open("r+b") as file:
        file.seek(2046 * 512 + 446)
        file.write(struct.pack("<B3xB3xII", 0, 0x05, 0, 2).ljust(64, b"\0") + b"\x55\xaa")
    answer = said(path)
    assert ("menu" in answer) != ("error" in answer)


def test_a_gpt_whose_entries_are_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    dos(path, (0, 0xEE, 1, 0xFFFFFFFF))
    with path.open("r+b") as file:
        file.seek(512)
        file.write(b"EFI PART".ljust(72, b"\0") + struct.pack("<QII", 2**63, 2**32 - 1, 128))
    assert "error" in said(path)


@pytest.mark.parametrize(
    "words",
    [
        "while true; do set a=$a$a$a; done\n",
        "function f { f; f; }\nf\n",
        "source /boot/grub/grub.cfg\nsource /boot/grub/grub.cfg\n",
        "set a=" + "b" * 1_000_000 + "\nmenuentry \"$a$a$a\" { true; }\n",
        "menuentry '" + "\n",
        "for i in " + "a " * 100_000 + "; do for j in 1 2 3 4 5 6 7 8 9; do menuentry $i$j { true; }; done; done\n",
    ],
)  # fmt: skip
def test_scripts_that_never_end(image: Callable[[Fill], Path], words: str) -> None:
    answer = said(image(text(words)))
    assert "error" in answer or answer["notes"]
