"""What starting and stopping mean for managed and transient domains."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from xentui.errors import CommandError, ConfigError, NotAllowedError, TimedOutError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import lifecycle as starting
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, possible
from xentui.simulator import control


async def managed(host: Faulty, hypervisor: Hypervisor, name: str = "web", **settings: str) -> Domain:
    """Store a guest and return it."""
    await hypervisor.definitions.new(host.guest(name, **settings))
    return await hypervisor.inventory.find(name)


async def running(host: Faulty, hypervisor: Hypervisor, name: str = "web", **settings: str) -> Domain:
    """Store a guest, start it and return it."""
    await hypervisor.lifecycle.start(await managed(host, hypervisor, name, **settings))
    return await hypervisor.inventory.find(name)


async def test_a_watched_boot_is_known_for_what_it_is_while_it_is_watched(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """xl ends only when its console is left, and that may be days later."""
    domain = await managed(host, hypervisor)
    lifecycle, inventory = hypervisor.lifecycle, hypervisor.inventory
    once = await lifecycle.plan_create(host.guest("web", memory="200"))
    await host.run(once.argv)
    assert (await inventory.find("web")).one_off
    await lifecycle.record_result(once, 0, ())
    assert (await inventory.find("web")).one_off
    await lifecycle.destroy(await inventory.find("web"))
    watched = await lifecycle.plan_start(await inventory.find("web"))
    await host.run(watched.argv)
    await hypervisor.session.change(["xl", "mem-max", "web", "256m"], subject="web")
    running = await inventory.find("web")
    assert (running.one_off, running.drift) == (False, ("running", "file"))
    await lifecycle.record_result(once, 0, ())
    assert not (await inventory.find("web")).one_off, "the mark of the later boot stays"
    assert running.uuid == domain.uuid


async def test_the_uuid_of_a_watched_boot_is_known_before(host: Faulty, hypervisor: Hypervisor) -> None:
    """By it others find its console, whatever it is renamed to."""
    lifecycle, inventory = hypervisor.lifecycle, hypervisor.inventory
    plan = await lifecycle.plan_create(host.guest("passing"))
    assert plan.argv[-1] == f'uuid="{plan.guest_uuid}"'
    assert (plan.uuid, plan.run_uuid) == ("", plan.guest_uuid)
    await host.run(plan.argv)
    assert (await inventory.find("passing")).uuid == plan.guest_uuid
    own = "12345678-9abc-4def-8123-456789abcdef"
    plan = await lifecycle.plan_create(host.guest("other", uuid=f'"{own}"'))
    assert (plan.run_uuid, "uuid=" in plan.argv[-1]) == (own, False)
    stored = await managed(host, hypervisor)
    assert (await lifecycle.plan_start(stored)).run_uuid == stored.uuid


async def test_a_watched_boot_that_is_over_overwrites_no_mark_of_a_later_one(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """The console of a boot can be left long after its domain has ended and been started again."""
    domain = await managed(host, hypervisor)
    lifecycle, inventory = hypervisor.lifecycle, hypervisor.inventory
    watched = await lifecycle.plan_start(domain)
    await host.run(watched.argv)
    await lifecycle.destroy(await inventory.find("web"))
    await hypervisor.resources.set_memory(await inventory.find("web"), 100)
    await lifecycle.start(await inventory.find("web"))
    later = (await hypervisor.session.store.read(domain.uuid)).running
    assert later and later["version"] == 2
    await lifecycle.record_result(watched, 0, ())
    assert (await hypervisor.session.store.read(domain.uuid)).running == later


async def test_start_boots_the_stored_configuration_not_the_file(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await managed(host, hypervisor)
    host.guest("web", memory="200")
    await hypervisor.lifecycle.start(domain)
    started = await hypervisor.inventory.find("web")
    assert (started.memory_mib, started.uuid, started.version) == (128, domain.uuid, 1)
    argv = next(argv for argv in host.ran if argv[:2] == ("xl", "create"))
    assert argv == ("xl", "create", f"{host.store_root}/domains/{domain.uuid}/config.cfg")


async def test_start_paused(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.start(await managed(host, hypervisor), paused=True)
    assert (await hypervisor.inventory.find("web")).state is DomainState.PAUSED


async def test_create_of_an_unknown_name_is_transient(host: Faulty, hypervisor: Hypervisor) -> None:
    plan = await hypervisor.lifecycle.create(host.guest("tmp"), words=["memory=100"])
    assert (plan.name, plan.kind) == ("tmp", "transient")
    domain = await hypervisor.inventory.find("tmp")
    assert (domain.managed, domain.memory_mib) == (False, 100)
    await hypervisor.lifecycle.destroy(domain)
    assert [item.name for item in (await hypervisor.inventory.poll()).domains] == ["Domain-0"]


async def test_create_of_a_managed_name_is_an_experiment(host: Faulty, hypervisor: Hypervisor) -> None:
    """It boots the edited file under the managed identity; the stored configuration stays."""
    domain = await managed(host, hypervisor, vif="['bridge=xenbr0']")
    stored = await hypervisor.history.text(domain)
    path = host.guest("web", memory="200", vif="['bridge=xenbr0']")
    await hypervisor.lifecycle.create(path)
    booted = await hypervisor.inventory.find("web")
    assert (booted.uuid, booted.memory_mib, booted.one_off) == (domain.uuid, 200, True)
    assert booted.running and booted.stored
    assert booted.running.vifs[0].mac == booted.stored.vifs[0].mac
    assert await hypervisor.history.text(booted) == stored
    await hypervisor.lifecycle.destroy(booted)
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    again = await hypervisor.inventory.find("web")
    assert (again.memory_mib, again.one_off, again.drift) == (128, False, ("file",))


async def test_an_experiment_stays_one_after_a_reboot(host: Faulty, hypervisor: Hypervisor) -> None:
    await managed(host, hypervisor)
    await hypervisor.lifecycle.create(host.guest("web", memory="200"))
    before = await hypervisor.inventory.find("web")
    await hypervisor.lifecycle.reboot(before)
    await hypervisor.lifecycle.wait_rebooted(before, timeout=60)
    after = await hypervisor.inventory.find("web")
    assert after.domid != before.domid
    assert after.one_off


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("destroy", "the guest has stopped and is off: its on_reboot is destroy"),
        ("preserve", "the guest has stopped and is kept as it was: its on_reboot is preserve"),
    ],
)
async def test_a_guest_that_stays_away_has_not_rebooted(
    host: Faulty, hypervisor: Hypervisor, action: str, told: str
) -> None:
    domain = await running(host, hypervisor, on_reboot=f'"{action}"')
    before = await hypervisor.lifecycle.reboot(domain)
    with pytest.raises(TimedOutError, match=told):
        await hypervisor.lifecycle.wait_rebooted(before, timeout=60)


async def test_a_domain_gone_for_a_minute_has_not_rebooted(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen on a slow host: sixteen seconds between the old domain and the new one."""
    clock = iter((100.0, 100.0, 116.0, 161.0))
    monkeypatch.setattr(starting, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(starting, "_POLL_SECONDS", 0.0)
    before = await running(host, hypervisor)
    await hypervisor.lifecycle.destroy(before)
    with pytest.raises(TimedOutError, match="has not come back within 60 s"):
        await hypervisor.lifecycle.wait_rebooted(before)
    assert not list(clock)


async def test_create_refuses_what_runs_or_is_somebody_elses(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor)
    with pytest.raises(NotAllowedError, match="the uuid is another"):
        await hypervisor.lifecycle.create(host.guest("web", uuid='"11111111-2222-4333-8444-555555555555"'))
    with pytest.raises(NotAllowedError, match="the name is another"):
        await hypervisor.lifecycle.create(host.guest("shop", uuid=f'"{domain.uuid}"'))
    await hypervisor.lifecycle.start(domain)
    with pytest.raises(NotAllowedError, match="domid"):
        await hypervisor.lifecycle.create(host.guest("web"))


async def test_shutdown_keeps_the_managed_domain(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    await hypervisor.lifecycle.shutdown(domain)
    await hypervisor.lifecycle.wait_gone(domain, timeout=60)
    assert (await hypervisor.inventory.find("web")).state is DomainState.OFF


async def test_a_deaf_guest_is_told_apart_from_a_failure(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    control.stubborn(host.simulator, "web")
    with pytest.raises(CommandError, match="did not accept the request") as caught:
        await hypervisor.lifecycle.shutdown(domain)
    assert "destroy" in hint(caught.value)


async def test_waiting_in_vain_ends_with_advice(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    with pytest.raises(TimedOutError, match="not done so") as caught:
        await hypervisor.lifecycle.wait_gone(domain, timeout=0.1)
    assert "destroy" in hint(caught.value)


async def test_a_crash_with_preserve_is_kept_until_destroyed(host: Faulty, hypervisor: Hypervisor) -> None:
    await running(host, hypervisor, on_crash='"preserve"')
    control.crash(host.simulator, "web")
    crashed = await hypervisor.inventory.find("web")
    assert crashed.state is DomainState.CRASHED
    assert possible(crashed) & {Action.DESTROY, Action.DELETE, Action.CONSOLE} == {Action.DESTROY}
    await hypervisor.lifecycle.destroy(crashed)
    assert (await hypervisor.inventory.find("web")).state is DomainState.OFF


async def test_suspend_and_resume(host: Faulty, hypervisor: Hypervisor) -> None:
    seen: list[int] = []
    domain = await running(host, hypervisor)
    await hypervisor.lifecycle.suspend(domain, progress=seen.append)
    suspended = await hypervisor.inventory.find("web")
    assert suspended.state is DomainState.SUSPENDED
    assert seen == sorted(set(seen))
    with pytest.raises(NotAllowedError, match="suspended") as caught:
        await hypervisor.lifecycle.start(suspended)
    assert "resume" in hint(caught.value)
    await hypervisor.lifecycle.resume(suspended)
    assert (await hypervisor.inventory.find("web")).state.alive
    assert not Path(hypervisor.session.store.image_path(domain.uuid)).exists()


async def test_destroy_of_a_suspended_domain_drops_its_memory(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.suspend(await running(host, hypervisor))
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    assert (await hypervisor.inventory.find("web")).state is DomainState.OFF


async def test_a_failed_save_leaves_the_domain_and_no_checkpoint(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    host.interposed().answer("save", 1, "xc: error: Error writing to file: No space left on device\n")
    with pytest.raises(CommandError, match="full") as caught:
        await hypervisor.lifecycle.suspend(domain, progress=lambda _: None)
    assert caught.value.exit_code == 1
    assert "the guest still runs" in hint(caught.value)
    folder = Path(host.store_root, "domains", domain.uuid)
    assert not list(folder.glob("checkpoint*"))


async def test_a_failed_restore_keeps_the_checkpoint(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.suspend(await running(host, hypervisor))
    host.interposed().answer("restore", 3, "libxl: error: failed to free memory for the domain\n")
    with pytest.raises(CommandError, match="not enough free memory") as caught:
        await hypervisor.lifecycle.resume(await hypervisor.inventory.find("web"))
    assert "it is still suspended" in hint(caught.value)
    assert (await hypervisor.inventory.find("web")).state is DomainState.SUSPENDED


async def test_save_and_restore_a_transient_domain(
    host: Faulty, hypervisor: Hypervisor, tmp_path: Path
) -> None:
    await hypervisor.lifecycle.create(host.guest("tmp"))
    target = str(tmp_path / "tmp.save")
    await hypervisor.lifecycle.save(await hypervisor.inventory.find("tmp"), target)
    assert len((await hypervisor.inventory.poll()).domains) == 1
    await hypervisor.lifecycle.restore(target)
    assert (await hypervisor.inventory.find("tmp")).state.alive


async def test_boot_checks_disks_and_kernels(host: Faulty, hypervisor: Hypervisor) -> None:
    image = host.image("x.img")
    disk = f"['file:{image},xvda,w']"
    with pytest.raises(ConfigError, match=r"nothere.img does not exist"):
        await hypervisor.lifecycle.create(host.guest("a", disk="['phy:/dev/vg0/nothere.img,xvda,w']"))
    with pytest.raises(ConfigError, match=r"kernel .*nokernel does not exist"):
        await hypervisor.lifecycle.create(host.guest("a", kernel='"/srv/guests/nokernel"'))
    with pytest.raises(ConfigError, match="is a folder"):
        await hypervisor.lifecycle.create(host.guest("a", disk="['file:/srv/guests,xvda,w']"))
    await hypervisor.lifecycle.create(host.guest("a", disk=disk))
    with pytest.raises(ConfigError, match="in use by a"):
        await hypervisor.lifecycle.create(host.guest("b", disk=disk))
    with pytest.raises(ConfigError, match="in use by a"):
        await hypervisor.lifecycle.create(host.guest("b", disk=disk.replace(",w'", ",r'")))


async def test_two_readers_may_share_a_disk(host: Faulty, hypervisor: Hypervisor) -> None:
    disk = f"['file:{host.image('x.img')},xvda,r']"
    await hypervisor.lifecycle.create(host.guest("a", disk=disk))
    await hypervisor.lifecycle.create(host.guest("b", disk=disk))
    assert {"a", "b"} <= {item.name for item in (await hypervisor.inventory.poll()).domains}


async def test_xl_failures_carry_argv_status_and_its_own_words(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor)
    words = b"libxl: error: something odd\nxl: cannot\n"
    host.answer = lambda argv: Completed(tuple(argv), 3, b"", words) if "create" in argv else None
    with pytest.raises(CommandError) as caught:
        await hypervisor.lifecycle.start(domain)
    assert caught.value.argv[:2] == ("xl", "create")
    assert caught.value.exit_code == 3
    assert caught.value.details == ("libxl: error: something odd", "xl: cannot")
    records = await hypervisor.audit()
    assert records[-1].data["exit"] == 3
    assert records[-1].data["user"] == "admin@desk"


async def test_every_change_is_in_the_audit_log(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    await hypervisor.lifecycle.pause(domain)
    await hypervisor.lifecycle.unpause(await hypervisor.inventory.find("web"))
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    logged = [record.data["argv"][:2] for record in await hypervisor.audit()]
    assert logged == [
        ["xentui-store", "create"],
        ["xl", "create"],
        ["xl", "pause"],
        ["xl", "unpause"],
        ["xl", "destroy"],
    ]


async def test_read_only_refuses_every_change(host: Faulty, hypervisor: Hypervisor) -> None:
    path = host.guest("web")
    domain = await running(host, hypervisor)
    before = len(await hypervisor.audit())
    async with Hypervisor(host, read_only=True) as reader:
        for refused in (
            reader.definitions.new(path),
            reader.lifecycle.create(path),
            reader.lifecycle.shutdown(domain),
            reader.lifecycle.suspend(domain),
            reader.definitions.rename(domain, "x"),
            reader.definitions.autostart(domain, on=True),
            reader.resources.set_memory(domain, 100),
            reader.devices.attach_vif(domain, ["bridge=xenbr0"]),
        ):
            with pytest.raises(NotAllowedError, match="read-only"):
                await refused
        assert (await reader.inventory.find("web")).state.alive
    async with Hypervisor(host) as again:
        assert len(await again.audit()) == before


async def test_dry_run_says_the_exact_commands_and_runs_none(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    said: list[str] = []
    async with Hypervisor(host, dry_run=True, announce=said.append) as dry:
        await dry.lifecycle.destroy(domain)
        await dry.lifecycle.suspend(domain)
        await dry.devices.attach_vif(domain, ["mac=00:16:3e:00:00:01"])
        await dry.definitions.new(host.guest("db"))
    assert said[0] == f"xl destroy {domain.domid}"
    assert said[1].startswith(f"xl save {domain.domid} ")
    assert said[2] == f"xl network-attach {domain.domid} mac=00:16:3e:00:00:01"
    assert said[3].startswith("# xentui-store put")
    assert said[4].startswith("# xentui-store create")
    async with Hypervisor(host) as again:
        assert [item.name for item in (await again.inventory.poll()).domains] == ["Domain-0", "web"]
        assert (await again.inventory.find("web")).version == 1


async def test_a_cancelled_command_is_recorded(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    real, runs = host.run, asyncio.Event()

    async def slow(
        argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        if "destroy" in argv:
            runs.set()
            await asyncio.Event().wait()
        return await real(argv, stdin=stdin, timeout=timeout, often=often)

    host.run = slow  # type: ignore[method-assign]
    task = asyncio.ensure_future(hypervisor.lifecycle.destroy(domain))
    await asyncio.wait_for(runs.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await hypervisor.audit())[-1].data["exit"] == 130
