"""What the host itself uses of its disks, as /proc and /sys tell it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent.storage.test_disks import END, Machine, identity, table
from xentui import agent
from xentui.agent.storage import disks, host_disks

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw - proc proc rw
24 22 8:1 /srv /var/bind\\040mount rw - ext4 /dev/sda1 rw
25 22 7:0 / /mnt/look ro - ext4 /dev/loop0 ro
26 22 0:44 /vol /data rw - btrfs /dev/null rw
27 22 nonsense
"""


@pytest.fixture
def machine(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine with a disk and its partition, a loop device, and nothing mounted."""
    made = Machine(ground / "sys")
    made.device("8:0", "sda")
    made.device("8:1", "sda/sda1", partition="1", start="2048", size="4096")
    made.device("7:0", "loop0")
    monkeypatch.setattr(disks, "SYS", str(made.folder))
    monkeypatch.setattr(host_disks, "PROC", str(ground / "proc"))
    (ground / "proc/self").mkdir(parents=True)
    yield made


def uses() -> dict[str, dict[str, Any]]:
    """What the agent tells, by the words for where."""
    return {use["where"]: use for use in agent.dispatch("/nonexistent", "host_disks", {})}


def test_a_mounted_file_system_has_its_device_and_shares_what_its_files_lie_on(
    machine: Machine, ground: Path
) -> None:
    (ground / "proc/self/mountinfo").write_text(MOUNTS)
    found = uses()
    assert set(found) == {"/", "/mnt/look"}
    assert found["/"]["claims"] == [
        ["block 8:1", 0, END, False, False],
        ["block 8:0", 2048 * 512, 6144 * 512, False, False],
    ]
    assert found["/mnt/look"]["claims"] == [["block 7:0", 0, END, False, True]]


def test_swap_is_a_file_or_a_device(machine: Machine, ground: Path) -> None:
    swap = ground / "swap file"
    swap.write_bytes(b"\0" * 4096)
    line = f"{swap}".replace(" ", "\\040")
    (ground / "proc/swaps").write_text(
        f"Filename\tType\n{line}                file\t\t4\t0\t-2\n/gone file 1 0 -3\n"
    )
    (use,) = uses().values()
    assert (use["how"], use["where"]) == ("swap", str(swap))
    assert use["claims"][0] == [identity(swap), 0, END, False, False]


def test_a_volume_lies_on_what_is_below_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.device("253:0", "dm-0", "sda/sda1", dm__name="vg0-web")
    table(monkeypatch, {"253:0": [(0, 800, "linear", "8:1 100")]})
    (machine.folder / "block").mkdir()
    (machine.folder / "block/dm-0").symlink_to(machine.folder / "devices/dm-0")
    (machine.folder / "block/sda").symlink_to(machine.folder / "devices/sda")
    (use,) = uses().values()
    assert (use["how"], use["where"], use["device"]) == ("volume", "vg0-web", "block 253:0")
    assert use["claims"][0] == ["block 8:1", 100 * 512, 900 * 512, True, False]
    assert "block 253:0" not in [claim[0] for claim in use["claims"]]


def test_a_host_that_tells_nothing_uses_nothing(machine: Machine) -> None:
    assert uses() == {}
