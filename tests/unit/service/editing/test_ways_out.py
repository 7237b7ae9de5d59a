"""Booting a text once, and writing it to a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.editing.conftest import Make
from xentui.errors import ConfigError, NotAllowedError, StoreError
from xentui.service.hypervisor import Hypervisor


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The host's folder for passing files."""
    made = tmp_path / "passing"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


async def test_the_experiment_runs_under_the_managed_identity_and_stores_nothing(
    hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(vif="['bridge=xenbr0']")
    draft = await hypervisor.editing.open(domain)
    text = draft.text.replace("= 128", "= 160").replace(f'uuid = "{domain.uuid}"\n', "")
    plan = await hypervisor.editing.boot_once(draft, text)
    assert (plan.kind, plan.uuid) == ("one-off", domain.uuid)
    running = await hypervisor.inventory.find("web")
    assert (running.one_off, running.uuid, running.memory_mib, running.version) == (True, domain.uuid, 160, 1)
    assert running.running is not None
    assert running.running.vifs[0].mac in draft.text
    await hypervisor.lifecycle.destroy(running)
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    assert (await hypervisor.inventory.find("web")).memory_mib == 128


async def test_a_new_name_is_transient_and_leaves_no_file(hypervisor: Hypervisor, folder: Path) -> None:
    draft = hypervisor.editing.blank("new1")
    text = draft.text.replace('bootloader = "pygrub"', 'kernel = "/srv/guests/vmlinuz"')
    plan = await hypervisor.editing.boot_once(draft, text, paused=True)
    assert plan.kind == "transient"
    domain = await hypervisor.inventory.find("new1")
    assert (domain.managed, domain.state.value) == (False, "paused")
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["xl", "create", "-p"])
async def test_a_domain_may_be_named_like_a_word_of_the_command(
    host: Faulty, hypervisor: Hypervisor, folder: Path, name: str
) -> None:
    text = hypervisor.editing.blank("new1").text.replace(
        'bootloader = "pygrub"', 'kernel = "/srv/guests/vmlinuz"'
    )
    plan = await hypervisor.editing.boot_once(hypervisor.editing.blank(name), text, paused=True)
    assert plan.argv == ("xl", "create", "-p", plan.temp_path)
    assert Path(plan.temp_path).parent == folder
    assert plan.argv in host.ran


async def test_on_a_terminal_the_file_stays_until_the_boot_is_settled(
    hypervisor: Hypervisor, folder: Path
) -> None:
    draft = hypervisor.editing.blank("new1")
    text = draft.text.replace('bootloader = "pygrub"', 'kernel = "/srv/guests/vmlinuz"')
    plan = await hypervisor.editing.boot_once(draft, text, console=True)
    assert plan.argv[:3] == ("xl", "create", "-c")
    assert Path(plan.argv[3]).read_text().splitlines() == [*text.splitlines(), f'uuid="{plan.run_uuid}"']
    await hypervisor.editing.record_result(plan, 0)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("text", ["memory = ", 'name = "new1"\n', 'name = "new1"\nkernel = "/nowhere"\n'])
async def test_what_cannot_boot_is_refused_by_the_name_it_goes_by(
    hypervisor: Hypervisor, folder: Path, text: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        await hypervisor.editing.boot_once(hypervisor.editing.blank("new1"), text)
    assert "new1" in caught.value.headline
    assert not list(folder.iterdir())


async def test_a_running_domain_is_not_booted_again(hypervisor: Hypervisor, managed: Make) -> None:
    draft = await hypervisor.editing.open(await managed(running=True))
    with pytest.raises(NotAllowedError, match="there already"):
        await hypervisor.editing.boot_once(draft, draft.text)


async def test_a_dry_run_boots_nothing_and_writes_nothing(host: Faulty, folder: Path) -> None:
    said: list[str] = []
    async with Hypervisor(host, dry_run=True, announce=said.append) as hypervisor:
        draft = hypervisor.editing.blank("new1")
        text = draft.text.replace('bootloader = "pygrub"', 'kernel = "/srv/guests/vmlinuz"')
        await hypervisor.editing.boot_once(draft, text)
        await hypervisor.editing.write_file("/etc/xen/x.cfg", text)
    assert [line.split()[:2] for line in said] == [["xl", "create"], ["#", "xentui-store"]]
    assert not list(folder.iterdir())
    assert not Path(host.host_path("/etc/xen/x.cfg")).exists()


async def test_a_file_is_never_overwritten_unasked_and_keeps_its_mode(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    place = Path(host.host_path("/etc/xen/x.cfg"))
    await hypervisor.editing.write_file("/etc/xen/x.cfg", "memory = 1\n")
    assert place.stat().st_mode & 0o777 == 0o600
    place.chmod(0o644)
    with pytest.raises(StoreError) as caught:
        await hypervisor.editing.write_file("/etc/xen/x.cfg", "memory = 2\n")
    assert (caught.value.code, caught.value.subject) == ("exists", "/etc/xen/x.cfg")
    assert place.read_text() == "memory = 1\n"
    await hypervisor.editing.write_file("/etc/xen/x.cfg", "memory = 2\n", overwrite=True)
    assert (place.read_text(), place.stat().st_mode & 0o777) == ("memory = 2\n", 0o644)
    assert (await hypervisor.audit())[-1].data["argv"] == ["xentui-store", "write-file", "/etc/xen/x.cfg"]


async def test_a_folder_that_is_not_there_is_said(hypervisor: Hypervisor) -> None:
    with pytest.raises(StoreError) as caught:
        await hypervisor.editing.write_file("/etc/nowhere/x.cfg", "")
    assert caught.value.code == "missing"


async def test_a_folder_others_may_write_to_is_named_with_what_to_do(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    folder = Path(host.host_path("/etc/xen"))
    folder.chmod(0o777)
    with pytest.raises(StoreError, match="everybody may write to that folder") as caught:
        await hypervisor.editing.write_file("/etc/xen/x.cfg", "memory = 1\n")
    assert "/etc/xen" in caught.value.message
    assert (caught.value.code, caught.value.subject) == ("untrusted", "/etc/xen/x.cfg")
    assert "only root may write" in hint(caught.value)
    assert not (folder / "x.cfg").exists()


async def test_a_read_only_session_boots_and_writes_nothing(host: Faulty) -> None:
    async with Hypervisor(host, read_only=True) as hypervisor:
        with pytest.raises(NotAllowedError):
            await hypervisor.editing.write_file("/etc/xen/x.cfg", "")
        draft = hypervisor.editing.blank("new1")
        with pytest.raises(NotAllowedError):
            await hypervisor.editing.boot_once(draft, draft.text)


@pytest.mark.parametrize(
    ("path", "said"),
    [("web.cfg", "its path is not absolute"), ("/etc/xen", "there is a folder of that name")],
)
async def test_a_text_is_written_to_a_whole_path_that_is_no_folder(
    hypervisor: Hypervisor, path: str, said: str
) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        await hypervisor.editing.write_file(path, 'name = "x"\n')
    assert caught.value.code == "invalid"
