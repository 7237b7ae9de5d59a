"""Whether two hosts' block devices are one: by the disks below, never by what a copy would have, too."""

from __future__ import annotations

import pytest

from tests import recordings
from xentui.service.storage import devices, drbd
from xentui.service.storage.drbd import Replica, ReplicaPeer, Replicas
from xentui.service.storage.places import Layer, MountPoint, StoragePlace

NOWHERE = MountPoint("/dev", "udev", "devtmpfs", ())
ALONE = (Replicas({}), Replicas({}))


def block(*layers: tuple[str, dict[str, str]], size: int = 100) -> StoragePlace:
    """A device of these layers."""
    made = tuple(Layer(kind, f"{kind}0", ids) for kind, ids in layers)
    return StoragePlace("/dev/vg/web", "block", "/dev/vg/web", NOWHERE, size=size, layers=made)


def same(
    ours: StoragePlace, theirs: StoragePlace, drbd: tuple[Replicas, Replicas] = ALONE
) -> tuple[bool | None, str]:
    """What is said of them on the hosts a and b."""
    judged = devices.judge(ours, theirs, "a", "b", drbd)
    return judged.same, judged.why


VOLUME = ("lvm", {"uuid": "LVM-1"})
WWN = ("disk", {"wwid": "naa.60014051"})


def test_a_volume_on_the_same_disk_is_one_however_many_ways_lead_there() -> None:
    path = ("iscsi", {"wwid": "naa.60014051", "iqn": "iqn.x", "lun": "1"})
    ways = block(VOLUME, ("multipath", {"uuid": "mpath-3"}), WWN, path)
    assert same(ways, block(VOLUME, WWN)) == (True, "the disk below is the same (wwid naa.60014051)")


def test_a_copied_volume_has_the_same_uuid_and_is_another() -> None:
    found, why = same(block(VOLUME, WWN), block(VOLUME, ("disk", {"wwid": "naa.7"})))
    assert found is False and "the disk below is wwid naa.60014051 here and wwid naa.7 there" in why


@pytest.mark.parametrize(
    "ids",
    [{}, {"wwid": "t10.ATA     QEMU HARDDISK       QM00001"}, {"serial": "QEMU QM00002"}, {"serial": "0000"}],
)
def test_where_disks_have_no_number_of_their_own_a_copy_would_look_the_same(ids: dict[str, str]) -> None:
    found, why = same(block(VOLUME, ("disk", ids)), block(VOLUME, ("disk", ids)))
    assert found is None and "a copy of the disk would look the same" in why


def test_a_volume_of_zfs_is_each_hosts_own_unless_the_other_has_it_from_a_server() -> None:
    zvol = block(("zvol", {}))
    assert same(zvol, zvol) == (False, "each host has it in a ZFS pool of its own")
    found, why = same(zvol, block(("iscsi", {"iqn": "iqn.x", "lun": "1"})))
    assert found is None and "a volume of ZFS (zvol0) has no number of its own" in why


def test_a_serial_number_alone_may_be_given_twice_and_another_one_is_another_disk() -> None:
    here = block(("disk", {"serial": "overlay"}))
    found, why = same(here, here)
    assert found is None and "the same serial overlay" in why
    assert same(here, block(("disk", {"serial": "other"})))[0] is False


def test_other_volumes_partitions_and_depths_are_different() -> None:
    part = ("part", {"part": "1", "start": "2048", "size": "8"})
    other = ("part", {"part": "1", "start": "4096", "size": "8"})
    assert same(block(VOLUME, WWN), block(("lvm", {"uuid": "LVM-2"}), WWN))[0] is False
    assert same(block(part, WWN), block(other, WWN))[0] is False
    assert same(block(VOLUME, WWN), block(part, WWN))[0] is False
    assert same(block(part, WWN), block(WWN)) == (False, "only one of them has a partition (part0) below")


def test_a_disk_that_was_grown_and_not_read_anew_is_told() -> None:
    found, why = same(block(WWN), block(WWN, size=200))
    assert found is False and "100 bytes here and 200 there" in why


def test_the_target_and_its_lun_are_a_number_too() -> None:
    here = block(("iscsi", {"iqn": "iqn.x", "lun": "1"}))
    assert same(here, here)[0] is True
    assert same(here, block(("iscsi", {"iqn": "iqn.x", "lun": "2"})))[0] is False


RESOURCE = ("drbd", {"resource": "web", "volume": "0"})


def test_tgt_numbers_the_luns_of_every_server_alike() -> None:
    """LUN 1 of target 1 has this wwid wherever tgt serves it (recorded)."""
    number = recordings.entries("iscsi")[1]["files"]["device/wwid"]
    here = block(("iscsi", {"wwid": number, "iqn": "iqn.a:1", "lun": "1", "portal": "10.0.0.1:3260"}))
    assert same(here, block(("iscsi", {"wwid": number, "iqn": "iqn.b:1", "lun": "1"})))[0] is False
    assert same(here, here) == (True, "the disk below is the same (LUN 1 of iqn.a:1)")


def test_one_name_of_a_target_at_two_addresses_proves_nothing() -> None:
    here = block(("iscsi", {"iqn": "iqn.x", "lun": "1", "portal": "10.0.0.1:3260"}))
    there = block(("iscsi", {"iqn": "iqn.x", "lun": "1", "portal": "10.0.0.2:3260"}))
    found, why = same(here, there)
    assert found is None and "at 10.0.0.1:3260 here and at 10.0.0.2:3260 there" in why
    numbered = ("iscsi", {"wwid": "naa.60014051", "iqn": "iqn.x", "lun": "1", "portal": "10.0.0.2:3260"})
    assert same(block(numbered), block(("iscsi", {**numbered[1], "portal": "10.0.0.1:3260"})))[0] is True


def side(*peers: str, ends: tuple[str, str] = ("", ""), disk: str = "UpToDate") -> Replicas:
    """Resource web connected to those nodes ("": not named), and whole."""
    met = tuple(ReplicaPeer(peer, "Connected", "Secondary", "UpToDate") for peer in peers)
    return Replicas({"web": Replica("Primary", disk, met, ends)})


def test_drbd_that_names_no_node_is_one_by_the_ends_of_its_connection() -> None:
    each = block(RESOURCE)
    found = drbd.events(
        recordings.answer("drbd", "two primaries").stdout,
        recordings.answer("drbd", "two primaries, show").stdout,
    )
    ours, theirs = Replicas({"web": found["web"]}), Replicas({"web": found["other"]})
    assert same(each, each, (ours, theirs))[0] is True
    # Somebody else's resource of that name, and data that are not whole.
    assert same(each, each, (ours, side("", ends=("x", "y"))))[0] is None
    assert same(each, each, (ours, side("", ends=theirs.found["web"].ends, disk="Inconsistent")))[0] is None
    assert same(each, each, (side(""), side("")))[0] is None


def test_drbd_is_one_where_both_are_connected_to_each_other_and_up_to_date() -> None:
    each = block(VOLUME, RESOURCE)
    told = side("b"), side("a")
    assert same(each, each, told)[0] is True
    apart = side("b"), side("c")
    assert same(each, each, apart)[0] is None
    assert same(each, each, (told[0], Replicas({}, "no drbdsetup")))[0] is None
    assert same(each, block(VOLUME, ("drbd", {"resource": "db", "volume": "0"})), told)[0] is False
    assert same(each, block(VOLUME, ("drbd", {})), told)[0] is None
