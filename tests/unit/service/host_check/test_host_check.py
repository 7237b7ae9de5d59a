"""Each fault of a host is found by its check, and mended where xentui says it can."""

from __future__ import annotations

import json
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests import recordings
from tests.unit.service.conftest import Faulty
from xentui.commands.suggestions import as_script
from xentui.errors import (
    CommandError,
    HostError,
    NoAgentError,
    NotAllowedError,
    StoreError,
    UsageError,
    worded,
)
from xentui.hosts import operations
from xentui.hosts.base import Completed
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import host_check
from xentui.service.host_check import CHECKS, distributions, facts, judged, readers
from xentui.service.host_check.facts import Facts
from xentui.service.host_check.mending import carry_out_mend, mend_lines
from xentui.service.host_check.report_line import CheckState, Line
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import control, readiness
from xentui.text import plain

EMPTY = Facts(
    {}, {}, {}, {}, {}, "3.11.2", 0.0, "", {}, "there is no `xl` on the host", None, (), "df says nothing"
)


@pytest.fixture
async def hypervisor(tmp_path: Path) -> AsyncIterator[Hypervisor]:
    async with Hypervisor(Faulty(tmp_path / "sim")) as made:
        yield made


def simulator(hypervisor: Hypervisor) -> Any:
    return hypervisor.host.simulator  # type: ignore[attr-defined]


async def line(hypervisor: Hypervisor, id: str) -> Line:
    found = (await host_check.look(hypervisor)).line(id)
    assert found is not None
    return found


async def test_a_host_as_it_should_be_has_no_fault(hypervisor: Hypervisor) -> None:
    report = await host_check.look(hypervisor)
    assert [each.id for each in report.lines] == [check.id for check in CHECKS if not check.where]
    assert {each.id: each.found for each in report.lines if each.state is not CheckState.OK} == {
        "iommu": "is off, or there is none"
    }
    assert (report.control, report.worst.exit_status) == (True, 0)


FOUND = {
    "xen": (
        CheckState.FAULT,
        "Xen is not running: this is plain Linux, although /boot/xen-4.17-amd64.gz is installed",
    ),
    "toolstack": (CheckState.FAULT, "does not answer"),
    "boot": (CheckState.FAULT, "boots 'Debian GNU/Linux' by default, which is not Xen"),
    "versions": (CheckState.WARNING, "Xen 4.17.7 runs; installed: hypervisor 4.17.7+13, tools 4.17.9+2"),
    "pygrub": (CheckState.FAULT, "has no fix of XSA-443"),
    "dom0-memory": (CheckState.WARNING, "is not fixed: Xen was booted without dom0_mem="),
    "cpu": (CheckState.WARNING, "run PV guests only"),
    "xenstored": (CheckState.NOTE, "xenstored does not run here; xl answers"),
    "xenconsoled": (CheckState.FAULT, "xenconsoled does not run"),
    "console-log": (CheckState.WARNING, "guests' output is not logged"),
    "xendomains": (CheckState.WARNING, "does not start with the host"),
    "loop": (CheckState.FAULT, "the kernel's loop driver is not loaded"),
    "bridges": (CheckState.WARNING, "there is none"),
    "space": (CheckState.FAULT, "GiB free"),
    "xen-tools": (CheckState.NOTE, "xen-create-image is not installed"),
    "time": (CheckState.WARNING, "no time daemon runs"),
    "python": (CheckState.WARNING, "answers, but is not found as python3"),
    "ssh": (CheckState.WARNING, "sshd allows 2 sessions per connection"),
}


def test_every_fault_of_the_simulator_is_looked_for() -> None:
    assert set(FOUND) == set(readiness.FAULTS)


@pytest.mark.parametrize("fault", FOUND)
async def test_a_fault_is_found_by_the_check_of_its_name(hypervisor: Hypervisor, fault: str) -> None:
    control.break_host(simulator(hypervisor), fault)
    found = await line(hypervisor, fault)
    state, words = FOUND[fault]
    assert (found.state, words in found.found) == (state, True), found
    assert found.why or state is CheckState.NOTE
    control.repair_host(simulator(hypervisor))
    assert (await line(hypervisor, fault)).state is CheckState.OK


@pytest.mark.parametrize("fault", ["boot", "console-log", "xendomains", "loop", "xenconsoled"])
async def test_a_mend_mends(hypervisor: Hypervisor, fault: str) -> None:
    control.break_host(simulator(hypervisor), fault)
    found = await line(hypervisor, fault)
    assert found.mend is not None
    assert mend_lines(found.mend)
    kept = await carry_out_mend(hypervisor.session, found)
    for edit, copy in zip(found.mend.edits, kept, strict=True):
        places = [Path(hypervisor.host.host_path(path)) for path in (edit.path, copy)]
        assert [place.read_text() for place in places] == [edit.new, edit.old]
        assert len({stat.S_IMODE(place.stat().st_mode) for place in places}) == 1
    if fault == "console-log":  # it is told, and done with the next start of the daemon
        assert "--log=guest" in (await text_of(hypervisor, "/etc/default/xen"))
    else:
        assert (await line(hypervisor, fault)).state is CheckState.OK


async def text_of(hypervisor: Hypervisor, path: str) -> str:
    return (await hypervisor.host.call(operations.read_file, path=hypervisor.host.host_path(path))).decode()


async def test_a_file_that_changed_after_the_check_is_not_touched(hypervisor: Hypervisor) -> None:
    control.break_host(simulator(hypervisor), "boot")
    found = await line(hypervisor, "boot")
    place = Path(hypervisor.host.host_path("/etc/default/grub.d/xen.cfg"))
    place.write_text("another\n")
    with pytest.raises(StoreError, match="has changed meanwhile"):
        await carry_out_mend(hypervisor.session, found)
    assert place.read_text() == "another\n"


async def test_a_command_that_fails_says_where_the_old_file_is(hypervisor: Hypervisor) -> None:
    control.break_host(simulator(hypervisor), "boot")
    found = await line(hypervisor, "boot")
    hypervisor.host.answer = lambda argv: (  # type: ignore[attr-defined]
        Completed(tuple(argv), 1, b"", b"no room\n") if argv[0] == "update-grub" else None
    )
    with pytest.raises(CommandError) as caught:
        await carry_out_mend(hypervisor.session, found)
    assert any("is what was there before" in detail for detail in caught.value.details)


async def test_nothing_is_mended_read_only_nor_in_a_dry_run(tmp_path: Path) -> None:
    said: list[str] = []
    for options in ({"read_only": True}, {"dry_run": True, "announce": said.append}):
        async with Hypervisor(Faulty(tmp_path / "sim"), **options) as hypervisor:
            control.break_host(simulator(hypervisor), "boot")
            found = await line(hypervisor, "boot")
            if "read_only" in options:
                with pytest.raises(NotAllowedError):
                    await carry_out_mend(hypervisor.session, found)
            else:
                assert await carry_out_mend(hypervisor.session, found) == ()
            assert (await line(hypervisor, "boot")).state is CheckState.FAULT
    assert said == ["# xentui-store edit-file /etc/default/grub.d/xen.cfg", "update-grub"]


async def test_what_xentui_does_not_mend_is_refused(hypervisor: Hypervisor) -> None:
    with pytest.raises(UsageError):
        await carry_out_mend(hypervisor.session, await line(hypervisor, "iommu"))


# A host that is none


async def test_a_machine_without_xen_is_told_how_to_become_a_host(hypervisor: Hypervisor) -> None:
    control.break_host(simulator(hypervisor), "xen")
    report = await host_check.look(hypervisor)
    assert not report.control
    assert {each.id for each in report.lines} == {
        check.id for check in CHECKS if check.anywhere and not check.where
    }
    assert report.steps[0].startswith("update-grub")  # it is installed already
    found = report.line("boot")
    assert found is not None
    assert found.mend is not None


@pytest.mark.parametrize(
    ("release", "first"),
    [
        ("ID=debian", "apt install xen-system-amd64"),
        ('ID=ubuntu\nID_LIKE="debian"', "apt install xen-system-amd64"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "zypper install -t pattern xen_server xen_tools"),
        ("ID=fedora", "dnf install xen"),
        ("ID=alpine", "apk add xen xen-hypervisor"),
        ("ID=plan9", "install the hypervisor and its tools: often one package, xen"),
        ("", "install the hypervisor and its tools: often one package, xen"),
    ],
)
def test_the_packages_are_those_of_the_distribution(release: str, first: str) -> None:
    found = replace_texts(EMPTY, {facts.OS_RELEASE: f"{release}\n"})
    assert distributions.steps(found)[0] == first
    assert judged("here", found).steps[0] == first


# What was read of a real one


def recorded() -> Facts:
    told = json.loads((recordings.FOLDER / "host-facts" / "debian-12.json").read_text())
    read = told["facts"]
    return Facts(
        texts=read["texts"],
        troubles=read["troubles"],
        there={path: tuple(found) for path, found in read["there"].items()},
        daemons=read["processes"],
        packages=read["packages"],
        python=read["python"],
        skew=0.0,
        unread="",
        report=facts.pairs("".join(told["info"])),
        silent="",
        domains=(),
        spaces=(),
        no_spaces="",
    )


def replace_texts(base: Facts, texts: dict[str, str]) -> Facts:
    return replace(base, texts={**base.texts, **texts})


def test_a_real_dom0_is_told_what_it_is() -> None:
    lines = {each.id: each for each in judged("xen-b", recorded()).lines}
    assert {name: each.state.value for name, each in lines.items() if each.state is not CheckState.OK} == {
        "boot": "unknown",
        "iommu": "note",
        "console-log": "warning",
        "time": "warning",
        "space": "unknown",
    }
    assert lines["versions"].found == (
        "Xen 4.17.7 runs; installed: hypervisor 4.17.7+13, tools 4.17.7+13, QEMU 7.2, grub-xen 2.06"
    )
    assert lines["boot"].found == "could not tell: /boot/grub/grub.cfg: no such file or directory"
    assert lines["pygrub"].found == (
        "has the fixes of XSA-443 and XSA-497 (xen-utils 4.17.7+13-g2445b30a44-0+deb12u1)"
    )
    mend = lines["console-log"].mend
    assert mend is not None
    (edit,) = mend.edits
    assert set(edit.old.split("\n")) <= {*edit.new.split("\n"), "XENCONSOLED_ARGS="}


# Boot menus

MENU = """set default="{default}"
menuentry 'Linux' {{ linux /vmlinuz
}}
submenu 'More > all' {{
 menuentry 'Linux, with Xen' {{ multiboot2 /xen-4.17.gz
  module2 /vmlinuz
 }}
}}
"""


def booting(default: str, **files: str) -> Facts:
    texts = {"/boot/grub2/grub.cfg": MENU.format(default=default), **files}
    return replace_texts(recorded(), texts)


def boot_line(found: Facts) -> Line:
    result = judged("x", found).line("boot")
    assert result is not None
    return result


def test_the_entry_that_was_saved_is_the_default() -> None:
    menu = "load_env\n" + MENU.format(default="${saved_entry}")
    environment = "# GRUB Environment Block\nsaved_entry=More > all>Linux, with Xen\n"
    found = replace_texts(recorded(), {"/boot/grub/grub.cfg": menu, "/boot/grub/grubenv": environment})
    # A > in a title is doubled where GRUB is told of it.
    assert boot_line(found).state is CheckState.FAULT
    found = replace_texts(found, {"/boot/grub/grubenv": environment.replace("More > all", "More >> all")})
    assert boot_line(found).state is CheckState.OK


def test_a_number_leads_into_a_submenu() -> None:
    assert boot_line(booting("1>0")).state is CheckState.OK
    assert boot_line(booting("0")).state is CheckState.FAULT


def test_the_default_is_set_by_title_where_no_part_of_debian_decides() -> None:
    found = booting("0", **{"/etc/default/grub": "GRUB_TIMEOUT=5\nGRUB_DEFAULT=0 # first\n"})
    mend = boot_line(found).mend
    assert mend is not None
    assert mend.edits[0].new == 'GRUB_TIMEOUT=5\nGRUB_DEFAULT="More >> all>Linux, with Xen"\n'
    assert mend.commands == (("grub2-mkconfig", "-o", "/boot/grub2/grub.cfg"),)


SHIPPED = """# Make booting into Xen the default.  Set the following variable to 0 or 1
#
#XEN_OVERRIDE_GRUB_DEFAULT=
#
if [ "$XEN_OVERRIDE_GRUB_DEFAULT" = "" ]; then
\tXEN_OVERRIDE_GRUB_DEFAULT=1
fi
"""


@pytest.mark.parametrize("said", ["#XEN_OVERRIDE_GRUB_DEFAULT=", "XEN_OVERRIDE_GRUB_DEFAULT=0"])
def test_of_debians_part_only_the_line_that_decides_changes(said: str) -> None:
    part = SHIPPED.replace("#XEN_OVERRIDE_GRUB_DEFAULT=", said)
    mend = boot_line(booting("0", **{"/etc/default/grub.d/xen.cfg": part})).mend
    assert mend is not None
    assert mend.edits[0].new == SHIPPED.replace("#XEN_OVERRIDE_GRUB_DEFAULT=", "XEN_OVERRIDE_GRUB_DEFAULT=1")


def test_a_menu_that_is_older_than_its_part_is_made_anew() -> None:
    part = SHIPPED.replace("#XEN_OVERRIDE_GRUB_DEFAULT=", "XEN_OVERRIDE_GRUB_DEFAULT=1")
    mend = boot_line(booting("0", **{"/etc/default/grub.d/xen.cfg": part})).mend
    assert mend is not None
    assert (mend.edits, mend.commands) == ((), (("grub2-mkconfig", "-o", "/boot/grub2/grub.cfg"),))


def test_a_saved_default_is_saved_anew() -> None:
    found = booting("0", **{"/etc/default/grub": "GRUB_DEFAULT=saved\n"})
    mend = boot_line(found).mend
    assert mend is not None
    assert (mend.edits, mend.commands) == ((), (("grub2-set-default", "More >> all>Linux, with Xen"),))


def test_what_decides_somewhere_else_is_left_to_the_admin() -> None:
    found = booting("0", **{"/etc/default/grub": "", "/etc/default/grub.d/x.cfg": "GRUB_DEFAULT=2\n"})
    assert boot_line(found).mend is None
    assert "set GRUB_DEFAULT to" in worded(boot_line(found).command, as_script)


def test_a_title_that_a_shell_would_run_is_never_written() -> None:
    evil = MENU.format(default="0").replace("Linux, with Xen", "Xen $(reboot)")
    found = replace_texts(recorded(), {"/boot/grub/grub.cfg": evil, "/etc/default/grub": "GRUB_DEFAULT=0\n"})
    assert boot_line(found).mend is None


def test_a_file_that_is_no_text_is_not_rewritten() -> None:
    assert boot_line(booting("0", **{"/etc/default/grub": "GRUB_DEFAULT=0\n# \ufffd\n"})).mend is None


# Versions and memory


def guest(bootloader: str) -> Domain:
    return Domain("web", "u", DomainState.OFF, stored=DomainConfig(name="web", bootloader=bootloader))


@pytest.mark.parametrize(
    ("version", "package", "domains", "state"),
    [
        ("4.17.7", "4.17.7+13-g2445b30a44-0+deb12u1", None, CheckState.OK),
        ("4.17.8", "4.17.8+1-gabc-0+deb12u1", None, CheckState.OK),
        ("4.17.7", "4.17.7+12-gabc-0", None, CheckState.UNKNOWN),
        ("4.20.1", "4.20.1+2-gabc-0", None, CheckState.UNKNOWN),
        ("4.20.1", "", (), CheckState.NOTE),
        ("4.20.1", "", (guest("pygrub"),), CheckState.UNKNOWN),
        ("4.20.1", "", (guest("/usr/lib/xen/bin/pygrub"),), CheckState.UNKNOWN),
    ],
)
def test_of_the_newer_hole_only_what_is_known_is_said(
    version: str, package: str, domains: tuple[Domain, ...] | None, state: CheckState
) -> None:
    found = replace(
        recorded(),
        report={"xen_version": version},
        packages={"xen-utils-4.17": package} if package else {},
        domains=domains,
    )
    assert readers.pygrub(found).state is state


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ("4.15.5", False), ("4.15.6", True), ("4.16.5", False), ("4.16.6", True), ("4.17.2", False), ("4.17.3", True),
        ("4.18.0", True), ("4.22.0", True), ("4.14.9", False), ("5.0.0", True), ("", False), ("x", False),
    ],
)  # fmt: skip
def test_the_older_hole_is_known_by_the_version(version: str, fixed: bool) -> None:
    found = replace_texts(recorded(), {"/usr/lib/xen-4.17/bin/pygrub": "no option"})
    found = replace(found, report={"xen_version": version}, packages={})
    assert (readers.pygrub(found).state is not CheckState.FAULT) == fixed


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ("dom0_mem=2G,max:2G", "ok"),
        ("dom0_mem=2048M,max:2G noreboot=1", "ok"),
        ("console=com1 dom0_mem=2097152,max:2G", "ok"),
        ("dom0_mem=max:2G", "ok"),
        ("dom0_mem=2G", "warning"),
        ("dom0_mem=1G,max:2G", "warning"),
        ("dom0_mem=odd,max:2G", "warning"),
        ("xdom0_mem=2G,max:2G", "warning"),
        ("", "warning"),
    ],
)
def test_dom0_memory_is_fixed_where_it_cannot_move(options: str, state: str) -> None:
    found = replace(recorded(), report={"xen_commandline": options})
    result = judged("x", found).line("dom0-memory")
    assert result is not None
    assert result.state.value == state


@pytest.mark.parametrize(
    ("running", "tools", "state"),
    [
        ("4.17.1", "4.17.1+2-gabc", "ok"),
        ("4.17.1", "4.17.10+2-gabc", "warning"),
        ("4.17.1", "4.17.2", "warning"),
        ("4.17.1", "4.17.1", "ok"),
    ],
)
def test_tools_of_another_version_than_the_hypervisor_are_a_warning(
    running: str, tools: str, state: str
) -> None:
    found = replace(recorded(), report={"xen_version": running}, packages={"xen-utils-4.17": tools})
    result = judged("x", found).line("versions")
    assert result is not None
    assert result.state.value == state


RPM = b"""xen 4.18.2_02-150600.3.6
package xen-hypervisor is not installed
package xen-runtime is not installed
xen-tools 4.18.2_02-150600.3.6
qemu-x86 8.2.6-150600.3.3
evil 1
"""


async def test_a_host_without_python_is_told_what_runs_there_all_the_same(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def absent(operation: Any, **arguments: Any) -> Any:
        raise NoAgentError("the host has no python3", subject="xen1")

    monkeypatch.setattr(hypervisor.host, "call", absent)
    report = await host_check.look(hypervisor)
    states = {each.id: each.state for each in report.lines}
    assert states["python"] is CheckState.FAULT
    assert states["toolstack"] is CheckState.OK
    assert states["dom0-memory"] is CheckState.OK
    assert states["bridges"] is CheckState.UNKNOWN


async def test_a_host_out_of_reach_is_an_error(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(operation: Any, **arguments: Any) -> Any:
        raise HostError("the host does not answer", subject="xen1")

    monkeypatch.setattr(hypervisor.host, "call", gone)
    with pytest.raises(HostError, match="does not answer"):
        await host_check.look(hypervisor)


async def test_where_no_list_of_packages_is_a_text_rpm_is_asked(hypervisor: Hypervisor) -> None:
    await line(hypervisor, "versions")
    for path, text in (
        ("/etc/os-release", 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'),
        ("/var/lib/dpkg/status", ""),
    ):
        Path(hypervisor.host.host_path(path)).write_text(text)
    hypervisor.host.answer = lambda argv: (  # type: ignore[attr-defined]
        Completed(tuple(argv), 2, RPM, b"") if argv[0] == "rpm" else None
    )
    found = await line(hypervisor, "versions")
    assert found.found == "Xen 4.17.7 runs; installed: Xen 4.18.2_02, tools 4.18.2_02, QEMU 8.2.6"
    assert found.state is CheckState.WARNING


@pytest.mark.parametrize(("release", "command"), [("12", "apt install xen-tools"), ("13", ""), ("odd", "")])
def test_who_has_no_xen_tools_is_told_where_there_is_some(release: str, command: str) -> None:
    found = replace_texts(recorded(), {facts.OS_RELEASE: f"ID=debian\nVERSION_ID={release}\n"})
    found = replace(found, there={})
    result = judged("x", found).line("xen-tools")
    assert result is not None
    assert (result.state, result.command) == (CheckState.NOTE, command)


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0.0, CheckState.OK, "chronyd keeps"),
        (3.0, CheckState.OK, "chronyd keeps"),
        (3600.0, CheckState.WARNING, " s ahead of this machine's"),
        (-3600.0, CheckState.WARNING, " s behind this machine's"),
        (float("nan"), CheckState.OK, "chronyd keeps"),
    ],
)
async def test_a_clock_that_is_wrong_is_seen(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, ahead: float, state: CheckState, words: str
) -> None:
    real = hypervisor.host.call

    async def call(operation: Any, **arguments: Any) -> Any:
        answer = await real(operation, **arguments)
        return {**answer, "time": answer["time"] + ahead} if operation == "host_facts" else answer

    monkeypatch.setattr(hypervisor.host, "call", call)
    found = await line(hypervisor, "time")
    assert (found.state, words in found.found) == (state, True), found


async def test_the_simulator_makes_no_folder_of_the_machine(hypervisor: Hypervisor, tmp_path: Path) -> None:
    done = await hypervisor.host.run(["mkdir", "-p", str(tmp_path / "made")])
    assert done.exit_code == 1
    assert not (tmp_path / "made").exists()


# Nonsense


def test_nothing_that_was_read_is_no_crash() -> None:
    for found in (EMPTY, replace(EMPTY, python="", unread="the host has no python3")):
        for each in judged("x", found).lines:
            assert each.state is not CheckState.OK
            assert each.found


PATHS = [
    facts.OS_RELEASE, facts.CAPABILITIES, facts.HYPERVISOR, facts.CPU_INFO, facts.MAX_LOOP, facts.XL_CONF,
    *facts.GRUB_CONFIGS, *facts.GRUB_ENVIRONMENTS, facts.GRUB_DEFAULTS, "/etc/default/grub.d/xen.cfg", *facts.SETTINGS,
    facts.SSHD, "/etc/ssh/sshd_config.d/a.conf", "/usr/bin/pygrub",
]  # fmt: skip
WORDS = st.sampled_from(
    [
        "GRUB_DEFAULT=",
        "dom0_mem=",
        "menuentry 'x' {",
        "multiboot2 /xen.gz\n",
        "}",
        "\n",
        "\0",
        "=",
        "9" * 5000,
        "\x1b[",
    ]
) | st.text(max_size=20)
TEXTS = st.lists(WORDS, max_size=12).map("".join)


@given(
    st.dictionaries(st.sampled_from(PATHS), TEXTS),
    st.dictionaries(st.sampled_from(["xen_version", "xen_commandline", "virt_caps", "free_memory"]), TEXTS),
    st.dictionaries(st.sampled_from([*facts.DAEMONS]), TEXTS),
    st.dictionaries(st.sampled_from(["xen-utils-4.17", "xen", "qemu-system-xen"]), TEXTS),
)
def test_whatever_a_host_says_is_lines_fit_to_be_shown(
    texts: dict[str, str], report: dict[str, str], daemons: dict[str, str], packages: dict[str, str]
) -> None:
    found = replace(EMPTY, texts=texts, report=report, daemons=daemons, packages=packages)
    for each in judged("x", found).lines:
        for shown in (each.found, each.why, worded(each.command, as_script)):
            assert plain(shown) == shown


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"texts": 7, "there": [1], "processes": None, "python": 3}, {"there": {"x": 7}}]
)
async def test_an_answer_that_is_none_is_told(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    real = hypervisor.host.call

    async def call(operation: Any, **arguments: Any) -> Any:
        return answer if operation == "host_facts" else await real(operation, **arguments)

    monkeypatch.setattr(hypervisor.host, "call", call)
    report = await host_check.look(hypervisor)
    assert report.worst is CheckState.FAULT
    assert any("could not tell" in each.found for each in report.lines)


@pytest.mark.parametrize(
    "said", [b"", b"df: hangs\n", b"x\n1 2 3\n", b"h\n/dev/a x 50 50 9% /\n", b"\xff\n" * 10]
)
async def test_what_df_says_may_be_anything(hypervisor: Hypervisor, said: bytes) -> None:
    hypervisor.host.answer = lambda argv: (  # type: ignore[attr-defined]
        Completed(tuple(argv), 1, said, b"df: cannot\n") if argv[0] == "df" else None
    )
    assert (await line(hypervisor, "space")).state is CheckState.UNKNOWN


async def test_a_mount_point_with_blanks_is_one(hypervisor: Hypervisor) -> None:
    row = b"h\nmy server:/a b  1000000 990000 10000 99% /srv/my guests\n"
    hypervisor.host.answer = lambda argv: (  # type: ignore[attr-defined]
        Completed(tuple(argv), 1, row, b"") if argv[0] == "df" else None
    )
    found = await line(hypervisor, "space")
    assert (found.state, "/srv/my guests" in found.found) == (CheckState.FAULT, True)
