"""What is on two hosts and may be on one only."""

from __future__ import annotations

from xentui.fleet.duplicates import doubles
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Access, Disk
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState

UUID = "11111111-2222-3333-4444-000000000001"
OTHER = "11111111-2222-3333-4444-000000000002"
WWN = "/dev/disk/by-id/wwn-0x600508b1001c4d3f"


def running(name: str, uuid: str, *disks: Disk) -> Domain:
    config = DomainConfig(name=name, uuid=uuid, disks=disks)
    return Domain(name, uuid, DomainState.RUNNING, 5, True, stored=config, running=config)


def off(name: str, uuid: str, *disks: Disk) -> Domain:
    return Domain(
        name, uuid, DomainState.OFF, None, True, stored=DomainConfig(name=name, uuid=uuid, disks=disks)
    )


def told(**hosts: Domain) -> dict[str, tuple[str, ...]]:
    found = doubles({host: Snapshot(host, 1.0, (domain,)) for host, domain in hosts.items()})
    return {host: texts for (host, _uuid), texts in found.items()}


def test_one_uuid_that_runs_on_two_hosts_is_told_on_both() -> None:
    assert told(xen1=running("web1", UUID), xen2=running("web-1", UUID), xen3=running("db", OTHER)) == {
        "xen1": ("runs on xen2 too: two guests of one uuid, on the same disks perhaps",),
        "xen2": ("runs on xen1 too: two guests of one uuid, on the same disks perhaps",),
    }


def test_one_that_is_stored_on_another_may_run_on_one_only() -> None:
    found = told(xen1=running("web1", UUID), xen2=off("web1", UUID))
    assert found["xen1"] == ("is on xen2 too, under the same uuid: only one of them may run",)
    assert found["xen2"] == ("is on xen1 too, under the same uuid: only one of them may run",)


def test_the_halves_of_a_migration_and_domain_0_are_none() -> None:
    assert not told(xen1=running("web1", UUID), xen2=running("web1--incoming", UUID))
    assert not told(xen1=running("web1--migratedaway", UUID), xen2=running("web1", UUID))
    zero = Domain("Domain-0", "00000000-0000-0000-0000-000000000000", DomainState.RUNNING, 0)
    assert not told(xen1=zero, xen2=zero)


def test_a_disk_with_a_name_in_the_world_in_use_on_two_hosts_is_told() -> None:
    disk = Disk(WWN, "xvda")
    assert told(xen1=running("web1", UUID, disk), xen2=running("db1", OTHER, disk)) == {
        "xen1": (f"its disk {WWN} is in use by db1 on xen2 too",),
        "xen2": (f"its disk {WWN} is in use by web1 on xen1 too",),
    }


def test_a_path_alone_proves_nothing_and_what_may_be_shared_is_no_double() -> None:
    image = Disk("/srv/xen/web1.img", "xvda")
    assert not told(xen1=running("web1", UUID, image), xen2=running("db1", OTHER, image))
    read_only, shared = Disk(WWN, "xvda", access=Access.READ), Disk(WWN, "xvda", access=Access.SHARED)
    for disk in (read_only, shared):
        assert not told(xen1=running("web1", UUID, disk), xen2=running("db1", OTHER, disk))
    assert not told(xen1=running("web1", UUID, Disk(WWN, "xvda")), xen2=off("db1", OTHER, Disk(WWN, "xvda")))
