"""What a disk's path stands on: files, loop devices, partitions, volumes, backing files."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xentui import agent
from xentui.agent.storage import disks

END = disks.END


def look(*paths: Path | str, chained: tuple[Path, ...] = ()) -> list[dict[str, Any]]:
    """What the agent says of each path."""
    asked = [str(path) for path in paths]
    found = agent.dispatch("/nonexistent", "look_at_disks", {"paths": asked, "chained": [*map(str, chained)]})
    return [found[path] for path in asked]


def identity(path: Path) -> str:
    """The thing a file is."""
    status = path.stat()
    return f"{status.st_dev}:{status.st_ino}"


def test_a_file_claims_itself_and_something_of_the_device_below(ground: Path) -> None:
    image = ground / "a.img"
    image.write_bytes(b"\0" * 4096)
    (ground / "hard.img").hardlink_to(image)
    (ground / "soft.img").symlink_to(image)
    one, hard, soft, none, folder = look(
        image, ground / "hard.img", ground / "soft.img", ground / "none", ground
    )
    assert one["claims"][0] == [identity(image), 0, END, True, False]
    assert one["claims"] == hard["claims"] == soft["claims"]
    assert all(not exact for _, _, _, exact, _ in one["claims"][1:])
    assert none["kind"] == "missing" and "claims" not in none
    assert folder["kind"] == "dir" and "claims" not in folder


@pytest.fixture
def loop(ground: Path) -> Iterator[tuple[Path, str]]:
    """A loop device on the second mebibyte of an image."""
    image = ground / "looped.img"
    image.write_bytes(b"\0" * (4 << 20))
    made = None
    if shutil.which("losetup") and os.geteuid() == 0:
        argv = ["losetup", "-f", "--show", "-o", str(1 << 20), "--sizelimit", str(1 << 20), str(image)]
        made = subprocess.run(argv, capture_output=True, text=True, check=False)
    if made is None or made.returncode:
        pytest.skip("no loop device can be made here")
    device = made.stdout.strip()
    yield image, device
    subprocess.run(["losetup", "-d", device], check=True)  # noqa: S607


def test_a_loop_device_leads_to_its_file_whatever_that_is_called_now(
    ground: Path, loop: tuple[Path, str]
) -> None:
    image, device = loop
    wanted = [identity(image), 1 << 20, 2 << 20, True, False]
    assert wanted in look(device)[0]["claims"]
    image.rename(ground / "elsewhere.img")
    image.write_bytes(b"another file of that name")
    assert wanted in look(device)[0]["claims"]


class Machine:
    """Devices as /sys describes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "dev/block").mkdir(parents=True)

    def device(self, number: str, name: str, *below: str, **files: str) -> None:
        """A device ``MAJOR:MINOR``; ``below`` are the names of its slaves."""
        place = self.folder / "devices" / name
        (place / "slaves").mkdir(parents=True)
        (place / "dev").write_text(f"{number}\n")
        for file, text in files.items():
            path = place / file.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{text}\n")
        (self.folder / "dev/block" / number).symlink_to(place)
        for slave in below:
            (place / "slaves" / Path(slave).name).symlink_to(self.folder / "devices" / slave)


@pytest.fixture
def machine(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without devices."""
    made = Machine(ground / "sys")
    monkeypatch.setattr(disks, "SYS", str(made.folder))
    return made


def claims(number: str) -> dict[str, tuple[int, int, bool]]:
    """What a block device claims, by thing."""
    walk = disks.Walk()
    walk.device(os.makedev(*map(int, number.split(":"))), disks.DiskPart(0, END, exact=True, read_only=False))
    return {thing: (start, end, exact) for thing, start, end, exact, _ in walk.claims}


def table(monkeypatch: pytest.MonkeyPatch, tables: dict[str, list[tuple[int, int, str, str]]]) -> None:
    """Let dmsetup answer so, by device."""

    def answer(number: int) -> Iterator[tuple[int, int, str, list[str]]]:
        for start, length, target, words in tables[f"{os.major(number)}:{os.minor(number)}"]:
            yield start, length, target, words.split()

    monkeypatch.setattr(disks, "_dm_table", answer)


def test_a_partition_is_a_part_of_its_disk(machine: Machine) -> None:
    machine.device("8:0", "sda")
    machine.device("8:1", "sda/sda1", partition="1", start="2048", size="4096")
    assert claims("8:1") == {
        "block 8:1": (0, END, True),
        "block 8:0": (2048 * 512, 6144 * 512, True),
    }


def test_a_volume_is_the_parts_it_is_made_of(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.device("8:0", "sda")
    machine.device("8:2", "sda/sda2", partition="2", start="1000", size="100000")
    machine.device("253:0", "dm-0", "sda/sda2", dm__name="vg0-web")
    machine.device("253:1", "dm-1", "dm-0", dm__name="vg0-web1")
    table(
        monkeypatch,
        {"253:0": [(0, 800, "linear", "8:2 2048")], "253:1": [(0, 100, "linear", "253:0 200")]},
    )
    assert claims("253:0")["block 8:0"] == (3048 * 512, 3848 * 512, True)
    assert claims("253:1")["block 8:0"] == (3248 * 512, 3348 * 512, True)


def test_an_encrypted_device_and_every_path_of_a_multipath_one_are_what_is_below(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.device("8:0", "sda")
    machine.device("8:16", "sdb")
    machine.device("253:0", "dm-0", "sda", dm__name="secret")
    machine.device("253:1", "dm-1", "sda", "sdb", dm__name="mpatha")
    table(
        monkeypatch,
        {
            "253:0": [(0, 100, "crypt", "aes-xts-plain64 0000 0 8:0 4096")],
            "253:1": [(0, 100, "multipath", "0 0 1 1 service-time 0 2 2 8:0 1 1 8:16 1 1")],
        },
    )
    assert claims("253:0")["block 8:0"] == (4096 * 512, 4196 * 512, True)
    assert {thing: claims("253:1")[thing] for thing in ("block 8:0", "block 8:16")} == {
        "block 8:0": (0, 100 * 512, True),
        "block 8:16": (0, 100 * 512, True),
    }


def test_a_thin_volume_and_an_array_have_some_of_what_is_below(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.device("8:0", "sda")
    machine.device("253:2", "dm-2", "sda", dm__name="pool")
    machine.device("253:3", "dm-3", "dm-2", dm__name="thin")
    machine.device("9:0", "md0", "sda")
    table(
        monkeypatch,
        {"253:2": [(0, 900, "thin-pool", "253:0 253:1 128 0 0")], "253:3": [(0, 100, "thin", "253:2 1")]},
    )
    assert claims("253:3") == {
        "block 253:3": (0, END, True),
        "block 253:2": (0, END, False),
        "block 8:0": (0, END, False),
    }
    assert claims("9:0")["block 8:0"] == (0, END, False)


def test_a_striped_volume_is_beside_the_others_of_its_group(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.device("8:0", "sda")
    machine.device("8:16", "sdb")
    machine.device("253:0", "dm-0", "sda", "sdb", dm__name="vg-striped")
    machine.device("253:1", "dm-1", "sda", dm__name="vg-linear")
    table(
        monkeypatch,
        {
            "253:0": [(0, 2000, "striped", "2 128 8:0 2048 8:16 4096")],
            "253:1": [(0, 1000, "linear", "8:0 3048")],
        },
    )
    assert claims("253:0")["block 8:0"] == (2048 * 512, 3048 * 512, False)
    assert claims("253:0")["block 8:16"] == (4096 * 512, 5096 * 512, False)
    assert claims("253:1")["block 8:0"] == (3048 * 512, 4048 * 512, True)


def test_devices_that_lead_to_each_other_come_to_an_end(machine: Machine) -> None:
    machine.device("8:0", "sda")
    machine.device("9:0", "md0", "sda")
    (machine.folder / "devices/sda/slaves/md0").symlink_to(machine.folder / "devices/md0")
    assert set(claims("9:0")) == {"block 9:0", "block 8:0"}


def test_a_table_that_makes_no_sense_is_no_table(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.device("8:0", "sda")
    machine.device("253:0", "dm-0", "sda", dm__name="odd")
    table(monkeypatch, {"253:0": [(0, 8, "linear", "x:y z"), (8, 8, "linear", ""), (16, 8, "crypt", "a b")]})
    assert claims("253:0")["block 8:0"] == (0, END, False)


def qcow2(path: Path, backing: str = "") -> Path:
    """The header of a qcow2 image."""
    head = struct.pack(">4sIQI", b"QFI\xfb", 3, 104 if backing else 0, len(backing))
    path.write_bytes(head.ljust(104, b"\0") + backing.encode())
    return path


def test_the_backing_files_of_an_image_are_read(ground: Path) -> None:
    base = ground / "base.img"
    base.write_bytes(b"\0" * 512)
    middle = qcow2(ground / "middle.qcow2", "base.img")
    top = qcow2(ground / "top.qcow2", str(middle))
    (found,) = look(top, chained=(top,))
    by_thing = {thing: read_only for thing, _, _, exact, read_only in found["claims"] if exact}
    assert by_thing == {identity(top): False, identity(middle): True, identity(base): True}
    (unchained,) = look(top)
    assert [identity(top)] == [thing for thing, _, _, exact, _ in unchained["claims"] if exact]


@pytest.mark.parametrize(
    "head",
    [
        struct.pack(">4sIQI", b"QFI\xfb", 3, 1 << 60, 100),
        struct.pack(">4sIQI", b"QFI\xfb", 3, 104, 0xFFFFFFFF),
        struct.pack(">4sIQI", b"QFI\xfb", 3, 20, 1) + b"\0",
        b"QFI\xfb",
    ],
)
def test_a_header_that_lies_leads_nowhere(ground: Path, head: bytes) -> None:
    image = ground / "a.qcow2"
    image.write_bytes(head)
    assert len([claim for claim in look(image, chained=(image,))[0]["claims"] if claim[3]]) == 1


def test_an_image_based_on_itself_comes_to_an_end(ground: Path) -> None:
    image = qcow2(ground / "a.qcow2", str(ground / "b.qcow2"))
    qcow2(ground / "b.qcow2", str(image))
    assert len([claim for claim in look(image, chained=(image,))[0]["claims"] if claim[3]]) == 2


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"QFI\xfb\0\0\0\3" + b"\0" * 600, "qcow2"),
        (b"QFI\xfb\0\0\0\1" + b"\0" * 600, "qcow"),
        (b"conectix" + b"\0" * 600, "vhd"),
        (b"\0" * 4096 + b"conectix" + b"\0" * 504, "vhd-fixed"),
        (b"KDMV" + b"\0" * 600, "vmdk"),
        (b"# Disk DescriptorFile\nversion=1\n", "vmdk"),
        (b"QED\0" + b"\0" * 600, "qed"),
        (b"\xeb\x63\x90" + b"\0" * 600, ""),
        (b"", ""),
    ],
)
def test_an_image_tells_its_format(ground: Path, data: bytes, content: str) -> None:
    image = ground / "image"
    image.write_bytes(data)
    assert look(image)[0]["content"] == content


@pytest.mark.parametrize(
    "odd", ["-1:-1", "4294967296:0", "99999999999999999999:1", "8", "8:", "\u00b2:0", "9" * 5000, ""]
)
def test_what_is_no_device_is_passed_over(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    """Of the kernel and dmsetup nothing odd is known; a fault here would hide what all other disks stand on."""
    program = tmp_path / "dmsetup"
    lines = [f"0 8 linear {odd} 0", f"0 8 linear 8:0 {odd}", f"{odd} 8 linear 8:0 0", f"0 {odd} linear 8:0 0"]
    program.write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(lines) + "\nEND\n")
    program.chmod(0o755)
    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda argv, **given: real([str(program)], **given))
    machine.device("8:0", "sda")
    machine.device("8:1", "sda/sda1", partition="1", start=odd, size=odd)
    machine.device("253:0", "dm-0", "sda", dm__name="odd")
    assert "block 8:1" in claims("8:1")
    assert "block 253:0" in claims("253:0")
