"""What ``new``, ``delete``, ``rename`` and the versions mean."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed
from xentui.errors import ConfigError, NoSuchDomainError, NotAllowedError, StoreError, UsageError
from xentui.model.domain import Drift
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor


async def test_new_stores_the_text_and_adds_only_identity(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web", vif="['bridge=xenbr0', '']", vcpus="2  # two")
    before = Path(host.host_path(path)).read_text()
    made = await hypervisor.definitions.new(path)
    domain = await hypervisor.inventory.find("web")
    assert domain.uuid == made.uuid
    assert (domain.managed, domain.state, domain.version) == (True, DomainState.OFF, 1)
    text = await hypervisor.history.text(domain)
    assert text.startswith(before[: before.index("vif")])
    assert f'uuid = "{made.uuid}"' in text
    assert text.count("mac=00:16:3e:") == 2
    assert "# two" in text
    assert Path(host.host_path(path)).read_text() == before


async def test_new_never_boots(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("web"))
    assert not [argv for argv in host.ran if argv[:2] == ("xl", "create")]


async def test_new_refuses_a_name_already_stored(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web")
    await hypervisor.definitions.new(path)
    with pytest.raises(NotAllowedError, match="already") as caught:
        await hypervisor.definitions.new(path)
    assert "--replace" in hint(caught.value)
    assert len(await hypervisor.history.versions(await hypervisor.inventory.find("web"))) == 1


async def test_new_refuses_the_name_of_a_running_transient_domain(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = host.guest("web")
    await hypervisor.lifecycle.create(path)
    with pytest.raises(NotAllowedError, match="running, as domain"):
        await hypervisor.definitions.new(path)


async def test_new_with_the_uuid_redefines_as_a_new_version(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web", vif="['bridge=xenbr0']")
    made = await hypervisor.definitions.new(path)
    first = await hypervisor.history.text(await hypervisor.inventory.find("web"))
    path = host.guest("web", vif="['bridge=xenbr0']", memory="160", uuid=f'"{made.uuid}"')
    again = await hypervisor.definitions.new(path)
    assert (again.uuid, again.version, again.redefined) == (made.uuid, 2, True)
    domain = await hypervisor.inventory.find("web")
    assert domain.memory_mib == 160
    mac = first[first.index("mac=") :][:21]
    assert mac in await hypervisor.history.text(domain), "the interface keeps its address"
    assert await hypervisor.history.text(domain, version=1) == first


async def test_new_replace_keeps_uuid_and_addresses(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web", vif="['bridge=xenbr0']")
    made = await hypervisor.definitions.new(path)
    again = await hypervisor.definitions.new(path, replace=True)
    assert (again.uuid, again.version) == (made.uuid, 2)
    domain = await hypervisor.inventory.find("web")
    assert await hypervisor.history.text(domain, 1) == await hypervisor.history.text(domain, 2)


async def test_new_replace_gives_no_address_twice(host: Faulty, hypervisor: Hypervisor) -> None:
    """The second place's former address is the first interface's now: the second is given another."""
    first, second = "00:16:3e:00:00:0a", "00:16:3e:00:00:0B"
    await hypervisor.definitions.new(host.guest("web", vif=f"['mac={first}', 'mac={second}']"))
    path = host.guest("web", vif=f"['mac={second}', 'bridge=xenbr0', '']")
    made = await hypervisor.definitions.new(path, replace=True)
    stored = (await hypervisor.inventory.find("web")).stored
    assert stored is not None
    addresses = [vif.mac for vif in stored.vifs]
    assert addresses[0] == second.lower()
    assert len(set(addresses)) == 3
    assert not [warning for warning in made.warnings if "MAC address" in warning]


async def test_an_experiment_has_no_address_twice_either(host: Faulty, hypervisor: Hypervisor) -> None:
    first, second = "00:16:3e:00:00:0a", "00:16:3e:00:00:0b"
    await hypervisor.definitions.new(host.guest("web", vif=f"['mac={first}', 'mac={second}']"))
    await hypervisor.lifecycle.create(host.guest("web", vif=f"['mac={second}', 'bridge=xenbr0']"))
    running = (await hypervisor.inventory.find("web")).running
    assert running is not None
    assert len({vif.mac for vif in running.vifs}) == 2


async def test_new_while_it_runs_changes_only_the_next_start(host: Faulty, hypervisor: Hypervisor) -> None:
    made = await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    await hypervisor.definitions.new(host.guest("web", memory="160", uuid=f'"{made.uuid}"'))
    domain = await hypervisor.inventory.find("web")
    assert domain.memory_mib == 128
    assert Drift.RUNNING in domain.drift
    assert {item.field for item in domain.differences} >= {"memory_kib"}


async def test_new_of_a_running_transient_domain_by_uuid_makes_it_managed(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = host.guest("web", uuid='"11111111-2222-4333-8444-555555555555"')
    await hypervisor.lifecycle.create(path)
    await hypervisor.definitions.new(path)
    domain = await hypervisor.inventory.find("web")
    assert domain.managed
    assert domain.state.alive
    assert domain.drift == ()


@pytest.mark.parametrize("name", ["12345", "a b", "-x", "a/b", "Domain-0"])
async def test_new_refuses_illegal_names(host: Faulty, hypervisor: Hypervisor, name: str) -> None:
    path = host.guest("file", name=f'"{name}"')
    with pytest.raises((ConfigError, NotAllowedError)):
        await hypervisor.definitions.new(path)
    assert len((await hypervisor.inventory.poll()).domains) == 1


async def test_an_empty_name_is_the_files_and_that_is_told(host: Faulty, hypervisor: Hypervisor) -> None:
    made = await hypervisor.definitions.new(host.guest("file", name='""'))
    assert made.name == "file"
    assert any('"" → "file"' in warning for warning in made.warnings)


async def test_malformed_text_names_line_and_column(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web", memory="")
    with pytest.raises(ConfigError) as caught:
        await hypervisor.definitions.new(path)
    assert (caught.value.line, caught.value.column > 0) == (4, True)
    assert "web.cfg:4:" in caught.value.headline


async def test_a_file_that_is_no_text_is_refused(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web")
    Path(host.host_path(path)).write_bytes(b"name = 'web'\nmemory = \xff\n")
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        await hypervisor.definitions.new(path)
    assert caught.value.line == 2


async def test_a_missing_file_is_said_with_the_path_as_given(hypervisor: Hypervisor) -> None:
    with pytest.raises(StoreError) as caught:
        await hypervisor.definitions.new("nothere.cfg")
    assert caught.value.subject == "nothere.cfg"
    assert caught.value.code == "missing"


async def test_a_bare_name_is_looked_for_in_etc_xen(host: Faulty, hypervisor: Hypervisor) -> None:
    host.guest("web")
    assert (await hypervisor.definitions.new("web.cfg")).name == "web"


async def test_delete_forgets_and_undelete_brings_back_with_history(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = host.guest("web")
    made = await hypervisor.definitions.new(path)
    await hypervisor.definitions.autostart(await hypervisor.inventory.find("web"), on=True)
    domain = await hypervisor.inventory.find("web")
    assert domain.autostart
    await hypervisor.definitions.delete(domain)
    with pytest.raises(NoSuchDomainError):
        await hypervisor.inventory.find("web")
    assert Path(host.host_path(path)).exists()
    assert not list(Path(host.host_path("/etc/xen/auto")).iterdir()), "a dangling link would stop xendomains"
    assert [entry.name for entry in await hypervisor.definitions.trash()] == ["web"]
    assert await hypervisor.definitions.undelete("web") == made.uuid
    events = [
        item.event for item in await hypervisor.history.versions(await hypervisor.inventory.find("web"))
    ]
    assert events[0] == "created"
    assert "deleted" in events


async def test_undelete_of_what_was_never_deleted(hypervisor: Hypervisor) -> None:
    with pytest.raises(NoSuchDomainError):
        await hypervisor.definitions.undelete("nosuch")


async def test_delete_is_refused_while_it_runs(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    with pytest.raises(NotAllowedError, match="running") as caught:
        await hypervisor.definitions.delete(await hypervisor.inventory.find("web"))
    assert "shutdown" in hint(caught.value)


async def test_rename_of_an_off_domain_is_a_version(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.definitions.autostart(await hypervisor.inventory.find("web"), on=True)
    await hypervisor.definitions.rename(await hypervisor.inventory.find("web"), "shop")
    domain = await hypervisor.inventory.find("shop")
    assert (domain.version, domain.autostart) == (2, True)
    assert [link.name for link in Path(host.host_path("/etc/xen/auto")).iterdir()] == ["shop"]
    with pytest.raises(NoSuchDomainError):
        await hypervisor.inventory.find("web")


async def test_rename_of_a_running_domain_is_live_and_stored(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    await hypervisor.definitions.rename(await hypervisor.inventory.find("web"), "shop")
    domain = await hypervisor.inventory.find("shop")
    assert domain.state.alive
    assert Drift.RUNNING not in domain.drift


async def test_rename_to_a_taken_name_is_refused(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.definitions.new(host.guest("db"))
    with pytest.raises(NotAllowedError, match="is already stored"):
        await hypervisor.definitions.rename(await hypervisor.inventory.find("web"), "db")


async def test_restore_version_makes_an_older_text_current(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("web"))
    first = await hypervisor.history.text(await hypervisor.inventory.find("web"))
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("web"), 100)
    assert await hypervisor.history.restore(await hypervisor.inventory.find("web"), 1) == 3
    assert await hypervisor.history.text(await hypervisor.inventory.find("web")) == first
    with pytest.raises(StoreError):
        await hypervisor.history.restore(await hypervisor.inventory.find("web"), 99)


async def test_what_changes_nothing_makes_no_version(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("web"))
    for _ in range(2):
        await hypervisor.resources.set_memory(await hypervisor.inventory.find("web"), 100)
    history = await hypervisor.history.versions(await hypervisor.inventory.find("web"))
    assert [version.version for version in history] == [1, 2]


async def test_a_damaged_entry_is_listed_and_recovers(host: Faulty, hypervisor: Hypervisor) -> None:
    made = await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.definitions.new(host.guest("db"))
    Path(host.store_root, "domains", made.uuid, "config.cfg").unlink()
    domain = await hypervisor.inventory.find("web")
    assert domain.damaged
    with pytest.raises(NotAllowedError, match="damaged"):
        await hypervisor.lifecycle.start(domain)
    assert not (await hypervisor.inventory.find("db")).damaged
    await hypervisor.history.restore(domain, 1)
    assert not (await hypervisor.inventory.find("web")).damaged


async def test_a_stored_text_xl_would_refuse_is_damaged_but_there(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    made = await hypervisor.definitions.new(host.guest("web"))
    Path(host.store_root, "domains", made.uuid, "config.cfg").write_text("name = \n")
    domain = await hypervisor.inventory.find("web")
    assert "line 1" in domain.damaged


async def test_file_drift_shows_when_the_file_changes_and_when_the_stored_one_does(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = host.guest("web")
    await hypervisor.definitions.new(path)
    assert (await hypervisor.inventory.find("web")).drift == ()
    host.guest("web", memory="130")
    domain = await hypervisor.inventory.find("web")
    assert domain.drift == (Drift.FILE,)
    assert any(line.startswith("-memory = 130") for line in await hypervisor.editing.drift.diff(domain))
    await hypervisor.definitions.new(path, replace=True)
    assert (await hypervisor.inventory.find("web")).drift == ()
    made = await hypervisor.history.text(await hypervisor.inventory.find("web"))
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("web"), 100)
    domain = await hypervisor.inventory.find("web")
    assert domain.drift == (Drift.FILE,)
    assert domain.file_drift == f"the stored text has changed since it was made from {domain.source}"
    await hypervisor.history.undo(domain)
    domain = await hypervisor.inventory.find("web")
    assert await hypervisor.history.text(domain) == made
    assert (domain.version, domain.drift, domain.file_drift) == (4, (), "")


async def test_a_file_that_is_the_stored_text_is_no_drift_whoever_wrote_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = host.guest("web")
    made = await hypervisor.definitions.new(path)
    stored = Path(host.store_root, "domains", made.uuid, "config.cfg")
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("web"), 100)
    Path(host.host_path(path)).write_text(stored.read_text() + "# more\n")
    domain = await hypervisor.inventory.find("web")
    assert domain.file_drift == f"{domain.source} and the stored text have both changed since it was stored"
    Path(host.host_path(path)).write_text(stored.read_text())
    assert (await hypervisor.inventory.find("web")).drift == ()
    stored.write_text(stored.read_text() + "# by hand\n")
    assert (await hypervisor.inventory.find("web")).drift == (Drift.FILE,)


async def test_transient_domains_have_no_stored_side(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.create(host.guest("web"))
    domain = await hypervisor.inventory.find("web")
    for refused in (
        hypervisor.history.versions(domain),
        hypervisor.history.text(domain),
        hypervisor.editing.drift.diff(domain),
        hypervisor.definitions.autostart(domain, on=True),
        hypervisor.history.restore(domain, 1),
    ):
        with pytest.raises(NotAllowedError, match="transient"):
            await refused
    assert 'name = "web"' in hypervisor.editing.drift.running_text(domain)


async def test_a_full_disk_under_the_store_changes_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import os

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = host.guest("web")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(StoreError) as caught:
            await hypervisor.definitions.new(path)
    assert caught.value.code == "full"
    assert "free some space" in hint(caught.value)
    assert len((await hypervisor.inventory.poll()).domains) == 1


async def test_lookup_follows_xm(host: Faulty, hypervisor: Hypervisor) -> None:
    """Running names, stored names, domids, uuids; never Domain-0 by accident."""
    made = await hypervisor.definitions.new(host.guest("web"))
    assert (await hypervisor.inventory.find(made.uuid.upper())).name == "web"
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    domid = (await hypervisor.inventory.find("web")).domid
    assert (await hypervisor.inventory.find(str(domid))).name == "web"
    assert (await hypervisor.inventory.find("0")).is_control
    for word in ("", "  "):
        with pytest.raises(UsageError):
            await hypervisor.inventory.find(word)
    with pytest.raises(NoSuchDomainError, match="no such domain") as caught:
        await hypervisor.inventory.find("wep")
    assert "web" in hint(caught.value)


async def test_a_name_of_digits_is_found_before_the_domid(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.create(host.guest("other"))
    await hypervisor.lifecycle.create(host.guest("named", name='"1"'))
    assert (await hypervisor.inventory.find("1")).name == "1"


async def test_a_rename_cut_off_behind_xl_is_found_by_both_names_and_finished(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await managed(host, hypervisor)
    await hypervisor.lifecycle.start(domain)

    async def killed(*_words: object, **_named: object) -> None:
        raise asyncio.CancelledError

    with pytest.MonkeyPatch.context() as patch, pytest.raises(asyncio.CancelledError):
        patch.setattr(hypervisor.session.store, "put", killed)
        await hypervisor.definitions.rename(await hypervisor.inventory.find("web"), "www")
    for name in ("web", "www"):
        assert (await hypervisor.inventory.find(name)).uuid == domain.uuid
    await hypervisor.definitions.rename(await hypervisor.inventory.find("web"), "www")
    found = await hypervisor.inventory.find("www")
    assert (found.name, found.stored_name) == ("www", "www")
    with pytest.raises(NoSuchDomainError):
        await hypervisor.inventory.find("web")
    with pytest.raises(NotAllowedError, match="it has that name already"):
        await hypervisor.definitions.rename(found, "www")
