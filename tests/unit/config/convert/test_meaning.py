"""Files that both tools read and mean different things by: what xm meant is what is written for xl."""

from __future__ import annotations

import pytest

from tests.unit.config.convert.conftest import HVM, PV, lines, reasons
from xentui.config import Severity, parse
from xentui.config.convert import convert

XM = "keymap = None\n"
"""A line that only a file of xm has."""
_XM = "# keymap = None\n"

SUMS = [
    ("vcpus=1\nvcpus+=1", "# vcpus=1\nvcpus = 2"),
    ("vcpus = 1; vcpus += 1; vcpus += 1  # three", "; ; vcpus = 3  # three"),
    ("vcpus = '1'\nvcpus += '2'", "# vcpus = '1'\nvcpus = \"12\""),
    ("acpi = 0\nacpi += 1", "# acpi = 0\nacpi = 1"),
    ("vcpus = 2\nvcpus += 2\nvcpu_avail = 3", "# vcpus = 2\nvcpus = 2\nmaxvcpus = 4"),
    ("extra = 'a'\nextra += 'b'", "extra = 'a'\nextra += 'b'"),
    # No sum to Python either.
    ("vcpus = 1\nvcpus += '1'", "vcpus = 1\nvcpus += '1'"),
    ("vcpus += 1", "vcpus += 1"),
    ("vcpus = 9223372036854775807\nvcpus += 1", "vcpus = 9223372036854775807\nvcpus += 1"),
]


@pytest.mark.parametrize(("before", "after"), SUMS)
def test_sums(before: str, after: str) -> None:
    assert lines(before) == after


def test_sums_of_a_whole_file() -> None:
    made = convert('name="w"\nkernel="/k"\nmemory=256\nmemory+=256\nvcpus=1\nvcpus+=1\n', as_xm=True)
    assert (made.document.number("memory"), made.document.number("vcpus")) == (512, 2)
    assert [change.line for change in made.changes] == [4, 6, 0]
    assert made.problems == ()


SCREENS = [
    (PV, f"{XM}vnc=1\nvnclisten='0.0.0.0'", f"{_XM}# vnc=1\n# vnclisten='0.0.0.0'"),
    (PV, f"{XM}vnc=1\nvfb=['sdl=1']", f"{_XM}vnc=1\nvfb=['sdl=1']"),
    (PV, f"{XM}vnc=0", f"{_XM}vnc=0"),
    (HVM, f"{XM}vnc=1\nvnclisten='0.0.0.0'", f"{_XM}vnc=1\nvnclisten='0.0.0.0'"),
    # Files of xl.
    (PV, "vnc=1\nvnclisten='0.0.0.0'", "vnc=1\nvnclisten='0.0.0.0'"),
    (HVM, "vfb=['vnc=1,vnclisten=0.0.0.0']", "vfb=['vnc=1,vnclisten=0.0.0.0']"),
    (PV, "type='pv'\nbootloader='/usr/bin/pygrub'\nvnc=1", "type='pv'\nbootloader='pygrub'\nvnc=1"),
    (HVM, f"{XM}spice=0\nvfb=['vnc=1']", f"{_XM}spice=0\nvfb=['vnc=1']"),
    (
        HVM,
        "vfb=['type=vnc,vnclisten=0.0.0.0,vncpasswd=geheim,vncdisplay=5']",
        'vnc = 1\nvnclisten = "0.0.0.0"\nvncpasswd = "geheim"\nvncdisplay = 5',
    ),
    (HVM, "vfb=['type=vnc,vncpasswd=007']  # screen", 'vnc = 1\nvncpasswd = "007"  # screen'),
    (HVM, "vfb=['type=vnc', 'type=sdl,opengl=0']; acpi=1", "vnc = 1\nsdl = 1\nopengl = 0; acpi=1"),
    (HVM, "vnc=0\nvncdisplay=1\nvfb=['type=vnc,vncdisplay=5']", "vnc=1\nvncdisplay=5\n# vfb=['type=vnc,vncdisplay=5']"),
    (HVM, f"{XM}vfb=['serial=pty']", f"{_XM}# vfb=['serial=pty']"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "before", "after"), SCREENS)
def test_screens(base: str, before: str, after: str) -> None:
    assert lines(before, base, as_xm="type=vnc" in before) == after


def test_a_file_without_a_name_gets_what_xm_filled_in() -> None:
    text = "kernel='/k'\ndisk=['phy:vg/w,xvda,w']\n"
    filled = 'name = "web"\nmemory = 128\non_crash = "restart"\n'
    assert convert(text, name="web").text == text + filled
    empty = convert("name=''\n" + text, name="web")
    assert empty.text == "name='web'\n" + text + filled.partition("\n")[2]
    assert [change.line for change in empty.changes] == [1, 0, 0]
    assert convert(text).text == text


TPMS = [
    ("instance=1,backend=0", "backend=0"),
    ("instance=1", "backend=0"),
    ("backend=tpm, instance=2, type=x", "backend=tpm"),
    ("backend = tpm", "backend=tpm"),
    ("uuid=11111111-2222-3333-4444-555555555555,backend=0", "uuid=11111111-2222-3333-4444-555555555555,backend=0"),
    ("uuid=x", "uuid=x"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), TPMS)
def test_tpms(before: str, after: str) -> None:
    assert lines(f"vtpm = ['{before}']") == f"vtpm = ['{after}']"


KEYS = [
    ("extid = 1", "viridian = 1"),
    ("extid = 0", "# extid = 0"),
    ("extid = 1\nviridian = 0", "# extid = 1\nviridian = 0"),
    ("device_model = '/usr/lib/xen/bin/stubdom-dm'", "device_model_stubdomain_override = 1"),
    (
        "device_model = 'stubdom-dm'\ndevice_model_stubdomain_override = 0",
        "# device_model = 'stubdom-dm'\ndevice_model_stubdomain_override = 0",
    ),
    *(
        (f"{key} = 'x'", f"# {key} = 'x'")
        for key in ("parallel", "watchdog", "watchdog_action", "monitor_path", "xenpaging_file")
    ),
    ("vhpt = 1", "# vhpt = 1"),
    ("xenpaging_extra = ['-v']", "# xenpaging_extra = ['-v']"),
    ("xen_extended_power_mgmt = 1", "# xen_extended_power_mgmt = 1"),
    ("vif = ['type=netfront,bridge=b']", "vif = ['type=vif,bridge=b']"),
    ("vif = ['type=odd,bridge=b']", "vif = ['bridge=b']"),
    ('cpus = ""', '# cpus = ""'),
    ("cpus = ' '", "# cpus = ' '"),
    ("uuid='86436fd158a34e51a2b40ccdf2a0f2d5'", "uuid='86436fd1-58a3-4e51-a2b4-0ccdf2a0f2d5'"),
    ("uuid='86436FD158a3-4e51-a2b40ccdf2a0f2d5'", "uuid='86436FD1-58a3-4e51-a2b4-0ccdf2a0f2d5'"),
    ("uuid='86436fd1-58a3-4e51-a2b4-0ccdf2a0f2d5'", "uuid='86436fd1-58a3-4e51-a2b4-0ccdf2a0f2d5'"),
]


@pytest.mark.parametrize(("before", "after"), KEYS)
def test_keys(before: str, after: str) -> None:
    assert lines(before, HVM) == after


PATHS = [
    ("file:/srv/a=b.img,xvda,w", "vdev=xvda,access=w,target=/srv/a=b.img"),
    ("phy:vg0/a=b,xvda,w,stor", "vdev=xvda,access=w,backend=stor,target=vg0/a=b"),
    ("tap:qcow2:/srv/a=b.img,xvda,w", "format=qcow2,vdev=xvda,access=w,target=/srv/a=b.img"),
    ("file:/srv/a=b.iso,hdc:cdrom,r", "vdev=hdc,access=r,cdrom,target=/srv/a=b.iso"),
    ("iscsi:a=b,xvda,w", "iscsi:a=b,xvda,w"),
    ("tap:sync:web.img,xvda,w", "file:web.img,xvda,w"),
]


@pytest.mark.parametrize(("before", "after"), PATHS)
def test_disks_by_keys(before: str, after: str) -> None:
    assert lines(f"disk = ['{before}']") == f"disk = ['{after}']"


def test_a_shared_disk_by_keys_is_noted() -> None:
    made = lines("disk = ['/srv/a=b.img,/dev/xvda,w!']")
    assert made == "disk = ['vdev=xvda,access=w,target=/srv/a=b.img']\n# xentui: shared disks: xvda"


DRIVERS = ["tap2:remus:b:9000|aio:/x", "tap:vmdk:/x.vmdk", "tap:vmdk:x.vmdk", "tap2:tapdisk:ram:x"]


@pytest.mark.parametrize("driver", DRIVERS)
def test_disks_that_xl_has_nothing_for_are_told(driver: str) -> None:
    made = convert(f"{PV}disk = ['{driver},xvda,w']\n")
    (problem,) = made.problems
    assert "tapdisk's driver" in problem.message or "prefix: near 'vmdk:'" in problem.message
    assert problem.hint.startswith(("Convert the image", "Write the disk without", "Put the disk"))
    assert (problem.line, problem.column) == (5, 9)


TYPES = [
    (f"{XM}type = 'web'", f"{_XM}# type = 'web'"),
    ("type = 'web'\nbuilder = 'linux'", "# type = 'web'\ntype = \"pv\""),
    ("TYPE = 'web'", "# TYPE = 'web'"),
    ("TYPE = 2", "# TYPE = 2"),
    ("TYPE = 'pv'", "type = 'pv'"),
    ("type = 'web'\nextra = 'a' + type", "# type = 'web'\nextra = \"aweb\""),
    (f"{XM}type = 'pv'", f"{_XM}type = 'pv'"),
    # A file of xl with a mistake in it.
    ("type = 'web'", "type = 'web'"),
]


@pytest.mark.parametrize(("before", "after"), TYPES)
def test_a_variable_called_type(before: str, after: str) -> None:
    assert lines(before, as_xm=False) == after


def disks(*devices: str) -> str:
    specs = [f"'phy:/d{number},{name},w'" for number, name in enumerate(devices)]
    return f"disk = [{', '.join(specs)}]"


FAR = [
    (("hda", "hde1"), "root='/dev/hde1 ro'", ("hda", "xvde1"), "root='/dev/xvde1 ro'"),
    (("hde1", "hde2"), "root='root=/dev/hde1 ro'", ("xvde1", "xvde2"), "root='/dev/xvde1 ro'"),
    (("hdg", "xvdg"), "root='/dev/hdg ro'", ("xvde", "xvdg"), "root='/dev/xvde ro'"),
    (("hde", "hdf", "xvde1"), "root='/dev/hdf'", ("xvdg", "xvdf", "xvde1"), "root='/dev/xvdf'"),
    (("/dev/hde", "ioemu:hdf"), "root='/dev/hda1'", ("xvde", "xvdf"), "root='/dev/hda1'"),
    (("hde",), "extra='root=/dev/hde1 hde=noprobe'", ("xvde",), "extra='root=/dev/xvde1 hde=noprobe'"),
    (("hde",), "bootargs='--entry=hde1:/k'", ("xvde",), 'bootloader_args = ["--entry=xvde1:/k"]'),
    (("hde",), "bootloader_args=['--entry=hde:/k']", ("xvde",), "bootloader_args=['--entry=xvde:/k']"),
    (("hda",), "root='/dev/hde1'", ("hda",), "root='/dev/hde1'"),
    (("hde:odd",), "root='/dev/hde1'", ("hde:odd",), "root='/dev/hde1'"),
]


@pytest.mark.parametrize(("devices", "line", "new_devices", "new_line"), FAR)
def test_disks_beyond_hdd_and_what_names_them(
    devices: tuple[str, ...], line: str, new_devices: tuple[str, ...], new_line: str
) -> None:
    assert lines(f"{line}\n{disks(*devices)}") == f"{new_line}\n{disks(*new_devices)}"


def test_a_new_name_of_a_disk_is_told_with_what_it_takes() -> None:
    told = reasons(f"{PV}root='/dev/hdg ro'\n{disks('hdg', 'xvdg')}\n")
    assert "xvdg is another disk" in told
    assert "/etc/fstab" in told
    assert "the disk has this name now" in told


SINGLES = [
    ("memory=512,", "# memory=512,\nmemory = 128"),
    (
        "memory=256 # a\nmemory=2*64\nmemory=512,",
        "# memory=256 # a\n# memory=2*64\n# memory=512,\nmemory = 128",
    ),
    ("memory=512,\nmemory=2*128", "# memory=512,\nmemory=256"),
    ("memory=2*128\nmemory=None", "# memory=2*128\n# memory=None\nmemory = 128"),
    ("memory=(512,)\nvcpus=2", "# memory=(512,)\nvcpus=2\nmemory = 128"),
]


@pytest.mark.parametrize(("before", "after"), SINGLES)
def test_a_tuple_for_a_single_value_is_ignored_as_xm_did(before: str, after: str) -> None:
    base = 'name = "web"\nkernel = "/boot/vmlinuz"\non_crash = "destroy"\n'
    assert lines(before, base) == after
    assert "ignored" in reasons(base + before + "\n")


WHOLE = [
    *(base + before for base, before, _ in SCREENS),
    *(HVM + before for before, _ in KEYS),
    *(PV + before for before, _ in SUMS[:6]),
    *(f"{PV}vtpm = ['{before}']" for before, _ in TPMS[:5]),
    *(f"{PV}disk = ['{before}']" for before, _ in PATHS[:4]),
    *(PV + before for before, _ in TYPES[:7]),
    *(f"{PV}{line}\n{disks(*devices)}" for devices, line, _, _ in FAR[:8]),
    *(f'kernel = "/k"\n{before}' for before, _ in SINGLES),
]


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_written_passes_the_linter_and_stays(text: str) -> None:
    made = convert(text + "\n", name="web")
    assert not [problem for problem in made.problems if problem.severity is Severity.ERROR]
    assert not [problem for problem in made.problems if "on line" in problem.message]
    again = convert(made.text, name="web")
    assert (again.text, again.changes) == (made.text, ())
    parse(made.text)
