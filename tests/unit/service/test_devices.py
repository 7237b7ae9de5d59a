"""Devices, memory and vCPUs: live where the domain runs, and stored where it is managed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import CommandError, ConfigError, NotAllowedError, UsageError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.model.sizes import memory_size
from xentui.service.devices import free_vdev
from xentui.service.hypervisor import Hypervisor


@pytest.mark.parametrize(
    "words",
    [
        ["file:/srv/guests/x.img", "/dev/xvdb", "w"],
        ["file:/srv/guests/x.img", "xvdb", "w"],
        ["/srv/guests/x.img,raw,xvdb,rw"],
        ["format=raw", "vdev=xvdb", "access=rw", "target=/srv/guests/x.img"],
    ],
)
async def test_attach_as_the_wiki_and_as_xl_write_it(
    host: Faulty, hypervisor: Hypervisor, words: list[str]
) -> None:
    host.image("x.img")
    domain = await running(host, hypervisor)
    disk = await hypervisor.devices.attach_disk(domain, words)
    assert disk.vdev == "xvdb"
    now = await hypervisor.inventory.find("web")
    assert now.running and [item.vdev for item in now.running.disks] == ["xvdb"]
    assert now.stored and [item.vdev for item in now.stored.disks] == ["xvdb"]
    assert (now.version, now.drift) == (2, ("file",))
    argv = next(argv for argv in host.ran if argv[1] == "block-attach")
    assert "/dev/xvdb" not in argv[3], "xl knows no device names with /dev/"


async def test_attach_to_an_off_domain_is_stored_only(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("x.img")
    await hypervisor.devices.attach_disk(
        await managed(host, hypervisor), ["file:/srv/guests/x.img", "xvdb", "r"]
    )
    assert not [argv for argv in host.ran if argv[1] == "block-attach"]
    domain = await hypervisor.inventory.find("web")
    assert [item.access for item in domain.config.disks] == ["r"]


async def test_attach_to_a_transient_domain_is_live_only(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("x.img")
    await hypervisor.lifecycle.create(host.guest("tmp"))
    await hypervisor.devices.attach_disk(
        await hypervisor.inventory.find("tmp"), ["file:/srv/guests/x.img", "xvdb", "w"]
    )
    assert (await hypervisor.inventory.find("tmp")).version is None


async def test_a_disk_is_not_attached_twice_nor_from_nowhere(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("x.img")
    words = ["file:/srv/guests/x.img", "xvdb", "w"]
    await hypervisor.devices.attach_disk(await running(host, hypervisor), words)
    with pytest.raises(NotAllowedError, match="xvdb already") as caught:
        await hypervisor.devices.attach_disk(await hypervisor.inventory.find("web"), words)
    assert "xvd" in hint(caught.value)
    other = await running(host, hypervisor, "other")
    with pytest.raises(ConfigError, match="in use by web"):
        await hypervisor.devices.attach_disk(other, words)
    with pytest.raises(ConfigError, match="does not exist"):
        await hypervisor.devices.attach_disk(other, ["file:/srv/guests/no.img", "xvdb", "w"])
    with pytest.raises(ConfigError):
        await hypervisor.devices.attach_disk(other, ["nonsense"])


async def test_what_fails_live_is_not_stored(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("x.img")
    domain = await running(host, hypervisor)

    def answer(argv: Sequence[str]) -> Completed | None:
        words = b"libxl: error: libxl_device_disk_add failed.\n"
        return Completed(tuple(argv), 1, b"", words) if "block-attach" in argv else None

    host.answer = answer
    with pytest.raises(CommandError):
        await hypervisor.devices.attach_disk(domain, ["file:/srv/guests/x.img", "xvdb", "w"])
    assert (await hypervisor.inventory.find("web")).version == 1


async def test_detach_by_any_of_its_names(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("x.img")
    await running(host, hypervisor)
    for device in ("xvdb", "/dev/xvdb", "51728", "vbd/51728"):
        domain = await hypervisor.inventory.find("web")
        await hypervisor.devices.attach_disk(domain, ["file:/srv/guests/x.img", "xvdb", "w"])
        await hypervisor.devices.detach_disk(await hypervisor.inventory.find("web"), device)
        now = await hypervisor.inventory.find("web")
        assert now.config.disks == ()
        assert now.stored and now.stored.disks == ()
    with pytest.raises(ConfigError, match="no disk xvdz"):
        await hypervisor.devices.detach_disk(await hypervisor.inventory.find("web"), "xvdz")


async def test_interfaces_are_attached_with_an_address_of_their_own(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    vif = await hypervisor.devices.attach_vif(await running(host, hypervisor), ["bridge=xenbr0"])
    assert vif.mac.startswith("00:16:3e:")
    argv = next(argv for argv in host.ran if argv[1] == "network-attach")
    assert argv[3:] == (f"mac={vif.mac}", "bridge=xenbr0"), "each key is its own argument"
    domain = await hypervisor.inventory.find("web")
    assert domain.running and domain.stored
    assert domain.running.vifs[0].mac == domain.stored.vifs[0].mac == vif.mac
    assert await hypervisor.devices.detach_vif(domain, vif.mac.upper()) == vif.mac
    assert (await hypervisor.inventory.find("web")).config.vifs == ()


async def test_an_interface_of_an_off_domain(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor, vif="['bridge=a', 'bridge=b']")
    await hypervisor.devices.detach_vif(domain, "0")
    vifs = (await hypervisor.inventory.find("web")).config.vifs
    assert [vif.bridge for vif in vifs] == ["b"]
    with pytest.raises(ConfigError, match="no such interface"):
        await hypervisor.devices.detach_vif(await hypervisor.inventory.find("web"), "7")


def forget_addresses(hypervisor: Hypervisor, domain: Domain, *, but: str = "") -> None:
    """Edit the stored text by hand: its interfaces have no MAC address, ``but`` one."""
    stored = Path(hypervisor.session.store.config_path(domain.uuid))
    words = re.compile(r"mac=([0-9a-f:]+),")
    stored.write_text(words.sub(lambda found: found[0] if found[1] == but else "", stored.read_text()))


async def test_an_interface_stored_without_an_address_is_detached_for_good(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """It was written by hand; the running one has an address of its own."""
    shown = await managed(host, hypervisor, vif="['bridge=xenbr0', 'bridge=xenbr1', 'bridge=xenbr0']")
    assert shown.stored
    forget_addresses(hypervisor, shown, but=shown.stored.vifs[0].mac)
    await hypervisor.lifecycle.start(shown)
    domain = await hypervisor.inventory.find("web")
    assert domain.running
    mac = domain.running.vifs[1].mac
    assert await hypervisor.devices.detach_vif(domain, mac) == mac
    now = await hypervisor.inventory.find("web")
    assert now.running and now.stored
    assert mac not in [vif.mac for vif in now.running.vifs]
    assert [vif.bridge for vif in now.stored.vifs] == ["xenbr0", "xenbr0"]
    assert now.stored.vifs[0] == shown.stored.vifs[0]
    assert now.drift == ("file",)


async def test_an_interface_that_is_not_stored_takes_none_with_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """Attached by plain xl, it is detached live; the stored one without an address is another."""
    shown = await managed(host, hypervisor, vif="['bridge=xenbr0']")
    forget_addresses(hypervisor, shown)
    await hypervisor.lifecycle.start(shown)
    domain = await hypervisor.inventory.find("web")
    await host.run(["xl", "network-attach", str(domain.domid), "mac=00:16:3e:00:00:0a", "bridge=xenbr1"])
    await hypervisor.devices.detach_vif(domain, "00:16:3e:00:00:0a")
    now = await hypervisor.inventory.find("web")
    assert now.running and now.stored
    assert [vif.bridge for vif in now.running.vifs] == ["xenbr0"]
    assert [vif.bridge for vif in now.stored.vifs] == ["xenbr0"]
    assert now.version == 1


async def test_memory_is_set_live_and_stored(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.resources.set_memory(await running(host, hypervisor), 100)
    domain = await hypervisor.inventory.find("web")
    assert domain.memory_mib == 100
    assert domain.stored and domain.stored.memory_kib == 100 * 1024
    assert domain.stored.maxmem_kib == 128 * 1024, "lowering memory does not lower its maximum for good"
    assert ("xl", "mem-set", str(domain.domid), "100m") in host.ran
    with pytest.raises(NotAllowedError, match="maximum is 128 MiB"):
        await hypervisor.resources.set_memory(domain, 200)


async def test_maximum_memory_of_an_off_domain(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor)
    await hypervisor.resources.set_maximum(domain, 512)
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("web"), 256)
    domain = await hypervisor.inventory.find("web")
    assert (domain.memory_mib, domain.maxmem_mib, domain.version) == (256, 512, 3)
    with pytest.raises(NotAllowedError, match="it has 256 MiB now"):
        await hypervisor.resources.set_maximum(domain, 100)


async def test_vcpus_of_a_running_domain_stay_below_its_maximum(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor, vcpus="1", maxvcpus="2")
    with pytest.raises(NotAllowedError, match="maximum while it runs is 2"):
        await hypervisor.resources.set_vcpus(domain, 3)
    await hypervisor.resources.set_vcpus(domain, 2)
    now = await hypervisor.inventory.find("web")
    assert (now.vcpus, now.drift) == (2, ("file",))


async def test_vcpus_of_an_off_domain_raise_its_maximum(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.resources.set_vcpus(await managed(host, hypervisor, vcpus="2"), 4)
    domain = await hypervisor.inventory.find("web")
    assert (domain.config.vcpus, domain.config.maxvcpus) == (4, 4)
    await hypervisor.resources.set_vcpus(domain, 1)
    domain = await hypervisor.inventory.find("web")
    assert (domain.config.vcpus, domain.config.maxvcpus) == (1, 4)


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        *(("512", 512), ("512m", 512), ("2g", 2048), ("2GiB", 2048), ("524288k", 512), (" 1t ", 1 << 20)),
        *(("1.5G", 1536), ("1.5 GiB", 1536)),
    ],
)
def test_sizes(text: str, mib: int) -> None:
    assert memory_size(text) == mib


@pytest.mark.parametrize("text", ["", "m", "-5", "1.g", "12x", "1e3", "0", "9" * 30, "٣"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        memory_size(text)


async def test_the_next_free_device_follows_the_domains_own_kind(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    image = host.image("x.img")
    assert free_vdev(await managed(host, hypervisor)) == "xvda"
    domain = await managed(host, hypervisor, "other", disk=f"['file:{image},sda1,w']")
    assert free_vdev(domain) == "sdb"
