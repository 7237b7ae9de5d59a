"""One domain made of another by the service, on the simulated host: real files, real jobs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, strategies as st

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_disk_images import MIB, left, real, refused
from tests.waiting import until
from xentui import config as language
from xentui.agent import remote
from xentui.agent.images import clone_jobs as agent_cloning, new_domain
from xentui.errors import ConfigError, HostError, NotAllowedError, StoreError, UsageError
from xentui.model.domain import Domain
from xentui.service.cloning import text as texts
from xentui.service.cloning.paths import candidates, renamed
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs import run as job_run

NAMES = st.from_regex(r"[A-Za-z0-9_.:+][A-Za-z0-9_.:+-]{0,20}", fullmatch=True)
FILES = st.from_regex(r"[A-Za-z0-9_.+-]{1,30}", fullmatch=True)


@given(NAMES, NAMES, FILES)
def test_a_copy_is_offered_in_its_folder_under_a_name_of_its_own(old: str, new: str, file: str) -> None:
    path = f"/srv/xen/{file}"
    offered = list(candidates(path, old, new))
    assert path not in offered and len(set(offered)) == len(offered) > 1
    for each in offered:
        folder, _slash, name = each.rpartition("/")
        assert folder == "/srv/xen" and name and ":" not in name


@pytest.mark.parametrize(
    ("path", "copy"),
    [
        ("/srv/web1.img", "/srv/web2.img"),
        ("/srv/web1-data.qcow2", "/srv/web2-data.qcow2"),
        ("/srv/web1/disk.img", "/srv/web1/web2-disk.img"),
        ("/srv/web10.img", "/srv/web2-web10.img"),
        ("/dev/vg0/web1", "/dev/vg0/web2"),
        ("/srv/web1_web1.img", "/srv/web2_web2.img"),
    ],
)
def test_the_name_is_replaced_where_it_stands_for_itself(path: str, copy: str) -> None:
    assert renamed(path, "web1", "web2") == copy


def test_what_only_one_can_have_is_its_own() -> None:
    document = language.parse(
        'name = "web1"\nuuid = "c0ffee00-0000-4000-8000-000000000001"\n# kept\n'
        "vif = [ 'mac=00:16:3e:00:00:01,bridge=xenbr0,vifname=web1', 'bridge=xenbr1' ]\n"
        "vfb = [ 'type=vnc,vncdisplay=7,vncunused=0,vnclisten=127.0.0.1:7' ]\n"
        'vncdisplay = 7\nvncunused = 0\nvnclisten = "192.0.2.1:7"\n'
        "disk = [ '/a.img,raw,xvda,w', '/b.img,raw,xvdb,w', '/c.iso,raw,xvdc,r' ]\n"
        'extra = "hostname=web1"\npci = [ "0000:01:00.0" ]\nserial = "tcp:192.0.2.1:4555"\n'
    )
    macs = iter(("00:16:3e:00:00:0a", "00:16:3e:00:00:0b"))
    made = texts.cloned(
        document,
        "web2",
        "c0ffee00-0000-4000-8000-000000000002",
        {0: "/x.img,raw,xvda,w", 1: None},
        lambda: next(macs),
    )
    assert "# kept" in made.text
    assert language.identity(made) == language.Identity("web2", "c0ffee00-0000-4000-8000-000000000002")
    assert made.strings("vif") == (
        "mac=00:16:3e:00:00:0a,bridge=xenbr0",
        "mac=00:16:3e:00:00:0b,bridge=xenbr1",
    )
    assert made.strings("vfb") == ("type=vnc,vnclisten=127.0.0.1",)
    assert made.strings("disk") == ("/x.img,raw,xvda,w", "/c.iso,raw,xvdc,r")
    assert [made.get(key) for key in ("vncdisplay", "vncunused", "vnclisten")] == [None, None, "192.0.2.1"]
    said = "\n".join(texts.review_notes(made, "web1"))
    assert "pci, serial: as in web1" in said and "extra: names web1 still" in said


async def domain(host: Faulty, hypervisor: Hypervisor, *, name: str = "web1", disk: str = "") -> Domain:
    """A stored domain with a disk of 4 MiB that has 4 KiB of data, and a medium."""
    source = real(host, "/srv/guests/web1.img")
    with source.open("wb") as file:
        os.truncate(file.fileno(), 4 * MIB)
        os.pwrite(file.fileno(), b"data" * 1024, MIB)
    real(host, "/srv/guests/cd.iso").write_bytes(bytes(4096))
    disks = disk or "['/srv/guests/web1.img,raw,xvda,w', '/srv/guests/cd.iso,raw,xvdc:cdrom,r']"
    path = host.guest(name, disk=disks, vif="['bridge=xenbr0']")
    await hypervisor.definitions.new(path)
    return await hypervisor.inventory.find(name)


async def stored(hypervisor: Hypervisor) -> set[str]:
    return {found.name for found in (await hypervisor.inventory.poll()).domains if not found.is_control}


async def test_a_clone_has_its_own_disk_uuid_and_mac(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2")
    assert any("cd.iso" in line for line in plan.shares) and any("machine-id" in line for line in plan.notes)
    await hypervisor.cloning.clone(plan)
    made = await hypervisor.inventory.find("web2")
    assert made.stored is not None and first.stored is not None
    assert [disk.target for disk in made.stored.disks] == ["/srv/guests/web2.img", "/srv/guests/cd.iso"]
    assert made.uuid == plan.uuid != first.uuid
    assert made.stored.vifs[0].mac not in ("", first.stored.vifs[0].mac)
    copy = real(host, "/srv/guests/web2.img")
    assert copy.read_bytes() == real(host, "/srv/guests/web1.img").read_bytes()
    assert copy.stat().st_blocks * 512 <= 64 << 10, "it is as sparse"
    assert not any(name.startswith(".xentui") for name in left(host))
    assert (await hypervisor.history.versions(made))[0].reason == "clone of web1"


async def test_one_that_runs_is_refused_with_what_to_do(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    await hypervisor.lifecycle.start(first)
    error = await refused(hypervisor.cloning.plan(await hypervisor.inventory.find("web1"), "web2"))
    assert isinstance(error, NotAllowedError) and "running" in error.message
    assert "shutdown" in str(error.hint) and "torn" in str(error.hint)


async def test_a_name_that_is_taken_is_refused_before_anything_is_copied(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    first = await domain(host, hypervisor)
    await hypervisor.definitions.new(host.guest("web2"))
    before = left(host)
    assert isinstance(await refused(hypervisor.cloning.plan(first, "web2")), NotAllowedError)
    assert isinstance(await refused(hypervisor.cloning.plan(first, "we b")), ConfigError)
    assert left(host) == before


async def test_a_disk_another_domain_writes_to_is_not_copied(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    other = host.guest("other", disk="['/srv/guests/web1.img,raw,xvda,w']")
    await hypervisor.lifecycle.create(other)
    error = await refused(hypervisor.cloning.plan(first, "web2"))
    assert isinstance(error, ConfigError) and "other" in error.message


async def test_paths_can_be_said_and_disks_shared_or_left_out(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    cloning = hypervisor.cloning
    plan = await cloning.plan(first, "web2", paths={"xvda": "/srv/other.img"})
    assert [copy.path for copy in plan.copies] == ["/srv/other.img"]
    plan = await cloning.plan(first, "web2", share=["xvda"])
    assert not plan.copies and any("only one of them can run" in line for line in plan.shares)
    plan = await cloning.plan(first, "web2", without=True)
    assert not plan.copies and "web1.img" not in plan.text and "cd.iso" in plan.text
    await cloning.clone(plan)
    assert "web2" in await stored(hypervisor)


@pytest.mark.parametrize(
    ("paths", "share", "kind"),
    [
        ({"xvdz": "/srv/x.img"}, [], UsageError),
        ({}, ["xvdz"], UsageError),
        ({"xvda": "relative.img"}, [], StoreError),
        ({"xvda": "/srv/guests/cd.iso"}, [], StoreError),
        ({"xvda": "/dev/null"}, [], UsageError),
        ({"xvda": "/dev/nogroup/web2"}, [], UsageError),
        ({"xvda": "/srv/x.img"}, ["xvda"], UsageError),
    ],
)
async def test_words_that_make_no_sense_are_refused(
    host: Faulty, hypervisor: Hypervisor, paths: dict[str, str], share: list[str], kind: type[Exception]
) -> None:
    first = await domain(host, hypervisor)
    assert isinstance(await refused(hypervisor.cloning.plan(first, "web3", paths=paths, share=share)), kind)


async def test_a_path_that_is_taken_is_passed_over(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    real(host, "/srv/guests/web2.img").write_bytes(b"precious")
    plan = await hypervisor.cloning.plan(first, "web2")
    assert [copy.path for copy in plan.copies] == ["/srv/guests/web2-2.img"]


async def test_a_path_that_is_taken_meanwhile_is_never_written_over(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2")
    there = real(host, "/srv/guests/web2.img")
    there.write_bytes(b"precious")
    error = await refused(hypervisor.cloning.clone(plan))
    assert isinstance(error, StoreError) and error.code == "exists"
    assert error.subject == "/srv/guests/web2.img"
    assert there.read_bytes() == b"precious" and "web2" not in await stored(hypervisor)


async def test_a_folder_that_is_missing_is_said_before(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2", paths={"xvda": "/srv/none/x.img"})
    error = await refused(hypervisor.cloning.clone(plan))
    assert isinstance(error, StoreError) and error.code == "missing" and error.subject == "/srv/none/x.img"


@pytest.mark.parametrize("thin", [False, True], ids=["thick", "thin"])
async def test_a_volume_becomes_a_volume(host: Faulty, hypervisor: Hypervisor, thin: bool) -> None:
    await hypervisor.images.create("/dev/vg0/web1", 4 * MIB, preallocated=not thin)
    with real(host, "/dev/vg0/web1").open("r+b") as file:
        os.pwrite(file.fileno(), b"data" * 1024, MIB)
    first, before = (
        await domain(host, hypervisor, disk="['phy:/dev/vg0/web1,xvda,w']"),
        left(host, "/dev/vg0"),
    )
    plan = await hypervisor.cloning.plan(first, "web2")
    assert [(copy.path, copy.snapshot) for copy in plan.copies] == [("/dev/vg0/web2", thin)]
    await hypervisor.cloning.clone(plan)
    assert real(host, "/dev/vg0/web2").read_bytes() == real(host, "/dev/vg0/web1").read_bytes()
    assert left(host, "/dev/vg0") == {*before, "web2"}
    made = await hypervisor.inventory.find("web2")
    assert made.stored is not None and made.stored.disks[0].target == "/dev/vg0/web2"


async def test_a_file_can_become_a_volume_and_a_volume_a_file(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2", paths={"xvda": "/dev/vg0/web2"})
    await hypervisor.cloning.clone(plan)
    second = await hypervisor.inventory.find("web2")
    plan = await hypervisor.cloning.plan(second, "web3", paths={"xvda": "/srv/guests/web3.img"})
    await hypervisor.cloning.clone(plan)
    first_bytes = real(host, "/srv/guests/web1.img").read_bytes()
    assert real(host, "/srv/guests/web3.img").read_bytes() == first_bytes
    assert real(host, "/dev/vg0/web2").read_bytes() == first_bytes


def _source(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str], module: ModuleType = agent_cloning
) -> None:
    """Have the job, a process of its own that is sent its source, run another ``module``."""
    own, changed = Path(str(module.__file__)).read_text(), module.__name__.removeprefix("xentui.agent.")
    source = change(own)
    assert source != own, "what is to be changed is there no more"
    of = remote._source
    monkeypatch.setattr(remote, "_source", lambda name: source if name == changed else of(name))


async def test_one_that_is_cancelled_leaves_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = "def _copy(source: int, size: int, to: int, whole: bool, report: Callable[[int], None]) -> None:\n"
    endless = f"{head}    import time\n    while True:\n        time.sleep(0.01)\n        report(1)\n"
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2")
    _source(monkeypatch, lambda source: source.replace(head, endless))
    before = left(host)
    begun = asyncio.Event()
    work = asyncio.ensure_future(
        hypervisor.cloning.clone(plan, progress=lambda percent, words="": begun.set())
    )
    await begun.wait()
    assert left(host) != before
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert left(host) == before and "web2" not in await stored(hypervisor)


async def test_a_volume_of_somebody_else_stays_that_took_the_name_meanwhile(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await domain(host, hypervisor)
    real(host, "/dev/vg0").mkdir(parents=True, exist_ok=True)
    plan = await hypervisor.cloning.plan(first, "web2", paths={"xvda": "/dev/vg0/web2"})
    with monkeypatch.context() as patch:
        # Theirs comes before the renaming, which fails; the job is killed when it has taken its own away.
        naming = "code = self._volume(disk).name()\n"
        theirs = 'open(str(disk["path"]), "w").close()\n                ' + naming
        ended = "        left = copies.take_away()\n"
        killed = ended + "        os._exit(9)\n"
        _source(patch, lambda source: source.replace(naming, theirs).replace(ended, killed))
        await refused(hypervisor.cloning.clone(plan))
    assert "web2" in left(host, "/dev/vg0")
    (place,) = Path(host.store_root, "jobs").iterdir()

    async def settled() -> bool:
        await hypervisor.inventory.poll()
        return (place / "end.json").exists()

    await until(settled)
    assert "web2" in left(host, "/dev/vg0")


async def test_one_that_runs_by_now_is_not_copied(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2")
    before = left(host)
    await hypervisor.lifecycle.start(first)
    assert isinstance(await refused(hypervisor.cloning.clone(plan)), NotAllowedError)
    assert left(host) == before and "web2" not in await stored(hypervisor)


@pytest.mark.parametrize("kind", ["file", "volume"])
@pytest.mark.parametrize("point", ["disks written", "disks named"])
async def test_one_that_was_killed_leaves_nothing_once_somebody_looks(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, kind: str, point: str
) -> None:
    first = await domain(host, hypervisor)
    paths = {"xvda": "/dev/vg0/web2"} if kind == "volume" else {}
    real(host, "/dev/vg0").mkdir(parents=True, exist_ok=True)
    plan = await hypervisor.cloning.plan(first, "web2", paths=paths)
    before = left(host), left(host, "/dev/vg0")
    with monkeypatch.context() as patch:
        _source(patch, lambda source: source.replace(f'reached("{point}")', "os._exit(9)"), new_domain)
        await refused(hypervisor.cloning.clone(plan))

    async def as_before() -> bool:
        await hypervisor.inventory.poll()
        return (left(host), left(host, "/dev/vg0")) == before

    await until(as_before)
    assert "web2" not in await stored(hypervisor)


async def test_one_whose_name_is_stored_meanwhile_takes_its_disks_away(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2")
    _source(
        monkeypatch,
        lambda source: source.replace(
            "    def store(self) -> None:\n",
            '    def store(self) -> None:\n        raise AgentError("exists", "the name web2 is already stored")\n',
        ),
        new_domain,
    )
    before = left(host)
    error = await refused(hypervisor.cloning.clone(plan))
    assert isinstance(error, StoreError) and error.code == "exists" and left(host) == before
    assert "nothing is left of it" in "\n".join(error.details)


async def test_what_somebody_has_written_to_since_is_kept_and_said(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2")
    path = host.host_path("/srv/guests/web2.img")
    _source(
        monkeypatch,
        lambda source: source.replace(
            "    def store(self) -> None:\n",
            f"    def store(self) -> None:\n        open({path!r}, 'ab').write(b'mine')\n"
            '        raise AgentError("exists", "the name web2 is already stored")\n',
        ),
        new_domain,
    )
    error = await refused(hypervisor.cloning.clone(plan))
    assert "left over: /srv/guests/web2.img" in "\n".join(error.details)
    assert "web2.img" in left(host)


async def test_it_goes_on_when_the_line_breaks(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01,))
    first = await domain(host, hypervisor)
    plan = await hypervisor.cloning.plan(first, "web2")
    call = host.call

    async def broken(operation: object, *_: object, **arguments: object) -> object:
        if operation == "look_job":
            raise HostError("the line is cut")
        return await call(operation, **arguments)  # type: ignore[arg-type]

    host.call = broken  # type: ignore[method-assign, assignment]
    assert isinstance(await refused(hypervisor.cloning.clone(plan)), job_run.GoesOnError)
    host.call = call  # type: ignore[method-assign]

    async def is_stored() -> bool:
        return "web2" in await stored(hypervisor)

    await until(is_stored, "the domain was not stored")
