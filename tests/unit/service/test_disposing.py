"""A domain deleted with its disks by the service, on the simulated host: real files, real jobs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_disk_images import MIB, left, needs_qemu, real, refused
from tests.waiting import until
from xentui.agent import remote
from xentui.agent.images import deletion_jobs as agent_disposing
from xentui.errors import CommandError, NotAllowedError, StoreError
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor


async def domain(host: Faulty, hypervisor: Hypervisor, name: str = "web1", *disks: str) -> Domain:
    specs = disks or ("/srv/guests/web1.img,raw,xvda,w", "/srv/guests/cd.iso,raw,xvdc:cdrom,r")
    for spec in specs:
        if spec.startswith("/srv/guests/") and not real(host, spec.partition(",")[0]).exists():
            real(host, spec.partition(",")[0]).write_bytes(bytes(MIB))
    await hypervisor.definitions.new(host.guest(name, disk=str(list(specs))))
    return await hypervisor.inventory.find(name)


async def stored(hypervisor: Hypervisor) -> set[str]:
    return {found.name for found in (await hypervisor.inventory.poll()).domains if found.managed}


async def test_its_disks_go_and_its_media_stay(host: Faulty, hypervisor: Hypervisor) -> None:
    plan = await hypervisor.disposing.plan(await domain(host, hypervisor))
    assert [image.path for image in plan.images] == ["/srv/guests/web1.img"]
    assert "1M" in plan.losses[0] and "cd.iso is a medium" in plan.losses[1] and plan.typed == "web1"
    await hypervisor.disposing.dispose(plan)
    assert await stored(hypervisor) == set()
    assert "web1.img" not in left(host) and "cd.iso" in left(host)
    assert [item.reason for item in await hypervisor.definitions.trash()] == ["with its disks"]


async def test_volumes_go_by_lvm(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.images.create("/dev/vg0/web1", 4 * MIB)
    plan = await hypervisor.disposing.plan(await domain(host, hypervisor, "web1", "phy:/dev/vg0/web1,xvda,w"))
    await hypervisor.disposing.dispose(plan)
    assert "web1" not in left(host, "/dev/vg0") and await stored(hypervisor) == set()


@pytest.mark.parametrize("how", ["path", "other path", "hard link"])
async def test_a_disk_of_another_domain_is_kept_and_said(
    host: Faulty, hypervisor: Hypervisor, how: str
) -> None:
    first = await domain(host, hypervisor)
    path = {"path": "/srv/guests/web1.img", "other path": "/srv//guests/web1.img"}.get(
        how, "/srv/guests/l.img"
    )
    if how == "hard link":
        os.link(real(host, "/srv/guests/web1.img"), real(host, path))
    await domain(host, hypervisor, "other", f"{path},raw,xvda,w")
    plan = await hypervisor.disposing.plan(first)
    assert not plan.images and any("web1.img is a disk of other" in line for line in plan.kept)
    await hypervisor.disposing.dispose(plan)
    assert "web1.img" in left(host) and await stored(hypervisor) == {"other"}


@needs_qemu
async def test_what_another_image_is_based_on_is_kept(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    base = ("/srv/guests/web1.img", "raw")
    await hypervisor.images.create("/srv/guests/over.qcow2", MIB, format="qcow2", backing=base)
    plan = await hypervisor.disposing.plan(first)
    assert not plan.images and any("over.qcow2" in line for line in plan.kept)
    await domain(host, hypervisor, "over", "/srv/guests/over.qcow2,qcow2,xvda,w")
    plan = await hypervisor.disposing.plan(first)
    assert not plan.images and any("is a disk of over too" in line for line in plan.kept)
    # The other way round what it is based on stays, and it goes.
    plan = await hypervisor.disposing.plan(await hypervisor.inventory.find("over"))
    assert [image.path for image in plan.images] == ["/srv/guests/over.qcow2"]


async def test_a_link_and_a_folder_of_everybody_are_refused(host: Faulty, hypervisor: Hypervisor) -> None:
    real(host, "/srv/guests/target.img").write_bytes(bytes(MIB))
    real(host, "/srv/guests/link.img").symlink_to(real(host, "/srv/guests/target.img"))
    linked = await domain(host, hypervisor, "linked", "/srv/guests/link.img,raw,xvda,w")
    error = await refused(hypervisor.disposing.plan(linked))
    assert isinstance(error, StoreError) and "symbolic link" in error.message
    real(host, "/srv/open").mkdir()
    real(host, "/srv/open/disk.img").write_bytes(bytes(MIB))
    real(host, "/srv/open").chmod(0o777)
    loose = await domain(host, hypervisor, "loose", "/srv/open/disk.img,raw,xvda,w")
    error = await refused(hypervisor.disposing.plan(loose))
    assert isinstance(error, StoreError) and error.code == "untrusted"
    assert await stored(hypervisor) == {"linked", "loose"}


async def test_one_that_runs_is_refused(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor, "web1", "/srv/guests/web1.img,raw,xvda,w")
    plan = await hypervisor.disposing.plan(first)
    await hypervisor.lifecycle.start(first)
    assert isinstance(await refused(hypervisor.disposing.plan(first)), NotAllowedError)
    # It was off when it was asked about: the questions take as long as they take.
    assert isinstance(await refused(hypervisor.disposing.dispose(plan)), NotAllowedError)
    assert plan.images and "web1.img" in left(host) and await stored(hypervisor) == {"web1"}


async def test_a_file_that_was_changed_since_it_was_agreed_to_stays(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    plan = await hypervisor.disposing.plan(await domain(host, hypervisor))
    with real(host, "/srv/guests/web1.img").open("ab") as file:
        file.write(b"new")
    error = await refused(hypervisor.disposing.dispose(plan))
    assert isinstance(error, StoreError) and error.code == "conflict"
    assert "web1.img" in left(host) and await stored(hypervisor) == {"web1"}


async def test_what_cannot_be_removed_is_told(host: Faulty, hypervisor: Hypervisor, killed: object) -> None:
    await hypervisor.images.create("/dev/vg0/web1", 4 * MIB)
    first = await domain(
        host, hypervisor, "web1", "phy:/dev/vg0/web1,xvda,w", "/srv/guests/web1.img,raw,xvdb,w"
    )
    plan = await hypervisor.disposing.plan(first)
    killed.source(  # type: ignore[attr-defined]
        'code = work.on_record(argv, lambda: work.execute([*work.record["prefix"], *argv]))',
        'code = work.on_record(argv, lambda: work.execute(["false"]))',
    )
    error = await refused(hypervisor.disposing.dispose(plan))
    assert isinstance(error, CommandError) and "/dev/vg0/web1 is left: lvremove failed" in error.message
    assert "web1.img" not in left(host), "the others go all the same"
    assert await stored(hypervisor) == set()


class Killed:
    """Has the job, a process of its own that is sent its source, run another."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def source(self, old: str, new: str) -> None:
        source = Path(agent_disposing.__file__).read_text()
        assert old in source
        of = remote._source
        changed = source.replace(old, new)
        self._patch.setattr(
            remote, "_source", lambda name: changed if name == "images.deletion_jobs" else of(name)
        )


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Killed:
    return Killed(monkeypatch)


@pytest.mark.parametrize("point", ["before trash", "after trash", "before disk"])
async def test_one_that_was_killed_is_gone_on_with_or_has_done_nothing(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    plan = await hypervisor.disposing.plan(await domain(host, hypervisor))
    with monkeypatch.context() as patch:
        Killed(patch).source(f'reached("{point}")', "os._exit(9)")
        await refused(hypervisor.disposing.dispose(plan))
    if point == "before trash":
        await hypervisor.inventory.poll()
        assert "web1" in await stored(hypervisor) and "web1.img" in left(host)
        return

    async def removed() -> bool:
        await hypervisor.inventory.poll()
        return "web1.img" not in left(host)

    await until(removed)
    assert "web1.img" not in left(host) and await stored(hypervisor) == set()


async def test_who_deletes_it_without_its_disks_keeps_them_from_a_job_that_was_killed(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await domain(host, hypervisor)
    plan = await hypervisor.disposing.plan(first)
    with monkeypatch.context() as patch:
        Killed(patch).source('reached("before trash")', "os._exit(9)")
        await refused(hypervisor.disposing.dispose(plan))
        await hypervisor.repository.delete(first.uuid, label="web1")
    (place,) = Path(host.store_root, "jobs").iterdir()

    async def ended() -> bool:
        await hypervisor.inventory.poll()
        return (place / "end.json").exists()

    await until(ended)
    assert "they are kept" in (place / "end.json").read_text()
    assert "web1.img" in left(host) and await stored(hypervisor) == set()


async def test_one_that_is_brought_back_keeps_what_is_left_of_its_disks(
    host: Faulty, hypervisor: Hypervisor, killed: Killed
) -> None:
    first = await domain(
        host, hypervisor, "web1", "/srv/guests/web1.img,raw,xvda,w", "/srv/guests/web2.img,raw,xvdb,w"
    )
    plan = await hypervisor.disposing.plan(first)
    killed.source(
        'reached("before disk")',
        "trash.undelete(work.root, name_or_uuid=work.uuid)",
    )
    error = await refused(hypervisor.disposing.dispose(plan))
    assert isinstance(error, CommandError) and "brought back" in error.message
    assert {"web1.img", "web2.img"} <= set(left(host)) and await stored(hypervisor) == {"web1"}


async def test_a_dry_run_says_it_and_does_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await domain(host, hypervisor)
    said: list[str] = []
    dry = hypervisor.stricter(read_only=False, dry_run=True, announce=said.append)
    await dry.disposing.dispose(await dry.disposing.plan(first))
    await dry.cloning.clone(await dry.cloning.plan(first, "web2"))
    assert said[0] == "rm -- /srv/guests/web1.img" and said[1].startswith("# xentui-store delete")
    assert said[2].endswith("/srv/guests/web1.img /srv/guests/web2.img") and "create" in said[3]
    assert "web1.img" in left(host) and await stored(hypervisor) == {"web1"}
