"""What goes wrong beside the work itself: nothing is lost, and what was done is said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent import steps
from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import CommandError, HostError, NoSuchDomainError, NotAllowedError, StoreCode, StoreError
from xentui.hosts.base import Completed
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, possible
from xentui.service.session import UNWRITABLE, CommandRecord


def break_the_audit_log(host: Faulty) -> None:
    """Nothing can be appended to it any more."""
    path = Path(host.store_root, "audit.jsonl")
    path.unlink(missing_ok=True)
    path.mkdir()


async def test_an_audit_log_that_cannot_be_written_fails_no_work(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """Least of all a suspend, whose memory image would be thrown away for it."""
    warnings: list[str] = []
    domain = await running(host, hypervisor)
    break_the_audit_log(host)
    async with Hypervisor(host, warn=warnings.append) as unlucky:
        await unlucky.lifecycle.suspend(domain)
        assert (await unlucky.inventory.find("web")).state is DomainState.SUSPENDED
        await unlucky.lifecycle.destroy(await unlucky.inventory.find("web"))
        await unlucky.definitions.delete(await unlucky.inventory.find("web"))
    assert len(warnings) == 3
    assert "audit log" in warnings[0]
    assert "xl save" in warnings[0]


async def test_a_command_is_in_the_audit_log_before_it_runs(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    open_ones: list[list[str]] = []

    async def look(argv: Sequence[str], **options: Any) -> Completed:
        if argv[1] == "pause":
            open_ones.extend(record.data["argv"] for record in await hypervisor.audit() if record.open)
        return await Faulty.run(host, argv, **options)

    host.run = look  # type: ignore[method-assign]
    await hypervisor.lifecycle.pause(domain)
    assert open_ones == [["xl", "pause", str(domain.domid)]]
    assert [record.open for record in await hypervisor.audit()] == ["", "", ""]


async def test_a_command_whose_connection_broke_has_an_outcome_nobody_knows(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    ran: list[CommandRecord] = []
    hypervisor.session.observe = ran.append

    def cut(argv: Sequence[str]) -> Completed | None:
        if argv[1] == "pause":
            raise HostError("the SSH connection failed")
        return None

    host.answer = cut
    with pytest.raises(HostError):
        await hypervisor.lifecycle.pause(domain)
    assert (await hypervisor.audit())[-1].open == "outcome unknown"
    assert ran[-1].exit_code is None


async def test_what_a_broken_connection_kept_from_the_log_is_told_with_the_next_command(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await running(host, hypervisor)
    real = host.call

    async def gone(operation: Any, **arguments: Any) -> Any:
        if operation == "audit_close":
            raise HostError("the connection was lost")
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", gone)
    await hypervisor.lifecycle.pause(domain)
    assert (await hypervisor.audit())[-1].open == "running"
    monkeypatch.undo()
    await hypervisor.lifecycle.unpause(await hypervisor.inventory.find("web"))
    assert not [record for record in await hypervisor.audit() if record.open]


async def test_two_commands_that_end_at_once_tell_what_was_kept_from_the_log_once(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = host.call
    broken = True
    other = asyncio.Event()
    closed: list[str] = []

    async def slow(operation: Any, **arguments: Any) -> Any:
        if operation == "audit_close":
            if broken:
                raise HostError("the connection was lost")
            closed.append(arguments["id"])
            if closed.count(kept.id) == 2:
                other.set()
            if arguments["id"] == kept.id:
                await other.wait()
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", slow)
    session = hypervisor.session
    kept = await session.begin(["xl", "pause", "1"], "web")
    await session.finish(kept, exit_code=0)
    broken = False
    ending = [await session.begin(["xl", "pause", word], "web") for word in ("2", "3")]
    tasks = [asyncio.ensure_future(session.finish(opened, exit_code=0)) for opened in ending]
    await asyncio.wait([*tasks, asyncio.ensure_future(other.wait())], return_when=asyncio.FIRST_COMPLETED)
    other.set()
    await asyncio.gather(*tasks)
    assert sorted(closed) == sorted(opened.id for opened in (kept, *ending))
    assert not [record for record in await hypervisor.audit() if record.open]


async def test_a_change_of_the_store_that_was_refused_is_not_said_to_have_run(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    warnings: list[str] = []
    domain = await managed(host, hypervisor)
    break_the_audit_log(host)
    Path(host.store_root, "trash").rmdir()
    Path(host.store_root, "trash").write_text("in the way")
    async with Hypervisor(host, warn=warnings.append) as unlucky:
        with pytest.raises(StoreError):
            await unlucky.definitions.delete(domain)
    assert warnings == []


def takes_nothing(
    host: Faulty, monkeypatch: pytest.MonkeyPatch, code: str, operations: Sequence[str] = ()
) -> None:
    """A store that is read and not written any more; ``operations``, or all that write, are refused."""
    real = host.call
    reading = (
        "look",
        "list",
        "read",
        "find",
        "history",
        "stat",
        "read_file",
        "audit_tail",
        "list_trash",
    )

    async def call(operation: Any, **arguments: Any) -> Any:
        writes = (
            operation in operations
            if operations
            else operation not in (*reading, "write_scratch", "remove_scratch")
        )
        if writes:
            raise StoreError(
                "read-only file system", code=StoreCode.of(code), subject=f"{host.store_root}/lock"
            )
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", call)


@pytest.mark.parametrize("code", UNWRITABLE)
@pytest.mark.parametrize(
    "verb",
    [
        lambda it, _host, domain: it.lifecycle.start(domain),
        lambda it, host, _domain: it.lifecycle.create(host.guest("web", memory="96")),
        lambda it, host, _domain: it.lifecycle.create(host.guest("other")),
    ],
    ids=["start", "create once", "create"],
)
async def test_what_booted_is_never_said_to_have_changed_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, code: str, verb: Any
) -> None:
    """A script that is told of a failure starts it again, or gives up on what runs."""
    domain = await managed(host, hypervisor)
    warnings: list[str] = []
    takes_nothing(host, monkeypatch, code)
    async with Hypervisor(host, warn=warnings.append) as unlucky:
        plan = await verb(unlucky, host, domain)
        assert (await unlucky.inventory.find(plan.name)).state.alive
    (warning,) = warnings
    assert warning.startswith("`xl create ")
    assert "` ran, but the audit log has no record of it: read-only file system" in warning


async def test_a_boot_that_cannot_be_noted_is_done_and_said(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full when it was noted what runs: nothing else had to be written."""
    domain = await managed(host, hypervisor)
    warnings: list[str] = []
    takes_nothing(host, monkeypatch, "full", ["mark_running"])
    async with Hypervisor(host, warn=warnings.append) as unlucky:
        await unlucky.lifecycle.start(domain)
        assert (await unlucky.inventory.find("web")).state.alive
    (warning,) = warnings
    assert "ran, but could not record in the store what it booted" in warning
    assert "nothing was changed" not in warning


async def test_a_boot_watched_on_a_terminal_needs_no_store_that_can_be_written(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await managed(host, hypervisor)
    takes_nothing(host, monkeypatch, "permission")
    warnings: list[str] = []
    async with Hypervisor(host, warn=warnings.append) as unlucky:
        plan = await unlucky.lifecycle.plan_start(domain)
        opened = await unlucky.session.begin(plan.argv, plan.name)
        await host.run([word for word in plan.argv if word != "-c"])
        await unlucky.session.finish(opened, exit_code=0)
        await unlucky.lifecycle.record_result(plan, 0)
    assert len(warnings) <= 2
    assert all("`xl create -c" in warning for warning in warnings)


async def test_a_store_that_cannot_be_made_ready_boots_no_text_but_the_current_one(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer was killed before config.cfg was what it had stored: xl would boot what was before."""
    domain = await managed(host, hypervisor)
    real = host.call

    async def unready(operation: Any, **arguments: Any) -> Any:
        answer = await real(operation, **arguments)
        return {**answer, "pending": True} if operation == "read" else answer

    monkeypatch.setattr(host, "call", unready)
    takes_nothing(host, monkeypatch, "full")
    with pytest.raises(StoreError):
        await hypervisor.lifecycle.start(domain)
    assert not [argv for argv in host.ran if argv[1] == "create"]


async def test_done_live_and_the_connection_lost_while_storing_is_said(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await running(host, hypervisor)

    async def gone(*_: object, **__: object) -> None:
        raise HostError("the connection was lost during `put`")

    monkeypatch.setattr(hypervisor.session.store, "put", gone)
    with pytest.raises(HostError, match="was done live; whether it is stored is not known"):
        await hypervisor.resources.set_memory(domain, 100)


async def test_deleted_is_deleted_where_its_link_cannot_be_taken_away(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await managed(host, hypervisor)
    await hypervisor.definitions.autostart(domain, on=True)
    warnings: list[str] = []
    auto = Path(host.host_path("/etc/xen/auto"))
    auto.chmod(0o1777)
    async with Hypervisor(host, warn=warnings.append) as unlucky:
        await unlucky.definitions.delete(domain)
        with pytest.raises(NoSuchDomainError):
            await unlucky.inventory.find("web")
    left = f"{auto} other users may write to that folder: they could make root boot a file"
    assert warnings == [f"web is deleted, but its autostart link is left: {left}"]


async def test_a_change_made_by_two_at_once_is_stored_for_both(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor)
    for name in ("a.img", "b.img", "c.img", "d.img"):
        host.image(name)
    await asyncio.gather(
        *(
            hypervisor.devices.attach_disk(domain, [f"file:/srv/guests/{letter}.img", f"xvd{letter}", "w"])
            for letter in "abcd"
        )
    )
    now = await hypervisor.inventory.find("web")
    assert now.stored and sorted(disk.vdev for disk in now.stored.disks) == ["xvda", "xvdb", "xvdc", "xvdd"]
    assert now.version == 5


async def test_done_live_and_not_stored_is_said(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await running(host, hypervisor)

    async def full(*_words: object, **_named: object) -> None:
        raise StoreError("no space left on device", code=StoreCode.FULL)

    monkeypatch.setattr(hypervisor.session.store, "put", full)
    with pytest.raises(StoreError, match="done live, but is NOT stored"):
        await hypervisor.resources.set_memory(domain, 100)
    assert (await hypervisor.inventory.find("web")).memory_mib == 100


async def test_a_damaged_entry_takes_no_change_that_would_be_lost(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await running(host, hypervisor)
    Path(host.store_root, "domains", domain.uuid, "config.cfg").unlink()
    with pytest.raises(NotAllowedError, match="damaged") as caught:
        await hypervisor.resources.set_memory(await hypervisor.inventory.find("web"), 100)
    assert "restore-version" in hint(caught.value)
    assert (await hypervisor.inventory.find("web")).memory_mib == 128


async def test_with_an_unreadable_store_nothing_passes_for_unknown(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = host.guest("web")
    await hypervisor.definitions.new(path)
    folder = Path(host.store_root, "domains")
    folder.rename(folder.with_name("aside"))
    folder.write_text("not a folder")
    async with Hypervisor(host) as again:
        snapshot = await again.inventory.poll()
        assert snapshot.store_unread
        with pytest.raises(StoreError, match="cannot tell whether it is stored") as caught:
            await again.inventory.find("web")
        assert caught.value.hint == "repair the store first"
        with pytest.raises(StoreError, match="cannot tell whether"):
            await again.lifecycle.create(path)
        with pytest.raises(StoreError):
            await again.definitions.new(path)
        assert (await again.inventory.find("Domain-0")).is_control
    assert not [argv for argv in host.ran if argv[:2] == ("xl", "create")]


async def test_an_image_left_by_a_cut_resume_can_be_dropped(host: Faulty, hypervisor: Hypervisor) -> None:
    """It is never resumed again by itself: the guest may have run since."""
    await hypervisor.lifecycle.suspend(await running(host, hypervisor))
    domain = await hypervisor.inventory.find("web")
    steps.take(host.store_root, "resume_begin", uuid=domain.uuid)
    left = await hypervisor.inventory.find("web")
    assert (left.state, left.memory_image) == (DomainState.OFF, "checkpoint.resuming")
    assert "resume was interrupted" in left.notice
    assert Action.DESTROY in possible(left)
    await hypervisor.lifecycle.destroy(left)
    clean = await hypervisor.inventory.find("web")
    assert (clean.memory_image, clean.notice) == ("", "")
    assert Action.DESTROY not in possible(clean)
    await hypervisor.definitions.delete(clean)


async def test_a_running_domain_with_an_old_image_suspends_anew(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.suspend(await running(host, hypervisor))
    domain = await hypervisor.inventory.find("web")
    steps.take(host.store_root, "resume_begin", uuid=domain.uuid)
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    now = await hypervisor.inventory.find("web")
    assert "out of date" in now.notice
    await hypervisor.lifecycle.suspend(now)
    assert (await hypervisor.inventory.find("web")).state is DomainState.SUSPENDED


async def test_a_half_built_domain_makes_way_for_its_image(host: Faulty, hypervisor: Hypervisor) -> None:
    """xl was killed in a restore: what it built has never run, and the image is all that is left of the guest."""
    await hypervisor.lifecycle.suspend(await running(host, hypervisor))
    suspended = await hypervisor.inventory.find("web")
    host.interposed().answer("restore", 143, run=True)
    with pytest.raises(CommandError) as caught:
        await hypervisor.lifecycle.resume(suspended)
    assert "still suspended" in hint(caught.value)
    host.interposed().forget("restore")
    assert (await hypervisor.inventory.find("web")).state is DomainState.SUSPENDED
    await hypervisor.lifecycle.resume(suspended)
    assert (await hypervisor.inventory.find("web")).state.alive


async def test_a_refused_delete_keeps_the_autostart_link(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hypervisor.definitions.autostart(await managed(host, hypervisor), on=True)

    async def busy(*_words: object, **_named: object) -> None:
        raise StoreError("it has a saved memory image", code=StoreCode.BUSY)

    monkeypatch.setattr(hypervisor.session.store, "delete", busy)
    with pytest.raises(StoreError):
        await hypervisor.definitions.delete(await hypervisor.inventory.find("web"))
    assert (await hypervisor.inventory.find("web")).autostart


async def test_domain_0_is_never_managed(host: Faulty, hypervisor: Hypervisor) -> None:
    """Not even by an entry that bears its uuid."""
    nil = "00000000-0000-0000-0000-000000000000"
    await hypervisor.session.store.create(nil, "zero", 'name = "zero"\nkernel = "/srv/guests/vmlinuz"\n')
    snapshot = await hypervisor.inventory.poll()
    assert not next(item for item in snapshot.domains if item.is_control).managed
    assert (await hypervisor.inventory.find("zero")).state is DomainState.OFF
    with pytest.raises(NoSuchDomainError):
        await hypervisor.inventory.find("one")
