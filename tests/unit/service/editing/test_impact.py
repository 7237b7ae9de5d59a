"""What an edit means: by field, for the running domain, for the next start."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.editing.conftest import Make
from xentui.errors import CommandError, ConfigError, HostError, NotAllowedError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.service.editing import Draft, Impact
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import control

DISK = '"/srv/guests/{},raw,{},w"'


def plain(
    text: str, draft_text: str = 'name = "web"\nmemory = 128\nkernel = "/k"\n'
) -> list[tuple[str, str, str]]:
    """The fields that differ, for texts that need no host."""
    editing = Hypervisor(NO_HOST).editing
    meant = editing.impact(Draft("u", "web", draft_text, 1), text, None)
    return [(item.field, item.old, item.new) for item in meant.fields]


NO_HOST = SimpleNamespace(shown=str, toolstack="")
BASE = 'name = "web"\nmemory = 128\nkernel = "/k"\n'


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (BASE.replace("128", "2048"), [("memory", "128 MiB", "2048 MiB")]),
        (BASE + "vcpus = 2\n", [("virtual CPUs", "default (1)", "2")]),
        (BASE + "vcpus = 1\n", [("virtual CPUs", "default (1)", "1")]),
        (BASE + 'on_crash = "restart"\n', [("on crash", "default (destroy)", "restart")]),
        (BASE + "localtime = 1\n", [("local time", "default (0)", "yes")]),
        (BASE + 'unheard_of = "x"\n', [("unheard_of", "", "x")]),
        (BASE + "disk = ['/a,raw,xvda,w']\n", [("disk xvda", "", "/a w")]),
        (BASE + "# a comment\n", []),
        (BASE.replace("memory = 128", "memory=0x80"), []),
    ],
)
def test_fields_are_told_in_words_and_units(text: str, fields: list[tuple[str, str, str]]) -> None:
    found = plain(text)
    assert found == fields


def test_how_a_disk_is_written_does_not_matter() -> None:
    old = BASE + "disk = ['phy:/dev/a,xvda,w', 'file:/b,xvdb,r']\n"
    assert plain(BASE + "disk = ['/dev/a,raw,xvda,rw', '/b,,xvdb,ro']\n", old) == []
    assert plain(BASE + "disk = ['file:/b,xvdb,r', 'phy:/dev/a,xvda,w']\n", old) == [
        ("order of the disks", "xvda xvdb", "xvdb xvda")
    ]


def test_interfaces_are_known_by_their_address() -> None:
    old = BASE + "vif = ['mac=00:16:3e:00:00:01,bridge=a', 'mac=00:16:3e:00:00:02,bridge=b']\n"
    new = BASE + "vif = ['mac=00:16:3e:00:00:02,bridge=c']\n"
    assert plain(new, old) == [
        ("network interface 0", "mac=00:16:3e:00:00:02 bridge=b", "mac=00:16:3e:00:00:02 bridge=c"),
        ("network interface 0", "mac=00:16:3e:00:00:01 bridge=a", ""),
    ]


def test_the_same_text_is_nothing_and_a_broken_one_has_only_its_lines() -> None:
    editing = Hypervisor(NO_HOST).editing
    draft = Draft("u", "web", BASE, 1)
    assert editing.impact(draft, BASE, None) == Impact(nothing=True)
    broken = editing.impact(draft, BASE + "memory = \n", None)
    assert broken.text_diff[-1] == "+memory = "
    assert (broken.fields, broken.live, broken.next_start, broken.nothing) == ((), (), (), False)
    commented = editing.impact(draft, BASE + "# why\n", None)
    assert not commented.nothing
    assert commented.text_diff[:2] == ("--- version 1", "+++ edited")


async def edited(hypervisor: Hypervisor, domain: Domain, *pairs: tuple[str, str]) -> Impact:
    """The meaning of an edit of the stored text."""
    draft = await hypervisor.editing.open(domain)
    text = draft.text
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return hypervisor.editing.impact(draft, text, domain)


async def test_of_a_domain_that_is_off_all_waits_for_the_start(hypervisor: Hypervisor, managed: Make) -> None:
    meant = await edited(hypervisor, await managed(), ("128", "160"))
    assert meant.live == ()
    assert meant.next_start == ("memory",)


async def test_memory_and_cpus_are_offered_as_the_exact_commands(
    hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(running=True, maxmem="256", vcpus="1", maxvcpus="2")
    meant = await edited(
        hypervisor,
        domain,
        ("memory = 128", "memory = 192"),
        ("vcpus = 1\n", "vcpus = 2\non_crash = 'restart'\n"),
    )
    number = str(domain.domid)
    assert [change.argv for change in meant.live] == [
        ("xl", "mem-set", number, "192m"),
        ("xl", "vcpu-set", number, "2"),
    ]
    assert all(change.possible for change in meant.live)
    assert meant.next_start == ("on crash",)


async def test_what_exceeds_the_maximum_is_told_with_the_reason(
    hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(running=True)
    meant = await edited(hypervisor, domain, ("= 128", "= 512\nvcpus = 4"))
    assert [change.reason for change in meant.live] == [
        "its maximum while it runs is 128 MiB",
        "its maximum while it runs is 1",
    ]
    assert meant.next_start == ("memory", "virtual CPUs")
    outcomes = await hypervisor.editing.apply_live(domain, meant.live)
    assert [outcome.done for outcome in outcomes] == [False, False]


async def test_what_runs_already_waits_for_nothing(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed(running=True, maxmem="256")
    await hypervisor.session.change(["xl", "mem-set", str(domain.domid), "192m"], subject="web")
    domain = await hypervisor.inventory.find("web")
    meant = await edited(hypervisor, domain, ("memory = 128", "memory = 192"))
    assert (meant.live, meant.next_start) == ((), ())


async def test_disks_and_interfaces_come_and_go_live_with_the_address_that_is_stored(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    host.image("a.img")
    host.image("b.img")
    host.image("c.img")
    domain = await managed(
        running=True,
        disk=f"[{DISK.format('a.img', 'xvda')}, {DISK.format('b.img', 'xvdb')}]",
        vif="['bridge=xenbr0']",
    )
    draft = await hypervisor.editing.open(domain)
    text = draft.text.replace("b.img,raw,xvdb", "c.img,raw,xvdc").replace(
        "xenbr0'", "xenbr0', 'bridge=xenbr0'"
    )
    meant = hypervisor.editing.impact(draft, text, domain)
    steps = ["block-detach", "block-attach", "network-attach"]
    assert [change.argv[1] for change in meant.live] == steps
    assert meant.next_start == ()
    stored = await hypervisor.editing.store(draft, text)
    outcomes = await hypervisor.editing.apply_live(domain, meant.live)
    assert [outcome.error for outcome in outcomes] == [None, None, None]
    domain = await hypervisor.inventory.find("web")
    assert domain.differences == ()
    assert domain.running is not None
    assert [disk.vdev for disk in domain.running.disks] == ["xvda", "xvdc"]
    assert all(vif.mac in stored.text for vif in domain.running.vifs)
    assert stored.version == domain.version, "the stored text is not touched again"


async def test_an_exchange_is_two_steps_and_the_second_waits_for_the_first(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    host.image("a.img")
    host.image("c.img")
    domain = await managed(running=True, disk=f"[{DISK.format('a.img', 'xvda')}]")
    meant = await edited(hypervisor, domain, ("a.img", "c.img"))
    assert [change.argv[1] for change in meant.live] == ["block-detach", "block-attach"]

    host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"", b"it will not let go") if "block-detach" in argv else None
    )
    outcomes = await hypervisor.editing.apply_live(domain, meant.live)
    assert isinstance(outcomes[0].error, CommandError)
    assert "before it failed" in str(outcomes[1].error)
    assert not [argv for argv in host.ran if "block-attach" in argv]


async def test_a_disk_another_domain_writes_to_is_not_attached(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    host.image("a.img")
    await managed("db", running=True, disk=f"[{DISK.format('a.img', 'xvda')}]")
    domain = await managed(running=True, disk="[]")
    meant = await edited(hypervisor, domain, ("disk = []", f"disk = [{DISK.format('a.img', 'xvda')}]"))
    (outcome,) = await hypervisor.editing.apply_live(domain, meant.live)
    assert isinstance(outcome.error, ConfigError)
    assert "in use by db" in outcome.error.message


async def test_a_drive_comes_and_goes_only_with_a_start(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed(running=True, disk="[',,xvdc:cdrom,r']")
    meant = await edited(hypervisor, domain, ("',,xvdc", "',,xvdd"))
    assert {change.reason for change in meant.live} == {"a drive comes and goes only with a start"}
    assert meant.next_start == ("disk xvdc", "disk xvdd")


async def test_the_medium_of_a_pv_drive_waits_for_the_start(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed(running=True, disk="[',,xvdc:cdrom,r']")
    meant = await edited(hypervisor, domain, ("',,xvdc", "'/srv/x.iso,,xvdc"))
    (change,) = meant.live
    assert "only an HVM domain" in change.reason
    assert meant.next_start == ("disk xvdc",)


async def test_the_medium_of_an_hvm_drive_is_exchanged_live(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    before, after = host.image("a.iso"), host.image("x.iso")
    domain = await managed(running=True, type='"hvm"', kernel='""', disk=f"['{before},,hdc:cdrom,r']")
    draft = await hypervisor.editing.open(domain)
    text = draft.text.replace(before, after)
    meant = hypervisor.editing.impact(draft, text, domain)
    (change,) = meant.live
    assert change.title == "insert /srv/guests/x.iso into hdc"
    assert change.argv == ("xl", "cd-insert", str(domain.domid), "hdc", "/srv/guests/x.iso")
    assert (change.possible, meant.next_start) == (True, ())
    await hypervisor.editing.store(draft, text)
    assert [outcome.error for outcome in await hypervisor.editing.apply_live(domain, meant.live)] == [None]
    domain = await hypervisor.inventory.find(domain.name)
    assert domain.differences == ()
    meant = await edited(hypervisor, domain, ("/srv/guests/x.iso", ""))
    assert [change.argv[1:] for change in meant.live] == [("cd-eject", str(domain.domid), "hdc")]


async def test_changes_for_a_domain_that_was_started_anew_are_not_made(
    hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(running=True, maxmem="256")
    meant = await edited(hypervisor, domain, ("memory = 128", "memory = 192"))
    await hypervisor.lifecycle.destroy(domain)
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    (outcome,) = await hypervisor.editing.apply_live(domain, meant.live)
    assert "restarted meanwhile" in str(outcome.error)


async def test_a_host_that_is_gone_ends_it_and_the_rest_is_told(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(running=True, maxmem="256", vcpus="1", maxvcpus="2")
    meant = await edited(hypervisor, domain, ("memory = 128", "memory = 192"), ("vcpus = 1\n", "vcpus = 2\n"))

    def gone(argv: object) -> Completed | None:
        if "mem-set" in list(argv):  # type: ignore[call-overload]
            raise HostError("gone")
        return None

    host.answer = gone
    outcomes = await hypervisor.editing.apply_live(domain, meant.live)
    assert [type(outcome.error) for outcome in outcomes] == [HostError, HostError]
    assert not [argv for argv in host.ran if "vcpu-set" in argv]


async def test_a_read_only_session_applies_nothing(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(running=True, maxmem="256")
    meant = await edited(hypervisor, domain, ("memory = 128", "memory = 192"))
    async with Hypervisor(host, read_only=True) as reader:
        with pytest.raises(NotAllowedError):
            await reader.editing.apply_live(domain, meant.live)


async def test_an_interface_on_another_bridge_is_exchanged_under_its_address(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(running=True, vif="['bridge=xenbr0', 'bridge=xenbr0']")
    mac = domain.config.vifs[1].mac
    draft = await hypervisor.editing.open(domain)
    text = draft.text.replace(f"mac={mac},bridge=xenbr0", f"mac={mac},bridge=xenbr1")
    meant = hypervisor.editing.impact(draft, text, domain)
    number = str(domain.domid)
    assert [change.argv for change in meant.live] == [
        ("xl", "network-detach", number, "1"),
        ("xl", "network-attach", number, f"mac={mac}", "bridge=xenbr1"),
    ]
    assert {change.field for change in meant.live} == {"network interface 1"}


async def test_devices_that_are_there_or_gone_already_wait_for_nothing(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    host.image("a.img")
    host.image("b.img")
    domain = await managed(
        running=True,
        vcpus="1",
        maxvcpus="2",
        disk=f"[{DISK.format('a.img', 'xvda')}]",
        vif="['bridge=xenbr0']",
    )
    draft, number = await hypervisor.editing.open(domain), str(domain.domid)
    mac, other = domain.config.vifs[0].mac, "00:16:3e:00:00:99"
    for argv in (
        ["block-attach", number, "/srv/guests/b.img,raw,xvdb,w"],
        ["block-detach", number, "xvda"],
        ["network-attach", number, f"mac={other}", "bridge=xenbr0"],
        ["network-detach", number, "0"],
        ["vcpu-set", number, "2"],
    ):
        await hypervisor.session.change(["xl", *argv], subject="web")
    domain = await hypervisor.inventory.find("web")
    text = draft.text.replace("a.img,raw,xvda", "b.img,raw,xvdb").replace(mac, other)
    meant = hypervisor.editing.impact(draft, text.replace("vcpus = 1", "vcpus = 2", 1), domain)
    assert len(meant.fields) >= 4
    assert (meant.live, meant.next_start) == ((), ())


async def test_what_has_no_kernel_to_ask_tells_why(hypervisor: Hypervisor, managed: Make) -> None:
    domain = await managed(running=True)
    meant = await edited(hypervisor, domain, ("= 128", "= 2"))
    assert [change.reason for change in meant.live] == ["no guest kernel fits into less than 4 MiB"]


async def test_no_stopped_copy_that_xl_keeps_is_changed_in_its_place(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    host.image("a.img")
    domain = await managed(running=True, disk="[]", on_crash='"rename-restart"')
    meant = await edited(hypervisor, domain, ("disk = []", f"disk = [{DISK.format('a.img', 'xvda')}]"))
    control.crash(host.simulator, "web")
    await hypervisor.lifecycle.wait_rebooted(domain, timeout=60)
    assert [item.domid for item in (await hypervisor.inventory.poll()).domains if item.copy_of] == [
        domain.domid
    ]
    (outcome,) = await hypervisor.editing.apply_live(domain, meant.live)
    assert isinstance(outcome.error, NotAllowedError)
    assert "restarted meanwhile" in outcome.error.message
    assert not [argv for argv in host.ran if "block-attach" in argv]
