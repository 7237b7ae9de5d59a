"""What a block device is made of, as sysfs tells it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import recordings
from xentui.agent.storage import block_layers


class Sys:
    """A machine's /sys and /dev."""

    def __init__(self, folder: Path) -> None:
        self.sys, self.dev = folder / "sys", folder / "dev"
        (self.sys / "dev/block").mkdir(parents=True)

    def device(
        self, number: str, place: str, words: dict[str, str] | None = None, slaves: tuple[str, ...] = ()
    ) -> Path:
        folder = self.sys / "devices" / place
        for name, text in {"dev": number, **(words or {})}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text + "\n")
        (self.sys / "dev/block" / number).symlink_to(folder)
        for slave in slaves:
            (folder / "slaves").mkdir(exist_ok=True)
            (folder / "slaves" / slave).symlink_to(self.sys / "devices" / slave)
        return folder

    def layers(self, number: str) -> list[tuple[str, dict[str, str]]]:
        found = block_layers.layers(number, str(self.sys), str(self.dev))
        return [(layer["kind"], layer["ids"]) for layer in found]


@pytest.fixture
def machine(tmp_path: Path) -> Sys:
    return Sys(tmp_path)


def test_a_volume_stands_on_a_partition_of_a_disk_with_a_number_of_its_own(machine: Sys) -> None:
    machine.device("8:0", "sda", {"device/wwid": "naa.600140512345", "size": "2097152"})
    machine.device("8:2", "sda/sda2", {"partition": "2", "start": "2048", "size": "4096"})
    (machine.sys / "devices/sda2").symlink_to(machine.sys / "devices/sda/sda2")
    machine.device("253:0", "dm-0", {"dm/uuid": "LVM-abc", "dm/name": "vg-web"}, ("sda2",))
    assert machine.layers("253:0") == [
        ("lvm", {"uuid": "LVM-abc"}),
        ("part", {"part": "2", "start": "2048", "size": "4096"}),
        ("disk", {"wwid": "naa.600140512345"}),
    ]
    assert block_layers.size("8:0", str(machine.sys)) == 1 << 30
    assert block_layers.size("9:9", str(machine.sys)) is None


def test_a_device_sysfs_does_not_know_is_called_as_the_host_calls_it(machine: Sys) -> None:
    sys, dev = str(machine.sys), str(machine.dev)
    assert block_layers.layers("254:2", sys, dev, "/dev/vda2") == [
        {"kind": "device", "name": "vda2", "ids": {}}
    ]
    machine.device("254:2", "vda")
    assert block_layers.layers("254:2", sys, dev, "/dev/root")[0]["name"] == "vda"


@pytest.mark.parametrize(
    ("server", "ids"),
    [
        ("tgt", {"wwid": "naa.60000000000000000e00000000010001", "lun": "1", "cache": "write back"}),
        ("LIO without a serial number", {"lun": "0", "cache": "write through"}),
    ],
)
def test_a_disk_of_iscsi_tells_its_target_and_lun_and_its_session(
    machine: Sys, server: str, ids: dict[str, str]
) -> None:
    found = next(each for each in recordings.entries("iscsi") if each["what"] == server)
    own = {name: text for name, text in found["files"].items() if not name.startswith("iscsi_")}
    machine.device("8:16", found["place"].removeprefix("/sys/devices/"), own)
    for name in set(found["files"]) - set(own):
        place = machine.sys / "class" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(found["files"][name] + "\n")
    target, port = found["files"]["iscsi_session/session1/targetname"], "3261" if "LIO" in server else "3260"
    session = {"iqn": target, "session": "LOGGED_IN", "portal": f"127.0.0.1:{port}"}
    assert machine.layers("8:16") == [("iscsi", {**session, **ids})]


def test_drbd_is_known_by_its_resource_and_what_lies_below_it_is_left_out(machine: Sys) -> None:
    machine.device("8:0", "sda", {"device/wwid": "naa.1"})
    machine.device("147:1", "drbd1", {}, ("sda",))
    (machine.dev / "drbd/by-res/web").mkdir(parents=True)
    (machine.dev / "drbd/by-res/web/0").symlink_to("../../../drbd1")
    assert machine.layers("147:1") == [("drbd", {"resource": "web", "volume": "0"})]


def test_a_volume_of_zfs_and_a_partition_of_one_are_known_by_their_device(machine: Sys) -> None:
    machine.device("230:16", "zd16", {"size": "2097152"})
    machine.device("230:17", "zd16/zd16p1", {"partition": "1", "start": "2048", "size": "4096"})
    assert machine.layers("230:16") == [("zvol", {})]
    assert machine.layers("230:17") == [
        ("part", {"part": "1", "start": "2048", "size": "4096"}),
        ("zvol", {}),
    ]


def test_a_device_nobody_knows_and_a_circle_end(machine: Sys) -> None:
    assert machine.layers("9:9") == [("disk", {})]
    for number, name, below in (("253:1", "dm-1", "dm-2"), ("253:2", "dm-2", "dm-1")):
        machine.device(number, name, {"dm/uuid": f"LVM-{name}"}, (below,))
    assert [kind for kind, _ids in machine.layers("253:1")] == ["lvm", "lvm"]


def test_a_long_word_is_cut(machine: Sys) -> None:
    machine.device("8:0", "sda", {"device/wwid": "x" * 100_000})
    assert len(machine.layers("8:0")[0][1]["wwid"]) <= 512
    os.unlink(machine.sys / "devices/sda/device/wwid")
    assert machine.layers("8:0") == [("disk", {})]
