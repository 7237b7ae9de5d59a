"""Storing: new versions, new domains, conflicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.editing.conftest import Make
from xentui.errors import ConfigError, NotAllowedError, StoreError
from xentui.model.domain import Drift
from xentui.service.editing import Draft
from xentui.service.hypervisor import Hypervisor


async def versions(hypervisor: Hypervisor, name: str = "web") -> list[tuple[int, str]]:
    """The versions of a domain with their reasons."""
    history = await hypervisor.history.versions(await hypervisor.inventory.find(name))
    return [(item.version, item.reason) for item in history]


async def test_an_edit_is_a_new_version_with_its_reason(hypervisor: Hypervisor, managed: Make) -> None:
    draft = await hypervisor.editing.open(await managed())
    stored = await hypervisor.editing.store(
        draft, draft.text.replace("= 128", "= 160  # more"), reason="more memory"
    )
    assert (stored.version, stored.created, stored.unchanged) == (2, False, False)
    assert (await versions(hypervisor))[-1] == (2, "more memory")
    assert "160  # more" in stored.draft.text
    again = await hypervisor.editing.store(stored.draft, stored.draft.text.replace("= 160", "= 170"))
    assert again.version == 3


async def test_an_identical_text_makes_no_version(hypervisor: Hypervisor, managed: Make) -> None:
    draft = await hypervisor.editing.open(await managed())
    stored = await hypervisor.editing.store(draft, draft.text)
    assert (stored.version, stored.unchanged) == (1, True)
    assert len(await versions(hypervisor)) == 1


async def test_what_is_refused_is_not_stored(hypervisor: Hypervisor, managed: Make) -> None:
    draft = await hypervisor.editing.open(await managed())
    for text in ("memory = ", draft.text + "maxvcpus = 0\nvcpus = 2\non_crash = 'explode'\n", ""):
        with pytest.raises(ConfigError):
            await hypervisor.editing.store(draft, text)
    assert len(await versions(hypervisor)) == 1


async def test_identity_that_was_edited_away_comes_back(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed(vif="['bridge=xenbr0', '']")
    draft = await hypervisor.editing.open(domain)
    lines = [line for line in draft.text.splitlines(True) if not line.startswith(("uuid", "vif"))]
    stored = await hypervisor.editing.store(draft, "".join(lines) + "vif = ['bridge=xenbr1', '', '']\n")
    assert f'uuid = "{domain.uuid}"' in stored.text
    old = [word[4:21] for word in draft.text.split("'") if word.startswith("mac=")]
    new = [word[4:21] for word in stored.text.split("'") if word.startswith("mac=")]
    assert new[:2] == old, "leases stay"
    assert len(set(new)) == 3


async def test_an_address_is_not_given_twice(hypervisor: Hypervisor, managed: Make) -> None:
    draft = await hypervisor.editing.open(await managed(vif="['bridge=xenbr0']"))
    mac = draft.text[draft.text.index("mac=") + 4 :][:17]
    line = next(line for line in draft.text.splitlines(True) if line.startswith("vif"))
    text = draft.text.replace(line, f"vif = ['bridge=xenbr1', 'mac={mac},bridge=xenbr0']\n")
    stored = await hypervisor.editing.store(draft, text)
    assert stored.text.count(mac) == 1


async def test_another_uuid_would_be_another_domain(hypervisor: Hypervisor, managed: Make) -> None:
    draft = await hypervisor.editing.open(await managed())
    with pytest.raises(ConfigError, match="another domain"):
        await hypervisor.editing.store(
            draft, draft.text.replace(draft.uuid, "11111111-2222-4333-8444-555555555555")
        )


async def test_a_conflict_names_who_when_and_which_version(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    draft = await hypervisor.editing.open(await managed())
    async with Hypervisor(host, user="other@elsewhere") as other:
        theirs = await other.editing.open(await other.inventory.find("web"))
        await other.editing.store(theirs, theirs.text + "vcpus = 2\n", reason="two of them")
    mine = draft.text.replace("= 128", "= 160")
    with pytest.raises(StoreError) as caught:
        await hypervisor.editing.store(draft, mine)
    assert caught.value.code == "conflict"
    for word in ("other@elsewhere", "version 2", "two of them"):
        assert word in caught.value.message
    assert len(await versions(hypervisor)) == 2, "nothing is stored"
    stored = await hypervisor.editing.store(draft, mine, overwrite=True)
    assert stored.version == 3
    assert "vcpus = 2" in await hypervisor.history.text(await hypervisor.inventory.find("web"), 2)


async def test_a_conflict_with_an_edit_by_hand_is_told(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    draft = await hypervisor.editing.open(await managed())
    config = Path(host.store_root) / "domains" / draft.uuid / "config.cfg"
    config.write_text(config.read_text() + "vcpus = 2\n")
    with pytest.raises(StoreError, match="by hand"):
        await hypervisor.editing.store(draft, draft.text.replace("= 128", "= 160"))
    stored = await hypervisor.editing.store(draft, draft.text.replace("= 128", "= 160"), overwrite=True)
    assert stored.version == 3, "the edit by hand is version 2"


async def test_when_somebody_stored_the_same_there_is_nothing_to_do(
    hypervisor: Hypervisor, managed: Make
) -> None:
    draft = await hypervisor.editing.open(await managed())
    text = draft.text.replace("= 128", "= 160")
    await hypervisor.editing.store(draft, text)
    assert (await hypervisor.editing.store(draft, text)).unchanged


async def test_an_unchanged_text_does_not_undo_what_somebody_stored(
    hypervisor: Hypervisor, managed: Make
) -> None:
    draft = await hypervisor.editing.open(await managed())
    await hypervisor.editing.store(draft, draft.text.replace("= 128", "= 160"))
    with pytest.raises(StoreError) as caught:
        await hypervisor.editing.store(draft, draft.text)
    assert caught.value.code == "conflict"


async def test_a_rename_of_a_domain_that_is_off_takes_a_free_name(
    hypervisor: Hypervisor, managed: Make
) -> None:
    await managed("db")
    draft = await hypervisor.editing.open(await managed())
    with pytest.raises(NotAllowedError, match="already"):
        await hypervisor.editing.store(draft, draft.text.replace('"web"', '"db"'))
    with pytest.raises(ConfigError):
        await hypervisor.editing.store(draft, draft.text.replace('"web"', '"a b"'))
    stored = await hypervisor.editing.store(draft, draft.text.replace('"web"', '"www"'))
    assert stored.name == "www"
    assert (await hypervisor.inventory.find("www")).uuid == draft.uuid


async def test_a_rename_takes_the_autostart_link_along(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    await hypervisor.definitions.autostart(await managed(), on=True)
    draft = await hypervisor.editing.open(await hypervisor.inventory.find("web"))
    await hypervisor.editing.store(draft, draft.text.replace('"web"', '"www"'))
    assert (await hypervisor.inventory.find("www")).autostart
    links = Path(host.host_path("/etc/xen/auto")).iterdir()
    assert ["www" in link.name for link in links] == [True]


async def test_a_running_domain_keeps_its_name(hypervisor: Hypervisor, managed: Make) -> None:
    draft = await hypervisor.editing.open(await managed(running=True))
    with pytest.raises(NotAllowedError, match="runs as web"):
        await hypervisor.editing.store(draft, draft.text.replace('"web"', '"www"'))


async def test_a_new_domain_is_stored_with_uuid_and_addresses(hypervisor: Hypervisor) -> None:
    draft = hypervisor.editing.blank("db1")
    stored = await hypervisor.editing.store(draft, draft.text.replace("vif = []", "vif = ['']"))
    assert (stored.version, stored.created) == (1, True)
    domain = await hypervisor.inventory.find("db1")
    assert (domain.uuid, domain.managed) == (stored.uuid, True)
    assert "mac=00:16:3e:" in stored.text
    assert stored.draft.entry is not None


async def test_a_new_domain_needs_a_name_of_its_own(hypervisor: Hypervisor, managed: Make) -> None:
    await managed()
    draft = hypervisor.editing.blank("web")
    with pytest.raises(NotAllowedError, match="already"):
        await hypervisor.editing.store(draft, draft.text)
    nameless = hypervisor.editing.blank()
    with pytest.raises(ConfigError, match="empty"):
        await hypervisor.editing.store(nameless, nameless.text)


async def test_a_file_becomes_a_managed_domain_that_knows_where_it_came_from(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    host.guest("web")
    draft = await hypervisor.editing.open_file("web.cfg")
    await hypervisor.editing.store(draft, draft.text)
    domain = await hypervisor.inventory.find("web")
    assert domain.source == host.shown(draft.source) == "/etc/xen/web.cfg"
    assert domain.drift == ()


async def test_a_file_edited_before_it_was_stored_has_drifted(host: Faulty, hypervisor: Hypervisor) -> None:
    host.guest("web")
    draft = await hypervisor.editing.open_file("web.cfg")
    await hypervisor.editing.store(draft, draft.text.replace("= 128", "= 160"))
    assert (await hypervisor.inventory.find("web")).drift == (Drift.FILE,)


async def test_a_transient_domain_becomes_managed_and_runs_on(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.create(host.guest("web"))
    running = await hypervisor.inventory.find("web")
    draft = await hypervisor.editing.open(running)
    stored = await hypervisor.editing.store(draft, draft.text)
    assert (stored.uuid, stored.created) == (running.uuid, True)
    domain = await hypervisor.inventory.find("web")
    assert (domain.managed, domain.domid, domain.drift) == (True, running.domid, ())
    with pytest.raises(StoreError) as caught:
        await hypervisor.editing.store(draft, draft.text.replace("memory", "vcpus = 2\nmemory"))
    assert caught.value.code == "conflict", "it was managed meanwhile"


async def test_storing_mends_a_damaged_entry(host: Faulty, hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed()
    (Path(host.store_root) / "domains" / domain.uuid / "config.cfg").write_bytes(b"\xff")
    draft = await hypervisor.editing.open(await hypervisor.inventory.find(domain.uuid))
    stored = await hypervisor.editing.store(draft, draft.text.replace("= 128", "= 160"))
    assert "160" in stored.text
    mended = await hypervisor.inventory.find("web")
    assert (mended.damaged, mended.version) == ("", stored.version)


async def test_an_entry_that_was_mended_meanwhile_is_a_conflict(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed()
    (Path(host.store_root) / "domains" / domain.uuid / "config.cfg").write_bytes(b"\xff")
    damaged = await hypervisor.inventory.find(domain.uuid)
    draft = await hypervisor.editing.open(damaged)
    await hypervisor.history.restore(damaged, 1)
    text = draft.text.replace("= 128", "= 160")
    with pytest.raises(StoreError) as caught:
        await hypervisor.editing.store(draft, text)
    assert caught.value.code == "conflict"
    await hypervisor.editing.store(draft, text, overwrite=True)
    assert (await hypervisor.inventory.find("web")).memory_mib == 160


async def test_a_dry_run_and_a_read_only_session_store_nothing(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    draft = await hypervisor.editing.open(await managed())
    text = draft.text.replace("= 128", "= 160")
    said: list[str] = []
    async with Hypervisor(host, dry_run=True, announce=said.append) as dry:
        stored = await dry.editing.store(draft, text)
        fresh = dry.editing.blank("new1")
        await dry.editing.store(fresh, fresh.text)
    assert stored.version == 2
    assert len(said) == 2
    async with Hypervisor(host, read_only=True) as reader:
        with pytest.raises(NotAllowedError, match="read-only"):
            await reader.editing.store(draft, text)
    assert len(await versions(hypervisor)) == 1


async def test_what_fails_in_the_store_is_in_the_log_and_nowhere_else(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    draft = await hypervisor.editing.open(await managed())
    stale = Draft(draft.uuid, "web", draft.text, 1, entry=draft.entry)
    await hypervisor.editing.store(draft, draft.text + "vcpus = 2\n")
    with pytest.raises(StoreError):
        await hypervisor.editing.store(stale, draft.text + "vcpus = 3\n")
    last = (await hypervisor.audit())[-1]
    assert last.data["exit"] == 1


async def test_what_the_store_refuses_is_an_error_before_it_is_tried(
    hypervisor: Hypervisor, managed: Make
) -> None:
    await managed("db")
    draft = await hypervisor.editing.open(await managed(running=True))
    editing = hypervisor.editing
    assert (await editing.check_to_store(draft, draft.text)).errors == ()
    renamed = draft.text.replace('"web"', '"www"')
    (problem,) = (await editing.check_to_store(draft, renamed)).errors
    assert "it runs as web" in problem.message
    assert (problem.line, problem.column) == (1, 1)
    (problem,) = (await editing.check_to_store(draft, draft.text.replace('"web"', '"db"'))).errors
    assert "a domain of that name is already stored" in problem.message
    checked = await editing.check_to_store(draft, draft.text.replace('"web"', '""'))
    assert [item.message for item in checked.problems] == ["a domain's name cannot be empty"]
    assert len(checked.errors) == 1
