"""Guests made by xen-create-image, on the simulated host's own small one."""

from __future__ import annotations

import asyncio
import os
import signal
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.waiting import until
from xentui.agent.jobs import records
from xentui.errors import CommandError, HostError, NotAllowedError, StoreError, UsageError, XentuiError
from xentui.hosts import operations
from xentui.model.job import HostJobState
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs import run as job_run
from xentui.service.jobs.progress import Progress
from xentui.service.xen_tools import settings_file
from xentui.service.xen_tools.guests import MadeGuest
from xentui.simulator import control, xen_tools

Given = Mapping[str, Sequence[str]]
DHCP: Given = {"dhcp": ("1",)}


def real(host: Faulty, path: str) -> Path:
    return Path(host.host_path(path))


def settings(host: Faulty, text: str) -> None:
    """Have the host's xen-tools.conf say that."""
    place = real(host, settings_file.PATH)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


@pytest.fixture
async def tools(host: Faulty, hypervisor: Hypervisor) -> Hypervisor:
    """A host that has xen-tools, as it does once somebody asks."""
    await hypervisor.xen_tools.offer()
    return hypervisor


async def make(hypervisor: Hypervisor, given: Given = DHCP, name: str = "web") -> MadeGuest:
    made = await hypervisor.xen_tools.create(name, given)
    assert made is not None
    return made


async def refused(hypervisor: Hypervisor, given: Given, name: str = "web") -> XentuiError:
    with pytest.raises(XentuiError) as caught:
        await hypervisor.xen_tools.create(name, given)
    return caught.value


def installing(begun: asyncio.Event) -> Progress:
    """What is told of progress, and notes when the system is being installed."""

    def progress(percent: int, words: str = "") -> None:
        if "installs" in words and percent < 100:
            begun.set()

    return progress


def left(host: Faulty, name: str = "web") -> list[str]:
    """What there is of a guest on the host, but its log."""
    paths = (
        f"/etc/xen/{name}.cfg",
        f"/srv/xen/domains/{name}",
        f"/dev/vg0/{name}-disk",
        f"/dev/vg0/{name}-swap",
    )
    return [path for path in paths if os.path.lexists(real(host, path))]


def kept(host: Faulty) -> bytes:
    """All that xentui itself keeps on the host: the store, with its jobs and audit log."""
    store = Path(host.store_root)
    return b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())


async def test_a_guest_is_made_and_managed(host: Faulty, tools: Hypervisor) -> None:
    seen: list[str] = []
    made = await tools.xen_tools.create("web", DHCP, progress=lambda _percent, words="": seen.append(words))
    assert made is not None and not made.warnings
    assert real(host, "/srv/xen/domains/web/disk.img").stat().st_size == 4 << 30
    domain = await tools.inventory.find("web")
    assert (domain.managed, domain.uuid) == (True, made.uuid)
    assert made.said[-1].startswith("Root Password"), "the summary is shown"


async def test_the_steps_are_told_as_they_begin(
    host: Faulty, tools: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.set_speed(host.simulator, 4)
    seen: list[tuple[int, str]] = []
    await tools.xen_tools.create(
        "web", DHCP, progress=lambda percent, words="": seen.append((percent, words))
    )
    assert any("installs its system (debootstrap)" in words for _percent, words in seen)
    assert [percent for percent, _words in seen] == sorted(percent for percent, _words in seen)


async def test_the_root_password_is_told_once_and_kept_nowhere(host: Faulty, tools: Hypervisor) -> None:
    made = await make(tools)
    assert len(made.password) == 23 and made.password not in repr(made)
    assert made.password not in "\n".join(made.said)
    log = real(host, made.log)
    assert made.password in log.read_text(), "until somebody has seen it"
    await tools.xen_tools.forget_password(made)
    assert made.password not in log.read_text() and "All done" in log.read_text()
    assert made.password.encode() not in kept(host)


async def test_volumes_are_made_where_a_group_is_named(host: Faulty, tools: Hypervisor) -> None:
    made = await make(tools, {**DHCP, "lvm": ("vg0",), "size": ("1G",)})
    assert made.disks == ("/dev/vg0/web-disk", "/dev/vg0/web-swap")
    assert real(host, "/dev/vg0/web-disk").stat().st_size == 1 << 30


@pytest.mark.parametrize("place", [{}, {"lvm": ("vg0",)}], ids=["images", "volumes"])
async def test_what_fails_half_way_leaves_nothing_and_shows_why(
    host: Faulty, tools: Hypervisor, place: Given
) -> None:
    with host.simulator.state.change():
        host.simulator.state.put(xen_tools.FAILS, True)
    error = await refused(tools, {**DHCP, **place})
    assert isinstance(error, CommandError) and "nothing is left" in error.message
    assert any("chroot" in line for line in error.details), "its log says more than it does itself"
    assert left(host) == []


@pytest.mark.parametrize("place", [{}, {"lvm": ("vg0",)}], ids=["images", "volumes"])
async def test_what_is_cancelled_leaves_nothing(host: Faulty, tools: Hypervisor, place: Given) -> None:
    control.set_speed(host.simulator, 0.01)
    begun = asyncio.Event()
    work = asyncio.ensure_future(tools.xen_tools.create("web", {**DHCP, **place}, progress=installing(begun)))
    await begun.wait()
    assert left(host), "there is something by then"
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert left(host) == []
    assert not real(host, "/srv/xen/domains").exists(), "nor the folder that was made for it"


async def test_what_is_cancelled_as_it_begins_leaves_nothing(
    host: Faulty, tools: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host has the request by then, whoever waits for its answer."""
    control.set_speed(host.simulator, 0.01)
    store = type(tools.session.store)
    start = store.start_guest_job
    sent: list[asyncio.Future[None]] = []

    async def stopped_meanwhile(*args: Any, **kwargs: Any) -> None:
        work.cancel()
        sent.append(asyncio.ensure_future(arriving(*args, **kwargs)))
        await asyncio.shield(sent[0])

    async def arriving(*args: Any, **kwargs: Any) -> None:
        await asyncio.sleep(0.2)  # on its way while the other side thinks about stopping
        await start(*args, **kwargs)

    monkeypatch.setattr(store, "start_guest_job", stopped_meanwhile)
    work = asyncio.create_task(tools.xen_tools.create("web", DHCP))
    with pytest.raises(asyncio.CancelledError):
        await work
    await sent[0]
    await until_nothing_is_done(tools)
    assert left(host) == []


async def test_a_job_that_was_killed_leaves_nothing_once_somebody_looks(
    host: Faulty, tools: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.set_speed(host.simulator, 0.01)
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01,))
    names: list[str] = []
    tools.session.following = names.append
    begun = asyncio.Event()
    work = asyncio.ensure_future(tools.xen_tools.create("web", DHCP, progress=installing(begun)))
    await begun.wait()
    place = records.folder(host.store_root, names[0])
    tool, own = sorted(holding(Path(place, "lock")), key=is_job)
    os.kill(own, signal.SIGKILL)
    await until_gone(own)
    looked = await tools.session.store.look_job(names[0])
    assert looked.state is HostJobState.RUNNING, "nothing is taken away under the tool"
    os.kill(tool, signal.SIGKILL)
    with pytest.raises(XentuiError):
        await work
    await until_nothing_is_done(tools)
    assert left(host) == []


async def until_nothing_is_done(hypervisor: Hypervisor) -> None:
    """Look until no job is under way, or to be settled."""

    async def idle() -> bool:
        return not (await hypervisor.inventory.poll()).jobs

    await until(idle, "a job does not end")


def is_job(pid: int) -> bool:
    """Whether a process is the job's own, and not the tool it runs."""
    return b"xentui.simulator" not in Path(f"/proc/{pid}/cmdline").read_bytes()


async def until_gone(pid: int) -> None:
    """Wait until a process has ended, whether or not somebody has waited for it."""

    def gone() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    await until(gone, "it does not end")


def holding(lock: Path) -> list[int]:
    """The processes that have a file open, besides this one."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid():
            try:
                if any(os.path.samefile(fd, lock) for fd in (each / "fd").iterdir()):
                    found.append(int(each.name))
            except OSError:
                continue
    return found


async def test_it_goes_on_when_the_line_breaks(
    host: Faulty, tools: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01,))
    call = host.call

    async def broken(operation: object, *_: object, **arguments: object) -> object:
        if operation == "look_job":
            raise HostError("the line is cut")
        return await call(operation, **arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(host, "call", broken)
    error = await refused(tools, DHCP)
    assert isinstance(error, job_run.GoesOnError) and "/etc/xen/web.cfg" in str(error.hint)
    monkeypatch.setattr(host, "call", call)
    await until_nothing_is_done(tools)
    assert left(host) == ["/etc/xen/web.cfg", "/srv/xen/domains/web"]


def archive(host: Faulty, *names: str) -> str:
    place = real(host, "/srv/base.tar")
    empty = place.with_name("empty")
    empty.write_bytes(b"")
    with tarfile.open(place, "w") as made:
        for name in names:
            made.add(empty, name)
    return "/srv/base.tar"


async def test_what_is_whole_is_taken_over_though_the_tool_dies_at_its_end(
    host: Faulty, tools: Hypervisor
) -> None:
    source = archive(host, "bin/ls")  # without /etc/ssh
    made = await make(tools, {**DHCP, "install-method": ("tar",), "install-source": (source,)})
    assert "has ended with 2" in made.warnings[0] and "password is not known" in made.warnings[1]
    assert (await tools.inventory.find("web")).managed


async def test_an_archive_without_a_system_leaves_nothing(host: Faulty, tools: Hypervisor) -> None:
    source = archive(host, "etc/ssh/sshd_config")
    error = await refused(tools, {**DHCP, "install-method": ("tar",), "install-source": (source,)})
    assert any("/bin/ls missing" in line for line in error.details)
    assert left(host) == []


@pytest.mark.parametrize(
    "there", ["/etc/xen/web.cfg", "/srv/xen/domains/web/data.img"], ids=["configuration", "image"]
)
async def test_what_is_there_is_neither_written_over_nor_removed(
    host: Faulty, tools: Hypervisor, there: str
) -> None:
    place = real(host, there)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"precious")
    error = await refused(tools, DHCP)
    assert isinstance(error, StoreError) and error.code == "exists"
    assert place.read_bytes() == b"precious"


async def test_more_than_is_free_is_refused_before_anything_is_made(host: Faulty, tools: Hypervisor) -> None:
    error = await refused(tools, {**DHCP, "image": ("full",), "size": ("900000G",)})
    assert isinstance(error, StoreError) and error.code == "full"
    assert left(host) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ui": ("text",)}, "passes on"),
        ({"password": ("secret",)}, "passes on"),
        ({}, "needs an address"),
        ({**DHCP, "ip": ("10.0.0.2",)}, "either --dhcp or --ip"),
        ({**DHCP, "size": ("10",)}, "not a size"),
        ({**DHCP, "size": ("1e3G",)}, "not a size"),
        ({**DHCP, "size": ("-1G",)}, "not a size"),
        ({**DHCP, "size": ("0G",)}, "not a size"),
        ({**DHCP, "size": ("1.001G",)}, "not a size"),
        ({**DHCP, "memory": ("1.5G",)}, "not a size of memory"),
        ({**DHCP, "vcpus": ("0",)}, "not a number"),
        ({**DHCP, "mirror": ("http://x/;reboot",)}, "shell"),
        ({**DHCP, "mirror": ("http://x/ y",)}, "shell"),
        ({**DHCP, "dist": ("nixos",)}, "not a distribution"),
        ({**DHCP, "install-method": ("tar",)}, "is needed"),
        ({**DHCP, "install-method": ("tar",), "install-source": ("/srv/none.tar",)}, "no such file"),
        (
            {
                **DHCP,
                "install-method": ("copy",),
                "install-source": ("/srv/guests",),
                "mirror": ("http://x",),
            },
            "nothing",
        ),
        ({**DHCP, "lvm": ("vg0",), "image": ("full",)}, "nothing with --lvm"),
        ({**DHCP, "lvm": ("vg9",)}, "not a volume group"),
        ({**DHCP, "lvm": ("vg0",), "dir": ("/srv/xen",)}, "either --dir or --lvm"),
        ({**DHCP, "dir": ("/srv/../etc",)}, "not an absolute path"),
        ({**DHCP, "role": ("nobody",)}, "no such file"),
    ],
)
async def test_what_xen_tools_would_pass_over_or_fail_at_is_refused_before(
    host: Faulty, tools: Hypervisor, given: Given, said: str
) -> None:
    error = await refused(tools, given)
    assert isinstance(error, UsageError) and said in error.message
    assert left(host) == []


@pytest.mark.parametrize("name", ["a b", "x;reboot", "-web", "web_1", "a" * 300, "42", "é", ""])
async def test_a_name_must_be_one_of_a_host_and_of_a_domain(tools: Hypervisor, name: str) -> None:
    assert isinstance(await refused(tools, DHCP, name), XentuiError)


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("dir = /srv/xen\ndhcp = 1\n", {"ip": ("10.0.0.2",)}, "sets dhcp"),
        ("dir = /srv/xen\nip = 10.0.0.9\n", DHCP, "sets an address"),
        ("dir = /srv/xen\nip = 10.0.0.9\n", {"ip": ("10.0.0.2",)}, "sets an address"),
        ("partitions = sample-server\ndir = /srv/xen\n", DHCP, "does not drive"),
        ("zpool = tank\n", DHCP, "needs a place"),
        ("dir = `cat /etc/place`\n", DHCP, "has a command"),
        ("dir = /srv/$(reboot)\n", DHCP, "shell"),
        ("dir = /srv/xen\nsize = 10\n", DHCP, "not a size"),
        ("dir = /srv/xen\npygrub = 1\n", {**DHCP, "pygrub": ("0",)}, "cannot be turned off"),
    ],
)
async def test_settings_of_the_host_that_would_do_something_else_are_refused(
    host: Faulty, tools: Hypervisor, text: str, given: Given, said: str
) -> None:
    settings(host, text)
    error = await refused(tools, given)
    assert said in error.message and left(host) == []


async def test_what_the_host_has_for_all_is_overridden(host: Faulty, tools: Hypervisor) -> None:
    settings(host, "dir = /srv/xen\nboot = 1\nforce = 1\npasswd = 1\nverbose = 1\nkeep = 0\n")
    await make(tools, {**DHCP, "dir": ("/srv/guests",)})
    assert (await tools.inventory.find("web")).domid is None, "it is started by xentui alone"
    assert real(host, "/srv/guests/domains/web/disk.img").exists()


async def test_a_host_without_xen_tools_is_told_what_it_can_do(host: Faulty, tools: Hypervisor) -> None:
    real(host, "/usr/bin/xen-create-image").unlink()
    error = await refused(tools, DHCP)
    assert isinstance(error, NotAllowedError) and "apt install xen-tools" in str(error.hint)


async def test_a_dry_run_says_the_command_and_a_read_only_session_does_nothing(
    host: Faulty, tools: Hypervisor
) -> None:
    said: list[str] = []
    async with Hypervisor(host, dry_run=True, announce=said.append) as dry:
        assert await dry.xen_tools.create("web", DHCP) is None
    assert said == [
        "xen-create-image --hostname=web --dir=/srv/xen --dhcp --noverbose --keep --noforce --noboot --nopasswd"
    ]
    async with Hypervisor(host, read_only=True) as readers:
        assert isinstance(await refused(readers, DHCP), NotAllowedError)
    assert left(host) == []


async def test_a_second_of_that_name_is_refused_while_one_is_made(host: Faulty, tools: Hypervisor) -> None:
    control.set_speed(host.simulator, 0.01)
    begun = asyncio.Event()
    work = asyncio.ensure_future(tools.xen_tools.create("web", DHCP, progress=installing(begun)))
    await begun.wait()
    error = await refused(tools, DHCP)
    assert isinstance(error, StoreError) and error.code == "busy"
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_a_guest_whose_configuration_cannot_be_stored_is_said_to_be_made(
    host: Faulty, tools: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = host.call

    async def full(operation: object, *_: object, **arguments: object) -> object:
        if operation == operations.create:
            raise StoreError("no space is left")
        return await call(operation, **arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(host, "call", full)
    error = await refused(tools, DHCP)
    assert (
        "is made, but is not managed yet" in error.message
        and "/var/log/xen-tools/web.log" in error.details[-1]
    )
    assert left(host) == ["/etc/xen/web.cfg", "/srv/xen/domains/web"]
