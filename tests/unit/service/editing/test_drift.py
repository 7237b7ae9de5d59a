"""The three sides of a domain, and history."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.editing.conftest import Make
from xentui.errors import ConfigError, NotAllowedError, StoreError
from xentui.model.domain import Drift
from xentui.service.hypervisor import Hypervisor


async def test_the_three_sides(host: Faulty, hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed(running=True, maxmem="256")
    sides = await hypervisor.editing.drift.sides(domain)
    assert sides.stored == await hypervisor.history.text(domain)
    assert sides.running is not None
    assert "memory = 128" in sides.running
    assert sides.file == Path(host.host_path("/etc/xen/web.cfg")).read_text()
    assert sides.stored_running == ()
    assert [line[:5] for line in sides.stored_file if line[:1] in "+-"][2:] == ["-uuid"]
    await hypervisor.session.change(["xl", "mem-set", str(domain.domid), "192m"], subject="web")
    host.guest("web", memory="300")
    sides = await hypervisor.editing.drift.sides(await hypervisor.inventory.find("web"))
    assert "+memory = 192" in sides.stored_running
    assert "+memory = 300" in sides.stored_file
    assert [(item.field, item.old, item.new) for item in sides.fields] == [("memory", "128 MiB", "192 MiB")]


async def test_a_side_that_is_not_there_is_none(host: Faulty, hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed()
    Path(host.host_path("/etc/xen/web.cfg")).unlink()
    sides = await hypervisor.editing.drift.sides(domain)
    assert (sides.running, sides.file, sides.stored_running, sides.stored_file) == (None, None, (), ())
    await hypervisor.lifecycle.create(host.guest("temp"))
    sides = await hypervisor.editing.drift.sides(await hypervisor.inventory.find("temp"))
    assert (sides.stored, sides.file) == (None, None)


async def test_running_is_taken_over_and_nothing_else(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(running=True, maxmem="256", vcpus="1 # one", maxvcpus="2")
    for argv in (["mem-set", "192m"], ["vcpu-set", "2"]):
        await hypervisor.session.change(["xl", argv[0], str(domain.domid), argv[1]], subject="web")
    domain = await hypervisor.inventory.find("web")
    assert Drift.RUNNING in domain.drift
    before = await hypervisor.history.text(domain)
    assert await hypervisor.editing.drift.take_running(domain) == 2
    now = await hypervisor.inventory.find("web")
    assert Drift.RUNNING not in now.drift
    assert await hypervisor.history.text(now) == before.replace("memory = 128", "memory = 192").replace(
        "vcpus = 1 # one", "vcpus = 2 # one" if now.config.vcpus == 2 else "vcpus = 1 # one"
    )
    assert await hypervisor.editing.drift.take_running(now) == 2, "nothing is left to take"


async def test_what_does_not_run_cannot_be_taken(hypervisor: Hypervisor, managed: Make) -> None:
    with pytest.raises(NotAllowedError, match="not running"):
        await hypervisor.editing.drift.take_running(await managed())


async def test_the_file_is_taken_over_with_the_identity_kept(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(vif="['bridge=xenbr0']")
    mac = domain.config.vifs[0].mac
    host.guest("web", memory="160", vif="['bridge=xenbr1']")
    assert await hypervisor.editing.drift.take_file(await hypervisor.inventory.find("web")) == 2
    now = await hypervisor.inventory.find("web")
    assert (now.uuid, now.memory_mib, now.drift) == (domain.uuid, 160, ())
    assert [(vif.mac, vif.bridge) for vif in now.config.vifs] == [(mac, "xenbr1")]


async def test_a_file_about_another_domain_is_not_taken(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed()
    host.guest("web", uuid='"11111111-2222-4333-8444-555555555555"')
    with pytest.raises(ConfigError, match="another domain"):
        await hypervisor.editing.drift.take_file(domain)
    await managed("db")
    Path(host.host_path("/etc/xen/web.cfg")).write_text('name = "db"\nmemory = 1\nkernel = "/k"\n')
    with pytest.raises(NotAllowedError, match="already"):
        await hypervisor.editing.drift.take_file(domain)
    assert len(await hypervisor.history.versions(domain)) == 1


async def test_the_stored_text_is_written_to_the_file_and_drift_is_gone(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed()
    place = Path(host.host_path("/etc/xen/web.cfg"))
    place.chmod(0o640)
    await hypervisor.resources.set_memory(domain, 100)
    domain = await hypervisor.inventory.find("web")
    assert domain.drift == (Drift.FILE,)
    await hypervisor.editing.drift.put_file(domain)
    now = await hypervisor.inventory.find("web")
    assert now.drift == ()
    assert place.read_text() == await hypervisor.history.text(now)
    assert place.stat().st_mode & 0o777 == 0o640


async def test_a_domain_that_came_from_no_file_has_none(hypervisor: Hypervisor) -> None:
    draft = hypervisor.editing.blank("db1")
    await hypervisor.editing.store(draft, draft.text)
    domain = await hypervisor.inventory.find("db1")
    for take in (hypervisor.editing.drift.take_file, hypervisor.editing.drift.put_file):
        with pytest.raises(NotAllowedError, match="not made from a file"):
            await take(domain)


async def test_a_read_only_session_takes_nothing_over(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(running=True)
    before = Path(host.host_path("/etc/xen/web.cfg")).read_text()
    async with Hypervisor(host, read_only=True) as reader:
        drift = reader.editing.drift
        for take in (drift.take_running, drift.take_file, drift.put_file, reader.history.undo):
            with pytest.raises(NotAllowedError, match="read-only"):
                await take(domain)
        assert (await reader.editing.drift.sides(domain)).stored
    assert Path(host.host_path("/etc/xen/web.cfg")).read_text() == before


async def test_any_two_versions_are_compared(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed()
    await hypervisor.resources.set_memory(domain, 100)
    diff = await hypervisor.history.diff(domain, 1, 2)
    assert diff[:2] == ("--- version 1", "+++ version 2")
    assert "-memory = 128" in diff
    assert "+memory = 100" in diff
    assert (await hypervisor.history.diff(domain, 1, 0))[1] == "+++ now"
    with pytest.raises(StoreError, match="no version 9"):
        await hypervisor.history.diff(domain, 1, 9)


async def test_undo_brings_back_the_version_before(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed()
    with pytest.raises(NotAllowedError, match="no earlier version"):
        await hypervisor.history.undo(domain)
    first = await hypervisor.history.text(domain)
    await hypervisor.resources.set_memory(domain, 100)
    second = await hypervisor.history.text(domain)
    assert await hypervisor.history.undo(domain) == 3
    assert await hypervisor.history.text(domain) == first
    assert await hypervisor.history.undo(domain) == 4
    assert await hypervisor.history.text(domain) == second


async def test_undo_passes_over_a_version_without_a_change(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed()
    first = await hypervisor.history.text(domain)
    await hypervisor.resources.set_memory(domain, 100)
    await hypervisor.editing.drift.put_file(await hypervisor.inventory.find("web"))
    await hypervisor.history.undo(domain)
    assert await hypervisor.history.text(domain) == first


async def test_undo_of_an_edit_by_hand_keeps_it_in_the_history(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed()
    config = Path(host.store_root) / "domains" / domain.uuid / "config.cfg"
    first = config.read_text()
    config.write_text(first + "vcpus = 2\n")
    assert await hypervisor.history.undo(domain) == 3
    assert config.read_text() == first
    assert "vcpus = 2" in await hypervisor.history.text(domain, 2)
