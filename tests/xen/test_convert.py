"""The wiki's four kinds of guests, converted, on a real xl: it parses all of them, and the three that are PV boot.

The lab's kernel and disks stand in the place of theirs.  The HVM guest boots in test_whole_machine.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from tests.unit.config.convert.wiki import DIRECT, DOMULOADER, FILES, PYGRUB, moved
from tests.unit.config.test_sxp import STORED
from tests.xen.conftest import LabHost
from tests.xen.test_scenarios import LabWorld
from xentui.config.convert import convert

GUESTS = "/srv/guests"
NAMES = ("wiki-domuloader", "wiki-pygrub", "wiki-direct")
# A disk with one partition, which holds kernel and ramdisk below names that only links lead to.
_PARTITIONED = """\
set -e
cd /srv/guests
rm -rf parted parted.img
mkdir -p parted/boot
cp vmlinuz parted/boot/vmlinuz-6-xen
cp guest-initrd.gz parted/boot/initrd-6-xen
ln -s vmlinuz-6-xen parted/boot/vmlinuz-xen
ln -s /boot/initrd-6-xen parted/boot/initrd-xen
truncate -s 66M parted.img
mke2fs -q -F -t ext3 -E offset=1048576 -d parted parted.img 64M
rm -rf parted
python3 - <<'END'
import struct
with open("parted.img", "r+b") as image:
    image.seek(446)
    image.write(struct.pack("<B3xB3xII", 0x80, 0x83, 2048, 64 * 2048) + bytes(48) + b"\\x55\\xaa")
END
"""


@pytest.fixture(scope="module")
def world(lab_host: LabHost) -> Iterator[LabWorld]:
    """The host with the files of the wiki, and three of the guests on their way up."""
    lab_host.clean()
    made = LabWorld(lab_host)
    lab_host.run(_PARTITIONED)
    made.copy_image(f"{GUESTS}/guest-menulst.img", f"{GUESTS}/wiki.img")
    loop = lab_host.run(["losetup", "-f", "--show", f"{GUESTS}/data.img"]).stdout.strip()
    moves = {
        DOMULOADER: {"/var/lib/xen/images/sles10/disk0": f"{GUESTS}/parted.img"},
        PYGRUB: {"/var/lib/xen/images/sles11/disk0": f"{GUESTS}/wiki.img"},
        DIRECT: {
            "/boot/vmlinuz-%s": f"{GUESTS}/vmlinuz%s",
            "'/boot/initrd-' + import_kernel": f"'{GUESTS}/guest-' + 'initrd.gz' + import_kernel",
            '"2.6.18-xen"': '""',
            "/dev/vg0/root": loop,
        },
    }
    for name, text in zip(NAMES, moves, strict=True):
        made.write(f"/etc/xen/{name}", moved(text, moves[text]))
    try:
        made.run("new", f"/etc/xen/{NAMES[0]}")
        made.run("start", NAMES[0])
        made.run("create", f"/etc/xen/{NAMES[1]}", "vfb=[]")
        made.run("create", f"/etc/xen/{NAMES[2]}")
        yield made
    finally:
        made.close()
        lab_host.clean()
        lab_host.run(["losetup", "-d", loop], check=False)


def booted(world: LabWorld, name: str) -> str:
    """What a guest's console has said, once its own program runs."""
    said = ""

    def up() -> bool:
        nonlocal said
        # Without a terminal it only prints; what was said before is printed to the first client.
        said += world.lab.run(f"timeout 2 xl console {name} </dev/null", check=False).stdout
        return "guest up: " in said

    world.wait(f"{name} up", up)
    return said


def test_a_guest_of_domuloader_boots_the_kernel_of_its_own_partition(world: LabWorld) -> None:
    name = NAMES[0]
    assert "TERM=xterm console=hvc0" in booted(world, name)
    running = world.domain(name)
    assert running["uuid"] == "86636fde-1613-2e12-8f94-093d1e3d962f"
    assert running["drift"] == []
    log = world.read(f"/var/log/xen/bootloader.{running['domid']}.log")
    assert f"/boot/vmlinuz-xen and /boot/initrd-xen out of {GUESTS}/parted.img" in log
    stored = world.read(f"/var/lib/xentui/domains/{running['uuid']}/config.cfg")
    assert 'bootloader="/usr/lib/xen/boot/domUloader.py"' in stored
    left = world.lab.run("ls -d /var/run/xen/bootloader.*.d /var/lib/xen/bootloader.*.d", check=False)
    assert left.stdout == ""


def test_a_guest_of_pygrub_boots_from_its_own_menu(world: LabWorld) -> None:
    booted(world, NAMES[1])
    assert world.lab.run("ls /tmp/xentui-text-*", check=False).stdout == ""


def test_a_guest_with_a_kernel_of_the_host_gets_the_command_line_xm_gave(world: LabWorld) -> None:
    wanted = "root=/dev/xvda ro ip=:127.0.255.255:::wiki-direct:eth0:dhcp console=hvc0 quiet"
    assert wanted in booted(world, NAMES[2])


def test_xl_parses_what_comes_of_all_of_them(lab_host: LabHost) -> None:
    texts = [convert(text, source=kind).text for kind, text in FILES.items()]
    texts.append(convert(STORED.replace("(device (pci", "(device (none"), source="config.sxp").text)
    for number, text in enumerate(texts):
        done = lab_host.run(
            f"cat >/tmp/c{number}.cfg && xl create -n /tmp/c{number}.cfg", stdin=text, check=False
        )
        assert done.returncode == 0, done.stderr + text
        said = [line for line in done.stderr.splitlines() if not line.startswith("Parsing config")]
        assert said == []


def test_xends_store_is_imported(world: LabWorld) -> None:
    uuid = "11111111-2222-3333-4444-555555555555"
    folder = f"/root/xend/{shlex.quote(uuid)}"
    text = STORED.replace("/dev/vg0/web1", f"{GUESTS}/data.img").replace("phy:", "file:")
    world.write(f"{folder}/config.sxp", text)
    world.run("import", "/root/xend")
    assert world.domain("web1")["uuid"] == uuid
    assert world.domain("web1")["state"] == "off"
