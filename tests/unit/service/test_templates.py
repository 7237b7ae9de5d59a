"""Templates by the service, on the simulated host: real files, real jobs."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_cloning import _source, domain as plain, stored
from tests.unit.service.test_disk_images import MIB, left, needs_qemu, real, refused
from xentui.agent.images import new_domain
from xentui.errors import ConfigError, NotAllowedError, StoreError, UsageError, XentuiError
from xentui.model.domain import Domain, Drift
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, reason_against

DISKS = (
    "['/srv/guests/web1.img,raw,xvda,w', '/srv/guests/data.img,raw,xvdb,w', '/srv/guests/doc.img,raw,xvdd,w', "
    "'/srv/guests/cd.iso,raw,xvdc:cdrom,r']"
)


def _based(base: str, overlay: Path) -> None:
    """Make an image that is based on another."""
    argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base, str(overlay)]
    subprocess.run(argv, check=True)


async def template(host: Faulty, hypervisor: Hypervisor, *words: str, disk: str = DISKS) -> Domain:
    """A template of three disks and a medium."""
    for name in ("data", "doc"):
        real(host, f"/srv/guests/{name}.img").write_bytes(name.encode() * 1024)
    domain = await plain(host, hypervisor, disk=disk)
    await hypervisor.templates.mark(domain, words)
    return await hypervisor.inventory.find("web1")


async def test_a_domain_becomes_a_template_as_a_new_version_and_one_again(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    made = await template(host, hypervisor, "memory", "xvdb=2M")
    assert made.template and made.version == 2
    assert (await hypervisor.history.versions(made))[-1].reason == "made a template"
    assert (await hypervisor.templates.asked(made)).words == (
        "memory",
        "xvda=copy",
        f"xvdb={2 * MIB}B",
        "xvdd=copy",
    )
    await hypervisor.templates.unmark(made)
    again = await hypervisor.inventory.find("web1")
    assert not again.template and not reason_against(again, Action.START)


async def test_it_is_never_started_and_stands_below_all_others(host: Faulty, hypervisor: Hypervisor) -> None:
    made = await template(host, hypervisor)
    await hypervisor.definitions.new(host.guest("zzz"))
    assert [each.name for each in (await hypervisor.inventory.poll()).domains][-1] == "web1"
    for action in (Action.START, Action.INSTALL, Action.MIGRATE, Action.AUTOSTART, Action.RESUME):
        assert reason_against(made, action) == "it is a template, which is never started"
    error = await refused(hypervisor.lifecycle.start(made))
    assert isinstance(error, NotAllowedError) and "--template" in str(error.hint)
    error = await refused(hypervisor.lifecycle.create("/etc/xen/web1.cfg"))
    assert isinstance(error, NotAllowedError), "its name and disks are not booted from the file either"
    assert (await hypervisor.inventory.find("web1")).state is DomainState.OFF


async def test_one_that_starts_with_the_host_or_runs_becomes_none(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await plain(host, hypervisor)
    await hypervisor.definitions.autostart(domain, on=True)
    error = await refused(hypervisor.templates.mark(domain, []))
    assert "autostart" in error.message
    await hypervisor.definitions.autostart(domain, on=False)
    await hypervisor.lifecycle.start(domain)
    assert "running" in (await refused(hypervisor.templates.mark(domain, []))).message


async def test_each_disk_becomes_what_its_template_says(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await template(host, hypervisor, "memory", "xvdb=2M", "xvdd=shared")
    plan = await hypervisor.templates.plan(first, "new", {"memory": "256"})
    assert [copy.words for copy in plan.copies] == [
        "xvda: /srv/guests/new.img, a copy of /srv/guests/web1.img",
        "xvdb: /srv/guests/new-data.img, new and empty, 2M",
    ]
    await hypervisor.cloning.clone(plan)
    made = await hypervisor.inventory.find("new")
    assert made.stored is not None and not made.template and made.stored.memory_kib == 256 << 10
    disks = {disk.vdev: (disk.target, disk.access.value) for disk in made.stored.disks}
    assert disks == {
        "xvda": ("/srv/guests/new.img", "w"),
        "xvdb": ("/srv/guests/new-data.img", "w"),
        "xvdc": ("/srv/guests/cd.iso", "r"),
        "xvdd": ("/srv/guests/doc.img", "r"),
    }
    empty = real(host, "/srv/guests/new-data.img")
    assert empty.stat().st_size == 2 * MIB and empty.stat().st_blocks == 0
    assert empty.stat().st_mode & 0o777 == 0o600
    assert real(host, "/srv/guests/new.img").read_bytes() == real(host, "/srv/guests/web1.img").read_bytes()
    assert (await hypervisor.history.versions(made))[0].reason == "made of the template web1"
    assert made.uuid != first.uuid and first.stored is not None
    assert made.stored.vifs[0].mac not in ("", first.stored.vifs[0].mac)
    await hypervisor.lifecycle.start(made)


async def test_what_is_said_of_one_domain_goes_before_what_its_template_says(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    first = await template(host, hypervisor, "xvdb=2M")
    settings = {
        "xvda": "3M,/srv/guests/a.img",
        "xvdb": "/srv/guests/b.img",
        "xvdd": "shared",
        "extra": "quiet",
    }
    plan = await hypervisor.templates.plan(first, "new", settings)
    assert [(copy.vdev, copy.path, copy.empty) for copy in plan.copies] == [
        ("xvda", "/srv/guests/a.img", 3 * MIB),
        ("xvdb", "/srv/guests/b.img", 2 * MIB),
    ]
    assert 'extra = "quiet"' in plan.text and "template" not in plan.text


async def test_an_empty_disk_is_a_volume_where_its_template_has_one(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.images.create("/dev/vg0/web1", 4 * MIB)
    first = await template(host, hypervisor, "xvda=8M", disk="['phy:/dev/vg0/web1,xvda,w']")
    await hypervisor.cloning.clone(await hypervisor.templates.plan(first, "new", {}))
    assert real(host, "/dev/vg0/new").stat().st_size == 8 * MIB
    made = await hypervisor.inventory.find("new")
    assert made.stored is not None and made.stored.disks[0].target == "/dev/vg0/new"


async def test_an_empty_disk_promises_no_format(host: Faulty, hypervisor: Hypervisor) -> None:
    real(host, "/srv/guests/web1.qcow2").write_bytes(b"QFI\xfb")
    first = await template(host, hypervisor, "xvda=2M", disk="['/srv/guests/web1.qcow2,qcow2,xvda,w']")
    plan = await hypervisor.templates.plan(first, "new", {})
    assert [copy.path for copy in plan.copies] == ["/srv/guests/new.img"] and "new.img,raw,xvda" in plan.text


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"memory": "lots"}, XentuiError),
        ({"nonsense": "1"}, UsageError),
        ({"name": "other"}, UsageError),
        ({"xvda": "huge"}, UsageError),
        ({"xvda": "-1"}, UsageError),
        ({"xvda": "0"}, UsageError),
        ({"xvda": "10"}, UsageError),
        ({"xvda": "1e3"}, UsageError),
        ({"xvda": "copy,/srv/guests/cd.iso"}, StoreError),
        ({"xvda": "copy,relative.img"}, UsageError),
        ({"xvda": "2M,/dev/null"}, UsageError),
        ({"xvda": "2M,/dev/nogroup/x"}, UsageError),
    ],
)
async def test_words_that_make_no_sense_make_nothing(
    host: Faulty, hypervisor: Hypervisor, settings: dict[str, str], kind: type[Exception]
) -> None:
    first = await template(host, hypervisor)
    before = left(host)
    assert isinstance(await refused(hypervisor.templates.plan(first, "new", settings)), kind)
    assert left(host) == before and await stored(hypervisor) == {"web1"}


async def test_what_is_odd_about_an_answer_is_told(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await template(host, hypervisor)
    await hypervisor.templates.mark(first, ["memory", "maxmem"])
    plan = await hypervisor.templates.plan(first, "new", {"memory": "2G", "maxmem": "1G"})
    assert any("maxmem is less than memory" in note for note in plan.notes)


@pytest.mark.usefixtures("files_as_on_ext4")
async def test_a_size_no_file_system_has_leaves_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await template(host, hypervisor)
    before = left(host)
    plan = await hypervisor.templates.plan(first, "new", {"xvda": "4194303T"})
    error = await refused(hypervisor.cloning.clone(plan))
    assert "no file that large" in str(error) or "nothing is left" in str(error), error.report
    assert left(host) == before and await stored(hypervisor) == {"web1"}


async def test_a_template_whose_disk_is_gone_says_which(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await template(host, hypervisor)
    real(host, "/srv/guests/data.img").unlink()
    before = left(host)
    error = await refused(hypervisor.templates.plan(first, "new", {}))
    assert isinstance(error, ConfigError) and "/srv/guests/data.img does not exist" in error.message
    plan = await hypervisor.templates.plan(first, "new", {"xvdb": "2M"})
    assert plan.copies, "what is new needs none"
    assert left(host) == before


async def test_a_disk_that_vanishes_after_the_plan_leaves_nothing(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    first = await template(host, hypervisor, "xvdb=2M")
    plan = await hypervisor.templates.plan(first, "new", {})
    real(host, "/srv/guests/doc.img").unlink()
    before = left(host)
    await refused(hypervisor.cloning.clone(plan))
    assert left(host) == before and await stored(hypervisor) == {"web1"}


@pytest.mark.parametrize("point", ["disks written", "disks named"])
async def test_one_that_was_killed_leaves_no_empty_disk(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    first = await template(host, hypervisor, "xvdb=2M")
    plan = await hypervisor.templates.plan(first, "new", {})
    before = left(host)
    with monkeypatch.context() as patch:
        _source(patch, lambda source: source.replace(f'reached("{point}")', "os._exit(9)"), new_domain)
        await refused(hypervisor.cloning.clone(plan))
    for _ in range(500):
        await hypervisor.inventory.poll()
        if left(host) == before:
            break
        await asyncio.sleep(0.02)
    assert left(host) == before and await stored(hypervisor) == {"web1"}


async def test_nothing_else_writes_to_what_is_copied(host: Faulty, hypervisor: Hypervisor) -> None:
    await template(host, hypervisor)
    other = host.guest("other", disk="['/srv/guests/web1.img,raw,xvda,w']")
    error = await refused(hypervisor.lifecycle.create(other))
    assert isinstance(error, ConfigError) and "belongs to the template web1" in error.message
    reader = host.guest("reader", disk="['/srv/guests/web1.img,raw,xvda,r']")
    await hypervisor.lifecycle.create(reader)


async def test_it_stays_while_a_domain_reads_a_disk_of_it(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await template(host, hypervisor, "xvdd=shared")
    await hypervisor.cloning.clone(await hypervisor.templates.plan(first, "new", {}))
    error = await refused(hypervisor.definitions.delete(first))
    assert isinstance(error, NotAllowedError) and "/srv/guests/doc.img is what new needs too" in error.message
    assert isinstance(await refused(hypervisor.templates.unmark(first)), NotAllowedError)
    await hypervisor.definitions.delete(await hypervisor.inventory.find("new"))
    await hypervisor.definitions.delete(first)
    assert await stored(hypervisor) == set()
    await hypervisor.definitions.undelete("web1")
    assert (await hypervisor.inventory.find("web1")).template


@needs_qemu
async def test_it_stays_while_an_image_is_based_on_one_of_its(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await template(host, hypervisor)
    overlay = real(host, "/srv/guests/over.qcow2")
    base = host.host_path("/srv/guests/web1.img")
    _based(base, overlay)
    await hypervisor.definitions.new(host.guest("over", disk="['/srv/guests/over.qcow2,qcow2,xvda,w']"))
    error = await refused(hypervisor.definitions.delete(first))
    assert isinstance(error, NotAllowedError) and "over needs too" in error.message


async def test_a_medium_that_others_have_too_keeps_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    first = await template(host, hypervisor)
    await hypervisor.definitions.new(host.guest("other", disk="['/srv/guests/cd.iso,raw,xvdc:cdrom,r']"))
    await hypervisor.definitions.delete(first)


async def test_a_file_is_stored_as_a_template(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.definitions.new(host.guest("base"), template=True)
    assert (await hypervisor.inventory.find("base")).template
    text = Path(host.host_path(host.guest("own"))).read_text()
    Path(host.host_path("/etc/xen/own.cfg")).write_text(f"# xentui: template: memory\n{text}")
    await hypervisor.definitions.new("/etc/xen/own.cfg")
    own = await hypervisor.inventory.find("own")
    assert own.template and (await hypervisor.templates.asked(own)).words == ("memory",)


async def test_a_template_differs_from_its_file_by_what_was_changed_only(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """What xentui itself writes, that it is a template and what it asks, is no drift; a change of the text is one."""

    async def now() -> Domain:
        return await hypervisor.inventory.find("base")

    path = host.guest("base")
    await hypervisor.definitions.new(path)
    await hypervisor.templates.mark(await now(), ["memory"])
    assert (await now()).template and (await now()).drift == ()
    await hypervisor.templates.mark(await now(), ["memory", "vcpus"])
    assert ((await now()).drift, (await now()).version) == ((), 3)
    await hypervisor.templates.unmark(await now())
    assert (await now()).drift == ()
    await hypervisor.resources.set_memory(await now(), 120)
    await hypervisor.templates.mark(await now(), [])
    assert (await now()).drift == (Drift.FILE,), "what was changed before is a change still"


async def test_a_template_stays_one_where_its_file_is_taken_over(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = host.guest("base")
    await hypervisor.definitions.new(path)
    await hypervisor.templates.mark(await hypervisor.inventory.find("base"), ["memory"])
    real(host, path).write_text(real(host, path).read_text().replace("memory = 128", "memory = 144"))
    assert (await hypervisor.inventory.find("base")).drift == (Drift.FILE,)
    await hypervisor.editing.drift.take_file(await hypervisor.inventory.find("base"))
    made = await hypervisor.inventory.find("base")
    assert made.template and made.drift == () and made.memory_mib == 144
    real(host, path).write_text(real(host, path).read_text().replace("memory = 144", "memory = 160"))
    await hypervisor.definitions.new(path, replace=True)
    made = await hypervisor.inventory.find("base")
    assert made.template and made.memory_mib == 160
    assert (await hypervisor.templates.asked(made)).words == ("memory",)


async def test_a_domain_is_no_template_to_make_another_of(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await plain(host, hypervisor)
    error = await refused(hypervisor.templates.plan(domain, "new", {}))
    assert isinstance(error, UsageError) and error.message == "is not a template"
    error = await refused(hypervisor.templates.mark(domain, ["xvdz=copy"]))
    assert isinstance(error, UsageError) and "xvda" in str(error.hint)


async def test_a_template_can_be_edited_into_nonsense_and_says_so(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    first = await template(host, hypervisor)
    entry = await hypervisor.session.store.read(first.uuid)
    text = (entry.text or "").replace("# xentui: template", "# xentui: template: xvda=huge")
    await hypervisor.repository.put(entry, text, reason="by hand")
    first = await hypervisor.inventory.find("web1")
    assert first.template and isinstance(await refused(hypervisor.templates.asked(first)), ConfigError)
    assert isinstance(await refused(hypervisor.templates.plan(first, "new", {})), ConfigError)
    await hypervisor.templates.mark(first, [])
