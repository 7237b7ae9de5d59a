"""Starting with the host: a domain keeps doing so whatever its name becomes, and by one link of that name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed
from xentui.errors import StoreError, UsageError
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor

Change = Callable[[Faulty, Hypervisor, Domain], Awaitable[object]]


def links(host: Faulty) -> dict[str, str]:
    """The links in /etc/xen/auto, and the uuid of the stored domain each leads to."""
    folder = Path(host.host_path("/etc/xen/auto"))
    return {path.name: path.readlink().parent.name for path in folder.iterdir() if path.is_symlink()}


async def started_with_the_host(host: Faulty, hypervisor: Hypervisor, name: str = "web") -> Domain:
    """Store a guest that starts with the host."""
    await hypervisor.definitions.autostart(await managed(host, hypervisor, name), on=True)
    return await hypervisor.inventory.find(name)


async def rename(_host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    await hypervisor.definitions.rename(domain, "www")


async def edit(_host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    draft = await hypervisor.editing.open(domain)
    await hypervisor.editing.store(draft, draft.text.replace('"web"', '"www"'))


async def take_the_file(host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    file = Path(host.host_path("/etc/xen/web.cfg"))
    file.write_text(file.read_text().replace('"web"', '"www"'))
    await hypervisor.editing.drift.take_file(domain)


async def restore(_host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    await rename(_host, hypervisor, domain)
    await hypervisor.definitions.rename(await hypervisor.inventory.find("www"), "web")
    await hypervisor.history.restore(await hypervisor.inventory.find("web"), 2)


async def undo(_host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    await rename(_host, hypervisor, domain)
    await hypervisor.definitions.rename(await hypervisor.inventory.find("www"), "web")
    await hypervisor.history.undo(await hypervisor.inventory.find("web"))


async def heal(host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    await rename(host, hypervisor, domain)
    await hypervisor.definitions.rename(await hypervisor.inventory.find("www"), "web")
    for lost in ("config.cfg", "versions/0003.cfg"):
        Path(host.store_root, "domains", domain.uuid, lost).unlink()
    draft = await hypervisor.editing.open(await hypervisor.inventory.find("web"))
    await hypervisor.editing.store(draft, draft.text)


@pytest.mark.parametrize("change", [rename, edit, take_the_file, restore, undo, heal])
async def test_the_link_follows_the_name_however_it_is_changed(
    host: Faulty, hypervisor: Hypervisor, change: Change
) -> None:
    domain = await started_with_the_host(host, hypervisor)
    await change(host, hypervisor, domain)
    assert (await hypervisor.inventory.find("www")).autostart
    assert links(host) == {"www": domain.uuid}


@pytest.mark.parametrize("change", [rename, edit])
async def test_a_domain_that_does_not_start_with_the_host_gets_no_link(
    host: Faulty, hypervisor: Hypervisor, change: Change
) -> None:
    await change(host, hypervisor, await managed(host, hypervisor))
    assert not (await hypervisor.inventory.find("www")).autostart


async def test_a_name_that_a_file_of_the_admin_has_costs_no_autostart(host: Faulty) -> None:
    warnings: list[str] = []
    async with Hypervisor(host, warn=warnings.append) as hypervisor:
        domain = await started_with_the_host(host, hypervisor)
        mine = Path(host.host_path("/etc/xen/auto/www"))
        mine.write_text("# mine\n")
        await hypervisor.definitions.rename(domain, "www")
        assert (await hypervisor.inventory.find("www")).autostart
    assert links(host) == {"web": domain.uuid}
    assert mine.read_text() == "# mine\n"
    assert len(warnings) == 1
    assert "www still starts with the host" in warnings[0]
    assert "left alone" in warnings[0]


async def test_a_domain_never_takes_the_link_of_another(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await started_with_the_host(host, hypervisor)
    auto = Path(host.host_path("/etc/xen/auto"))
    (auto / "web").rename(auto / "db")
    other = await managed(host, hypervisor, "db")
    with pytest.raises(StoreError, match="starts the stored domain web") as caught:
        await hypervisor.definitions.autostart(other, on=True)
    assert caught.value.hint
    assert links(host) == {"db": domain.uuid}
    await hypervisor.definitions.autostart(await hypervisor.inventory.find("web"), on=True)
    await hypervisor.definitions.autostart(other, on=True)
    assert links(host) == {"web": domain.uuid, "db": other.uuid}


async def test_a_dry_run_tells_of_the_link_and_leaves_it(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await started_with_the_host(host, hypervisor)
    said: list[str] = []
    async with Hypervisor(host, dry_run=True, announce=said.append) as dry:
        await dry.definitions.rename(domain, "www")
    assert said[-1] == f"# xentui-store autostart {domain.uuid} on"
    assert links(host) == {"web": domain.uuid}


async def test_a_place_in_the_order_follows_the_name(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await started_with_the_host(host, hypervisor)
    await hypervisor.definitions.autostart(domain, on=True, order=10)
    assert links(host) == {"10-web": domain.uuid}
    await hypervisor.definitions.rename(await hypervisor.inventory.find("web"), "www")
    assert links(host) == {"10-www": domain.uuid}
    assert (await hypervisor.inventory.find("www")).autostart_order == 10
    await hypervisor.definitions.autostart(domain, on=True)
    assert links(host) == {"10-www": domain.uuid}
    await hypervisor.definitions.autostart(domain, on=True, keep_order=False)
    assert links(host) == {"www": domain.uuid}


@pytest.mark.parametrize("order", [-1, 100])
async def test_no_such_place_is_said(host: Faulty, hypervisor: Hypervisor, order: int) -> None:
    domain = await started_with_the_host(host, hypervisor)
    with pytest.raises(UsageError, match="from 0 to 99"):
        await hypervisor.definitions.autostart(domain, on=True, order=order)
    assert links(host) == {"web": domain.uuid}


@pytest.mark.parametrize("order", [None, 10])
async def test_undelete_brings_autostart_back_in_its_place(
    host: Faulty, hypervisor: Hypervisor, order: int | None
) -> None:
    domain = await started_with_the_host(host, hypervisor)
    await hypervisor.definitions.autostart(domain, on=True, order=order)
    before = links(host)
    await hypervisor.definitions.delete(await hypervisor.inventory.find("web"))
    assert links(host) == {}
    await hypervisor.definitions.undelete("web")
    found = await hypervisor.inventory.find("web")
    assert (found.autostart, found.autostart_order) == (True, order)
    assert links(host) == before


async def test_undelete_gives_none_to_what_had_none(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await started_with_the_host(host, hypervisor)
    await hypervisor.definitions.autostart(domain, on=False)
    await hypervisor.definitions.delete(await hypervisor.inventory.find("web"))
    await hypervisor.definitions.undelete("web")
    assert not (await hypervisor.inventory.find("web")).autostart


async def test_a_link_that_cannot_come_back_is_a_warning(host: Faulty) -> None:
    warnings: list[str] = []
    async with Hypervisor(host, warn=warnings.append) as hypervisor:
        await started_with_the_host(host, hypervisor)
        await hypervisor.definitions.delete(await hypervisor.inventory.find("web"))
        mine = Path(host.host_path("/etc/xen/auto/web"))
        mine.write_text("# mine\n")
        await hypervisor.definitions.undelete("web")
        assert not (await hypervisor.inventory.find("web")).autostart
    assert mine.read_text() == "# mine\n"
    assert len(warnings) == 1
    assert "does not start with the host as it did" in warnings[0]


async def test_a_domain_renamed_by_xl_alone_keeps_the_link_of_its_stored_name(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await managed(host, hypervisor)
    await hypervisor.lifecycle.start(domain)
    await host.run(["xl", "rename", "web", "other"])
    await hypervisor.definitions.autostart(await hypervisor.inventory.find("other"), on=True)
    assert links(host) == {"web": domain.uuid}
