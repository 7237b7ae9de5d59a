"""Undoing what a session has done: on both sides, and never over what somebody has changed since."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import (
    ConfigError,
    NoSuchDomainError,
    NotAllowedError,
    StoreCode,
    StoreError,
    XentuiError,
)
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.model.trigger import Trigger
from xentui.service.editing import Change
from xentui.service.hypervisor import Hypervisor
from xentui.service.session import Session
from xentui.service.session_change import SessionChange

Deed = Callable[[Faulty, Hypervisor, Domain], Awaitable[object]]


@pytest.fixture
def done(hypervisor: Hypervisor) -> list[SessionChange]:
    """What the session has told of its changes."""
    told: list[SessionChange] = []
    hypervisor.session.done = told.append
    return told


async def text_of(hypervisor: Hypervisor, domain: Domain) -> str | None:
    return (await hypervisor.session.store.read(domain.uuid)).text


def seen(domain: Domain) -> tuple[object, ...]:
    """What is compared of a domain before a change and after its undoing."""
    return (
        *(domain.name, domain.stored_name, domain.target_mib, domain.maxmem_mib, domain.vcpus),
        *(domain.autostart, domain.autostart_order, domain.state.alive, domain.state is DomainState.PAUSED),
        [(disk.vdev, disk.target) for disk in domain.config.disks],
        [(vif.mac, vif.bridge) for vif in domain.config.vifs],
    )


async def _edit(_host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    draft = await hypervisor.editing.open(domain)
    await hypervisor.editing.store(draft, draft.text + "# more\nmaxmem = 512\n")


async def _edit_live(_host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    draft = await hypervisor.editing.open(domain)
    text = draft.text.replace("memory = 128", "memory = 100")
    impact = hypervisor.editing.impact(draft, text, domain)
    await hypervisor.editing.store(draft, text)
    await hypervisor.editing.apply_live(domain, impact.live)


async def _attach(host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    await hypervisor.devices.attach_disk(domain, [f"file:{host.image('more.img')}", "xvdc", "w"])


async def _bulk(_host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    bulk = hypervisor.editing.bulk
    await bulk.apply(await bulk.preview([domain], Change.set("on_crash", "preserve")), reason="test")


async def _take_running(_host: Faulty, hypervisor: Hypervisor, domain: Domain) -> None:
    await hypervisor.session.change(["xl", "mem-set", domain.name, "96m"], subject=domain.name)
    await hypervisor.editing.drift.take_running(domain)
    await hypervisor.session.change(["xl", "mem-set", domain.name, "128m"], subject=domain.name)


DEEDS: dict[str, Deed] = {
    "edit": _edit,
    "edit, applied to what runs": _edit_live,
    "rename": lambda _, hv, domain: hv.definitions.rename(domain, "other"),
    "autostart": lambda _, hv, domain: hv.definitions.autostart(domain, on=True, order=7),
    "mem-set": lambda _, hv, domain: hv.resources.set_memory(domain, 100),
    "mem-max": lambda _, hv, domain: hv.resources.set_maximum(domain, 256),
    "vcpu-set": lambda _, hv, domain: hv.resources.set_vcpus(domain, 1),
    "block-attach": _attach,
    "block-detach": lambda _, hv, domain: hv.devices.detach_disk(domain, "xvdb"),
    "network-attach": lambda _, hv, domain: hv.devices.attach_vif(domain, ["bridge=xenbr0"]),
    "network-detach": lambda _, hv, domain: hv.devices.detach_vif(domain, "00:16:3e:00:00:01"),
    "pause": lambda _, hv, domain: hv.lifecycle.pause(domain),
    "bulk": _bulk,
    "drift --take running": _take_running,
}
OFF = ["edit", "rename", "autostart", "mem-set", "vcpu-set", "block-attach", "block-detach", "bulk"]


async def _ready(host: Faulty, hypervisor: Hypervisor, *, runs: bool) -> Domain:
    return await (running if runs else managed)(
        host,
        hypervisor,
        vcpus="2",
        maxmem="200",
        disk=f'["file:{host.image("b.img")},xvdb,w"]',
        vif='["mac=00:16:3e:00:00:01,bridge=xenbr0"]',
    )


@pytest.mark.parametrize(
    ("deed", "runs"), [*((name, True) for name in DEEDS), *((name, False) for name in OFF)]
)
async def test_each_change_is_undone_on_both_sides(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange], deed: str, runs: bool
) -> None:
    domain = await _ready(host, hypervisor, runs=runs)
    before, text = seen(domain), await text_of(hypervisor, domain)
    done.clear()
    await DEEDS[deed](host, hypervisor, domain)
    now = await hypervisor.inventory.find(domain.uuid)
    assert seen(now) != before or await text_of(hypervisor, domain) != text, "it has changed nothing"
    mine = list(done)
    assert mine and {item.reason for item in mine} == {""}
    for item in reversed(mine):
        assert item.undo is not None
        await item.undo()
    now = await hypervisor.inventory.find(domain.uuid)
    assert seen(now) == before
    assert await text_of(hypervisor, domain) == text


@pytest.mark.parametrize("deed", ["edit", "mem-set", "rename", "block-attach", "bulk"])
async def test_what_somebody_has_stored_since_is_not_overwritten(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange], deed: str
) -> None:
    domain = await _ready(host, hypervisor, runs=True)
    done.clear()
    await DEEDS[deed](host, hypervisor, domain)
    (mine,) = done
    entry = await hypervisor.session.store.read(domain.uuid)
    theirs = (entry.text or "") + "# theirs\n"
    await hypervisor.session.store.put(
        domain.uuid, entry.name, theirs, user="bob@desk", reason="mine", expect=entry
    )
    state, ran = seen(await hypervisor.inventory.find(domain.uuid)), len(host.ran)
    assert mine.undo is not None
    with pytest.raises(NotAllowedError, match=r"changed since, by bob@desk at .* \(mine\)"):
        await mine.undo()
    assert await text_of(hypervisor, domain) == theirs
    assert seen(await hypervisor.inventory.find(domain.uuid)) == state
    assert not {"mem-set", "rename", "block-detach"} & {argv[1] for argv in host.ran[ran:]}, "half of it"


async def test_what_somebody_stores_while_the_live_half_is_undone_is_not_overwritten(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange], monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await _ready(host, hypervisor, runs=True)
    done.clear()
    await DEEDS["mem-set"](host, hypervisor, domain)
    (mine,) = done
    change = Session.change
    theirs = "# theirs\n"

    async def meanwhile(session: Session, argv: list[str], *, subject: str) -> object:
        answer = await change(session, argv, subject=subject)
        entry = await session.store.read(domain.uuid)
        text = (entry.text or "") + theirs
        await session.store.put(domain.uuid, entry.name, text, user="bob@desk", reason="mine", expect=entry)
        return answer

    monkeypatch.setattr(Session, "change", meanwhile)
    assert mine.undo is not None
    with pytest.raises(StoreError) as caught:
        await mine.undo()
    assert caught.value.code == StoreCode.CONFLICT
    assert (await text_of(hypervisor, domain) or "").endswith(theirs)


@pytest.mark.parametrize(
    ("deed", "theirs", "sentence"),
    [
        ("mem-set", ["mem-set", "web", "90m"], "it has 90 MiB now"),
        ("rename", ["rename", "other", "third"], "it is called third"),
        ("pause", ["unpause", "web"], "unpause"),
        ("edit, applied to what runs", ["mem-set", "web", "90m"], "memory"),
    ],
)
async def test_what_somebody_has_changed_live_since_is_left_alone(
    host: Faulty,
    hypervisor: Hypervisor,
    done: list[SessionChange],
    *,
    deed: str,
    theirs: list[str],
    sentence: str,
) -> None:
    domain = await _ready(host, hypervisor, runs=True)
    done.clear()
    await DEEDS[deed](host, hypervisor, domain)
    mine, text = done[-1], await text_of(hypervisor, domain)
    await host.run(["xl", *theirs])
    state = seen(await hypervisor.inventory.find(domain.uuid))
    assert mine.undo is not None
    with pytest.raises(NotAllowedError, match=sentence):
        await mine.undo()
    assert seen(await hypervisor.inventory.find(domain.uuid)) == state
    assert await text_of(hypervisor, domain) == text


async def test_what_was_set_on_one_that_has_stopped_since_is_undone_where_it_is_stored(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    domain = await _ready(host, hypervisor, runs=True)
    text = await text_of(hypervisor, domain)
    await hypervisor.resources.set_memory(domain, 100)
    mine = done[-1]
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    assert mine.undo is not None
    await mine.undo()
    assert await text_of(hypervisor, domain) == text


async def test_a_transient_domain_that_has_stopped_has_nothing_to_undo(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    await hypervisor.lifecycle.create(host.guest("tmp"))
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("tmp"), 100)
    mine = done[-1]
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("tmp"))
    assert mine.undo is not None
    with pytest.raises(NoSuchDomainError):
        await mine.undo()


async def test_new_delete_and_undelete_are_each_others_undoing(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    domain = await managed(host, hypervisor)
    assert (done[-1].subject, done[-1].what) == ("web", "new /etc/xen/web.cfg")
    new = done[-1].undo
    assert new is not None
    await new()
    assert [item.uuid for item in await hypervisor.definitions.trash()] == [domain.uuid]
    await hypervisor.definitions.undelete("web")
    undelete = done[-1].undo
    assert undelete is not None and done[-1].what == "undelete"
    await undelete()
    await hypervisor.definitions.undelete("web")
    await hypervisor.definitions.delete(await hypervisor.inventory.find("web"))
    delete = done[-1].undo
    assert delete is not None and done[-1].what == "delete"
    await delete()
    assert (await hypervisor.inventory.find("web")).managed


async def test_a_new_domain_that_runs_or_was_edited_since_is_not_deleted(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    domain = await managed(host, hypervisor)
    new = done[-1].undo
    assert new is not None
    await hypervisor.lifecycle.start(domain)
    with pytest.raises(NotAllowedError, match="cannot delete"):
        await new()
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    await hypervisor.resources.set_memory(await hypervisor.inventory.find("web"), 120)
    with pytest.raises(NotAllowedError, match="changed since"):
        await new()
    assert (await hypervisor.inventory.find("web")).managed


async def test_a_name_that_is_taken_meanwhile_is_not_taken_back(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    domain = await managed(host, hypervisor)
    await hypervisor.definitions.rename(domain, "other")
    rename = done[-1].undo
    assert rename is not None
    await managed(host, hypervisor, "web")
    with pytest.raises(NotAllowedError, match="already stored"):
        await rename()


async def test_older_changes_are_undone_after_newer_ones(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    domain = await managed(host, hypervisor)
    text = await text_of(hypervisor, domain)
    done.clear()
    await hypervisor.resources.set_memory(domain, 100)
    await hypervisor.history.undo(domain)
    await hypervisor.resources.set_memory(domain, 110)
    for item in reversed(list(done)):
        assert item.undo is not None
        await item.undo()
    assert await text_of(hypervisor, domain) == text


async def test_a_file_that_was_written_says_again_what_it_said(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    domain = await managed(host, hypervisor)
    file = Path(host.host_path("/etc/xen/web.cfg"))
    former = file.read_text()
    drift = hypervisor.editing.drift
    await drift.put_file(domain)
    assert file.read_text() != former
    write, note = done[-2].undo, done[-1].undo
    assert write is not None and note is not None
    await note()
    await write()
    assert file.read_text() == former
    await drift.put_file(await hypervisor.inventory.find("web"))
    write = done[-2].undo
    assert write is not None
    file.write_text("name = 'theirs'\n")
    with pytest.raises(NotAllowedError, match="the file was changed since"):
        await write()
    assert file.read_text() == "name = 'theirs'\n"


async def test_what_cannot_be_undone_says_why(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    domain = await managed(host, hypervisor)
    life = hypervisor.lifecycle
    done.clear()
    await life.start(domain)
    await life.trigger(await hypervisor.inventory.find("web"), Trigger.NMI)
    await life.wait_rebooted(await life.reboot(await hypervisor.inventory.find("web")))
    await life.shutdown(await hypervisor.inventory.find("web"))
    assert [(item.what, item.undo, bool(item.reason)) for item in done] == [
        ("start", None, True),
        ("trigger nmi", None, True),
        ("reboot", None, True),
        ("shutdown", None, True),
    ]


async def test_what_was_refused_or_only_shown_is_no_change(
    host: Faulty, hypervisor: Hypervisor, done: list[SessionChange]
) -> None:
    domain = await managed(host, hypervisor)
    done.clear()
    refused: list[type[XentuiError]] = [NotAllowedError, ConfigError]
    with pytest.raises(tuple(refused)):
        await hypervisor.lifecycle.pause(domain)
    hypervisor.session.dry_run = True
    await hypervisor.resources.set_memory(domain, 100)
    await hypervisor.definitions.delete(domain)
    await hypervisor.lifecycle.start(domain)
    assert done == []
