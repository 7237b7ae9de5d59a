"""Where an edit begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.editing.conftest import Make
from xentui.errors import ConfigError, NotAllowedError, StoreError
from xentui.service.hypervisor import Hypervisor


async def test_a_managed_domain_is_edited_as_it_is_stored(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed(vif="['bridge=xenbr0']  # the only one")
    draft = await hypervisor.editing.open(domain)
    assert (draft.uuid, draft.name, draft.version) == (domain.uuid, "web", 1)
    assert draft.text == await hypervisor.history.text(domain)
    assert draft.source.endswith("/etc/xen/web.cfg")
    assert draft.notice == ""


async def test_a_transient_domain_is_edited_as_it_runs(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.create(host.guest("web", vcpus="2", on_crash='"rename-restart"'))
    domain = await hypervisor.inventory.find("web")
    draft = await hypervisor.editing.open(domain)
    assert (draft.uuid, draft.version, draft.entry) == (domain.uuid, None, None)
    assert "transient" in draft.notice
    checked = await hypervisor.editing.check(draft.text)
    assert not checked.errors
    assert 'on_crash = "rename-restart"' in draft.text


@pytest.mark.parametrize("bios", ["seabios", "ovmf"])
async def test_a_transient_hvm_domain_keeps_its_firmware(
    host: Faulty, hypervisor: Hypervisor, bios: str
) -> None:
    path = host.guest("pc", type='"hvm"', bios=f'"{bios}"', memory="256")
    Path(host.host_path(path)).write_text(
        "".join(
            line for line in Path(host.host_path(path)).read_text().splitlines(True) if "/srv" not in line
        )
    )
    await hypervisor.lifecycle.create(path)
    draft = await hypervisor.editing.open(await hypervisor.inventory.find("pc"))
    assert ('bios = "ovmf"' in draft.text) == (bios == "ovmf")
    assert not (await hypervisor.editing.check(draft.text)).problems


async def test_domain_0_is_nobodys_to_edit(hypervisor: Hypervisor) -> None:
    with pytest.raises(NotAllowedError, match="Domain-0"):
        await hypervisor.editing.open(await hypervisor.inventory.find("0"))


@pytest.mark.parametrize("log", ["kept", "lost"])
async def test_of_a_damaged_entry_the_newest_readable_version_is_opened(
    host: Faulty, hypervisor: Hypervisor, managed: Make, log: str
) -> None:
    domain = await managed()
    await hypervisor.resources.set_memory(domain, 100)
    folder = Path(host.store_root) / "domains" / domain.uuid
    (folder / "config.cfg").write_bytes(b"\xff\xfe")
    (folder / "versions" / "0002.cfg").write_bytes(b"\xff\xfe")
    if log == "lost":
        (folder / "log.jsonl").write_bytes(b"?\n")
    draft = await hypervisor.editing.open(await hypervisor.inventory.find(domain.uuid))
    assert draft.version == 1
    assert "damaged" in draft.notice
    assert "version 1" in draft.notice
    assert "memory = 128" in draft.text


async def test_a_text_that_does_not_parse_is_opened_to_be_mended(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed()
    config = Path(host.store_root) / "domains" / domain.uuid / "config.cfg"
    config.write_text(config.read_text() + "memory = \n")
    draft = await hypervisor.editing.open(await hypervisor.inventory.find("web"))
    assert draft.text.endswith("memory = \n")
    assert "by hand" in draft.notice


async def test_a_new_domain_begins_with_a_text_that_boots_but_for_its_disk(hypervisor: Hypervisor) -> None:
    draft = hypervisor.editing.blank("db1")
    assert (draft.uuid, draft.version) == ("", None)
    assert 'name = "db1"' in draft.text
    assert "#" in draft.text
    assert not (await hypervisor.editing.check(draft.text)).problems


async def test_a_file_is_found_as_new_finds_it(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web")
    draft = await hypervisor.editing.open_file("web.cfg")
    assert draft.source == host.host_path(path)
    assert draft.uuid == ""
    with pytest.raises(StoreError):
        await hypervisor.editing.open_file("nothere.cfg")
    Path(host.host_path(path)).write_bytes(b"\xff")
    with pytest.raises(ConfigError):
        await hypervisor.editing.open_file("web.cfg")


async def test_a_file_of_xm_is_opened_converted_and_the_changes_are_told(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = host.guest("web", builder="'linux'", disk="['file:/srv/a.img,xvda,w!']")
    draft = await hypervisor.editing.open_file(path)
    assert "linux" not in draft.text
    assert any("linux" in change for change in draft.changes)
    assert any("w!" in change for change in draft.changes)
    await hypervisor.editing.store(draft, draft.text)
    assert (await hypervisor.inventory.find("web")).drift == ()


async def test_a_file_that_needs_python_is_opened_as_it_is(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web", memory="int(open('/etc/size').read())")
    draft = await hypervisor.editing.open_file(path)
    assert draft.text == Path(host.host_path(path)).read_text()
    assert draft.notice
    assert (await hypervisor.editing.check(draft.text)).errors
