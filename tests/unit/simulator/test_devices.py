"""Memory, processors, disks and interfaces of running domains."""

from __future__ import annotations

import json

import pytest

from tests.unit.simulator.conftest import Bench


def config(bench: Bench, name: str) -> dict[str, object]:
    """What ``xl list -l`` reports of a domain."""
    found: dict[str, object] = json.loads(bench.ok("xl", "list", "-l", name))[0]["config"]
    return found


def free(bench: Bench) -> int:
    return int(bench.ok("xl", "info", "free_memory"))


class TestMemory:
    def test_what_a_guest_takes_the_host_lacks(self, bench: Bench) -> None:
        before = free(bench)
        bench.create("one", memory="1000")
        assert before - free(bench) == 1001
        bench.ok("xl", "destroy", "one")
        assert free(bench) == before

    def test_more_than_there_is_cannot_be_had(self, bench: Bench) -> None:
        path = bench.config("big", memory="1000000")
        assert "Out of memory" in bench.refused("xl", "create", path, code=3)
        assert bench.names() == []

    def test_the_balloon_moves_up_to_maxmem(self, bench: Bench) -> None:
        bench.create("one", memory="256", maxmem="512")
        bench.ok("xl", "mem-set", "one", "512m")
        bench.clock.sleep(10)
        assert bench.ok("xl", "list", "one").splitlines()[1].split()[2] == "512"
        assert "cannot set domid 1 dynamic max memory to : 600m" in bench.refused(
            "xl", "mem-set", "one", "600m"
        )

    def test_the_ceiling_can_be_raised(self, bench: Bench) -> None:
        bench.create("one", memory="256")
        bench.ok("xl", "mem-max", "one", "1g")
        bench.ok("xl", "mem-set", "one", "1g")
        build = config(bench, "one")["b_info"]
        assert isinstance(build, dict)
        assert (build["max_memkb"], build["target_memkb"]) == (1 << 20, 1 << 20)

    @pytest.mark.parametrize("size", ["much", "", "12x", "1.5g"])
    def test_what_is_no_size_is_refused(self, bench: Bench, size: str) -> None:
        bench.create("one")
        assert bench.refused("xl", "mem-set", "one", size) == f"invalid memory size: {size}\n"


class TestProcessors:
    def test_online_processors_change_within_the_maximum(self, bench: Bench) -> None:
        bench.create("one", vcpus="1", maxvcpus="4")
        bench.ok("xl", "vcpu-set", "one", "3")
        assert bench.ok("xl", "list", "one").splitlines()[1].split()[3] == "3"
        assert len(bench.ok("xl", "vcpu-list", "one").splitlines()) == 5

    def test_more_than_the_host_has_needs_a_word(self, bench: Bench) -> None:
        bench.create("one", vcpus="1", maxvcpus="64")
        assert "overcommmitting" in bench.refused("xl", "vcpu-set", "one", "20")
        bench.ok("xl", "vcpu-set", "-i", "one", "20")


class TestDrives:
    def test_the_guest_is_told_who_serves_its_drive(self, bench: Bench) -> None:
        drives = "['file:/mnt/data/hdd,hdc:cdrom,r', ',hdd:cdrom,r']"
        bench.create("pc", type='"hvm"', kernel="", ramdisk="", disk=drives)
        states = []
        for device in ("5632", "5696"):
            backend = bench.ok("xenstore-read", f"/local/domain/1/device/vbd/{device}/backend").strip()
            assert backend == f"/local/domain/0/backend/qdisk/1/{device}"
            assert bench.ok("xenstore-read", f"/libxl/1/device/vbd/{device}/backend").strip() == backend
            states.append(bench.ok("xenstore-read", f"{backend}/state").strip())
        assert states == ["2", "1"], "QEMU has not opened the empty one"


class TestDisks:
    def test_a_disk_comes_and_goes(self, bench: Bench) -> None:
        bench.create("one")
        bench.ok("xl", "block-attach", "one", "file:/mnt/data/hdd", "xvdb", "w")
        assert bench.ok("xl", "block-list", "one").splitlines()[1].split()[0] == "51728"
        assert config(bench, "one")["disks"] == [
            {
                "pdev_path": "/mnt/data/hdd",
                "vdev": "xvdb",
                "format": "raw",
                "readwrite": 1,
                "colo_restore_enable": "False",
            }
        ]
        bench.ok("xl", "block-detach", "one", "51728")
        assert "disks" not in config(bench, "one")

    def test_the_wikis_device_name_is_refused_by_xl(self, bench: Bench) -> None:
        bench.create("one")
        words = bench.refused("xl", "block-attach", "1", "file:/mnt/data/hdd", "/dev/xvdb", "w")
        assert "Invalid or unsupported virtual disk identifier /dev/xvdb" in words

    def test_what_is_not_there_or_taken_is_refused(self, bench: Bench) -> None:
        bench.create("one")
        assert "failed to stat" in bench.refused("xl", "block-attach", "one", "file:/nonexistent,xvdb,w")
        bench.ok("xl", "block-attach", "one", "file:/mnt/data/hdd,xvdb,w")
        assert "exists" in bench.refused("xl", "block-attach", "one", "file:/srv/guests/data.img,xvdb,w")

    def test_a_volume_two_domains_write_to_is_refused(self, bench: Bench) -> None:
        bench.create("one", disk="['phy:/dev/vg0/db1,xvda,w']")
        bench.create("two")
        words = bench.refused("xl", "block-attach", "two", "phy:/dev/vg0/db1,xvdb,w")
        assert "is mounted in a guest domain" in words

    def test_a_dry_run_attaches_nothing(self, bench: Bench) -> None:
        bench.create("one")
        assert '"vdev": "xvdb"' in bench.ok("xl", "-N", "block-attach", "one", "file:/mnt/data/hdd,xvdb,w")
        assert "disks" not in config(bench, "one")


class TestInterfaces:
    def test_an_interface_comes_and_goes(self, bench: Bench) -> None:
        bench.create("one")
        bench.ok("xl", "network-attach", "one", "bridge=xenbr1", "mac=00:16:3e:01:02:03")
        bench.ok("xl", "network-attach", "one")
        rows = [line.split() for line in bench.ok("xl", "network-list", "one").splitlines()[1:]]
        assert [row[0] for row in rows] == ["0", "1"]
        assert rows[0][2] == "00:16:3e:01:02:03"
        assert rows[0][2] != rows[1][2]
        bench.ok("xl", "network-detach", "one", "00:16:3e:01:02:03")
        bench.ok("xl", "network-detach", "one", "1")
        assert "nics" not in config(bench, "one")

    def test_keys_after_a_comma_are_lost(self, bench: Bench) -> None:
        bench.create("one")
        bench.ok("xl", "network-attach", "one", "mac=00:16:3e:01:02:03,bridge=xenbr1")
        nics = config(bench, "one")["nics"]
        assert isinstance(nics, list)
        assert nics[0]["bridge"] == "xenbr0"

    def test_unknown_keys_are_refused(self, bench: Bench) -> None:
        bench.create("one")
        assert (
            bench.refused("xl", "network-attach", "one", "nosuch=1") == "unrecognized argument `nosuch=1'\n"
        )


def test_devices_survive_a_reboot_of_the_guest(bench: Bench) -> None:
    bench.create("one", vif="['bridge=xenbr0']")
    bench.ok("xl", "block-attach", "one", "file:/mnt/data/hdd,xvdb,w")
    before = config(bench, "one")
    bench.ok("xl", "reboot", "one")
    bench.clock.sleep(60)
    assert config(bench, "one") == before
