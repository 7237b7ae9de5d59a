"""Configurations compared: what is drift, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xentui.config.libxl.translation import ACTIONS
from xentui.model.configuration import (
    DomainConfig,
    action_word,
    describe_disk,
    describe_vif,
    differences,
    vif_pairs,
)
from xentui.model.devices import Access, Disk, Vif

WEB = DomainConfig(
    "web",
    "11111111-2222-3333-4444-000000000001",
    memory_kib=131072,
    maxmem_kib=262144,
    bootloader="/usr/lib/xen/bin/pygrub",
    disks=(Disk("/srv/web.img", "xvda"),),
    vifs=(Vif(mac="00:16:3e:00:00:01", bridge="xenbr0"),),
    actions={"on_crash": "restart"},
)


def drift(**running: object) -> list[tuple[str, str, str]]:
    found = differences(WEB, replace(WEB, **running))  # type: ignore[arg-type]
    return [(item.field, item.old, item.new) for item in found]


@pytest.mark.parametrize(
    ("config", "method"),
    [
        (WEB, "pygrub"),
        (DomainConfig(kernel="/boot/vmlinuz"), "direct kernel"),
        (DomainConfig(type="hvm", firmware="seabios"), "firmware"),
        (DomainConfig(type="hvm", kernel="/boot/vmlinuz"), "direct kernel"),
        (DomainConfig(type="pvh", firmware="pvhshim"), "firmware"),
        (DomainConfig(), "none"),
    ],
)
def test_how_a_domain_boots(config: DomainConfig, method: str) -> None:
    assert config.boot_method == method


def test_a_configuration_does_not_differ_from_itself() -> None:
    assert drift() == []


def test_plain_values() -> None:
    assert drift(memory_kib=65536) == [("memory_kib", "131072", "65536")]
    assert drift(bootloader_args=("-q", "-v")) == [("bootloader_args", "", "-q -v")]
    assert drift(uuid="another") == [], "the uuid is what makes them two sides of one domain"


def test_actions() -> None:
    assert drift(actions={"on_crash": "destroy"}) == [("on_crash", "restart", "destroy")]
    assert drift(actions={}) == [("on_crash", "restart", "")]
    assert drift(actions={"on_crash": "restart_rename"}) == [("on_crash", "restart", "rename-restart")]


@pytest.mark.parametrize("word", ACTIONS)
def test_an_action_is_written_as_in_a_configuration_file(word: str) -> None:
    assert action_word(ACTIONS[word]) == word


def test_disks_are_told_apart_by_guest_device() -> None:
    more = (Disk("/srv/data.img", "xvdb", access=Access.READ), *WEB.disks)
    assert drift(disks=more) == [("disk xvdb", "", "/srv/data.img r")]
    assert drift(disks=()) == [("disk xvda", "/srv/web.img w", "")]
    assert drift(disks=(replace(WEB.disks[0], prefix="file", access=Access.SHARED),)) == []


@pytest.mark.parametrize(
    ("disk", "words"),
    [
        (Disk("/x.img", "xvda"), "/x.img w"),
        (Disk("/x.qcow2", "xvda", "qcow2", Access.READ), "/x.qcow2 qcow2 r"),
        (Disk("", "hdc", "empty", Access.READ, cdrom=True), "(empty) cdrom"),
    ],
)
def test_a_disk_in_words(disk: Disk, words: str) -> None:
    assert describe_disk(disk) == words


def test_interfaces_are_told_apart_by_address() -> None:
    (vif,) = WEB.vifs
    assert drift(vifs=(replace(vif, mac="00:16:3E:00:00:01", devid=0, type="vif"),)) == []
    assert drift(vifs=(replace(vif, bridge="xenbr1"),)) == [
        ("vif 0", "mac=00:16:3e:00:00:01 bridge=xenbr0", "mac=00:16:3e:00:00:01 bridge=xenbr1")
    ]
    other = Vif(mac="00:16:3e:00:00:02", bridge="xenbr0")
    assert drift(vifs=(other, vif)) == [("vif 1", "", "mac=00:16:3e:00:00:02 bridge=xenbr0")]
    assert [field for field, _, _ in drift(vifs=())] == ["vif 0"]


def test_an_interface_stored_without_an_address_is_none_that_another_bears() -> None:
    one, two = Vif(mac="00:16:3e:00:00:01", bridge="a"), Vif(mac="00:16:3e:00:00:02", bridge="b")
    stored = (Vif(bridge="b"), Vif(mac="00:16:3E:00:00:01", bridge="a"), Vif())
    assert vif_pairs(stored, (one, two)) == {0: 1, 1: 0}
    assert differences(replace(WEB, vifs=stored[:2]), replace(WEB, vifs=(one, two))) == ()


def test_what_the_toolstack_fills_in_is_no_drift() -> None:
    stored = replace(WEB, vifs=(Vif(),))
    assert differences(stored, WEB) == ()
    assert describe_vif(Vif()) == "default"
