"""What is done to a domain is decided on what it is now: a dialog may have stood open for minutes before."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.agent import steps
from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.fake import FakeHost, inventory, row
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import NoSuchDomainError, NotAllowedError, StoreError
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service import lookup
from xentui.service.hypervisor import Hypervisor
from xentui.store import StoredDomain
from xentui.toolstack.xl import commands as xl

Verb = Callable[[Hypervisor, Domain], Awaitable[object]]
IMAGE = "/srv/guests/x.img"
CHANGES: dict[str, Verb] = {
    "rename": lambda it, domain: it.definitions.rename(domain, "shop"),
    "mem-set": lambda it, domain: it.resources.set_memory(domain, 100),
    "mem-max": lambda it, domain: it.resources.set_maximum(domain, 512),
    "vcpu-set": lambda it, domain: it.resources.set_vcpus(domain, 1),
    "block-attach": lambda it, domain: it.devices.attach_disk(domain, [f"file:{IMAGE}", "xvdb", "w"]),
    "block-detach": lambda it, domain: it.devices.detach_disk(domain, "xvda"),
    "network-attach": lambda it, domain: it.devices.attach_vif(domain, ["bridge=xenbr0"]),
    "network-detach": lambda it, domain: it.devices.detach_vif(domain, "0"),
}
"""What is done live where a domain runs, and stored where it is managed; by the command of xl."""
OTHERS: dict[str, Verb] = {
    "start": lambda it, domain: it.lifecycle.start(domain),
    "resume": lambda it, domain: it.lifecycle.resume(domain),
    "delete": lambda it, domain: it.definitions.delete(domain),
    "autostart": lambda it, domain: it.definitions.autostart(domain, on=True),
    "restore-version": lambda it, domain: it.history.restore(domain, 1),
}


async def off(host: Faulty, hypervisor: Hypervisor) -> Domain:
    """A managed domain as it was shown while it was off, with a disk and an interface."""
    host.image("x.img")
    disk = f"['file:{host.image('a.img')},xvda,w']"
    return await managed(host, hypervisor, disk=disk, vif="['bridge=xenbr0']", vcpus="2")


@pytest.mark.parametrize("verb", CHANGES)
async def test_a_change_is_made_live_too_where_it_was_started_meanwhile(
    host: Faulty, hypervisor: Hypervisor, verb: str
) -> None:
    shown = await off(host, hypervisor)
    await hypervisor.lifecycle.start(shown)
    await CHANGES[verb](hypervisor, shown)
    now = await hypervisor.inventory.current(shown)
    assert now is not None
    assert [argv[2] for argv in host.ran if argv[1] == verb] == [str(now.domid)]
    assert now.version == 2


@pytest.mark.parametrize("verb", CHANGES)
async def test_a_change_is_made_under_the_domid_it_has_by_now(
    host: Faulty, hypervisor: Hypervisor, verb: str
) -> None:
    await hypervisor.lifecycle.start(await off(host, hypervisor))
    shown = await hypervisor.inventory.find("web")
    await hypervisor.lifecycle.reboot(shown)
    await hypervisor.lifecycle.wait_rebooted(shown, timeout=60)
    await CHANGES[verb](hypervisor, shown)
    now = await hypervisor.inventory.current(shown)
    assert now is not None
    assert now.domid != shown.domid
    assert [argv[2] for argv in host.ran if argv[1] == verb] == [str(now.domid)]


@pytest.mark.parametrize("verb", CHANGES)
async def test_a_change_is_only_stored_where_it_was_stopped_meanwhile(
    host: Faulty, hypervisor: Hypervisor, verb: str
) -> None:
    await hypervisor.lifecycle.start(await off(host, hypervisor))
    shown = await hypervisor.inventory.find("web")
    await hypervisor.lifecycle.destroy(shown)
    await CHANGES[verb](hypervisor, shown)
    assert not [argv for argv in host.ran if argv[1] == verb]
    now = await hypervisor.inventory.current(shown)
    assert now is not None
    assert (now.domid, now.version) == (None, 2)


@pytest.mark.parametrize("verb", [*CHANGES, *OTHERS])
async def test_nothing_is_done_to_a_domain_that_is_gone_nor_to_another_of_its_name(
    host: Faulty, hypervisor: Hypervisor, verb: str
) -> None:
    shown = await off(host, hypervisor)
    await hypervisor.definitions.delete(shown)
    other = await off(host, hypervisor)
    assert (other.name, other.uuid == shown.uuid) == (shown.name, False)
    before = len(await hypervisor.audit())
    with pytest.raises(NoSuchDomainError, match="it no longer exists") as caught:
        await {**CHANGES, **OTHERS}[verb](hypervisor, shown)
    assert "undelete" in hint(caught.value)
    assert await hypervisor.inventory.current(other) == other
    assert len(await hypervisor.audit()) == before


async def test_a_domain_that_was_started_meanwhile_is_not_deleted(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    shown = await off(host, hypervisor)
    await hypervisor.lifecycle.start(shown)
    with pytest.raises(NotAllowedError, match="cannot delete: it is running"):
        await hypervisor.definitions.delete(shown)
    assert (await hypervisor.inventory.find("web")).managed


async def test_a_domain_that_was_stopped_meanwhile_can_be_deleted(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    shown = await running(host, hypervisor)
    await hypervisor.lifecycle.destroy(shown)
    await hypervisor.definitions.delete(shown)
    assert await hypervisor.inventory.current(shown) is None


async def test_a_domain_that_was_started_meanwhile_is_not_started_twice(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    shown = await off(host, hypervisor)
    await hypervisor.lifecycle.start(shown)
    with pytest.raises(NotAllowedError, match="cannot start: it is running"):
        await hypervisor.lifecycle.start(shown)
    assert len([argv for argv in host.ran if argv[:2] == ("xl", "create")]) == 1


async def test_a_domain_whose_save_ends_as_it_is_to_be_started_is_resumed_not_booted(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await off(host, hypervisor)
    store = hypervisor.session.store
    real = store.boot_begin

    async def saved(uuid: str) -> StoredDomain:
        part = steps.take(host.store_root, "checkpoint_begin", uuid=uuid)
        steps.take(host.store_root, "checkpoint_commit", uuid=uuid, part=part)
        return await real(uuid)

    monkeypatch.setattr(store, "boot_begin", saved)
    with pytest.raises(NotAllowedError, match="cannot start: it is suspended") as caught:
        await hypervisor.lifecycle.start(shown)
    assert "resume" in hint(caught.value)


async def test_no_version_renames_a_domain_that_was_started_meanwhile(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.definitions.rename(await off(host, hypervisor), "shop")
    shown = await hypervisor.inventory.find("shop")
    await hypervisor.lifecycle.start(shown)
    with pytest.raises(NotAllowedError, match="the text names it web, and it runs as shop"):
        await hypervisor.history.restore(shown, 1)
    assert (await hypervisor.inventory.find("shop")).version == 2


async def test_what_is_made_to_start_with_the_host_bears_the_name_it_has_by_now(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    shown = await off(host, hypervisor)
    await hypervisor.definitions.rename(shown, "shop")
    await hypervisor.definitions.autostart(shown, on=True)
    assert [link.name for link in Path(host.host_path("/etc/xen/auto")).iterdir()] == ["shop"]


async def test_a_guest_that_was_resumed_meanwhile_does_not_end_with_its_saved_memory(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.lifecycle.suspend(await running(host, hypervisor))
    shown = await hypervisor.inventory.find("web")
    await hypervisor.lifecycle.resume(shown)
    for refused in (hypervisor.lifecycle.destroy(shown), hypervisor.lifecycle.resume(shown)):
        with pytest.raises(NotAllowedError, match=r"it runs meanwhile|it is running"):
            await refused
    assert (await hypervisor.inventory.find("web")).state.alive


async def test_a_dry_run_says_what_would_be_done_now(host: Faulty, hypervisor: Hypervisor) -> None:
    shown = await off(host, hypervisor)
    await hypervisor.lifecycle.start(shown)
    said: list[str] = []
    async with Hypervisor(host, dry_run=True, announce=said.append) as dry:
        await dry.resources.set_memory(shown, 100)
        with pytest.raises(NotAllowedError, match="it is running"):
            await dry.definitions.delete(shown)
    now = await hypervisor.inventory.find("web")
    assert said == [f"xl mem-set {now.domid} 100m", f"# xentui-store put {now.uuid} web 'mem-set 100'"]
    assert now.version == 1


async def test_what_is_managed_is_not_changed_live_only_where_the_store_cannot_be_read(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await running(host, hypervisor)

    async def broken(**_: object) -> None:
        raise StoreError("broken")

    monkeypatch.setattr(hypervisor.session.store, "look", broken)
    with pytest.raises(StoreError, match="cannot tell whether it is still managed"):
        await hypervisor.resources.set_memory(shown, 100)
    assert not [argv for argv in host.ran if argv[1] == "mem-set"]


@pytest.mark.parametrize("verb", ["delete", "autostart", "restore-version", "rename", "network-attach"])
async def test_what_needs_only_the_state_asks_for_no_configurations(
    host: Faulty, hypervisor: Hypervisor, verb: str
) -> None:
    """Of thousands of domains they take long."""
    shown = await off(host, hypervisor)
    host.ran.clear()
    await {**CHANGES, **OTHERS}[verb](hypervisor, shown)
    assert host.ran == [xl.LIST]


@pytest.mark.parametrize("verb", ["mem-set", "mem-max", "vcpu-set", "block-attach", "block-detach"])
async def test_all_else_asks_for_them_once(host: Faulty, hypervisor: Hypervisor, verb: str) -> None:
    shown = await off(host, hypervisor)
    host.ran.clear()
    await CHANGES[verb](hypervisor, shown)
    assert sorted(host.ran) == sorted([xl.LIST, xl.LIST_LONG])


async def test_a_glance_at_the_state_leaves_what_the_polls_know() -> None:
    made = FakeHost()
    dom0 = row("Domain-0", 0, "00000000-0000-0000-0000-000000000000")
    made.rows = [dom0, row("web", 5, "11111111-2222-4333-8444-555555555555")]
    made.configs = json.dumps([{"domid": 5, "config": {"c_info": {"name": "web"}}}], indent=4).encode()
    looked = inventory(made)
    before = await looked.poll()
    await looked.glance()
    after = await looked.poll()
    assert after.domains[1] is before.domains[1], "nothing is read or painted anew"


def test_of_two_with_one_uuid_the_managed_one_is_meant_and_domain_0_is_never_another() -> None:
    dying = Domain("web", "u", DomainState.DYING, domid=4)
    living = replace(dying, state=DomainState.RUNNING, domid=5, managed=True)
    control, impostor = Domain("Domain-0", "0", DomainState.RUNNING, domid=0), replace(living, uuid="0")
    snapshot = Snapshot("host", 0.0, (control, living, dying, impostor))
    assert lookup.find_again(snapshot, dying) is living
    assert lookup.find_again(snapshot, control) is control
    assert lookup.find_again(snapshot, replace(living, uuid="gone")) is None
