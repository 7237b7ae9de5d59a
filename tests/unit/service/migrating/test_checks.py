"""Each finding of a look before a migration, from what was read of two hosts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from xentui.commands.suggestions import as_verb
from xentui.errors import worded
from xentui.hosts.base import Completed
from xentui.hosts.reach import Reach
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Access, Disk, Vif
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service.migrating import checks
from xentui.service.migrating.check_input import Case
from xentui.service.migrating.checks import disks, machine
from xentui.service.migrating.engine_connection import EngineTry, login_address
from xentui.service.migrating.plan import ALLOWABLE, MigrationFinding, Mode
from xentui.service.migrating.side import DiskSeen, Side
from xentui.service.storage import Sameness, Verdict
from xentui.service.storage.drbd import Replica, Replicas
from xentui.service.storage.places import Layer, MountPoint, StoragePlace
from xentui.text import plain
from xentui.tui.suggestions import as_key

UUID, OTHER = "c0ffee00-0000-4000-8000-000000000001", "c0ffee00-0000-4000-8000-000000000002"
PATH = "/srv/web1.img"
BOOT_A, BOOT_B = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
INFO = {
    "xen_major": "4",
    "xen_minor": "17",
    "virt_caps": "pv hvm hap",
    "free_memory": "4096",
    "hw_caps": "178bf3fd:80002001",
    "xen_commandline": "dom0_mem=1G,max:1G",
}
DISK = Disk(PATH, "xvda")
NFS = MountPoint("/srv", "nas:/srv", "nfs4", ("rw",))
EXT4 = MountPoint("/srv", "/dev/sda2", "ext4", ("rw",))
DOM0 = Domain("Domain-0", "", DomainState.RUNNING, domid=0, memory_kib=1 << 20)


def domain(name: str = "web1", uuid: str = UUID, domid: int | None = 3, **what: Any) -> Domain:
    config = DomainConfig(name=name, uuid=uuid, type="pvh", memory_kib=131072, maxmem_kib=131072)
    state = DomainState.OFF if domid is None else DomainState.RUNNING
    fields = {"managed": True, "running": None if domid is None else config, "stored": config, **what}
    return Domain(name, uuid, state, domid=domid, memory_kib=131072, maxmem_kib=131072, **fields)


def side(name: str, boot: str, *domains: Domain) -> Side:
    return Side(
        name=name,
        snapshot=Snapshot(name, 0.0, (DOM0, *domains)),
        read_only=False,
        report=INFO,
        boot_id=boot,
        ahead=0.0,
        slack=0.1,
        cpu="ven0002fam0019mod0011",
        loops={},
        bridges=frozenset({"xenbr0"}),
        disks={PATH: DiskSeen("file", 1 << 30, 1 << 28)},
        files=frozenset(),
        conf="",
    )


def place(mount: MountPoint, kind: str = "file", free: int | None = None) -> StoragePlace:
    return StoragePlace(PATH, kind, PATH, mount, free=free)


SAME = Sameness(Verdict.SAME, "a file was read there", ours=place(EXT4), theirs=place(EXT4))
GONE = Sameness(Verdict.DIFFERENT, "it does not exist", missing=True, ours=place(EXT4))


def case(**what: Any) -> Case:
    made = Case(
        domain=domain(),
        mode=Mode.LIVE,
        ours=side("a", BOOT_A, domain()),
        theirs=side("b", BOOT_B),
        reach=Reach("root@b"),
        disks=(),
        same={PATH: SAME, "/srv": SAME},
        tried=Completed(("ssh",), 0, f"{BOOT_B}\nfree_memory : 4096\n".encode(), b""),
    )
    return replace(made, **what)


def offline(**what: Any) -> Case:
    return case(domain=domain(domid=None), mode=Mode.OFFLINE, **what)


def there(**what: Any) -> Side:
    return replace(side("b", BOOT_B), **what)


def here(**what: Any) -> Side:
    return replace(side("a", BOOT_A, domain()), **what)


def told(**info: str) -> dict[str, str]:
    return {**INFO, **info}


def tried(code: int, out: str = "", err: str = "") -> Completed:
    return Completed(("ssh",), code, out.encode(), err.encode())


def configured(**what: Any) -> Domain:
    plain = domain()
    assert plain.running is not None
    config = replace(plain.running, **what)
    return replace(plain, running=config, stored=config)


def same(verdict: Verdict, *, missing: bool = False, mount: MountPoint = EXT4) -> dict[str, Sameness]:
    return {PATH: Sameness(verdict, "why", missing, place(mount), place(mount)), "/srv": SAME}


def replicated(*, role: str = "Primary", two: bool | None = True) -> dict[str, Sameness]:
    """DRBD below the disk, whose other side is in that role."""
    layer = Layer("drbd", "drbd0", {"resource": "web", "volume": "0"})
    below = replace(place(EXT4), kind="block", layers=(layer,))
    ours, theirs = (Replicas({"web": Replica(each, "UpToDate", two=two)}) for each in ("Primary", role))
    return {PATH: Sameness(Verdict.SAME, "", ours=below, theirs=below, drbd=(ours, theirs)), "/srv": SAME}


def room(free: int | None, kind: str = "dir") -> dict[str, Sameness]:
    return {PATH: GONE, "/srv": Sameness(Verdict.DIFFERENT, "", theirs=place(EXT4, kind, free))}


def with_disk(**what: Any) -> Case:
    return case(disks=(DISK,), **what)


def found(looked_at: Case) -> list[tuple[str, bool]]:
    return [(finding.word, finding.hard) for finding in checks.found(looked_at)]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert found(case()) == found(with_disk()) == found(offline()) == []


def test_what_is_written_through_a_loop_device_of_the_source_goes_past_its_memory() -> None:
    on_nfs = with_disk(same=same(Verdict.SAME, mount=NFS), ours=here(loops={"/dev/loop1": PATH}))
    assert (found(on_nfs), disks.direct(on_nfs)) == ([("direct-io", False)], (("/dev/loop1", PATH),))
    # libvirt has QEMU serve the file, whoever holds it besides.
    libvirt = replace(on_nfs, engine=EngineTry())
    assert ("cached", True) in found(libvirt)
    assert disks.direct(libvirt) == disks.direct(replace(on_nfs, mode=Mode.OFFLINE)) == ()
    link = replace(on_nfs, ours=here(loops={"/dev/loop1": "/data/web1.img"}))
    assert found(link) == [("cached", True)]
    behind = {PATH: replace(on_nfs.same[PATH], ours=replace(place(NFS), real="/data/web1.img")), "/srv": SAME}
    assert found(replace(link, same=behind)) == [("direct-io", False)]


HARD: dict[str, tuple[Callable[[], Case], str]] = {
    "read-only here": (lambda: case(ours=here(read_only=True)), "read-only"),
    "read-only there": (lambda: case(theirs=there(read_only=True)), "read-only"),
    "two names of one host": (lambda: case(theirs=there(boot_id=BOOT_A)), "same-host"),
    "the host itself, which tells no id": (lambda: case(theirs=there(name="a", boot_id="")), "same-host"),
    "a store nobody can read": (
        lambda: case(theirs=there(snapshot=Snapshot("b", 0.0, (DOM0,), store_unread=True))),
        "store",
    ),
    "a namesake that runs": (lambda: case(theirs=side("b", BOOT_B, domain(uuid=OTHER))), "name"),
    "a namesake that is stored": (
        lambda: case(theirs=side("b", BOOT_B, domain(uuid=OTHER, domid=None))),
        "name",
    ),
    "a namesake of what is stored": (
        lambda: case(
            domain=domain(stored_name="old"), theirs=side("b", BOOT_B, domain(name="old", uuid=OTHER))
        ),
        "name",
    ),
    "a half that arrived": (
        lambda: case(theirs=side("b", BOOT_B, domain(name="web1--incoming"))),
        "leftover",
    ),
    "a half that left": (
        lambda: case(ours=side("a", BOOT_A, domain(), domain(name="web1--migratedaway", domid=4))),
        "leftover",
    ),
    "it runs there": (lambda: case(theirs=side("b", BOOT_B, domain(name="web1x"))), "uuid"),
    "it is stored there": (lambda: case(theirs=side("b", BOOT_B, domain(domid=None))), "uuid"),
    "an older Xen": (lambda: case(theirs=there(report=told(xen_minor="16"))), "version"),
    "another maker's processor": (lambda: case(theirs=there(cpu="ven0000fam0006mod008F")), "cpu-vendor"),
    "PV without shadow paging": (lambda: case(domain=configured(type="pv")), "shadow"),
    "no hardware virtualization": (lambda: case(theirs=there(report=told(virt_caps="pv"))), "hvm"),
    "no paging to note what is written": (lambda: case(ours=here(report=told(virt_caps="pv hvm"))), "hap"),
    "too little memory": (lambda: case(theirs=there(report=told(free_memory="80"))), "memory"),
    "too little memory though dom0 gives": (
        lambda: case(
            theirs=there(report=told(free_memory="0", xen_commandline="")),
            domain=configured(memory_kib=1 << 20),
        ),
        "memory",
    ),
    "a device handed through": (lambda: case(ties=("a PCI device of the host",)), "tied"),
    "no such bridge": (lambda: case(domain=configured(vifs=(Vif(bridge="xenbr7"),))), "bridge"),
    "not even the usual bridge": (
        lambda: case(domain=configured(vifs=(Vif(),)), theirs=there(bridges=frozenset())),
        "bridge",
    ),
    "no such disk": (lambda: with_disk(same=same(Verdict.DIFFERENT, missing=True)), "disk"),
    "another disk of that name": (lambda: with_disk(same=same(Verdict.DIFFERENT)), "other-disk"),
    "nothing proves that it is the same": (lambda: with_disk(same=same(Verdict.UNKNOWN)), "unproven"),
    "a disk somebody else has": (lambda: with_disk(in_use="it is in use by db1"), "in-use"),
    "an image a loop device holds": (lambda: with_disk(theirs=there(loops={"/dev/loop3": PATH})), "loop"),
    "a loop device on NFS": (lambda: with_disk(same=same(Verdict.SAME, mount=NFS)), "cached"),
    "QEMU on NFS": (
        lambda: case(disks=(replace(DISK, format="qcow2"),), same=same(Verdict.SAME, mount=NFS)),
        "cached",
    ),
    "a loop device a link leads to": (
        lambda: with_disk(
            same={PATH: replace(SAME, theirs=replace(place(EXT4), real="/data/web1.img")), "/srv": SAME},
            theirs=there(loops={"/dev/loop3": "/data/web1.img"}),
        ),
        "loop",
    ),
    "a side of DRBD that cannot be opened": (lambda: with_disk(same=replicated(role="Secondary")), "drbd"),
    "DRBD of one primary": (lambda: with_disk(same=replicated(two=False)), "drbd"),
    "an image without its base": (
        lambda: with_disk(ours=here(disks={PATH: DiskSeen("file", bases=("/srv/base.img",))})),
        "base",
    ),
    "no address": (lambda: case(reach=Reach(), tried=None), "address"),
    "an address for a shell": (lambda: case(reach=Reach("b; reboot"), tried=None), "address"),
    "a command for a shell": (lambda: case(reach=Reach("b", "ssh $(reboot)"), tried=None), "address"),
    "no login": (lambda: case(tried=tried(255, err="root@b: Permission denied (publickey).")), "ssh"),
    "no known key": (lambda: case(tried=tried(255, err="Host key verification failed.")), "ssh"),
    "no answer": (lambda: case(tried=None, untried="`ssh` did not answer within 30 s"), "ssh"),
    "no xl": (lambda: case(tried=tried(127, BOOT_B, "sh: 1: xl: not found")), "ssh-xl"),
    "an xl that fails": (lambda: case(tried=tried(1, BOOT_B, "cannot open libxc handle")), "ssh-xl"),
    "a login that talks": (
        lambda: case(tried=tried(0, f"Welcome!\n{BOOT_B}\nfree_memory : 1\n")),
        "ssh-noise",
    ),
    "another host behind the address": (
        lambda: case(tried=tried(0, f"{BOOT_A}\nfree_memory : 1\n")),
        "other-host",
    ),
    "off: no kernel there": (lambda: offline(boots=("/srv/vmlinuz",)), "boot-file"),
    "off: a disk nobody has": (
        lambda: offline(
            disks=(DISK,),
            same=same(Verdict.DIFFERENT, missing=True),
            ours=here(disks={PATH: DiskSeen("missing")}),
        ),
        "disk",
    ),
    "off: another disk of that name": (
        lambda: offline(disks=(DISK,), same=same(Verdict.DIFFERENT)),
        "other-disk",
    ),
    "off: nothing proves it": (lambda: offline(disks=(DISK,), same=same(Verdict.UNKNOWN)), "unproven"),
    "off: a device": (
        lambda: offline(disks=(DISK,), same=room(1 << 40), ours=here(disks={PATH: DiskSeen("block")})),
        "device",
    ),
    "off: an image on another": (
        lambda: offline(
            disks=(DISK,), same=room(1 << 40), ours=here(disks={PATH: DiskSeen("file", bases=("/srv/base",))})
        ),
        "base",
    ),
    "off: no folder": (lambda: offline(disks=(DISK,), same=room(None, "missing")), "folder"),
    "off: no room": (lambda: offline(disks=(DISK,), same=room(1 << 28)), "room"),
    "one that libvirt keeps nothing of": (
        lambda: case(domain=domain(managed=False), engine=EngineTry(tried(0))),
        "transient",
    ),
    "a disk of libvirt's that is not there": (
        lambda: offline(disks=(DISK,), same=room(1 << 40), engine=EngineTry(tried(0))),
        "not-shared",
    ),
    "an ssh that is not libvirt's own": (
        lambda: case(reach=Reach("root@b", "ssh -p 2222"), engine=EngineTry(tried(0))),
        "address",
    ),
    "a libvirt that does not get there": (
        lambda: case(engine=EngineTry(tried(1, "", "error: Cannot recv data: Permission denied"))),
        "libvirt",
    ),
    "a libvirt that could not try": (
        lambda: case(engine=EngineTry(None, "no answer within 60 s")),
        "libvirt",
    ),
    "a libvirt that believes in a half that is gone": (
        lambda: case(engine=EngineTry(tried(0, f"{UUID}\n"))),
        "believed",
    ),
}


@pytest.mark.parametrize("what", HARD)
def test_what_stops_a_migration(what: str) -> None:
    make, word = HARD[what]
    assert found(make()) == [(word, True)]


SOFT: dict[str, tuple[Callable[[], Case], str]] = {
    "transient here, stored there": (
        lambda: case(domain=domain(managed=False), theirs=side("b", BOOT_B, domain(domid=None))),
        "stored-there",
    ),
    "a newer Xen": (lambda: case(theirs=there(report=told(xen_minor="20"))), "newer"),
    "fewer features": (lambda: case(theirs=there(report=told(hw_caps="178bf3fd:80000001"))), "cpu-features"),
    "memory of dom0": (
        lambda: case(theirs=there(report=told(free_memory="80", xen_commandline=""))),
        "balloon",
    ),
    "no room to grow": (lambda: case(domain=configured(maxmem_kib=8 << 20)), "max-memory"),
    "clocks apart": (lambda: case(theirs=there(ahead=9.0)), "clock"),
    "clocks apart the other way": (lambda: case(theirs=there(ahead=-9.0)), "clock"),
    "no kernel there": (lambda: case(boots=("/srv/vmlinuz",)), "boot-file"),
    "a CD of its own there": (
        lambda: case(
            disks=(replace(DISK, access=Access.READ, cdrom=True),),
            same=same(Verdict.DIFFERENT),
        ),
        "copy",
    ),
    "who knows who has a disk": (lambda: with_disk(doubts=("it is not known",)), "in-use-doubt"),
    "off: a device handed through": (lambda: offline(ties=("a USB device of the host",)), "tied"),
    "off: room nobody tells": (lambda: offline(disks=(DISK,), same=room(None)), "room"),
}


@pytest.mark.parametrize("what", SOFT)
def test_what_is_asked_about(what: str) -> None:
    make, word = SOFT[what]
    assert found(make()) == [(word, False)]


@pytest.mark.parametrize(
    "fine",
    [
        lambda: case(theirs=there(report=told(xen_extra="junk", xen_minor="x"))),
        lambda: case(theirs=there(cpu="")),
        lambda: case(theirs=there(report={k: v for k, v in INFO.items() if k != "hw_caps"})),
        lambda: case(domain=configured(type="pv"), ours=here(report=told(virt_caps="pv hvm hap shadow"))),
        lambda: case(
            domain=configured(type="pv"),
            ours=here(report=told(xen_minor="11")),
            theirs=there(report=told(xen_minor="11")),
        ),
        lambda: case(theirs=there(ahead=9.0, slack=20.0)),
        lambda: case(domain=configured(vifs=(Vif(bridge="ovs0"),)), theirs=there(bridges=None)),
        lambda: case(domain=configured(vifs=(Vif(bridge="br9", script="vif-route"),))),
        lambda: case(boots=("/srv/vmlinuz",), theirs=there(files=frozenset({"/srv/vmlinuz"}))),
        lambda: case(disks=(replace(DISK, access=Access.READ),), same=same(Verdict.SAME, mount=NFS)),
        lambda: offline(disks=(DISK,), same=room(1 << 40)),
        lambda: offline(theirs=there(report=told(xen_minor="16"), cpu="ven0000fam0006mod008F")),
        lambda: with_disk(
            ours=here(disks={PATH: DiskSeen("file", bases=("/srv/base.img",))}),
            bases=frozenset({"/srv/base.img"}),
        ),
    ],
)
def test_what_is_no_finding(fine: Callable[[], Case]) -> None:
    assert found(fine()) == []


def test_what_may_be_allowed_is_what_says_so() -> None:
    every = [finding for make, _word in HARD.values() for finding in checks.found(make())]
    assert {finding.word for finding in every if finding.allow} == set(ALLOWABLE)
    assert all(finding.hint for finding in every)


def test_no_hint_names_an_option_that_the_screen_has_no_place_for() -> None:
    on_screen = as_key(lambda name: {"domain.shutdown": "S", "config.edit": "e"}.get(name, ""))
    every = [finding for make, _word in (*HARD.values(), *SOFT.values()) for finding in checks.found(make())]
    shown = [worded(finding.hint, on_screen) for finding in every if finding.word != "read-only"]
    assert [text for text in shown if " --" in re.sub("`.*?`", "", text) or "(--" in text] == []
    assert any("move it while it is off: S (Shutdown) on" in text for text in shown)
    assert any("type its name, once nothing else stops it" in text for text in shown)


def test_every_check_has_a_case() -> None:
    makes = [make for make, _word in (*HARD.values(), *SOFT.values())]
    for check in checks.CHECKS:
        assert any(list(check(make())) for make in makes), check.__name__


def test_of_one_host_nothing_else_is_told() -> None:
    looked_at = case(theirs=replace(here(), snapshot=Snapshot("a", 0.0, (DOM0, domain()))))
    assert found(looked_at) == [("same-host", True)]


@pytest.mark.parametrize(("kind", "mib"), [("pv", 130), ("pvh", 132), ("hvm", 132)])
def test_what_a_domain_takes_is_more_than_its_memory(kind: str, mib: int) -> None:
    assert machine.needed(DomainConfig(type=kind, maxmem_kib=131072), 131072) == mib * 1024


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=40), st.integers(-(1 << 70), 1 << 70))
def test_whatever_a_target_says_is_taken(caps: str, output: str, number: str, code: int) -> None:
    report = dict.fromkeys(INFO, number) | {"hw_caps": caps, "virt_caps": caps, "xen_commandline": caps}
    looked_at = with_disk(
        theirs=there(report=report, conf=output, loops={"/dev/loop0": output}, cpu=caps),
        tried=tried(code, output, caps),
        same={PATH: Sameness(Verdict.UNKNOWN, output[:100]), "/srv": SAME},
    )
    for finding in checks.found(looked_at):
        assert isinstance(finding, MigrationFinding)
        for text in (finding.why, worded(finding.hint, as_verb)):
            assert text == plain(text) and len(text) <= 1000


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_shell_is_given_what_it_would_obey(address: str, ssh: str) -> None:
    reach = Reach(address, ssh)
    if not reach.problem:
        told = f"{' '.join(reach.command)} {address}"
        assert not set(told) & set("\t\n;&|<>$`\"'\\(){}*?[]#!^") and not address.startswith("-")


def test_a_folder_is_what_stands_before_the_last_slash() -> None:
    assert [disks.folder_of(path) for path in ("/srv/a.img", "/a.img")] == ["/srv", "/"]


@pytest.mark.parametrize(
    ("report", "address"),
    [
        ("free_memory : 1\nxentui_arrives : 10.0.0.1 4000 10.0.0.2 22\n", "10.0.0.2"),
        ("xentui_arrives : fe80::1 4000 2001:db8::2 22\n", "2001:db8::2"),
        ("xentui_arrives : \n", ""),
        ("xentui_arrives : 10.0.0.1 4000 $(reboot) 22\n", ""),
        ("", ""),
    ],
)
def test_where_the_memory_arrives_is_the_address_of_the_login_and_nothing_else(
    report: str, address: str
) -> None:
    assert login_address(report) == address
