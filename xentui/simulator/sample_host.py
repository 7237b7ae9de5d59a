"""The domains a fresh simulated host has: their configuration files, boot menus and states."""

from __future__ import annotations

from xentui.frozen import dataclass

KERNEL = "/boot/vmlinuz-6.1.0-56-amd64"
RAMDISK = "/boot/initrd.img-6.1.0-56-amd64"
PVH_GRUB = "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"
GUEST_KERNEL = "/srv/guests/vmlinuz"
GUEST_RAMDISK = "/srv/guests/guest-initrd.gz"

MENU_LST = """default 0
timeout 8
title Tiny Linux (normal)
 root (hd0)
 kernel /boot/vmlinuz root=/dev/xvda ro console=hvc0 entry=normal
 initrd /boot/initrd
title Tiny Linux (rescue)
 root (hd0)
 kernel /boot/vmlinuz root=/dev/xvda ro console=hvc0 single entry=rescue
 initrd /boot/initrd
"""
GRUB_CFG = """set timeout=10
set default=0
menuentry 'Tiny Linux' --class gnu-linux --id tiny {
  linux /boot/vmlinuz root=/dev/xvda ro console=hvc0 entry=grub-normal
  initrd /boot/initrd
}
submenu 'Advanced options' --id adv {
  menuentry 'Tiny Linux (rescue)' --id tiny-rescue {
    linux /boot/vmlinuz root=/dev/xvda ro console=hvc0 single entry=grub-rescue
    initrd /boot/initrd
  }
}
"""
DEBIAN_MENU = """default 0
timeout 5
title Debian GNU/Linux 12, kernel 6.1.0-56-amd64
 root (hd0,0)
 kernel /boot/vmlinuz-6.1.0-56-amd64 root=/dev/xvda1 ro console=hvc0
 initrd /boot/initrd.img-6.1.0-56-amd64
title Debian GNU/Linux 12, kernel 6.1.0-56-amd64 (recovery mode)
 root (hd0,0)
 kernel /boot/vmlinuz-6.1.0-56-amd64 root=/dev/xvda1 ro console=hvc0 single
 initrd /boot/initrd.img-6.1.0-56-amd64
title Debian GNU/Linux 12, kernel 6.1.0-50-amd64
 root (hd0,0)
 kernel /boot/vmlinuz-6.1.0-50-amd64 root=/dev/xvda1 ro console=hvc0
 initrd /boot/initrd.img-6.1.0-50-amd64
"""
DEBIAN_GRUB = GRUB_CFG.replace("Tiny Linux", "Debian GNU/Linux")

#: Disk images and other files to make: path, size in MiB, and the boot menu at their beginning.
FILES = (
    (KERNEL, 8, ""),
    (RAMDISK, 24, ""),
    (PVH_GRUB, 1, ""),
    (GUEST_KERNEL, 8, ""),
    (GUEST_RAMDISK, 8, ""),
    ("/srv/guests/guest-menulst.img", 64, MENU_LST),
    ("/srv/guests/guest-grubcfg.img", 64, GRUB_CFG),
    ("/srv/guests/data.img", 16, ""),
    ("/srv/xen/web1.img", 8192, DEBIAN_MENU),
    ("/srv/xen/web2.img", 8192, ""),
    ("/srv/xen/web2-data.img", 4096, ""),
    ("/dev/vg0/db1", 20480, ""),
    ("/dev/vg0/db1-data", 102400, ""),
    ("/srv/xen/mail.img", 16384, DEBIAN_GRUB),
    ("/srv/xen/build.img", 32768, DEBIAN_MENU),
    ("/srv/xen/win10.img", 65536, ""),
    ("/srv/iso/win10.iso", 5120, ""),
    ("/srv/iso/debian-12-amd64.iso", 4096, ""),
    ("/srv/xen/test-pvh.img", 4096, GRUB_CFG),
    ("/srv/xen/backup.img", 8192, DEBIAN_MENU),
    ("/srv/xen/router.img", 2048, ""),
    ("/srv/xen/archive.img", 8192, DEBIAN_MENU),
    ("/srv/xen/lab.img", 8192, DEBIAN_MENU),
    ("/srv/xen/scratch.img", 4096, DEBIAN_MENU),
    ("/mnt/data/hdd", 1024, ""),
)


@dataclass(frozen=True, slots=True)
class SampleDomain:
    """One of the sample domains.

    ``state`` is one of running, busy, paused, shutdown, crashed, off, suspended; ``uptime`` in seconds;
    ``managed`` that it is in the managed store; ``drift`` what differs from it (``running``, ``file`` or
    nothing).
    """

    name: str
    state: str
    uptime: float
    managed: bool
    text: str
    drift: str = ""
    autostart: bool = False


def _pygrub(name: str, memory: int, vcpus: int, image: str, comment: str) -> str:
    return (
        f"# {comment}\n"
        f'name = "{name}"\nmemory = {memory}\nmaxmem = {memory * 2}\nvcpus = {vcpus}\nbootloader = "pygrub"\n'
        f"disk = ['file:{image},xvda,w']\nvif = ['bridge=xenbr0']\n"
        'on_poweroff = "destroy"\non_reboot = "restart"\non_crash = "restart"\n'
    )


SAMPLE_DOMAINS = (
    SampleDomain(
        "web1",
        "running",
        864000.0,
        True,
        _pygrub("web1", 1024, 2, "/srv/xen/web1.img", "public web server"),
        autostart=True,
    ),
    SampleDomain(
        "web2",
        "running",
        431000.0,
        True,
        f'# second web server, kernel from the host\nname = "web2"\nmemory = 1024\nvcpus = 2\n'
        f'kernel = "{KERNEL}"\nramdisk = "{RAMDISK}"\nroot = "/dev/xvda1 ro"\nextra = "console=hvc0"\n'
        "disk = ['file:/srv/xen/web2.img,xvda,w']\nvif = ['bridge=xenbr0']\n",
        drift="running",
    ),
    SampleDomain(
        "db1",
        "busy",
        1720000.0,
        True,
        f'# database, on the volume group\nname = "db1"\nmemory = 4096\nvcpus = 4\n'
        f'kernel = "{KERNEL}"\nramdisk = "{RAMDISK}"\nroot = "/dev/xvda1 ro"\nextra = "console=hvc0"\n'
        "disk = ['phy:vg0/db1,xvda,w', 'phy:vg0/db1-data,xvdb,w']\n"
        "vif = ['bridge=xenbr0', 'bridge=xenbr1']\n",
        drift="file",
    ),
    SampleDomain(
        "mail",
        "running",
        98000.0,
        True,
        f'name = "mail"\ntype = "pvh"\nmemory = 2048\nvcpus = 2\nkernel = "{PVH_GRUB}"\n'
        "disk = ['file:/srv/xen/mail.img,xvda,w']\nvif = ['bridge=xenbr0']\n",
    ),
    SampleDomain(
        "build", "busy", 5400.0, False, _pygrub("build", 2048, 4, "/srv/xen/build.img", "compiles things")
    ),
    SampleDomain(
        "win10",
        "running",
        36000.0,
        True,
        'name = "win10"\ntype = "hvm"\nmemory = 4096\nvcpus = 2\nboot = "dc"\n'
        "disk = ['file:/srv/xen/win10.img,hda,w', 'file:/srv/iso/win10.iso,hdc:cdrom,r']\n"
        "vif = ['bridge=xenbr0,model=e1000']\nvnc = 1\nvnclisten = \"127.0.0.1\"\n",
    ),
    SampleDomain(
        "test-pvh",
        "paused",
        7300.0,
        True,
        f'name = "test-pvh"\ntype = "pvh"\nmemory = 512\nvcpus = 1\nkernel = "{PVH_GRUB}"\n'
        "disk = ['file:/srv/xen/test-pvh.img,xvda,w']\nvif = ['bridge=xenbr0']\n",
    ),
    SampleDomain(
        "backup",
        "off",
        0.0,
        True,
        _pygrub("backup", 512, 1, "/srv/xen/backup.img", "nightly backups; started when needed"),
    ),
    SampleDomain(
        "router",
        "off",
        0.0,
        True,
        f'name = "router"\nmemory = 256\nvcpus = 1\nkernel = "{KERNEL}"\nramdisk = "{RAMDISK}"\n'
        "root = \"/dev/xvda ro\"\ndisk = ['file:/srv/xen/router.img,xvda,w']\n"
        "vif = ['bridge=xenbr0', 'bridge=xenbr1']\n",
    ),
    SampleDomain(
        "archive",
        "shutdown",
        610000.0,
        True,
        _pygrub("archive", 512, 1, "/srv/xen/archive.img", "kept after power-off").replace(
            'on_poweroff = "destroy"', 'on_poweroff = "preserve"'
        ),
    ),
    SampleDomain(
        "lab", "suspended", 3600.0, True, _pygrub("lab", 512, 1, "/srv/xen/lab.img", "set aside for now")
    ),
    SampleDomain(
        "scratch",
        "crashed",
        2100.0,
        False,
        _pygrub("scratch", 256, 1, "/srv/xen/scratch.img", "for trying things").replace(
            'on_crash = "restart"', 'on_crash = "preserve"'
        ),
    ),
)

XL_CONF = """## Global XL config file ##
#autoballoon="auto"
#lockfile="/var/lock/xl"
#vif.default.script="vif-bridge"
#vif.default.bridge="xenbr0"
"""
