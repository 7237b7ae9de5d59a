"""The conversion table of docs/configuration.md, row by row: what is written for xm, and what for xl."""

from __future__ import annotations

import pytest

from tests.unit.config.convert.conftest import HVM, PV, lines
from xentui.config.convert import convert, name_of

DISKS = [
    ("phy:/dev/vg0/web,/dev/xvdb,w", "phy:/dev/vg0/web,xvdb,w"),
    ("file:/srv/web.img,/dev/hda1,w", "file:/srv/web.img,hda1,w"),
    ("/srv/web.img,ioemu:/dev/hda,w", "file:/srv/web.img,hda,w"),
    ("file:/srv/web.img,hde,w", "file:/srv/web.img,xvde,w"),
    ("/srv/web.img,xvda,w", "file:/srv/web.img,xvda,w"),
    ("/dev/vg0/web,xvda,w", "phy:/dev/vg0/web,xvda,w"),
    ("/srv/cd.iso,hdc:cdrom,r", "file:/srv/cd.iso,hdc:cdrom,r"),
    ("phy:vg0/web,xvda,w,storage", "phy:vg0/web,xvda,w,backend=storage"),
    ("phy:vg0/web,xvda,w,0", "phy:vg0/web,xvda,w"),
    ("phy:vg0/web,xvda,w,,x86_64-abi", "phy:vg0/web,xvda,w"),
    ("file:/srv/web.img, xvda , w ", "file:/srv/web.img,xvda,w"),
    ("tap:sync:/srv/web.img,xvda,w", "file:/srv/web.img,xvda,w"),
    ("tap2:tapdisk:sync:/srv/web.img,xvda,w", "file:/srv/web.img,xvda,w"),
    ("npiv:50:06,xvda,w", "vdev=xvda,access=w,script=block-npiv,target=50:06"),
    ("file:/srv/web.img,xvda,W", "file:/srv/web.img,xvda,w"),
]
SAME_DISKS = [
    "phy:/dev/vg0/web,xvda,w",
    "phy:vg0/web,sda1,w",
    "file:/srv/web.img,hda,w",
    "file:/srv/cd.iso,hdc:cdrom,r",
    "tap:aio:/srv/web.img,xvda,w",
    "tap:qcow2:/srv/web.img,xvda,w",
    "/srv/web.img,raw,xvda,w",
    "file:/srv/web.img,ioemu:hda,w",
    "format=qcow2, vdev=xvda, access=rw, target=/srv/a=b.img",
    ",hdc:cdrom,r",
    "iscsi:iqn.2001-05,xvda,w",
    # Nothing xl could take: told by the linter, not guessed at.
    "tap:vmdk:/srv/web.vmdk,xvda,w",
    "web.img,xvda,w",
    "nonsense",
    "",
]


@pytest.mark.parametrize(("before", "after"), DISKS)
def test_disks(before: str, after: str) -> None:
    assert lines(f"disk = ['{before}']") == f"disk = ['{after}']"


@pytest.mark.parametrize("spec", SAME_DISKS)
def test_disks_that_stay(spec: str) -> None:
    assert lines(f"disk = ['{spec}']") == f"disk = ['{spec}']"


def test_shared_disks_are_noted() -> None:
    disks = "'phy:/dev/a,xvda,w!', 'phy:/dev/b,/dev/xvdb,w', 'phy:/dev/c,/dev/xvdc,w!'"
    assert lines(f"disk = [{disks}]").split("\n") == [
        "disk = ['phy:/dev/a,xvda,w', 'phy:/dev/b,xvdb,w', 'phy:/dev/c,xvdc,w']",
        "# xentui: shared disks: xvda, xvdc",
    ]


INTERFACES = [
    ("mac=00:16:3e:00:00:01, bridge = xenbr0", "mac=00:16:3e:00:00:01,bridge=xenbr0"),
    ("ip=192.0.2.7 ,bridge=xenbr0", "ip=192.0.2.7,bridge=xenbr0"),
    ("bridge=xenbr0,accel=sfc", "bridge=xenbr0"),
    ("bridge=xenbr0,policy=p,label=l", "bridge=xenbr0"),
    ("type=netfront,bridge=xenbr0", "bridge=xenbr0"),
    ("type=ioemu,bridge=xenbr0", "bridge=xenbr0"),
]


@pytest.mark.parametrize(("before", "after"), INTERFACES)
def test_interfaces(before: str, after: str) -> None:
    assert lines(f"vif = [ '{before}' ]") == f"vif = [ '{after}' ]"


@pytest.mark.parametrize("spec", ["", "bridge=xenbr0, mac=00:16:3e:00:00:01", "model=e1000,rate=10Mb/s"])
def test_interfaces_that_stay(spec: str) -> None:
    assert lines(f"vif = [ '{spec}' ]") == f"vif = [ '{spec}' ]"


def test_an_emulated_interface_stays_with_a_guest_that_can_have_one() -> None:
    assert lines("vif = ['type=ioemu,bridge=xenbr0']", HVM) == "vif = ['type=ioemu,bridge=xenbr0']"


FRAME_BUFFERS = [
    ("type=vnc,vncunused=1", "vnc=1,vncunused=1"),
    ("type=sdl", "sdl=1"),
    ("vnc=1,videoram=8,serial=pty,monitor=1", "vnc=1"),
    ("vnc=1, vnclisten = 0.0.0.0", "vnc=1,vnclisten=0.0.0.0"),
    ("vnc=1, vnclisten=0.0.0.0", "vnc=1, vnclisten=0.0.0.0"),
]


@pytest.mark.parametrize(("before", "after"), FRAME_BUFFERS)
def test_frame_buffers(before: str, after: str) -> None:
    assert lines(f"vfb = [ '{before}' ]") == f"vfb = [ '{after}' ]"


LINES = [
    # Boot
    ("builder = 'linux'", 'type = "pv"'),
    ("builder = 'linux'  # of old", 'type = "pv"  # of old'),
    ("builder = 'linux'\ntype = 'pv'", "# builder = 'linux'\ntype = 'pv'"),
    ("builder = 'generic'", "builder = 'generic'"),
    ("bootloader = '/usr/bin/pygrub'", "bootloader = 'pygrub'"),
    ('bootloader = "/usr/lib/xen-4.1/bin/pygrub"', 'bootloader = "pygrub"'),
    ('bootloader = "pygrub"', 'bootloader = "pygrub"'),
    ('bootloader = "/usr/lib/xen/boot/domUloader.py"', 'bootloader = "/usr/lib/xen/boot/domUloader.py"'),
    ("bootargs = '-q --entry=2'", 'bootloader_args = ["-q", "--entry=2"]'),
    (
        'bootargs = "--entry=xvda1:/boot/vmlinuz-xen,/boot/initrd-xen"',
        'bootloader_args = ["--entry=xvda1:/boot/vmlinuz-xen,/boot/initrd-xen"]',
    ),
    ("bootargs = '--args=\"a b\"'", 'bootloader_args = ["--args=a b"]'),
    ("bootargs = ''", "# bootargs = ''"),
    ("bootentry = 'xvda1:/vmlinuz'", 'bootloader_args = ["--entry=xvda1:/vmlinuz"]'),
    ("bootargs = '-q'\nbootloader_args = ['-q']", "# bootargs = '-q'\nbootloader_args = ['-q']"),
    ("root = 'root=/dev/xvda1 ro'", "root = '/dev/xvda1 ro'"),
    ("timer_mode = 2", "# timer_mode = 2"),
    # The kernel's ip=
    ("dhcp = 'dhcp'", '# dhcp = \'dhcp\'\nextra = "ip=:127.0.255.255::::eth0:dhcp"'),
    ("extra = 'ro'\ndhcp = 'dhcp'", "extra = 'ip=:127.0.255.255::::eth0:dhcp ro'\n# dhcp = 'dhcp'"),
    (
        "ip = '192.0.2.7'\nnetmask = '255.255.255.0'\ngateway = '192.0.2.1'\nhostname = 'web'",
        "# ip = '192.0.2.7'\n# netmask = '255.255.255.0'\n# gateway = '192.0.2.1'\n# hostname = 'web'\n"
        'extra = "ip=192.0.2.7:127.0.255.255:192.0.2.1:255.255.255.0:web:eth0:off"',
    ),
    (
        "nfs_server = '192.0.2.9'\nnfs_root = '/srv/web'\nroot = '/dev/nfs'\ndhcp = 'dhcp'\ninterface = 'eth1'",
        "# nfs_server = '192.0.2.9'\n# nfs_root = '/srv/web'\nroot = '/dev/nfs'\n# dhcp = 'dhcp'\n"
        "# interface = 'eth1'\n"
        'extra = "ip=:192.0.2.9::::eth1:dhcp nfsroot=192.0.2.9:/srv/web"',
    ),
    ("extra = 'ip=dhcp ro'\ndhcp = 'dhcp'", "extra = 'ip=dhcp ro'\n# dhcp = 'dhcp'"),
    ("hostname = 'web'", "# hostname = 'web'"),
    ("dhcp = 'off'", "# dhcp = 'off'"),
    # Events
    ("on_reboot = 'rename_restart'", "on_reboot = 'rename-restart'"),
    ("on_xend_start = 'start'", "# on_xend_start = 'start'"),
    # CPUs, numbers
    ("cpu_cap = 50", "cap = 50"),
    ("cpu = 2", 'cpus = "2"'),
    ("cpu = -1", "# cpu = -1"),
    ("vcpus = 4\nvcpu_avail = 3", "vcpus = 2\nmaxvcpus = 4"),
    ("irq = [7]", "irqs = [7]"),
    ("blkif = 1", "driver_domain = 1"),
    ("netif = 0", "# netif = 0"),
    ("vcpus = '2'", "vcpus = '2'"),
    ("vcpus = '08'", "vcpus = '8'"),
    ("vcpus = '2 '", "vcpus = '2'"),
    # What only xm reads
    ("description = 'the web'", "# description = 'the web'"),
    ("vncviewer = 1", "# vncviewer = 1"),
    ("device_model = '/usr/lib/xen/bin/qemu-dm'", "# device_model = '/usr/lib/xen/bin/qemu-dm'"),
    ("vscsi = [\n  '/dev/sdb,0:0:0:0',\n]", "# vscsi = [\n#   '/dev/sdb,0:0:0:0',\n# ]"),
    ("nics = 2", '# nics = 2\nvif = ["", ""]'),
    ("vif = ['bridge=xenbr0']\nnics = 2", 'vif = ["bridge=xenbr0", ""]\n# nics = 2'),
    ("nics = 1; vcpus = 2", '; vcpus = 2\nvif = [""]'),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), LINES)
def test_lines(before: str, after: str) -> None:
    base = PV
    if "cpu = -1" in before:  # not xl's grammar either: the whole file is read as Python
        assert "# cpu = " in lines(before)
        return
    assert lines(before, base) == after


RESTARTS = [
    ("onreboot", "destroy", "restart", "destroy"),
    ("always", "restart", "restart", "restart"),
    ("never", "destroy", "destroy", "destroy"),
]


@pytest.mark.parametrize(("word", "poweroff", "reboot", "crash"), RESTARTS)
def test_restart(word: str, poweroff: str, reboot: str, crash: str) -> None:
    made = convert(f'name = "web"\nmemory = 64\nkernel = "/k"\nrestart = "{word}"\n', as_xm=True).text
    assert made.endswith(
        f'# restart = "{word}"\non_poweroff = "{poweroff}"\non_reboot = "{reboot}"\non_crash = "{crash}"\n'
    )
    kept = convert(
        f'name = "web"\nmemory = 64\nkernel = "/k"\nrestart = "{word}"\non_crash = "preserve"\n', as_xm=True
    ).text
    assert kept.count("on_crash") == 1


def test_a_file_of_xm_gets_what_xm_filled_in() -> None:
    made = convert("kernel = '/k'\nbuilder = 'linux'\n", name="web")
    assert made.text == ('kernel = \'/k\'\ntype = "pv"\nname = "web"\nmemory = 128\non_crash = "restart"\n')
    assert [change.line for change in made.changes] == [2, 0, 0, 0]
    assert made.problems == ()


def test_a_file_of_xl_gets_nothing_filled_in() -> None:
    text = 'name = "web"\nkernel = "/k"\n'
    assert convert(text, name="other").text == text


def test_hvm() -> None:
    assert lines("kernel = '/usr/lib/xen/boot/hvmloader'", HVM) == "# kernel = '/usr/lib/xen/boot/hvmloader'"
    assert lines("timer_mode = 2", HVM) == "timer_mode = 2"
    assert lines("dhcp = 'dhcp'", HVM) == "# dhcp = 'dhcp'"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/etc/xen/web1", "web1"),
        ("/etc/xen/web1.cfg", "web1"),
        ("web1.example.org", "web1.example.org"),
        ("web1.conf", "web1"),
        (".cfg", ".cfg"),
        ("-", "-"),
    ],
)
def test_a_domain_without_a_name_is_called_after_its_file(path: str, name: str) -> None:
    assert name_of(path) == name


def test_an_empty_name_is_none() -> None:
    # To xm it was none, and xl reads it as Domain-0.
    text = 'name = ""\nkernel = "/k"\nmemory = 64\n'
    assert convert(text, name="web").text == text.replace('""', '"web"') + 'on_crash = "restart"\n'
    assert 'name = "web"' in convert(text + "builder = 'linux'\n", name="web").text


def test_each_change_says_where_what_and_why() -> None:
    made = convert(f"{PV}disk = [\n  'phy:/dev/a,xvda,w',\n  'phy:/dev/b,xvdb,w!',  # shared\n]\n")
    change, noted = made.changes
    assert (change.line, change.before, change.after) == (7, "'phy:/dev/b,xvdb,w!'", "'phy:/dev/b,xvdb,w'")
    assert "xl-disk-configuration(5)" in change.reason
    assert noted.after == "# xentui: shared disks: xvdb"
    assert made.text.endswith("  'phy:/dev/b,xvdb,w',  # shared\n]\n# xentui: shared disks: xvdb\n")
