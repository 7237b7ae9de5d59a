"""What an installer is booted from: the stored configuration with another kernel or a CD, which ends where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui import config as language
from xentui.config.guest_type import is_hvm
from xentui.errors import ConfigError, NotAllowedError, UsageError
from xentui.frozen import dataclass
from xentui.model.devices import Access, Disk
from xentui.service.boot_switch import BOOT_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

ENDS = ("on_poweroff", "on_reboot", "on_crash", "on_watchdog")
"""What xl does at each end of a guest; an install has it keep the domain, for the job that sees to it to read why."""
DRIVES = ("hdc", "hdd", "hdb", "hda")
"""Where an HVM guest may have a CD drive, the usual place first."""


def console_argument(*, hvm: bool) -> str:
    """Return what a Linux kernel is told for its console to be the guest's."""
    return "console=ttyS0" if hvm else "console=hvc0"


@dataclass(frozen=True, slots=True)
class InstallBoot:
    """What an installer boots from: a ``kernel`` with its ``ramdisk`` and ``extra`` arguments (None: those by which it
    uses the console), a CD image, or both.
    """

    kernel: str = ""
    ramdisk: str = ""
    extra: str | None = None
    cdrom: str = ""

    def __bool__(self) -> bool:
        return bool(self.kernel or self.cdrom)


def install_text(document: language.Document, boot: InstallBoot) -> language.Document:
    """Return the stored configuration as its installer is booted.

    Raises UsageError where nothing is named, or a ramdisk alone; NotAllowedError for what cannot boot: a PV or PVH
    guest has no BIOS that reads a CD.
    """
    if not boot:
        raise UsageError(
            "nothing is said of what its installer boots from",
            hint="name a configuration file, --kernel with --ramdisk, or --cdrom",
        )
    if (boot.ramdisk or boot.extra is not None) and not boot.kernel:
        raise UsageError(
            "a ramdisk and arguments go with a kernel", hint="name it: --kernel PATH", subject=document.source
        )
    hvm = is_hvm(document)
    if boot.kernel:
        document = without_boot(document, "kernel").set("kernel", boot.kernel)
        if boot.ramdisk:
            document = document.set("ramdisk", boot.ramdisk)
        extra = console_argument(hvm=hvm) if boot.extra is None else boot.extra
        document = document.set("extra", extra) if extra else document
    if boot.cdrom:
        document = _with_cd(document, boot, hvm=hvm)
    return document


def as_install(document: language.Document) -> language.Document:
    """Return the configuration with its domain kept at each end of its guest."""
    for key in ENDS:
        document = document.set(key, "preserve")
    return document


def _with_cd(document: language.Document, boot: InstallBoot, *, hvm: bool) -> language.Document:
    if not (hvm or boot.kernel):
        raise NotAllowedError(
            "it cannot boot from a CD: only an HVM guest has a BIOS that does",
            subject=document.source,
            hint="name the kernel and the ramdisk on the CD too: --kernel, --ramdisk",
        )
    specs = document.strings("disk")
    try:
        disks = [language.parse_disk(spec) for spec in specs]
    except ConfigError:
        raise ConfigError(
            "a disk of it cannot be read, so that no drive can be added", source=document.source
        ) from None
    drive = next((index for index, disk in enumerate(disks) if disk.cdrom), None)
    names = DRIVES if hvm else tuple(f"xvd{letter}" for letter in "defghijklmnop")
    vdev = free_drive(disks, names) if drive is None else disks[drive].vdev
    item = language.format_disk(Disk(boot.cdrom, vdev, access=Access.READ, cdrom=True))
    with_it = (
        document.append_item("disk", item) if drive is None else document.replace_item("disk", drive, item)
    )
    return with_it.set("boot", "d") if hvm and not boot.kernel else with_it


def without_boot(document: language.Document, *kept: str) -> language.Document:
    """Return a configuration without what says how its guest boots, but for these keys."""
    for key in BOOT_KEYS:
        document = document if key in kept else document.remove(key)
    return document


def free_drive(disks: Iterable[Disk], names: Iterable[str]) -> str:
    """Return the first of these devices that a guest has free for a drive; raises NotAllowedError where it has none.

    The first four disks of an HVM guest are its IDE drives, whichever name they have (libxl_dm.c).
    """
    taken = {name for disk in disks for name in (disk.vdev, disk.vdev.replace("xvd", "hd", 1))}
    for name in names:
        if name not in taken:
            return name
    raise NotAllowedError("it has no device free for a CD drive", hint="remove a disk from its configuration")
