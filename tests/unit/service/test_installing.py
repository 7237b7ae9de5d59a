"""Installs: the installer boots from a text of its own, and at its end the host boots what is stored by itself."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_jobs import Line
from tests.unit.service.test_jobs_killed import kill_at
from xentui.errors import ConfigError, HostError, NotAllowedError, StoreError, UsageError, XentuiError
from xentui.model.domain import Domain
from xentui.model.installation import InstallState
from xentui.model.state import DomainState
from xentui.service.config_source import Text
from xentui.service.hypervisor import Hypervisor
from xentui.service.installing import InstallBoot
from xentui.service.jobs import run as job_run
from xentui.service.session import CommandRecord

DISK = "/srv/guests/web.img"
KERNEL = InstallBoot("/srv/guests/vmlinuz", "/srv/guests/guest-initrd.gz", "console=hvc0 install")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a line that stays cut."""
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01, 0.01))


@pytest.fixture
async def other(host: Faulty) -> AsyncIterator[Hypervisor]:
    """Whoever looks next, with a process and a line of their own."""
    async with Hypervisor(Faulty(Path(host.store_root).parent), user="other@desk") as made:
        yield made


@pytest.fixture
async def web(host: Faulty, hypervisor: Hypervisor) -> Domain:
    """A managed domain that is off, and has a disk."""
    host.image("web.img")
    made = await hypervisor.definitions.new(host.guest("web", disk=f"['{DISK},raw,xvda,rw']"))
    return await hypervisor.inventory.find(made.uuid)


async def until(it: Hypervisor, holds: Callable[[Domain], bool], *, by_polls: bool = False) -> Domain:
    """The domain as soon as something holds of it; looks at it as the screen does."""
    async with asyncio.timeout(60):
        while True:
            look = it.inventory.poll if by_polls else it.inventory.glance
            now = next((item for item in (await look()).domains if item.stored_name == "web"), None)
            if now is not None and holds(now):
                return now
            await asyncio.sleep(0.05)


def runs_stored(now: Domain) -> bool:
    """Whether it runs from its stored configuration, with nothing left of an install."""
    return now.state.alive and not now.one_off and now.install is None and now.job is None


def broken_off(now: Domain) -> bool:
    """Whether its install is over and is kept."""
    return now.job is None and now.install is not None and now.install.state is not InstallState.UNDER_WAY


async def begun(it: Hypervisor, web: Domain, *, disks: tuple[str, ...] = ()) -> Domain:
    """The domain while its installer runs."""
    await it.installing.begin(web, KERNEL, disks=disks)
    return await it.inventory.find("web")


async def test_an_installer_boots_from_its_own_text_and_is_kept_at_its_end(
    hypervisor: Hypervisor, web: Domain
) -> None:
    now = await begun(hypervisor, web)
    assert now.job is not None
    assert (now.job.kind, now.job.condition, now.one_off) == ("install", "installing", False)
    assert now.running is not None
    assert (now.running.cmdline, now.uuid) == ("console=hvc0 install", web.uuid)
    assert {now.running.actions[event] for event in ("on_poweroff", "on_reboot", "on_crash")} == {"preserve"}
    assert "it is being installed on the host" in now.notice
    assert (await hypervisor.history.text(now)).count("install") == 0


@pytest.mark.parametrize("end", ["reboot", "shutdown-inside"])
async def test_however_an_installer_ends_by_itself_what_is_stored_comes_up(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor, web: Domain, *, end: str
) -> None:
    now = await begun(hypervisor, web)
    await hypervisor.host.close()  # nobody waits for it
    if end == "reboot":
        await other.lifecycle.reboot(now)
    else:
        await host.run(["xl", "shutdown", str(now.domid)])
    after = await until(other, runs_stored)
    assert after.domid is not None
    assert now.domid is not None
    assert after.domid > now.domid
    after = await other.inventory.find("web")
    assert after.running is not None
    assert after.running.cmdline == ""
    assert after.running.actions["on_reboot"] == "restart"
    assert len([item for item in (await other.inventory.poll()).domains if not item.is_control]) == 1


async def test_what_was_stored_meanwhile_is_what_comes_up(hypervisor: Hypervisor, web: Domain) -> None:
    now = await begun(hypervisor, web)
    draft = await hypervisor.editing.open(now)
    await hypervisor.editing.store(draft, draft.text.replace("memory = 128", "memory = 144"), reason="more")
    await hypervisor.lifecycle.reboot(now)
    await until(hypervisor, runs_stored)
    assert (await hypervisor.inventory.find("web")).memory_mib == 144


async def test_who_follows_is_told_that_it_runs(hypervisor: Hypervisor, web: Domain) -> None:
    ran: list[CommandRecord] = []
    hypervisor.session.observe = ran.append
    plan = await hypervisor.installing.begin(web, KERNEL)
    following_it = asyncio.ensure_future(hypervisor.installing.follow(plan))
    await hypervisor.lifecycle.reboot(await hypervisor.inventory.find("web"))
    await asyncio.wait_for(following_it, 60)
    assert runs_stored(await hypervisor.inventory.find("web"))
    assert [item.argv[1] for item in ran if item.argv[0] == "xl"] == [
        *("reboot", "create", "unpause", "destroy", "create")
    ]


async def test_a_crash_is_told_and_boots_nothing(host: Faulty, hypervisor: Hypervisor, web: Domain) -> None:
    plan = await hypervisor.installing.begin(web, KERNEL)
    now = await hypervisor.inventory.find("web")
    await hypervisor.lifecycle.sysrq(now, "c")
    with pytest.raises(HostError, match="crashed"):
        await asyncio.wait_for(hypervisor.installing.follow(plan), 60)
    after = await until(hypervisor, broken_off)
    assert (after.domid, after.state) == (now.domid, DomainState.CRASHED)
    assert "crashed" in after.notice
    await hypervisor.lifecycle.destroy(after)
    assert (await hypervisor.inventory.find("web")).install is not None


@pytest.mark.parametrize("how", ["destroy", "shutdown", "xl destroy"])
async def test_who_ends_an_installer_from_outside_boots_nothing(
    host: Faulty, hypervisor: Hypervisor, web: Domain, *, how: str
) -> None:
    now = await begun(hypervisor, web)
    if how == "destroy":
        await hypervisor.lifecycle.destroy(now)
    elif how == "shutdown":
        await hypervisor.lifecycle.shutdown(now)
    else:
        await host.run(["xl", "destroy", str(now.domid)])
    after = await until(hypervisor, lambda it: broken_off(it) and it.domid is None)
    assert "its install was broken off: it" in after.notice
    assert after.install is not None
    assert "destroyed" in after.install.why
    assert after.state is DomainState.OFF


async def test_an_installer_that_could_not_be_asked_to_end_goes_on(
    hypervisor: Hypervisor, web: Domain
) -> None:
    now = await begun(hypervisor, web)
    await hypervisor.lifecycle.pause(now)
    with pytest.raises(NotAllowedError, match="paused"):
        await hypervisor.lifecycle.shutdown(await hypervisor.inventory.find("web"))
    await hypervisor.lifecycle.unpause(await hypervisor.inventory.find("web"))
    now = await hypervisor.inventory.find("web")
    assert now.job is not None
    assert (now.job.kind, now.job.condition) == ("install", "installing")


async def test_an_install_that_was_broken_off_is_taken_up_again(hypervisor: Hypervisor, web: Domain) -> None:
    now = await begun(hypervisor, web, disks=(DISK,))
    await hypervisor.lifecycle.destroy(now)
    await until(hypervisor, broken_off)
    await hypervisor.installing.resume(web)
    again = await hypervisor.inventory.find("web")
    assert again.running is not None
    assert again.running.cmdline == "console=hvc0 install"
    assert again.install is not None
    assert [Path(disk).name for disk in again.install.disks] == ["web.img"]
    await hypervisor.lifecycle.reboot(again)
    await until(hypervisor, runs_stored)
    with pytest.raises(NotAllowedError, match="cannot install: it is running"):
        await hypervisor.installing.resume(web)


async def test_nothing_is_taken_up_that_was_not_begun(hypervisor: Hypervisor, web: Domain) -> None:
    with pytest.raises(NotAllowedError, match="no install of it was broken off"):
        await hypervisor.installing.resume(web)


async def test_it_is_thrown_away_with_the_disks_made_for_it(
    host: Faulty, hypervisor: Hypervisor, web: Domain
) -> None:
    now = await begun(hypervisor, web, disks=(DISK, "/srv/guests/gone.img"))
    with pytest.raises(NotAllowedError, match="installed on the host"):
        await hypervisor.installing.discard(now)
    await hypervisor.lifecycle.destroy(now)
    await until(hypervisor, broken_off)
    lost = await hypervisor.installing.what_is_lost(web)
    assert (lost.typed, len(lost.losses)) == ("web", 1)
    assert f"{DISK} (raw, 4K) is gone for good" in lost.losses[0]
    await hypervisor.installing.discard(web)
    assert not Path(host.host_path(DISK)).exists()
    after = await hypervisor.inventory.find("web")
    assert (after.install, after.notice, after.managed) == (None, "", True)


async def test_a_disk_that_another_domain_names_is_never_removed(
    host: Faulty, hypervisor: Hypervisor, web: Domain
) -> None:
    await hypervisor.definitions.new(host.guest("db", disk=f"['{DISK},raw,xvdb,ro']"))
    now = await begun(hypervisor, web, disks=(DISK,))
    await hypervisor.lifecycle.destroy(now)
    await until(hypervisor, broken_off)
    with pytest.raises(NotAllowedError, match="db names") as caught:
        await hypervisor.installing.discard(web)
    assert "--keep-disks" in hint(caught.value)
    assert (await hypervisor.inventory.find("web")).install is not None
    await hypervisor.installing.discard(web, keep_disks=True)
    assert Path(host.host_path(DISK)).exists()
    assert (await hypervisor.inventory.find("web")).install is None


async def test_one_install_at_a_time(hypervisor: Hypervisor, other: Hypervisor, web: Domain) -> None:
    done = await asyncio.gather(
        hypervisor.installing.begin(web, KERNEL),
        other.installing.begin(web, KERNEL),
        return_exceptions=True,
    )
    refused = [item for item in done if isinstance(item, XentuiError)]
    assert len(refused) == 1
    assert isinstance(refused[0], StoreError | NotAllowedError)
    now = await hypervisor.inventory.find("web")
    assert now.job is not None
    for verb in (hypervisor.lifecycle.start, hypervisor.lifecycle.suspend, hypervisor.definitions.delete):
        with pytest.raises(NotAllowedError, match="it is being installed"):
            await verb(now)


async def test_a_line_that_is_cut_costs_nothing(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor, web: Domain
) -> None:
    Line(host).cut_at["start_install"] = "answer"
    with pytest.raises(job_run.GoesOnError, match="the install continues on the host"):
        await hypervisor.installing.begin(web, KERNEL)
    now = await until(other, lambda it: it.state in (DomainState.RUNNING, DomainState.BLOCKED))
    await other.lifecycle.reboot(now)
    await until(other, runs_stored)


async def test_an_installer_that_cannot_be_booted_leaves_nothing(
    host: Faulty, hypervisor: Hypervisor, web: Domain
) -> None:
    with pytest.raises(ConfigError, match="nothing-here"):
        await hypervisor.installing.begin(web, InstallBoot("/nothing-here"))
    host.interposed().answer("create", 1, "libxl: error: no\n")
    with pytest.raises(XentuiError):
        await hypervisor.installing.begin(web, KERNEL)
    after = await hypervisor.inventory.find("web")
    assert (after.install, after.job, after.domid) == (None, None, None)


@pytest.mark.parametrize(
    ("boot", "error", "words"),
    [
        (InstallBoot(), UsageError, "nothing is said"),
        (InstallBoot(ramdisk="/srv/guests/guest-initrd.gz"), UsageError, "nothing is said"),
        (InstallBoot(cdrom="/srv/guests/cd.iso"), NotAllowedError, "cannot boot from a CD"),
        (Text('name = "db"\nmemory = 64', "a text"), NotAllowedError, "the file is of db"),
        (Text("memory = [", "a text"), ConfigError, "end of the text"),
    ],
)
async def test_what_cannot_be_an_install_is_refused_before(
    hypervisor: Hypervisor, web: Domain, *, boot: InstallBoot | Text, error: type[XentuiError], words: str
) -> None:
    with pytest.raises(error, match=words):
        await hypervisor.installing.begin(web, boot)
    assert (await hypervisor.inventory.find("web")).install is None


async def test_somebody_watches_before_its_first_instruction(hypervisor: Hypervisor, web: Domain) -> None:
    seen: list[DomainState] = []

    async def watch(found: Domain) -> None:
        seen.append(found.state)

    await hypervisor.installing.begin(web, KERNEL, watch=watch)
    assert seen == [DomainState.PAUSED]
    assert (await hypervisor.inventory.find("web")).state in (DomainState.RUNNING, DomainState.BLOCKED)


async def test_a_power_cut_is_told_and_nothing_goes_on_by_itself(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor, web: Domain
) -> None:
    now = await begun(hypervisor, web, disks=(DISK,))
    assert now.job is not None
    cut_power(host, now)
    after = await until(other, broken_off, by_polls=True)
    assert "the host went down during the install" in after.notice
    assert after.state is DomainState.OFF
    await other.installing.resume(after)
    await other.lifecycle.reboot(await other.inventory.find("web"))
    await until(other, runs_stored)


def cut_power(host: Faulty, now: Domain) -> None:
    """What a host has of an install after a loss of power: another boot, no processes, no guests."""
    import json
    import signal

    assert now.job is not None
    place = Path(host.store_root) / "jobs" / now.job.id
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if now.job.id.encode() in words:
                os.kill(int(process.name), signal.SIGKILL)
    record = json.loads((place / "job.json").read_text())
    record["boot"] = "another"
    (place / "job.json").write_text(json.dumps(record))
    host.simulator.run(["xl", "destroy", str(now.domid)])


async def test_what_is_installed_and_could_not_be_booted_is_started_by_hand(
    host: Faulty, hypervisor: Hypervisor, web: Domain
) -> None:
    jobs = host.interposed()
    now = await begun(hypervisor, web)
    jobs.answer("create", 3, "libxl: error: no\n")
    await hypervisor.lifecycle.reboot(now)
    after = await until(hypervisor, broken_off)
    assert after.install is not None
    assert after.install.state is InstallState.INSTALLED
    assert after.notice == "it is installed, but its stored configuration could not be booted"
    await hypervisor.lifecycle.start(after)
    assert runs_stored(await hypervisor.inventory.find("web"))


POINTS = {
    "before create": False,
    "after create": True,
    "after built": True,
    "before end of installer": True,
    "after end of installer": True,
    "after destroy": True,
    "before start": True,
    "after start": True,
    "before end": True,
}
"""Where the job of an install is killed, and whether its domain runs from what is stored in the end: where nothing had
been booted yet nothing is, and that is as before.
"""


@pytest.mark.parametrize("point", POINTS)
async def test_a_job_that_is_killed_goes_on_where_it_was(
    hypervisor: Hypervisor, other: Hypervisor, web: Domain, monkeypatch: pytest.MonkeyPatch, *, point: str
) -> None:
    kill_at(point, monkeypatch)
    try:
        await hypervisor.installing.begin(web, KERNEL)
    except StoreError as error:
        assert "killed on the host" in error.message
    monkeypatch.undo()
    if POINTS[point]:
        now = await until(other, lambda it: it.domid is not None and it.state.alive, by_polls=True)
        await until(other, lambda it: it.state is not DomainState.PAUSED, by_polls=True)
        await other.host.run(["xl", "reboot", str(now.domid)])
        await until(other, runs_stored, by_polls=True)
    else:
        after = await until(other, lambda it: it.job is None, by_polls=True)
        assert (after.install, after.domid) == (None, None)
    assert len([item for item in (await other.inventory.poll()).domains if not item.is_control]) == 1


async def test_disks_made_for_an_install_that_came_to_nothing_stay_known(
    host: Faulty, hypervisor: Hypervisor, web: Domain
) -> None:
    jobs = host.interposed()
    jobs.answer("create", 3, "libxl: error: no\n")
    for made in (DISK, "/srv/guests/second.img"):
        with pytest.raises(XentuiError):
            await hypervisor.installing.begin(web, KERNEL, disks=(made,))
        now = await hypervisor.inventory.find("web")
        assert now.install is not None
        assert now.install.why == "its installer could not be booted"
    assert now.install is not None
    assert [Path(disk).name for disk in now.install.disks] == ["web.img", "second.img"]


async def test_one_killed_behind_the_start_tells_which_version_runs_all_the_same(
    host: Faulty, hypervisor: Hypervisor, other: Hypervisor, web: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_at("after start", monkeypatch)
    await hypervisor.installing.begin(web, KERNEL)
    monkeypatch.undo()
    now = await until(other, lambda it: it.domid is not None and it.state.alive, by_polls=True)
    await other.host.run(["xl", "reboot", str(now.domid)])
    await until(other, runs_stored, by_polls=True)
    mark = json.loads((Path(host.store_root) / "domains" / web.uuid / "running.json").read_text())
    assert (mark["kind"], mark["version"]) == ("stored", 1)
