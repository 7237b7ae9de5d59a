# ruff: noqa: E501 - the tables read best with one case a line
"""What the checks find: errors xl would report, and warnings it would not."""

from __future__ import annotations

import pytest

from xentui.config import Problem, Severity, lint, parse, translate

GOOD = """\
name = "web1"
kernel = "/boot/vmlinuz"
memory = 256
disk = ["phy:/dev/vg0/web,xvda,w"]
vif = ["bridge=xenbr0"]
"""


def problems(text: str, key: str) -> list[Problem]:
    return [problem for problem in lint(parse(text)) if problem.key == key]


def only(text: str, key: str) -> Problem:
    found = problems(text, key)
    assert len(found) == 1, found
    return found[0]


def test_a_good_configuration_has_no_problems() -> None:
    assert lint(parse(GOOD)) == ()


def test_every_problem_is_found_in_one_go_and_in_order() -> None:
    found = lint(parse("type='x'\non_crash='y'\nuuid='z'\ncpus='w'\ndisk=['/a','/b']\nvif=['rate=5']\n"))
    errors = [(problem.line, problem.key) for problem in found if problem.severity is Severity.ERROR]
    assert errors == [
        (0, "kernel"),
        (1, "type"),
        (2, "on_crash"),
        (3, "uuid"),
        (4, "cpus"),
        (5, "disk"),
        (5, "disk"),
        (6, "vif"),
    ]


@pytest.mark.parametrize(
    ("line", "key", "message"),
    [
        ("type = 'paravirt'", "type", "'paravirt' is not a domain type"),
        ("builder = 'linux'", "builder", "'linux' is not a builder that xl knows"),
        ("uuid = 'xyz'", "uuid", "'xyz' is not a uuid"),
        ("on_reboot = 'retsart'", "on_reboot", "on_reboot has an unknown action 'retsart'"),
        ("cpus = '0-'", "cpus", "cpus: Invalid pcpu range: 0-."),
        ("vcpus = 4\nmaxvcpus = 2", "maxvcpus", "maxvcpus is less than vcpus"),
        ("disk = ['file:/x,xvda,w!']", "disk", "disk 'file:/x,xvda,w!': unknown value for access: near 'w!'"),
        ("disk = ['file:/x,/dev/xvda,w']", "disk", "'/dev/xvda' is not a virtual disk name"),
        ("vif = ['rate=5']", "vif", "rate '5': invalid rate"),
        ("vtpm = ['instance=1,backend=0']", "vtpm", "'instance' is not a setting that xl knows for a TPM"),
        ("vtpm = ['backend=0, type=x']", "vtpm", "'type' is not a setting that xl knows for a TPM"),
        ("vtpm = ['backend =0']", "vtpm", "'backend ' is not a setting that xl knows for a TPM"),
        ("vtpm = ['uuid=x,backend=0']", "vtpm", "'x' is not a uuid"),
        ("vtpm = ['']", "vtpm", "a TPM has no backend"),
        # xl reads no further than a word without =.
        (
            "vtpm = ['uuid=11111111-2222-3333-4444-555555555555,tpm,backend=0']",
            "vtpm",
            "a TPM has no backend",
        ),
        ("firmware = 'pvgrub64'", "firmware", "both kernel and firmware are given"),
        ("pci = ['nonsense']", "pci", "'nonsense' is not a PCI device"),
        ("timer_mode = 'x'", "timer_mode", "timer_mode is not supported for PV guests"),
    ],
)
def test_errors_are_what_xl_refuses(line: str, key: str, message: str) -> None:
    problem = next(
        problem for problem in problems(GOOD + line + "\n", key) if problem.severity is Severity.ERROR
    )
    assert problem.message == message
    assert problem.line >= 6
    assert problem.hint


@pytest.mark.parametrize(
    ("line", "key", "message", "hint"),
    [
        ("memroy = 256", "memroy", "xl knows no parameter 'memroy' and ignores it", "Did you mean memory?"),
        ("zzzzzz = 1", "zzzzzz", "xl knows no parameter 'zzzzzz' and ignores it", "Check the spelling against xl.cfg(5)."),
        ("bootargs = ''", "bootargs", "'bootargs' has a meaning for xm only; xl ignores it", 'For xl write bootloader_args = ["…"].'),
        ("features = ''", "features", "'features' has a meaning for xm only; xl ignores it", "xl has no replacement for it."),
        ("maxmem = '512M'", "maxmem", "'512M' is not a number; xl ignores it and uses the default (memory)", "The unit is MiB: write maxmem = 512."),
        ("maxmem = '2 GB'", "maxmem", "'2 GB' is not a number; xl ignores it and uses the default (memory)", "The unit is MiB: write maxmem = 2048."),
        ("vcpus = 'two'", "vcpus", "'two' is not a number; xl ignores it and uses the default (1)", "Write vcpus = NUMBER."),
        ("localtime = 'True'", "localtime", "'True' is neither 0 nor 1; xl ignores it and uses the default (0)", "Write localtime = 1."),
        ("localtime = 'off'", "localtime", "'off' is neither 0 nor 1; xl ignores it and uses the default (0)", "Write localtime = 0."),
        ("vcpus += 1", "vcpus", "xl does not add to numbers: 'vcpus +=' leaves the default", "Write vcpus = …."),
        ("extra = ['a']", "extra", "'extra' takes a single value; xl ignores the list", "Write extra = … without brackets."),
        ("vfb = 'vnc=1'", "vfb", "'vfb' takes a list; xl ignores the single value", "Write vfb = [ … ]."),
        ("vfb = [['vnc=1']]", "vfb", "xl stops reading 'vfb' at this inner list", "Write the items as strings, without inner brackets."),
        ("vfb = ['vnc=1,type=x']", "vfb", "xl does not know 'type=x' in a frame buffer and ignores it", None),
        ("memory = 128", "memory", "'memory' is set on line 3 already; this value is used", "Remove one of the two."),
        ("maxmem = 128", "maxmem", "maxmem is less than memory; xm refuses this", "Raise maxmem to memory."),
        ("name += '/x'", "name", "the name 'web1/x' has a character that domain names cannot have", None),
        ("bootloader = 'pygrub'", "kernel", "next to pygrub, 'kernel' is looked for inside the guest, and its boot menu is skipped", None),
        ("bootloader = '/usr/bin/pygrub'", "bootloader", "xl finds pygrub by itself and warns about a full path", 'Write bootloader = "pygrub".'),
        ("bootloader_args = '-q'", "bootloader_args", "arguments in one string are deprecated", None),
        ("cmdline = 'x'\nextra = 'y'", "extra", "xl ignores 'extra' next to cmdline", "Put it into cmdline."),
        ("tsc_mode = 1", "tsc_mode", "a number for 'tsc_mode' is deprecated", "Write the name of the mode."),
        ("vif += ['brigde=x']", "vif", "xl does not know 'brigde=x' in a network interface and ignores it", "Did you mean bridge=?"),
        ("vif += ['qqq']", "vif", "xl does not know 'qqq' in a network interface and ignores it", None),
        ("vif += ['mac=1']", "vif", "'1' is not a MAC address; xl goes on without it", None),
        ("vif = ['mac=0:0:0:0:0:1','mac=00:00:00:00:00:01']", "vif", "two interfaces have the MAC address 00:00:00:00:00:01", "Give each its own."),
        ("disk += ['tap:vmdk:x,xvdz,w']", "disk", "disk 'tap:vmdk:x,xvdz,w': xl has no equivalent of tapdisk's driver vmdk and takes it for a file name", None),
        ("disk += ['file:/x,51712,w']", "disk", "two disks are '51712' to the guest", "Give each disk a device of its own."),
    ],
)  # fmt: skip
def test_warnings_are_what_xl_keeps_to_itself(line: str, key: str, message: str, hint: str | None) -> None:
    found = [problem for problem in problems(GOOD + line + "\n", key) if problem.message == message]
    assert len(found) == 1, problems(GOOD + line + "\n", key)
    assert found[0].severity is Severity.WARNING
    assert found[0].hint == hint if hint else found[0].hint


def test_a_tpm_that_xl_takes_has_no_problem() -> None:
    for item in (
        "backend=0",
        "backend=tpm, uuid=11111111-2222-3333-4444-555555555555",
        "backend=0,,odd,instance=1",
    ):
        assert problems(f"{GOOD}vtpm = ['{item}']\n", "vtpm") == []


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("memory = '-5'", "-5 is out of range for 'memory': xl reads it as 18014398509481979 MiB", "Write a number of MiB from 1 to 134217728."),
        ("memory = 0", "0 is out of range for 'memory': the domain gets no memory and cannot start", None),
        ("memory = 9999999999", "9999999999 is out of range for 'memory': no host has that much memory", None),
        ("maxmem = '-5'", "-5 is out of range for 'maxmem': xl reads it as 18014398509481979 MiB", None),
        ("maxmem = 0", "0 is out of range for 'maxmem': the domain may have no memory at all", None),
        ("maxmem = 9999999999", "9999999999 is out of range for 'maxmem': no host has that much memory", None),
        ("cap = '-3'", "-3 is out of range for 'cap': xl accepts it, and the start fails", None),
        ("cap = '-1'", "-1 is out of range for 'cap': xl treats it as not set", None),
        ("cpu_weight = '-3'", "-3 is out of range for 'cpu_weight': xl accepts it, and the start fails", "Write a number from 1 to 65535."),
        ("cpu_weight = 4294967552", "4294967552 is out of range for 'cpu_weight': xl reads it as 256", None),
        ("vncdisplay = '-4'", "-4 is out of range for 'vncdisplay': xl passes it to QEMU, which does not start with it", None),
        ("vcpus = 0", "0 is out of range for 'vcpus': xl accepts it, and the domain has one virtual CPU", None),
        ("vcpus = 9000", "9000 is out of range for 'vcpus': xl accepts it, and the start fails", None),
        ("maxvcpus = 0", "0 is out of range for 'maxvcpus': xl treats it as not set", None),
        ("max_event_channels = '-5'", "-5 is out of range for 'max_event_channels': xl reads it as 4294967291", None),
        ("max_event_channels = 0", "0 is out of range for 'max_event_channels': xl treats it as not set", None),
        ("vmtrace_buf_kb = '-5'", "-5 is out of range for 'vmtrace_buf_kb': xl accepts it as it is", None),
    ],
)  # fmt: skip
def test_numbers_out_of_all_reason_warn_since_xl_takes_them(
    line: str, message: str, hint: str | None
) -> None:
    key = line.partition(" ")[0]
    text = GOOD.replace("memory = 256", line) if key == "memory" else GOOD + line + "\n"
    translate(parse(text))
    found = only(text, key)
    assert (found.severity, found.message) == (Severity.WARNING, message)
    assert found.hint == hint if hint else found.hint


@pytest.mark.parametrize("line", ["vcpus = '-2'", "maxvcpus = '-2'", "max_grant_frames = '-2'"])
def test_what_xl_refuses_is_an_error_and_no_warning_besides(line: str) -> None:
    assert only(GOOD + line + "\n", line.partition(" ")[0]).severity is Severity.ERROR


@pytest.mark.parametrize("line", ["rtc_timeoffset = '-3600'", "cap = 0", "vncdisplay = 0", "maxmem = 256"])
def test_numbers_that_make_sense_do_not_warn(line: str) -> None:
    assert lint(parse(GOOD + line + "\n")) == ()


def test_a_name_of_digits_warns() -> None:
    assert only(GOOD.replace("web1", "42"), "name").message.startswith("the name '42' is all digits")


def test_missing_memory_warns_of_the_default() -> None:
    assert (
        only(GOOD.replace("memory = 256\n", ""), "memory").message
        == "no memory is given; xl gives the domain 32 MiB"
    )


def test_missing_name_and_kernel_are_errors() -> None:
    messages = [
        problem.message for problem in lint(parse("memory=1\n")) if problem.severity is Severity.ERROR
    ]
    assert messages == ["the configuration has no domain name", "neither a kernel nor a boot loader is given"]
    keys = [problem.key for problem in lint(parse("memory=1\n")) if problem.severity is Severity.ERROR]
    assert keys == ["name", "kernel"], "where they are mended"


@pytest.mark.parametrize("line", ['type = "hvm"', 'type = "h"', 'type = ""', 'builder = "hvm"'])
def test_an_hvm_guest_needs_no_kernel(line: str) -> None:
    text = GOOD.replace('kernel = "/boot/vmlinuz"', line)
    assert lint(parse(text)) == ()


def test_nested_lists_of_vnuma_are_as_they_should_be() -> None:
    assert problems(GOOD + "vnuma = [['pnode=0']]\n", "vnuma") == []


def test_a_value_over_the_files_own_is_no_duplicate() -> None:
    text = 'name = "web"\nkernel = "/k"\nmemory = 128\nvcpus = 1\nvcpus = 2\nmemory = 256\n'
    assert [problem.key for problem in lint(parse(text))] == ["vcpus", "memory"]
    assert [problem.key for problem in lint(parse(text), own_lines=5)] == ["vcpus"]
