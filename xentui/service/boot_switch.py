"""Another way of booting for a domain, filled in from what is on its disk."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.bootmenu.superblock import READ_BY_PYGRUB
from xentui.config.document import Document
from xentui.errors import NotAllowedError
from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.model.boot_menu import BootEntry, BootMenu
from xentui.model.configuration import DomainConfig
from xentui.model.libxl import from_libxl
from xentui.service import boot_default, host_files
from xentui.service.boot_choice import refuse_firmware
from xentui.service.boot_source import boot_disk

if TYPE_CHECKING:
    from collections.abc import Sequence

GRUB_FOLDERS = ("/usr/lib/grub-xen", "/usr/lib/xen/boot", "/usr/share/grub-xen", "/usr/lib/xen")
"""Where hosts have GRUB for guests."""
PVH_GRUB, PV_GRUB = "grub-i386-xen_pvh.bin", "grub-x86_64-xen.bin"
BOOT_KEYS = (
    "kernel",
    "ramdisk",
    "root",
    "extra",
    "cmdline",
    "bootloader",
    "bootloader_args",
    "bootargs",
    "bootentry",
)
"""What says how a PV or PVH guest boots; each way writes its own and removes the others."""


class BootSwitch(StrEnum):
    """A way of booting."""

    PYGRUB = "pygrub"
    DOMULOADER = "domUloader"
    PVH_GRUB = "PVH with GRUB"
    PV_GRUB = "PV with GRUB"
    DIRECT = "direct kernel"


@dataclass(frozen=True, slots=True)
class Offer:
    """A way of booting: the ``lines`` it would write; ``reason`` says why it cannot be taken now."""

    method: BootSwitch
    about: str
    settings: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    reason: str = ""


async def offers(
    host: Host, document: Document, menu: BootMenu | None, kernels: Sequence[str]
) -> tuple[Offer, ...]:
    """Return what a configuration could boot by; ``menu`` is what is on its disk, None where it cannot be read.

    ``kernels`` are those of the host.  Raises NotAllowedError for an HVM guest.
    """
    config = config_of(document)
    refuse_firmware(config)
    entry = menu.default if menu and menu.disk else None
    grubs = [f"{folder}/{name}" for name in (PVH_GRUB, PV_GRUB) for folder in GRUB_FOLDERS]
    found = [path for path, told in (await host_files.stat(host, grubs)).items() if told["kind"] == "file"]
    return (
        _pygrub(menu, entry),
        _domuloader(config, entry),
        _grub(found, BootSwitch.PVH_GRUB, PVH_GRUB, "pvh", menu),
        _grub(found, BootSwitch.PV_GRUB, PV_GRUB, "pv", menu),
        _direct(entry, kernels),
    )


def config_of(document: Document) -> DomainConfig:
    """Return what a document says, as far as booting goes."""
    return from_libxl(language.to_libxl(document))


def switched(document: Document, offer: Offer) -> Document:
    """Return the configuration with another way of booting; all that does not say how it boots stays as it is."""
    if offer.reason:
        raise NotAllowedError(
            f"cannot boot with {offer.method}: {offer.reason}", subject=document.string("name") or ""
        )
    document = boot_default.without_note(document)
    written = dict(offer.settings)
    for key in BOOT_KEYS:
        if key not in written:
            document = document.remove(key)
    for key, value in written.items():
        if key == "type" and value == (document.string("type") or "pv"):
            continue
        document = document.set(key, value if isinstance(value, str) else list(value))
    return document


def _pygrub(menu: BootMenu | None, entry: BootEntry | None) -> Offer:
    about = "the host reads the menu from the guest's disk"
    reason = ""
    if menu is None:
        reason = "no boot menu can be read on its disk"
    elif entry and entry.place and (entry.place.volume or entry.place.filesystem not in READ_BY_PYGRUB):
        reason = f"it does not read {'LVM' if entry.place.volume else entry.place.filesystem}"
    return Offer(BootSwitch.PYGRUB, about, (("type", "pv"), ("bootloader", "pygrub")), reason)


def _domuloader(config: DomainConfig, entry: BootEntry | None) -> Offer:
    about = "the host loads one kernel from the guest's disk, without a menu"
    disk = boot_disk(config)
    if entry is None or entry.place is None or disk is None:
        return Offer(BootSwitch.DOMULOADER, about, reason="no entry with a kernel is on its disk")
    if entry.place.volume:
        return Offer(BootSwitch.DOMULOADER, about, reason="its kernel is on a volume of LVM")
    partition = str(entry.place.partition or "")
    files = ",".join((entry.kernel, *entry.initrd[:1]))
    settings = (
        ("type", "pv"),
        ("bootloader", "domUloader"),
        ("bootloader_args", (f"--entry={disk.vdev}{partition}:{files}",)),
        ("cmdline", entry.args),
    )
    return Offer(BootSwitch.DOMULOADER, about, settings)


def _grub(found: Sequence[str], method: BootSwitch, name: str, kind: str, menu: BootMenu | None) -> Offer:
    """GRUB of that name, where it is among what was ``found`` on the host."""
    about = "GRUB runs in the guest and shows its menu on the console"
    path = next((path for path in found if path.endswith(f"/{name}")), "")
    if not path:
        return Offer(method, about, reason=f"the host has no {name} (Debian: grub-xen-host)")
    suits = menu is None or menu.loader in ("grub2", "direct kernel")
    reason = "" if suits or menu is None else f"its menu is {menu.loader}'s"
    return Offer(method, about, (("type", kind), ("kernel", path)), reason)


def _direct(entry: BootEntry | None, kernels: Sequence[str]) -> Offer:
    about = "a kernel of the host; it has to be kept in step with the guest's modules"
    if not kernels:
        return Offer(BootSwitch.DIRECT, about, reason="the host has no kernel in /boot")
    name = entry.kernel.rpartition("/")[2] if entry else ""
    kernel = next((path for path in kernels if path.rpartition("/")[2] == name), kernels[0])
    folder, _, file = kernel.rpartition("/")
    settings = [("type", "pv"), ("kernel", kernel)]
    if file.startswith("vmlinuz-"):
        settings.append(("ramdisk", f"{folder}/initrd.img-{file[len('vmlinuz-') :]}"))
    settings.append(("cmdline", entry.args if entry else "root=/dev/xvda1 ro console=hvc0"))
    return Offer(BootSwitch.DIRECT, about, tuple(settings))
