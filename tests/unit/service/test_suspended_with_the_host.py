"""A suspended domain that starts with the host is resumed at its boot, and never booted beside its image."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty, during_a_look
from tests.unit.service.test_lifecycle import running
from xentui.agent.memory import xendomains
from xentui.errors import StoreError
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor

SETTINGS = "XENDOMAINS_RESTORE=true\nXENDOMAINS_SAVE=/var/lib/xen/save\nXENDOMAINS_AUTO=/etc/xen/auto\n"


def settings(host: Faulty, text: str = SETTINGS) -> None:
    """Write the script's settings on the host."""
    path = Path(host.host_path("/etc/default/xendomains"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def links(host: Faulty, folder: str) -> list[Path]:
    """What a shell's ``*`` finds in a folder of the host."""
    return sorted(path for path in Path(host.host_path(folder)).glob("*") if not path.name.startswith("."))


def auto(host: Faulty) -> list[str]:
    """What is booted with the host."""
    return [path.name for path in links(host, "/etc/xen/auto")]


async def started_with_the_host(host: Faulty, it: Hypervisor) -> Domain:
    """A running domain that starts with the host."""
    domain = await running(host, it)
    await it.definitions.autostart(domain, on=True)
    return domain


async def boot_of_the_host(host: Faulty, *, fails: bool = False) -> list[str]:
    """What Debian's xendomains does: restore each file, remove those restored, then boot what is not up yet."""
    done = []
    failed = set()
    for path in links(host, "/var/lib/xen/save"):
        if path.is_file():
            restored = await host.run(["xl", "restore", str(path)])
            if fails or restored.exit_code:
                failed.add(path.name)
            else:
                path.unlink()
                done.append("restored")
    for path in links(host, "/etc/xen/auto"):
        if path.name not in failed and (await host.run(["xl", "domid", path.name])).exit_code:
            done.append("booted")
            await host.run(["xl", "create", str(path)])
    return done


async def test_it_is_resumed_and_its_image_is_spent(host: Faulty, hypervisor: Hypervisor) -> None:
    settings(host)
    domain = await started_with_the_host(host, hypervisor)
    await hypervisor.lifecycle.suspend(domain)
    suspended = await hypervisor.inventory.find("web")
    assert (suspended.state, suspended.autostart, auto(host)) == (DomainState.SUSPENDED, True, [])
    (link,) = links(host, "/var/lib/xen/save")
    assert link.resolve() == Path(host.store_root, "domains", domain.uuid, "checkpoint.chk").resolve()
    # Xen's own script leaves out of what it boots each whose name is a word among those of these files.
    assert link.name.replace("_", "").isalnum()

    assert await boot_of_the_host(host) == ["restored"]
    await hypervisor.inventory.poll()
    resumed = await hypervisor.inventory.find("web")
    assert (resumed.state.alive, resumed.autostart, auto(host)) == (True, True, ["web"])
    assert not list(Path(host.store_root, "held").glob("*"))
    await hypervisor.lifecycle.destroy(resumed)
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    now = await hypervisor.inventory.find("web")
    assert (now.notice, now.memory_image) == ("", "")


async def test_what_ran_since_is_never_resumed_from_its_old_image(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """The guest has ended before anybody looked: nothing runs, and the image is of before."""
    settings(host)
    await hypervisor.lifecycle.suspend(await started_with_the_host(host, hypervisor))
    seen = await hypervisor.inventory.find("web")
    await boot_of_the_host(host)
    await host.run(["xl", "destroy", "web"])
    async with Hypervisor(host, read_only=True) as reader:
        assert (await reader.inventory.find("web")).state is DomainState.OFF
    with pytest.raises(StoreError, match="xendomains has resumed"):
        await hypervisor.session.store.start_job("0" * 32, "resume", uuid=seen.uuid)
    await hypervisor.inventory.poll()
    left = await hypervisor.inventory.find("web")
    assert (left.state, left.memory_image) == (DomainState.OFF, "checkpoint.resuming")
    assert "kept until destroyed" in left.notice
    assert auto(host) == ["web"]


async def test_a_restore_that_fails_boots_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    settings(host)
    await hypervisor.lifecycle.suspend(await started_with_the_host(host, hypervisor))
    (link,) = links(host, "/var/lib/xen/save")
    image = link.resolve()
    whole = image.read_bytes()
    image.write_bytes(whole[: len(whole) // 2])
    assert await boot_of_the_host(host) == []
    image.write_bytes(whole)
    await hypervisor.lifecycle.resume(await hypervisor.inventory.find("web"))
    assert (links(host, "/var/lib/xen/save"), auto(host)) == ([], ["web"])


@pytest.mark.parametrize(
    "text", ["", 'XENDOMAINS_RESTORE=false\nXENDOMAINS_SAVE="/x"\n', "XENDOMAINS_SAVE=\n"]
)
async def test_where_nothing_is_restored_it_stays_suspended(
    host: Faulty, hypervisor: Hypervisor, text: str
) -> None:
    settings(host, text)
    await hypervisor.lifecycle.suspend(await started_with_the_host(host, hypervisor))
    assert (links(host, "/var/lib/xen/save"), await boot_of_the_host(host)) == ([], [])
    now = await hypervisor.inventory.find("web")
    assert (now.state, now.autostart) == (DomainState.SUSPENDED, True)
    await hypervisor.lifecycle.resume(now)
    assert auto(host) == ["web"]


async def test_dropping_the_memory_gives_the_link_back(host: Faulty, hypervisor: Hypervisor) -> None:
    settings(host)
    await hypervisor.lifecycle.suspend(await started_with_the_host(host, hypervisor))
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    assert (links(host, "/var/lib/xen/save"), auto(host)) == ([], ["web"])


async def test_autostart_is_turned_on_and_off_of_a_suspended_domain(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    settings(host)
    await hypervisor.lifecycle.suspend(await running(host, hypervisor))
    assert links(host, "/var/lib/xen/save") == []
    await hypervisor.definitions.autostart(await hypervisor.inventory.find("web"), on=True)
    assert (len(links(host, "/var/lib/xen/save")), auto(host)) == (1, [])
    await hypervisor.definitions.autostart(await hypervisor.inventory.find("web"), on=False)
    now = await hypervisor.inventory.find("web")
    assert (links(host, "/var/lib/xen/save"), auto(host)) == ([], [])
    assert (now.autostart, now.state) == (False, DomainState.SUSPENDED)


async def test_power_cut_while_the_link_is_made_offers_no_image_that_may_be_spent(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(host)
    domain = await started_with_the_host(host, hypervisor)
    await hypervisor.lifecycle.suspend(domain)
    (link,) = links(host, "/var/lib/xen/save")
    record = Path(host.store_root, "held", domain.uuid)
    record.write_text(record.read_text().replace('"placed": true', '"placed": false'))
    assert not xendomains.is_spent(host.store_root, domain.uuid)
    link.unlink()
    assert not xendomains.is_spent(host.store_root, domain.uuid), "nothing was booted since"
    monkeypatch.setattr("xentui.agent.store.audit.boot_id", lambda: "another")
    assert xendomains.is_spent(host.store_root, domain.uuid)


async def test_a_link_that_cannot_be_put_back_stands_for_no_image(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """The admin has put a file of his own in its place meanwhile."""
    settings(host)
    await hypervisor.lifecycle.suspend(await started_with_the_host(host, hypervisor))
    own = Path(host.host_path("/etc/xen/auto/web"))
    own.write_text("mine")
    await hypervisor.lifecycle.resume(await hypervisor.inventory.find("web"))
    for _ in range(2):
        now = await hypervisor.inventory.find("web")
        assert (now.state.alive, now.memory_image, now.notice) == (True, "", "")
    own.unlink()
    await hypervisor.inventory.poll()
    assert ((await hypervisor.inventory.find("web")).autostart, auto(host)) == (True, ["web"])


async def test_where_the_link_cannot_be_made_no_boot_of_the_host_spends_the_image(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """xendomains cannot have resumed what it was never told of: a folder that everybody may write to is refused."""
    settings(host)
    folder = Path(host.host_path("/var/lib/xen/save"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    await hypervisor.lifecycle.suspend(await started_with_the_host(host, hypervisor))
    assert list(folder.iterdir()) == []
    monkeypatch.setattr("xentui.agent.store.audit.boot_id", lambda: "the next")
    await hypervisor.inventory.poll()
    suspended = await hypervisor.inventory.find("web")
    assert (suspended.state, suspended.notice) == (DomainState.SUSPENDED, "")
    await hypervisor.lifecycle.resume(suspended)
    assert (await hypervisor.inventory.find("web")).state.alive


@pytest.mark.parametrize("on", [True, False])
async def test_a_spent_image_is_known_for_one_whatever_becomes_of_its_link(
    host: Faulty, hypervisor: Hypervisor, on: bool
) -> None:
    """The host has resumed it, and nobody has looked before its autostart is changed."""
    settings(host)
    domain = await started_with_the_host(host, hypervisor)
    await hypervisor.lifecycle.suspend(domain)
    assert await boot_of_the_host(host) == ["restored"]
    await hypervisor.session.store.set_autostart(domain.uuid, "web", on, order=7 if on else None)
    assert (links(host, "/var/lib/xen/save"), auto(host)) == ([], ["07-web"] if on else [])
    await host.run(["xl", "destroy", "web"])
    now = await hypervisor.inventory.find("web")
    assert (now.state, now.memory_image) == (DomainState.OFF, "checkpoint.resuming")
    with pytest.raises(StoreError, match="no saved memory image"):
        await hypervisor.session.store.start_job("0" * 32, "resume", uuid=domain.uuid)


@pytest.mark.parametrize("on", [True, False])
async def test_the_link_of_an_image_that_is_being_read_stays(
    host: Faulty, hypervisor: Hypervisor, on: bool
) -> None:
    """xendomains removes it when it has resumed the guest: by that alone it is known that the image is spent."""
    settings(host)
    domain = await started_with_the_host(host, hypervisor)
    await hypervisor.lifecycle.suspend(domain)
    (link,) = links(host, "/var/lib/xen/save")
    with link.open("rb"), pytest.raises(StoreError, match="being resumed"):
        await hypervisor.session.store.set_autostart(domain.uuid, "web", on)
    assert (links(host, "/var/lib/xen/save"), auto(host)) == ([link], [])
    await hypervisor.session.store.set_autostart(domain.uuid, "web", on)
    assert (links(host, "/var/lib/xen/save"), auto(host)) == ([link] if on else [], [])


async def test_the_order_of_a_suspended_domain_is_changed_without_its_link_being_lost_sight_of(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(host)
    domain = await started_with_the_host(host, hypervisor)
    await hypervisor.lifecycle.suspend(domain)
    record = Path(host.store_root, "held", domain.uuid)
    before = record.read_bytes()
    seen: list[bytes] = []
    real = xendomains.place

    def place(root: str, uuid: str) -> None:
        seen.append(record.read_bytes())
        real(root, uuid)

    monkeypatch.setattr("xentui.agent.memory.xendomains.place", place)
    await hypervisor.session.store.set_autostart(domain.uuid, "web", True, order=3)
    assert seen == [before], "a cut of the power here would leave an image that may be spent"


async def test_a_suspend_that_begins_during_a_look_does_not_hide_that_it_starts_with_the_host(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its link is taken away between the look at its entry and that at the links."""
    web = await started_with_the_host(host, hypervisor)
    await hypervisor.inventory.look()

    async def suspend() -> None:
        await hypervisor.lifecycle.suspend(await hypervisor.inventory.find("web"))

    during_a_look(hypervisor, monkeypatch, suspend)
    snapshot = await hypervisor.inventory.look()
    assert [domain.autostart for domain in snapshot.domains if domain.uuid == web.uuid] == [True]
