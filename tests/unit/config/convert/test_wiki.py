"""The wiki's four kinds of guests: what becomes of their files, whole."""

from __future__ import annotations

import pytest

from tests.unit.config.convert.wiki import FILES
from xentui.config import parse, to_libxl
from xentui.config.convert import convert

CONVERTED = {
    "pygrub": """\
# -*- mode: python; -*-
# A guest that boots from its own boot menu.
name = "wiki-pygrub"
memory = "160"
vcpus=1
on_poweroff = 'destroy'
on_reboot   = 'restart'
on_crash    = 'restart'
localtime   = 0
bootloader = "pygrub"
bootloader_args = ["-q"]
disk = [ 'file:/var/lib/xen/images/sles11/disk0,xvda,w', ]
vif  = [ 'mac=00:16:3e:10:00:01, bridge=xenbr0', ]
vfb  = [ 'vnc=1,vncunused=1' ]
# xentui: shared disks: xvda
""",
    "direct": """\
# import_kernel = "2.6.18-xen"
name   = "wiki-direct"
kernel = "/boot/vmlinuz-2.6.18-xen"
ramdisk = "/boot/initrd-2.6.18-xen"
type = "pv"
memory = 160
disk = [ 'phy:/dev/vg0/root,xvda,w',
         # the data
       ]
vif  = [ '' ]
# dhcp = 'dhcp'
# hostname = "wiki-direct"
root = "/dev/xvda ro"
extra = "ip=:127.0.255.255:::wiki-direct:eth0:dhcp console=hvc0 quiet"  # the console of xm console
# restart = 'onreboot'
# the end, without a line end
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "destroy"
""",
    "domuloader": """\
name="wiki-domuloader"
uuid="86636fde-1613-2e12-8f94-093d1e3d962f"
memory=160
vcpus=1
on_poweroff="destroy"
on_reboot="restart"
on_crash="destroy"
localtime=0
keymap="en-us"
type = "pv"
bootloader="/usr/lib/xen/boot/domUloader.py"
bootloader_args = ["--entry=xvda1:/boot/vmlinuz-xen,/boot/initrd-xen"]
extra="TERM=xterm console=hvc0 "
disk=[ 'file:/var/lib/xen/images/sles10/disk0,xvda,w', ]
vif=[ 'mac=00:16:3e:10:00:03', ]
""",
    "hvm": """\
# import_me_not = None
# kernel = "/usr/lib/xen/boot/hvmloader"
builder = 'hvm'
name = "wiki-hvm"
memory = 256
# device_model = '/usr/lib/xen/bin/qemu-dm'
pae = 1 ; acpi = 1 ; apic = 1
disk = [ 'file:/srv/images/winxp.img,hda,w', 'phy:/dev/cdrom,hdc:cdrom,r' ]
vif = [ 'type=ioemu, bridge=xenbr0' ]
boot = "c"
vnc = 1
# vncviewer = 0
sdl = 0
serial = 'pty'
usbdevice = 'tablet'
on_crash = "restart"
""",
}


@pytest.mark.parametrize("kind", FILES)
def test_the_files_of_the_wiki(kind: str) -> None:
    made = convert(FILES[kind], source=f"{kind}.cfg")
    assert made.text == CONVERTED[kind]
    assert made.errors == ()
    assert to_libxl(parse(made.text))
    assert convert(made.text).changes == ()
