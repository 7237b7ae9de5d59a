"""A configuration that was copied with its uuid never takes the place of the domain it was copied from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_importing import imported
from xentui.errors import ConfigError, NotAllowedError
from xentui.service import identity
from xentui.service.editing.drafts import Draft, draft_uuid
from xentui.service.hypervisor import Hypervisor

UUID = "11111111-2222-3333-4444-555555555555"


async def alpha_stays(hypervisor: Hypervisor) -> None:
    domains = [domain for domain in (await hypervisor.inventory.poll()).domains if domain.managed]
    assert [(domain.name, domain.uuid, domain.version) for domain in domains] == [("alpha", UUID, 1)]


async def test_new_refuses_it_and_says_what_to_do(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("alpha", uuid=f'"{UUID}"'))
    for replace in (False, True):
        with pytest.raises(NotAllowedError, match="its uuid is that of alpha, which is stored") as caught:
            await hypervisor.definitions.new(host.guest("beta", uuid=f'"{UUID.upper()}"'), replace=replace)
        assert "remove the line uuid = …" in hint(caught.value)
        assert "`xentui rename alpha beta`" in hint(caught.value)
    await alpha_stays(hypervisor)


async def test_that_of_a_running_transient_domain_is_no_other(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.create(host.guest("alpha", uuid=f'"{UUID}"'))
    with pytest.raises(NotAllowedError, match="running as domain"):
        await hypervisor.definitions.new(host.guest("beta", uuid=f'"{UUID}"'))


@pytest.mark.parametrize("dry_run", [False, True])
async def test_import_of_a_folder_refuses_the_second(
    host: Faulty, hypervisor: Hypervisor, *, dry_run: bool
) -> None:
    folder = Path(host.host_path("/srv/import/vm"))
    for name in ("alpha", "beta"):
        source = Path(host.host_path(host.guest(name, uuid=f'"{UUID}"')))
        folder.mkdir(parents=True, exist_ok=True)
        source.rename(folder / source.name)
    hypervisor.session.dry_run = dry_run
    outcomes = await imported(hypervisor, "/srv/import/vm")
    assert [(outcome.name, outcome.error is None) for outcome in outcomes] == [
        ("alpha", True),
        ("beta", False),
    ]
    assert "its uuid is that of alpha" in str(outcomes[1].error)
    hypervisor.session.dry_run = False
    if not dry_run:
        await alpha_stays(hypervisor)


async def test_a_new_text_in_an_editor_is_refused(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("alpha", uuid=f'"{UUID}"'))
    text = await hypervisor.history.text(await hypervisor.inventory.find("alpha"))
    draft = hypervisor.editing.blank("beta")
    copied = text.replace('"alpha"', '"beta"')
    with pytest.raises(NotAllowedError, match="its uuid is that of alpha"):
        await hypervisor.editing.store(draft, copied)
    checked = await hypervisor.editing.check_to_store(draft, copied)
    assert any("its uuid is that of alpha" in problem.message for problem in checked.errors)
    await alpha_stays(hypervisor)


async def test_a_version_with_another_uuid_is_not_restored(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("alpha", uuid=f'"{UUID}"'))
    store = hypervisor.session.store
    entry = await store.read(UUID)
    text = (entry.text or "").replace(UUID, f"9{UUID[1:]}")
    await store.put(UUID, "alpha", text, user="root", reason="by hand", expect=entry)
    with pytest.raises(ConfigError, match="that of another domain"):
        await hypervisor.history.restore(await hypervisor.inventory.find("alpha"), 2)


async def test_the_same_name_and_uuid_are_a_new_version(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("alpha", uuid=f'"{UUID}"')
    await hypervisor.definitions.new(path)
    assert (await hypervisor.definitions.new(path)).version == 2


def test_no_new_uuid_is_taken_for_one_of_ec2() -> None:
    rows = [bytes.fromhex("ec2" + "0" * 29), bytes.fromhex("ec2f" + "f" * 28), bytes(16)]
    assert identity.sound_uuid(iter(rows)) == "00000000-0000-4000-8000-000000000000"
    assert re.fullmatch(r"[0-9a-f-]{36}", identity.new_uuid())


def test_a_drafts_uuid_stays_the_same_and_is_none_of_ec2(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = Draft("", "web", "")
    assert draft_uuid(draft) == draft_uuid(draft)
    monkeypatch.setattr(
        "xentui.service.editing.drafts._bytes",
        lambda _draft, purpose: bytes.fromhex(("ec2" if purpose == "uuid" else "abc") + "0" * 61),
    )
    assert draft_uuid(draft).startswith("abc")
