"""What a guest boots from: the image its firmware or boot loader comes to first, or a kernel of the host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from xentui.errors import NotAllowedError
from xentui.frozen import dataclass
from xentui.model.boot_menu import BootEntry, BootMenu
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Disk

_FORMATS = ("raw", "qcow2", "vhd")
"""Of images, as configurations call them, that are read."""
_DISK, _CD, _NETWORK = "c", "d", "n"
_TRIED = (_DISK, _CD)
_GRUB = re.compile(r"(?:^|/)(?:grub-(?:i386|x86_64)-xen(?:_pvh)?\.bin|pvgrub[^/]*|grub-[^/]*-xen[^/]*)$")
"""GRUB itself in the place of a kernel, as Debian's grub-xen-host and others name it."""


@dataclass(frozen=True, slots=True)
class BootImage:
    """An image a guest boots from, its ``format`` as libxl calls it ("" where nobody has said), and notes on it."""

    path: str
    format: str = ""
    notes: tuple[str, ...] = ()
    otherwise: BootImage | None = None
    """What is booted where this does not boot."""

    @property
    def chain(self) -> tuple[BootImage, ...]:
        """This, and what comes after it."""
        return (self, *(self.otherwise.chain if self.otherwise else ()))


def boot_source(config: DomainConfig, label: str) -> BootImage | BootMenu:
    """Return the image a configuration boots from, or the one entry of a kernel it names itself; raises
    NotAllowedError.
    """
    grub = config.boot_method == "direct kernel" and bool(_GRUB.search(config.kernel))
    if config.kernel and config.boot_method == "direct kernel" and not grub:
        entry = BootEntry(
            "(the kernel of the configuration)",
            kernel=config.kernel,
            initrd=(config.ramdisk,) if config.ramdisk else (),
            args=config.cmdline,
            loader="linux",
            default=True,
        )
        return BootMenu("direct kernel", (entry,), timeout=0.0, notes=("the kernel is a file of the host",))
    disk = boot_disk(config)
    if disk is None:
        raise NotAllowedError("it has no disk to boot from", subject=label)
    form = disk.format or "raw"
    if form not in _FORMATS:
        raise NotAllowedError(
            f"its disk {disk.vdev} is a {form} image, whose boot menu is not read",
            subject=label,
            hint=f"`qemu-img convert -O raw {disk.target} …` makes an image it is read from",
        )
    otherwise = None
    said = [f"GRUB itself, {config.kernel} of the host, shows this menu in the guest"] if grub else []
    if config.type == "hvm":
        said += _before(config, disk)
        behind = replace(config, disks=tuple(each for each in config.disks if not each.cdrom))
        if disk.cdrom and _DISK in config.boot_order.partition(_CD)[2] and boot_disk(behind):
            source = boot_source(behind, label)
            otherwise = source if isinstance(source, BootImage) else None
    return BootImage(disk.target, form, tuple(said), otherwise)


def boot_disk(config: DomainConfig) -> Disk | None:
    """Return the disk a guest boots from: the first, for an HVM guest the first its firmware comes to (``boot=``)."""
    disks = [disk for disk in config.disks if disk.target]
    if config.type == "hvm":
        for letter in config.boot_order:
            wanted = [disk for disk in disks if letter in _TRIED and disk.cdrom is (letter == _CD)]
            if wanted:
                return wanted[0]
    return disks[0] if disks else None


def _before(config: DomainConfig, disk: Disk) -> Iterator[str]:
    """Yield what the firmware of an HVM guest tries besides the disk that is read."""
    order = config.boot_order
    letter = _CD if disk.cdrom else _DISK
    if _NETWORK in order and letter not in order.partition(_NETWORK)[0]:
        yield f"its firmware asks the network first (boot={order!r}): what that would boot is not known"
    if disk.cdrom and _DISK in order.partition(_CD)[2]:
        yield f"its firmware boots the CD in {disk.vdev} first (boot={order!r}), the disk only where that does not boot"
