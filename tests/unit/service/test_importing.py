"""Old files into the store: what ``import``, ``new`` and ``create`` make of files of xm and xend."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from xentui.config import parse
from xentui.config.convert import Conversion, convert
from xentui.config.convert.xend import from_domain, name_in
from xentui.config.sxp import Sxp
from xentui.errors import ConfigError, NotAllowedError
from xentui.model.state import DomainState
from xentui.service import importing
from xentui.service.hypervisor import Hypervisor
from xentui.service.importing import Imported

UUIDS = [f"11111111-2222-3333-4444-00000000000{number}" for number in range(4)]
KERNEL = "kernel = '/srv/guests/vmlinuz'\nramdisk = '/srv/guests/guest-initrd.gz'\n"


def write(host: Faulty, path: str, text: str) -> str:
    place = Path(host.host_path(path))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return path


def xend(name: str, uuid: str, more: str = "") -> str:
    return (
        f"(domain (name {name}) (uuid {uuid}) (memory 128) (image (linux (kernel /srv/guests/vmlinuz)"
        f" (ramdisk /srv/guests/guest-initrd.gz) (args 'ro'))) (device (vif (mac 00:16:3e:00:00:01))) {more})\n"
    )


async def imported(hypervisor: Hypervisor, *paths: str, replace: bool = False) -> list[Imported]:
    return [outcome async for outcome in hypervisor.importing.run(paths, replace=replace)]


async def test_a_file_of_xm_is_stored_converted(host: Faulty, hypervisor: Hypervisor) -> None:
    path = write(
        host, "/etc/xen/old.cfg", f"memory = 64 * 2\nbuilder = 'linux'\n{KERNEL}uuid = '{UUIDS[1]}'\n"
    )
    (outcome,) = await imported(hypervisor, path)
    assert outcome.defined is not None
    assert (outcome.name, outcome.defined.uuid, outcome.error) == ("old", UUIDS[1], None)
    assert any("64 * 2 → 128" in warning for warning in outcome.defined.warnings)
    domain = await hypervisor.inventory.find("old")
    assert (domain.managed, domain.state, domain.uuid) == (True, DomainState.OFF, UUIDS[1])
    assert (await hypervisor.history.text(domain)).startswith('memory = 128\ntype = "pv"\n')
    (version,) = await hypervisor.history.versions(domain)
    assert version.reason == f"import {path}"
    assert domain.drift == ()
    await hypervisor.lifecycle.start(domain)


async def test_xends_store_is_taken_over_with_its_uuids(host: Faulty, hypervisor: Hypervisor) -> None:
    folder = "/var/lib/xend/domains"
    for number, name in enumerate(("a", "b"), 1):
        write(host, f"{folder}/{UUIDS[number]}/config.sxp", xend(name, UUIDS[number]))
    write(host, f"{folder}/{UUIDS[2]}/checkpoint.chk", "memory")
    outcomes = await imported(hypervisor, folder)
    assert [outcome.name for outcome in outcomes] == ["a", "b"]
    defined = [outcome.defined for outcome in outcomes]
    assert [made.uuid for made in defined if made] == UUIDS[1:3]
    assert defined[1] is not None
    assert [word for word in defined[1].warnings if "xend's memory image" in word]
    text = await hypervisor.history.text(await hypervisor.inventory.find("a"))
    assert parse(text).strings("vif") == ("mac=00:16:3e:00:00:01",)
    (again,) = await imported(hypervisor, f"{folder}/{UUIDS[1]}")
    assert again.defined is not None
    assert (again.defined.redefined, again.defined.version) == (True, 2)


async def test_a_listing_has_several_domains(host: Faulty, hypervisor: Hypervisor) -> None:
    listing = "(domain (domid 0) (name Domain-0))\n" + xend("a", UUIDS[1]) + xend("b", UUIDS[2], "(domid 4)")
    outcomes = await imported(hypervisor, write(host, "/srv/import/list.sxp", listing))
    assert [(outcome.name, bool(outcome.defined)) for outcome in outcomes] == [("a", True), ("b", True)]


async def test_one_bad_domain_is_in_the_way_of_no_other(host: Faulty, hypervisor: Hypervisor) -> None:
    write(host, "/srv/import/old/1.cfg", f"import os\nname = os.name\n{KERNEL}")
    write(host, "/srv/import/old/2.cfg", f"name = 'two'\n{KERNEL}")
    write(host, "/srv/import/old/3.cfg", f"name = 'two'\nmemory = 64\n{KERNEL}")
    write(host, "/srv/import/old/4.cfg", f"name = 'bad/name'\nmemory = 64\n{KERNEL}")
    write(host, "/srv/import/old/5.cfg", "memory = \n")
    write(host, "/srv/import/old/readme", "how to use these files\n")
    write(host, "/srv/import/old/xl.conf", "autoballoon = 0\n")
    write(host, "/srv/import/old/xmexample1", f"name = 'example'\n{KERNEL}")
    write(host, "/srv/import/old/disk.img", "x" * (2 << 20))
    write(host, "/srv/import/old/.hidden", f"name = 'hidden'\n{KERNEL}")
    outcomes = {
        outcome.source.rpartition("/")[2]: outcome
        for outcome in await imported(hypervisor, "/srv/import/old/")
    }
    assert sorted(outcomes) == [
        "1.cfg",
        "2.cfg",
        "3.cfg",
        "4.cfg",
        "5.cfg",
        "disk.img",
        "readme",
        "xl.conf",
        "xmexample1",
    ]
    assert [name for name, outcome in outcomes.items() if outcome.defined] == ["2.cfg"]
    errors = {name: outcome.error.message for name, outcome in outcomes.items() if outcome.error}
    assert "needs Python" in errors["1.cfg"]
    assert "already" in errors["3.cfg"]
    assert "character" in errors["4.cfg"]
    assert "expected" in errors["5.cfg"]
    assert [name for name, outcome in outcomes.items() if outcome.skipped] == [
        "disk.img",
        "readme",
        "xl.conf",
        "xmexample1",
    ]


@pytest.mark.parametrize(
    "fault", [RecursionError("too deep"), OverflowError(), ValueError("nan"), MemoryError()]
)
async def test_a_fault_over_one_file_is_in_the_way_of_no_other(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def conversion(text: str, *, source: str, name: str) -> Conversion:
        if "odd" in source:
            raise fault
        return convert(text, source=source, name=name)

    def domain(item: Sxp, *, source: str) -> Conversion:
        if "odd" in name_in(item):
            raise fault
        return from_domain(item, source=source)

    monkeypatch.setattr(importing, "convert", conversion)
    monkeypatch.setattr(importing, "from_domain", domain)
    paths = [
        write(host, "/srv/import/odd.cfg", f"memory = 64\n{KERNEL}"),
        write(host, "/srv/import/list.sxp", xend("odd", UUIDS[1]) + xend("b", UUIDS[2])),
        write(host, "/srv/import/even.cfg", f"memory = 64\n{KERNEL}"),
    ]
    outcomes = await imported(hypervisor, *paths)
    assert [(outcome.name, bool(outcome.defined)) for outcome in outcomes] == [
        ("", False),
        ("odd", False),
        ("b", True),
        ("even", True),
    ]
    assert outcomes[0].error is not None
    assert type(fault).__name__ in outcomes[0].error.headline


async def test_a_missing_file_and_a_disk_image_are_told(host: Faulty, hypervisor: Hypervisor) -> None:
    outcomes = await imported(hypervisor, "/srv/import/none", host.image("x.img"))
    assert [bool(outcome.error) for outcome in outcomes] == [True, True]


async def test_replace_makes_a_new_version(host: Faulty, hypervisor: Hypervisor) -> None:
    path = write(host, "/etc/xen/old.cfg", f"memory = 64 * 2\n{KERNEL}")
    await imported(hypervisor, path)
    write(host, path, f"memory = 64 * 3\n{KERNEL}")
    assert (await imported(hypervisor, path))[0].error is not None
    (outcome,) = await imported(hypervisor, path, replace=True)
    assert outcome.defined is not None
    assert outcome.defined.redefined


async def test_a_read_only_session_imports_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    hypervisor.session.read_only = True
    with pytest.raises(NotAllowedError, match="read-only"):
        await imported(hypervisor, write(host, "/etc/xen/old.cfg", KERNEL))


async def test_a_dry_run_says_what_it_would_store(host: Faulty, hypervisor: Hypervisor) -> None:
    said: list[str] = []
    hypervisor.session.dry_run = True
    hypervisor.session.announce = said.append
    (outcome,) = await imported(hypervisor, write(host, "/etc/xen/old.cfg", f"uuid = '{UUIDS[1]}'\n{KERNEL}"))
    assert outcome.defined is not None
    assert said == [f"# xentui-store create {UUIDS[1]} old"]
    assert [domain.name for domain in (await hypervisor.inventory.poll()).domains] == ["Domain-0"]


async def test_new_converts_and_tells(host: Faulty, hypervisor: Hypervisor) -> None:
    path = write(host, "/etc/xen/old.cfg", f"name = 'web' + '1'\nbuilder = 'linux'\n{KERNEL}")
    made = await hypervisor.definitions.new(path)
    assert made.name == "web1"
    assert [warning for warning in made.warnings if ":1: 'web' + '1' →" in warning]
    assert Path(host.host_path(path)).read_text().startswith("name = 'web' + '1'")


async def test_new_refuses_what_needs_python_and_keeps_xls_words_for_the_rest(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    with pytest.raises(ConfigError, match="needs Python"):
        await hypervisor.definitions.new(write(host, "/etc/xen/old.cfg", "import os\n"))
    with pytest.raises(ConfigError, match="expected a quoted string"):
        await hypervisor.definitions.new(write(host, "/etc/xen/old.cfg", "memory =\n"))


async def test_create_boots_a_converted_text_and_leaves_no_file_behind(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    path = write(host, "/etc/xen/old.cfg", f"name = 'web' + '1'\nmemory = 64 * 2\n{KERNEL}")
    plan = await hypervisor.lifecycle.create(path, words=["vcpus=2"])
    assert (plan.name, plan.kind) == ("web1", "transient")
    assert any("64 * 2 → 128" in warning for warning in plan.warnings)
    assert plan.argv == ("xl", "create", plan.temp_path)
    assert not Path(plan.temp_path).exists()
    domain = await hypervisor.inventory.find("web1")
    assert (domain.vcpus, domain.memory_kib) == (2, 128 * 1024)


async def test_create_of_a_managed_name_boots_the_converted_text_once(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    made = await hypervisor.definitions.new(host.guest("web1"))
    path = write(host, "/etc/xen/old.cfg", f"name = 'web' + '1'\nmemory = 96 * 2\n{KERNEL}")
    plan = await hypervisor.lifecycle.create(path)
    assert (plan.kind, plan.uuid) == ("one-off", made.uuid)
    assert (await hypervisor.inventory.find("web1")).memory_kib == 192 * 1024


async def test_a_dry_run_of_create_writes_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    said: list[str] = []
    hypervisor.session.dry_run = True
    hypervisor.session.announce = said.append
    await hypervisor.lifecycle.create(write(host, "/etc/xen/old.cfg", f"memory = 64 * 2\n{KERNEL}"))
    assert said == ["xl create /tmp/xentui-text.cfg"]


async def test_a_file_that_is_stored_as_it_is_has_not_failed(host: Faulty, hypervisor: Hypervisor) -> None:
    path = write(host, "/etc/xen/old.cfg", f"memory = 64 * 2\n{KERNEL}")
    await imported(hypervisor, path)
    copy = write(host, "/etc/xen/copy.cfg", f"name = 'old'\nmemory = 128\n{KERNEL}")
    again, other = await imported(hypervisor, path, copy)
    assert (again.already, again.error, again.defined) == (True, None, None)
    assert (other.already, other.error is not None) == (False, True)
