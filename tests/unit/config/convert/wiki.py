"""The wiki's four kinds of guests, as their files were written for xm; disks and kernels are parameters.

A kernel and disks of another host are put in the place of theirs by :func:`moved`.
"""

from __future__ import annotations

PYGRUB = """\
# -*- mode: python; -*-
# A guest that boots from its own boot menu.
name = "wiki-pygrub"
memory = "160"
vcpus=1
on_poweroff = 'destroy'
on_reboot   = 'restart'
on_crash    = 'restart'
localtime   = False
bootloader = "/usr/bin/pygrub"
bootargs   = "-q"
disk = [ 'file:/var/lib/xen/images/sles11/disk0,xvda,w!', ]
vif  = [ 'mac=00:16:3e:10:00:01, bridge=xenbr0', ]
vfb  = [ 'type=vnc,vncunused=1' ]"""

DIRECT = """\
import_kernel = "2.6.18-xen"
name   = "wiki-" + "direct"
kernel = "/boot/vmlinuz-%s" % import_kernel
ramdisk = '/boot/initrd-' + import_kernel
builder = 'linux'
memory = 2 * 80
disk = [ 'phy:/dev/vg0/root,/dev/xvda,w',
         # the data
       ]
vif  = [ '' ]
dhcp = 'dhcp'
hostname = name
root = "/dev/xvda ro"
extra = ("console=hvc0 "   # the console of xm console
         "quiet")
restart = 'onreboot'
# the end, without a line end"""

DOMULOADER = """\
name="wiki-domuloader"\r
uuid="86636fde-1613-2e12-8f94-093d1e3d962f"\r
memory=160\r
vcpus=1\r
on_poweroff="destroy"\r
on_reboot="restart"\r
on_crash="destroy"\r
localtime=0\r
keymap="en-us"\r
builder="linux"\r
bootloader="/usr/lib/xen/boot/domUloader.py"\r
bootargs="--entry=xvda1:/boot/vmlinuz-xen,/boot/initrd-xen"\r
extra="TERM=xterm console=hvc0 "\r
disk=[ 'file:/var/lib/xen/images/sles10/disk0,xvda,w', ]\r
vif=[ 'mac=00:16:3e:10:00:03', ]\r
"""

HVM = """\
import_me_not = None
kernel = "/usr/lib/xen/boot/hvmloader"
builder = 'hvm'
name = "wiki-hvm"
memory = 256
device_model = '/usr/lib/xen/bin/qemu-dm'
pae = 1 ; acpi = True ; apic = True
disk = [ '/srv/images/winxp.img,ioemu:/dev/hda,w', 'phy:/dev/cdrom,hdc:cdrom,r' ]
vif = [ 'type=ioemu, bridge=xenbr0' ]
boot = "c"
vnc = 1
vncviewer = 0
sdl = 0
serial = 'pty'
usbdevice = 'tablet'
"""

FILES = {"pygrub": PYGRUB, "direct": DIRECT, "domuloader": DOMULOADER, "hvm": HVM}


def moved(text: str, places: dict[str, str]) -> str:
    """A file with other paths in the place of its own."""
    for old, new in places.items():
        assert old in text
        text = text.replace(old, new)
    return text
